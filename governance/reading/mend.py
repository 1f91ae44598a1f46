"""Make a broken file plain: every record of the output can be read, and what cannot costs one line.

A quote that is opened and never closed swallows the rest of a file in every reader that believes it. Here
its line is kept as unreadable and reading goes on with the next line. Values are not touched; they are only
written another way: stray quotes get proper ones, all lines end alike.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from governance.reading.dialect import Reading
from governance.reading.encoding import display, is_utf8
from governance.reading.grammar import Bytes, Grammar
from governance.reading.unreadable import NO_TEXT, NOT_CLOSED, TEXT, TOO_LONG, Unreadable, wrong_width

LONGEST = 8 << 20
"""Bytes of a record that is read; a longer one is kept as unreadable."""
NEAR, FAR = 64 << 10, 64 << 20
FAR_LOOKS = 64
"""How often the mender looks further than `NEAR` for a closing quote: what bounds its time."""
BLOCK, FEW = 1 << 20, 64 << 10


@dataclass(frozen=True)
class Mended:
    """A plain file without a header: its records, and the bytes of the longest that was written anew."""

    path: Path
    records: int
    longest: int


def start_of_data(data: Bytes, offset: int, reading: Reading) -> tuple[int, int]:
    """(byte offset, 1-based line) of the first line after the header."""
    grammar = reading.grammar
    position, size = offset, len(data)
    for _ in range(reading.skip):
        position = grammar.line_end(data, position)
    line = reading.skip + 1
    for _ in range(reading.header_lines if reading.header else 0):
        if position >= size:
            break
        stop = min(size, position + LONGEST)
        found = grammar.record.match(data, position, stop)
        end = found.end() if found and found.end() < stop else grammar.line_end(data, position)
        line += data[position:end].count(grammar.eol)
        position = end
    return position, line


def end_of_data(data: Bytes, lines: int, eol: bytes) -> int:
    """The byte offset where the last so many lines start that are not blank: what follows is a footer."""
    end = len(data)
    while lines and end > 0:
        start = data.rfind(eol, 0, end - 1) + 1
        lines -= bool(data[start:end].strip())
        end = start
    return end


def mend(
    source: Path, target: Path, *, offset: int, reading: Reading, unreadable: Unreadable, tidy: bool
) -> Mended:
    """Write what can be read of `source` (UTF-8, its text starting at `offset`) to `target`, in one pass.

    `tidy`: the quotes are known to be balanced, so that a record of many lines is what it says it is.
    """
    with (
        source.open("rb") as file,
        target.open("wb") as out,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        start, line = start_of_data(data, offset, reading)
        mender = _Mender(data, out, reading, unreadable, line)
        mender.tidy = tidy
        mender.run(start)
        return Mended(target, mender.records, mender.longest)


class _Mender:
    def __init__(
        self, data: mmap.mmap, out: BinaryIO, reading: Reading, unreadable: Unreadable, line: int
    ) -> None:
        self.data, self.out, self.unreadable, self.line = data, out, unreadable, line
        self.size = len(data)
        self.grammar: Grammar = reading.grammar
        self.columns = len(reading.columns)
        self.block = self.grammar.block(self.columns)
        self.whole_line = self.grammar.whole_line(self.columns)
        self.no_text = NO_TEXT + display(reading.encoding)
        self.far_looks = FAR_LOOKS
        self.records = self.longest = 0
        self.tidy = False

    def run(self, position: int) -> None:
        """Blocks of healthy lines go through whole, simple lines are looked at one by one, and whatever
        has quotes that stop a block is looked at as a record."""
        while position < self.size:
            stop = min(self.size, position + BLOCK)
            block = self.block.match(self.data, position, stop)
            if block and is_utf8(block[0]):
                self._pass(block[0])
                position = block.end()
            elif simple := self.grammar.lines.match(self.data, position, min(stop, position + FEW)):
                self._simple(simple[0])
                position = simple.end()
            else:
                position = self._record(position)

    def _pass(self, block: bytes) -> None:
        """Write a block with line ends of one kind, and blank lines as the empty cells that they are."""
        eol = self.grammar.eol
        text = block.replace(b"\r\n", b"\n") if eol == b"\n" else block
        lines = text.count(eol)
        if eol * 2 in text or text.startswith(eol):
            rows = [row or self._empty() for row in text.split(eol)[:-1] if row or self.columns == 1]
            text, self.records = b"".join(row + eol for row in rows), self.records + len(rows)
        else:
            self.records += lines
        self.line += lines
        self.out.write(text)

    def _simple(self, block: bytes) -> None:
        """Lines without quotes: each is a record, and its delimiters tell its width."""
        eol, delimiter = self.grammar.eol, self.grammar.delimiter
        out = []
        for written in block.split(eol)[:-1]:
            line = self.grammar.strip(written)
            fields = line.count(delimiter) + 1
            if fields > self.columns:
                fields = max(self.columns, line.rstrip(delimiter).count(delimiter) + 1)
            if line or self.columns == 1:
                reasons = "" if fields == self.columns and line.isascii() else self._reasons(line, fields)
                if reasons:
                    self.unreadable.keep(self.line, reasons, line, len(written) + 1)
                else:
                    out.append(line or self._empty())
            self.line += 1
        self.records += len(out)
        self.out.write(b"".join(line + eol for line in out))

    def _record(self, position: int) -> int:
        """One record that is not simple: many lines, a stray quote, a last line without end, or broken."""
        end = self._match(position)
        if not end or self._swallows(position, end):
            end = self.grammar.line_end(self.data, position)
            return self._give_up(position, end, NOT_CLOSED)
        if end - position > LONGEST:
            return self._give_up(position, end, TOO_LONG)
        record = self.data[position:end]
        if self.columns > 1 and not self.grammar.strip(record):
            self.line += 1
            return end
        fields = self._fields(record)
        if reasons := self._reasons(record, len(fields)):
            return self._give_up(position, end, reasons)
        text = self.grammar.written(fields)
        self.records += 1
        self.longest = max(self.longest, len(text))
        self.line += record.count(self.grammar.eol)
        self.out.write(text if text != self.grammar.eol else self._empty() + text)
        return end

    def _reasons(self, record: bytes, fields: int) -> str:
        """Why a record that parses cannot be read all the same; empty when it can."""
        values = record
        if fields > self.columns:
            values = self.grammar.delimiter.join(self.grammar.raw_fields(record)[: self.columns])
        reasons = [] if is_utf8(values) else [self.no_text]
        if fields != self.columns:
            reasons.append(wrong_width(fields, self.columns))
        return "; ".join(reasons)

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
        if first >= end or self.columns == 1 or self.tidy:
            return False
        if self.columns == 2 and len(self.grammar.raw_fields(self.data[position:end])) == 2:
            return False
        return self.whole_line.search(self.data, first, min(end, first + NEAR)) is not None

    def _give_up(self, position: int, end: int, reason: str) -> int:
        """Keep the line (or the record) as unreadable, and go on after it."""
        text = self.grammar.strip(self.data[position : min(end, position + TEXT)])
        reason = TOO_LONG if end - position > LONGEST else reason
        self.unreadable.keep(self.line, reason, text, end - position)
        self.line += max(1, self.data[position:end].count(self.grammar.eol))
        return end

    def _empty(self) -> bytes:
        """An empty cell of a file of one column, where a blank line would be nothing."""
        return self.grammar.quote * 2
