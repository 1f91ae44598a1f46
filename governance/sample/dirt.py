"""How clean cells are dirtied, and the book that is kept of it.

A `Dirt` is one way to spoil the cells of one column. A `Sheet` is a batch of clean rows: whatever changes a
cell of it goes through `overwrite`, which writes the truth at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from governance.sample.pools import join, pick

Columns = dict[str, pa.Array]
Rows = npt.NDArray[np.int64]
Change = Callable[[pa.Array, np.random.Generator], pa.Array]
Verdict = Literal["wrong", "normalised"]

TRUTH = ("row", "column", "verdict", "kind", "written", "right")
CELLS_A_ROW = (0.80, 0.15, 0.05)
"""Share of dirtied rows of which one, two and three cells are tried."""


@dataclass(frozen=True)
class Dirt:
    """A way to spoil a column. It applies to cells that have a value in which `fits` (RE2) is found.

    `weight` is how often it is tried, beside the others."""

    kind: str
    column: str
    change: Change
    fits: str = ""
    weight: float = 1.0


def rewrite(pattern: str, replacement: str) -> Change:
    """What the pattern (RE2) matches is replaced, wherever it is."""
    return lambda cells, rng: pc.replace_substring_regex(cells, pattern, replacement)


def ending(pattern: str, *endings: str) -> Change:
    """What the pattern (RE2, ending in `$`) matches gives way to one of the endings."""
    return lambda cells, rng: join(
        pc.replace_substring_regex(cells, pattern, ""), pick(rng, endings, len(cells))
    )


def words(*choices: str | None) -> Change:
    """The value gives way to one of the words."""
    return lambda cells, rng: pick(rng, choices, len(cells))


def upper(cells: pa.Array, rng: np.random.Generator) -> pa.Array:
    return pc.utf8_upper(cells)


def lower(cells: pa.Array, rng: np.random.Generator) -> pa.Array:
    return pc.utf8_lower(cells)


def capitalised(cells: pa.Array, rng: np.random.Generator) -> pa.Array:
    return pc.utf8_capitalize(cells)


def padded(cells: pa.Array, rng: np.random.Generator) -> pa.Array:
    """White space before, after or on both sides."""
    before = rng.integers(3, size=len(cells))
    spaces = pa.array(["", " ", "  "])
    return join(spaces.take(pa.array(before)), cells, spaces.take(pa.array(2 - before)))


class Sheet:
    """A batch of rows on the way from clean to dirty. `first` is the number of its first row in the file.

    A cell is changed at most once, so that each has one verdict."""

    def __init__(self, columns: Columns, *, first: int, rng: np.random.Generator) -> None:
        self.columns = columns
        self.first = first
        self.rng = rng
        self.count = len(next(iter(columns.values())))
        self._taken = {name: np.zeros(self.count, dtype=bool) for name in columns}
        self._book: list[pa.Table] = []

    def protect(self, rows: Any) -> None:
        """Leave these rows clean from now on."""
        for taken in self._taken.values():
            taken[rows] = True

    def free_rows(self) -> Rows:
        """Rows of which no cell has been dirtied or protected."""
        return np.flatnonzero(~np.any(list(self._taken.values()), axis=0))

    def spoil(self, dirts: Sequence[Dirt], *, verdict: Verdict, share: float) -> None:
        """Dirty one to three cells of about this share of the rows."""
        chosen = np.flatnonzero(self.rng.random(self.count) < share)
        cells = np.repeat(chosen, self.rng.choice([1, 2, 3], size=len(chosen), p=CELLS_A_ROW))
        weights = np.array([dirt.weight for dirt in dirts])
        ways = self.rng.choice(len(dirts), size=len(cells), p=weights / weights.sum())
        for way, dirt in enumerate(dirts):
            self._apply(dirt, np.unique(cells[ways == way]), verdict)

    def _apply(self, dirt: Dirt, rows: Rows, verdict: Verdict) -> None:
        rows = rows[~self._taken[dirt.column][rows]]
        cells = self.columns[dirt.column].take(pa.array(rows))
        fit = pc.fill_null(pc.match_substring_regex(cells, dirt.fits), False)
        rows, cells = rows[fit.to_numpy(zero_copy_only=False)], cells.filter(fit)
        self.overwrite(
            dirt.column, rows, dirt.change(cells, self.rng), verdict=verdict, kind=dirt.kind, right=cells
        )

    def overwrite(
        self, column: str, rows: Rows, written: pa.Array, *, verdict: Verdict, kind: str, right: pa.Array
    ) -> None:
        """Write into the cells of these rows, and into the truth what they say and what would be right."""
        source = np.arange(self.count)
        source[rows] = self.count + np.arange(len(rows))
        self.columns[column] = pa.concat_arrays([self.columns[column], written]).take(pa.array(source))
        self._taken[column][rows] = True
        said = {"verdict": verdict, "kind": kind}
        self._book.append(
            pa.table(
                {"row": pa.array(rows + self.first, pa.int64())}
                | {"column": pa.array([column] * len(rows), pa.string())}
                | {name: pa.array([word] * len(rows), pa.string()) for name, word in said.items()}
                | {"written": written, "right": right}
            )
        )

    def truth(self) -> pa.Table:
        """One line a changed cell, by row and then in the order of the columns."""
        book = pa.concat_tables(self._book)
        order = pc.index_in(book["column"], pa.array(list(self.columns)))
        return book.append_column("order", order).sort_by([("row", "ascending"), ("order", "ascending")])
