"""Box plot and histogram of a numeric column over one axis, with Tukey's fences; a range of it can be chosen."""

from __future__ import annotations

import plotly.graph_objects as go

from governance.profiling.model import Bin
from governance.statistics.model import Figures, Outliers
from pages.parts.charts import figure, ink, shape_only
from pages.parts.one_column import figure_words
from pages.parts.status import hue


def shape(one: Outliers) -> go.Figure:
    """The histogram without figures."""
    return shape_only(one.bars, inside=one.inside, height=260)


def fence_chart(one: Figures) -> go.Figure:
    """Box plot and histogram over one axis. What lies beyond the picture is gathered in its last bar."""
    chart = figure(height=340)
    low, high = one.view
    step = (high - low) / 40 or 1.0
    _bars(chart, one, step)
    for at, part, anchor in (
        (low - step, one.histogram[0], "left"),
        (high + step, one.histogram[-1], "right"),
    ):
        if part.count and (part.low < low or part.high > high):
            _beyond(chart, at, part, anchor)
    _box(chart, one)
    for fence, name, anchor in ((one.lower, "lower fence", "left"), (one.upper, "upper fence", "right")):
        if low - step <= fence <= high + step:
            _fence(chart, fence, f"{name} {figure_words(fence)}", anchor)
    chart.update_layout(
        bargap=0, yaxis={"domain": [0, 0.74]}, yaxis2={"domain": [0.8, 1.0], "visible": False}
    )
    chart.update_xaxes(range=[low - 1.5 * step, high + 1.5 * step], tickformat=",")
    chart.update_yaxes(title_text="rows", selector={"anchor": "x"})
    return chart


def _bars(chart: go.Figure, one: Figures, step: float) -> None:
    """One trace for all bars; what lies beyond a fence in the colour of outliers."""
    (low, high), parts = one.view, one.histogram
    ends = [(max(part.low, low - step), min(part.high, high + step)) for part in parts]
    outside = [part.low >= one.upper or part.high <= one.lower for part in parts]
    chart.add_bar(
        x=[(left + right) / 2 for left, right in ends],
        width=[max(right - left, step * 0.5) * 0.94 for left, right in ends],
        y=[part.count for part in parts],
        marker={"color": [hue("orange" if odd else "blue") for odd in outside]},
        customdata=[_span(part) for part in parts],
        hovertemplate="%{customdata}: %{y:,} rows<extra></extra>",
        name="rows",
    )


def _span(part: Bin) -> str:
    return f"{figure_words(part.low)} to {figure_words(part.high)}"


def _beyond(chart: go.Figure, at: float, part: Bin, anchor: str) -> None:
    """What the last bar of a side gathers, said above it."""
    end = f"up to {figure_words(part.high)}" if anchor == "right" else f"down to {figure_words(part.low)}"
    chart.add_annotation(
        x=at,
        y=part.count,
        text=f"{part.count:,} {end}",
        showarrow=False,
        xanchor=anchor,
        yanchor="bottom",
        yshift=2,
        font={"size": 11, "color": hue("orange")},
    )


def _box(chart: go.Figure, one: Figures) -> None:
    chart.add_box(
        q1=[one.q1],
        median=[one.box[2]],
        q3=[one.q3],
        lowerfence=[one.box[0]],
        upperfence=[one.box[4]],
        y=[0],
        orientation="h",
        yaxis="y2",
        line={"color": ink(), "width": 1.5},
        fillcolor="rgba(0,0,0,0)",
        hoverinfo="x",
        name="",
    )


def _fence(chart: go.Figure, at: float, text: str, anchor: str) -> None:
    chart.add_shape(
        type="line",
        x0=at,
        x1=at,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": hue("red"), "width": 1, "dash": "dash"},
    )
    chart.add_annotation(
        x=at,
        y=0.74,
        yref="paper",
        text=text,
        showarrow=False,
        xanchor=anchor,
        yanchor="top",
        xshift=6 if anchor == "left" else -6,
        font={"size": 11, "color": hue("red")},
    )
