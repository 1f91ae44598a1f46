"""Make a broken file plain: every record of the output parses, and what does not parse costs one line.

A quote that is opened and never closed swallows the rest of a file in every reader that believes it. Here
its line is kept as unreadable and reading goes on with the next line. Line numbers stay: an unreadable
line leaves an empty one behind (in a file of one column, where that would be a value, a line with too many
fields). Values are not touched; they are only written another way: stray quotes get proper ones.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from governance.reading.dialect import Reading
from governance.reading.grammar import Bytes, Grammar
from governance.reading.unreadable import NOT_CLOSED, TEXT, TOO_LONG, Unreadable, wrong_width

LONGEST = 8 << 20
"""Bytes of a record that is read; a longer one is kept as unreadable."""
NEAR, FAR = 64 << 10, 64 << 20
FAR_LOOKS = 64
"""How often the mender looks further than `NEAR` for a closing quote: what bounds its time."""
BLOCK = 1 << 20


@dataclass(frozen=True)
class Mended:
    """A plain file: its records, the bytes of the longest of them that was looked at by itself, and the
    line of the original that its first line is."""

    path: Path
    records: int
    longest: int
    first_line: int


def start_of_data(data: Bytes, offset: int, reading: Reading) -> tuple[int, int]:
    """(byte offset, 1-based line) of the first line after the header."""
    grammar = reading.grammar
    position, size = offset, len(data)
    for _ in range(reading.skip):
        position = grammar.line_end(data, position)
    line = reading.skip + 1
    if reading.header and position < size:
        stop = min(size, position + LONGEST)
        found = grammar.record.match(data, position, stop)
        end = found.end() if found and found.end() < stop else grammar.line_end(data, position)
        line += data[position:end].count(grammar.eol)
        position = end
    return position, line


def mend(source: Path, target: Path, *, offset: int, reading: Reading, unreadable: Unreadable) -> Mended:
    """Write what parses of `source` (UTF-8, its text starting at `offset`) to `target`, in one pass."""
    with (
        source.open("rb") as file,
        target.open("wb") as out,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        start, line = start_of_data(data, offset, reading)
        mender = _Mender(data, out, reading, unreadable)
        mender.line = line
        mender.run(start)
        return Mended(target, mender.records, mender.longest, line)


class _Mender:
    def __init__(self, data: mmap.mmap, out: BinaryIO, reading: Reading, unreadable: Unreadable) -> None:
        self.data, self.out, self.unreadable = data, out, unreadable
        self.size = len(data)
        self.grammar: Grammar = reading.grammar
        self.columns = len(reading.columns)
        self.far_looks = FAR_LOOKS
        self.records = self.longest = 0
        self.line = 1
        self.swallowed = self.grammar.whole_line(self.columns)

    def run(self, position: int) -> None:
        """Blocks of healthy lines go through whole; whatever stops a block is looked at by itself."""
        while position < self.size:
            block = self.grammar.block.match(self.data, position, min(self.size, position + BLOCK))
            if block:
                self._pass(block[0])
                position = block.end()
            else:
                position = self._record(position)

    def _pass(self, block: bytes) -> None:
        eol = self.grammar.eol
        text = block.replace(b"\r\n", b"\n") if eol == b"\n" else block
        lines = text.count(eol)
        if self.columns == 1:
            text = self.grammar.blank.sub(self._empty_cell(), text)
            self.records += lines
        else:
            blank = eol * 2 in text or text.startswith(eol)
            self.records += lines - (len(self.grammar.blank.findall(text)) if blank else 0)
        self.line += lines
        self.out.write(text)

    def _record(self, position: int) -> int:
        """One record that is not simple: many lines, a stray quote, a last line without end, or broken."""
        end = self._match(position)
        if not end or self._swallows(position, end):
            return self._give_up(position, self.grammar.line_end(self.data, position), NOT_CLOSED)
        if end - position > LONGEST:
            return self._give_up(position, end, TOO_LONG)
        record = self.data[position:end]
        if self.columns > 1 and not self.grammar.strip(record):
            text = self.grammar.eol
        else:
            fields = self._fields(record)
            if len(fields) != self.columns:
                return self._give_up(position, end, wrong_width(len(fields), self.columns))
            text = self.grammar.written(fields)
            text = self._empty_cell() if text == self.grammar.eol else text
            self.records += 1
        self.longest = max(self.longest, len(text))
        self.line += record.count(self.grammar.eol)
        self.out.write(text)
        return end

    def _fields(self, record: bytes) -> list[bytes]:
        """The values; empty fields after the last column are no values, for the engine neither."""
        fields = self.grammar.fields(record)
        return fields if any(fields[self.columns :]) else fields[: self.columns]

    def _match(self, position: int) -> int:
        """Where the record ends that starts here; 0 when none does within reach."""
        for reach in (NEAR, FAR):
            stop = min(self.size, position + reach)
            found = self.grammar.record.match(self.data, position, stop)
            whole = stop == self.size or self.data[stop - 1 : stop] == self.grammar.eol
            if found and (whole or found.end() < stop):
                return found.end()
            if stop == self.size or reach == FAR or self.far_looks == 0:
                break
            self.far_looks -= 1
        return 0

    def _swallows(self, position: int, end: int) -> bool:
        """Does a record of several lines hold what are whole records by themselves? Then its quote was
        opened by mistake. (Two columns need one delimiter only, which prose has too: there the number of
        fields must be wrong as well.)"""
        first = self.grammar.line_end(self.data, position)
        if first >= end or self.columns == 1:
            return False
        if self.columns == 2 and len(self.grammar.raw_fields(self.data[position:end])) == 2:
            return False
        return self.swallowed.search(self.data, first, min(end, first + NEAR)) is not None

    def _give_up(self, position: int, end: int, reason: str) -> int:
        """Keep the line (or the record) as unreadable, leave as many empty lines, and go on after it."""
        text = self.grammar.strip(self.data[position : min(end, position + TEXT)])
        lines = max(1, self.data[position:end].count(self.grammar.eol))
        reason = TOO_LONG if end - position > LONGEST else reason
        self.unreadable.keep(self.line, reason, text, end - position)
        self.out.write(self._gap(lines))
        self.line += lines
        return end

    def _gap(self, lines: int) -> bytes:
        """Lines that hold no record: in one column, a record that is sure to be refused."""
        if self.columns > 1:
            return self.grammar.eol * lines
        inside = self.grammar.eol * (lines - 1)
        quoted = self.grammar.quote + inside + self.grammar.quote
        return quoted + self.grammar.delimiter + b"x" + self.grammar.eol

    def _empty_cell(self) -> bytes:
        return self.grammar.quote * 2 + self.grammar.eol
