"""The deep report on the Reports tab: ask for it, watch it being made, look at it, take it along."""

from __future__ import annotations

import html
from functools import partial

import streamlit as st

from governance.answers.runs import RunView
from governance.deep.asking import Deep
from governance.deep.making import SAMPLE
from governance.errors import GovernanceError
from governance.plural import many
from pages.parts.session import me, notify, rerun_here, watch, workspace
from pages.parts.words import escape, number

EVERY = 2.0
"""Seconds between two looks while it is made."""


def deep_report(view: RunView, stem: str) -> None:
    """What the profiler says of a sample of the kept rows, for those who may see values."""
    run = view.strip.run
    st.markdown("##### Deep report")
    st.caption(
        f"Every column in full, by fg-data-profiling, on at most {SAMPLE:,} kept rows, the same ones every time. "
        "A worker makes it; it shows values."
    )
    if view.why_not_values:
        st.caption(f":material/lock: {view.why_not_values}")
        return
    found = workspace().see.deep_report(me(), run)
    if found and found.working:
        watch(partial(_watched, run), every=EVERY)
    elif found and found.state == "done":
        _done(found, stem)
    else:
        _ask(view, found)


def _ask(view: RunView, failed: Deep | None) -> None:
    if failed:
        st.error(f"It could not be made: {escape(failed.error)}")
    why_not = "" if view.candidate else "No row has been kept yet."
    label = "Try again" if failed else "Make the deep report"
    if st.button(
        label, key="ask-deep", disabled=bool(why_not), help=why_not or None, icon=":material/analytics:"
    ):
        try:
            workspace().ask_deep_report(me(), view.strip.run)
        except GovernanceError as error:
            st.error(f"{escape(error.message)} {escape(error.hint)}")
            return
        st.rerun()


def _watched(run: str, itself: bool) -> None:
    found = workspace().see.deep_report(me(), run)
    if itself and (found is None or not found.working):
        notify("The deep report is ready." if found and found.state == "done" else "The deep report failed.")
        rerun_here()
    if found is None:
        return
    waits = (
        "It waits for a worker."
        if found.state == "queued"
        else "A worker makes it; this takes a minute or so."
    )
    st.info(f"{waits} Leaving this page is safe.", icon=":material/hourglass_top:")


def _done(found: Deep, stem: str) -> None:
    of = f"{many(found.rows, 'row')}" + (f" of {number(found.of)} kept" if found.of > found.rows else "")
    st.caption(f"Made of {of} in {found.seconds or 0:,.0f} s.")
    run, house, person = found.run, workspace(), me()
    left, right = st.columns([1, 3])
    left.download_button(
        "Deep report, HTML",
        lambda: house.see.deep_report_html(person, run),
        file_name=f"{stem}-deep.html",
        mime="text/html",
        key="deep-html",
        on_click="ignore",
        icon=":material/download:",
    )
    if right.toggle("Look at it here", key=f"deep-{run}"):
        st.iframe(framed(house.see.deep_report_html(person, run)), height=820)


def framed(report: str) -> str:
    """The report in a frame of its own origin: what a value may hold cannot reach the app."""
    frame = "width:100%;height:800px;border:0"
    return f'<iframe sandbox="allow-scripts" title="Deep report" style="{frame}" srcdoc="{html.escape(report)}"></iframe>'
