"""A numeric column over time, and by the groups of another column: boxes of aggregates, titled with what they
say. Without a grant to see values, the shares of outliers alone."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from governance.statistics.model import Group, Pictures, Split
from pages.parts.charts import draw, figure
from pages.parts.one_column import figure_words
from pages.parts.status import hue
from pages.parts.words import escape, number, percent

NOTABLE = 2.0
"""A group is named in the title when its share of outliers is so many times that of all."""
LABEL = 22


def splits(run: str, column: str, pictures: Pictures) -> None:
    """Over time and by group, where there is anything to show."""
    timed = [one for one in pictures.over_time if one.column == column and len(one.groups) > 1]
    grouped = [one for one in pictures.by_group if one.column == column and len(one.groups) > 1]
    if timed:
        _drawn(time_title(timed[0]), time_chart(timed[0]), key=f"time-{column}")
    if grouped:
        by = [one.by for one in grouped]
        chosen = st.selectbox("By group of", by, key=f"by-{run}-{column}", width=320)
        one = next((split for split in grouped if split.by == chosen), grouped[0])
        _drawn(group_title(one), group_chart(one), key=f"group-{column}")
        if one.groups_in_all > len(one.groups):
            st.caption(f"The {len(one.groups)} largest of {one.groups_in_all:,} groups.")
    if (timed or grouped) and pictures.rows:
        st.caption(
            f"Counted on {number(pictures.rows)} rows. A group's outliers lie outside the fences of that group, "
            "a period's outside those of the whole column."
        )


def _drawn(title: str, chart: go.Figure, *, key: str) -> None:
    st.markdown(f"**{escape(title)}**")
    draw(chart, key=key, alt=title)


def time_title(one: Split) -> str:
    """`fare by day: outliers are most frequent in 2019-02-17, 12.1 % against 9.4 % of all`."""
    return _titled(one, f"{one.column} by {one.unit} of {one.by}")


def group_title(one: Split) -> str:
    return _titled(one, f"{one.column} by {one.by}")


def _titled(one: Split, what: str) -> str:
    everywhere = _share(one.groups)
    worst = max((group for group in one.groups if group.n >= 30), key=_part, default=None)
    if worst is None or not everywhere or _part(worst) < NOTABLE * everywhere:
        return f"{what}: {percent(everywhere)} outliers, in no group many more"
    where = f"“{worst.figures.label}”" if worst.figures else "one group"
    return f"{what}: most outliers in {where}, {percent(_part(worst))} against {percent(everywhere)} of all"


def _part(group: Group) -> float:
    return group.outside / group.n if group.n else 0.0


def _share(groups: Sequence[Group]) -> float:
    total = sum(group.n for group in groups)
    return sum(group.outside for group in groups) / total if total else 0.0


def time_chart(one: Split) -> go.Figure:
    """The median with the middle half around it; without values the share of outliers."""
    shown = [group.figures for group in one.groups if group.figures]
    if len(shown) < len(one.groups):
        return _shares(one)
    chart = figure(height=220)
    at = [figures.label for figures in shown]
    for place, fill in ((3, None), (1, "tonexty")):
        chart.add_scatter(
            x=at,
            y=[figures.box[place] for figures in shown],
            mode="lines",
            line={"width": 0},
            fill=fill,
            fillcolor="rgba(83,155,245,.18)",
            hoverinfo="skip",
        )
    chart.add_scatter(
        x=at,
        y=[figures.box[2] for figures in shown],
        mode="lines+markers",
        line={"color": hue("blue"), "width": 2},
        marker={"size": 5},
        customdata=[(group.n, percent(_part(group))) for group in one.groups],
        hovertemplate="%{x}: median %{y:,.6g}<br>%{customdata[0]:,} values, %{customdata[1]} outliers<extra></extra>",
    )
    chart.update_xaxes(type="category", nticks=12)
    chart.update_yaxes(title_text="median and middle half")
    return chart


def group_chart(one: Split) -> go.Figure:
    """One box a group, largest group first; without values the share of outliers."""
    shown = [group.figures for group in one.groups if group.figures]
    if len(shown) < len(one.groups):
        return _shares(one)
    chart = figure(height=70 + 34 * len(shown))
    labels = [_label(figures.label) for figures in shown]
    chart.add_box(
        y=labels,
        lowerfence=[figures.box[0] for figures in shown],
        q1=[figures.box[1] for figures in shown],
        median=[figures.box[2] for figures in shown],
        q3=[figures.box[3] for figures in shown],
        upperfence=[figures.box[4] for figures in shown],
        orientation="h",
        line={"color": hue("blue"), "width": 1.5},
        fillcolor="rgba(83,155,245,.18)",
        hoverinfo="skip",
        name="",
    )
    for place, (group, figures) in enumerate(zip(one.groups, shown, strict=True)):
        chart.add_annotation(
            x=1,
            xref="paper",
            y=place,
            text=f"{group.n:,} · {percent(_part(group))} outliers",
            showarrow=False,
            xanchor="right",
            yshift=12,
            font={"size": 11, "color": hue("gray")},
            hovertext=f"{figure_words(figures.lower)} to {figure_words(figures.upper)} inside the fences",
        )
    chart.update_yaxes(autorange="reversed", type="category", showgrid=False)
    chart.update_xaxes(tickformat=",")
    return chart


def _shares(one: Split) -> go.Figure:
    chart = figure(height=180)
    chart.add_bar(
        x=list(range(1, len(one.groups) + 1)),
        y=[_part(group) for group in one.groups],
        marker={"color": hue("orange")},
        customdata=[group.n for group in one.groups],
        hovertemplate="%{y:.1%} of %{customdata:,} values<extra></extra>",
    )
    chart.update_xaxes(
        showticklabels=False, title_text=f"{one.unit}s, in order" if one.unit else "groups, largest first"
    )
    chart.update_yaxes(tickformat=".1%", title_text="outliers")
    return chart


def _label(label: str) -> str:
    return label if len(label) <= LABEL else label[: LABEL - 1] + "…"
