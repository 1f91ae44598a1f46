"""Outliers of numeric columns: box and histogram over one axis with Tukey's fences, and what z-scores say."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from governance.profiling.model import Bin
from governance.stages.statistical import Statistics
from governance.statistics.model import DateRange, Figures, Outliers
from pages.parts.blocks import empty
from pages.parts.charts import draw, figure, ink, shape_only
from pages.parts.one_column import figure_words
from pages.parts.status import hue
from pages.parts.words import escape, many, percent, share

FEW = 8
"""So many columns are chosen by pills, more by a list."""


def outliers_tab(run: str, statistics: Statistics, *, why_not_values: str) -> None:
    """The numeric columns, the one with most outliers first; below them the days out of range."""
    columns = sorted(statistics.outliers, key=lambda one: -one.outside)
    if not columns:
        empty(
            "No column of quantities",
            "Outliers are looked for in numbers that measure something; keys and codes are left out.",
            icon=":material/query_stats:",
            key="no-outliers",
        )
    else:
        outliers = _choose(run, columns)
        st.markdown(f"##### {escape(finding(outliers))}")
        chart = fence_chart(outliers.figures) if outliers.figures else shape(outliers)
        draw(chart, key=f"fences-{outliers.column}", alt=finding(outliers))
        if why_not_values:
            st.caption(f":material/lock: Figures are hidden. {why_not_values}")
        for sentence in words_of(outliers):
            st.markdown(f"- {sentence}")
    _dates(statistics.dates, hide=bool(why_not_values))


def _choose(run: str, columns: Sequence[Outliers]) -> Outliers:
    names = [one.column for one in columns]
    counts = {one.column: one.outside for one in columns}
    ask = st.pills if len(columns) <= FEW else st.selectbox
    say = lambda name: f"{name} · {counts[name]:,}"  # noqa: E731
    if ask is st.pills:
        chosen = st.pills(
            "Column", names, default=names[0], required=True, format_func=say, key=f"outliers-{run}"
        )
    else:
        chosen = st.selectbox("Column", names, format_func=say, key=f"outliers-{run}", width=320)
    return next((one for one in columns if one.column == chosen), columns[0])


def finding(one: Outliers) -> str:
    """`income: 412 values above the upper fence, 3 below the lower`."""
    parts = []
    if one.above:
        parts.append(f"{many(one.above, 'value')} above the upper fence")
    if one.below:
        parts.append(
            f"{one.below:,} below the lower" if parts else f"{many(one.below, 'value')} below the lower fence"
        )
    return f"{one.column}: {', '.join(parts) or 'no value outside the fences'}"


def words_of(one: Outliers) -> list[str]:
    """The figures in sentences, for those who do not read box plots."""
    said = [
        f"**{share(one.outside, one.n)}** lie outside the fences: {one.below:,} below, {one.above:,} above.",
        f"**{share(one.z_beyond_3, one.n)}** are more than three standard deviations away from the mean. "
        f"{_expected(one)}",
        f"**{share(one.modified_beyond, one.n)}** have a modified z-score above 3.5, which goes by the median "
        "and is not moved by the outliers themselves.",
    ]
    if not one.figures:
        return said
    figures = one.figures
    low, high, mean, std, mad = map(
        figure_words, (figures.lower, figures.upper, figures.mean, figures.std, figures.mad)
    )
    middle = (
        f"Half of the {one.n:,} values lie between **{figure_words(figures.q1)}** and "
        f"**{figure_words(figures.q3)}**; the fences lie one and a half times that distance further out, "
        f"from **{low}** to **{high}**."
    )
    moments = (
        f"Mean {mean}, standard deviation {std}, median {figure_words(figures.median)}, "
        f"median distance from it {mad}."
    )
    return [middle, *said, moments]


def _expected(one: Outliers) -> str:
    """What a normal distribution would have: 0.27 % beyond three deviations."""
    return f"If they were spread like a bell, about {0.0027 * one.n:,.0f} would be."


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


def _dates(ranges: Sequence[DateRange], *, hide: bool) -> None:
    """Days that cannot be: to come, or from before 1900."""
    if not ranges:
        return
    st.markdown("##### Days")
    rows = [
        f"| {escape(one.column)} | {_day(one.min, hide)} | {_day(one.max, hide)} "
        f"| {share(one.in_future, one.n)} | {share(one.before_1900, one.n)} |"
        for one in ranges
    ]
    head = "| Column | First | Last | In the future | Before 1900 |\n|---|---|---|--:|--:|\n"
    st.markdown(head + "\n".join(rows))
    odd = sum(one.in_future + one.before_1900 for one in ranges)
    total = sum(one.n for one in ranges)
    st.caption(f"{many(odd, 'day')} out of range, {percent(odd / total if total else 0.0)} of all.")


def _day(day: str | None, hide: bool) -> str:
    """A day is somebody's: the first and the last are values."""
    return "–" if day is None else "•••" if hide else day
