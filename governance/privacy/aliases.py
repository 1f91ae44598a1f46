"""Pseudonyms of a column with few different values: each alias is computed once, and looked up by its value.

An HMAC costs more than a microsecond a value; a column of given names has a thousand different ones in millions
of rows. The values become an ENUM of the connection, which ends with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from governance.engines.duckdb import Engine, quote, scan
from governance.privacy.operators import Pseudonym

FEWEST_ROWS = 50_000
MOST_VALUES = 20_000


def bind_aliases(
    engine: Engine, tables: Sequence[tuple[Path, str]], column: str, operator: Pseudonym, *, name: str
) -> str | None:
    """The masked value of the column as SQL, by look-up; None where looking up would not pay, or a table
    (path, SQL type of the column) does not hold it as text."""
    if any(sql_type != "VARCHAR" for _, sql_type in tables):
        return None
    value = quote(column)
    parts = " UNION ALL ".join(f"SELECT {value} AS v FROM {scan(path)}" for path, _ in tables)
    rows, distinct = engine.row(f"SELECT count(v), approx_count_distinct(v) FROM ({parts})")
    if rows < FEWEST_ROWS or distinct > MOST_VALUES:
        return None
    engine.run(
        f"CREATE TYPE {name} AS ENUM (SELECT DISTINCT v FROM ({parts}) WHERE v IS NOT NULL ORDER BY v)"
    )
    values = f"SELECT unnest(enum_range(NULL::{name})) AS e"
    made = f"SELECT enum_code(CAST(e AS {name})) AS code, {operator.sql('e', 'VARCHAR')} AS alias FROM ({values})"
    engine.run(f"SET VARIABLE {name} = (SELECT list(alias ORDER BY code) FROM ({made}))")
    return f"list_extract(getvariable('{name}'), enum_code(CAST({value} AS {name})) + 1)"
