"""A sheet of an Excel workbook as the text it stands for: UTF-8, comma, quoted where needed.

Days are ISO, whole numbers have no `.0`, a text cell is kept as it stands. Read by calamine, which is many
times faster than readers in Python; it holds the sheet in memory, so sheets are measured before they are read.
"""

from __future__ import annotations

import csv
import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from governance.errors import UnreadableInput

CHUNK = 4 << 20
MOST_CELLS, MOST_BYTES = 40_000_000, 4 << 30
"""A sheet of so many cells, used or not, takes about 1.5 GB in memory."""
CELL = re.compile(rb'<(?:\w+:)?c [^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
ERROR = re.compile(
    rb'<(?:\w+:)?c (?=[^>]{0,200}?\bt="e")[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"[^>]{0,200}>'
    rb"(?:(?!</(?:\w+:)?c>).){0,20000}?<(?:\w+:)?v>([^<]{1,40})</",
    re.DOTALL,
)
"""A cell that holds an error (`#N/A`), which calamine reads as nothing: where it is, and the error."""
BOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
SHEET, LINK = (re.compile(rb"<(?:\w+:)?" + tag + rb"\s[^>]*>") for tag in (b"sheet", b"Relationship"))
ATTRIBUTE = re.compile(rb"""(?:\w+:)?(\w+)\s*=\s*(["'])(.*?)\2""", re.DOTALL)
LONGEST = 30_000
"""Bytes of a cell at most, its formula included."""
TOO_BIG = "The sheet spans more than {:,} cells."
LEADING = 50
Errors = dict[tuple[int, int], str]
"""The error of a cell by its row and column, both from 1."""


@dataclass(frozen=True)
class Sheet:
    """The sheet that was written to `path`, and all that the workbook has."""

    path: Path
    name: str
    others: tuple[str, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        if not self.others:
            return ()
        names = ", ".join(self.others[:8]) + (" …" if len(self.others) > 8 else "")
        return (f"The sheet {self.name} is read; the workbook has {len(self.others):,} more: {names}.",)


def to_text(path: Path, target: Path, *, sheet: str = "", limit: int = 0) -> Sheet:
    """Write one sheet, the first with anything in it unless one is named; with `limit`, its first rows.

    Raises UnreadableInput when the workbook is damaged or locked, or has no such sheet.
    """
    import python_calamine as calamine  # only this stage needs it

    try:
        errors = _measure(path)
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = [one.name for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
        grid = _grid(book, [_named(names, sheet)] if sheet else names)
        name = str(grid.name)
        with target.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(_rows(grid, limit, errors.get(name, {})))
    except (calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
        locked = "password" in str(error).lower()
        raise UnreadableInput(
            "The workbook is locked with a password." if locked else "The workbook is damaged.",
            "Save it without a password."
            if locked
            else "Open it in Excel, save it again, and send it again.",
        ) from error
    return Sheet(target, name, tuple(one for one in names if one != name))


def _named(names: list[str], wanted: str) -> str:
    for name in names:
        if name.strip().casefold() == wanted.strip().casefold():
            return name
    raise UnreadableInput(f"The workbook has no sheet {wanted}.", f"It has: {', '.join(names)}.")


def _grid(book: Any, names: list[str]) -> Any:
    """The first of these sheets with anything in it."""
    for name in names:
        grid = book.get_sheet_by_name(name)
        if grid.end is not None:
            return grid
    raise UnreadableInput("The workbook has no sheet with anything in it.", "Check the export.")


def _measure(path: Path) -> dict[str, Errors]:
    """The errors of each sheet by its name. Refuses a workbook whose sheets would not fit into memory: a cell at the
    far corner is enough."""
    found: dict[str, Errors] = {}
    with zipfile.ZipFile(path) as package:
        if sum(info.file_size for info in package.infolist()) > MOST_BYTES:
            raise UnreadableInput("The workbook unpacks to more than 4 GB.", "Save the sheet as CSV first.")
        for info in package.infolist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", info.filename):
                with package.open(info) as stream:
                    found[info.filename] = _measure_sheet(stream)
        return {name: found.get(file, {}) for name, file in _files(package)}


def _files(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The name of each sheet and the file in the package that holds it (ECMA-376, part 1, 18.2.19). Nothing of a binary
    workbook, which has neither."""
    if not {BOOK, LINKS} <= {*package.namelist()}:
        return
    links = [_attributes(tag) for tag in LINK.findall(package.read(LINKS))]
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for tag in SHEET.findall(package.read(BOOK)):
        sheet = _attributes(tag)
        target = targets.get(sheet.get("id"), "")
        yield sheet.get("name", ""), target[1:] if target.startswith("/") else f"xl/{target}"


def _attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a tag, without their prefixes."""
    return {name.decode(): html.unescape(value.decode()) for name, _, value in ATTRIBUTE.findall(tag)}


def _measure_sheet(stream: Any) -> Errors:
    errors: Errors = {}
    widest = longest = 0
    held = b""
    while chunk := stream.read(CHUNK):
        held += chunk
        for column, row in set(CELL.findall(held)) if len(held) < CHUNK else CELL.findall(held):
            longest = max(longest, int(row))
            widest = max(widest, _ordinal(column))
        if longest * widest > MOST_CELLS:
            raise UnreadableInput(TOO_BIG.format(MOST_CELLS), "Save the sheet as CSV first.")
        if b't="e"' in held:
            errors |= {
                (int(row), _ordinal(column)): said.decode() for column, row, said in ERROR.findall(held)
            }
        held = held[-LONGEST:]
    return errors


def _ordinal(column: bytes) -> int:
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number


def _rows(grid: Any, limit: int, errors: Errors) -> Iterator[list[str]]:
    """The rows as text, errors as they are shown. Lines before the table lose their empty cells, so that they are seen
    to be narrow."""
    width, leading = grid.end[1] + 1, True
    wrong: dict[int, list[tuple[int, str]]] = {}
    for (row, column), said in errors.items():
        wrong.setdefault(row - 1, []).append((column - 1 - grid.start[1], said))
    for number, row in enumerate(grid.iter_rows()):
        if limit and number >= limit:
            return
        cells = [_text(cell) for cell in row]
        for at, said in wrong.get(number, ()):
            cells[at] = said
        used = max((at for at, cell in enumerate(cells, 1) if cell), default=0)
        leading = leading and number < LEADING and used <= width // 2
        yield cells[:used] if leading else cells


def _text(cell: Any) -> str:
    """A cell as text: what a person reads in it, without the format of the sheet."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return _duration(cell)
    return number_text(cell) if isinstance(cell, int | float) else str(cell)


def number_text(number: float) -> str:
    """A number in plain decimals: 1200 and not 1200.0 or 1.2e3."""
    if isinstance(number, int) or (number == number // 1 and abs(number) < 1e16):
        return str(int(number))
    return format(Decimal(repr(number)), "f") if number - number == 0 else str(number)


def _duration(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
