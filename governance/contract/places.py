"""Where in a contract's file a rule stands, so that every reason can be followed to its line."""

from __future__ import annotations

from typing import Any

from governance.contract.document import Document
from governance.rules.kinds import AnyRule

OPTIONS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
KEYS: dict[str, tuple[str, ...]] = {
    "type": ("logicalType",),
    "ambiguous_date": ("logicalType",),
    "not_null": ("required", "primaryKey"),
    "unique": ("unique", "primaryKey"),
    "superseded": ("unique", "primaryKey"),
    "one_of": ("enum",),
    "reference": ("relationships",),
}
"""Keys of a column that make a rule of that kind, the telling one first."""
WITHIN: dict[str, tuple[str, ...]] = {
    "length": ("minLength", "maxLength"),
    "pattern": ("pattern", "format"),
    "email": ("format",),
    "range": OPTIONS,
    "date_range": OPTIONS,
    "time_range": OPTIONS,
    "multiple": ("multipleOf",),
}
"""The same, of its logicalTypeOptions."""
OURS = {"date_range": ("notFuture", "yearsAgoAtLeast", "daysAgoAtMost")}
METRICS = {"nullValues": "not_null", "missingValues": "not_null", "duplicateValues": "unique"}


def line_of(document: Document, rule: AnyRule) -> int:
    """The 1-based line that makes a rule; that of its column, or of the table, where it cannot be told."""
    table = (document.tree.get("schema") or [{}])[0]
    entries = table.get("properties") or []
    place = next((at for at, entry in enumerate(entries) if entry.get("name") == rule.column), None)
    if place is None:
        check = _check(table, rule)
        return document.line(("schema", 0) if check is None else ("schema", 0, "quality", check))
    path = ("schema", 0, "properties", place)
    return document.line((*path, *_within(entries[place], rule, table, document)))


def _within(
    entry: dict[str, Any], rule: AnyRule, table: dict[str, Any], document: Document
) -> tuple[str | int, ...]:
    check = _check(entry, rule)
    if check is not None:
        return ("quality", check)
    options = entry.get("logicalTypeOptions") or {}
    for key in WITHIN.get(rule.kind, ()):
        if key in options:
            return ("logicalTypeOptions", key)
    for key in KEYS.get(rule.kind, ()):
        if key in entry:
            return (key,)
    for at, one in enumerate(entry.get("customProperties") or ()):
        if one.get("property") in OURS.get(rule.kind, ()):
            return ("customProperties", at)
    return ("name",)


def _check(owner: dict[str, Any], rule: AnyRule) -> int | None:
    """The quality check that makes a rule: the one of its name, else the only one of its metric."""
    checks = list(enumerate(owner.get("quality") or ()))
    for at, check in checks:
        if check.get("name") == rule.id:
            return at
    made_elsewhere = any(key in owner for key in KEYS.get(rule.kind, ()))
    for at, check in checks:
        arguments = check.get("arguments") or {}
        kind = METRICS.get(check.get("metric", ""), "")
        kind = kind or (
            "one_of" if "validValues" in arguments else "pattern" if "pattern" in arguments else ""
        )
        if kind == rule.kind and not made_elsewhere and not check.get("name"):
            return at
    return None
