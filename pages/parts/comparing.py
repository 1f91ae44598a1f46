"""A run held against the last version (drift), and its kept rows against Great Expectations."""

from __future__ import annotations

import re
from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from governance.stages.expectations import Checked, Expected
from governance.stages.statistical import Statistics
from governance.statistics.model import Drift, Level
from pages.parts.blocks import empty
from pages.parts.charts import draw, figure
from pages.parts.status import hue
from pages.parts.words import many, number, percent

LEVELS = {Level.STABLE: "○ stable", Level.MODERATE: "◑ moved", Level.MAJOR: "● moved far"}
COLOURS = {Level.STABLE: "gray", Level.MODERATE: "orange", Level.MAJOR: "red"}
MOST = 20


def drift_tab(statistics: Statistics) -> None:
    """What moved since the last published version."""
    if statistics.rows_before is None:
        empty(
            "First version: nothing to compare",
            "When a version of this dataset is published, the next run is held against it.",
            icon=":material/compare_arrows:",
            key="no-drift",
        )
        return
    before = statistics.rows_before
    change = f" ({statistics.rows / before - 1:+.1%})" if before else ""
    st.markdown(f"**{number(statistics.rows)} rows**, where the last version had {number(before)}{change}.")
    found = sorted(statistics.drift, key=lambda one: (-one.level.rank, -(one.psi or 0.0)))
    measured = [one for one in found if one.psi is not None][:MOST]
    if measured:
        moved = sum(one.level is not Level.STABLE for one in found)
        title = f"{many(moved, 'column')} moved" if moved else "No column moved"
        st.markdown(f"##### {title} against the last version")
        draw(_chart(measured), key="drift", alt=title)
        st.caption(
            "The population stability index compares how values are spread: under 0.1 is stable, "
            "above 0.25 they moved far (Siddiqi 2006)."
        )
    _drift_table(found)


def _chart(found: Sequence[Drift]) -> go.Figure:
    chart = figure(height=50 + 26 * len(found))
    chart.add_bar(
        x=[one.psi for one in found],
        y=[one.column for one in found],
        orientation="h",
        marker={"color": [hue(COLOURS[one.level]) for one in found]},
        text=[f"{one.psi:.2f}" for one in found],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    for line in (0.1, 0.25):
        chart.add_vline(x=line, line={"color": hue("gray"), "width": 1, "dash": "dot"})
    chart.update_xaxes(
        range=[0, max(0.3, 1.15 * max(one.psi or 0.0 for one in found))], tickvals=[0, 0.1, 0.25]
    )
    chart.update_yaxes(autorange="reversed", showgrid=False)
    return chart


def _drift_table(found: Sequence[Drift]) -> None:
    st.dataframe(
        {
            "Level": [LEVELS[one.level] for one in found],
            "Column": [one.column for one in found],
            "Index": [one.psi for one in found],
            "Missing before": [percent(one.missing_before) for one in found],
            "Missing now": [percent(one.missing_now) for one in found],
            "In words": [_words(one) for one in found],
        },
        column_config={
            "Level": st.column_config.TextColumn(width=104),
            "Column": st.column_config.TextColumn(width=140),
            "Index": st.column_config.NumberColumn(width=70, format="%.2f"),
            "Missing before": st.column_config.TextColumn(width=110, alignment="right"),
            "Missing now": st.column_config.TextColumn(width=100, alignment="right"),
            "In words": st.column_config.TextColumn(width="large"),
        },
        hide_index=True,
        height="content" if len(found) <= 15 else 560,
        placeholder="–",
        alt="Columns against the last version",
    )


def _words(one: Drift) -> str:
    """The message without the column's name, which has a column of its own."""
    said = one.message.removeprefix(f"“{one.column}” against the last version: ")
    return said[:1].upper() + said[1:]


def expectations_tab(expected: Expected) -> None:
    """Each expectation of the generated suite, the failed ones first."""
    failed = sum(not one.success and not one.waived for one in expected.results)
    said = (
        f"{many(failed, 'expectation')} failed"
        if failed
        else f"All {many(len(expected.results), 'expectation')} hold"
    )
    if not expected.results:
        empty(
            "No expectation was checked",
            "No rule of the contract has one, or no row was kept.",
            icon=":material/rule:",
            key="no-expectations",
        )
        return
    st.markdown(f"##### {said}")
    sampled = "" if expected.sampled == (expected.rows_in or 0) else ", a sample spread evenly"
    st.caption(
        f"Suite `{expected.suite}`, generated from the contract and run by Great Expectations on "
        f"{many(expected.sampled, 'kept row')}{sampled}: a second opinion by somebody else's code."
    )
    results = sorted(expected.results, key=lambda one: (one.success, one.waived))
    st.dataframe(
        {
            "Result": [_result(one) for one in results],
            "Column": [one.column for one in results],
            "Expectation": [spoken(one.expectation) for one in results],
            "Unexpected": [one.unexpected or None for one in results],
            "Rule": [one.rule for one in results],
        },
        column_config={
            "Result": st.column_config.TextColumn(width=90),
            "Column": st.column_config.TextColumn(width=150),
            "Expectation": st.column_config.TextColumn(width=330),
            "Unexpected": st.column_config.NumberColumn(width=100, format="localized"),
            "Rule": st.column_config.TextColumn(width="medium"),
        },
        hide_index=True,
        height="content" if len(results) <= 15 else 560,
        placeholder="",
        alt="Results of the expectations",
    )


def _result(one: Checked) -> str:
    return "✓ met" if one.success else "◷ waived" if one.waived else "✕ failed"


def spoken(name: str) -> str:
    """`ExpectColumnValuesToNotBeNull` → `expect column values to not be null`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
