"""The effect of decisions before they count: the same computation as a revision, not recorded.

Preview equals apply by construction: both lay the same fixes, judge by the same query and cut by the same
list of rows; tables in the vault are named by what they were computed from, so applying finds them made.
"""

from __future__ import annotations

from sqlmodel import Session, select

from governance.bench import Bench
from governance.contract.model import Contract
from governance.engines.duckdb import Engine, quote, scan
from governance.errors import Stale
from governance.house import House
from governance.journal import Journal
from governance.measures import BY_ROWS, share_of
from governance.review import overlay
from governance.review.choices import Choice
from governance.source import Source, cleaned, raw_names
from governance.stages import Stage
from governance.stages.contract import Conformed
from governance.stages.load import Loaded
from governance.stages.quarantine import Counts, Split, count, judge_again
from governance.stages.threshold import Judged, Measure, measure
from governance.stages.validate import Validated
from governance.tables import ROW, Frozen
from storage.models import Item, Run

SAMPLE = 8


class CellChange(Frozen):
    """One cell before and after a fix. Personal data: only for those who may see values."""

    row: int
    column: str
    before: str | None
    after: str | None
    passes: bool


class Effect(Frozen):
    """Where rows and measures stand before and after; `changed` cells, and how many rows still fail."""

    before: Counts
    after: Counts
    measures_before: tuple[Measure, ...]
    measures_after: tuple[Measure, ...]
    passing_before: int
    passing_after: int
    touched: int = 0
    mended: int = 0
    sample: tuple[CellChange, ...] = ()

    @property
    def flips(self) -> tuple[Measure, ...]:
        """Measures that are met after and were not before, or the other way round."""
        met = {line.key: line.met for line in self.measures_before}
        return tuple(line for line in self.measures_after if met.get(line.key) != line.met)


class Basis(Frozen):
    """What every revision of a run starts from."""

    source: Source
    validated: Validated
    judged: Judged
    unreadable: int


def basis(house: House, run: Run) -> Basis:
    """The results of the first seven stages. Raises Stale while the run has not come that far."""
    journal = Journal(house, run.id, run.dataset, 0)
    loaded = journal.known(Stage.LOAD, Loaded)
    conformed = journal.known(Stage.CONTRACT, Conformed)
    validated = journal.known(Stage.VALIDATE, Validated)
    judged = journal.known(Stage.THRESHOLD, Judged)
    if not (loaded and conformed and validated and judged):
        raise Stale(f"Run {run.id} has not been judged yet.", "Wait until stage 7 is done.")
    return Basis(
        source=conformed.source, validated=validated, judged=judged, unreadable=loaded.unreadable.rows
    )


def effect(
    house: House, run: Run, contract: Contract, *, now: tuple[Choice, ...], then: tuple[Choice, ...]
) -> Effect:
    """What `then` would change against `now`; both are the choices that stand."""
    start = basis(house, run)
    before, judged_before, _ = _outcome(house.bench, run, contract, start, now)
    after, judged_after, source = _outcome(house.bench, run, contract, start, then)
    new = [choice for choice in then if choice not in now]
    touched, mended, sample = _cells(house.bench, source, contract, judged_after, new)
    return Effect(
        before=before,
        after=after,
        measures_before=measures(contract, judged_before, before, start),
        measures_after=measures(contract, judged_after, after, start),
        passing_before=judged_before.rows_out or 0,
        passing_after=judged_after.rows_out or 0,
        touched=touched,
        mended=mended,
        sample=sample,
    )


def measures(contract: Contract, judged: Validated, counts: Counts, start: Basis) -> tuple[Measure, ...]:
    """The contract's measures on a revision. Accuracy counts kept rows: waived ones pass, by decision, and the raw
    share is beside it."""
    first = {line.key: line for line in start.judged.measures}
    kept = judged.model_copy(update={"rows_out": counts.kept})
    answers, unreadable = [], start.unreadable - counts.mended
    for line in contract.thresholds:
        if line.metric not in BY_ROWS:
            answers.append(first[line.key])
            continue
        raw = share_of(line, judged, contract, unreadable=unreadable)
        if line.metric == "accuracy":
            waived = share_of(line, kept, contract, unreadable=unreadable)
            answers.append(measure(line, waived, raw=raw))
        else:
            answers.append(measure(line, raw))
    return tuple(answers)


