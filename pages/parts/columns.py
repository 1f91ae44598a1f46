"""The columns of a run: one line each, and the full profile of the one that is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.typing import DataframeState

from governance.answers.runs import RunView
from governance.findings import Note
from governance.plural import many
from governance.profiling.model import ColumnProfile
from governance.stages.profile import Profiled
from governance.stages.statistical import Statistics
from pages.parts.one_column import KINDS, one_column
from pages.parts.session import stay, url
from pages.parts.status import MARKS


def columns_tab(view: RunView, profiled: Profiled, statistics: Statistics | None) -> None:
    """The table of columns; the one in `?column=` (at first the first one) is shown whole.

    Small histograms of quantities are those of stage 6, which no outlier can flatten.
    """
    clipped = {one.column: one.bars for one in statistics.outliers} if statistics else {}
    profiles = profiled.columns
    names = [profile.name for profile in profiles]
    at = names.index(url("column")) if url("column") in names else 0
    st.caption(
        f"{many(len(profiles), 'column')} of {many(profiled.rows, 'row')}. Choose one for its full profile."
    )
    picked = _table(view, profiles, clipped, at)
    rows = picked["selection"]["rows"]
    chosen = rows[0] if rows and rows[0] < len(names) else at
    if names[chosen] != url("column", names[0]):
        stay(column=names[chosen])
    notes = [note for note in view.findings if note.column == names[chosen]]
    one_column(profiles[chosen], profiled.rows, notes, why_not_values=view.why_not_values)


def _table(
    view: RunView, profiles: Sequence[ColumnProfile], clipped: Mapping[str, Sequence[int]], at: int
) -> DataframeState:
    return st.dataframe(
        {
            "Column": [profile.name for profile in profiles],
            "Type": [KINDS[profile.inferred] for profile in profiles],
            "Complete": [
                100 * profile.filled / max(profile.count + profile.nulls, 1) for profile in profiles
            ],
            "Distinct": [profile.distinct for profile in profiles],
            "Spread": [list(clipped.get(profile.name) or spread(profile)) for profile in profiles],
            "Most common shape": [_shape(profile) for profile in profiles],
            "Findings": [_marks(profile.name, view.findings) for profile in profiles],
        },
        column_config={
            "Column": st.column_config.TextColumn(width=150, pinned=True),
            "Type": st.column_config.TextColumn(width=110),
            "Complete": st.column_config.ProgressColumn(
                width=130, format="%.1f %%", min_value=0, max_value=100
            ),
            "Distinct": st.column_config.NumberColumn(width=84, format="localized"),
            "Spread": st.column_config.BarChartColumn(
                width=150, help="Numbers by value, text by length, from low to high"
            ),
            "Most common shape": st.column_config.TextColumn(
                width=190, help="9 stands for digits, a for letters; counted on a sample"
            ),
            "Findings": st.column_config.TextColumn(width=130, help="● critical ◕ high ◑ medium ○ low"),
        },
        hide_index=True,
        height="content" if len(profiles) <= 12 else 460,
        placeholder="",
        key=f"columns-{view.strip.run}",
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [at]}},
        alt=f"Profile of {many(len(profiles), 'column')}",
    )


def spread(profile: ColumnProfile) -> tuple[int, ...]:
    """Bars that say how a column spreads: its numbers, or the lengths of its texts."""
    if profile.inferred.numeric and profile.number_counts:
        return profile.number_counts.bars
    return tuple(one.count for one in profile.lengths.histogram) if profile.lengths else ()


def _shape(profile: ColumnProfile) -> str:
    if not profile.shapes or not profile.shapes_sample:
        return ""
    shape, count = profile.shapes[0]
    return f"{shape} · {count / profile.shapes_sample:.0%}"


def _marks(name: str, notes: Sequence[Note]) -> str:
    """`● 2  ◕ 1`: how many findings of each severity a column has."""
    counted = {
        mark: sum(note.column == name and note.severity == severity for note in notes)
        for severity, mark in MARKS.items()
    }
    return "  ".join(f"{mark} {count}" for mark, count in counted.items() if count)
