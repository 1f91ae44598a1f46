"""The full profile of one column. Values of people are drawn only for those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from governance.findings import Note
from governance.profiling.model import Bin, ColumnProfile, Counted, Kind, Numbers
from pages.parts.charts import draw, histogram, shape_only
from pages.parts.status import severity_markdown
from pages.parts.words import escape, number, share

KINDS = {
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "date and time",
    Kind.STRING: "text",
    Kind.EMPTY: "empty",
}
QUANTILES = {
    "p01": "1 %",
    "p05": "5 %",
    "p25": "25 %",
    "p50": "median",
    "p75": "75 %",
    "p95": "95 %",
    "p99": "99 %",
}


def kind_words(profile: ColumnProfile) -> str:
    """`whole number`, and how much of the column it is true of where that is not all."""
    word = KINDS[profile.inferred]
    sure = profile.inferred in (Kind.STRING, Kind.EMPTY) or profile.inferred_share >= 0.9995
    return word if sure else f"{word} · {profile.inferred_share:.1%}"


def one_column(profile: ColumnProfile, rows: int, notes: Sequence[Note], *, why_not_values: str) -> None:
    """Everything that is known about a column."""
    with st.container(border=True, key="one-column"):
        st.markdown(f"#### {escape(profile.name)} :small[:gray[{kind_words(profile)}]]")
        st.markdown(_facts(profile, rows))
        if profile.numbers and profile.inferred.numeric:
            _quantiles(profile.numbers)
        if notes:
            st.markdown(
                "  \n".join(f"{severity_markdown(note.severity)} · {escape(note.message)}" for note in notes)
            )
        left, right = st.columns([3, 2], gap="large")
        with left:
            _charts(profile)
        with right:
            _counted(
                "Shapes of values",
                profile.shapes,
                profile.shapes_sample,
                help="9 stands for digits, a for letters; counted on a sample",
            )
            _values(profile, rows, why_not_values)


def _facts(profile: ColumnProfile, rows: int) -> str:
    about = "" if profile.distinct_exact else "about "
    said = [f"**{share(profile.filled, rows)}** filled", f"**{about}{number(profile.distinct)}** distinct"]
    if profile.nulls:
        said.append(f"**{number(profile.nulls)}** missing")
    if profile.blanks:
        said.append(f"**{number(profile.blanks)}** blank")
    if profile.number_counts:
        said += [
            f"**{number(profile.number_counts.zeros)}** zero",
            f"**{number(profile.number_counts.negatives)}** negative",
        ]
    return " · ".join(said)


def _charts(profile: ColumnProfile) -> None:
    if profile.numbers and profile.inferred.numeric:
        middle = [figure_words(profile.numbers.quantiles.get(point)) for point in ("p25", "p75")]
        _bars(
            profile.numbers.histogram,
            f"Half of the numbers lie between {middle[0]} and {middle[1]}",
            key=f"numbers-{profile.name}",
            height=230,
        )
    elif profile.number_counts and profile.inferred.numeric:
        title = "How the numbers spread, from low to high; the figures are hidden"
        st.markdown(f"**{title}**")
        draw(shape_only(profile.number_counts.bars, height=170), key=f"numbers-{profile.name}", alt=title)
    if profile.lengths:
        lengths = profile.lengths
        span = f"{lengths.min:,}" if lengths.min == lengths.max else f"{lengths.min:,} to {lengths.max:,}"
        _bars(
            lengths.histogram,
            f"Values are {span} characters long, {lengths.mean:.1f} on average",
            key=f"lengths-{profile.name}",
            height=170,
        )


def _bars(bins: Sequence[Bin], title: str, *, key: str, height: int) -> None:
    """A histogram under its finding; on a logarithmic scale where one bar would hide all others."""
    counts = [one.count for one in bins]
    log = max(counts, default=0) > 0.9 * sum(counts) and len(counts) > 1
    st.markdown(f"**{title}**" + (" :small[:gray[logarithmic scale]]" if log else ""))
    draw(histogram(bins, height=height, log=log), key=key, alt=title)


def _quantiles(numbers: Numbers) -> None:
    """From the least to the greatest, in one line."""
    points = {
        "min": numbers.min,
        **{QUANTILES.get(key, key): value for key, value in numbers.quantiles.items()},
        "max": numbers.max,
        "mean": numbers.mean,
        "std. dev.": numbers.std,
    }
    values = " · ".join(f":gray[{name}] **{figure_words(value)}**" for name, value in points.items())
    st.markdown(values, help=None if numbers.quantiles_exact else "Estimated by a t-digest")


def figure_words(value: float | None) -> str:
    """A figure with as many digits as say something: `251,000`, `0.0132`."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.4g}"


def _counted(title: str, counted: Sequence[Counted], total: int, *, help: str = "") -> None:
    """Values or shapes with their counts; as bars too where they are large enough to be seen."""
    if not counted or not total:
        return
    shown = counted[:10]
    data: dict[str, list[Any]] = {title: [text for text, _ in shown]}
    if shown[0][1] >= 0.01 * total:
        data["Share"] = [100 * count / total for _, count in shown]
    data["Rows"] = [count for _, count in shown]
    st.dataframe(
        data,
        column_config={
            title: st.column_config.TextColumn(help=help or None),
            "Share": st.column_config.ProgressColumn(width=110, format="%.1f %%", min_value=0, max_value=100),
            "Rows": st.column_config.NumberColumn(width=70, format="localized"),
        },
        hide_index=True,
        height="content",
        alt=title,
    )


def _values(profile: ColumnProfile, rows: int, why_not: str) -> None:
    if why_not:
        st.caption(f":material/lock: Values are hidden. {why_not}")
        return
    values = profile.values
    if values is None:
        return
    _counted("Most common values", values.top, rows)
    if values.min is not None and values.max is not None:
        st.caption(f"From “{escape(values.min)}” to “{escape(values.max)}”")
    if values.examples and not values.top:
        st.caption("For example: " + ", ".join(f"“{escape(one)}”" for one in values.examples))
