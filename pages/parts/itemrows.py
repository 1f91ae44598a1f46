"""The rows of the chosen item: five examples, and all of them when asked: searched, filtered, sorted and paged by
the engine, each with its neighbours in the file, to take away as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from governance.answers.itemrows import PLAIN, RowsPage, Test, View
from governance.answers.triage import ItemLine, TriageView
from governance.errors import GovernanceError
from governance.plural import many
from pages.parts.blocks import guard, refused
from pages.parts.keys import letter
from pages.parts.session import me, stay, url, workspace
from pages.parts.words import escape, number

EXAMPLES, PAGE = 5, 50
HEIGHT = 430
FORMS = (("csv", "CSV", "text/csv"), ("parquet", "Parquet", "application/vnd.apache.parquet"))


def examples(view: TriageView, item: ItemLine) -> None:
    """Five rows, the columns at fault first; all rows and the query behind them when asked."""
    if item.kind != "cluster":
        return
    run = view.strip.run
    page = workspace().see.item_rows(me(), run, item.key, limit=EXAMPLES)
    if not view.sees_values:
        st.caption(f":material/lock: Values are hidden from {me().title}; rows, rules and shapes are not.")
    with st.container(key="examples"):
        table(page, item, key=f"examples-{item.key}")
    evidence = st.expander("The query that finds them", on_change="rerun", key=f"sql-{item.key}")
    if evidence.open:
        evidence.code(page.sql, language="sql", wrap_lines=True, height=320)


def rows_button(item: ItemLine, *, keys: bool) -> None:
    """Opens all rows in place of the examples, and closes them."""
    shown = bool(url("rows"))
    st.button(
        "Close the rows" if shown else f"All {many(item.rows, 'row')}",
        key=f"open-rows-{item.key}",
        icon=":material/unfold_less:" if shown else ":material/unfold_more:",
        shortcut=letter("Enter", on=keys),
        on_click=stay,
        kwargs={"rows": "" if shown else "1", "page": ""},
    )


def all_rows(view: TriageView, item: ItemLine) -> None:
    """Every row of the item, in place of the examples. `?rows=1`, `?page=`."""
    run = view.strip.run
    with st.container(key="all-rows"):
        columns = workspace().see.item_columns(me(), run, item.key)
        chosen = wanted(item, columns, allowed=view.sees_values)
        try:
            page = workspace().see.item_rows(
                me(), run, item.key, offset=at_page() * PAGE, limit=PAGE, view=chosen
            )
        except GovernanceError as error:
            refused(error)
            return
        pager(page, item)
        picked = table(page, item, key=f"rows-{item.key}-{at_page()}", height=HEIGHT, pick=True)
        if picked is not None:
            around(run, item, picked)
        downloads(run, item, chosen, page)


def wanted(item: ItemLine, columns: Sequence[str], *, allowed: bool) -> View:
    """Search, filter and order, as typed; nothing for who may not see values."""
    if not allowed:
        st.caption(f"Search, filter and order read values, which {me().title} may not see.")
        return PLAIN
    first, second, third, fourth = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    search = first.text_input(
        "Search in all columns", key=f"search-{item.key}", on_change=_first_page, icon=":material/search:"
    )
    column = second.selectbox(
        "Filter", columns, index=None, key=f"filter-{item.key}", placeholder="a column", on_change=_first_page
    )
    sort = third.selectbox("Order by", ["row", *columns], key=f"sort-{item.key}", on_change=_first_page)
    down = fourth.toggle("Highest first", key=f"down-{item.key}", on_change=_first_page)
    plain = View(search=search, sort=sort, descending=down)
    if not column:
        return plain
    left, right = st.columns([2, 5], vertical_alignment="bottom")
    test = left.selectbox("Rows whose value", [*Test], key=f"test-{item.key}", on_change=_first_page)
    text = ""
    if test is not Test.MISSING:
        text = right.text_input("Text", key=f"text-{item.key}", on_change=_first_page)
    return plain.model_copy(update={"column": column, "test": test, "text": text})


def _first_page() -> None:
    stay(page="")


def at_page() -> int:
    """The page in the address, from 0; what is no number counts as the first."""
    shown = url("page")
    return max(int(shown) - 1, 0) if shown.isdecimal() and len(shown) < 9 else 0


def pager(page: RowsPage, item: ItemLine) -> None:
    """How many rows were found, and the way to the page before and after."""
    pages = max(-(-page.total // PAGE), 1)
    at = min(at_page(), pages - 1)
    of = many(page.of, "row")
    found = f"**{of}**" if page.total == page.of else f"**{number(page.total)}** of {of}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pager"):
        st.markdown(found, width="stretch")
        st.button(
            "Page before", key=f"before-{item.key}", icon=":material/chevron_left:", disabled=at == 0,
            on_click=stay, kwargs={"page": str(at)},
        )  # fmt: skip
        st.markdown(f"page {number(at + 1)} of {number(pages)}", width="content")
        st.button(
            "Page after", key=f"after-{item.key}", icon=":material/chevron_right:", disabled=at + 1 >= pages,
            on_click=stay, kwargs={"page": str(at + 2)},
        )  # fmt: skip
    if not page.rows:
        st.info("No row is like that. Search for something else, or take the filter away.")


def around(run: str, item: ItemLine, row: int) -> None:
    """The chosen row among its neighbours in the file."""
    with guard():
        found = workspace().see.neighbours(me(), run, item.key, row)
        st.markdown(f"###### Row {row:,} and its neighbours in the file")
        data: dict[str, list[Any]] = {
            "": ["▸" if line[0] == row else "" for line in found.rows],
            **_columns(found.columns, found.rows),
            "why it fails": [line[1] for line in found.rows],
        }
        st.dataframe(
            data,
            column_config={"row": st.column_config.NumberColumn(format="localized", pinned=True)},
            hide_index=True,
            placeholder="(nothing)",
            key=f"around-{item.key}-{row}",
            alt=f"Row {row} and its neighbours",
        )


def downloads(run: str, item: ItemLine, view: View, page: RowsPage) -> None:
    """What is listed, as a file: made when asked for, values hidden as on the page."""
    with st.container(horizontal=True, gap="small", key="downloads"):
        for form, name, mime in FORMS:
            st.download_button(
                f"{many(page.total, 'row')} as {name}",
                partial(_file, run, item.key, view, form),
                file_name=f"{item.key}.{form}",
                mime=mime,
                key=f"download-{form}-{item.key}",
                icon=":material/download:",
                on_click="ignore",
            )


def _file(run: str, item: str, view: View, form: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"rows.{form}"
        workspace().see.item_file(me(), run, item, out, form=form, view=view)
        return out.read_bytes()


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[at] for row in rows] for at, name in enumerate(names) if at != 1}


def table(page: RowsPage, item: ItemLine, *, key: str, height: int = 0, pick: bool = False) -> int | None:
    """Rows as read. The reasons come last, and only where a row may have several. With `pick` a row can be
    chosen; returns its number."""
    data = _columns(page.columns, page.rows)
    if len(item.rules) > 1:
        data["why it fails"] = [row[1] for row in page.rows]
    faulty = {name: st.column_config.Column(f"▸ {name}", pinned=True) for name in item.columns}
    chosen: Any = st.dataframe(
        data,
        column_config={
            "row": st.column_config.NumberColumn(pinned=True, width=64, format="localized"),
            **faulty,
        },
        hide_index=True,
        height=height or "content",
        placeholder="(nothing)",
        key=key,
        on_select="rerun" if pick else "ignore",
        selection_mode="single-row",
        alt=f"Rows of {escape(item.title)}",
    )
    picked = chosen["selection"]["rows"] if pick else []
    return int(page.rows[picked[0]][0]) if picked and picked[0] < len(page.rows) else None
