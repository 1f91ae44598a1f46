"""A contract's change on the page: what it comes to, graded, and the answer of a second person."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.contracts import ChangeView
from governance.contract.diff import Change
from governance.people import title
from pages.parts.blocks import guard, reason_field, verb_button
from pages.parts.contract_backtest import back_test
from pages.parts.session import me, notify, stay, workspace
from pages.parts.words import ago, escape

GRADES = {
    "breaking": ("red", ":material/warning:"),
    "tightening": ("orange", ":material/compress:"),
    "loosening": ("blue", ":material/expand:"),
    "cosmetic": ("gray", ":material/format_paint:"),
}


def changes_list(changes: Sequence[Change]) -> None:
    """Each change with its grade as word, mark and colour, the gravest first."""
    if not changes:
        st.caption("Nothing has changed.")
    for change in changes:
        colour, icon = GRADES[change.grade]
        st.markdown(f":{colour}-badge[{icon} {change.grade}] {escape(change.words)}")


def change_card(change: ChangeView, *, chosen: bool) -> None:
    """A proposed contract: what it changes, a back-test, and yes or no with a reason."""
    with st.container(border=True, key=f"change-{change.id}"):
        head = "First contract, in force" if change.first else f"Proposed contract {change.number}"
        reason = f": “{escape(change.reason)}”" if change.reason else ""
        st.markdown(
            f":blue[:material/visibility:] **{head}** · `{change.digest[:8]}` · {escape(change.summary)}  \n"
            f"{escape(title(change.proposed_by))}, {ago(change.proposed_at)}{reason}"
        )
        if change.stale:
            st.warning(
                "Another contract came into force since. Look at what would change now, and propose it again.",
                icon=":material/block:",
            )
        if not change.first:
            with st.expander("What it would change", expanded=chosen, key=f"changes-{change.id}"):
                changes_list(change.changes)
            with st.expander("The whole text", key=f"text-{change.id}"):
                st.code(change.text, language="yaml", height=300, line_numbers=True)
            back_test(change.dataset, change.text, change.digest, key=change.id)
        _answer(change)


def _answer(change: ChangeView) -> None:
    reason = reason_field(f"change-reason-{change.id}")
    with st.container(horizontal=True, vertical_alignment="top"):
        yes = verb_button(
            f"Approve contract {change.number}",
            key=f"approve-{change.id}",
            why_not=change.why_not,
            primary=True,
            icon=":material/verified:",
            caption=False,
        )
        no = not change.first and verb_button(
            "Withdraw" if change.proposed_by == me().name else "Turn it down",
            key=f"withdraw-{change.id}",
            icon=":material/undo:",
            why_not="" if reason else "Give a reason.",
            caption=False,
        )
    if change.why_not:
        st.caption(f":material/lock: {change.why_not}")
    with guard():
        if yes:
            number = workspace().approve_contract(me(), change.id, digest=change.digest, reason=reason)
            notify(f"Contract {number} of {change.dataset} is in force")
            stay(change="")
            st.rerun()
        if no:
            workspace().withdraw_contract(me(), change.id, reason=reason)
            notify("The change is withdrawn")
            stay(change="")
            st.rerun()
