"""A line that could not be read is mended by a person and becomes a row; no row is lost, and undo takes it away."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from drive import ANA, BEN, CLEO, Desk, Template, customers

from governance.errors import GovernanceError, IllegalMove, InputError, NotPermitted, UnknownName
from governance.journal import Journal
from governance.review.choices import Action, Fix
from governance.stages import Stage
from governance.stages.quarantine import Split

pytestmark = pytest.mark.usefixtures("without_expectations")


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, without_expectations: None) -> Template:
    folder = tmp_path_factory.mktemp("lines")
    desk = Desk.at(folder / "home")
    return Template(desk, desk.run(customers(folder, seed=4, rows=80, unreadable=2)))


def good(desk: Desk, run: str, **changed: str) -> str:
    """A row as the file's columns want it."""
    columns = desk.ws.see.item_columns(ANA, run, desk.items(run, "cluster")[0].key)
    journal = Journal(desk.ws.house, run, "customers", 0)
    from governance.stages.load import Loaded

    loaded = journal.known(Stage.LOAD, Loaded)
    assert loaded
    assert {*loaded.bronze.columns} >= {*columns} - {None}
    values = {
        "customer_id": "90001", "first_name": "Mara", "last_name": "Lind", "email": "mara.lind@example.com",
        "phone": "555-123-4567", "date_of_birth": "1980-02-03", "address": "\"1 Long Road, Town\"",
        "income": "52000", "account_status": "active", "created_date": "2024-05-06", **changed,
    }  # fmt: skip
    return ",".join(values[name] for name in loaded.bronze.columns)


def split(desk: Desk, run: str) -> Split:
    row = desk.row(run)
    found = Journal(desk.ws.house, run, row.dataset, row.computed).known(Stage.QUARANTINE, Split)
    assert found
    return found


def whole(desk: Desk, run: str) -> None:
    rows = desk.row(run).rows
    assert rows["in"] == rows["kept"] + rows["quarantined"] + rows["unreadable"] == 82
    found = split(desk, run)
    kept = pq.read_table(found.kept.path)["_row"].to_pylist()
    out = pq.read_table(found.quarantine.path)["_row"].to_pylist()
    assert len({*kept, *out}) == len(kept) + len(out) == 82 - rows["unreadable"]


def test_a_mended_line_is_a_row_of_the_next_revision(desk: Desk, run: str) -> None:
    before = desk.row(run)
    first, second = desk.ws.unread_lines(ANA, run)
    shown = desk.ws.preview_line(ANA, run, first.line, good(desk, run))
    assert (shown.fails, dict(shown.cells)["last_name"]) == ((), "Lind")
    assert shown.effect.after.kept == before.rows["kept"] + 1
    number = desk.ws.mend_line(ANA, run, first.line, good(desk, run), reason="the comma had no quotes")
    desk.work()
    whole(desk, run)
    rows = desk.row(run).rows
    assert (rows["kept"], rows["unreadable"]) == (before.rows["kept"] + 1, 1)
    assert shown.effect.measures_after == desk.ws.see.run(ANA, run).measures
    assert split(desk, run).counts.mended == 1
    assert [one.mended for one in desk.ws.unread_lines(ANA, run)] == [number, None]
    assert desk.ws.unread_lines(ANA, run)[0].text == first.text, "the line as it came is kept"
    item = next(one for one in desk.items(run) if one.key == "unreadable")
    assert (item.state, item.rows) == ("open", 1)
    desk.ws.mend_line(ANA, run, second.line, good(desk, run, customer_id="90002"), reason="so too")
    desk.work()
    whole(desk, run)
    assert next(one.state for one in desk.items(run) if one.key == "unreadable") == "mended"
    assert desk.row(run).rows["unreadable"] == 0
    for decision in desk.ws.see.triage(ANA, run).decisions:
        desk.ws.undo(ANA, run, decision.id)
    desk.work()
    after = desk.row(run)
    assert (after.candidate, after.rows) == (before.candidate, before.rows)
    assert next(one.state for one in desk.items(run) if one.key == "unreadable") == "open"


