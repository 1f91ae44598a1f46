"""Stage 11: which columns hold personal data, on what evidence. It reads the kept rows only."""

from __future__ import annotations

from collections.abc import Iterator

from governance.bench import Bench
from governance.contract.model import Contract
from governance.engines.duckdb import Engine, quote, scan
from governance.findings import Dimension, Note, Severity
from governance.privacy import choice
from governance.privacy.by_value import Look, distinct_values, look, take_sample
from governance.privacy.in_text import find_in_text
from governance.privacy.meaning import Semantic
from governance.privacy.operators import Keep
from governance.privacy.verdict import ColumnVerdict
from governance.privacy.weigh import Belief, believe, by_reading, reads_like_names, verdict
from governance.stages import Outcome
from governance.tables import ROW, KeptTable


class Detected(Outcome):
    columns: tuple[ColumnVerdict, ...] = ()

    def column(self, name: str) -> ColumnVerdict | None:
        return next((verdict for verdict in self.columns if verdict.column == name), None)


def detect(bench: Bench, kept: KeptTable, *, contract: Contract) -> Detected:
    """A verdict on every column: a bounded sample for what the column is about, all rows for what its text
    may hide."""
    with bench.engine() as engine:
        types = {name: kind for name, kind in engine.columns(scan(kept.path)).items() if name != ROW}
        sample = take_sample(engine, kept.path, kept.rows, len(types))
        looks = look(engine, sample, types)
        beliefs = {name: believe(name, contract.column(name), seen) for name, seen in looks.items()}
        hits = find_in_text(engine, kept.path, [name for name in types if _open(beliefs[name], looks[name])])
        unknown = [name for name in types if name not in hits and _unread(beliefs[name], looks[name])]
        beliefs.update(_read(engine, sample, {name: looks[name] for name in unknown}))
        filled = _filled(engine, kept, list(types))
    verdicts = tuple(
        verdict(
            name,
            contract.column(name),
            beliefs[name],
            hits=hits.get(name, {}),
            rows=kept.rows,
            filled=filled[name],
        )
        for name in types
    )
    return Detected(
        summary=_summary(verdicts),
        rows_in=kept.rows,
        rows_out=kept.rows,
        findings=tuple(_note(found) for found in verdicts if found.personal),
        columns=verdicts,
    )


def _filled(engine: Engine, kept: KeptTable, columns: list[str]) -> dict[str, int]:
    """Cells that are not NULL, by column."""
    counts = engine.row(f"SELECT {', '.join(f'count({quote(c)})' for c in columns)} FROM {scan(kept.path)}")
    return dict(zip(columns, map(int, counts), strict=True))


def _open(belief: Belief, seen: Look) -> bool:
    """A text column that would be published as it is: every row of it is looked through."""
    return seen.is_text and isinstance(choice.by_semantic(belief.semantic), Keep)


def _unread(belief: Belief, seen: Look) -> bool:
    return belief.semantic is Semantic.NONE and reads_like_names(seen)


def _read(engine: Engine, sample: str, columns: dict[str, Look]) -> Iterator[tuple[str, Belief]]:
    """What Presidio says of columns that nothing else spoke for."""
    from governance.privacy.by_presidio import TEXTS, share_of_names, share_with_names

    for name, seen in columns.items():
        values = [str(row[0]) for row in engine.rows(distinct_values(sample, name, TEXTS))]
        share = (share_with_names if seen.shares["words"] >= 4 else share_of_names)(values)
        yield name, by_reading(name, share, seen)


def _note(found: ColumnVerdict) -> Note:
    unforeseen = found.unexpected or not found.classification
    where = " and is not in the contract" if found.unexpected else ""
    return Note(
        kind="pii",
        severity=Severity.HIGH if unforeseen else Severity.LOW,
        dimension=Dimension.PRIVACY,
        column=found.column,
        message=f"{found.column} holds {found.semantic.words}{where} ({found.confidence:.0%} sure).",
        rows=found.rows,
        details={"semantic": found.semantic.value, "category": found.category.value},
    )


def _summary(verdicts: tuple[ColumnVerdict, ...]) -> str:
    personal = [found for found in verdicts if found.personal]
    verb = "holds" if len(personal) == 1 else "hold"
    unexpected = sum(found.unexpected for found in personal)
    more = f", {unexpected:,} of them not in the contract" if unexpected else ""
    return f"{len(personal):,} of {len(verdicts):,} columns {verb} personal data{more}"
