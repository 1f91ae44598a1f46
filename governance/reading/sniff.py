"""Which delimiter, quotes and line ends a sample of text uses, and where its table starts.

Every candidate grammar is tried on the first records; the one whose fields add up best wins.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from governance.engines.duckdb import Engine, literal
from governance.errors import EngineFault
from governance.reading.grammar import Grammar

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
NEVER = "\x1f"
RECORDS, BYTES = 500, 128 << 10
PREAMBLE = 50
BLANK = b" \t\r\n\x0b\x0c\x00"


@dataclass(frozen=True)
class Piece:
    """A record of the sample: where it starts, its bytes, its number of fields (0: it does not parse)."""

    start: int
    record: bytes
    fields: int


def told_of(sample: bytes) -> str:
    """The delimiter that a first line `sep=;` tells, as spreadsheets write it."""
    told = sample[4:5].decode("latin-1") if sample[:4].lower() == b"sep=" else ""
    return told if sample[5:6] in (b"\r", b"\n") and told in DELIMITERS else ""


def newline_of(sample: bytes) -> str:
    """What ends most lines; a `\\r` alone only where there are few of the others."""
    feeds = sample.count(b"\n")
    if feeds and feeds >= sample.count(b"\r") - sample.count(b"\r\n"):
        return "\r\n" if sample.count(b"\r\n") * 2 > feeds else "\n"
    return "\r" if b"\r" in sample else "\n"


def pieces_of(sample: bytes, grammar: Grammar, cut: bool, limit: int = RECORDS) -> list[Piece]:
    """The first records that are not blank; not the last one, where the sample ends within it."""
    found: list[Piece] = []
    for start, record, parses in grammar.pieces(sample):
        enough = len(found) >= limit or (start > BYTES and len(found) > 1)
        if enough or (cut and found and _is_cut(sample, start, record, parses, grammar)):
            break
        if record.strip(BLANK):
            found.append(Piece(start, record, len(grammar.raw_fields(record)) if parses else 0))
    return found


def _is_cut(sample: bytes, start: int, record: bytes, parses: bool, grammar: Grammar) -> bool:
    """Does the sample end within this record?"""
    last = start + len(record) >= len(sample)
    return last or (not parses and grammar.unfinished.match(sample, start) is not None)


def grammar_of(
    sample: bytes, eol: bytes, told: str, *, cut: bool, engine: Engine, quote: bytes = b""
) -> Grammar:
    """The delimiter, quote and escape whose fields add up best; `told` and `quote` are known already."""
    quote = quote or (b"'" if _single_quoted(sample[:BYTES]) else b'"')
    escapes = (quote, b"\\") if b"\\" + quote in sample[:BYTES] else (quote,)
    delimiters = [told] if told else list(DELIMITERS)
    candidates = [
        Grammar(delimiter.encode(), quote, escape, eol) for escape in escapes for delimiter in delimiters
    ]
    scores = {grammar: _score(pieces_of(sample, grammar, cut)) for grammar in candidates}
    best = max(candidates, key=lambda grammar: scores[grammar])
    if scores[best] <= 0 and not told:
        return Grammar(_unused(sample).encode(), quote, best.escape, eol)
    close = {
        grammar.delimiter: grammar for grammar in reversed(candidates) if scores[best] - scores[grammar] < 0.1
    }
    return close.get(_sniffed(sample, engine), best) if len(close) > 1 else best


def _score(pieces: list[Piece]) -> float:
    """How well a grammar fits: the share of records with the most common number of fields, more if the
    first record has it too. 0 when it makes one column."""
    counts = [piece.fields for piece in pieces[first_of(pieces, 0) :]]
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


def first_of(pieces: list[Piece], start: int) -> int:
    """Which record the table starts with: after lines much narrower than the table, or comments."""
    usual, times = Counter(piece.fields for piece in pieces[start:]).most_common(1)[0]
    if times * 2 <= len(pieces) - start:
        return start
    for index, piece in enumerate(pieces[start : start + PREAMBLE], start):
        narrow = usual >= 3 and piece.fields <= usual // 2
        if not narrow and not (piece.record.startswith(b"#") and piece.fields != usual):
            return index
    return start


def width_of(pieces: list[Piece], header: bool, grammar: Grammar) -> tuple[int, list[str]]:
    """The number of columns, and a doubt where header and records do not agree.

    A header that is too short for nearly all records gets more names, so that they can be read; but
    not for a delimiter at the end of each line, after which there is nothing.
    """
    named = max(pieces[0].fields, 1)
    usual, times = Counter(piece.fields for piece in pieces[1:] or pieces).most_common(1)[0]
    if usual in (0, named) or not header or len(pieces) < 4 or times < 0.9 * (len(pieces) - 1):
        return named, []
    surplus = (grammar.raw_fields(piece.record)[named:] for piece in pieces if piece.fields > named)
    if usual > named and not any(map(any, surplus)):
        return named, []
    doubt = f"Columns that the header names: {named:,}; fields that most records have: {usual:,}."
    return max(usual, named), [doubt]
