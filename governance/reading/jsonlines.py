"""JSON Lines: one object a line, its keys the columns, in the order in which they first appear.

Texts are kept as they stand, other values as JSON writes them, null is no value. A line that is no object is
unreadable, with its number and text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.engines.duckdb import Engine, literal, quote, scan
from governance.errors import UnreadableInput
from governance.reading.choice import ReadingChoice
from governance.reading.dialect import Reading
from governance.reading.encoding import SAMPLE, Encoding, chosen, detect, display, utf8_chunks, utf8_sample
from governance.reading.header import unique
from governance.reading.mend import LONGEST
from governance.reading.sniff import BLANK
from governance.reading.unreadable import NO_TEXT, TEXT, TOO_LONG, as_text

NO_JSON = "the line is not valid JSON"
NO_OBJECT = "the line is JSON, but not an object"
LOOK, KEYS = 50, 5_000
LINES = pa.schema([("line", pa.int64()), ("text", pa.string()), ("wrong", pa.string())])


def looks_like(sample: bytes) -> bool:
    """Are most of the first lines JSON objects? A table in CSV whose first line is one is not likely."""
    lines = [line for line in sample.split(b"\n")[:LOOK] if line.strip(BLANK)]
    if not lines or not lines[0].lstrip(BLANK).startswith(b"{"):
        return False
    return sum(map(_is_object, lines)) * 2 > len(lines) or _is_object(lines[0])


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def describe(path: Path, *, engine: Engine, folder: Path, choice: ReadingChoice) -> Reading:
    """Its columns. All lines are put into `folder` on the way, where `select` finds them."""
    encoding = chosen(path, choice.encoding) if choice.encoding else detect(path)
    lines = _lines_file(path, encoding, folder)
    keys = _keys(engine, lines)
    if not keys:
        raise UnreadableInput("No line of the file is a JSON object with a key.", "Send one object a line.")
    if len(keys) > KEYS:
        raise UnreadableInput(
            f"The objects have {len(keys):,} different keys.", f"A table has at most {KEYS:,} columns."
        )
    columns, renamed = unique(keys, len(keys))
    return Reading(
        encoding=encoding.codec, bom=encoding.bom > 0, delimiter=",", quote='"', escape='"', header=True, skip=0,
        columns=columns, renamed=renamed, doubts=encoding.doubts, format="jsonl",
    )  # fmt: skip


def select(reading: Reading, *, engine: Engine, folder: Path) -> str:
    """A query of all rows as text, in the order of the file. Each line is parsed once."""
    lines = folder / "lines.parquet"
    paths = ", ".join(literal(f"/{_escaped(key)}") for key in _keys(engine, lines))
    listed = ", ".join(
        f"CASE json_type(v[{at}]) WHEN 'NULL' THEN NULL WHEN 'VARCHAR' THEN nullif(v[{at}] ->> '$', '') "
        f"ELSE CAST(v[{at}] AS VARCHAR) END AS {quote(name)}"
        for at, name in enumerate(reading.columns, 1)
    )
    good = f"SELECT line, text FROM {scan(lines)} WHERE {_good()} ORDER BY line"
    return f"SELECT {listed} FROM (SELECT json_extract(text, [{paths}]) AS v FROM ({good}))"


def read(
    reading: Reading, *, engine: Engine, folder: Path, bronze: Path, unreadable: Path
) -> tuple[int, int]:
    """Write the rows and the unreadable lines; (rows, lines)."""
    rows = engine.write(select(reading, engine=engine, folder=folder), bronze)
    lines = scan(folder / "lines.parquet")
    reason = (
        f"coalesce(wrong, CASE WHEN json_valid(text) THEN {literal(NO_OBJECT)} ELSE {literal(NO_JSON)} END)"
    )
    bad = f"SELECT line, {reason} AS reason, left(rtrim(text, chr(13)), {TEXT}) AS text FROM {lines}"
    return rows, engine.write(f"{bad} WHERE NOT coalesce({_good()}, false) ORDER BY line", unreadable)


def count(folder: Path) -> int:
    """How many lines there are that are not blank."""
    return int(pq.read_metadata(folder / "lines.parquet").num_rows)


def _good() -> str:
    """AND does not spare its second side, and `json_type` raises on what is no JSON: CASE does."""
    return "(CASE WHEN wrong IS NULL AND json_valid(text) THEN json_type(text) END = 'OBJECT')"


def _keys(engine: Engine, lines: Path) -> list[str]:
    """The keys of all objects, in the order in which they first appear; found out once, then noted beside the
    lines. Most objects have the same keys, so lists of keys are counted, not keys."""
    note = lines.with_name("keys.json")
    if not note.exists():
        each = f"SELECT line, json_keys(text) AS keys FROM {scan(lines)} WHERE {_good()}"
        alike = f"SELECT keys, min(line) AS line FROM ({each}) GROUP BY keys"
        sql = (
            f"SELECT key FROM (SELECT line, unnest(keys) AS key, unnest(range(len(keys))) AS place FROM ({alike})) "
            f"GROUP BY key ORDER BY min((line, place)) LIMIT {KEYS + 1}"
        )
        note.write_text(json.dumps([str(key) for (key,) in engine.rows(sql)]))
    return list(json.loads(note.read_text()))


def _escaped(key: str) -> str:
    """A key in a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _lines_file(path: Path, encoding: Encoding, folder: Path) -> Path:
    """Every line that is not blank with its number; `wrong` where its bytes cannot be looked at."""
    target = folder / "lines.parquet"
    with pq.ParquetWriter(target, LINES, compression="snappy") as writer:
        for batch in _batches(utf8_chunks(path, encoding), display(encoding.codec)):
            writer.write_table(batch)
    return target


