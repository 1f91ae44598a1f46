"""On the card of a cluster: what became of its signature before, and what sets its rows apart."""

from __future__ import annotations

import streamlit as st

from governance.answers.history import Before
from governance.answers.triage import ItemLine, TriageView
from governance.errors import GovernanceError
from governance.plural import many
from governance.review.apart import Apart, Spread
from pages.parts.blocks import refused
from pages.parts.session import me, workspace
from pages.parts.words import ago, escape, percent

SHOWN = 3
BLIND = (
    "An approved decision on these rows is known. It is kept back to see whether you decide alike: "
    "My work shows it, to you first."
)


def before_said(before: Before) -> str:
    """`3 runs · fixed by trim (2), waived (1) · last waived by Ana: known to the branch, 2 days ago`."""
    if before.blind:
        return "told when you have decided: this item is one of those that are decided blind"
    if not before.runs:
        return "never: this signature is new"
    parts = [many(before.runs, "earlier run")]
    done = [f"{escape(words)} ({times})" for words, times in before.actions]
    if before.undecided:
        done.append(f"left undecided ({before.undecided})")
    parts.append(", ".join(done))
    if before.last and before.last_at:
        parts.append(f"last {escape(before.last)}, {ago(before.last_at)}")
    return " · ".join(parts)


def seen_before(view: TriageView, item: ItemLine) -> None:
    """One line about the signature in earlier runs of the dataset."""
    before = _before(view.strip.run, view.strip.revision, item.key, me().name)
    st.markdown(f":gray[Seen before] {before_said(before)}", help=BLIND if before.blind else None)


@st.cache_data(show_spinner=False, max_entries=500)
def _before(run: str, revision: int, item: str, _person: str) -> Before:
    return workspace().see.seen_before(me(), run, item)


def apart_said(one: Apart) -> str:
    """`**branch** is *north* in 92.0 % of these rows, 25.1 % of those that pass`."""
    part = f"**{escape(one.column)}** is {escape(one.part)}"
    return f"{part} in {percent(one.share)} of these rows, {percent(one.passing)} of those that pass"


def sets_apart(view: TriageView, item: ItemLine) -> None:
    """The columns that differ most. The first look at a card computes it; after that the vault has it."""
    try:
        with st.spinner("Comparing with rows that pass …"):
            found = workspace().see.apart(me(), view.strip.run, item.key)
    except GovernanceError as error:
        refused(error)
        return
    st.markdown(spread_said(found))


def spread_said(found: Spread) -> str:
    """What sets the rows apart, in at most three lines."""
    if not found.columns:
        few = found.rows and not found.columns and found.rows < 5
        said = "too few rows to tell" if few else "no other column differs more than by chance"
        return f":gray[What sets them apart] {said}"
    shown = [apart_said(one) for one in found.columns[:SHOWN]]
    more = len(found.columns) - SHOWN
    rest = f"  \n:small[:gray[and {many(more, 'more column')}]]" if more > 0 else ""
    return ":gray[What sets them apart] " + "  \n".join(shown) + rest
