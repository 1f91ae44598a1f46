"""What goes together: where values are missing, and which columns say the same."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from governance.plural import many
from governance.statistics.model import Matrix, Missing, Pictures
from pages.parts.blocks import empty
from pages.parts.charts import draw, faint, figure
from pages.parts.status import hue
from pages.parts.words import escape, percent

STRONG = 0.5


def patterns_tab(pictures: Pictures) -> None:
    """Missingness map and patterns, correlation of numbers, Cramér's V of categories."""
    if not (pictures.missing.columns or pictures.numbers.columns or pictures.categories.columns):
        empty(
            "Nothing to hold against each other",
            "No value is missing, and there are no two columns of numbers or of categories.",
            icon=":material/grid_on:",
            key="no-patterns",
        )
        return
    _missing(pictures.missing, pictures.rows)
    for matrix, kind, caption in (
        (
            pictures.numbers,
            "numbers",
            "Pearson's correlation, from −1 to 1, over rows that have both numbers.",
        ),
        (
            pictures.categories,
            "categories",
            "Cramér's V, from 0 to 1, corrected for small tables (Bergsma 2013), over columns of 2 to 50 values.",
        ),
    ):
        if matrix.columns:
            title = matrix_title(matrix, kind)
            st.markdown(f"##### {escape(title)}")
            draw(matrix_chart(matrix, both_ways=kind == "numbers"), key=f"together-{kind}", alt=title)
            st.caption(f"{caption} {bounded(len(matrix.columns), matrix.of, pictures.rows)}")


def bounded(shown: int, of: int, rows: int) -> str:
    """How much of the table a picture is about."""
    said = f"The first {shown} of {of:,} such columns" if of > shown else many(shown, "column")
    return f"{said}, {many(rows, 'row')}."


def _missing(missing: Missing, rows: int) -> None:
    if not missing.columns:
        st.markdown("##### No value is missing")
        return
    title = missing_title(missing)
    st.markdown(f"##### {escape(title)}")
    draw(missing_chart(missing), key="missing", alt=title)
    st.caption(
        "From left to right the rows in the order of the file, in blocks; the darker, the more is missing, "
        f"up to {percent(darkest(missing))}. " + bounded(len(missing.columns), missing.of, rows)
    )
    shown = [(names, count) for names, count in missing.patterns if names]
    if shown:
        st.dataframe(
            {
                "Missing together": [", ".join(names) for names, _ in shown],
                "Share": [100 * count / rows for _, count in shown],
                "Rows": [count for _, count in shown],
            },
            column_config={
                "Missing together": st.column_config.TextColumn(width="large"),
                "Share": st.column_config.ProgressColumn(
                    width=120, format="%.1f %%", min_value=0, max_value=100
                ),
                "Rows": st.column_config.NumberColumn(width=80, format="localized"),
            },
            hide_index=True,
            height="content",
            alt="Columns that are missing in the same rows",
        )


def missing_title(missing: Missing) -> str:
    """`Missing most: notes, in 40.1 % of rows`."""
    means = [sum(shares) / len(shares) for shares in missing.shares]
    worst = max(range(len(means)), key=lambda place: means[place])
    return f"Missing most: {missing.columns[worst]}, in {percent(means[worst])} of rows"


def darkest(missing: Missing) -> float:
    """The share that is drawn darkest: the largest there is, so that a few missing values can be seen too."""
    return max((share for shares in missing.shares for share in shares), default=0.0) or 1.0


def missing_chart(missing: Missing) -> go.Figure:
    """A row a column, a cell a block."""
    chart = figure(height=60 + 24 * len(missing.columns))
    chart.add_heatmap(
        z=[list(shares) for shares in missing.shares],
        y=list(missing.columns),
        x=list(range(1, len(missing.shares[0]) + 1)),
        zmin=0,
        zmax=darkest(missing),
        colorscale=[[0, faint()], [1, hue("orange")]],
        xgap=2,
        ygap=2,
        showscale=False,
        hovertemplate="%{y}, block %{x}: %{z:.1%} missing<extra></extra>",
    )
    chart.update_xaxes(showticklabels=False, title_text="rows, first to last")
    chart.update_yaxes(autorange="reversed", showgrid=False)
    return chart


def matrix_title(matrix: Matrix, kind: str) -> str:
    """`Numbers: total and fare go together most (0.92)`."""
    strongest = matrix.strongest()
    if strongest is None or abs(strongest[2]) < STRONG:
        return f"{kind.capitalize()}: no two columns go together closely"
    one, other, value = strongest
    how = "go together most" if value > 0 else "go against each other most"
    return f"{kind.capitalize()}: {other} and {one} {how} ({value:.2f})"


def matrix_chart(matrix: Matrix, *, both_ways: bool) -> go.Figure:
    """The lower half, each cell with its figure."""
    size = len(matrix.columns)
    cells = [[matrix.values[i][j] if j < i else None for j in range(size - 1)] for i in range(1, size)]
    chart = figure(height=70 + 34 * size)
    scale = (
        [[0, hue("orange")], [0.5, faint()], [1, hue("blue")]]
        if both_ways
        else [[0, faint()], [1, hue("blue")]]
    )
    chart.add_heatmap(
        z=cells,
        x=list(matrix.columns[:-1]),
        y=list(matrix.columns[1:]),
        zmin=-1 if both_ways else 0,
        zmax=1,
        colorscale=scale,
        text=[["" if cell is None else f"{cell:.2f}" for cell in row] for row in cells],
        texttemplate="%{text}",
        xgap=2,
        ygap=2,
        showscale=False,
        hovertemplate="%{y} and %{x}: %{z:.3f}<extra></extra>",
        hoverongaps=False,
    )
    chart.update_xaxes(type="category", tickangle=-30)
    chart.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return chart
