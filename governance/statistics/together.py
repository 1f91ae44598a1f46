"""Which columns go together, from the table `picture`: Pearson's correlation of numbers, Cramér's V of
categories."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations

from governance.engines.duckdb import Engine
from governance.statistics.model import Matrix


def numbers_together(engine: Engine, numbers: Mapping[str, str], *, of: int) -> Matrix:
    """Pearson's coefficient of each pair, −1 to 1, over the rows that have both; None where one is constant
    or there are fewer than three such rows."""
    pairs = list(combinations(numbers, 2))
    if not pairs:
        return Matrix()
    asked = ", ".join(
        f"CASE WHEN count(*) FILTER (isfinite({a} + {b})) >= 3 THEN corr({a}, {b}) END" for a, b in pairs
    )
    row = engine.row(f"SELECT {asked} FROM picture")
    return _matrix(numbers, dict(zip(pairs, map(_finite, row), strict=True)), of)


def categories_together(engine: Engine, categories: Mapping[str, str], *, of: int) -> Matrix:
    """Cramér's V of each pair, 0 to 1, with Bergsma's correction for small tables (2013, A bias-correction for
    Cramér's V and Tschuprow's T); None where a column has one value only."""
    pairs = list(combinations(categories, 2))
    if not pairs:
        return Matrix()
    rows = engine.rows(" UNION ALL ".join(_association(at, *pair) for at, pair in enumerate(pairs)))
    found = {pairs[at]: cramers_v(n, r, k, squares) for at, n, r, k, squares in rows}
    return _matrix(categories, found, of)


def _association(at: int, a: str, b: str) -> str:
    """Rows, groups of either column, and the sum of n² ÷ (row total × column total)."""
    both = f"{a} IS NOT NULL AND {b} IS NOT NULL"
    pairs = f"SELECT {a} AS a, {b} AS b, count(*)::DOUBLE AS n FROM picture WHERE {both} GROUP BY ALL"
    totals = (
        f"SELECT *, sum(n) OVER (PARTITION BY a) AS ra, sum(n) OVER (PARTITION BY b) AS rb FROM ({pairs})"
    )
    return (
        f"SELECT {at}, coalesce(sum(n), 0)::BIGINT, count(DISTINCT a), count(DISTINCT b), "
        f"coalesce(sum(n * n / (ra * rb)), 0) FROM ({totals})"
    )


def cramers_v(n: int, rows: int, columns: int, squares: float) -> float | None:
    """V from the table's size, and Σ n² ÷ (row total × column total), which is χ² ÷ n + 1."""
    if n < 2 or min(rows, columns) < 2:
        return None
    phi = max(0.0, squares - 1 - (rows - 1) * (columns - 1) / (n - 1))
    least = min(size - (size - 1) ** 2 / (n - 1) for size in (rows, columns)) - 1
    return min(1.0, math.sqrt(phi / least)) if least > 0 else None


def _finite(found: float | None) -> float | None:
    return None if found is None or not math.isfinite(found) else max(-1.0, min(1.0, found))


def _matrix(letters: Mapping[str, str], found: Mapping[tuple[str, str], float | None], of: int) -> Matrix:
    def value(a: str, b: str) -> float | None:
        return 1.0 if a == b else found[(a, b)] if (a, b) in found else found.get((b, a))

    return Matrix(
        columns=tuple(letters.values()),
        values=tuple(tuple(value(a, b) for b in letters) for a in letters),
        of=of,
    )
