"""A file of any kind we read: out of its archive, its format told by its bytes, described, read.

The name of a file is never believed: what it is stands in its first bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine
from governance.reading import excel, jsonlines, parquet, records
from governance.reading.choice import NOTHING, ReadingChoice
from governance.reading.dialect import Format, Reading, find_out
from governance.reading.encoding import SAMPLE, refuse_binary
from governance.reading.unpack import is_workbook, packing_of, unpack
from governance.reading.unreadable import COLUMNS
from governance.scratch import beside
from governance.tables import BronzeTable, UnreadableTable

HEAD = 8 << 20
"""Bytes that are unpacked for a look."""
HEAD_ROWS = 5_000
LOOK = 4_096
MARKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""Byte order marks, the NULs of UTF-16, and blanks: what may stand before the first sign of a text."""


@dataclass(frozen=True)
class Opened:
    """A file ready to be read at `path`. `size` is that of the unpacked text, about; `whole`: all is there."""

    path: Path
    folder: Path
    format: Format
    packing: str
    size: int
    whole: bool
    sheet: excel.Sheet | None = None


@contextmanager
def opened(
    path: Path, *, engine: Engine, choice: ReadingChoice = NOTHING, look_only: bool = False
) -> Iterator[Opened]:
    """Unpack a file as far as needed; what is written on the way goes when the block ends.

    Raises UnreadableInput when it is damaged, empty, or of a kind that is no table.
    """
    spill = Path(str(engine.value("SELECT current_setting('temp_directory')")))
    with beside(spill) as folder:
        plain, size, whole, packing = path, path.stat().st_size, True, packing_of(path)
        if packing:
            limit = HEAD if look_only else 0
            got = unpack(path, folder / "unpacked", packing=packing, member=choice.sheet, limit=limit)
            plain, size, whole = got.path, got.size, got.whole
        format_ = _format(plain, choice)
        if format_ == "excel":
            wanted = "" if packing == "zip" else choice.sheet
            limit = HEAD_ROWS if look_only else 0
            sheet = excel.to_text(plain, folder / "sheet", sheet=wanted, limit=limit)
            size = sheet.path.stat().st_size
            yield Opened(sheet.path, folder, format_, packing, size, whole, sheet)
        else:
            yield Opened(plain, folder, format_, packing, size, whole)


def _format(path: Path, choice: ReadingChoice) -> Format:
    with path.open("rb") as file:
        head = file.read(LOOK)
    if head.startswith(b"PAR1") and head[4:5] < b" ":
        return "parquet"
    if head.startswith(b"PK") and is_workbook(path):
        return "excel"
    refuse_binary(head)
    if choice.delimiter or head.translate(None, MARKS)[:1] not in (b"{", b"["):
        return "text"  # nothing more is read of the file to know that
    sample = jsonlines.sample_of(path, choice)
    jsonlines.refuse_array(sample)
    return "jsonl" if jsonlines.looks_like(sample) else "text"


def look(
    file: Opened, *, engine: Engine, expected: tuple[str, ...] = (), choice: ReadingChoice = NOTHING
) -> Reading:
    """How an opened file is read. Raises as `find_out` does."""
    if file.format == "parquet":
        reading = parquet.describe(file.path, engine=engine)
    elif file.format == "jsonl":
        reading = jsonlines.describe(file.path, engine=engine, folder=file.folder, choice=choice)
    elif file.sheet:
        fixed = {"encoding": "utf-8", "delimiter": ",", "quote": '"'}
        reading = find_out(
            file.path, engine=engine, expected=expected, choice=choice.model_copy(update=fixed)
        )
        doubts = (*file.sheet.doubts, *reading.doubts)
        reading = reading.model_copy(update={"format": "excel", "sheet": file.sheet.name, "doubts": doubts})
    else:
        reading = find_out(file.path, engine=engine, expected=expected, choice=choice)
    return reading.model_copy(update={"packing": file.packing})


def read(
    file: Opened, reading: Reading, *, engine: Engine, bench: Bench, name: str
) -> tuple[BronzeTable, UnreadableTable]:
    """Every record of an opened file, as a row of text or as an unreadable line."""
    if reading.format in ("text", "excel"):
        return records.read(file.path, reading, engine=engine, bench=bench, name=name)
    other = name_of(name, "unreadable")
    vault = bench.vault
    with vault.writing(name) as bronze, vault.writing(other) as unreadable:
        if reading.format == "parquet":
            rows, lines = parquet.read(
                file.path, reading, engine=engine, bronze=bronze, unreadable=unreadable
            )
        else:
            rows, lines = jsonlines.read(
                reading, engine=engine, folder=file.folder, bronze=bronze, unreadable=unreadable
            )
    return (
        BronzeTable(name=name, path=vault.table(name), rows=rows, columns=reading.columns),
        UnreadableTable(name=other, path=vault.table(other), rows=lines, columns=COLUMNS),
    )


def sample_size(file: Opened) -> int:
    """Bytes of an opened text that a look sees."""
    return min(file.path.stat().st_size, SAMPLE)
