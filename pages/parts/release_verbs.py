"""The verbs of the Release page: approve the plan, approve the candidate, publish, and reject the run."""

from __future__ import annotations

import streamlit as st

from governance.answers.runs import RunView
from governance.people import Verb
from pages.parts.blocks import guard, reason_field, verb_button
from pages.parts.keys import keyboard, letter
from pages.parts.session import close_dialog, me, notify, open_dialog, workspace
from pages.parts.words import short


def plan_button(view: RunView) -> None:
    """Approving the plan from here, for who has read it on the Privacy page."""
    plan = workspace().see.privacy(me(), view.strip.run)
    if plan is None or plan.approved:
        return
    if verb_button(
        "Approve the masking plan",
        key="approve-plan",
        why_not=plan.why_not_approve,
        icon=":material/shield:",
        primary=True,
        stretch=True,
        shortcut=letter("A", on=keyboard().on),
    ):
        with guard():
            workspace().approve_plan(me(), view.strip.run, digest=plan.plan_digest)
            notify("The masking plan is approved.")
            st.rerun()


def approve(view: RunView) -> None:
    why_not, ready = view.why_not_approve, view.plan_approved or view.open_required
    reason = "" if why_not else reason_field(f"approve-{view.candidate[:8]}")
    if verb_button(
        f"Approve candidate {short(view.candidate)}",
        key="approve",
        why_not=why_not,
        primary=bool(ready),
        icon=":material/verified:",
        stretch=True,
        shortcut=letter("A", on=keyboard().on and bool(ready)),
    ):
        with guard():
            workspace().approve(me(), view.strip.run, digest=view.candidate, reason=reason)
            notify(f"Candidate {short(view.candidate)} is approved.")
            st.rerun()


def publish(view: RunView, version: int | str) -> None:
    why_not = view.why_not_publish
    reason = "" if why_not else reason_field(f"publish-{view.candidate[:8]}")
    if verb_button(
        f"Publish version {version}",
        key="publish",
        why_not=why_not,
        primary=True,
        icon=":material/flag:",
        stretch=True,
        shortcut=letter("A", on=keyboard().on),
    ):
        with guard():
            workspace().publish(me(), view.strip.run, reason=reason)
            st.rerun()


def break_glass(view: RunView) -> None:
    """For an admin only: to publish without a second person."""
    if me().why_not(Verb.BREAK_GLASS):
        return
    with st.expander("Emergency: publish without a second person", icon=":material/emergency_home:"):
        st.markdown(
            "It shows in red in the audit page and the report until somebody who had no hand in this run signs it off."
        )
        reason = reason_field(f"glass-{view.candidate[:8]}")
        why_not = "" if reason else "Give a reason first: it stands in the audit log."
        if verb_button("Break the glass and publish", key="break-glass", why_not=why_not):
            with guard():
                workspace().break_glass(me(), view.strip.run, digest=view.candidate, reason=reason)
                st.rerun()


@st.dialog("Reject this run", icon=":material/block:", on_dismiss=close_dialog)
def reject_dialog(run: str) -> None:
    reject(run)


def reject(run: str) -> None:
    """The body of the dialog."""
    st.markdown(
        "The run ends here and cannot be opened again. Its file, findings and decisions stay on record."
    )
    with st.form("reject-form", border=False):
        reason = st.text_input("Reason", key=f"reject-{run}", placeholder="Why, in a few words")
        pressed = st.form_submit_button("Reject the run", type="primary", key="reject-now")
    if pressed:
        with guard():
            workspace().reject_run(me(), run, reason=reason)
            close_dialog()
            notify("The run is rejected.")
            st.rerun()


def reject_button(view: RunView) -> None:
    why_not = view.why_not_decide
    if st.button(
        "Reject this run",
        key="reject",
        type="tertiary",
        icon=":material/block:",
        disabled=bool(why_not),
        help=why_not or "End it without publishing",
    ):
        open_dialog("reject", run=view.strip.run)
        st.rerun()
    if why_not:
        st.caption(why_not)
