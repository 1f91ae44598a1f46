"""Cells edited by hand: only they change, the preview comes true, undo gives all back, and no value is on record."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drive import ANA, BEN, CLEO, Desk, Template, customers
from published_house import page, text

from governance import together
from governance.answers.itemrows import RowsPage
from governance.answers.triage import ItemLine
from governance.deciding import Wish
from governance.errors import InputError, NotPermitted, Stale
from governance.journal import Journal
from governance.review.by_hand import MOST, by_hand
from governance.review.choices import Action, Cell, Fix
from governance.stages import Stage
from governance.stages.quarantine import Split
from storage.vault import content_digest

pytestmark = pytest.mark.usefixtures("without_expectations")

GOOD, SECRET = "555-123-4567", "secret-7 o'\"Hara"


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, without_expectations: None) -> Template:
    folder = tmp_path_factory.mktemp("cells")
    desk = Desk.at(folder / "home")
    file = customers(folder, seed=6, rows=200)
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for place, row in enumerate(rows[:6]):
        row |= {"phone": f"none {place}"}
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    desk = Desk.at(folder / "home")
    return Template(desk, desk.run(file))


def phones(desk: Desk, run: str) -> ItemLine:
    """The largest cluster of bad phones."""
    found = [one for one in desk.items(run, "cluster") if one.columns == ("phone",) and one.state == "open"]
    return max(found, key=lambda one: one.rows)


def rows_of(desk: Desk, run: str, item: ItemLine, *, fixed: bool = False) -> RowsPage:
    return desk.ws.see.item_rows(ANA, run, item.key, limit=500, fixed=fixed)


def numbers(desk: Desk, run: str, item: ItemLine) -> list[int]:
    return [row[0] for row in rows_of(desk, run, item).rows]


def holding(desk: Desk, run: str, row: int) -> ItemLine:
    """The open item that a row is in."""
    return next(
        one for one in desk.items(run, "cluster") if one.state == "open" and row in numbers(desk, run, one)
    )


def content(desk: Desk, run: str) -> tuple[str, ...]:
    """What the tables of the newest revision hold."""
    row = desk.row(run)
    split = Journal(desk.ws.house, run, row.dataset, row.computed).known(Stage.QUARANTINE, Split)
    assert split
    return content_digest(split.kept.path), content_digest(split.quarantine.path)


def edit(desk: Desk, run: str, item: ItemLine, *cells: Cell) -> int:
    fix = by_hand(cells)
    shown = desk.ws.preview(ANA, run, item.key, Action.FIX, fix=fix)
    decision = desk.ws.decide(
        ANA, run, item.key, Action.FIX, fix=fix, reason="called them", seen=item.version
    )
    desk.work()
    rows = desk.row(run).rows
    assert (rows["kept"], rows["quarantined"]) == (shown.after.kept, shown.after.quarantined)
    return decision


def now(desk: Desk, run: str, key: str) -> ItemLine:
    return next(one for one in desk.items(run) if one.key == key)


def test_only_the_edited_rows_are_fixed_and_undo_gives_all_back(
    desk: Desk, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVERNANCE_HOME", str(desk.home))
    before, item = desk.row(run), phones(desk, run)
    first = numbers(desk, run, item)[0]
    assert item.rows > 1
    decision = edit(desk, run, item, Cell(row=first, column="phone", text=GOOD))
    after = now(desk, run, item.key)
    assert desk.row(run).rows["kept"] == before.rows["kept"] + 1
    assert (after.state, after.rows) == ("open", item.rows - 1)
    assert first not in numbers(desk, run, after)
    assert desk.ws.see.triage(ANA, run).decisions[0].terms == "1 cell in 1 row, by hand"
    assert "1 cell in 1 row, by hand" in text(page("release", ANA, run=run)), "not as if all rows were fixed"
    desk.ws.undo(ANA, run, decision, reason="wrong number")
    desk.work()
    assert (desk.row(run).candidate, desk.row(run).rows) == (before.candidate, before.rows)


def test_the_effect_shows_the_edited_cells_and_nothing_else(desk: Desk, run: str) -> None:
    item = phones(desk, run)
    first, second, *_ = numbers(desk, run, item)
    cells = [Cell(row=first, column="phone", text=GOOD), Cell(row=second, column="last_name", text="Lind")]
    shown = desk.ws.preview(ANA, run, item.key, Action.FIX, fix=by_hand(cells))
    assert [(one.row, one.column, one.after, one.passes) for one in shown.sample] == [
        (first, "phone", GOOD, True), (second, "last_name", "Lind", False),
    ]  # fmt: skip
    assert (shown.touched, shown.mended) == (2, 1)


def test_a_further_edit_starts_from_what_stands(desk: Desk, run: str) -> None:
    """An empty cell is missing; a row that still fails, otherwise, shows what was written in it last."""
    item = phones(desk, run)
    row = numbers(desk, run, item)[0]
    edit(desk, run, item, Cell(row=row, column="phone"), Cell(row=row, column="email", text=SECRET))
    again = holding(desk, run, row)
    assert again.key != item.key
    page = rows_of(desk, run, again, fixed=True)
    line = dict(zip(page.columns, next(one for one in page.rows if one[0] == row), strict=True))
    assert (line["phone"], line["email"]) == (None, SECRET)
    read = rows_of(desk, run, again)
    assert dict(zip(read.columns, read.rows[0], strict=True))["email"] != SECRET, "as read is as read"
    edit(
        desk,
        run,
        again,
        Cell(row=row, column="phone", text=GOOD),
        Cell(row=row, column="email", text="a@b.org"),
    )
    with pytest.raises(StopIteration):
        holding(desk, run, row)


def test_the_same_edit_twice_changes_nothing(desk: Desk, run: str) -> None:
    item = phones(desk, run)
    row = numbers(desk, run, item)[0]
    edit(desk, run, item, Cell(row=row, column="phone", text=SECRET))
    again = holding(desk, run, row)
    before = content(desk, run)
    edit(desk, run, again, Cell(row=row, column="phone", text=SECRET))
    assert content(desk, run) == before


def test_a_text_in_the_notation_of_the_column(desk: Desk, run: str) -> None:
    """What is written is cleaned and judged as if the file had said it."""
    item = next(one for one in desk.items(run, "cluster") if one.columns == ("income",))
    row = numbers(desk, run, item)[0]
    shown = desk.ws.preview(
        ANA, run, item.key, Action.FIX, fix=by_hand([Cell(row=row, column="income", text=" 52,000 ")])
    )
    assert (shown.sample[0].after, shown.sample[0].passes) == ("52000", True)


def test_nothing_of_what_was_written_is_on_record(desk: Desk, run: str) -> None:
    item = phones(desk, run)
    row = numbers(desk, run, item)[0]
    edit(
        desk,
        run,
        item,
        Cell(row=row, column="phone", text=SECRET),
        Cell(row=row, column="email", text=SECRET),
    )
    event = next(one for one in desk.events(run) if one.action == "decision fix")
    told = json.loads(event.data)
    assert (told["repair"], told["column"], told["cells"], told["rows"]) == ("by_hand", "email, phone", 2, 1)
    ledger = b"".join(path.read_bytes() for path in desk.home.glob("ledger.db*"))
    assert b"secret-7" not in ledger


def test_it_teaches_no_recipe_and_answers_none(desk: Desk, run: str) -> None:
    item = phones(desk, run)
    edit(desk, run, item, *(Cell(row=row, column="phone", text=GOOD) for row in numbers(desk, run, item)))
    desk.accept_breaches(run)
    desk.work()
    desk.approve_plan(run)
    desk.approve(run)
    desk.publish(run)
    assert not [one for one in desk.ws.see.recipes(ANA) if one.title == item.title]


REFUSED: dict[str, tuple[Callable[[list[int], int], Fix], str]] = {
    "none": (lambda mine, other: by_hand([]), "No cell is edited"),
    "no such column": (lambda mine, other: by_hand([Cell(row=mine[0], column="fax")]), "no column 'fax'"),
    "another item's row": (
        lambda mine, other: by_hand([Cell(row=other, column="phone"), Cell(row=mine[0], column="phone")]),
        "1 of the rows are not among",
    ),
    "no row at all": (
        lambda mine, other: by_hand([Cell(row=10**9, column="phone")]),
        "1 of the rows are not",
    ),
    "twice": (
        lambda mine, other: by_hand([Cell(row=mine[0], column="phone", text=text) for text in "ab"]),
        "edited 2 times",
    ),
    "too many": (
        lambda mine, other: by_hand(Cell(row=n, column="phone") for n in range(MOST + 1)),
        "too many for one decision",
    ),
    "with another repair": (
        lambda mine, other: Fix(column="phone", repair="clear", cells=(Cell(row=mine[0], column="phone"),)),
        "No cell is edited",
    ),
}


@pytest.mark.parametrize(("made", "says"), REFUSED.values(), ids=REFUSED)
def test_refusals(desk: Desk, run: str, made: Callable[[list[int], int], Fix], says: str) -> None:
    item = phones(desk, run)
    mine = numbers(desk, run, item)
    other = next(n for n in range(1, 400) if n not in mine)
    fix, before = made(mine, other), len(desk.events())
    for ask in (desk.ws.preview, desk.ws.decide):
        more: dict[str, Any] = {"reason": "so"} if ask == desk.ws.decide else {}
        with pytest.raises(InputError, match=says) as refusal:
            ask(ANA, run, item.key, Action.FIX, fix=fix, **more)
        assert refusal.value.hint
    assert len(desk.events()) == before


def test_only_who_sees_values_writes_them(desk: Desk, run: str) -> None:
    item = phones(desk, run)
    fix = by_hand([Cell(row=numbers(desk, run, item)[0], column="phone", text=GOOD)])
    wanted = [together.One(item=item.key, wish=Wish(Action.FIX, fix=fix), seen=item.version)]
    asks: list[Callable[[Any], object]] = [
        lambda who: desk.ws.preview(who, run, item.key, Action.FIX, fix=fix),
        lambda who: desk.ws.decide(who, run, item.key, Action.FIX, fix=fix, reason="so"),
        lambda who: desk.ws.preview_all(who, run, wanted),
        lambda who: desk.ws.decide_all(who, run, wanted, reason="so"),
    ]
    for ask in asks:
        for who in (BEN, CLEO):
            with pytest.raises(NotPermitted):
                ask(who)
    assert now(desk, run, item.key).state == "open"


def test_two_people_on_one_item(desk: Desk, run: str) -> None:
    item = phones(desk, run)
    cell = Cell(row=numbers(desk, run, item)[0], column="phone", text=GOOD)
    desk.ws.decide(ANA, run, item.key, Action.REJECT, reason="first")
    with pytest.raises(Stale):
        desk.ws.decide(
            ANA, run, item.key, Action.FIX, fix=by_hand([cell]), reason="second", seen=item.version
        )


def test_a_mended_line_is_edited_too(desk: Desk, run: str, tmp_path: Path) -> None:
    """A row that was an unreadable line is beside the file's own rows."""
    own = Desk.at(tmp_path / "own")
    run = own.run(customers(tmp_path, seed=3, rows=60, unreadable=1))
    line = own.ws.unread_lines(ANA, run)[0].line
    text = "7000000,Mara,Lind,mara.lind@example.com,12,1980-02-03,1 Long Road,52000,active,2024-05-06"
    own.ws.mend_line(ANA, run, line, text, reason="torn")
    own.work()
    item = next(one for one in own.items(run, "cluster") if 61 in numbers(own, run, one))
    kept = own.row(run).rows["kept"]
    edit(own, run, item, Cell(row=61, column="phone", text=GOOD))
    assert own.row(run).rows["kept"] == kept + 1
    own.close()
