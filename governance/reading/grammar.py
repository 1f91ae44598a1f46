"""What a record is: RFC 4180 with a chosen delimiter and quote, as regular expressions over UTF-8 bytes.

The patterns are possessive, so a match costs time linear in its length however wild the input is.
A field that does not start with a quote may hold quotes: they are *stray*, and belong to the value.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Bytes = bytes | mmap.mmap


@dataclass(frozen=True)
class Grammar:
    """`delimiter`, `quote` and `escape` (the quote itself, or a backslash), one byte each. `eol` ends a
    line: `\\n` (a `\\r` before it belongs to it), or `\\r` in old files."""

    delimiter: bytes
    quote: bytes = b'"'
    escape: bytes = b'"'
    eol: bytes = b"\n"

    @cached_property
    def record(self) -> re.Pattern[bytes]:
        """One whole record with its line end, be it one line or several."""
        field = f"(?:{self._quoted('')}|{self._plain('')}|)"
        return self._compile(f"{field}(?:{self._d}{field})*+(?:{self._end}|\\Z)")

    def block(self, columns: int) -> re.Pattern[bytes]:
        """As many one-line records of that many fields as follow each other, with blank lines and line ends;
        none with a stray quote or a backslash that escapes. Empty fields may follow the last one."""
        field = f"(?:{self._quoted(_EOLS)}|[^{self._d}{self._q}{_EOLS}]*+)"
        if self.escape != self.quote:
            field = f"[^{self._d}{self._q}{_EOLS}]*+"
        line = f"{field}(?:{self._d}{field}){{{columns - 1}}}{self._d}*+{self._end}"
        return self._compile(f"(?:{line}|{self._end})++")

    @cached_property
    def lines(self) -> re.Pattern[bytes]:
        """As many lines without any quote, escape or stray line end as follow each other."""
        marks = re.escape((self.quote + self.escape).decode())
        return self._compile(f"(?:[^{marks}{_EOLS}]*+{self._end})++")

    @cached_property
    def unfinished(self) -> re.Pattern[bytes]:
        """A record that is inside quotes where the data ends."""
        field = f"(?:{self._quoted('')}|{self._plain('')}|)"
        return self._compile(f"(?:{field}{self._d})*+{self._quoted('').removesuffix(self._q)}\\Z")

    def whole_line(self, columns: int) -> re.Pattern[bytes]:
        """A line without quotes that has that many fields."""
        field = f"[^{self._d}{self._q}{_EOLS}]*+"
        return self._compile(f"(?<={self._e}){field}(?:{self._d}{field}){{{columns - 1}}}(?:{self._end}|\\Z)")

    @cached_property
    def field(self) -> re.Pattern[bytes]:
        """One field of a record without its line end; what does not parse runs to the next delimiter."""
        return self._compile(f"{self._quoted('')}(?={self._d}|\\Z)|[^{self._d}]*+")

    def raw_fields(self, record: bytes) -> list[bytes]:
        """The fields of a record as they are written, quotes and all."""
        line, fields, position = self.strip(record), [], 0
        while True:
            found = self.field.match(line, position)
            assert found is not None
            fields.append(found[0])
            position = found.end() + 1
            if found.end() >= len(line):
                return fields

    def fields(self, record: bytes) -> list[bytes]:
        """The values of a record."""
        return [self.value(raw) for raw in self.raw_fields(record)]

    def value(self, raw: bytes) -> bytes:
        """What a written field says."""
        if not self.is_quoted(raw):
            return raw
        inner = raw[1:-1].replace(self.quote * 2, self.quote)
        if self.escape == self.quote:
            return inner
        return re.sub(rb"\\([\\" + re.escape(self.quote) + rb"])", rb"\1", inner)

    def is_quoted(self, raw: bytes) -> bool:
        return len(raw) >= 2 and raw[:1] == raw[-1:] == self.quote

    def written(self, values: list[bytes]) -> bytes:
        """A record that says these values, every quote doubled, with its line end."""
        special = (self.quote, self.delimiter, b"\r", b"\n")
        out = []
        for value in values:
            if any(mark in value for mark in special):
                value = self.quote + value.replace(self.quote, self.quote * 2) + self.quote  # noqa: PLW2901
            out.append(value)
        return self.delimiter.join(out) + self.eol

    def has_stray(self, record: bytes) -> bool:
        """Is there a quote inside a value that is not quoted?"""
        return any(self.quote in raw and not self.is_quoted(raw) for raw in self.raw_fields(record))

    def strip(self, record: bytes) -> bytes:
        """A record without its line end."""
        return record.removesuffix(self.eol).removesuffix(b"\r")

    def pieces(self, data: bytes) -> Iterator[tuple[int, bytes, bool]]:
        """(offset, bytes, well formed) of each record; a line that does not parse is a piece of its own."""
        position = 0
        while position < len(data):
            found = self.record.match(data, position)
            end = found.end() if found else self.line_end(data, position)
            yield position, data[position:end], found is not None
            position = end

    def line_end(self, data: Bytes, position: int, size: int | None = None) -> int:
        """The offset after the line that starts at `position`."""
        found = data.find(self.eol, position)
        return found + 1 if found >= 0 else (len(data) if size is None else size)

    def _quoted(self, without: str) -> str:
        if self.escape == self.quote:
            return f"{self._q}(?:[^{self._q}{without}]++|{self._q}{self._q})*+{self._q}"
        return f"{self._q}(?:[^{self._q}\\\\{without}]++|\\\\.|{self._q}{self._q})*+{self._q}"

    def _plain(self, without: str) -> str:
        return f"[^{self._d}{self._q}{self._e}{without}][^{self._d}{self._e}{without}]*+"

    @property
    def _end(self) -> str:
        return "\\r?\\n" if self.eol == b"\n" else "\\r"

    @property
    def _d(self) -> str:
        return re.escape(self.delimiter.decode())

    @property
    def _q(self) -> str:
        return re.escape(self.quote.decode())

    @property
    def _e(self) -> str:
        return "\\n" if self.eol == b"\n" else "\\r"

    def _compile(self, pattern: str) -> re.Pattern[bytes]:
        return re.compile(pattern.encode(), re.DOTALL)


_EOLS = "\\r\\n"
