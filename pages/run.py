"""One run whole: what came in, where each row went, and what every stage found. `?run=&tab=&column=`"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.runs import RunView
from governance.answers.triage import ItemLine
from governance.errors import GovernanceError
from governance.stages import Stage
from governance.stages.expectations import Expected
from governance.stages.load import Loaded
from governance.stages.profile import Profiled
from governance.stages.statistical import Statistics
from governance.stages.validate import Validated
from pages.parts.blocks import empty, guard, need_run
from pages.parts.columns import columns_tab
from pages.parts.comparing import expectations_tab
from pages.parts.drifting import drift_tab
from pages.parts.live import PREPARING, live_strip
from pages.parts.outliers import outliers_tab
from pages.parts.overview import overview
from pages.parts.patterns import patterns_tab
from pages.parts.reports import reports_tab
from pages.parts.session import me, workspace
from pages.parts.stages import stage_table

TABS = ("Overview", "Stages", "Columns", "Patterns", "Outliers", "Drift", "Expectations", "Reports")


def page(run_id: str) -> None:
    see = workspace().see
    strip = see.strip(me(), run_id)
    live_strip(strip, here="run")
    if strip.state not in PREPARING:
        tabs(see.run(me(), strip.run))


def tabs(view: RunView) -> None:
    """Only the open tab is computed."""
    see, run = workspace().see, view.strip.run
    opened = dict(zip(TABS, st.tabs(TABS, key="tab", bind="query-params"), strict=True))
    chosen = next((name for name, tab in opened.items() if tab.open), TABS[0])
    with opened[chosen]:
        if chosen == "Overview":
            overview(view, see.stage(me(), run, Stage.LOAD, Loaded), items_of(run))
        elif chosen == "Stages":
            stage_table(view.strip.stages)
        elif chosen == "Reports":
            judged = see.stage(me(), run, Stage.VALIDATE, Validated) is not None
            reports_tab(view, see.stage(me(), run, Stage.LOAD, Loaded), judged=judged)
        else:
            results(chosen, view)


def results(tab: str, view: RunView) -> None:
    """The tabs that show one stage's result."""
    see, run = workspace().see, view.strip.run
    if tab == "Columns" and (profiled := see.stage(me(), run, Stage.PROFILE, Profiled)):
        columns_tab(view, profiled, see.stage(me(), run, Stage.STATISTICAL, Statistics))
    elif tab == "Expectations" and (expected := see.stage(me(), run, Stage.EXPECTATIONS, Expected)):
        expectations_tab(expected)
    elif tab in ("Patterns", "Outliers", "Drift") and (
        found := see.stage(me(), run, Stage.STATISTICAL, Statistics)
    ):
        if tab == "Patterns":
            patterns_tab(found.pictures)
        elif tab == "Outliers":
            outliers_tab(run, found, why_not_values=view.why_not_values)
        else:
            drift_tab(run, found, why_not_values=view.why_not_values)
    else:
        empty("Nothing here", "The run ended before the stage that would have filled this.", key="no-stage")


def items_of(run: str) -> Sequence[ItemLine]:
    """What the findings link to, for those who may decide about them."""
    try:
        return workspace().see.triage(me(), run).items
    except GovernanceError:
        return ()


with guard():
    page(need_run("run"))
