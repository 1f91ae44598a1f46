"""Every record of a file, as text: a bronze row, or an unreadable line with its number and its text.

A plain file is read by the engine in one pass. What that pass cannot be trusted with (see `census`) is
mended first, and either way the engine's rows and rejects must add up to the records that were counted.
"""

from __future__ import annotations

import mmap
import tempfile
from dataclasses import dataclass
from pathlib import Path

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine, literal
from governance.errors import TerminalFault
from governance.reading.census import count
from governance.reading.dialect import Reading
from governance.reading.encoding import utf8_chunks
from governance.reading.mend import LONGEST, mend, start_of_data
from governance.reading.rejects import Rejects, Source
from governance.reading.unreadable import Unreadable
from governance.tables import BronzeTable, UnreadableTable

ENGINE_LINE = 1_900_000
"""Bytes of a record that the engine reads with its usual buffers (it says 2,000,000)."""
WIDE = "max_line_size = 20000000, buffer_size = 80000000"


@dataclass(frozen=True)
class _Work:
    reading: Reading
    engine: Engine
    bench: Bench
    name: str
    folder: Path


def read(
    path: Path, reading: Reading, *, engine: Engine, bench: Bench, name: str
) -> tuple[BronzeTable, UnreadableTable]:
    """Read a file that `find_out` has described; the bronze table gets this name.

    Records in = bronze rows + unreadable rows, by an independent count; a TerminalFault if they are not.
    """
    spill = bench.settings.root / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=spill, ignore_cleanup_errors=True) as folder:
        work = _Work(reading, engine, bench, name, Path(folder))
        text, offset = _as_utf8(path, reading, work.folder)
        plain = _plain(text, offset, reading)
        taken = _take(plain, work) if plain else None
        if taken is None:
            taken = _take(_mended(text, offset, reading, work.folder), work)
    if taken is None:
        raise TerminalFault("The rows read do not add up to the records of the file; nothing was kept.")
    return taken


def _as_utf8(path: Path, reading: Reading, folder: Path) -> tuple[Path, int]:
    """(file, offset of its text): the file itself, or a copy in UTF-8."""
    if reading.encoding == "utf-8":
        return path, reading.source.bom
    copy = folder / "utf8"
    with copy.open("wb") as out:
        out.writelines(utf8_chunks(path, reading.source))
    return copy, 0


def _plain(path: Path, offset: int, reading: Reading) -> Source | None:
    """The file as it is, when the engine can be trusted with it."""
    if reading.skip:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start, line = start_of_data(data, offset, reading)
    census = count(path, start=start, grammar=reading.grammar)
    if not census.plain or census.longest > LONGEST or line != 1 + reading.header:
        return None
    records = census.expected(len(reading.columns))
    return Source(path, reading.newline, int(reading.header), 1, records, census.longest)


def _mended(path: Path, offset: int, reading: Reading, folder: Path) -> Source:
    unreadable = Unreadable(folder / "unreadable.parquet")
    try:
        mended = mend(path, folder / "mended", offset=offset, reading=reading, unreadable=unreadable)
    finally:
        unreadable.close()
    newline = "\r" if reading.newline == "\r" else "\n"
    return Source(mended.path, newline, 0, mended.first_line, mended.records, mended.longest, unreadable.path)


def _take(source: Source, work: _Work) -> tuple[BronzeTable, UnreadableTable] | None:
    """Let the engine read; None when it fails, or when rows and rejects are not what was counted."""
    reading, engine, bench, name = work.reading, work.engine, work.bench, work.name
    bad_name = name_of(name, "unreadable")
    rejects = Rejects(engine, source, reading, folder=work.folder)
    try:
        with bench.vault.writing(name) as bronze, bench.vault.writing(bad_name) as unreadable:
            rows = engine.write(f"SELECT * FROM {_scan(source, reading, rejects)}", bronze)
            if rows + rejects.find() != source.records:
                raise TerminalFault("The rows read do not add up to the records of the file.")
            bad = rejects.write(unreadable)
    except TerminalFault:
        return None
    finally:
        rejects.drop()
    columns = ("line", "reason", "text")
    return (
        BronzeTable(name=name, path=bench.vault.table(name), rows=rows, columns=reading.columns),
        UnreadableTable(name=bad_name, path=bench.vault.table(bad_name), rows=bad, columns=columns),
    )


def _scan(source: Source, reading: Reading, rejects: Rejects) -> str:
    """A FROM item that reads the records; nothing is left for the engine to guess."""
    newline = {"\n": r"\n", "\r\n": r"\r\n", "\r": r"\r"}[source.newline]
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in reading.columns)
    options = [
        f"delim = {literal(reading.delimiter)}, quote = {literal(reading.quote)}",
        f"escape = {literal(reading.quote)}, new_line = {literal(newline)}, comment = ''",
        f"skip = {source.skip}, header = false, auto_detect = false, strict_mode = true",
        "encoding = 'utf-8', compression = 'none', hive_partitioning = false, null_padding = false",
        f"store_rejects = true, rejects_limit = 0, {rejects.options}, columns = {{{columns}}}",
    ]
    if source.longest > ENGINE_LINE:
        options.append(WIDE)
    return f"read_csv({literal(source.path)}, {', '.join(options)})"
