"""How a file is written: encoding, delimiter, quotes, header. Found out from its first mebibyte (and, for
the encoding, from the first lines anywhere in the file that are not ASCII); told to the steward in words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from governance.engines.duckdb import Engine, literal
from governance.errors import EngineFault, UnreadableInput
from governance.reading.encoding import SAMPLE, Encoding, detect, display, mark, utf8_sample
from governance.reading.grammar import Grammar
from governance.reading.header import is_header, numbered, unique
from governance.tables import Frozen

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
NEVER = "\x1f"
RECORDS, BYTES = 500, 128 << 10
PREAMBLE = 50


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


@dataclass(frozen=True)
class _Piece:
    """A record of the sample: where it starts, its bytes, its number of fields (0: it does not parse)."""

    start: int
    record: bytes
    fields: int


def find_out(path: Path, *, engine: Engine, expected: tuple[str, ...] = ()) -> Reading:
    """Find out how a file is written; `expected` are the contract's columns, a hint about the header.

    Raises UnreadableInput for an empty file, one with blank lines only, and one that is no text.
    """
    encoding = detect(path)
    sample = utf8_sample(path, encoding)
    if not sample.strip(b"\r\n \t\x00"):
        raise UnreadableInput("The file has only blank lines.", "Check the export, and send it again.")
    size = path.stat().st_size
    return describe(sample, encoding, engine=engine, expected=expected, cut=size > SAMPLE)


def describe(
    sample: bytes, encoding: Encoding, *, engine: Engine, expected: tuple[str, ...], cut: bool
) -> Reading:
    """The reading of a file that starts with these bytes; `cut`: it goes on after them."""
    newline = _newline(sample)
    eol = b"\r" if newline == "\r" else b"\n"
    told = _told(sample)
    grammar = _grammar(sample, eol, told, cut=cut, engine=engine)
    pieces = _pieces(sample, grammar, cut)
    first = _first(pieces, 1 if told and len(pieces) > 1 else 0)
    names = [value.decode("utf-8", "replace") for value in grammar.fields(pieces[first].record)]
    header = is_header(names, expected)
    count, doubts = _width(pieces[first:], header)
    columns, renamed = unique(names, count) if header else (numbered(count), ())
    skip = sample.count(eol, 0, pieces[first].start)
    doubts = [*encoding.doubts, *_doubts(skip, header, names, expected), *doubts]
    doubts += _oddities(pieces[first:], sample, grammar)
    return Reading(
        encoding=encoding.codec, bom=encoding.bom > 0, delimiter=grammar.delimiter.decode(),
        quote=grammar.quote.decode(), escape=grammar.escape.decode(), header=header, skip=skip,
        columns=columns, renamed=renamed, doubts=tuple(doubts), newline=newline,
    )  # fmt: skip


def _told(sample: bytes) -> str:
    """The delimiter that a first line `sep=;` tells, as spreadsheets write it."""
    told = sample[4:5].decode("latin-1") if sample[:4].lower() == b"sep=" else ""
    return told if sample[5:6] in (b"\r", b"\n") and told in DELIMITERS else ""


def _newline(sample: bytes) -> str:
    feeds = sample.count(b"\n")
    if feeds and feeds >= sample.count(b"\r") - sample.count(b"\r\n"):
        return "\r\n" if sample.count(b"\r\n") * 2 > feeds else "\n"
    return "\r" if b"\r" in sample else "\n"


def _pieces(sample: bytes, grammar: Grammar, cut: bool, limit: int = RECORDS) -> list[_Piece]:
    """The first records that are not blank; not the last one, where the sample ends within it."""
    found: list[_Piece] = []
    for start, record, parses in grammar.pieces(sample):
        enough = len(found) >= limit or (start > BYTES and len(found) > 1)
        if enough or (cut and found and _is_cut(sample, start, record, parses, grammar)):
            break
        if grammar.strip(record).strip():
            found.append(_Piece(start, record, len(grammar.raw_fields(record)) if parses else 0))
    return found


def _is_cut(sample: bytes, start: int, record: bytes, parses: bool, grammar: Grammar) -> bool:
    """Does the sample end within this record?"""
    last = start + len(record) >= len(sample)
    return last or (not parses and grammar.unfinished.match(sample, start) is not None)


def _grammar(sample: bytes, eol: bytes, told: str, *, cut: bool, engine: Engine) -> Grammar:
    """The delimiter, quote and escape whose fields add up best."""
    quote = b"'" if _single_quoted(sample[:BYTES]) else b'"'
    escapes = (quote, b"\\") if b"\\" + quote in sample[:BYTES] else (quote,)
    delimiters = [told] if told else list(DELIMITERS)
    candidates = [
        Grammar(delimiter.encode(), quote, escape, eol) for escape in escapes for delimiter in delimiters
    ]
    scores = {grammar: _score(_pieces(sample, grammar, cut)) for grammar in candidates}
    best = max(candidates, key=lambda grammar: scores[grammar])
    if scores[best] <= 0 and not told:
        return Grammar(_unused(sample).encode(), quote, best.escape, eol)
    close = {
        grammar.delimiter: grammar for grammar in reversed(candidates) if scores[best] - scores[grammar] < 0.1
    }
    return close.get(_sniffed(sample, engine), best) if len(close) > 1 else best


def _score(pieces: list[_Piece]) -> float:
    """How well a grammar fits: the share of records with the most common number of fields, more if the
    first record has it too. 0 when it makes one column."""
    counts = [piece.fields for piece in pieces[_first(pieces, 0) :]]
    usual, times = Counter([fields for fields in counts if fields] or [0]).most_common(1)[0]
    first = counts[0]
    if first == 1 or max(first, usual) < 2:
        return 0
    return times / len(counts) + (0.5 if first == usual else 0) + (0.25 if first else 0)


def _single_quoted(start: bytes) -> bool:
    """Are there no double quotes, and do nearly all single quotes stand at the edge of a field?"""
    edges = re.findall(rb"(?:^|[,;\t|])'|'(?=[,;\t|\r\n]|\Z)", start, re.MULTILINE)
    return b'"' not in start and len(edges) >= max(4, 0.9 * start.replace(b"''", b"").count(b"'"))


def _unused(sample: bytes) -> str:
    """For one column: a delimiter that is in no value."""
    return next((delimiter for delimiter in DELIMITERS if delimiter.encode() not in sample), NEVER)


def _sniffed(sample: bytes, engine: Engine) -> bytes:
    """DuckDB's opinion, where ours is undecided."""
    folder = Path(str(engine.value("SELECT current_setting('temp_directory')")))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sample.csv"
    file.write_bytes(sample)
    try:
        sql = f"SELECT Delimiter FROM sniff_csv({literal(file)}, all_varchar = true, ignore_errors = true)"
        return str(engine.value(sql)).encode()
    except EngineFault:
        return b""
    finally:
        file.unlink(missing_ok=True)


def _first(pieces: list[_Piece], start: int) -> int:
    """Which record the table starts with: after lines much narrower than the table, or comments."""
    usual, times = Counter(piece.fields for piece in pieces[start:]).most_common(1)[0]
    if times * 2 <= len(pieces) - start:
        return start
    for index, piece in enumerate(pieces[start : start + PREAMBLE], start):
        narrow = usual >= 3 and piece.fields <= usual // 2
        if not narrow and not (piece.record.startswith(b"#") and piece.fields != usual):
            return index
    return start


def _width(pieces: list[_Piece], header: bool) -> tuple[int, list[str]]:
    """The number of columns, and a doubt where header and records do not agree.

    A header that is too short for nearly all records gets more names, so that they can be read.
    """
    named = max(pieces[0].fields, 1)
    usual, times = Counter(piece.fields for piece in pieces[1:] or pieces).most_common(1)[0]
    if usual in (0, named) or not header or len(pieces) < 4 or times < 0.9 * (len(pieces) - 1):
        return named, []
    doubt = f"Columns that the header names: {named:,}; fields that most records have: {usual:,}."
    return max(usual, named), [doubt]


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


def _oddities(pieces: list[_Piece], sample: bytes, grammar: Grammar) -> list[str]:
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
