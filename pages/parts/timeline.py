"""Pieces of the Versions page: the timeline, and the candidates that may become its next version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from governance.answers.runs import Strip
from governance.answers.versions import Difference, VersionLine, VersionsView
from governance.people import Verb
from governance.plural import many
from pages.parts.difference import known_difference, signed
from pages.parts.session import go, link, me, open_dialog, stay, workspace
from pages.parts.status import state_markdown
from pages.parts.words import ago, at, escape, short

ROWS, CHANGES = "rows", "changes"
FAINT = "opacity:.65; font-size:.85rem; white-space:nowrap"


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
        f'<span style="{FAINT}" title="{at(moment)}">{ago(moment)}</span>',
        width="content",
    )


def _badges(view: VersionsView, line: VersionLine) -> str:
    """Where its rows come from: a rollback, or the same rows as before."""
    back, same = line.rolled_back_to, twin(view.versions, line)
    restored = f":violet-badge[:material/history: restored from {back}]" if back is not None else ""
    equal = f":small[:material/equal: equals version {same} row for row]" if same is not None else ""
    return " ".join(said for said in (restored, equal) if said)


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
            f"Roll back to {line.number}",
            key=f"back-{line.number}",
            icon=":material/history:",
            type="tertiary",
            disabled=bool(view.why_not_roll_back),
            help=view.why_not_roll_back or None,
        ):
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
            str(workspace().house.settings.root),
            view.dataset,
            f"{before} {contents.get(before)}",
            f"{after} {contents.get(after)}",
        )


def candidates(strips: Sequence[Strip]) -> None:
    """Runs whose candidate waits."""
    for strip in strips:
        with st.container(
            horizontal=True, vertical_alignment="center", border=True, key=f"candidate-{strip.run}"
        ):
            st.markdown(
                f":blue[:material/rocket_launch:] **{escape(strip.file)}** may become the next version. "
                f":small[:gray[{escape(strip.who_next)}]]",
                width="stretch",
            )
            st.markdown(state_markdown(strip.state), width="content")
            if st.button("Open the release", key=f"release-{strip.run}"):
                go("release", run=strip.run)
