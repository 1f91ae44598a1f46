"""Rollbacks on the Versions page: the plan of one before it is asked for, those that wait, and their end."""

from __future__ import annotations

import streamlit as st

from governance.answers.versions import RollbackLine, VersionsView
from pages.parts.blocks import guard, reason_field, verb_button
from pages.parts.difference import difference
from pages.parts.session import close_dialog, me, notify, workspace
from pages.parts.status import state_markdown
from pages.parts.timeline import compared
from pages.parts.words import ago, escape


def wish_line(view: VersionsView, wish: RollbackLine) -> None:
    """A rollback that waits, is under way, or went wrong."""
    with st.container(border=True, key=f"wish-{wish.id}"):
        st.markdown(
            f":violet[:material/history:] **Roll back from version {wish.base_number} to {wish.to_number}** "
            f"{state_markdown(wish.state)}  \n{escape(wish.requested_by)}, {ago(wish.requested_at)}: "
            f"“{escape(wish.reason)}”"
        )
        if wish.state == "releasing":
            st.progress(0.5, "The worker restores it. Leaving this page is safe.")
            return
        if wish.state == "failed":
            st.error(
                f"{escape(wish.error)} Nothing was changed by halves: ask again.", icon=":material/error:"
            )
            return
        with st.expander("What it would change", key=f"wish-changes-{wish.id}", on_change="rerun") as plan:
            if plan.open and (found := compared(view, wish.base_number, wish.to_number)):
                difference(found, key=f"wish-{wish.id}")
        _answer(wish)


def _answer(wish: RollbackLine) -> None:
    """Yes or no, for those who may say one of them; for others why they may not."""
    if wish.why_not_approve and wish.why_not_withdraw:
        st.caption(f":material/lock: {wish.why_not_approve}")
        return
    reason = reason_field(f"wish-reason-{wish.id}")
    with st.container(horizontal=True, vertical_alignment="top"):
        yes = verb_button(
            "Approve the rollback",
            key=f"approve-{wish.id}",
            why_not=wish.why_not_approve,
            primary=True,
            icon=":material/verified:",
            caption=False,
        )
        no = verb_button(
            "Withdraw" if wish.mine else "Decline",
            key=f"withdraw-{wish.id}",
            why_not=wish.why_not_withdraw,
            icon=":material/undo:",
            caption=False,
        )
    for why_not in dict.fromkeys(said for said in (wish.why_not_approve, wish.why_not_withdraw) if said):
        st.caption(why_not)
    with guard():
        if yes:
            workspace().approve_rollback(me(), wish.id, digest=wish.digest, reason=reason)
            notify("The rollback is approved; the worker restores the version.")
            st.rerun()
        if no:
            workspace().withdraw_rollback(me(), wish.id, reason=reason)
            notify("The rollback is withdrawn.")
            st.rerun()


def under_way_still(dataset: str, known: tuple[str, ...], itself: bool) -> None:
    """Reruns the page when a rollback that is under way has ended."""
    if not itself:
        return
    wishes = workspace().see.versions(me(), dataset).rollbacks
    under_way = tuple(wish.id for wish in wishes if wish.state == "releasing")
    if under_way != known:
        notify("The rollback has ended.")
        st.rerun()


@st.dialog("Roll back", width="large", icon=":material/history:", on_dismiss=close_dialog)
def rollback_dialog(dataset: str, to: int) -> None:
    rollback_plan(dataset, to)


def rollback_plan(dataset: str, to: int) -> None:
    """The plan of a rollback: what will change, the reason, and who must approve."""
    view = workspace().see.versions(me(), dataset)
    current = view.versions[0].number
    st.markdown(
        f"Version **{to}** of {escape(dataset)} becomes current again, as version **{current + 1}**. "
        f"Version {current} stays on record, so this too can be rolled back."
    )
    if found := compared(view, current, to):
        difference(found, key=f"plan-{to}")
    with st.form(f"rollback-{to}", border=False):
        reason = st.text_input(
            "Reason", key=f"rollback-reason-{dataset}-{to}", placeholder="Why, in a few words"
        )
        st.caption(f"An approver other than {escape(me().title)} must agree before anything happens.")
        pressed = st.form_submit_button(f"Ask to roll back to {to}", type="primary", key="ask-rollback")
    if pressed:
        with guard():
            workspace().ask_rollback(me(), dataset, to, reason=reason)
            close_dialog()
            notify("The rollback waits for another person's approval.")
            st.rerun()
