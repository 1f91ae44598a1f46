"""All rows of an item: pages, order, search, filters, neighbours and downloads, and what is hidden from whom."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from drive import ANA, BEN, CLEO, Desk
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.answers.itemrows import AROUND, HIDDEN, Test, View
from governance.answers.triage import ItemLine
from governance.errors import InputError, NotPermitted


def biggest(desk: Desk, run: str) -> ItemLine:
    return max(desk.items(run, "cluster"), key=lambda one: one.rows)


def numbers(desk: Desk, run: str, item: ItemLine, view: View, **page: int) -> list[int]:
    return [row[0] for row in desk.ws.see.item_rows(ANA, run, item.key, view=view, **page).rows]


def test_pages_of_a_sorted_view_are_the_whole_once(desk: Desk, run: str) -> None:
    item = biggest(desk, run)
    every = numbers(desk, run, item, View(), limit=500)
    column = item.columns[0]
    for down in (False, True):
        view = View(sort=column, descending=down)
        paged = [
            number
            for at in range(0, item.rows, 3)
            for number in numbers(desk, run, item, view, offset=at, limit=3)
        ]
        assert sorted(paged) == every
        assert paged == numbers(desk, run, item, view, limit=500)


@settings(
    max_examples=examples(8, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=6))
def test_any_search_finds_what_holds_it(desk: Desk, run: str, text: str) -> None:
    item = biggest(desk, run)
    whole = desk.ws.see.item_rows(ANA, run, item.key, limit=500).rows
    found = desk.ws.see.item_rows(ANA, run, item.key, view=View(search=text), limit=500)
    if text.isascii():
        glued = {row[0]: "\x1f".join(v for v in row[2:] if v is not None).lower() for row in whole}
        columns = [n for n in glued if text.lower() in glued[n]]
        if "\x1f" not in text and "\x00" not in text:
            assert {row[0] for row in found.rows} == set(columns)
    assert found.total == len(found.rows) <= found.of == item.rows


@pytest.mark.parametrize("test", Test, ids=lambda one: one.name.lower())
def test_a_filter_on_one_column(desk: Desk, run: str, test: Test) -> None:
    item = biggest(desk, run)
    page = desk.ws.see.item_rows(ANA, run, item.key, limit=500)
    column = page.columns[-1]
    value = next(row[-1] for row in page.rows if row[-1] is not None)
    keeps = {
        Test.HAS: lambda cell: cell is not None and value.lower() in cell.lower(),
        Test.IS: lambda cell: cell == value,
        Test.MISSING: lambda cell: cell is None,
    }[test]
    view = View(column=column, test=test, text=value)
    assert numbers(desk, run, item, view, limit=500) == [row[0] for row in page.rows if keeps(row[-1])]


@pytest.mark.parametrize(
    "view",
    [View(search="a"), View(column="email", text="a"), View(sort="email")],
    ids=["search", "filter", "sort"],
)
def test_what_reads_values_is_refused_to_who_may_not_see_them(desk: Desk, run: str, view: View) -> None:
    item = biggest(desk, run)
    for who in (BEN, CLEO):
        with pytest.raises(NotPermitted):
            desk.ws.see.item_rows(who, run, item.key, view=view)


def test_unknown_columns_are_named(desk: Desk, run: str) -> None:
    with pytest.raises(InputError, match="no column"):
        desk.ws.see.item_rows(ANA, run, biggest(desk, run).key, view=View(sort='x" --'))


def test_neighbours_are_the_rows_around_it_with_their_reasons(desk: Desk, run: str) -> None:
    item = biggest(desk, run)
    row = numbers(desk, run, item, View())[0]
    around = desk.ws.see.neighbours(ANA, run, item.key, row)
    listed = [one[0] for one in around.rows]
    assert listed == [n for n in range(row - AROUND, row + AROUND + 1) if 1 <= n <= desk.row(run).rows["in"]]
    assert next(one[1] for one in around.rows if one[0] == row)
    hidden = desk.ws.see.neighbours(BEN, run, item.key, row)
    assert {cell for one in hidden.rows for cell in one[2:]} <= {HIDDEN, None}
    with pytest.raises(NotPermitted):
        desk.ws.see.neighbours(CLEO, run, item.key, row)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_download_holds_all_rows_of_the_item(desk: Desk, run: str, tmp_path: Path, form: str) -> None:
    item = biggest(desk, run)
    for who, shown in ((ANA, True), (BEN, False)):
        out = tmp_path / f"{who.name}.{form}"
        assert desk.ws.see.item_file(who, run, item.key, out, form=form) == item.rows
        if form == "csv":
            rows = list(csv.DictReader(out.open()))
            cells = {one[item.columns[0]] for one in rows}
        else:
            table = pq.read_table(out)
            rows, cells = table.to_pylist(), set(table[item.columns[0]].to_pylist())
        assert len(rows) == item.rows
        assert (cells <= {HIDDEN, None, ""}) is not shown
    with pytest.raises(InputError, match="no format"):
        desk.ws.see.item_file(ANA, run, item.key, tmp_path / "x", form="xls")
