"""The first rows of a file as they would be read, without reading the file: for the page before a run."""

from __future__ import annotations

from pathlib import Path

from governance.engines.duckdb import Engine
from governance.reading.dialect import Reading, find_out
from governance.reading.encoding import SAMPLE, utf8_sample
from governance.reading.mend import start_of_data
from governance.tables import Frozen

ROWS = 20


class Preview(Frozen):
    """The first rows that have a value for each column, and how many rows there are, more or less."""

    reading: Reading
    rows: tuple[tuple[str | None, ...], ...]
    estimated_rows: int
    size: int


def preview(path: Path, *, engine: Engine, expected: tuple[str, ...] = ()) -> Preview:
    """Look at the first mebibyte. Raises UnreadableInput as `find_out` does."""
    reading = find_out(path, engine=engine, expected=expected)
    size = path.stat().st_size
    body, whole = _body(path, reading, size)
    rows, records, used = _rows(body, reading, whole)
    share = (size / min(size, SAMPLE) * len(body) / used) if used and not whole else 1
    return Preview(reading=reading, rows=rows, estimated_rows=round(records * share), size=size)


def _body(path: Path, reading: Reading, size: int) -> tuple[bytes, bool]:
    """The sample after the header, and whether it is all there is."""
    sample = utf8_sample(path, reading.source)
    start, _ = start_of_data(sample, 0, reading)
    return sample[start:], size <= SAMPLE


def _rows(body: bytes, reading: Reading, whole: bool) -> tuple[tuple[tuple[str | None, ...], ...], int, int]:
    """(first rows, records, bytes they take) of the sample; a record that it cuts is not counted."""
    grammar, width = reading.grammar, len(reading.columns)
    rows: list[tuple[str | None, ...]] = []
    records = used = 0
    for start, record, parses in grammar.pieces(body):
        if not whole and start + len(record) >= len(body):
            break
        used = start + len(record)
        if width > 1 and not grammar.strip(record):
            continue
        records += 1
        if parses and len(rows) < ROWS:
            fields = grammar.fields(record)
            rows += [_text(fields)] if len(fields) == width else []
    return tuple(rows), records, used


def _text(fields: list[bytes]) -> tuple[str | None, ...]:
    return tuple(field.decode("utf-8", "replace") or None for field in fields)