def settle(session: Session, run: Run, contract: Contract, journal: Journal) -> None:
    """Close the breaches that a revision meets, and open again those it no longer does."""
    split = journal.known(Stage.QUARANTINE, Split)
    first = Journal(journal.house, run.id, run.dataset, 0)
    loaded = first.known(Stage.LOAD, Loaded)
    judged = first.known(Stage.THRESHOLD, Judged)
    conformed = first.known(Stage.CONTRACT, Conformed)
    assert split and loaded and judged and conformed
    start = Basis(
        source=conformed.source, validated=split.judged, judged=judged, unreadable=loaded.unreadable.rows
    )
    lines = {f"breach-{line.key}": line for line in measures(contract, split.judged, split.counts, start)}
    for item in session.exec(select(Item).where(Item.run == run.id, Item.kind == "breach")):
        line = lines.get(item.key)
        if line is None:
            continue
        if line.met and item.state == "open":
            item.state = "met"
        elif not line.met and item.state == "met":
            item.state = "open"
        item.title = line.sentence
        item.details = {**item.details, "value": line.value}
        session.add(item)


def _outcome(
    bench: Bench, run: Run, contract: Contract, start: Basis, choices: tuple[Choice, ...]
) -> tuple[Counts, Validated, Source]:
    source = overlay.lay(bench, start.source, choices, contract=contract)
    judged = judge_again(bench, source, start.validated, contract=contract, today=run.submitted_at.date())
    with bench.engine() as engine:
        return count(engine, judged.failing, choices, source=source), judged, source


def _cells(
    bench: Bench, source: Source, contract: Contract, judged: Validated, new: list[Choice]
) -> tuple[int, int, tuple[CellChange, ...]]:
    """How many rows the new choices are about, how many pass now, and a few cells of the last one before and after."""
    if not new:
        return 0, 0, ()
    choice = new[-1]
    about = " UNION ".join(one.rows_sql() for one in new)
    failing = f"SELECT {ROW} FROM {scan(judged.failing.path)}"
    with bench.engine() as engine:
        touched, mended = engine.row(
            f"SELECT count(*), count(*) FILTER ({ROW} NOT IN ({failing})) FROM ({about})"
        )
        if not choice.fix or source.patched is None:
            return touched, mended, ()
        sample = _sample(engine, source, contract, choice, choice.fix.columns, failing)
    return touched, mended, sample


def _sample(
    engine: Engine, source: Source, contract: Contract, choice: Choice, columns: tuple[str, ...], failing: str
) -> tuple[CellChange, ...]:
    """A few of the choice's rows, and the cells that a fix of these columns is about, before and after."""
    assert source.patched
    names = dict(zip(source.columns, raw_names(source.columns), strict=True))
    raws = [names[name] for name in columns]
    first = (
        f"(SELECT {', '.join((ROW, *map(quote, columns), *raws))} FROM {scan(source.patched.path)} "
        f"WHERE {ROW} IN ({choice.rows_sql()}) ORDER BY {ROW} LIMIT {SAMPLE})"
    )
    pairs = ", ".join(f"{raw}, {quote(name)}" for raw, name in zip(raws, columns, strict=True))
    edited = {(cell.row, cell.column) for cell in choice.cells}
    rows = engine.rows(
        f"SELECT {ROW}, {ROW} NOT IN ({failing}), {pairs} "
        f"FROM {cleaned(first, columns, contract, carried=raws)} ORDER BY {ROW}"
    )
    return tuple(
        CellChange(row=row, column=name, before=cells[2 * at], after=cells[2 * at + 1], passes=passes)
        for row, passes, *cells in rows
        for at, name in enumerate(columns)
        if not edited or (row, name) in edited
    )
