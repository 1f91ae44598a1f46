"""The seventeen stages as a table: time, rows in and out, and the line each one left."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.runs import StageMark
from governance.plural import many
from pages.parts.words import seconds

STATES = {
    "done": "✓ done",
    "running": "… running",
    "failed": "✕ failed",
    "skipped": "– skipped",
    "waiting": "not yet",
}


def stage_table(marks: Sequence[StageMark]) -> None:
    """One line a stage; those that have not run say what they will do."""
    done = sum(mark.state in ("done", "skipped") for mark in marks)
    took = sum(mark.seconds or 0.0 for mark in marks)
    st.caption(f"{done:,} of {many(len(marks), 'stage')} done, in {seconds(took)} of work.")
    slowest = max((mark.seconds or 0.0 for mark in marks), default=0.0)
    st.dataframe(
        {
            "No.": [mark.number for mark in marks],
            "Stage": [mark.name for mark in marks],
            "State": [STATES.get(mark.state, mark.state) for mark in marks],
            "Time": [mark.seconds for mark in marks],
            "Rows in": [mark.rows_in for mark in marks],
            "Rows out": [mark.rows_out for mark in marks],
            "Result": [mark.summary or mark.purpose for mark in marks],
        },
        column_config={
            "No.": st.column_config.NumberColumn(width=40),
            "Stage": st.column_config.TextColumn(width=110),
            "State": st.column_config.TextColumn(width=84),
            "Time": st.column_config.ProgressColumn(
                width=120, format="%.2f s", min_value=0.0, max_value=max(slowest, 0.01), help="Wall time"
            ),
            "Rows in": st.column_config.NumberColumn(width=76, format="localized"),
            "Rows out": st.column_config.NumberColumn(width=76, format="localized"),
            "Result": st.column_config.TextColumn(width=500),
        },
        hide_index=True,
        height="content",
        placeholder="",
        alt="The seventeen stages of this run",
    )
