"""How many records a file holds, counted without the engine: the figure the engine's answer must equal.

DuckDB 2.0 loses rows without a word in files with two kinds of line end, with a line longer than its
buffer or with blank space before a quote; so every read is checked against this count, and a file that is
not *plain* is mended first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from governance.reading.grammar import Grammar

CHUNK = 1 << 20
CR, LF = 13, 10

Positions = NDArray[np.intp]


@dataclass
class Census:
    """`records` without the `blank` lines, the bytes of the `longest` record, whether the quotes are `tidy`
    (balanced, and where they belong), and whether the file is `plain`: that, and one kind of line end."""

    records: int = 0
    blank: int = 0
    longest: int = 0
    tidy: bool = True
    plain: bool = True

    def expected(self, columns: int) -> int:
        """Records of a table: in one column a blank line is an empty cell, in several it is nothing."""
        return self.records + (self.blank if columns == 1 else 0)


def count(path: Path, *, start: int, grammar: Grammar) -> Census:
    """Count the records from byte `start` on. One pass; memory is a few chunks whatever the file's size."""
    counter = _Counter(grammar)
    with path.open("rb") as file:
        file.seek(start)
        held = b"\n"
        while chunk := file.read(CHUNK):
            held += chunk
            counter.take(held)
            held = held[-2:]
        counter.take(held + b"\n")
    return counter.finish()


class _Counter:
    """State between chunks. A chunk comes with one byte of context on either side, so what is counted is
    `data[1:-1]`; `base` is the offset of its first byte, `last_end` that of the last record's line end."""

    def __init__(self, grammar: Grammar) -> None:
        self.census = Census()
        self.grammar = grammar
        self.eol = grammar.eol
        self.neighbours = np.zeros(256, np.bool_)
        self.neighbours[[*grammar.quote, *grammar.delimiter, LF, CR]] = True
        self.base = 0
        self.last_end = -1
        self.inside = False
        self.ends = self.paired = self.other = 0

    def take(self, data: bytes) -> None:
        """Tell line ends inside quotes from those outside by the parity of the quotes before them."""
        array = np.frombuffer(data, np.uint8)
        ends = every_end = _find(array, self.eol)
        quotes = self._quotes(data, array)
        if quotes.size or self.inside:
            ends = ends[self._outside(quotes, ends)]
        self._other_ends(data, array, quotes if ends.size < every_end.size else None)
        self._records(array, ends)
        self.inside = bool((quotes.size + self.inside) % 2)
        self.base += len(data) - 2

    def finish(self) -> Census:
        tail = self.base - 1 - self.last_end
        if tail > 0:
            self.census.records += 1
            self.census.longest = max(self.census.longest, tail)
        one_kind = self.other == self.paired and self.paired in (0, self.ends)
        self.census.tidy &= not self.inside
        self.census.plain = self.census.tidy and one_kind
        return self.census

    def _outside(self, quotes: Positions, places: Positions) -> NDArray[np.bool_]:
        return (np.searchsorted(quotes, places) + self.inside) % 2 == 0

    def _quotes(self, data: bytes, array: NDArray[np.uint8]) -> Positions:
        """Where the quotes are; notes when one stands where it does not belong."""
        if self.grammar.quote not in data:
            return np.empty(0, np.intp)
        quotes = _find(array, self.grammar.quote)
        first = int(self.inside)
        before, after = array[quotes[first::2] - 1], array[quotes[1 - first :: 2] + 1]
        belong = self.neighbours[before].all() and self.neighbours[after].all()
        doubled = self.grammar.escape == self.grammar.quote or not quotes.size
        self.census.tidy &= bool(belong) and doubled
        return quotes

    def _other_ends(self, data: bytes, array: NDArray[np.uint8], quotes: Positions | None) -> None:
        """Count the bytes outside quotes that end lines in other files (one inside quotes, where no line
        end is, may be counted: then a plain file is mended, which changes nothing but the time)."""
        byte = b"\r" if self.eol == b"\n" else b"\n"
        if byte in data:
            other = _find(array, byte)
            outside = other.size if quotes is None else np.count_nonzero(self._outside(quotes, other))
            self.other += int(outside)

    def _records(self, array: NDArray[np.uint8], ends: Positions) -> None:
        if not ends.size:
            return
        lengths = np.diff(ends + (self.base - 1), prepend=self.last_end)
        returns = (array[ends - 1] == CR) & (self.eol == b"\n")
        blank = np.count_nonzero(lengths == 1) + np.count_nonzero(returns & (lengths == 2))
        self.ends += ends.size
        self.paired += int(np.count_nonzero(returns))
        self.census.records += ends.size - int(blank)
        self.census.blank += int(blank)
        self.census.longest = max(self.census.longest, int(lengths.max()))
        self.last_end = self.base - 1 + int(ends[-1])


def _find(array: NDArray[np.uint8], byte: bytes) -> Positions:
    """Where a byte is, in all but the first and the last place."""
    return np.flatnonzero(array[1:-1] == ord(byte)) + 1


def lines_of(path: Path, offsets: Positions, eol: bytes) -> Positions:
    """The 1-based physical line that holds each byte offset; `offsets` ascending."""
    lines = np.empty(offsets.size, np.intp)
    base = seen = done = 0
    with path.open("rb") as file:
        while done < offsets.size and (chunk := file.read(CHUNK)):
            ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord(eol)) + base
            upto = int(np.searchsorted(offsets, base + len(chunk)))
            lines[done:upto] = np.searchsorted(ends, offsets[done:upto]) + seen + 1
            base, seen, done = base + len(chunk), seen + ends.size, upto
    lines[done:] = seen + 1
    return lines
