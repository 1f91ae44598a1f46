"""Measures against their thresholds: bullet charts, each on a scale of its own, and their words."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from governance.findings import Severity
from governance.stages.threshold import Measure
from pages.parts.charts import faint, figure, ink
from pages.parts.status import hue
from pages.parts.words import escape, number, percent

AT_LEAST = ("completeness", "accuracy", "row_count")
SHARES = ("completeness", "accuracy", "duplicates")
ROOM = 4
"""A share that must be high is shown from its limit minus three times what is missing to 100 %."""


def measure_name(line: Measure) -> str:
    """`Rows passing`, `Freshness of created_date`: the measure without its figures."""
    name = line.sentence.partition(":")[0]
    return f"{name}, at worst" if line.severity is Severity.CRITICAL else name


def shown(line: Measure, value: float | None) -> str:
    """A value of this measure in its unit."""
    if value is None:
        return "–"
    if line.metric in SHARES:
        return percent(value)
    return f"{value:,.1f} h" if line.metric == "freshness" else number(value)


def promise(line: Measure) -> str:
    """`at least 98.0 %`."""
    return f"at {'least' if line.metric in AT_LEAST else 'most'} {shown(line, line.limit)}"


def measure_markdown(line: Measure, before: Measure | None = None) -> str:
    """`✓ Rows passing 96.0 → 98.7 %, promised at least 98.0 %`, in the colour of the verdict."""
    value = shown(line, line.value)
    if before is not None and before.value != line.value:
        value = f"{shown(before, before.value)} → **{value}**"
    sign = ":green[:material/check:]" if line.met else ":red[:material/close:]"
    return f"{sign} {escape(measure_name(line))} {value} :small[:gray[promised {promise(line)}]]"


def _scale(line: Measure) -> tuple[float, float]:
    """Where the axis of a measure begins and ends."""
    if line.metric in ("accuracy", "completeness") and line.limit >= 0.5:
        return max(0.0, 1 - ROOM * (1 - line.limit)), 1.0
    return 0.0, max(2 * line.limit, 1.1 * (line.value or 0.0)) or 1.0


def bullets(lines: Sequence[Measure]) -> go.Figure:
    """One bar a measure on its own scale, the promise as an upright line, both in words beside it."""
    chart = figure(height=16 + 46 * max(len(lines), 1))
    for at, line in enumerate(lines):
        _bullet(chart, line, at)
    chart.update_layout(barmode="overlay", margin={"l": 8, "r": 8, "t": 4, "b": 4})
    chart.update_xaxes(visible=False, range=[0, 1.005])
    chart.update_yaxes(
        showgrid=False,
        range=[len(lines) - 0.4, -0.6],
        tickvals=list(range(len(lines))),
        ticktext=[_said(line) for line in lines],
    )
    return chart


def _said(line: Measure) -> str:
    """`Rows passing ✕ 96.0 %`, and the promise below it."""
    sign = "" if line.value is None else " ✓" if line.met else " ✕"
    grey = f"<span style='color:{hue('gray')}'>promised {promise(line)}</span>"
    return f"{measure_name(line)}{sign} <b>{shown(line, line.value)}</b>  <br>{grey}  "


def _bullet(chart: go.Figure, line: Measure, at: int) -> None:
    low, high = _scale(line)
    span = high - low or 1.0
    part = min(max(((line.value or 0.0) - low) / span, 0.004), 1.0)
    mark = min(max((line.limit - low) / span, 0.0), 1.0)
    colour = hue("gray" if line.value is None else "green" if line.met else "red")
    hover = f"{line.sentence}<br>shown from {shown(line, low)} to {shown(line, high)}<extra></extra>"
    for length, width, fill in ((1.0, 0.52, faint()), (part, 0.24, colour)):
        chart.add_bar(
            x=[length], y=[at], orientation="h", width=width, marker={"color": fill}, hovertemplate=hover
        )
    line_style = {"color": ink(), "width": 2}
    chart.add_shape(type="line", x0=mark, x1=mark, y0=at - 0.34, y1=at + 0.34, line=line_style)
