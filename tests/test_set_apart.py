"""A range of a chart becomes an item: its rows are rejected, fixed or accepted like those of a cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from drive import ANA, BEN, CLEO, Desk

from governance.errors import GovernanceError, InputError, NotPermitted, UnknownName
from governance.review.choices import Action, Fix

pytestmark = pytest.mark.usefixtures("without_expectations")

LOW, HIGH = 40_000.0, 41_987.25


def apart(desk: Desk, run: str) -> str:
    return desk.ws.set_apart(ANA, run, "income", LOW, HIGH, reason="look odd")


def test_a_range_is_an_item_with_its_rows_and_without_its_values(
    desk: Desk, run: str, tmp_path: Path
) -> None:
    expected = desk.ws.see.rows_between(ANA, run, "income", low=LOW, high=HIGH).rows
    assert expected > 3, "choose another range"
    key = apart(desk, run)
    item = next(one for one in desk.items(run) if one.key == key)
    assert (item.kind, item.state, item.rows, item.columns) == ("selection", "open", expected, ("income",))
    page = desk.ws.see.item_rows(ANA, run, key, limit=500)
    assert page.total == expected
    assert apart(desk, run) == key, "the same range is the same item"
    for path in (desk.home / "ledger.db", desk.home / "ledger.db-wal"):
        held = path.read_bytes() if path.exists() else b""
        assert b"41987.25" not in held
        assert b"41,987" not in held
    event = next(one for one in desk.events(run) if one.action == "rows set apart")
    assert json.loads(event.data) == {"column": "income", "rows": expected, "reason": "look odd"}


@pytest.mark.parametrize("action", [Action.REJECT, Action.FIX, Action.SEND_BACK])
def test_its_rows_are_decided_about_and_given_back(desk: Desk, run: str, action: Action) -> None:
    before = desk.row(run)
    key = apart(desk, run)
    fix = Fix(column="income", expression="'1'") if action is Action.FIX else None
    shown = desk.ws.preview(ANA, run, key, action, fix=fix)
    number = desk.ws.decide(ANA, run, key, action, reason="not ours", fix=fix)
    desk.work()
    rows = desk.row(run).rows
    assert (shown.after.kept, shown.after.quarantined) == (rows["kept"], rows["quarantined"])
    assert shown.measures_after == desk.ws.see.run(ANA, run).measures
    if action is not Action.FIX:
        assert rows["kept"] < before.rows["kept"], "kept rows go too"
    assert rows["in"] == rows["kept"] + rows["quarantined"] + rows["unreadable"]
    desk.ws.undo(ANA, run, number)
    desk.work()
    after = desk.row(run)
    assert (after.candidate, after.rows) == (before.candidate, before.rows)
    assert next(one.state for one in desk.items(run) if one.key == key) == "open"


def test_it_can_be_accepted_and_changes_nothing(desk: Desk, run: str) -> None:
    before = desk.row(run)
    desk.ws.decide(ANA, run, apart(desk, run), Action.ACCEPT, reason="they are right")
    assert (desk.row(run).candidate, desk.row(run).revision) == (before.candidate, before.revision)


@pytest.mark.parametrize(
    ("who", "column", "low", "high", "reason", "kind"),
    [
        pytest.param(BEN, "income", LOW, HIGH, "so", NotPermitted, id="who may not see values"),
        pytest.param(CLEO, "income", LOW, HIGH, "so", NotPermitted, id="an analyst"),
        pytest.param(ANA, "income", HIGH, LOW, "so", InputError, id="no range"),
        pytest.param(ANA, "income", -9e9, -8e9, "so", InputError, id="no row in it"),
        pytest.param(ANA, "wages", LOW, HIGH, "so", UnknownName, id="no such column"),
        pytest.param(ANA, "income", LOW, HIGH, " ", InputError, id="no reason"),
    ],
)
def test_refusals(
    desk: Desk,
    run: str,
    who: object,
    column: str,
    low: float,
    high: float,
    reason: str,
    kind: type[GovernanceError],
) -> None:
    before = len(desk.events())
    with pytest.raises(kind):
        desk.ws.set_apart(who, run, column, low, high, reason=reason)  # type: ignore[arg-type]
    assert len(desk.events()) == before
    assert desk.items(run, "selection") == []
