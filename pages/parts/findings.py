"""The findings of a run as a table: by dimension, worst first, each with the way to its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from governance.answers.triage import ItemLine
from governance.findings import Note
from pages.parts.session import go
from pages.parts.status import severity_mark
from pages.parts.words import escape, many

OTHER = "other"


def findings_table(run: str, notes: Sequence[Note], items: Sequence[ItemLine]) -> None:
    """Facets by dimension, one line a finding; choosing a line offers the item that decides about it."""
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
        key=f"findings-{run}-{chosen}",
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
