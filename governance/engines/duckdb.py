"""The embedded engine: DuckDB in memory over Parquet, with a memory limit and a spill folder.

A connection, with a database of its own, lives as long as one stage or one question; nothing is shared between
processes.
SQL comes from the stages and the rules; this room only runs it, and turns DuckDB's faults into ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from governance.engines.instances import connected
from governance.errors import TerminalFault, TransientFault
from governance.settings import Settings
from governance.tables import ROW

Row = tuple[Any, ...]


DICTIONARY, DICTIONARIES = 10_000, 500_000
"""Different values of a row group that are written as a dictionary, of a column and of all: trying for more
costs most columns time, and DuckDB sets memory aside for each before it has seen one."""
TOGETHER = 51_200
"""Rows of a row group, which one core reads: DuckDB's own 122,880 leave the others idle where a file or a decision is
about fewer, and groups half as large as these take a sixth longer to write."""


def quote(name: str) -> str:
    """An identifier, safe inside SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """A string literal, safe inside SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def scan(path: Path) -> str:
    """A FROM item that reads one Parquet file."""
    return f"read_parquet({literal(path)})"


def scan_rows(path: Path, only: Sequence[int] | None = None) -> str:
    """A FROM item that reads a bronze file with its `_row`; `only` these few of them, by which the reader skips all
    else."""
    where = ""
    if only is not None:
        where = f" WHERE file_row_number IN ({', '.join(str(int(row) - 1) for row in only) or 'NULL'})"
    return (
        f"(SELECT file_row_number + 1 AS {ROW}, * EXCLUDE (file_row_number) "
        f"FROM read_parquet({literal(path)}, file_row_number = true){where})"
    )


class Engine:
    """One DuckDB connection. `with open_engine(settings) as engine`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a small answer."""
        return self._run(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row:
        """The one row of an answer that has exactly one."""
        (found,) = self.rows(sql, parameters)
        return found

    def dicts(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """All rows of a small answer, by column name."""
        cursor = self._run(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The one value of a one-row answer."""
        return self.row(sql, parameters)[0]

    def arrow(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """An answer as an Arrow table."""
        return self.connection.sql(sql, params=list(parameters)).to_arrow_table()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """A statement without an answer."""
        self._run(sql, parameters)

    def columns(self, relation: str) -> dict[str, str]:
        """Column names and DuckDB types of a FROM item, in order."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE SELECT * FROM {relation}")}

    def write(self, sql: str, path: Path, *, compression: str = "snappy", width: int = 0) -> int:
        """Write a query's answer as Parquet, in its order, and return the number of rows.

        Snappy, because the vault's tables are read more often than kept; zstd takes a quarter longer to write.
        `width`: how many columns it has, where the caller knows; otherwise the query is planned once more to see.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        width = width or len(self.rows(f"DESCRIBE {sql}"))
        dictionary = min(DICTIONARY, DICTIONARIES // max(width, 1))
        options = f"COMPRESSION {compression}, DICTIONARY_SIZE_LIMIT {dictionary}, ROW_GROUP_SIZE {TOGETHER}"
        return int(self.value(f"COPY ({sql}) TO {literal(path)} (FORMAT parquet, {options})"))

    def lock(self, *paths: Path) -> None:
        """From here on nothing but these files can be read, and no setting changed. For an engine `alone`."""
        allowed = ", ".join(literal(path) for path in paths)
        self.run(f"SET allowed_paths = [{allowed}]; SET enable_external_access = false")
        self.run("SET lock_configuration = true")

    @contextmanager
    def filters_where_written(self) -> Iterator[None]:
        """Within, a filter stays where the query has it: pushed below the projection that it reads, what this
        computes would be computed twice. Not for queries that join by WHERE. For an engine `alone`."""
        self.run("SET disabled_optimizers = 'filter_pushdown'")
        try:
            yield
        finally:
            self.run("RESET disabled_optimizers")

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under a name."""
        self.connection.register(name, table)

    def _run(self, sql: str, parameters: Sequence[Any]) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(sql, list(parameters))
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise TransientFault(
                f"The engine ran out of memory or disk: {_first_line(error)}",
                "Free some space or raise GOVERNANCE_MEMORY_LIMIT, then start the worker again.",
            ) from error
        except duckdb.Error as error:
            raise TerminalFault(f"The engine could not run a query: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    """DuckDB's message without the query and without anything quoted: that may be a person's value, which may
    hold quotes and line breaks of its own."""
    said = re.split(r"\n+(?:LINE \d+:|Candidate)", str(error))[0]
    said = re.sub(r"['\"](?:.*['\"]|.*\Z)", "…", said, flags=re.DOTALL)
    return said.partition("\n")[0][:300]


@contextmanager
def open_engine(settings: Settings, *, alone: bool = False) -> Iterator[Engine]:
    """An empty engine with the installation's limits. `alone`: one that may be locked, and whose filters stay."""
    with connected(settings, alone=alone) as connection:
        yield Engine(connection)
