"""A run held against the last version: what moved in words, both shapes over the same bins, and all figures."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from governance.plural import many
from governance.stages.statistical import Statistics
from governance.statistics.model import Drift, Level
from pages.parts.blocks import empty
from pages.parts.charts import draw, figure
from pages.parts.status import hue
from pages.parts.words import escape, number, percent

LEVELS = {Level.STABLE: "○ stable", Level.MODERATE: "◑ moved", Level.MAJOR: "● moved far"}
COLOURS = {Level.STABLE: "gray", Level.MODERATE: "orange", Level.MAJOR: "red"}
MOST = 20
MOST_BARS = 20
SHOWN = 0.6
"""Longer bars are cut here, so that the limits can be told apart; their figure stands beside them."""
FEW = 8
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LIMITS = (
    "The stability index compares how values are spread: 0.1 is moderate, 0.25 far (Siddiqi 2006). The largest "
    "difference is Kolmogorov's distance: 13 points are moderate, 20 far. Of missing values a change of 5 points "
    "is moderate, of 20 far. What chance alone explains is not counted. Days move on with the calendar: they are "
    "compared by hour and weekday."
)


def drift_tab(run: str, statistics: Statistics, *, why_not_values: str) -> None:
    """What moved since the last published version."""
    if statistics.rows_before is None:
        empty(
            "First version: nothing to compare",
            "When a version of this dataset is published, the next run is held against it.",
            icon=":material/compare_arrows:",
            key="no-drift",
        )
        return
    before, than = statistics.rows_before, statistics.than or "the last version"
    change = f" ({statistics.rows / before - 1:+.1%})" if before else ""
    st.markdown(f"**{number(statistics.rows)} rows**, where {than} had {number(before)}{change}.")
    found = sorted(statistics.drift, key=lambda one: (-one.level.rank, -(one.psi or 0.0)))
    moved = [one for one in found if one.level is not Level.STABLE]
    title = f"{many(len(moved), 'column')} moved" if moved else "No column moved"
    st.markdown(f"##### {title} against {than}")
    if moved:
        st.markdown("  \n".join(f"{LEVELS[one.level]} · {escape(one.message)}" for one in moved[:MOST]))
    st.caption(LIMITS)
    _shapes(run, found, than, why_not_values)
    _indexes(found, than)
    _table(found)


def _shapes(run: str, found: Sequence[Drift], than: str, why_not_values: str) -> None:
    """Both shapes of one column over the same bins."""
    pictured = {one.column: one for one in found if one.picture}
    if not pictured:
        return
    names = list(pictured)
    if len(names) <= FEW:
        chosen = st.pills("Column", names, default=names[0], required=True, key=f"drift-of-{run}")
    else:
        chosen = st.selectbox("Column", names, key=f"drift-of-{run}", width=320)
    one = pictured.get(str(chosen), pictured[names[0]])
    title = shape_title(one, than)
    st.markdown(f"**{escape(title)}**")
    draw(shape_chart(one, than), key=f"shape-{one.column}", alt=title)
    if one.figures:
        _names(one)
    elif why_not_values and one.picture in ("numbers", "categories"):
        st.caption(f":material/lock: Figures are hidden. {why_not_values}")


def shape_title(one: Drift, than: str) -> str:
    """The finding of the chart: `fare: spread as in version 1`."""
    how = "spread as in" if one.level is Level.STABLE else "moved against"
    return f"{one.column}: {how} {than}"


def shape_chart(one: Drift, than: str) -> go.Figure:
    """Grey is the version, blue this run: outlines for numbers and hours, bars for categories."""
    if one.picture == "numbers":
        return _outlines(one, than)
    return _pairs(one, than)


def _outlines(one: Drift, than: str) -> go.Figure:
    """Shares of the values in the same bins. The first and last bin gather what lies beyond the picture."""
    chart = figure(height=260)
    edges = _edges(one)
    for shares, name, colour, fill in (
        (one.bars_before, than, hue("gray"), "tozeroy"),
        (one.bars_now, "this run", hue("blue"), None),
    ):
        chart.add_scatter(
            x=edges,
            y=[*shares, shares[-1]],
            mode="lines",
            line={"shape": "hv", "color": colour, "width": 2 if not fill else 1},
            fill=fill,
            name=name,
            hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
        )
    _legend(chart)
    chart.update_yaxes(tickformat=".0%", title_text="of the values", rangemode="tozero")
    if not one.figures:
        chart.update_xaxes(showticklabels=False, title_text="low to high")
    return chart


def _edges(one: Drift) -> list[float]:
    """Where bins begin and end; the outer ones, which reach to the extremes, as wide as their neighbours."""
    edges = list(one.figures.edges) if one.figures else []
    if len(edges) < 4:
        return edges or [float(at) for at in range(len(one.bars_now) + 1)]
    step = (edges[-2] - edges[1]) / (len(edges) - 3)
    return [max(edges[0], edges[1] - step), *edges[1:-1], min(edges[-1], edges[-2] + step)]


def _pairs(one: Drift, than: str) -> go.Figure:
    labels = labels_of(one)[:MOST_BARS]
    chart = figure(height=260)
    for shares, name, colour in (
        (one.bars_before, than, hue("gray")),
        (one.bars_now, "this run", hue("blue")),
    ):
        chart.add_bar(
            x=labels,
            y=list(shares[:MOST_BARS]),
            marker={"color": colour},
            name=name,
            hovertemplate=f"%{{x}}, {name}: %{{y:.1%}}<extra></extra>",
        )
    _legend(chart)
    chart.update_layout(barmode="group", bargap=0.25)
    chart.update_xaxes(type="category")
    chart.update_yaxes(tickformat=".0%", title_text="of the values")
    return chart


def labels_of(one: Drift) -> list[str]:
    """What stands under the bars; categories have no names for those who may not see values."""
    if one.picture == "hours":
        return [f"{hour} h" for hour in range(24)]
    if one.picture == "weekdays":
        return list(WEEKDAYS)
    if one.figures:
        return [label if len(label) <= 24 else label[:23] + "…" for label in one.figures.labels]
    return [f"category {place}" for place in range(1, len(one.bars_now) + 1)]


def _legend(chart: go.Figure) -> None:
    chart.update_layout(
        showlegend=True,
        hovermode="x unified",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        margin={"t": 30},
    )


def _names(one: Drift) -> None:
    """Categories that came and went, by name."""
    assert one.figures
    for names, word in ((one.figures.new, "New"), (one.figures.vanished, "Gone")):
        if names:
            shown = ", ".join(f"“{escape(name[:40])}”" for name in names[:10])
            st.caption(f"{word}: {shown}{' …' if len(names) > 10 else ''}")


def _indexes(found: Sequence[Drift], than: str) -> None:
    measured = [one for one in found if one.psi is not None][:MOST]
    if measured:
        st.markdown("**Stability index by column**")
        draw(_chart(measured), key="drift", alt=f"Stability index by column, against {than}")


def _chart(found: Sequence[Drift]) -> go.Figure:
    chart = figure(height=50 + 26 * len(found))
    chart.add_bar(
        x=[min(one.psi or 0.0, SHOWN) for one in found],
        y=[one.column for one in found],
        orientation="h",
        customdata=[one.psi for one in found],
        marker={"color": [hue(COLOURS[one.level]) for one in found]},
        text=[f"{one.psi:.2f}" for one in found],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{customdata:.3f}<extra></extra>",
    )
    for line in (0.1, 0.25):
        chart.add_vline(x=line, line={"color": hue("gray"), "width": 1, "dash": "dot"})
    chart.update_xaxes(range=[0, SHOWN * 1.12], tickvals=[0, 0.1, 0.25], tickangle=0)
    chart.update_yaxes(autorange="reversed", showgrid=False)
    return chart


def _table(found: Sequence[Drift]) -> None:
    st.dataframe(
        {
            "Level": [LEVELS[one.level] for one in found],
            "Column": [one.column for one in found],
            "Index": [one.psi for one in found],
            "Difference": [None if one.ks is None else 100 * one.ks for one in found],
            "Filled before": [percent(1 - one.missing_before) for one in found],
            "Filled now": [percent(1 - one.missing_now) for one in found],
            "In words": [words(one) for one in found],
        },
        column_config={
            "Level": st.column_config.TextColumn(width=104),
            "Column": st.column_config.TextColumn(width=150),
            "Index": st.column_config.NumberColumn(
                width=64, format="%.2f", help="Population stability index"
            ),
            "Difference": st.column_config.NumberColumn(
                width=84, format="%.1f", help="Kolmogorov's distance, in percentage points"
            ),
            "Filled before": st.column_config.TextColumn(width=100, alignment="right"),
            "Filled now": st.column_config.TextColumn(width=90, alignment="right"),
            "In words": st.column_config.TextColumn(width="large"),
        },
        hide_index=True,
        height="content" if len(found) <= 20 else 560,
        placeholder="–",
        alt="Columns against the last version",
    )


def words(one: Drift) -> str:
    """The message without the column's name, which has a column of its own."""
    said = one.message.removeprefix(f"“{one.column}”: ")
    return said[:1].upper() + said[1:]
