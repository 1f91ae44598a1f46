"""One line read again, as the file of its run was: what a person made of a line that could not be read."""

from __future__ import annotations

import json
import uuid

import pyarrow.parquet as pq

from governance.bench import Bench
from governance.errors import InputError
from governance.reading import records
from governance.reading.dialect import Reading
from governance.reading.unreadable import TEXT
from governance.scratch import scratch

Cells = tuple[str | None, ...]


def read_again(bench: Bench, reading: Reading, text: str) -> Cells:
    """The cells of a line in the order of the file's columns. Raises InputError for what is no row of this table."""
    if not text.strip():
        raise InputError("There is nothing in the line.", "Write the row as it should stand in the file.")
    if "\n" in text or "\r" in text:
        raise InputError("This is more than one line.", "Mend one line at a time.")
    if len(text.encode()) > TEXT:
        raise InputError("The line is too long to be mended by hand.", "Send the file again, corrected.")
    if reading.format == "jsonl":
        return _object(reading, text)
    if reading.format == "parquet":
        raise InputError("A Parquet file has no lines.", "Send the file again, corrected.")
    return _record(bench, reading, text)


def _record(bench: Bench, reading: Reading, text: str) -> Cells:
    """By the same reader, with the same delimiter and quotes."""
    plain = reading.model_copy(
        update={"encoding": "utf-8", "bom": False, "header": False, "header_lines": 1, "skip": 0, "footer": 0,
                "newline": "\n"}
    )  # fmt: skip
    name = uuid.uuid4().hex
    with scratch(bench.settings) as folder, bench.engine() as engine:
        path = folder / "line"
        path.write_bytes(text.encode() + b"\n")
        bronze, unreadable = records.read(path, plain, engine=engine, bench=bench, name=name)
        try:
            rows = pq.read_table(bronze.path).to_pylist()
            wrong = pq.read_table(unreadable.path)["reason"].to_pylist()
        finally:
            bronze.path.unlink(missing_ok=True)
            unreadable.path.unlink(missing_ok=True)
    if len(rows) != 1 or wrong:
        why = "; ".join(wrong) or "it is no row"
        raise InputError(f"The line still cannot be read: {why}.", f"It is read as {reading.words}.")
    return tuple(rows[0][column] for column in reading.columns)


def _object(reading: Reading, text: str) -> Cells:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError("The line still cannot be read: it is no JSON.", "Write one JSON object.") from error
    if not isinstance(found, dict):
        raise InputError("The line still cannot be read: it is no JSON object.", "Write one JSON object.")
    unknown = sorted(set(found) - set(reading.columns))
    if unknown:
        raise InputError(f"The line has keys that are no columns: {', '.join(unknown)}.", "Take them out.")
    return tuple(_text(found.get(column)) for column in reading.columns)


def _text(value: object) -> str | None:
    """As the file's values are read: texts as they stand, nested values as JSON, an empty text is no value."""
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
