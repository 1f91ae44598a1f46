"""What has been decided: the list with its undo, and one verb for all that is left."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.triage import ItemLine, TriageView
from governance.errors import Stale
from governance.plural import many
from governance.review.choices import Action
from pages.parts.actions import look_again
from pages.parts.blocks import guard, reason_field, verb_button
from pages.parts.session import forget, me, notify, workspace
from pages.parts.waiving import kept, second_person
from pages.parts.words import escape

LEAVING = (
    "Leaving a cluster undecided is a choice too: **its rows stay in quarantine**, nothing is lost, and the "
    "approver sees how many. Rejecting says on record that they are not wanted, whatever is fixed later."
)


def undo(run: str, decision: int, title: str) -> None:
    """Take a decision back."""
    with guard():
        workspace().undo(me(), run, decision)
        look_again()
        notify(f"Undone: {title}.", icon=":material/undo:")
        st.rerun()


def decisions_list(view: TriageView) -> None:
    """What stands, newest first, each with its undo."""
    if not view.decisions:
        st.caption("No decision yet.")
        return
    for one in view.decisions:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f"**{one.person}** · {one.action} · {escape(one.title)}  \n"
                f":small[:gray[{escape(' · '.join(part for part in (one.reason, one.terms) if part))}]]",
                width="stretch",
            )
            if verb_button("Undo", key=f"undo-{one.id}", why_not=view.why_not, caption=False):
                undo(view.strip.run, one.id, one.title)
        if one.waiver:
            second_person(view, one)
        if one.look_again:
            kept(view, one)


def bulk(view: TriageView) -> None:
    """What becomes of clusters nobody decides about, and the one verb for all of them."""
    rest = [item for item in view.items if item.kind == "cluster" and item.state == "open"]
    st.markdown(LEAVING)
    if not rest:
        st.caption("Every cluster is decided.")
        return
    reason = reason_field("bulk-reason", view.reasons, label="Reason for all")
    why_not = view.why_not or ("" if reason else "Give a reason first.")
    if verb_button(f"Reject all {len(rest):,} remaining clusters", key="reject-all", why_not=why_not):
        _reject(view.strip.run, rest, reason)


def _reject(run: str, rest: Sequence[ItemLine], reason: str) -> None:
    missed = []
    for item in rest:
        try:
            workspace().decide(me(), run, item.key, Action.REJECT, reason=reason, seen=item.version)
        except Stale:
            missed.append(item.title)
    notify(f"Rejected {many(len(rest) - len(missed), 'cluster')}.")
    if missed:
        notify(
            f"{many(len(missed), 'cluster')} changed meanwhile and stayed as they are.",
            icon=":material/sync_problem:",
        )
    look_again()
    forget("bulk-reason")
    st.rerun()
