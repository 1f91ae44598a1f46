"""Where input comes from: a path, an object in S3, many files by a pattern, a table or query of a database.

Whatever it is, its bytes end up in the vault under their digest, and a run reads only those.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

from governance.bench import Bench
from governance.errors import InputError, TerminalFault, TransientFault
from governance.reading.parts import MOST, File, listed
from governance.scratch import scratch

T = TypeVar("T")
SIGNS = re.compile(r"[*?\[]")
DATABASE = re.compile(r"([a-z][a-z0-9]*)(\+[a-z0-9_]+)?://", re.IGNORECASE)


def fetch(bench: Bench, source: str, *, query: str = "") -> tuple[str, str]:
    """(input digest, file name) of a local path, an `s3://bucket/key`, a pattern of either, or a table of a
    database by its SQLAlchemy URL (`…?table=NAME`, or a `query`); its bytes are kept in the vault.

    Raises InputError when there is no such thing or it may not be read, TransientFault or TerminalFault
    when a store or database does not answer.
    """
    if source.startswith("s3://"):
        pattern = source.endswith("/") or "*" in source
        return (
            _fetch_objects(bench, source) if pattern else (_object(bench, source), source.rpartition("/")[2])
        )
    if DATABASE.match(source):
        return _fetch_table(bench, source, query)
    try:
        path = Path(source).expanduser()
        if SIGNS.search(source) and "\0" not in source and not path.exists():
            return _fetch_paths(bench, str(path))
        _must_be_file(path, source)
        return _keep(bench, path), path.name
    except PermissionError as error:
        raise InputError(f"{source} may not be read.", "Give this user the right to read it.") from error
    except (OSError, RuntimeError) as error:
        raise InputError(f"{source} cannot be opened.", "Check the path, and the disk it is on.") from error


def safe_source(source: str) -> str:
    """A source as it may be shown and recorded: the address of a database without password and options."""
    if source.startswith("s3://") or not DATABASE.match(source):
        return source
    scheme, _, rest = source.partition("://")
    account, at, place = rest.rpartition("@")
    host, _, options = place.partition("?")
    user = re.split(r"[:/?]", account)[0]  # a password may hold any sign, even a question mark
    table = re.search(r"(?:\A|&)table=([^&]*)", options)
    return f"{scheme}://{user}{at}{host}" + (f"?table={table[1]}" if table else "")


def _keep(bench: Bench, path: Path) -> str:
    with path.open("rb") as stream:
        return bench.vault.keep_bytes(stream)[0]


def _fetch_paths(bench: Bench, pattern: str) -> tuple[str, str]:
    """Every regular file that a pattern names, by name; one file alone is just that file."""
    found = sorted(name for name in glob.glob(pattern, recursive=True) if Path(name).is_file())
    _some(found, pattern)
    return _together(bench, pattern, [(name, _keep(bench, Path(name))) for name in found])


def _fetch_objects(bench: Bench, url: str) -> tuple[str, str]:
    """Every object that a pattern names; an address that ends in `/` names all below it."""
    from storage.objects import list_objects  # boto3 is slow to import

    settings, pattern = bench.settings, url + "*" if url.endswith("/") else url
    head = pattern.partition("*")[0]
    keys = _asked(
        lambda: list_objects(head, endpoint=settings.s3_endpoint, region=settings.s3_region, most=MOST)
    )
    found = [key for key in keys if fnmatchcase(key, pattern) and not key.endswith("/")]
    _some(found, url)
    return _together(bench, url, [(key, _object(bench, key)) for key in found])


def _some(found: list[str], pattern: str) -> None:
    if not found:
        raise InputError(
            f"No file is named like {pattern}.", f"Paths count from {os.getcwd()}; check the spelling."
        )
    if len(found) > MOST:
        raise InputError(f"{pattern} names {len(found):,} files; at most {MOST:,} are read as one table.",
                         "Narrow the pattern.")  # fmt: skip


def _together(bench: Bench, pattern: str, found: list[tuple[str, str]]) -> tuple[str, str]:
    """(digest, name) of the list of files; of the file itself where there is one."""
    names = [Path(name).name for name, _ in found]
    if len(found) == 1:
        return found[0][1], names[0]
    if len(set(names)) < len(names):
        names = [name.removeprefix("s3://") for name, _ in found]
    files = [
        File(file=name, digest=digest, size=bench.vault.raw(digest).stat().st_size)
        for name, (_, digest) in zip(names, found, strict=True)
    ]
    with tempfile.TemporaryFile() as stream:
        stream.write(listed(files))
        stream.seek(0)
        digest, _ = bench.vault.keep_bytes(stream)
    plain = re.sub(r"[*?\[\]]+", "_", pattern.rstrip("/").rpartition("/")[2])
    return digest, plain or "files"


def _object(bench: Bench, url: str) -> str:
    from storage import objects  # boto3 is slow to import

    settings = bench.settings

    def keep() -> str:
        with objects.open_object(url, endpoint=settings.s3_endpoint, region=settings.s3_region) as stream:
            return bench.vault.keep_bytes(stream)[0]

    return _asked(keep)


def _asked(ask: Callable[[], T]) -> T:
    """What an object store answers; its refusals become our errors."""
    from storage.objects import ObjectMissing, ObjectStoreFault

    try:
        return ask()
    except ObjectMissing as error:
        raise InputError(str(error), "Check bucket and key; the address is s3://bucket/key.") from error
    except ObjectStoreFault as error:
        fault = TransientFault if error.transient else TerminalFault
        raise fault(str(error), "Check endpoint, region and credentials of the object store.") from error


def _fetch_table(bench: Bench, url: str, query: str) -> tuple[str, str]:
    """A table, or what a query answers, as Parquet. A query's text is a note in the vault: it may hold values."""
    from storage import databases

    address, table = _table_of(url)
    if bool(table) == bool(query.strip()):
        raise InputError(
            f"{safe_source(url)}: say either which table, or which query.",
            "Add ?table=NAME to the address, or --query.",
        )
    if query:
        _one_select(query)
        bench.vault.keep_note(query)
    with scratch(bench.settings) as folder:
        file = folder / "table.parquet"
        try:
            databases.to_parquet(address, file, table=table, query=query)
        except databases.DatabaseRefused as error:
            raise InputError(f"{safe_source(url)}: {error}", "Check address, table and rights.") from error
        except databases.DatabaseFault as error:
            raise TransientFault(
                f"{safe_source(url)}: {error}", "Check that it is running, and try again."
            ) from error
        name = table or f"query-{hashlib.sha256(query.encode()).hexdigest()[:8]}"
        return _keep(bench, file), f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', name)}.parquet"


