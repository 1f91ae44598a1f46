"""What may be meant otherwise than it is read: lines after the table, and headers of more than one line.

Nothing is decided here: a doubt is told, and the steward says how it is meant.
"""

from __future__ import annotations

import re
from pathlib import Path

from governance.reading.encoding import SAMPLE, Encoding
from governance.reading.grammar import Grammar
from governance.reading.header import DATA
from governance.reading.sniff import BLANK, Piece

TAIL = 64 << 10
MOST_FOOTERS = 10
TOTAL = re.compile(
    r"\W*(?:grand |sub[- ]?)?(?:totals?|sum|summe|gesamt|somme|suma|totale|rows?|records?|count|end of \w+)\b"
    r"(?:\W*[\d.,' ]*)?\W*",
    re.IGNORECASE,
)
NUMERIC = 0.8
LEAST = 3


def footers(path: Path, sample: bytes, grammar: Grammar, columns: int, encoding: Encoding) -> list[str]:
    """A sentence when the last lines look as if they were not part of the table."""
    lines = _last_lines(path, sample, grammar, encoding)
    odd = 0
    for line in reversed(lines):
        if not _odd(line, grammar, columns):
            break
        odd += 1
    if not 0 < odd <= MOST_FOOTERS or odd == len(lines):
        return []
    what = "The last line looks" if odd == 1 else f"The last {odd:,} lines look"
    return [f"{what} like a footer, not like a row; say how many lines to drop at the end if so."]


def _last_lines(path: Path, sample: bytes, grammar: Grammar, encoding: Encoding) -> list[bytes]:
    """The last lines that are not blank; none where they cannot be seen without reading the whole file."""
    tail = sample
    if path.stat().st_size > SAMPLE:
        if encoding.codec not in ("utf-8", "cp1252"):
            return []
        with path.open("rb") as file:
            file.seek(-TAIL, 2)
            tail = file.read().partition(grammar.eol)[2]
    return [line for line in map(grammar.strip, tail.split(grammar.eol)) if line.strip(BLANK)][-50:]


def _odd(line: bytes, grammar: Grammar, columns: int) -> bool:
    """Is it much narrower than the table, or a line of totals?"""
    fields = grammar.raw_fields(line)
    filled = [field for field in fields if field.strip(BLANK)]
    first = filled[0].decode("utf-8", "replace").strip("\"' ") if filled else ""
    narrow = columns >= LEAST and len(fields) <= columns // 2
    return narrow or (len(filled) < columns and TOTAL.fullmatch(first) is not None)


def second_header(pieces: list[Piece], grammar: Grammar, line: int) -> list[str]:
    """A sentence when the record below the header has words wherever all others have numbers or dates."""
    rows = [grammar.fields(piece.record) for piece in pieces if piece.fields == pieces[0].fields]
    if len(rows) < LEAST + 2 or len(rows[0]) < 2:
        return []
    below, *others = ([field.decode("utf-8", "replace") for field in row] for row in rows[1:])
    known = [at for at in range(len(below)) if _share(others, at) >= NUMERIC]
    words = [below[at] for at in known if below[at].strip()]
    if len(words) < 2 or any(DATA.fullmatch(word) for word in words):
        return []
    return [
        f"Line {line + 1:,} looks like a second line of the header: it has words where others have numbers."
    ]


def _share(rows: list[list[str]], at: int) -> float:
    """The share of the values in that place that are numbers, dates or e-mails."""
    values = [row[at] for row in rows if row[at].strip()]
    return sum(DATA.fullmatch(value) is not None for value in values) / len(values) if values else 0.0
