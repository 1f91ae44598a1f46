"""Cells that a person wrote one by one: each its own text, in the notation of the file; nothing else of a row changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa

from governance.engines.duckdb import Engine, literal, quote
from governance.errors import InputError
from governance.review.choices import Cell, Fix
from governance.tables import ROW

BY_HAND = "by_hand"
MOST = 2_000
"""Cells of one decision at most: more are a repair, an expression, or a file to be sent back."""


def by_hand(cells: Iterable[Cell]) -> Fix:
    """The fix that writes these cells."""
    ordered = tuple(sorted(cells, key=lambda cell: (cell.row, cell.column)))
    return Fix(column=ordered[0].column if ordered else "", repair=BY_HAND, cells=ordered)


def check(fix: Fix, columns: tuple[str, ...]) -> None:
    """Refuse with InputError what are no cells of this table, each once."""
    if fix.repair != BY_HAND or not fix.cells:
        raise InputError("No cell is edited.", "Write at least one.")
    if len(fix.cells) > MOST:
        raise InputError(
            f"{len(fix.cells):,} cells are too many for one decision.",
            f"Decide about {MOST:,} at a time, write an expression, or send the rows back.",
        )
    if unknown := [cell.column for cell in fix.cells if cell.column not in columns]:
        raise InputError(f"There is no column {unknown[0]!r}.", f"Columns: {', '.join(columns)}.")
    (row, column), times = Counter((cell.row, cell.column) for cell in fix.cells).most_common(1)[0]
    if times > 1:
        raise InputError(f"{column} of row {row:,} is edited {times} times.", "Write it once.")


def put(engine: Engine, fix: Fix, *, table: str) -> None:
    """Write the cells into a table of raw rows."""
    edited = {
        ROW: pa.array([cell.row for cell in fix.cells], pa.int64()),
        "name": pa.array([cell.column for cell in fix.cells], pa.string()),
        "text": pa.array([cell.text for cell in fix.cells], pa.string()),
    }
    engine.register("edited", pa.table(edited))
    for column in fix.columns:
        engine.run(
            f"UPDATE {table} SET {quote(column)} = edited.text FROM edited "
            f"WHERE {table}.{ROW} = edited.{ROW} AND edited.name = {literal(column)}"
        )
