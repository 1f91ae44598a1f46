"""A table of text as plain CSV: UTF-8, comma, quotes doubled and only where needed, CR LF (RFC 4180).

Values are written as they were read, formulas too: what leaves the vault for spreadsheets goes through
`governance.export`, which makes them harmless and so changes them. Whole columns at a time.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROWS = 65_536
END = b"\r\n"
SPECIAL = '[",\r\n]|\\A\ufeff|\\A(?i:sep=)|\\A\\s*[{\\[#]'
"""What needs quotes; at the start of a file also what would be taken for a mark, JSON or a comment."""


def write_csv(table: Path, out: Path, *, columns: tuple[str, ...]) -> int:
    """Write a Parquet file of texts in its order, with a header; returns the number of rows.

    A missing value is nothing; in a table of one column it is `""`, for a blank line is none to most readers.
    The file appears under its name only when it is whole.
    """
    partial = out.with_name(f".{uuid.uuid4().hex}.csv")
    rows = 0
    try:
        with partial.open("wb") as file:
            header = [pa.array([name], pa.string()) for name in columns]
            _write(file, header)
            for batch in pq.ParquetFile(table).iter_batches(batch_size=ROWS, columns=list(columns)):
                _write(file, [batch.column(name) for name in columns])
                rows += batch.num_rows
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _write(file: BinaryIO, columns: list[pa.Array]) -> None:
    """Join the columns' texts to lines, all rows of a column at once."""
    missing = '""' if len(columns) == 1 else ""
    fields = [_field(column.cast(pa.large_string()), missing) for column in columns]
    end = pa.scalar(END.decode(), pa.large_string())
    lines = pc.binary_join_element_wise(*fields, pa.scalar(",", pa.large_string()))
    whole = pc.binary_join_element_wise(lines, end, pa.scalar("", pa.large_string()))
    offsets, data = whole.buffers()[1:]
    bounds = memoryview(offsets).cast("q")
    if data is not None:
        file.write(memoryview(data)[bounds[whole.offset] : bounds[whole.offset + len(whole)]])


def _field(column: pa.Array, missing: str) -> pa.Array:
    special = pc.fill_null(pc.match_substring_regex(column, SPECIAL), False)
    if not pc.any(special).as_py():
        return pc.fill_null(column, missing)
    quote = pa.scalar('"', pa.large_string())
    doubled = pc.replace_substring(column, '"', '""')
    quoted = pc.binary_join_element_wise(quote, doubled, quote, pa.scalar("", pa.large_string()))
    return pc.fill_null(pc.if_else(special, quoted, column), missing)
