"""How tables and names leave for the world outside: CSV that a spreadsheet cannot be tricked with, and names
that are safe in paths and object keys.

A spreadsheet runs a cell that starts with `=`, `+`, `-`, `@`, tab, CR or LF as a formula, quoted or not
(OWASP, "CSV Injection", with its full-width variants). Such a cell gets an apostrophe in front, which the
spreadsheet shows as text. Plain negative numbers stay numbers.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from pathlib import Path

from governance.engines.duckdb import Engine, literal, quote

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
PLAIN_NEGATIVE = r"\A-[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\z"
HARMLESS = re.compile(
    r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIME.*)\Z"
)


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula; anything else comes back as it is."""
    if not text or text[0] not in FORMULA_STARTS or re.match(PLAIN_NEGATIVE.replace(r"\z", r"\Z"), text):
        return text
    return "'" + text


def write_csv(engine: Engine, relation_sql: str, path: Path) -> int:
    """Write a FROM item as UTF-8 CSV (RFC 4180) in its order, and return the number of rows.

    Text is always quoted, so that a missing value (nothing) differs from an empty one (`""`) and a
    semicolon cannot start a new cell where the list separator is another. Lists are joined by `; `.
    The file appears under its name only when it is whole.
    """
    columns = engine.columns(relation_sql)
    names = {name: safe_cell(name) for name in columns}
    selected = ", ".join(f"{_cell(name, kind)} AS {quote(names[name])}" for name, kind in columns.items())
    texts = ", ".join(quote(names[name]) for name, kind in columns.items() if not _harmless(kind))
    options = "FORMAT csv, HEADER true" + (f", FORCE_QUOTE ({texts})" if texts else "")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{uuid.uuid4().hex}.csv")
    try:
        rows = engine.value(f"COPY (SELECT {selected} FROM {relation_sql}) TO {literal(partial)} ({options})")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return int(rows)


def safe_sql(text: str) -> str:
    """`safe_cell` as SQL over a text expression; NULL stays NULL."""
    starts = literal(FORMULA_STARTS)
    return (
        f"CASE WHEN {text} <> '' AND contains({starts}, left({text}, 1)) "
        f"AND NOT regexp_matches({text}, {literal(PLAIN_NEGATIVE)}) THEN '''' || {text} ELSE {text} END"
    )


def safe_name(text: str) -> str:
    """A name fit for a file, an object key or a folder: letters, digits, `_`, `-`; never empty or `..`.

    A text that had to be changed gets eight digits of its SHA-256, so that two never share a name.
    """
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", text)[:100]
    return plain if plain == text and plain else f"{plain}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _cell(name: str, kind: str) -> str:
    column = quote(name)
    if _harmless(kind):
        return column
    return safe_sql(
        f"array_to_string({column}, '; ')" if kind == "VARCHAR[]" else f"CAST({column} AS VARCHAR)"
    )


def _harmless(kind: str) -> bool:
    """Whether values of this DuckDB type can only look like numbers, dates or truth values."""
    return HARMLESS.match(kind) is not None