def test_a_mended_line_that_breaks_a_rule_is_an_item_and_can_be_fixed(desk: Desk, run: str) -> None:
    line = desk.ws.unread_lines(ANA, run)[0].line
    text = good(desk, run, phone="12")
    assert any("phone" in one for one in desk.ws.preview_line(ANA, run, line, text).fails)
    first = desk.ws.mend_line(ANA, run, line, text, reason="as far as it goes")
    desk.work()
    whole(desk, run)
    row = max(pq.read_table(split(desk, run).quarantine.path)["_row"].to_pylist())
    assert row > 80
    item = next(
        one
        for one in desk.items(run, "cluster")
        if row in {line[0] for line in desk.ws.see.item_rows(ANA, run, one.key, limit=500).rows}
    )
    second = desk.ws.decide(
        ANA, run, item.key, Action.FIX, reason="called", fix=Fix(column="phone", expression="'555-123-9999'")
    )
    desk.work()
    whole(desk, run)
    assert row in pq.read_table(split(desk, run).kept.path)["_row"].to_pylist()
    desk.ws.undo(ANA, run, first)
    desk.work()
    whole(desk, run)
    view = next(one for one in desk.ws.see.triage(ANA, run).decisions if one.id == second)
    assert "taken back" in view.look_again


def test_a_rejected_row_of_a_line_that_is_unreadable_again_is_gone(desk: Desk, run: str) -> None:
    """Found by thinking: what is rejected is counted, and this row is no longer there to be counted."""
    line = desk.ws.unread_lines(ANA, run)[0].line
    first = desk.ws.mend_line(ANA, run, line, good(desk, run, phone="12"), reason="so")
    desk.work()
    item = next(one for one in desk.items(run, "cluster") if one.title.startswith("phone"))
    desk.ws.decide(ANA, run, item.key, Action.REJECT, reason="no")
    desk.work()
    whole(desk, run)
    desk.ws.undo(ANA, run, first)
    desk.work()
    assert desk.row(run).error == ""
    whole(desk, run)


BAD = {
    "too few fields": ("1,2", "too few fields"),
    "too many fields": (",".join("x" * 40), "too many fields"),
    "a quote that is not closed": ('1,"2', "still cannot be read"),
    "two lines": ("1\n2", "more than one line"),
    "nothing": ("  ", "nothing in the line"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_line_that_is_still_no_row_is_refused(desk: Desk, run: str, name: str) -> None:
    text, why = BAD[name]
    line = desk.ws.unread_lines(ANA, run)[0].line
    before = len(desk.events())
    for ask in (
        lambda: desk.ws.preview_line(ANA, run, line, text),
        lambda: desk.ws.mend_line(ANA, run, line, text, reason="so"),
    ):
        with pytest.raises(InputError, match=why) as refusal:
            ask()
        assert refusal.value.hint
    assert len(desk.events()) == before


def test_refusals(desk: Desk, run: str) -> None:
    line, text = desk.ws.unread_lines(ANA, run)[0].line, good(desk, run)
    for who in (BEN, CLEO):
        for ask in (
            lambda who=who: desk.ws.unread_lines(who, run),
            lambda who=who: desk.ws.preview_line(who, run, line, text),
            lambda who=who: desk.ws.mend_line(who, run, line, text, reason="so"),
        ):
            with pytest.raises(NotPermitted):
                ask()
    with pytest.raises(UnknownName):
        desk.ws.mend_line(ANA, run, 999_999, text, reason="so")
    with pytest.raises(InputError, match="needs a reason"):
        desk.ws.mend_line(ANA, run, line, text, reason=" ")
    desk.ws.mend_line(ANA, run, line, text, reason="so")
    with pytest.raises(IllegalMove, match="mended already"):
        desk.ws.mend_line(ANA, run, line, text, reason="so")


def test_no_value_of_a_line_is_in_the_ledger(desk: Desk, run: str) -> None:
    line = desk.ws.unread_lines(ANA, run)[0].line
    desk.ws.mend_line(ANA, run, line, good(desk, run, last_name="Quetzalcoatl"), reason="so")
    desk.work()
    for path in desk.home.glob("ledger.db*"):
        assert b"Quetzalcoatl" not in path.read_bytes()


@pytest.mark.parametrize(
    ("text", "cells"), [('{"a": "1", "b": [2, "x"]}', ("1", '[2,"x"]')), ('{"b": ""}', (None, None))]
)
def test_json_lines_are_read_again_too(desk: Desk, text: str, cells: tuple[str | None, ...]) -> None:
    from governance.reading.again import read_again
    from governance.reading.dialect import Reading

    reading = Reading(
        encoding="utf-8", bom=False, delimiter=",", quote='"', escape='"', header=True, skip=0, columns=("a", "b"),
        format="jsonl",
    )  # fmt: skip
    assert read_again(desk.ws.house.bench, reading, text) == cells
    for wrong in ("[1]", "{", '{"c": 1}'):
        with pytest.raises(GovernanceError):
            read_again(desk.ws.house.bench, reading, wrong)
