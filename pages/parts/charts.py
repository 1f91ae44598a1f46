"""Figures, one idea each, titled with the finding and labelled directly, in the colours of the status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import plotly.graph_objects as go
import streamlit as st

from governance.stages.threshold import Measure
from pages.parts.status import hue, is_dark, state_hue, status
from pages.parts.words import number, percent, share

FONT = "Inter, system-ui, sans-serif"
WHERE = ("kept", "quarantined", "unreadable")


class Bin(Protocol):
    """A bar of a histogram, as profiling makes them."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def count(self) -> int: ...


class Point(Protocol):
    """A point of a trend: a moment and a share 0–1."""

    @property
    def at(self) -> object: ...
    @property
    def share(self) -> float: ...


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


def rows_bar(rows: dict[str, int], *, title: str = "", height: int = 74) -> go.Figure:
    """Where each row went, as one bar: kept, quarantined, unreadable."""
    total = sum(rows.get(state, 0) for state in WHERE)
    chart = figure(title, height=height)
    for state in WHERE:
        count = rows.get(state, 0)
        if not count:
            continue
        text = f"{number(count)} {status(state).word}"
        chart.add_bar(
            x=[count],
            y=[""],
            orientation="h",
            marker={"color": state_hue(state), "line": {"width": 0}},
            text=[text if count >= total * 0.16 else ""],
            textposition="inside",
            insidetextanchor="start",
            textfont={"color": "#0d1117" if is_dark() else "#ffffff", "size": 12},
            hovertemplate=f"{status(state).word}: {share(count, total)}<extra></extra>",
        )
    chart.update_layout(barmode="stack", bargap=0.25)
    chart.update_xaxes(visible=False, range=[0, total or 1])
    chart.update_yaxes(visible=False)
    return chart


def bullets(measures: Sequence[Measure]) -> go.Figure:
    """Shares as bars against their thresholds, one line each; measures that are no share are left out."""
    shares = [
        line for line in measures if line.value is not None and line.metric not in ("freshness", "row_count")
    ]
    chart = figure(height=16 + 30 * max(len(shares), 1))
    low = min((min(line.value or 0, line.limit) for line in shares if line.limit > 0.5), default=1.0)
    start = max(0.0, min(0.9, low - 0.05)) if all(line.limit > 0.5 for line in shares) else 0.0
    names = [line.sentence.split(":")[0] for line in shares]
    for name, line in zip(names, shares, strict=True):
        value = line.value or 0.0
        chart.add_bar(
            x=[value - start],
            base=start,
            y=[name],
            orientation="h",
            width=0.5,
            marker={"color": hue("green" if line.met else "red")},
            hovertemplate=f"{line.sentence}<extra></extra>",
            text=[f"{percent(value)} {'✓' if line.met else '✕'}"],
            textposition="auto",
            insidetextanchor="start",
        )
        chart.add_shape(
            type="line",
            x0=line.limit,
            x1=line.limit,
            y0=name,
            y1=name,
            y0shift=-0.42,
            y1shift=0.42,
            line={"color": ink(), "width": 2},
        )
    chart.update_xaxes(range=[start, 1.0], tickformat=".0%", visible=False)
    chart.update_yaxes(showgrid=False, autorange="reversed")
    return chart


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


def box(
    *,
    low: float,
    q1: float,
    median: float,
    q3: float,
    high: float,
    fences: Sequence[float] = (),
    title: str = "",
    height: int = 90,
) -> go.Figure:
    """A box plot from its five numbers; whiskers end at the fences where these are given."""
    chart = figure(title, height=height)
    lower, upper = (max(low, min(fences)), min(high, max(fences))) if len(fences) == 2 else (low, high)
    chart.add_box(
        q1=[q1],
        median=[median],
        q3=[q3],
        lowerfence=[lower],
        upperfence=[upper],
        y=[""],
        orientation="h",
        line={"color": hue("blue"), "width": 1.5},
        hoverinfo="x",
        name="",
    )
    ends = [end for end in (low, high) if end < lower or end > upper]
    chart.add_scatter(
        x=ends, y=[""] * len(ends), mode="markers", hoverinfo="x", marker={"color": hue("orange"), "size": 7}
    )
    chart.update_yaxes(visible=False)
    return chart


def trend(
    points: Sequence[Point], threshold: float | None = None, *, title: str = "", height: int = 150
) -> go.Figure:
    """Shares over time against the threshold; points below it are red, and the last one is labelled."""
    chart = figure(title, height=height)
    shares = [point.share for point in points]
    below = [threshold is not None and one < threshold for one in shares]
    chart.add_scatter(
        x=list(range(1, len(shares) + 1)),
        y=shares,
        mode="lines+markers",
        line={"color": hue("blue"), "width": 2},
        marker={"size": 7, "color": [hue("red") if bad else hue("blue") for bad in below]},
        customdata=[f"{point.at:%d %b, %H:%M}" for point in points],
        hovertemplate="%{y:.1%} · %{customdata}<extra></extra>",
    )
    if shares:
        chart.add_annotation(
            x=len(shares),
            y=shares[-1],
            text=f"<b>{percent(shares[-1])}</b>",
            showarrow=False,
            xanchor="left",
            xshift=9,
        )
    if threshold is not None:
        chart.add_hline(y=threshold, line={"color": hue("gray"), "width": 1, "dash": "dash"})
        chart.add_annotation(
            x=0,
            xref="paper",
            y=threshold,
            text=f"promised {percent(threshold)}",
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            font={"size": 11, "color": hue("gray")},
        )
    lowest = min([*shares, threshold if threshold is not None else 1.0], default=0.0)
    span = max(1 - lowest, 0.02)
    chart.update_xaxes(visible=False, range=[0.6, max(len(shares), 8) + 1.4])
    chart.update_yaxes(visible=False, range=[lowest - span * 0.25, 1 + span * 0.15])
    return chart


def sparkline(values: Sequence[float], *, colour: str = "blue", height: int = 40) -> go.Figure:
    """A line without axes, its last point marked."""
    chart = figure(height=height)
    chart.add_scatter(
        y=list(values), mode="lines", line={"color": hue(colour), "width": 1.5}, hoverinfo="skip"
    )
    if values:
        chart.add_scatter(
            x=[len(values) - 1],
            y=[values[-1]],
            mode="markers",
            hoverinfo="skip",
            marker={"color": hue(colour), "size": 5},
        )
    chart.update_xaxes(visible=False)
    chart.update_yaxes(visible=False)
    chart.update_layout(margin={"l": 0, "r": 4, "t": 2, "b": 2})
    return chart
