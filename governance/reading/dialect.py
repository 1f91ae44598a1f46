"""How a file is written: encoding, delimiter, quotes, header. Found out from its first mebibyte (and, for
the encoding, from the first lines anywhere in the file that are not ASCII); told to the steward in words."""

from __future__ import annotations

from pathlib import Path

from governance.engines.duckdb import Engine
from governance.errors import UnreadableInput
from governance.reading.encoding import SAMPLE, Encoding, detect, display, mark, utf8_sample
from governance.reading.grammar import Grammar
from governance.reading.header import is_header, numbered, unique
from governance.reading.sniff import (
    BLANK,
    DELIMITERS,
    Piece,
    first_of,
    grammar_of,
    newline_of,
    pieces_of,
    told_of,
    width_of,
)
from governance.tables import Frozen


class Reading(Frozen):
    """How a file is read. `skip` counts the physical lines before the header (or the first record);
    `columns` are the names as used; `doubts` and `renamed` are sentences for the steward."""

    encoding: str
    bom: bool
    delimiter: str
    quote: str
    escape: str
    header: bool
    skip: int
    columns: tuple[str, ...]
    renamed: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    newline: str = "\n"

    @property
    def grammar(self) -> Grammar:
        eol = b"\r" if self.newline == "\r" else b"\n"
        return Grammar(self.delimiter.encode(), self.quote.encode(), self.escape.encode(), eol)

    @property
    def source(self) -> Encoding:
        return Encoding(codec=self.encoding, bom=mark(self.encoding) if self.bom else 0)

    @property
    def words(self) -> str:
        """The reading in a few words: `UTF-8, comma`."""
        shape = "one column" if len(self.columns) == 1 else DELIMITERS.get(self.delimiter, self.delimiter)
        return f"{display(self.encoding)}, {shape}"


def find_out(path: Path, *, engine: Engine, expected: tuple[str, ...] = ()) -> Reading:
    """Find out how a file is written; `expected` are the contract's columns, a hint about the header.

    Raises UnreadableInput for an empty file, one with blank lines only, and one that is no text.
    """
    encoding = detect(path)
    sample = utf8_sample(path, encoding)
    if not sample.strip(BLANK):
        raise UnreadableInput("The file has only blank lines.", "Check the export, and send it again.")
    size = path.stat().st_size
    return describe(sample, encoding, engine=engine, expected=expected, cut=size > SAMPLE)


def describe(
    sample: bytes, encoding: Encoding, *, engine: Engine, expected: tuple[str, ...], cut: bool
) -> Reading:
    """The reading of a file that starts with these bytes; `cut`: it goes on after them."""
    newline = newline_of(sample)
    eol = b"\r" if newline == "\r" else b"\n"
    told = told_of(sample)
    grammar = grammar_of(sample, eol, told, cut=cut, engine=engine)
    pieces = pieces_of(sample, grammar, cut)
    first = first_of(pieces, 1 if told and len(pieces) > 1 else 0)
    names = [value.decode("utf-8", "replace") for value in grammar.fields(pieces[first].record)]
    header = is_header(names, expected)
    count, doubts = width_of(pieces[first:], header, grammar)
    columns, renamed = unique(names, count) if header else (numbered(count), ())
    skip = sample.count(eol, 0, pieces[first].start)
    doubts = [*encoding.doubts, *_doubts(skip, header, names, expected), *doubts]
    doubts += _oddities(pieces[first:], sample, grammar)
    return Reading(
        encoding=encoding.codec, bom=encoding.bom > 0, delimiter=grammar.delimiter.decode(),
        quote=grammar.quote.decode(), escape=grammar.escape.decode(), header=header, skip=skip,
        columns=columns, renamed=renamed, doubts=tuple(doubts), newline=newline,
    )  # fmt: skip


def _doubts(skip: int, header: bool, names: list[str], expected: tuple[str, ...]) -> list[str]:
    doubts = []
    if skip:
        lines = "1 line before the table is" if skip == 1 else f"{skip:,} lines before the table are"
        doubts.append(f"{lines} not part of it.")
    if not header:
        doubts.append("The file has no header; its columns are called column_1, column_2 and so on.")
    known = {name.casefold() for name in expected}
    if header and known and not known & {name.strip().casefold() for name in names}:
        doubts.append("None of the expected columns is named in the first line.")
    return doubts


def _oddities(pieces: list[Piece], sample: bytes, grammar: Grammar) -> list[str]:
    """What is strange in the sample, though it can be read."""
    doubts = []
    stray = sum(piece.fields > 0 and grammar.has_stray(piece.record) for piece in pieces)
    if stray:
        doubts.append(
            f"{stray:,} of the first {len(pieces):,} records have a quote inside a value that is not quoted; "
            "such values are kept as they stand."
        )
    if b"\x00" in sample:
        doubts.append("The text has NUL bytes; they are kept.")
    returns = sum(piece.record.endswith(b"\r\n") for piece in pieces)
    ends = sum(piece.record.endswith(b"\n") for piece in pieces)
    if 0 < returns < ends:
        doubts.append("Some lines end in CR LF, others in LF.")
    return doubts
