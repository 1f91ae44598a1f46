"""A table or a query of a relational database, read once, as Parquet of text. Nothing is written there.

Any database that SQLAlchemy speaks to and whose driver is installed: SQLite and PostgreSQL come with Assay.
A password never leaves here: errors name what went wrong, not the address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, CursorResult, MetaData, Select, Table, create_engine, event, select, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    NoSuchTableError,
    OperationalError,
    SQLAlchemyError,
)

ROWS = 20_000
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class DatabaseRefused(Exception):
    """What was asked for cannot be read: no such database, table or driver, or no right to it."""


class DatabaseFault(Exception):
    """The database does not answer."""


def to_parquet(url: str, target: Path, *, table: str = "", query: str = "") -> int:
    """Write a table (by its key, if it has one) or a query's answer to `target`, in chunks; how many rows.

    All columns are text: days ISO, numbers plain, nested values JSON, bytes in hexadecimal.
    """
    with _connected(url) as connection:
        wanted = text(query) if query else _whole(connection, table)
        result = connection.execution_options(stream_results=True, yield_per=ROWS).execute(wanted)
        return _write(result, target)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    """A connection that may only read."""
    try:
        engine = _engine(make_url(url))
    except (NoSuchModuleError, ImportError) as error:
        raise DatabaseRefused("no driver for this kind of database is installed") from error
    except (ArgumentError, ValueError) as error:
        raise DatabaseRefused("this is no address of a database") from error
    try:
        with engine.connect() as connection:
            yield connection
            connection.rollback()
    except NoSuchTableError as error:
        raise DatabaseRefused("there is no such table") from error
    except OperationalError as error:
        raise _operational(error, engine) from None
    except DBAPIError as error:
        raise DatabaseRefused(f"the database refused it ({type(error.orig).__name__})") from None
    except SQLAlchemyError as error:
        raise DatabaseRefused(f"it cannot be read ({type(error).__name__})") from None
    finally:
        engine.dispose()


def _operational(error: OperationalError, engine: Engine) -> Exception:
    """The driver's message may name host, user and values: only its kind is told."""
    if engine.dialect.name == "sqlite":
        return DatabaseRefused("the file is no SQLite database, or lacks that table or column")
    if "authentication" in str(error.orig) or "password" in str(error.orig):
        return DatabaseRefused("it does not let this user in")
    return DatabaseFault(f"the database does not answer ({type(error.orig).__name__})")


def _engine(url: URL) -> Engine:
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite":
        if not url.database or not Path(url.database).is_file():
            raise DatabaseRefused("there is no such file")
        path = Path(url.database).absolute().as_uri().removeprefix("file://")
        url = URL.create("sqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(url, hide_parameters=True, connect_args=_patience(url))
    if engine.dialect.name == "postgresql":
        return engine.execution_options(postgresql_readonly=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA query_only = ON"))
    return engine


def _patience(url: URL) -> dict[str, Any]:
    return {"connect_timeout": 10} if url.get_backend_name() == "postgresql" else {}


def _whole(connection: Connection, name: str) -> Select[Any]:
    """All of a table, `schema.table` too, in the order of its key: the same rows are the same bytes."""
    schema, _, table = name.rpartition(".")
    found = Table(table, MetaData(), autoload_with=connection, schema=schema or None)
    return select(found).order_by(*found.primary_key.columns)


def _write(result: CursorResult[Any], target: Path) -> int:
    names = [str(name) for name in result.keys()]  # noqa: SIM118 - the rows are no names
    unique = [name if names.index(name) == at else f"{name}_{at + 1}" for at, name in enumerate(names)]
    schema = pa.schema([(name, pa.string()) for name in unique])
    rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for chunk in result.partitions(ROWS):
            columns = [pa.array(_texts(values), pa.string()) for values in zip(*chunk, strict=True)]
            writer.write_table(pa.table(columns, schema=schema))
            rows += len(chunk)
    return rows


def _texts(values: Sequence[Any]) -> list[str | None]:
    return [value if value is None or isinstance(value, str) else _text(value) for value in values]


def _text(value: Any) -> str:
    """One value as a person would write it in a CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        there = value.astimezone(UTC) if value.tzinfo else value  # whatever zone the session has
        return there.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return _number(Decimal(repr(value))).removesuffix(".0")
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=_text)
    return str(value) if not isinstance(value, timedelta) else f"{value.total_seconds():g} s"


def _number(value: Decimal) -> str:
    return format(value, "f") if value.is_finite() else str(value)
