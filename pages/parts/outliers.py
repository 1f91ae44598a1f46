"""Outliers of numeric columns: one at a time with its fences, over time and by group, and what scores say."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.plural import many
from governance.stages.statistical import Statistics
from governance.statistics.model import DateRange, Outliers
from pages.parts.blocks import empty
from pages.parts.charts import draw
from pages.parts.fences import fence_chart, shape
from pages.parts.one_column import figure_words
from pages.parts.selecting import chosen_range
from pages.parts.splitting import splits
from pages.parts.words import escape, percent, share

FEW = 8
"""So many columns are chosen by pills, more by a list."""


def outliers_tab(run: str, statistics: Statistics, *, why_not_values: str) -> None:
    """The numeric columns, the one with most outliers first; below them the days out of range."""
    columns = sorted(statistics.outliers, key=lambda one: (one.flat, -one.outside))
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
        if outliers.figures:
            chosen_range(run, outliers, fence_chart(outliers.figures), alt=finding(outliers))
        else:
            draw(shape(outliers), key=f"fences-{outliers.column}", alt=finding(outliers))
            st.caption(f":material/lock: Figures are hidden. {why_not_values}")
        for sentence in words_of(outliers):
            st.markdown(f"- {sentence}")
        splits(run, outliers.column, statistics.pictures)
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
    if one.flat and one.outside:
        return f"{one.column}: half of the values are the same, {many(one.outside, 'other')} differ"
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
