"""Whether DuckDB would run a query at all: bound over an empty table, in memory, with no file within reach.

What a contract says in SQL is tried here when it is read, and not in the middle of a run.
"""

from __future__ import annotations

from functools import cache, lru_cache

import duckdb

from governance.engines.duckdb import quote


@lru_cache(maxsize=4096)
def refusal(query: str, table: str, columns: tuple[tuple[str, str], ...]) -> str:
    """Why DuckDB refuses the query over a table of these columns and SQL types; empty where it does not."""
    listed = ", ".join(f"{quote(name)} {kind}" for name, kind in columns)
    cursor = _nothing().cursor()
    try:
        cursor.execute(f"CREATE TEMP TABLE {quote(table)} ({listed})")
        cursor.execute(f"EXPLAIN {query}")
    except duckdb.Error as error:
        return str(error).partition("\n")[0]
    finally:
        cursor.close()
    return ""


@cache
def _nothing() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1, "enable_external_access": False})
    connection.execute("SET TimeZone = 'UTC'; SET lock_configuration = true")
    return connection
