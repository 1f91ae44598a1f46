"""What lies between two versions, or between the shelf and a candidate: summary, columns, changed cells.

Everything is masked: it is what analysts see.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from governance.answers.versions import Difference
from governance.plural import many
from pages.parts.words import escape, number, percent


@st.cache_data(show_spinner=False, max_entries=64)
def known_difference(_compute: Callable[[], Difference | None], *contents: str) -> Difference | None:
    """A difference, computed once for contents (digests) that name it: what they name never changes."""
    return _compute()


def difference(found: Difference, *, key: str) -> None:
    """Draw a difference; `key` sets its tables apart from others on the page."""
    if found.before is None:
        st.markdown(f"**All {many(found.rows_after, 'row')} are new:** it is the first version.")
        return
    if found.same:
        st.markdown(
            ":green-badge[:material/equal: the same] "
            f"Version {found.after} equals version {found.before}, row for row."
        )
        return
    counts(found)
    columns(found, key=key)
    cells(found, key=key)


def counts(found: Difference) -> None:
    with st.container(horizontal=True, gap="medium"):
        for label, value, share in (
            ("Rows added", found.added, found.rows_after),
            ("Rows removed", found.removed, found.rows_before),
            ("Rows changed", found.changed, found.rows_after),
        ):
            said = percent(value / share) if share else ""
            st.metric(
                label, number(value), said or None, delta_color="off", delta_arrow="off", width="content"
            )
        st.metric(
            "Rows in all", f"{number(found.rows_before)} → {number(found.rows_after)}", width="content",
            delta=signed(found.rows_after - found.rows_before), delta_color="off", delta_arrow="off",
        )  # fmt: skip
    if not found.keyed:
        st.caption("Without a key in the contract, a changed row counts as one removed and one added.")


def signed(n: int) -> str:
    """`+355`, `−118`, `±0`."""
    return "±0" if not n else f"{'+' if n > 0 else '−'}{abs(n):,}"


def columns(found: Difference, *, key: str) -> None:
    for word, names in (("New columns", found.columns_added), ("Columns gone", found.columns_removed)):
        if names:
            st.markdown(f"**{word}:** {', '.join(escape(name) for name in names)}")
    if not found.by_column:
        return
    st.markdown("###### Changed cells by column")
    ordered = sorted(found.by_column, key=lambda one: -one[1])
    st.dataframe(
        {"Column": [name for name, _ in ordered], "Changed cells": [count for _, count in ordered]},
        column_config={
            "Column": st.column_config.TextColumn(width=180),
            "Changed cells": st.column_config.ProgressColumn(
                min_value=0, max_value=max(found.changed, 1), format="localized", width="large"
            ),
        },
        hide_index=True,
        height="content" if len(ordered) <= 12 else 440,
        key=f"by-column-{key}",
        alt="Changed cells by column",
    )


def cells(found: Difference, *, key: str) -> None:
    if not found.sample:
        return
    st.markdown(f"###### A sample of {many(len(found.sample), 'changed cell')}, masked as analysts see them")
    ordered = sorted(found.sample, key=lambda cell: (cell.key, cell.column))
    st.dataframe(
        {
            "Key": [cell.key for cell in ordered],
            "Column": [cell.column for cell in ordered],
            "Before": [cell.before for cell in ordered],
            "After": [cell.after for cell in ordered],
        },
        hide_index=True,
        height=300 if len(ordered) > 8 else "content",
        key=f"cells-{key}",
        placeholder="missing",
        alt="A sample of changed cells, before and after",
    )
