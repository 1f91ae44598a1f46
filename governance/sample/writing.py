"""Lines of CSV (RFC 4180, UTF-8, quoted where needed), and lines that no reader can split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WHERE_NEEDED = '[",\r\n]'
ALWAYS = ""
"""Texts to quote (RE2). Readers that guess the quote from a file's first lines need to see one there."""
FIELDS_TOO_FEW = 3
FIELDS_TOO_MANY = ",moved,see file"


def lines(columns: Iterable[Any], *, quoting: str = WHERE_NEEDED) -> list[str]:
    """One line a row, texts quoted as `quoting` says. A missing value is an empty field."""
    fields = [_field(column, quoting) for column in columns]
    joined = pc.binary_join_element_wise(*fields, ",", null_handling="replace", null_replacement="")
    texts: list[str] = joined.to_pylist()
    return texts


def _field(column: Any, quoting: str) -> Any:
    if not pa.types.is_string(column.type):
        return pc.cast(column, pa.string())
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(column, quoting), quoted, column)


def places(count: int, rows: int, rng: np.random.Generator) -> list[int]:
    """After which rows unreadable lines are put, ascending."""
    return sorted(rng.integers(1, rows + 1, size=count).tolist())


def with_unreadable(written: list[str], after: Sequence[int]) -> tuple[list[str], list[str]]:
    """The lines with unreadable ones put in, and the unreadable ones: in turn cut off and run on.

    `after` counts from 1, ascending: the unreadable line follows that line, and was made from it."""
    spoilt = list(_spoilt(written, after))
    for place, text in zip(reversed(after), reversed(spoilt), strict=True):
        written.insert(place, text)
    return written, spoilt


def _spoilt(written: Sequence[str], after: Sequence[int]) -> Iterator[str]:
    for turn, place in enumerate(after):
        line = written[place - 1]
        yield line + FIELDS_TOO_MANY if turn % 2 else ",".join(line.split(",")[:FIELDS_TOO_FEW])


def truth_lines(book: pa.Table, spoilt: Sequence[str]) -> list[str]:
    """Lines of a truth file: the dirtied cells, then the unreadable lines, which have no row."""
    texts = lines([pa.array(spoilt, pa.string())], quoting=ALWAYS)
    return [*lines(book.columns, quoting=ALWAYS), *(f',,"wrong","unreadable",{text},' for text in texts)]
