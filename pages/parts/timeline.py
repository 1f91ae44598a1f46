"""Pieces of the Versions page: the timeline, what waits, and the plan of a rollback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from governance.answers.runs import Strip
from governance.answers.versions import Difference, RollbackLine, VersionLine, VersionsView
from governance.people import Verb
from pages.parts.blocks import guard, reason_field, verb_button
from pages.parts.difference import difference, known_difference, signed
from pages.parts.session import close_dialog, go, link, me, notify, open_dialog, stay, workspace
from pages.parts.status import state_markdown
from pages.parts.words import ago, at, escape, many, number, short

ROWS, CHANGES = "rows", "changes"


def version_line(view: VersionsView, line: VersionLine, *, chosen: bool) -> None:
    """One version of the timeline, with what can be done about it."""
    with st.container(border=True, key=f"version-{view.dataset}-{line.number}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            mark = ":primary[:material/arrow_right:] " if chosen else ""
            current = f" {state_markdown('current')}" if line.current else ""
            st.markdown(f"{mark}**Version {line.number}**{current}", width="stretch")
            when(line.published_at)
        st.markdown("  \n".join(said for said in (_badges(view, line), *_facts(view, line)) if said))
        _verbs(view, line)


def when(moment: datetime) -> None:
    """How long ago, with the moment itself on hover."""
    st.html(
        f'<span style="opacity:.65;font-size:.85rem;white-space:nowrap" title="{at(moment)}">{ago(moment)}</span>',
        width="content",
    )


def _badges(view: VersionsView, line: VersionLine) -> str:
    same = twin(view.versions, line)
    equal = f"equals version {same} row for row" if same is not None else ""
    if line.rolled_back_to is not None:
        restored = f":violet-badge[:material/history: restored from {line.rolled_back_to}"
        return f"{restored}{', ' + equal if same == line.rolled_back_to else ''}]"
    return f":gray-badge[:material/equal: {equal}]" if equal else ""


def twin(versions: Sequence[VersionLine], line: VersionLine) -> int | None:
    """The oldest earlier version with the very same content."""
    earlier = [one.number for one in versions if one.number < line.number and one.content == line.content]
    return min(earlier, default=None)


def _facts(view: VersionsView, line: VersionLine) -> tuple[str, ...]:
    before = next((one for one in view.versions if one.number == line.number - 1), None)
    more = f" ({signed(line.rows - before.rows)})" if before else ""
    people = f"asked by {escape(line.requested_by)}, approved by {escape(line.approved_by) or '–'}"
    return (
        f":small[{many(line.rows, 'row')}{more} · {people}]",
        f":small[:gray[“{escape(line.reason)}”]]" if line.reason else "",
        f":small[:gray[candidate]] `{short(line.digest)}`",
    )


def _verbs(view: VersionsView, line: VersionLine) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Rows", key=f"rows-{line.number}", icon=":material/table_rows:", type="tertiary"):
            stay(version=str(line.number), show=ROWS, **{"from": ""})
            st.rerun()
        if line.number > 1 and st.button(
            "Changes",
            key=f"changes-{line.number}",
            icon=":material/difference:",
            type="tertiary",
        ):
            stay(version=str(line.number), show=CHANGES, **{"from": str(line.number - 1)})
            st.rerun()
        if not line.current and st.button(
            f"Roll back to {line.number}", key=f"back-{line.number}", icon=":material/history:", type="tertiary",
            disabled=bool(view.why_not_roll_back), help=view.why_not_roll_back or None,
        ):  # fmt: skip
            open_dialog("roll back", dataset=view.dataset, to=line.number)
            st.rerun()
        if me().may(Verb.SEE_RUNS):
            link("run", "Run", run=line.run)


def compared(view: VersionsView, before: int, after: int) -> Difference | None:
    """What lies between two versions of the view, computed once for their contents."""
    contents = {line.number: line.content for line in view.versions}
    person, asked = me(), workspace().see
    with st.spinner(f"Comparing version {before} with {after} …"):
        return known_difference(
            lambda: asked.difference(person, view.dataset, before, after),
            str(workspace().house.settings.root), view.dataset, f"{before} {contents.get(before)}",
            f"{after} {contents.get(after)}",
        )  # fmt: skip


def candidates(strips: Sequence[Strip]) -> None:
    """Runs whose candidate waits."""
    for strip in strips:
        with st.container(
            horizontal=True, vertical_alignment="center", border=True, key=f"candidate-{strip.run}"
        ):
            st.markdown(
                f":blue[:material/rocket_launch:] **{escape(strip.file)}** may become the next version. "
                f":small[:gray[{escape(strip.who_next)}]]", width="stretch",
            )  # fmt: skip
            st.markdown(state_markdown(strip.state), width="content")
            if st.button("Open the release", key=f"release-{strip.run}"):
                go("release", run=strip.run)


def wish_line(view: VersionsView, wish: RollbackLine) -> None:
    """A rollback that waits, is under way, or went wrong."""
    with st.container(border=True, key=f"wish-{wish.id}"):
        st.markdown(
            f":violet[:material/history:] **Roll back from version {wish.base_number} to {wish.to_number}** "
            f"{state_markdown(wish.state)}  \n{escape(wish.requested_by)}, {ago(wish.requested_at)}: “{escape(wish.reason)}”"
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
        yes = verb_button("Approve the rollback", key=f"approve-{wish.id}", why_not=wish.why_not_approve, primary=True,
                          icon=":material/verified:", caption=False)  # fmt: skip
        no = verb_button("Withdraw" if wish.mine else "Decline", key=f"withdraw-{wish.id}",
                         why_not=wish.why_not_withdraw, icon=":material/undo:", caption=False)  # fmt: skip
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


@st.fragment(run_every=1.0)
def watch(dataset: str, known: tuple[str, ...]) -> None:
    """Reruns the page when a rollback that is under way has ended."""
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
        f"Version **{to}** of {escape(dataset)} becomes current again, as version **{current + 1}**. Version {current} "
        "stays on record, so this too can be rolled back."
    )
    if found := compared(view, current, to):
        difference(found, key=f"plan-{to}")
    with st.form(f"rollback-{to}", border=False):
        reason = st.text_input(
            "Reason", key=f"rollback-reason-{dataset}-{to}", placeholder="Why, in a few words"
        )
        st.caption(f"An approver other than {escape(me().title)} must agree before anything happens.")
        pressed = st.form_submit_button(
            f"Ask to roll back to {number(to)}", type="primary", key="ask-rollback"
        )
    if pressed:
        with guard():
            workspace().ask_rollback(me(), dataset, to, reason=reason)
            close_dialog()
            notify("The rollback waits for another person's approval.")
            st.rerun()
