"""A line that could not be read, mended by a person: read again as its file was, and then a row like any other.

The line and its text stay as they are; a mended line is a row after the last one of the file. Undo takes it away.
"""

from __future__ import annotations

from governance import deciding
from governance.contract.model import Contract
from governance.decisions import choices, find_item, standing
from governance.effect import Effect, basis, effect
from governance.engines.duckdb import literal, scan
from governance.errors import IllegalMove, InputError, Stale, UnknownName
from governance.house import House
from governance.journal import Journal
from governance.people import Person
from governance.reading.again import read_again
from governance.review import overlay
from governance.review.choices import Action, Choice, Line
from governance.stages import Stage
from governance.stages.load import Loaded
from governance.stages.quarantine import judge_again
from governance.tables import ROW, Frozen
from storage.models import Run

ITEM = "unreadable"


class Mended(Frozen):
    """What a line would become: its cells by column, the rules that the row breaks in words, and the effect.

    Personal data: only for those who may see values.
    """

    row: int
    cells: tuple[tuple[str, str | None], ...]
    fails: tuple[str, ...]
    effect: Effect


class Unread(Frozen):
    """A line that could not be read. `number` counts them from 1; `mended`: the decision that made it a row."""

    number: int
    line: int
    reason: str
    text: str
    mended: int | None = None


def lines(house: House, run_id: str, *, offset: int = 0, limit: int = 50) -> tuple[Unread, ...]:
    """The lines of a run that could not be read, with what people made of them."""
    run = house.run(run_id)
    loaded = _loaded(house, run)
    with house.ledger.read() as session:
        stands = standing(session, run.id)
    mended = {
        choice.line.row - loaded.bronze.rows: decision.id
        for decision in stands
        if decision.action == Action.MEND
        for choice in choices(house, [decision])
        if choice.line
    }
    with house.bench.engine() as engine:
        rows = engine.rows(
            f"SELECT file_row_number + 1, line, reason, text FROM "
            f"read_parquet({literal(loaded.unreadable.path)}, file_row_number = true) "
            f"ORDER BY 1 LIMIT {int(limit)} OFFSET {int(offset)}"
        )
    return tuple(
        Unread(number=number, line=line, reason=reason, text=text, mended=mended.get(number))
        for number, line, reason, text in rows
    )


def preview(house: House, run_id: str, line: int, text: str) -> Mended:
    """The row that a line would become, its verdict, and what that would change."""
    run = house.run(run_id)
    contract = house.contract_of(run)
    choice = _choice(house, run, line, text)
    with house.ledger.read() as session:
        stands = choices(house, standing(session, run.id))
    shown = effect(house, run, contract, now=stands, then=(*stands, choice))
    assert choice.line
    columns = _loaded(house, run).bronze.columns
    return Mended(
        row=choice.line.row,
        cells=tuple(zip(columns, choice.line.cells, strict=True)),
        fails=_fails(house, run, contract, (*stands, choice), choice.line.row),
        effect=shown,
    )


def mend(house: House, person: Person, run_id: str, line: int, text: str, *, reason: str) -> int:
    """Record that a line reads so, and ask for a new revision; returns the decision's number."""
    deciding.needs_reason(reason, "Mending a line")
    run = house.run(run_id)
    choice = _choice(house, run, line, text)
    with house.ledger.write() as session:
        run = session.get_one(Run, run.id)
        deciding.may_change(run)
        for other in choices(house, standing(session, run.id)):
            if other.line and choice.line and other.line.row == choice.line.row:
                raise IllegalMove(f"Line {line:,} is mended already.", "Undo that decision first.")
        item = find_item(session, run.id, ITEM)
        left = item.rows - 1
        return deciding.record(
            session, house, run, item, choice, by=person.name, reason=reason, rows=1, line=line,
            state="open" if left > 0 else "mended",
        )  # fmt: skip


def _choice(house: House, run: Run, line: int, text: str) -> Choice:
    loaded = _loaded(house, run)
    number = _number(house, loaded, line)
    cells = read_again(house.bench, loaded.reading, text)
    return Choice(
        item=ITEM, action=Action.MEND, line=Line(row=loaded.bronze.rows + number, text=text, cells=cells)
    )


def _number(house: House, loaded: Loaded, line: int) -> int:
    """Which of the unreadable lines is meant by a line's number."""
    with house.bench.engine() as engine:
        found = engine.rows(
            f"SELECT file_row_number + 1 FROM read_parquet({literal(loaded.unreadable.path)}, "
            f"file_row_number = true) WHERE line = {int(line)} LIMIT 2"
        )
    if not found:
        raise UnknownName(
            f"Line {line:,} is none of those that could not be read.", "`unreadable` lists them."
        )
    if len(found) > 1:
        raise InputError(f"Several files have an unreadable line {line:,}.", "Send these files one by one.")
    return int(found[0][0])


def _fails(
    house: House, run: Run, contract: Contract, stands: tuple[Choice, ...], row: int
) -> tuple[str, ...]:
    """The rules that the row breaks, in words."""
    start = basis(house, run)
    source = overlay.lay(house.bench, start.source, stands, contract=contract)
    judged = judge_again(
        house.bench, source, start.validated, contract=contract, today=run.submitted_at.date()
    )
    with house.bench.engine() as engine:
        found = engine.rows(f"SELECT _reasons FROM {scan(judged.failing.path)} WHERE {ROW} = {int(row)}")
    rules = [rule for (reasons,) in found for one in reasons if (rule := contract.rule(one))]
    return tuple(f"{rule.column} should be {rule.words}" for rule in rules)


def _loaded(house: House, run: Run) -> Loaded:
    loaded = Journal(house, run.id, run.dataset, 0).known(Stage.LOAD, Loaded)
    if loaded is None:
        raise Stale(f"Run {run.id} has not been read yet.", f"It is {run.state}.")
    return loaded
