"""DuckDB instances. To make one costs 25 ms, so the engines of a process share one, each with a database of its own in
it: tables, views and types of one are never seen by another, and all together keep to one memory limit. One that
nobody uses any more is kept for who needs the next, for himself alone or in another home."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import itertools
import os
import shutil
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import duckdb

from governance.scratch import unmade
from governance.settings import Settings


class Instance:
    """One DuckDB in memory, with its spill folder; emptied or closed when it is retired and nobody uses it any more."""

    def __init__(self, settings: Settings) -> None:
        self.spill = unmade(settings)
        self.limits = _limits(settings)
        config: dict[str, Any] = {"memory_limit": settings.memory_limit, "temp_directory": str(self.spill)}
        if settings.threads:
            config["threads"] = settings.threads
        self.connection = duckdb.connect(config=config)
        self.connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self.users, self.retired, self.names = 0, False, itertools.count(1)
        atexit.register(self.close)
        _living.add(self)

    def empty(self) -> bool:
        """Let go of its folder and of what it keeps of files. False if it cannot: it spilled, or was locked."""
        try:
            self.connection.execute("SET temp_directory = ''")
            self.connection.execute(
                "SET enable_external_file_cache = false; RESET enable_external_file_cache"
            )
        except duckdb.Error:
            return False
        shutil.rmtree(self.spill, ignore_errors=True)
        return True

    def move_in(self, settings: Settings) -> None:
        """An empty one gets a folder again, in the home of these settings."""
        self.spill, self.retired = unmade(settings), False
        folder = str(self.spill).replace("'", "''")
        self.connection.execute(f"SET temp_directory = '{folder}'")

    def close(self) -> None:
        atexit.unregister(self.close)
        self.connection.close()
        shutil.rmtree(self.spill, ignore_errors=True)

    def leave_behind(self) -> None:
        """In a child process: the instance's threads are not here, and its folder is the parent's, so it is neither
        closed nor ever freed."""
        atexit.unregister(self.close)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.connection))


SPARE = 2
"""Empty instances that are kept: one that was shared, and one that was somebody's alone."""

_lock = threading.Lock()
_spare: list[Instance] = []
_shared: dict[tuple[str, str, int], Instance] = {}
_living: weakref.WeakSet[Instance] = weakref.WeakSet()


def _limits(settings: Settings) -> tuple[str, int]:
    return settings.memory_limit, settings.threads


@contextlib.contextmanager
def connected(settings: Settings, *, alone: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the process's instance with an empty database of its own; or, `alone`, to an instance of its
    own, for who changes settings that an instance has only once."""
    instance = _taken(settings, alone=alone)
    try:
        with _database(instance) as connection:
            yield connection
    finally:
        _given_back(instance)


def _taken(settings: Settings, *, alone: bool) -> Instance:
    with _lock:
        if alone:
            instance = _made(settings)
            instance.users, instance.retired = 1, True
            return instance
        key = (str(settings.root), *_limits(settings))
        if key not in _shared:
            _retire()
            _shared[key] = _made(settings)
        _shared[key].users += 1
        return _shared[key]


def _made(settings: Settings) -> Instance:
    """An empty one that was kept, moved into this home; or a new one."""
    instance = next((one for one in _spare if one.limits == _limits(settings)), None)
    if instance is None:
        return Instance(settings)
    _spare.remove(instance)
    instance.move_in(settings)
    return instance


def _retire() -> None:
    """A process works for one home with one limit; who comes with another takes the place of the one before."""
    for instance in _shared.values():
        instance.retired = True
        if not instance.users:
            _put_aside(instance)
    _shared.clear()


def _put_aside(instance: Instance) -> None:
    if not instance.empty():
        instance.close()
        return
    _spare.append(instance)
    for oldest in _spare[:-SPARE]:
        _spare.remove(oldest)
        oldest.close()


def _given_back(instance: Instance) -> None:
    with _lock:
        instance.users -= 1
        if instance.retired and not instance.users:
            _put_aside(instance)


@contextlib.contextmanager
def _database(instance: Instance) -> Iterator[duckdb.DuckDBPyConnection]:
    connection, name = instance.connection.cursor(), f"own{next(instance.names)}"
    connection.execute(f"ATTACH ':memory:' AS {name}; USE {name}; SET enable_progress_bar = false")
    try:
        yield connection
    finally:
        connection.close()
        with contextlib.suppress(duckdb.Error), instance.connection.cursor() as last:
            last.execute(f"DETACH {name}")


def _leave_behind() -> None:
    global _lock
    _lock = threading.Lock()
    for instance in _living:
        instance.leave_behind()
    _living.clear()
    _shared.clear()
    _spare.clear()


os.register_at_fork(after_in_child=_leave_behind)
