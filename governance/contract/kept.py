"""What a contract promises that this version keeps but does not run, in words, so that nobody is misled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance.contract.checks import THEIRS, engine_of, makes_rule
from governance.contract.levels import checks_of, is_freshness
from governance.contract.rules import referred
from governance.rules.codes import FORMATS

NUMBERS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
RUN = {
    "string": {"minLength", "maxLength", "pattern", *(f"format: {name}" for name in ("email", *FORMATS))},
    "integer": {*NUMBERS, "multipleOf"},
    "number": {*NUMBERS, "multipleOf"},
    "date": {*NUMBERS, "format: yyyy-MM-dd"},
    "timestamp": NUMBERS,
}
"""The logicalTypeOptions that are run, by logical type."""


def not_run(table: dict[str, Any], tree: dict[str, Any]) -> Iterator[str]:
    """One line a promise: whose it is, what it says, and why it is not run."""
    for _, column, check in checks_of(table):
        if not _is_run(check):
            yield f"{column or table['name']}: {_called(check)} ({_manner(check)})"
    for entry in table.get("properties") or ():
        yield from _options(entry)
    for level in tree.get("slaProperties") or ():
        if not is_freshness(level, tree):
            yield f"{table['name']}: {level['property']} (service level)"


def _is_run(check: dict[str, Any]) -> bool:
    if check.get("metric") == "rowCount":
        return bool(check.get("unit", "rows") == "rows")
    return makes_rule(check) or check.get("type") == "sql" or engine_of(check) in THEIRS


def _options(entry: dict[str, Any]) -> Iterator[str]:
    run = RUN.get(entry.get("logicalType", "string"), set())
    for option, value in (entry.get("logicalTypeOptions") or {}).items():
        if option not in run and f"{option}: {value}" not in run:
            yield f"{entry['name']}: {option} {value} (option of the type)"
    for link in entry.get("relationships") or ():
        if referred(link) is None:
            yield f"{entry['name']}: {link.get('to', 'relationship')} (relationship)"


def _called(check: dict[str, Any]) -> str:
    keys = ("name", "metric", "description", "type")
    return next((str(check[key]) for key in keys if check.get(key)), "check")


def _manner(check: dict[str, Any]) -> str:
    """What kind of check it is; a text is for people to check."""
    kind = str(check.get("type") or "library")
    return "text, for people" if kind == "text" else kind
