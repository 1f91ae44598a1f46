"""The head of a run's page while a worker is at it: read again every second, and the page once at the end."""

from __future__ import annotations

from functools import partial

import streamlit as st

from governance.answers.runs import Strip
from governance.states import State
from pages.parts.head import run_strip
from pages.parts.session import me, notices, notify, rerun_here, watch, workspace
from pages.parts.stages import stage_table

EVERY = 1.0
"""Seconds between two looks."""

PREPARING = (State.QUEUED, State.RUNNING)


def live_strip(strip: Strip, *, here: str) -> None:
    """Notices and the strip; while work is under way it refreshes itself, and reruns the page when it is done."""
    notices()
    if strip.working:
        watch(partial(_watched, strip, here), every=EVERY)
    else:
        run_strip(strip, here=here)


def _watched(strip: Strip, here: str, itself: bool) -> None:
    if itself:
        strip = workspace().see.strip(me(), strip.run)
        if not strip.working:
            notify(_said(strip))
            rerun_here()
    run_strip(strip, here=here)
    if strip.state in PREPARING:
        st.caption("Leaving this page is safe: the work goes on, and the run waits in the inbox.")
        stage_table(strip.stages)


def _said(strip: Strip) -> str:
    if strip.state == State.AWAITING_REVIEW:
        return f"Revision {strip.revision} is computed." if strip.revision else "The run is ready for review."
    return f"The run is {strip.state}."
