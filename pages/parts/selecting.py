"""A range of a numeric column, dragged in its chart or typed, and what can be done with the rows in it.

The range holds people's values, so it lives in what this person chose and not in the address. What can be
done with it is drawn by `verbs`: a decision about the rows of a range belongs there.
"""

from __future__ import annotations

import streamlit as st
from plotly.graph_objects import Figure

from governance.errors import GovernanceError
from governance.people import Verb
from governance.plural import many
from governance.setting_apart import Between
from governance.statistics.model import Outliers
from pages.parts.blocks import guard, reason_field, verb_button
from pages.parts.charts import choose
from pages.parts.one_column import figure_words
from pages.parts.session import go, keep, me, typed, workspace
from pages.parts.words import escape


def chosen_range(run: str, one: Outliers, chart: Figure, *, alt: str) -> None:
    """The chart, in which a range can be dragged; its ends as fields; and the rows in it."""
    key = f"range-{run}-{one.column}"
    dragged = choose(chart, key=f"fences-{one.column}", alt=alt)
    if dragged and dragged != typed(f"{key}-dragged"):
        keep(f"{key}-dragged", dragged)
        keep(key, dragged)
    with st.expander("Choose a range", expanded=bool(typed(key)), icon=":material/arrow_range:"):
        st.caption("Drag over the chart, or type both ends.")
        ends = _fields(key, typed(key, None))
        if ends:
            _rows(run, one.column, ends)


def _fields(key: str, known: tuple[float, float] | None) -> tuple[float, float] | None:
    """Both ends as numbers; nothing while one of them is empty."""
    left, right, _ = st.columns([1, 1, 2])
    stamp = f"{known}"  # a range that was dragged anew shows in the fields
    low = left.number_input("From", value=known[0] if known else None, format="%g", key=f"{key}-low-{stamp}")
    high = right.number_input("To", value=known[1] if known else None, format="%g", key=f"{key}-high-{stamp}")
    return None if low is None or high is None else (float(low), float(high))


def _rows(run: str, column: str, ends: tuple[float, float]) -> None:
    try:
        found = workspace().see.rows_between(me(), run, column, low=ends[0], high=ends[1])
    except GovernanceError as error:
        st.warning(f"{escape(error.message)} {escape(error.hint)}")
        return
    st.markdown(
        f"**{many(found.rows, 'row')}** with {escape(column)} from {figure_words(found.low)} "
        f"to {figure_words(found.high)}"
    )
    verbs(run, found)


def verbs(run: str, found: Between) -> None:
    """The rows of a range become an item of triage, to be decided about like a cluster."""
    if not found.rows or me().why_not(Verb.DECIDE):
        return
    reason = reason_field(f"apart-{run}-{found.column}")
    why_not = "" if reason else "Give a reason first: it stands in the audit log."
    if verb_button(
        f"Send {many(found.rows, 'row')} to triage", key=f"apart-go-{found.column}", why_not=why_not
    ):
        with guard():
            key = workspace().set_apart(me(), run, found.column, found.low, found.high, reason=reason)
            go("triage", run=run, item=key)
