"""How a file is written: encoding, delimiter, quotes, header. Found out from its first mebibyte (and, for
the encoding, from the first lines anywhere in the file that are not ASCII) unless a person says it; told to
the steward in words."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from governance.engines.duckdb import Engine
from governance.errors import InputError, UnreadableInput
from governance.reading.choice import NOTHING, ReadingChoice
from governance.reading.doubts import footers, second_header
from governance.reading.encoding import SAMPLE, Encoding, chosen, detect, display, mark, utf8_sample
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

Format = Literal["text", "excel", "parquet", "jsonl"]
FORMATS = {"excel": "Excel", "parquet": "Parquet", "jsonl": "JSON Lines"}


class Reading(Frozen):
    """How a file is read. `skip` counts the physical lines before the header (or the first record), `footer`
    those after the last row; `columns` are the names as used; `doubts` and `renamed` are sentences for the
    steward. `packing` is what the table was packed in; a sheet is read as the text it stands for."""

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
    header_lines: int = 1
    footer: int = 0
    format: Format = "text"
    packing: str = ""
    sheet: str = ""

    @property
    def grammar(self) -> Grammar:
        eol = b"\r" if self.newline == "\r" else b"\n"
        return Grammar(self.delimiter.encode(), self.quote.encode(), self.escape.encode(), eol)

    @property
    def source(self) -> Encoding:
        return Encoding(codec=self.encoding, bom=mark(self.encoding) if self.bom else 0)

    @property
    def words(self) -> str:
        """The reading in a few words: `UTF-8, comma`, `Excel, sheet May`."""
        shape = "one column" if len(self.columns) == 1 else DELIMITERS.get(self.delimiter, self.delimiter)
        said = [display(self.encoding), shape]
        if self.format != "text":
            said = [FORMATS[self.format], *([f"sheet {self.sheet}"] if self.format == "excel" else [])]
        return ", ".join([*said, *([self.packing] if self.packing else [])])


def find_out(
    path: Path, *, engine: Engine, expected: tuple[str, ...] = (), choice: ReadingChoice = NOTHING
) -> Reading:
    """Find out how a text file is written; `expected` are the contract's columns, a hint about the header.
    What `choice` says is taken as it is.

    Raises UnreadableInput for an empty file, one with blank lines only, and one that is no text; InputError
    when the choice cannot be meant of this file.
    """
    encoding = chosen(path, choice.encoding) if choice.encoding else detect(path)
    sample = utf8_sample(path, encoding)
    if not sample.strip(BLANK):
        raise UnreadableInput("The file has only blank lines.", "Check the export, and send it again.")
    cut = path.stat().st_size > SAMPLE
    reading = describe(sample, encoding, engine=engine, expected=expected, cut=cut, choice=choice)
    told = footers(path, sample, reading.grammar, len(reading.columns), encoding) if not choice.footer else []
    return reading.model_copy(update={"doubts": (*reading.doubts, *told)})


def describe(
    sample: bytes,
    encoding: Encoding,
    *,
    engine: Engine,
    expected: tuple[str, ...],
    cut: bool,
    choice: ReadingChoice = NOTHING,
) -> Reading:
    """The reading of a file that starts with these bytes; `cut`: it goes on after them."""
    newline = newline_of(sample)
    eol = b"\r" if newline == "\r" else b"\n"
    before = _skipped(sample, eol, choice)
    body = sample[before:]
    told = "" if before else told_of(body)
    grammar = grammar_of(
        body, eol, choice.delimiter or told, cut=cut, engine=engine, quote=choice.quote_sign.encode()
    )
    pieces = pieces_of(body, grammar, cut)
    first = 0 if choice.skip is not None else first_of(pieces, 1 if told and len(pieces) > 1 else 0)
    heading = min(choice.header_lines, len(pieces) - first)
    names = _names(pieces[first : first + heading], grammar)
    header = is_header(names, expected) if choice.header is None else choice.header
    count, doubts = width_of(pieces[first + heading - 1 :], header, grammar)
    count = max(count, len(names)) if header and heading > 1 else count
    columns, renamed = unique(names, count) if header else (numbered(count), ())
    skip = sample.count(eol, 0, before + pieces[first].start)
    line = skip + 1
    said = _doubts(0 if choice.skip == skip else skip, header, names, expected, line, choice)
    doubts = [*encoding.doubts, *said, *doubts, *_oddities(pieces[first:], sample, grammar, before)]
    if header and choice.header is None:
        doubts += second_header(pieces[first : first + 40], grammar, line)
    return Reading(
        encoding=encoding.codec, bom=encoding.bom > 0, delimiter=grammar.delimiter.decode(),
        quote=grammar.quote.decode(), escape=grammar.escape.decode(), header=header, skip=skip,
        columns=columns, renamed=renamed, doubts=tuple(doubts), newline=newline,
        header_lines=heading if header else 1, footer=choice.footer,
    )  # fmt: skip


def _skipped(sample: bytes, eol: bytes, choice: ReadingChoice) -> int:
    """The offset after the lines that a person says are not part of the table."""
    position = 0
    for _ in range(choice.skip or 0):
        found = sample.find(eol, position)
        if found < 0 or not sample[found + 1 :].strip(BLANK):
            raise InputError(
                f"The file has no line after the first {choice.skip:,} (or none in its first mebibyte).",
                "Skip fewer lines.",
            )
        position = found + 1
    return position


def _names(heading: list[Piece], grammar: Grammar) -> list[str]:
    """The names that the lines of a header make, one below the other."""
    lines = [
        [value.decode("utf-8", "replace") for value in grammar.fields(piece.record)] for piece in heading
    ]
    if len(lines) == 1:
        return lines[0]
    width = max(map(len, lines))
    padded = [line + [""] * (width - len(line)) for line in lines]
    return [" ".join(part.strip() for part in parts if part.strip()) for parts in zip(*padded, strict=True)]


def _doubts(
    skip: int, header: bool, names: list[str], expected: tuple[str, ...], line: int, choice: ReadingChoice
) -> list[str]:
    doubts = []
    if skip:
        lines = "1 line before the table is" if skip == 1 else f"{skip:,} lines before the table are"
        doubts.append(f"{lines} not part of it.")
    if not header and choice.header is None:
        doubts.append("The file has no header; its columns are called column_1, column_2 and so on.")
    known = {name.casefold() for name in expected}
    if header and known and not known & {name.strip().casefold() for name in names}:
        doubts.append(f"None of the expected columns is named in the header, line {line:,}.")
    return doubts


def _oddities(pieces: list[Piece], sample: bytes, grammar: Grammar, before: int) -> list[str]:
    """What is strange in the sample, though it can be read."""
    doubts = []
    stray = [piece.start for piece in pieces if piece.fields > 0 and grammar.has_stray(piece.record)]
    if stray:
        line = sample.count(grammar.eol, 0, before + stray[0]) + 1
        doubts.append(
            f"{len(stray):,} of the first {len(pieces):,} records have a quote inside a value that is not "
            f"quoted, the first in line {line:,}; such values are kept as they stand."
        )
    if b"\x00" in sample:
        doubts.append("The text has NUL bytes; they are kept.")
    returns = sum(piece.record.endswith(b"\r\n") for piece in pieces)
    ends = sum(piece.record.endswith(b"\n") for piece in pieces)
    if 0 < returns < ends:
        doubts.append("Some lines end in CR LF, others in LF.")
    return doubts
