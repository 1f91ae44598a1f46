"""Privacy: what each column of a run seems to be, how it is masked, and the approval of that plan."""

from __future__ import annotations

import streamlit as st

from governance.answers.privacy import PrivacyView
from governance.plural import many
from pages.parts.blocks import empty, guard, need_run, reason_field, verb_button
from pages.parts.keys import keyboard, letter
from pages.parts.live import live_strip
from pages.parts.masking import column_heads, column_row, order, summary
from pages.parts.session import go, me, notify, workspace
from pages.parts.words import escape, short


def columns(view: PrivacyView) -> None:
    """The columns with personal data, then the rest, folded away unless something is changed there."""
    lines = sorted(view.columns, key=order)
    personal = [line for line in lines if line.verdict.personal]
    rest = [line for line in lines if not line.verdict.personal]
    column_heads()
    for line in personal:
        column_row(line, view.strip.run, view.plan_digest, why_not=view.why_not_change)
    if rest:
        title = f"{many(len(rest), 'column')} without personal data"
        with st.expander(title, expanded=not personal, key="not-personal", on_change="rerun") as opened:
            for line in rest if opened.open else ():
                column_row(line, view.strip.run, view.plan_digest, why_not=view.why_not_change)


def approval(view: PrivacyView) -> None:
    """The plan as one thing: who approved it, or the button that does, or why this person cannot."""
    with st.container(border=True, key="approval"):
        st.markdown(f"#### Masking plan `{short(view.plan_digest)}`")
        if view.approved:
            st.markdown(
                f":green-badge[:material/verified: approved by {escape(view.approved_by)}] "
                f"It holds for this run and later ones of {escape(view.strip.dataset)} until it is changed."
            )
            if verb_button(
                "Go on to release",
                key="next",
                primary=True,
                icon=":material/arrow_forward:",
                shortcut=letter("N", on=keyboard().on),
            ):
                go("release", run=view.strip.run)
            return
        by = (
            "proposed from the evidence"
            if view.proposed_by == "worker"
            else f"changed by {escape(view.proposed_by)}"
        )
        st.markdown(
            f":blue-badge[:material/visibility: not approved] The plan was {by}. Once approved, it holds for "
            f"this run and for later ones of {escape(view.strip.dataset)}."
        )
        approve(view)


def approve(view: PrivacyView) -> None:
    reason = (
        ""
        if view.why_not_approve
        else reason_field(f"plan-reason-{view.plan_digest[:8]}", label="Reason (optional)")
    )
    pressed = verb_button(
        "Approve this plan",
        key="approve-plan",
        why_not=view.why_not_approve,
        primary=True,
        icon=":material/verified:",
        shortcut=letter("A", on=keyboard().on),
    )
    if pressed:
        with guard():
            workspace().approve_plan(me(), view.strip.run, digest=view.plan_digest, reason=reason)
            notify("The masking plan is approved.")
            st.rerun()


run = need_run("privacy")
with guard():
    strip = workspace().see.strip(me(), run)
    live_strip(strip, here="privacy")
    view = workspace().see.privacy(me(), run)
    if view is None:
        if empty(
            "No masking plan yet",
            "Personal data is looked for in stage 11 and masked in stage 12. "
            + (
                "This page fills by itself when they are done."
                if strip.working
                else f"The run is {strip.state}."
            ),
            icon=":material/shield:",
            button="" if strip.working else "Open the run",
            key="privacy",
        ):
            go("run", run=run)
    else:
        st.markdown(summary(view.columns))
        for note in view.warnings:
            st.warning(escape(note.message), icon=":material/visibility:")
        if view.why_not_change:
            st.caption(f":material/lock: {view.why_not_change}")
        columns(view)
        approval(view)
