"""The findings of a run: by dimension, worst first, each with the way to its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from governance.answers.triage import ItemLine
from governance.findings import Note
from governance.plural import many
from pages.parts.session import go, link
from pages.parts.status import severity_mark, severity_markdown
from pages.parts.words import escape

OTHER = "other"
SHOWN = 8
"""Findings that stand on the page; a table has them all, and its grid is loaded when it is unfolded."""


def findings_list(run: str, notes: Sequence[Note], items: Sequence[ItemLine]) -> None:
    """Facets by dimension, and the worst of the chosen ones as links to the items that decide about them."""
    counts = Counter(note.dimension or OTHER for note in notes)
    chosen = st.pills(
        "Dimension",
        sorted(counts),
        key=f"dimension-{run}",
        label_visibility="collapsed",
        format_func=lambda name: f"{name.capitalize()} {counts[name]:,}",
    )
    listed = sorted(
        (note for note in notes if chosen in (None, note.dimension or OTHER)),
        key=lambda note: (note.severity.rank, -note.rows, note.column),
    )
    with st.container(gap="xxsmall", key="findings"):
        for note in listed[:SHOWN]:
            _line(run, note, items)
    if len(listed) > SHOWN:
        table = st.expander(
            f"All {many(len(listed), 'finding')} as a table", key="all-findings", on_change="rerun"
        )
        if table.open:
            with table:
                _table(f"{run}-{chosen}", run, listed, items)


def _line(run: str, note: Note, items: Sequence[ItemLine]) -> None:
    """One finding; a link where there is something to decide."""
    said = f"{severity_markdown(note.severity)} · {escape(note.message)}"
    if found := items_about(note, items):
        link("triage", said, run=run, item=found[0].key)
    else:
        st.markdown(said)


def _table(key: str, run: str, listed: Sequence[Note], items: Sequence[ItemLine]) -> None:
    """All of them; choosing a line offers the item that decides about it."""
    picked = st.dataframe(
        {
            "Severity": [severity_mark(note.severity) for note in listed],
            "Dimension": [(note.dimension or OTHER).capitalize() for note in listed],
            "Column": [note.column for note in listed],
            "Rows": [note.rows or None for note in listed],
            "Finding": [note.message for note in listed],
        },
        column_config={
            "Severity": st.column_config.TextColumn(width=84),
            "Dimension": st.column_config.TextColumn(width=104),
            "Column": st.column_config.TextColumn(width=120),
            "Rows": st.column_config.NumberColumn(width=64, format="localized"),
            "Finding": st.column_config.TextColumn(width=600),
        },
        hide_index=True,
        height="content" if len(listed) <= 12 else 460,
        placeholder="",
        key=f"findings-{key}",
        on_select="rerun",
        selection_mode="single-row",
        alt=f"{many(len(listed), 'finding')} of this run",
    )
    rows = picked["selection"]["rows"]
    if not rows:
        st.caption("Choose a line to go to its rows.")
        return
    _chosen(run, listed[rows[0]], items)


def _chosen(run: str, note: Note, items: Sequence[ItemLine]) -> None:
    """What can be done about one finding."""
    found = items_about(note, items)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(note.message)}**", width="stretch")
        if not found:
            st.caption("Nothing to decide: it is here to be known.", width="content")
        elif st.button("Open in triage", key=f"to-triage-{run}", icon=":material/arrow_forward:"):
            go("triage", run=run, item=found[0].key)


def items_about(note: Note, items: Sequence[ItemLine]) -> list[ItemLine]:
    """The items that a finding is decided by, the one with most rows first."""
    key = "-".join(part for part in (note.kind, note.rule, note.column) if part)
    found = [
        item
        for item in items
        if item.key in (key, note.kind, f"breach-{note.rule}")
        or note.rule in (rule for rule, _ in item.rules)
    ]
    return sorted(found, key=lambda item: -item.rows)
