"""Bands of a numeric column with few different ones: each label is written once, and looked up by the band's number.

To write a label costs half a microsecond a row, and millions of rows share some hundred bands.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from governance.engines.duckdb import Engine, quote, scan
from governance.privacy.operators import Generalise

MOST_BANDS = 20_000


def bind_bands(
    engine: Engine, tables: Sequence[Path], column: str, operator: Generalise, *, name: str
) -> str | None:
    """The masked value of a DOUBLE column of those tables as SQL, by look-up; None where there are too many bands, or
    none of one width."""
    if operator.to != "band" or not operator.width or not tables:
        return None
    value = quote(column)
    parts = " UNION ALL ".join(
        f"SELECT {operator.band(value)} AS band FROM {scan(path)} WHERE {operator.known(value)}"
        for path in tables
    )
    low, high = engine.row(f"SELECT min(band), max(band) FROM ({parts})")
    if low is None or high - low >= MOST_BANDS:
        return None
    start = f"CAST(b * {operator.width} AS DOUBLE)"
    made = f"SELECT b, {operator.sql(start, 'DOUBLE')} AS label FROM range({low}, {high} + 1) AS bands(b)"
    engine.run(f"SET VARIABLE {name} = (SELECT list(label ORDER BY b) FROM ({made}))")
    label = f"list_extract(getvariable('{name}'), {operator.band(value)} - {low} + 1)"
    return operator.labelled(value, operator.known(value), label)
