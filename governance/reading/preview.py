"""The first rows of a file as they would be read, without reading all of it: for the page before a run."""

from __future__ import annotations

from pathlib import Path

from governance.engines.duckdb import Engine
from governance.reading import jsonlines, parquet
from governance.reading.choice import NOTHING, ReadingChoice
from governance.reading.dialect import Reading
from governance.reading.encoding import SAMPLE, utf8_sample
from governance.reading.mend import end_of_data, start_of_data
from governance.reading.opening import Opened, look, opened, sample_size
from governance.tables import Frozen

ROWS = 20
Rows = tuple[tuple[str | None, ...], ...]


class Preview(Frozen):
    """The first rows that have a value for each column, and how many rows there are, more or less."""

    reading: Reading
    rows: Rows
    estimated_rows: int
    size: int


def preview(
    path: Path, *, engine: Engine, expected: tuple[str, ...] = (), choice: ReadingChoice = NOTHING
) -> Preview:
    """Look at the first mebibyte of the text. Raises UnreadableInput as `find_out` does."""
    with opened(path, engine=engine, choice=choice, look_only=True) as file:
        reading = look(file, engine=engine, expected=expected, choice=choice)
        size = path.stat().st_size
        if reading.format == "parquet":
            rows = _few(engine, parquet.select(file.path, reading, engine=engine))
            estimate = parquet.rows_of(file.path, engine=engine)
        elif reading.format == "jsonl":
            rows = _few(engine, jsonlines.select(reading, engine=engine, folder=file.folder))
            seen = file.path.stat().st_size
            estimate = round(jsonlines.count(file.folder) * (1 if file.whole else file.size / seen))
        else:
            rows, estimate = _text_rows(file, reading)
        return Preview(reading=reading, rows=rows, estimated_rows=estimate, size=size)


def _few(engine: Engine, sql: str) -> Rows:
    return tuple(tuple(row) for row in engine.rows(f"SELECT * FROM ({sql}) LIMIT {ROWS}"))


def _text_rows(file: Opened, reading: Reading) -> tuple[Rows, int]:
    """(first rows, how many there are more or less) of a text."""
    body, whole = _body(file, reading)
    rows, records, used = _rows(body, reading, whole)
    share = (file.size / sample_size(file) * len(body) / used) if used and not whole else 1
    return rows, round(records * share)


def _body(file: Opened, reading: Reading) -> tuple[bytes, bool]:
    """The sample after the header, and whether it is all there is."""
    sample = utf8_sample(file.path, reading.source)
    whole = file.whole and file.path.stat().st_size <= SAMPLE
    start, _ = start_of_data(sample, 0, reading)
    end = end_of_data(sample, reading.footer, reading.grammar.eol) if whole else len(sample)
    return sample[start:end], whole


def _rows(body: bytes, reading: Reading, whole: bool) -> tuple[Rows, int, int]:
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
