"""Rows go back to the supplier with their reasons, and come again corrected, matched by their ids."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drive import ANA, BEN, CLEO, Desk, Template, customers

from governance.answers.triage import ItemLine
from governance.errors import GovernanceError, IllegalMove, InputError, NotPermitted
from governance.review.choices import Action

pytestmark = pytest.mark.usefixtures("without_expectations")

Row = dict[str, str]


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, without_expectations: None) -> Template:
    folder = tmp_path_factory.mktemp("sent")
    file = customers(folder, seed=6, rows=80)
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for place, row in enumerate(rows[:6]):
        row |= {
            "phone": f"none {place}",
            "address": "=12 Long Road, Springfield" if place == 0 else row["address"],
        }
    write(file, rows)
    desk = Desk.at(folder / "home")
    return Template(desk, desk.run(file))  # the first six rows have nothing else wrong with this seed


def write(file: Path, rows: list[Row]) -> None:
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def read(file: Path) -> list[Row]:
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def bad(desk: Desk, run: str) -> ItemLine:
    return max(
        (one for one in desk.items(run, "cluster") if one.columns == ("phone",)), key=lambda one: one.rows
    )


def sent(desk: Desk, run: str, tmp_path: Path) -> tuple[ItemLine, list[Row]]:
    """Send the bad phones back; the item, and the exported rows."""
    item, out = bad(desk, run), tmp_path / "out.csv"
    assert desk.ws.export_rows(ANA, run, item.key, out) == item.rows
    desk.ws.send_back(ANA, run, item.key, reason="no phones", seen=item.version)
    desk.work()
    return item, read(out)


def corrected(rows: list[Row]) -> list[Row]:
    return [{**row, "phone": f"555-123-{1000 + place}"} for place, row in enumerate(rows)]


def upload(desk: Desk, tmp_path: Path, rows: list[Row]) -> str:
    file = tmp_path / "corrected.csv"
    write(file, rows)
    return desk.ws.keep_upload(ANA, file.read_bytes())


def test_the_export_has_ids_reasons_and_what_was_read(desk: Desk, run: str, tmp_path: Path) -> None:
    item, rows = sent(desk, run, tmp_path)
    assert len(rows) == item.rows == 6
    assert {row["row_id"] for row in rows} == {f"{run}-{number}" for number in range(1, 7)}
    assert all("phone should be" in row["reasons"] for row in rows)
    assert rows[0]["address"] == "'=12 Long Road, Springfield", "no spreadsheet runs it"
    event = next(one for one in desk.events(run) if one.action == "rows exported")
    assert json.loads(event.data) == {"title": item.title, "rows": 6}
    line = next(one for one in desk.items(run) if one.key == item.key)
    assert line.state == "sent back"


def test_corrected_rows_pass_and_undo_sends_them_back_again(desk: Desk, run: str, tmp_path: Path) -> None:
    before = desk.row(run)
    item, rows = sent(desk, run, tmp_path)
    away = desk.row(run)
    digest = upload(desk, tmp_path, corrected(rows))
    shown = desk.ws.preview_corrections(ANA, run, item.key, digest)
    assert (shown.matched, shown.changed, shown.missing, shown.unknown, shown.doubled) == (6, 6, 0, 0, 0)
    number = desk.ws.take_corrections(ANA, run, item.key, digest, reason="they sent them")
    desk.work()
    after = desk.row(run)
    assert (after.rows["kept"], after.rows["quarantined"]) == (
        shown.effect.after.kept,
        shown.effect.after.quarantined,
    )
    assert after.rows["kept"] == before.rows["kept"] + 6
    assert next(one.state for one in desk.items(run) if one.key == item.key) == "fixed"
    desk.ws.undo(ANA, run, number)
    desk.work()
    assert (desk.row(run).candidate, desk.row(run).rows) == (away.candidate, away.rows)
    assert next(one.state for one in desk.items(run) if one.key == item.key) == "sent back"
    for one in desk.ws.see.triage(ANA, run).decisions:
        desk.ws.undo(ANA, run, one.id)
    desk.work()
    assert (desk.row(run).candidate, desk.row(run).rows) == (before.candidate, before.rows)


def test_ids_that_do_not_fit_are_told_and_left_out(desk: Desk, run: str, tmp_path: Path) -> None:
    item, rows = sent(desk, run, tmp_path)
    first, second, third, *rest = corrected(rows)
    other = {**first, "row_id": f"{run}-70"}
    foreign = {**first, "row_id": "another-1"}
    digest = upload(desk, tmp_path, [second, second, third, *rest, other, foreign])
    shown = desk.ws.preview_corrections(ANA, run, item.key, digest)
    assert (shown.matched, shown.missing, shown.unknown, shown.doubled) == (4, 1, 2, 1)
    desk.ws.take_corrections(ANA, run, item.key, digest, reason="as far as it goes")
    desk.work()
    assert desk.row(run).rows["kept"] == shown.effect.after.kept
    held = desk.row(run).rows
    assert held["in"] == held["kept"] + held["quarantined"] + held["unreadable"]


def test_rows_that_still_fail_are_open_again(desk: Desk, run: str, tmp_path: Path) -> None:
    item, rows = sent(desk, run, tmp_path)
    half = [{**row, "phone": "555-123-4567"} for row in rows[:3]] + rows[3:]
    digest = upload(desk, tmp_path, half)
    assert desk.ws.preview_corrections(ANA, run, item.key, digest).changed == 3
    desk.ws.take_corrections(ANA, run, item.key, digest, reason="half of them")
    desk.work()
    line = next(one for one in desk.items(run) if one.key == item.key)
    assert (line.state, line.rows) == ("open", 3)
    assert "still fail" in line.why


def test_a_column_that_is_left_out_keeps_what_was_read(desk: Desk, run: str, tmp_path: Path) -> None:
    item, rows = sent(desk, run, tmp_path)
    slim = [{"row_id": row["row_id"], "phone": row["phone"], "remark": "x"} for row in corrected(rows)]
    shown = desk.ws.preview_corrections(ANA, run, item.key, upload(desk, tmp_path, slim))
    assert (shown.matched, shown.ignored) == (6, ("remark",))
    assert shown.effect.after.kept == shown.effect.before.kept + 6


def test_refusals(desk: Desk, run: str, tmp_path: Path) -> None:
    item = bad(desk, run)
    digest = desk.ws.keep_upload(ANA, b"a,b\n1,2\n")
    asks: list[tuple[type[GovernanceError], Callable[[Any], object]]] = [
        (NotPermitted, lambda who: desk.ws.export_rows(who, run, item.key, tmp_path / "x.csv")),
        (NotPermitted, lambda who: desk.ws.preview_corrections(who, run, item.key, digest)),
        (NotPermitted, lambda who: desk.ws.take_corrections(who, run, item.key, digest, reason="so")),
    ]
    for kind, ask in asks:
        for who in (BEN, CLEO):
            with pytest.raises(kind):
                ask(who)
    assert not (tmp_path / "x.csv").exists()
    with pytest.raises(IllegalMove, match="not sent back"):
        desk.ws.take_corrections(ANA, run, item.key, digest, reason="so")
    desk.ws.decide(ANA, run, item.key, Action.SEND_BACK, reason="so")
    for given, why in ((digest, "no column row_id"), ("0" * 64, "not in the vault")):
        with pytest.raises(InputError, match=why) as refusal:
            desk.ws.take_corrections(ANA, run, item.key, given, reason="so")
        assert refusal.value.hint
    with pytest.raises(InputError, match="needs a reason"):
        desk.ws.take_corrections(ANA, run, item.key, digest, reason=" ")
    strangers = desk.ws.keep_upload(ANA, b"row_id,phone\nx-1,555-123-4567\n")
    with pytest.raises(InputError, match="No row of the file"):
        desk.ws.take_corrections(ANA, run, item.key, strangers, reason="so")
