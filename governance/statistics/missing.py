"""Where values are missing, from the table `picture`: along the file, and in which columns together."""

from __future__ import annotations

from collections.abc import Mapping

from governance.engines.duckdb import Engine
from governance.statistics.model import Missing

BLOCKS = 24
PATTERNS = 8


def missing(engine: Engine, columns: Mapping[str, str], rows: int, *, of: int) -> Missing:
    """Shares by block of rows, and the most frequent patterns; empty and blank values are missing."""
    if not columns:
        return Missing()
    counts = ", ".join(f"count(*) FILTER ({letter}) / count(*)" for letter in columns)
    blocks = engine.rows(
        f"SELECT {counts} FROM picture GROUP BY row * {min(BLOCKS, rows)} // {rows} "
        f"ORDER BY row * {min(BLOCKS, rows)} // {rows}"
    )
    marks = " || ".join(f"CASE WHEN {letter} THEN '1' ELSE '0' END" for letter in columns)
    patterns = engine.rows(
        f"SELECT {marks} AS pattern, count(*) AS n FROM picture GROUP BY pattern "
        f"ORDER BY n DESC, pattern LIMIT {PATTERNS}"
    )
    names = tuple(columns.values())
    return Missing(
        columns=names,
        shares=tuple(zip(*blocks, strict=True)),
        patterns=tuple(
            (tuple(name for name, mark in zip(names, marked, strict=True) if mark == "1"), count)
            for marked, count in patterns
        ),
        of=of,
    )