def _table_of(url: str) -> tuple[str, str]:
    """(address for the database, table) of our URL."""
    from urllib.parse import unquote_plus

    address, _, options = url.partition("?")
    given = [option.partition("=") for option in options.split("&") if option]
    table = next((unquote_plus(value) for name, _, value in given if name == "table"), "")
    rest = "&".join(f"{name}={value}" for name, _, value in given if name != "table")
    return (f"{address}?{rest}" if rest else address), table


def _one_select(query: str) -> None:
    """Refuse what is not one SELECT: the database is opened read-only as well, so this is the kinder answer."""
    import sqlglot
    from sqlglot import exp

    try:
        parsed = [one for one in sqlglot.parse(query) if one is not None]
    except sqlglot.errors.SqlglotError:
        parsed = []
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        raise InputError(
            "The query is not one SELECT.", "Write one SELECT (or WITH … SELECT) without a semicolon."
        )


def _must_be_file(path: Path, source: str) -> None:
    if path.is_dir():
        raise InputError(
            f"{source} is a folder.", f"Name one file in it, or a pattern such as {source}/*.csv."
        )
    if "\0" in source or not path.exists():
        raise InputError(
            f"There is no file {source}.", f"Paths count from {os.getcwd()}; check the spelling."
        )
    if not path.is_file():
        raise InputError(f"{source} is not a regular file.", "Name a file with a table in it.")
