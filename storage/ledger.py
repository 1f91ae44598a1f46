"""The ledger: one SQLAlchemy engine, and transactions that write a state change and its event together.

SQLite in WAL mode by default; every write transaction begins with BEGIN IMMEDIATE, so that two processes
never extend the audit chain from the same head.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, make_url
from sqlmodel import Session
from tenacity import retry, retry_if_exception, stop_after_delay, wait_fixed

from storage import audit
from storage.models import Base

WAIT = 30
"""Seconds to wait for another writer."""


class Ledger:
    """The database of what is true."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if self.url.get_backend_name() == "sqlite" and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(self.url, connect_args=_connect_args(self.url.get_backend_name()))
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)
        new = Base.metadata.tables.keys() - set(inspect(self.engine).get_table_names())
        with self.engine.connect() as connection:
            connection.execution_options(immediate=bool(new))  # of several that open a new one, one makes it
            with connection.begin():
                if new:
                    Base.metadata.create_all(connection)
                audit.protect(connection)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; what it returns stays usable after it closes."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: all of it, with its audit events, or nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"immediate": True})
            yield session
            session.commit()

    def close(self) -> None:
        self.engine.dispose()


def _connect_args(backend: str) -> dict[str, Any]:
    return {"timeout": WAIT, "check_same_thread": False} if backend == "sqlite" else {}


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # SQLAlchemy, not the driver, says when a transaction begins
        _to_wal(raw)
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@retry(
    retry=retry_if_exception(lambda error: getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")),
    wait=wait_fixed(0.05),
    stop=stop_after_delay(WAIT),
    reraise=True,
)
def _to_wal(raw: Any) -> None:
    """Of several that turn a new file into WAL mode at once, SQLite lets one and refuses the others without a wait."""
    raw.execute("PRAGMA journal_mode = WAL")
