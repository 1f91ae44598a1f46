"""Cells of an item edited by hand: a grid to type in, a form that does the same, and what was typed so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from governance.answers.itemrows import PLAIN, RowsPage
from governance.answers.triage import ItemLine
from governance.people import Verb
from governance.plural import many
from governance.review.by_hand import by_hand
from governance.review.choices import Cell, Fix
from pages.parts.itemrows import PAGE, at_page, pager, wanted
from pages.parts.keys import BY_HAND, focus, letter
from pages.parts.session import forget, held, keep, me, stay, typed, workspace
from pages.parts.words import escape

HEIGHT = 380
Edits = dict[tuple[int, str], str | None]
"""What was typed, by row and column; nothing where the cell is to be empty."""


def edit_button(item: ItemLine, *, keys: bool) -> None:
    """Opens the grid; for who may see what stands in the cells."""
    if not me().why_not(Verb.SEE_VALUES):
        st.button(
            "Edit cells",
            key=f"edit-{item.key}",
            icon=":material/edit:",
            shortcut=letter("E", on=keys),
            on_click=stay,
            kwargs={"do": "fix", "repair": BY_HAND, "rows": "", "page": ""},
        )


def edited_fix(run: str, item: ItemLine) -> Fix | str:
    """The cells that were typed, over all pages of the grid; while there are none, the key of the grid."""
    columns = workspace().see.item_columns(me(), run, item.key)
    many_pages = item.rows > PAGE
    view = wanted(item, columns, allowed=True) if many_pages else PLAIN
    page = workspace().see.item_rows(
        me(), run, item.key, offset=at_page() * PAGE, limit=PAGE, view=view, fixed=True
    )
    if many_pages:
        pager(page, item)
    st.caption("Type over a cell. Nothing changes until the fix is applied.")
    key = _grid(page, item, columns)
    with st.expander("Edit without the grid", key=f"form-{item.key}", on_change="rerun") as opened:
        if opened.open:
            _form(page, item, columns)
    edits = _edits(item)
    if not edits:
        return key
    fix = by_hand(Cell(row=row, column=name, text=text) for (row, name), text in edits.items())
    _said(item, fix)
    return fix


def forget_edits(item: ItemLine) -> None:
    """Throw away what was typed."""
    forget(_typed(item))
    keep(_turn(item), typed(_turn(item), 0) + 1)


def _typed(item: ItemLine) -> str:
    return f"cells-{item.key}-{item.version}"


def _turn(item: ItemLine) -> str:
    """Counts what changes cells beside the grid: it is drawn anew then, with what was typed in place."""
    return f"turn-{item.key}-{item.version}"


def _edits(item: ItemLine) -> Edits:
    found: Edits = typed(_typed(item), {})
    return found


def _grid(page: RowsPage, item: ItemLine, columns: Sequence[str]) -> str:
    """The page's rows with what was typed on it before; returns the grid's key. The names of its columns are their
    places, since a file may call a column as one of ours."""
    turn = typed(_turn(item), 0)
    key = f"grid-{item.key}-{item.version}-{turn}-{hash(page.rows)}"
    shown = typed(key) or _shown(key, page, columns, _edits(item))
    labels = {
        str(at): st.column_config.TextColumn(f"▸ {name}" if name in item.columns else name)
        for at, name in enumerate(columns)
    }
    st.data_editor(
        shown,
        column_config={
            "row": st.column_config.NumberColumn(pinned=True, width=64, format="localized"),
            **labels,
        },
        disabled=["row"],
        hide_index=True,
        height="content" if len(page.rows) < 10 else HEIGHT,
        placeholder="(nothing)",
        key=key,
        on_change=_take,
        args=(key, page, item, tuple(columns)),
        alt=f"Rows of {escape(item.title)}, to be edited",
    )
    if not turn:
        focus(key, key)
    return key


def _shown(key: str, page: RowsPage, columns: Sequence[str], edits: Edits) -> dict[str, list[Any]]:
    """What the grid shows at first: the cells as they stand, and what was typed before in place of them."""
    shown: dict[str, list[Any]] = {"row": [row[0] for row in page.rows]}
    for at, name in enumerate(columns):
        shown[str(at)] = [edits.get((row[0], name), row[2 + at]) for row in page.rows]
    keep(key, shown)
    return shown


def _take(key: str, page: RowsPage, item: ItemLine, columns: Sequence[str]) -> None:
    """What the grid says was typed in it."""
    edits = dict(_edits(item))
    for place, cells in held(key)["edited_rows"].items():
        for at, text in cells.items():
            _put(edits, page, int(place), int(at), columns, text)
    keep(_typed(item), edits)


def _put(edits: Edits, page: RowsPage, place: int, at: int, columns: Sequence[str], text: str | None) -> None:
    """One cell as typed; what stands in it already is no edit."""
    row = page.rows[place]
    cell = (int(row[0]), columns[at])
    if (text or None) == (row[2 + at] or None):
        edits.pop(cell, None)
    else:
        edits[cell] = text or None


def _form(page: RowsPage, item: ItemLine, columns: Sequence[str]) -> None:
    """The same by fields: for who works without a grid."""
    places = {int(row[0]): place for place, row in enumerate(page.rows)}
    with st.form(f"cell-{item.key}", border=False):
        first, second, third, fourth = st.columns([2, 3, 4, 1], vertical_alignment="bottom")
        row = first.selectbox(
            "Row", list(places), format_func=lambda one: f"{one:,}", key=f"cell-row-{item.key}"
        )
        name = second.selectbox("Column", columns, key=f"cell-column-{item.key}")
        text = third.text_input(
            "Value", key=f"cell-value-{item.key}", help="Left empty, the value is missing."
        )
        set_it = fourth.form_submit_button("Set", key=f"cell-set-{item.key}")
    if set_it and row in places and name in columns:
        edits = dict(_edits(item))
        _put(edits, page, places[row], columns.index(name), columns, text)
        forget_edits(item)
        keep(_typed(item), edits)
        st.rerun()


def _said(item: ItemLine, fix: Fix) -> None:
    """How much was typed, on all pages, and the way back."""
    said = f"**{many(len(fix.cells), 'cell')}** in {many(len(fix.rows), 'row')} edited"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="edited"):
        st.markdown(said, width="content")
        st.button(
            "Throw away",
            key=f"throw-{item.key}",
            type="tertiary",
            icon=":material/undo:",
            on_click=forget_edits,
            args=(item,),
        )
