"""The lines that could not be read, each with its number, the reason and its text: kept, never dropped."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TEXT = 64 << 10
"""Bytes of a line that are kept as text; the file itself is kept whole in any case."""
CUT = "… ({:,} bytes in all; the file as it came is kept)"
BATCH = 10_000
SCHEMA = pa.schema([("line", pa.int64()), ("reason", pa.string()), ("text", pa.string())])
NOT_CLOSED = "a quote is not closed, or not doubled inside a quoted value"
TOO_LONG = "the line is longer than 8 MiB"
NO_TEXT = "bytes that are not "

COLUMNS = tuple(SCHEMA.names)


def wrong_width(fields: int, columns: int) -> str:
    """The reason of a record whose fields are not as many as the columns: the same for all of them."""
    return f"too {'few' if fields < columns else 'many'} fields for {columns:,} column{'s' * (columns > 1)}"


def as_text(raw: bytes, size: int) -> str:
    """Bytes as text: what is no UTF-8 is shown as `\\xff`, what is too long is cut, and says so."""
    text = raw[:TEXT].decode("utf-8", "backslashreplace")
    return text + CUT.format(size) if size > TEXT else text


class Unreadable:
    """A Parquet file that grows in batches."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._batch: list[tuple[int, str, str]] = []
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="zstd")

    def keep(self, line: int, reason: str, raw: bytes, size: int) -> None:
        self._batch.append((line, reason, as_text(raw, size)))
        self.rows += 1
        if len(self._batch) >= BATCH:
            self._flush()

    def __enter__(self) -> Unreadable:
        return self

    def __exit__(self, *error: object) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._batch:
            columns = [
                pa.array(values, field.type)
                for values, field in zip(zip(*self._batch, strict=True), SCHEMA, strict=True)
            ]
            self._writer.write_batch(pa.record_batch(columns, schema=SCHEMA))
            self._batch = []
