"""A first contract for a file: what its columns hold, said as promises for a steward to read and change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from governance.bench import Bench
from governance.contract import odcs
from governance.contract.drafting.evidence import Evidence, gather
from governance.contract.drafting.keys import with_key
from governance.contract.drafting.personal import beliefs
from governance.contract.drafting.proposal import Proposal, of
from governance.contract.drafting.suggest import suggest
from governance.contract.drafting.suggestions import Drafted, left, suggestions_of, without
from governance.contract.drafting.trial import Trial, try_out
from governance.contract.drafting.types import type_of
from governance.contract.drafting.writing import Sheet, write
from governance.contract.model import LogicalType
from governance.engines.duckdb import Engine
from governance.plural import many
from governance.privacy.meaning import Semantic
from governance.reading.choice import NOTHING, ReadingChoice
from governance.stages.load import load
from governance.stages.profile import profile
from governance.tables import RESERVED, BronzeTable

HIGHEST = 98
"""Percent that a drafted limit asks for at most, though the file may do better: the next one may not."""
REFUSE_BELOW = 50
USUAL = 60
"""Percent of passing rows below which even `REFUSE_BELOW` is too near."""
UNKNOWN = 95
"""Percent asked for when there is no row to learn from."""
WORST = 5
"""Rules named at the top of the draft, those that most rows break."""


def draft(
    bench: Bench, *, input_digest: str, file: str, dataset: str, choice: ReadingChoice = NOTHING
) -> bytes:
    """An ODCS v3.1 contract for a file whose bytes are in the vault: the same file gives the same bytes.

    Every suggestion is counted on the whole file by the engine's own rules, and the count stands behind it as
    a comment. Raises UnreadableInput when the file is no table, ContractError when `dataset` is no name.
    """
    return drafted(bench, input_digest=input_digest, file=file, dataset=dataset, choice=choice).text.encode()


def drafted(
    bench: Bench,
    *,
    input_digest: str,
    file: str,
    dataset: str,
    choice: ReadingChoice = NOTHING,
    rejected: Sequence[str] = (),
) -> Drafted:
    """The same draft with its suggestions one by one, without those of the `rejected` keys."""
    loaded = load(bench, input_digest=input_digest, file=file, choice=choice)
    bronze = loaded.bronze
    profiled = profile(bench, bronze)
    with bench.engine() as engine:
        free = [one for one in profiled.columns if one.name.casefold() not in RESERVED]
        evidence = gather(engine, bronze, free)
        columns = _columns(engine, bronze, evidence)
        sheet = _sheet(bronze, columns, file=file, dataset=dataset)
        trial = try_out(engine, bronze, odcs.read(write(sheet)), unreadable=loaded.unreadable.rows)
        whole = write(_limited(sheet, trial)).decode()
        made = suggestions_of(engine, bronze, whole, columns, trial)
    keys = tuple(one.key for one in made if one.key in rejected)
    text, _ = without(whole, keys)
    return Drafted(
        text=text, suggestions=left([one for one in made if one.key not in keys], text), rejected=keys
    )


def _columns(engine: Engine, bronze: BronzeTable, evidence: Sequence[Evidence]) -> list[Proposal]:
    types = {one.name: type_of(one) for one in evidence}
    about = beliefs(engine, bronze, {name: found.type for name, found in types.items()})
    proposals = [suggest(one, types[one.name], about[one.name]) for one in evidence]
    return with_key(engine, bronze, proposals, evidence)


def _sheet(bronze: BronzeTable, columns: Sequence[Proposal], *, file: str, dataset: str) -> Sheet:
    days = (LogicalType.DATE, LogicalType.TIMESTAMP)
    fresh = [one.name for one in columns if one.type in days and one.semantic is Semantic.NONE]
    return Sheet(
        dataset=dataset,
        file=file,
        columns=columns,
        completeness=UNKNOWN if any(one.required for one in columns) else None,
        accuracy=UNKNOWN,
        refuse_below=REFUSE_BELOW,
        freshness=fresh[0] if fresh else "",
    )


def _limited(sheet: Sheet, trial: Trial) -> Sheet:
    """The sheet with limits that this file keeps: it may need review, but it is not refused."""
    accuracy = _limit(trial.accuracy)
    return replace(
        sheet,
        completeness=None if sheet.completeness is None else _limit(trial.complete),
        accuracy=accuracy,
        duplicates=max(sheet.duplicates, math.ceil(100 * trial.doubles)),
        refuse_below=REFUSE_BELOW if accuracy >= USUAL else accuracy // 2,
        opening=_opening(sheet, trial),
    )


def _limit(observed: float | None) -> int:
    """A little below what was observed, in whole percents."""
    return UNKNOWN if observed is None else min(HIGHEST, math.floor(observed * 100))


def _opening(sheet: Sheet, trial: Trial) -> tuple[str, ...]:
    columns = many(len(sheet.columns), "column")
    kept = f"{of(trial.passing, trial.rows, 'rows')} keep every promise below."
    worst = [f"  {rule}: {rows:,}" for rule, rows in list(trial.failed.items())[:WORST]]
    return (
        f"Drafted by Assay from {sheet.file}: {columns}. {kept}",
        "Behind a line stands how much of the file bears it out. Change what is no promise, then add it.",
        *(["Rows that break a promise, the most broken ones first:", *worst] if worst else []),
    )