def _batches(chunks: Iterator[bytes], encoding: str) -> Iterator[pa.Table]:
    rest, number = b"", 0
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n") if len(rest) < 2 * LONGEST else [rest + chunk, b""]
        if lines:
            yield _table(lines, number, encoding)
            number += len(lines)
    if rest:
        yield _table([rest], number, encoding)


def _table(lines: list[bytes], before: int, encoding: str) -> pa.Table:
    """The lines of a chunk: all at once where every one is text, one by one where some are not."""
    try:
        texts = pa.array(lines, pa.binary()).cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowCapacityError):
        return _one_by_one(lines, before, encoding)
    if max(map(len, lines)) > LONGEST:
        return _one_by_one(lines, before, encoding)
    numbers = pa.array(range(before + 1, before + 1 + len(lines)), pa.int64())
    whole = pa.table([numbers, texts, pa.nulls(len(lines), pa.string())], schema=LINES)
    return whole.filter(pc.not_equal(pc.utf8_trim(texts, " \t\r\x0b\x0c\x00"), ""))


def _one_by_one(lines: list[bytes], before: int, encoding: str) -> pa.Table:
    kept = [(at, line) for at, line in enumerate(lines, before + 1) if line.strip(BLANK)]
    wrong = [_wrong(line, encoding) for _, line in kept]
    texts = [
        as_text(line.rstrip(b"\r"), len(line)) if bad else line.decode()
        for (_, line), bad in zip(kept, wrong, strict=True)
    ]
    return pa.table([[at for at, _ in kept], texts, wrong], schema=LINES)


def _wrong(line: bytes, encoding: str) -> str | None:
    if len(line) > LONGEST:
        return TOO_LONG
    if line.isascii():
        return None
    try:
        line.decode()
    except UnicodeDecodeError:
        return NO_TEXT + encoding
    return None


ARRAY = re.compile(rb"\s*\[\s*\{\s*\"")


def refuse_array(sample: bytes) -> None:
    """A JSON document that is one array looks like text, and would be read as a very odd table."""
    if ARRAY.match(sample):
        raise UnreadableInput("The file is one JSON array.", "Send it as JSON Lines: one object a line.")


def sample_of(path: Path, choice: ReadingChoice) -> bytes:
    """The first mebibyte as UTF-8."""
    return utf8_sample(path, chosen(path, choice.encoding) if choice.encoding else detect(path))[:SAMPLE]
