"""Figures, one idea each, titled with the finding and labelled directly, in the colours of the status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import plotly.graph_objects as go
import streamlit as st

from pages.parts.status import hue, is_dark
from pages.parts.words import number

FONT = "Inter, system-ui, sans-serif"


class Bin(Protocol):
    """A bar of a histogram, as profiling makes them."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def count(self) -> int: ...


def ink() -> str:
    return "#c9ced6" if is_dark() else "#4a515c"


def faint() -> str:
    return "rgba(139,148,158,.25)"


def figure(title: str = "", *, height: int = 220) -> go.Figure:
    """An empty figure in the house's layout: no frame, small margins, transparent, no legend."""
    chart = go.Figure()
    chart.update_layout(
        title={
            "text": title,
            "font": {"size": 14, "color": ink()},
            "x": 0,
            "xanchor": "left",
            "xref": "paper",
        },
        height=height,
        margin={"l": 8, "r": 8, "t": 34 if title else 6, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 12, "color": ink()},
        showlegend=False,
        hovermode="closest",
        dragmode=False,
        separators=".,",
    )
    chart.update_xaxes(showgrid=False, zeroline=False, automargin=True, fixedrange=True)
    chart.update_yaxes(gridcolor=faint(), zeroline=False, automargin=True, fixedrange=True)
    return chart


def draw(chart: go.Figure, *, key: str, alt: str = "") -> None:
    """Put a figure on the page; `alt` is what a screen reader says, by default the title."""
    said = alt or chart.layout.title.text or "chart"
    config = {"displayModeBar": False, "responsive": True}
    st.plotly_chart(chart, key=key, config=config, theme=None, alt=said)


def choose(chart: go.Figure, *, key: str, alt: str) -> tuple[float, float] | None:
    """Put a figure on the page in which a range of the horizontal axis can be dragged; the range, if any."""
    chart.update_layout(dragmode="select", selectdirection="h")
    config = {"displayModeBar": False, "responsive": True}
    state = st.plotly_chart(
        chart, key=key, config=config, theme=None, alt=alt, on_select="rerun", selection_mode="box"
    )
    boxes = state["selection"].get("box") or []
    ends = sorted(boxes[0]["x"]) if boxes else []
    return (float(ends[0]), float(ends[-1])) if len(ends) > 1 else None


def histogram(
    bins: Sequence[Bin],
    *,
    title: str = "",
    fences: Sequence[float] = (),
    height: int = 200,
    log: bool = False,
) -> go.Figure:
    """Bars of counts; bars beyond the fences are in amber, and the fences are drawn."""
    chart = figure(title, height=height)
    low, high = (min(fences), max(fences)) if len(fences) == 2 else (float("-inf"), float("inf"))
    colours = [hue("orange") if one.low >= high or one.high <= low else hue("blue") for one in bins]
    chart.add_bar(
        x=[(one.low + one.high) / 2 for one in bins],
        width=[(one.high - one.low) * 0.96 or 1 for one in bins],
        y=[one.count for one in bins],
        marker={"color": colours},
        customdata=[(number(one.low), number(one.high), number(one.count)) for one in bins],
        hovertemplate="%{customdata[0]} to %{customdata[1]}: %{customdata[2]} rows<extra></extra>",
    )
    for fence in fences:
        chart.add_vline(x=fence, line={"color": hue("red"), "width": 1, "dash": "dash"})
    if log:
        chart.update_yaxes(type="log")
    return chart


def shape_only(
    counts: Sequence[int], *, inside: tuple[int, int] | None = None, height: int = 220
) -> go.Figure:
    """A histogram without its axis, for those who may not see values: from low to high, the bars that are
    not `inside` in the colour of outliers."""
    chart = figure(height=height)
    first, last = inside or (0, len(counts))
    chart.add_bar(
        x=list(range(len(counts))),
        y=list(counts),
        marker={"color": [hue("blue" if first <= at < last else "orange") for at in range(len(counts))]},
        hovertemplate="%{y:,} rows<extra></extra>",
    )
    chart.update_layout(bargap=0.05)
    chart.update_xaxes(showticklabels=False, title_text="low to high")
    chart.update_yaxes(title_text="rows")
    return chart
