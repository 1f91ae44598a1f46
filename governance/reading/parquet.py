"""A Parquet file as a table of text: days ISO, numbers plain, nested values as JSON."""

from __future__ import annotations

from pathlib import Path

from governance.engines.duckdb import Engine, literal, quote, scan
from governance.errors import EngineFault, UnreadableInput
from governance.reading.dialect import Reading
from governance.reading.header import unique
from governance.reading.unreadable import SCHEMA

NESTED = ("[]", "STRUCT", "MAP", "UNION", "VARIANT")
DAMAGED = ("The Parquet file is damaged.", "Write it again, and send it again.")


def describe(path: Path, *, engine: Engine) -> Reading:
    """Its columns. Raises UnreadableInput when it is damaged or has none."""
    try:
        named = list(engine.columns(scan(path)))
    except EngineFault as error:
        raise UnreadableInput(*DAMAGED) from error
    columns, renamed = unique(named, len(named))
    return Reading(
        encoding="utf-8", bom=False, delimiter=",", quote='"', escape='"', header=True, skip=0,
        columns=columns, renamed=renamed, format="parquet",
    )  # fmt: skip


def select(path: Path, reading: Reading, *, engine: Engine) -> str:
    """A query of all rows as text, in the order of the file."""
    types = engine.columns(scan(path))
    listed = ", ".join(
        f"nullif({as_text(quote(name), kind)}, '') AS {quote(ours)}"
        for (name, kind), ours in zip(types.items(), reading.columns, strict=True)
    )
    return f"SELECT {listed} FROM {scan(path)}"


def read(path: Path, reading: Reading, *, engine: Engine, bronze: Path, unreadable: Path) -> tuple[int, int]:
    """Write the rows and an empty list of unreadable lines; (rows, 0)."""
    try:
        rows = engine.write(select(path, reading, engine=engine), bronze)
    except EngineFault as error:
        if "memory or disk" in str(error):
            raise
        raise UnreadableInput(*DAMAGED) from error
    return rows, nothing_unreadable(engine, unreadable)


def nothing_unreadable(engine: Engine, path: Path) -> int:
    kinds = {"int64": "BIGINT", "string": "VARCHAR"}
    empty = ", ".join(f"CAST(NULL AS {kinds[str(field.type)]}) AS {quote(field.name)}" for field in SCHEMA)
    return engine.write(f"SELECT {empty} WHERE false", path)


def rows_of(path: Path, *, engine: Engine) -> int:
    """How many rows it has, from its last bytes."""
    try:
        return int(engine.value(f"SELECT sum(num_rows) FROM parquet_file_metadata({literal(path)})") or 0)
    except EngineFault as error:
        raise UnreadableInput(*DAMAGED) from error


def as_text(value: str, kind: str) -> str:
    """A SQL value of a DuckDB type as text, in the way that a person would write it in a CSV."""
    if kind.startswith(("FLOAT", "DOUBLE")):
        return _plain_number(value)
    if kind.endswith("]") or kind.startswith(NESTED):
        return f"CAST(to_json({value}) AS VARCHAR)"
    return f"CAST({value} AS VARCHAR)"


def _plain_number(value: str) -> str:
    """Without an exponent wherever that says exactly the same number, and whole numbers without `.0`."""
    text = f"CAST({value} AS VARCHAR)"
    small = f"rtrim(CAST(try_cast({text} AS DECIMAL(38, 25)) AS VARCHAR), '0')"
    large = f"CAST(try_cast({text} AS DECIMAL(38, 0)) AS VARCHAR)"
    exact = f"CASE WHEN abs({value}) < 1 THEN {small} ELSE {large} END"
    return (
        f"CASE WHEN contains({text}, 'e') THEN "
        f"CASE WHEN try_cast({exact} AS DOUBLE) = CAST({text} AS DOUBLE) THEN {exact} ELSE {text} END "
        f"WHEN {text} LIKE '%.0' THEN left({text}, length({text}) - 2) ELSE {text} END"
    )
