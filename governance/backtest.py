"""A changed contract tried on what was there before: which rows it would have blocked, and which let through.

Each input is judged twice, by the contract that its run was under and by the changed one, on the same rows with
the same fixes; what differs is told by rule. Nothing is recorded, and nothing stays in the vault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session, col, select

from governance.contract.model import Contract
from governance.decisions import choices, standing
from governance.effect import basis
from governance.engines.duckdb import Engine, quote, scan
from governance.errors import InputError, Stale
from governance.house import House
from governance.review import overlay
from governance.review.choices import Action
from governance.scratch import scratch
from governance.source import Source, cleaned
from governance.stages.contract import conform
from governance.tables import ROW, BronzeTable, Frozen
from governance.verdict import write_failing
from storage.models import Run, Version

LAST = 5
"""Versions that are tried when nothing else is said."""
MOST = 50
AT_ONCE = 200_000
"""Rows in all that are judged while a person waits: about two seconds; beyond it a page tries a sample first."""


class Shift(Frozen):
    """What one rule does otherwise. `blocks`: rows that break it now and passed every rule before; `lets`: rows
    that broke it before and pass every rule now."""

    rule: str
    words: str
    blocks: int
    lets: int


class Trial(Frozen):
    """One input under both contracts. `of` are all its rows, `rows` those that were judged.

    Blocked is a row that breaks a rule: waivers and rejections of people are left out of account, `fixes` of
    theirs (so many decisions) are laid over the rows. `refused` says why the changed contract takes no row of
    the file at all.
    """

    run: str
    file: str
    version: int | None
    at: datetime
    rows: int
    of: int
    fixes: int
    blocked_before: int
    blocked_after: int
    newly_blocked: int
    newly_let: int
    shifts: tuple[Shift, ...]
    refused: str = ""


class BackTest(Frozen):
    """The inputs of the last versions, newest first."""

    dataset: str
    digest: str
    trials: tuple[Trial, ...]
    published: bool
    """Whether these are inputs of versions; else of runs that were judged, because nothing is published yet."""

    @property
    def sampled(self) -> bool:
        return any(trial.rows < trial.of for trial in self.trials)

    @property
    def newly_blocked(self) -> int:
        return sum(trial.newly_blocked for trial in self.trials)

    @property
    def newly_let(self) -> int:
        return sum(trial.newly_let for trial in self.trials)


def back_test(
    house: House, dataset: str, changed: Contract, *, last: int = LAST, most: int | None = None
) -> BackTest:
    """Try a contract on the inputs of the last versions. `most`: judge at most so many rows in all, evenly
    spread over each input; repeated values are then found within the sample only.

    Raises InputError for another dataset's contract or a senseless `last`.
    """
    if changed.dataset != dataset:
        raise InputError(f"This is a contract of {changed.dataset}, not of {dataset}.", "Try it there.")
    if not 1 <= last <= MOST:
        raise InputError(f"{last} versions cannot be tried.", f"Say a number from 1 to {MOST}.")
    with house.ledger.read() as session:
        inputs = _published(session, dataset, last) or _judged(session, dataset, last)
    share = None if most is None else max(most // max(len(inputs), 1), 1)
    trials = (_trial(house, one, changed, most=share) for one in inputs)
    return BackTest(
        dataset=dataset,
        digest=changed.digest,
        trials=tuple(trial for trial in trials if trial),
        published=any(one.version for one in inputs),
    )


def rows_of(house: House, dataset: str, *, last: int = LAST) -> int:
    """How many rows a back-test over all rows would judge."""
    with house.ledger.read() as session:
        inputs = _published(session, dataset, last) or _judged(session, dataset, last)
    return sum(int(one.run.rows.get("in", 0)) for one in inputs)


@dataclass(frozen=True)
class _Input:
    run: Run
    version: int | None = None


def _published(session: Session, dataset: str, last: int) -> list[_Input]:
    """The inputs of the last versions, each once: a rollback has no input of its own."""
    query = (
        select(Version)
        .where(Version.dataset == dataset, Version.kind == "publish")
        .order_by(col(Version.number).desc())
        .limit(last)
    )
    return [_Input(session.get_one(Run, one.run), one.number) for one in session.exec(query)]


def _judged(session: Session, dataset: str, last: int) -> list[_Input]:
    query = (
        select(Run)
        .where(Run.dataset == dataset, col(Run.computed) >= 0)
        .order_by(col(Run.submitted_at).desc())
        .limit(last)
    )
    return [_Input(run) for run in session.exec(query)]


def _trial(house: House, tried: _Input, changed: Contract, *, most: int | None) -> Trial | None:
    run, bench = tried.run, house.bench
    before, changed = house.contract_of(run), house.bound(changed, when=run.submitted_at)
    try:
        start = basis(house, run)
    except Stale:
        return None
    with house.ledger.read() as session:
        decided = [one for one in choices(house, standing(session, run.id)) if one.action is Action.FIX]
    source = overlay.lay(bench, start.source, decided, contract=before)
    with scratch(bench.settings) as folder, bench.engine() as engine:
        bronze = _rows(engine, source, folder, most=most)
        conformed = conform(bronze, changed)
        today = run.submitted_at.date()
        old = _judge(engine, conform(bronze, before).source, before, today, folder / "old.parquet")
        new = _judge(engine, conformed.source, changed, today, folder / "new.parquet")
        shifts = _shifts(engine, old, new, before, changed)
        blocked, after, blocks, lets = engine.row(
            f"SELECT count(old.{ROW}), count(new.{ROW}), count(*) FILTER (old.{ROW} IS NULL), "
            f"count(*) FILTER (new.{ROW} IS NULL) FROM {scan(old)} AS old FULL JOIN {scan(new)} AS new USING ({ROW})"
        )
    missing = [
        note.message for note in conformed.findings if conformed.refused and note.severity == "critical"
    ]
    return Trial(
        run=run.id, file=run.file, version=tried.version, at=run.submitted_at,
        rows=bronze.rows, of=start.source.bronze.rows, fixes=len(decided),
        blocked_before=blocked, blocked_after=after, newly_blocked=blocks, newly_let=lets,
        shifts=shifts, refused=" ".join(missing),
    )  # fmt: skip


def _rows(engine: Engine, source: Source, folder: Path, *, most: int | None) -> BronzeTable:
    """The rows of a run as both contracts see them: with people's fixes, and every n-th only where `most` asks."""
    whole = source.bronze
    step = 1 if most is None or whole.rows <= most else -(-whole.rows // most)
    if step == 1 and source.patched is None:
        return whole
    theirs = {column: name for name, column in source.names.items() if column is not None}
    columns = tuple(column for column in whole.columns if column in theirs)
    listed = ", ".join(f"{quote(theirs[column])} AS {quote(column)}" for column in columns)
    only = f" WHERE ({ROW} - 1) % {step} = 0" if step > 1 else ""
    path = folder / "rows.parquet"
    rows = engine.write(
        f"SELECT {listed} FROM {source.raw()}{only} ORDER BY {ROW}", path, compression="snappy"
    )
    return BronzeTable(name=f"{whole.name}-{step}", path=path, rows=rows, columns=columns)


def _judge(engine: Engine, source: Source, contract: Contract, today: date, path: Path) -> Path:
    """The failing rows of a contract, as `governance.verdict` writes them."""
    clean = path.with_suffix(".clean.parquet")
    engine.write(
        f"SELECT * FROM {cleaned(source.read(), source.columns, contract)}", clean, compression="snappy"
    )
    write_failing(engine, scan(clean), source.columns, contract, today=today, path=path)
    engine.run("DROP TABLE IF EXISTS parts")
    clean.unlink()
    return path


def _shifts(engine: Engine, old: Path, new: Path, before: Contract, changed: Contract) -> tuple[Shift, ...]:
    """By rule, the rows that one contract blocks and the other does not; the most first."""
    blocks, lets = _only(engine, new, old), _only(engine, old, new)
    words = {rule.id: rule.words for contract in (before, changed) for rule in contract.rules}
    found = [
        Shift(rule=rule, words=words.get(rule, ""), blocks=blocks.get(rule, 0), lets=lets.get(rule, 0))
        for rule in dict.fromkeys((*blocks, *lets))
    ]
    return tuple(sorted(found, key=lambda shift: (-shift.blocks - shift.lets, shift.rule)))


def _only(engine: Engine, here: Path, there: Path) -> dict[str, int]:
    """Rows by reason that fail here and not there."""
    query = (
        f"SELECT rule, count(*) FROM (SELECT unnest(_reasons) AS rule FROM {scan(here)} "
        f"WHERE {ROW} NOT IN (SELECT {ROW} FROM {scan(there)})) GROUP BY 1"
    )
    return {str(rule): int(rows) for rule, rows in engine.rows(query)}


def summary(found: Sequence[Trial]) -> str:
    """The result in a sentence."""
    blocked, let = sum(one.newly_blocked for one in found), sum(one.newly_let for one in found)
    rows = sum(one.rows for one in found)
    return f"Of {rows:,} rows, {blocked:,} would newly be blocked and {let:,} newly let through."
