"""What a contract promises that this version keeps but does not run, in words, so that nobody is misled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance.contract.levels import is_freshness, least_rows

ROW_METRICS = ("nullValues", "missingValues", "duplicateValues", "invalidValues")
NOTHING = ("mustBe", "mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween")
"""Operators that put a lid on how many rows may break a check."""

NUMBERS = {"minimum", "maximum", "exclusiveMinimum"}
RUN = {
    "string": {"minLength", "maxLength", "pattern", "format: email"},
    "integer": {*NUMBERS, "exclusiveMaximum"},
    "number": NUMBERS,
    "date": {*NUMBERS, "exclusiveMaximum", "format: yyyy-MM-dd"},
}
"""The logicalTypeOptions that are run, by logical type."""


def not_run(table: dict[str, Any], tree: dict[str, Any]) -> Iterator[str]:
    """One line a promise: whose it is, what it says, and why it is not run."""
    for check in table.get("quality") or ():
        if least_rows(check) is None:
            yield f"{table['name']}: {_called(check)} ({_manner(check)})"
    for entry in table.get("properties") or ():
        yield from _options(entry)
        yield from _checks(entry)
    keys = [entry["name"] for entry in table.get("properties") or () if entry.get("primaryKey")]
    if len(keys) > 1:
        yield f"{table['name']}: {', '.join(keys)} together are unique (primary key of several columns)"
    for level in tree.get("slaProperties") or ():
        if not is_freshness(level, tree):
            yield f"{table['name']}: {level['property']} (service level)"


def _options(entry: dict[str, Any]) -> Iterator[str]:
    run = RUN.get(entry.get("logicalType", "string"), set())
    for option, value in (entry.get("logicalTypeOptions") or {}).items():
        if option not in run and f"{option}: {value}" not in run:
            yield f"{entry['name']}: {option} {value} (option of the type)"


def _checks(entry: dict[str, Any]) -> Iterator[str]:
    for check in entry.get("quality") or ():
        if not makes_rule(check):
            yield f"{entry['name']}: {_called(check)} ({_manner(check)})"
        elif not _none_allowed(check):
            yield f"{entry['name']}: {_called(check)} (its limit; each row is judged by itself)"


def makes_rule(check: dict[str, Any]) -> bool:
    """Whether a column's check says of each row that it should not be so."""
    if check.get("metric") not in ROW_METRICS or not any(operator in check for operator in NOTHING):
        return False
    arguments = check.get("arguments") or {}
    return check["metric"] != "invalidValues" or bool({"validValues", "pattern"} & set(arguments))


def _none_allowed(check: dict[str, Any]) -> bool:
    if check.get("mustBeLessThan") == 1:
        return check.get("unit", "rows") == "rows"
    return any(check.get(operator) == 0 for operator in ("mustBe", "mustBeLessOrEqualTo"))


def _called(check: dict[str, Any]) -> str:
    keys = ("name", "metric", "description", "type")
    return next((str(check[key]) for key in keys if check.get(key)), "check")


def _manner(check: dict[str, Any]) -> str:
    return str(check.get("type") or "library")
