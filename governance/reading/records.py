"""Every record of a file, as text: a bronze row, or an unreadable line with its number and its text.

A plain file is read by the engine in one pass. What that pass cannot be trusted with (see `census`) is
mended first, and either way the engine's rows and rejects must add up to the records that were counted.
"""

from __future__ import annotations

import contextlib
import mmap
from dataclasses import dataclass
from pathlib import Path

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine, literal
from governance.errors import TerminalFault
from governance.reading.census import Census, count
from governance.reading.dialect import Reading
from governance.reading.encoding import SAMPLE, utf8_chunks
from governance.reading.mend import LONGEST, end_of_data, mend, start_of_data
from governance.reading.rejects import Rejects
from governance.reading.unreadable import COLUMNS, Unreadable
from governance.scratch import scratch
from governance.tables import BronzeTable, UnreadableTable

ENGINE_LINE = 1_900_000
"""Bytes of a record that the engine reads with its usual buffers (it says 2,000,000)."""
WIDE = "max_line_size = 20000000, buffer_size = 80000000"
SPOT, SPOTS = 64 << 10, 16
REJECTS, REJECT_BYTES = 200_000, 64 << 20
"""Rejects that the engine may record, and the bytes of text they may take; the mender does more of them."""


@dataclass(frozen=True)
class _Work:
    """What is read, and where to."""

    reading: Reading
    engine: Engine
    bench: Bench
    name: str
    folder: Path

    @property
    def unreadable(self) -> str:
        return name_of(self.name, "unreadable")

    def done(self, rows: int, lines: int) -> tuple[BronzeTable, UnreadableTable]:
        table = self.bench.vault.table
        return (
            BronzeTable(name=self.name, path=table(self.name), rows=rows, columns=self.reading.columns),
            UnreadableTable(name=self.unreadable, path=table(self.unreadable), rows=lines, columns=COLUMNS),
        )


class _NotAll(Exception):
    """The engine's rows are not what was counted."""


def read(
    path: Path, reading: Reading, *, engine: Engine, bench: Bench, name: str
) -> tuple[BronzeTable, UnreadableTable]:
    """Read a file that `find_out` has described; the bronze table gets this name.

    Records in = bronze rows + unreadable rows, by an independent count; a TerminalFault if they are not.
    """
    with scratch(bench.settings) as folder:
        work = _Work(reading, engine, bench, name, folder)
        text, offset = _as_utf8(path, reading, work.folder)
        text = _without_footer(text, offset, work) if reading.footer else text
        census, simple = _census(text, offset, reading)
        if simple and census.plain and census.longest <= LONGEST and _sound(text, reading):
            with contextlib.suppress(TerminalFault, _NotAll):
                return _read_plain(text, census, work)
        return _read_mended(text, offset, work, tidy=census.tidy)


def _as_utf8(path: Path, reading: Reading, folder: Path) -> tuple[Path, int]:
    """(file, offset of its text): the file itself, or a copy in UTF-8."""
    if reading.encoding == "utf-8":
        return path, reading.source.bom
    copy = folder / "utf8"
    with copy.open("wb") as out:
        out.writelines(utf8_chunks(path, reading.source))
    return copy, 0


def _without_footer(path: Path, offset: int, work: _Work) -> Path:
    """A copy of the text without the lines at its end that a person says are not part of the table. The header
    is, whatever they say."""
    reading = work.reading
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start, _ = start_of_data(data, offset, reading)
        end = max(start, end_of_data(data, reading.footer, reading.grammar.eol))
        copy = work.folder / "without_footer"
        with copy.open("wb") as out:
            for start in range(0, end, SAMPLE):
                out.write(data[start : min(end, start + SAMPLE)])
    return copy


def _census(path: Path, offset: int, reading: Reading) -> tuple[Census, bool]:
    """What is in the file, and whether nothing but a header of one line precedes the data."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start, line = start_of_data(data, offset, reading)
    return count(path, start=start, grammar=reading.grammar), line == 1 + reading.header


def _sound(path: Path, reading: Reading) -> bool:
    """Have at least 99 of 100 lines, at some spots of the file, as many fields as there are columns?

    The engine needs a kilobyte and 15 microseconds for each line that it rejects; the mender a third.
    """
    grammar, columns = reading.grammar, len(reading.columns)
    lines: list[bytes] = []
    with path.open("rb") as file:
        for spot in range(0, path.stat().st_size, max(SPOT, path.stat().st_size // SPOTS)):
            file.seek(spot)
            lines += [grammar.strip(line) for line in file.read(SPOT).split(grammar.eol)[1:-1]]
    counted = [line for line in lines if line and grammar.quote not in line]
    wrong = sum(
        line.count(grammar.delimiter) + 1 < columns
        or line.rstrip(grammar.delimiter).count(grammar.delimiter) + 1 > columns
        for line in counted
    )
    return wrong <= max(100, len(counted) / 100)


def _read_plain(path: Path, census: Census, work: _Work) -> tuple[BronzeTable, UnreadableTable]:
    limit = max(1, min(REJECTS, REJECT_BYTES // (census.longest + 1)))
    rejects = Rejects(work.engine, path, work.reading, folder=work.folder, limit=limit)
    options = [f"skip = {int(work.reading.header)}", rejects.options, *_newline(work.reading.newline)]
    scan = _scan(path, work.reading, options, census.longest)
    vault = work.bench.vault
    try:
        with vault.writing(work.name) as bronze, vault.writing(work.unreadable) as unreadable:
            rows = work.engine.write(f"SELECT * FROM {scan}", bronze, width=len(work.reading.columns))
            lines = rejects.write(unreadable)
            if rejects.misread() or rows + lines != census.expected(len(work.reading.columns)):
                raise _NotAll
    finally:
        rejects.drop()
    return work.done(rows, lines)


def _read_mended(path: Path, offset: int, work: _Work, *, tidy: bool) -> tuple[BronzeTable, UnreadableTable]:
    vault, reading = work.bench.vault, work.reading
    with vault.writing(work.name) as bronze, vault.writing(work.unreadable) as kept:
        with Unreadable(kept) as unreadable:
            target = work.folder / "mended"
            mended = mend(path, target, offset=offset, reading=reading, unreadable=unreadable, tidy=tidy)
        newline = _newline("\r" if reading.newline == "\r" else "\n")
        scan = _scan(target, reading, newline, mended.longest)
        rows = work.engine.write(f"SELECT * FROM {scan}", bronze, width=len(reading.columns))
        if rows != mended.records:
            raise TerminalFault("The rows read do not add up to the records of the file; nothing was kept.")
    return work.done(rows, unreadable.rows)


def _newline(newline: str) -> list[str]:
    """Told to the engine, except CR LF: DuckDB 2.0 finds that out, but misreads it when it is told."""
    names = {"\n": r"\n", "\r": r"\r"}
    return [f"new_line = {literal(names[newline])}"] if newline in names else []


def _scan(path: Path, reading: Reading, options: list[str], longest: int) -> str:
    """A FROM item that reads the records; nothing is left for the engine to guess."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in reading.columns)
    fixed = [
        f"delim = {literal(reading.delimiter)}, quote = {literal(reading.quote)}, comment = ''",
        f"escape = {literal(reading.quote)}, header = false, auto_detect = false, strict_mode = true",
        "encoding = 'utf-8', compression = 'none', hive_partitioning = false, null_padding = false",
        *([WIDE] if longest > ENGINE_LINE else []),
        f"columns = {{{columns}}}",
    ]
    return f"read_csv({literal(path)}, {', '.join([*options, *fixed])})"
