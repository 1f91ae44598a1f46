"""The lines a whole table must hold: our thresholds, the standard's row count, and its service levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance.contract.document import Document
from governance.contract.model import Column, LogicalType, Threshold
from governance.errors import ContractError
from governance.findings import Severity

FRESHNESS = ("freshness", "fr", "latency", "ly")
LEAST, MOST = "mustBeGreaterOrEqualTo", "mustBeLessOrEqualTo"
LIMIT = {"completeness": LEAST, "accuracy": LEAST, "row_count": LEAST, "duplicates": MOST, "freshness": MOST}

_HOURS = {
    1 / 60: "min minute minutes",
    1: "h hr hrs hour hours",
    24: "d day days",
    168: "w wk week weeks",
    8760: "y yr year years",
}
HOURS = {word: hours for hours, words in _HOURS.items() for word in words.split()}


def thresholds(
    document: Document, table: dict[str, Any], columns: tuple[Column, ...]
) -> tuple[Threshold, ...]:
    """All lines of the contract. Raises ContractError for one that says nothing or is there twice."""
    by_name = {column.name: column for column in columns}
    found: dict[str, Threshold] = {}
    for path, threshold in _all(document, table):
        with document.at(*path):
            _must_fit(threshold, by_name)
            if threshold.key in found:
                raise ContractError(f"The threshold {threshold.key} is there twice.", "Remove one of them.")
        found[threshold.key] = threshold
    return tuple(found.values())


Placed = tuple[tuple[str | int, ...], Threshold]


def _all(document: Document, table: dict[str, Any]) -> Iterator[Placed]:
    for owner, path in ((document.tree, ()), (table, ("schema", 0))):
        for place, item in enumerate(owner.get("customProperties") or ()):
            if item["property"] == "thresholds":
                for number, entry in enumerate(item["value"]):
                    where = (*path, "customProperties", place, "value", number)
                    with document.at(*where):
                        threshold = _threshold(entry)
                    yield where, threshold
    for place, check in enumerate(table.get("quality") or ()):
        least = least_rows(check)
        if least is not None:
            threshold = Threshold(metric="row_count", limit=least, severity=severity_of(check, Severity.HIGH))
            yield ("schema", 0, "quality", place), threshold
    for place, level in enumerate(document.tree.get("slaProperties") or ()):
        if is_freshness(level, document.tree):
            with document.at("slaProperties", place):
                threshold = _freshness(level, document.tree)
            yield ("slaProperties", place), threshold


def is_freshness(level: dict[str, Any], tree: dict[str, Any]) -> bool:
    """Whether a service level is one that we measure: it says of which column."""
    return level["property"] in FRESHNESS and bool(level.get("element") or tree.get("slaDefaultElement"))


def least_rows(check: dict[str, Any]) -> float | None:
    """The least number of rows that a check of the table promises, if that is what it promises."""
    if check.get("metric") != "rowCount" or check.get("unit", "rows") != "rows":
        return None
    if "mustBeGreaterThan" in check:
        return float(check["mustBeGreaterThan"]) + 1
    return float(check[LEAST]) if LEAST in check else None


def severity_of(check: dict[str, Any], default: Severity) -> Severity:
    """A check's severity in our words or the standard's examples (info, warning, error)."""
    said = str(check.get("severity", "")).lower()
    theirs = {"info": Severity.LOW, "warning": Severity.MEDIUM, "error": Severity.HIGH}
    return Severity(said) if said in list(Severity) else theirs.get(said, default)


def _threshold(entry: dict[str, Any]) -> Threshold:
    metric, unit = entry["metric"], entry.get("unit", "")
    operator = LIMIT[metric]
    if [key for key in entry if key.startswith("mustBe")] != [operator]:
        raise ContractError(f"The threshold {metric!r} needs one limit.", f"Write {operator}, once.")
    limit = float(entry[operator])
    if metric == "freshness":
        limit *= _unit(unit or "h")
    elif unit == "percent":
        limit /= 100
    elif unit not in ("", "rows" if metric == "row_count" else ""):
        said = f"The threshold {metric!r} has the unit {unit!r}."
        raise ContractError(said, "Write percent, or leave it out.")
    return Threshold(
        metric=metric,
        limit=limit,
        severity=Severity(entry.get("severity", "high")),
        column=entry.get("column", ""),
    )


def _freshness(level: dict[str, Any], tree: dict[str, Any]) -> Threshold:
    element = str(level.get("element") or tree["slaDefaultElement"])
    table = tree["schema"][0]["name"]
    value = level["value"]
    if isinstance(value, bool) or value is None:
        raise ContractError(f"The service level {level['property']} needs a number.")
    return Threshold(
        metric="freshness",
        limit=float(value) * _unit(level.get("unit", "h")),
        severity=Severity.MEDIUM,
        column=element.removeprefix(f"{table}."),
    )


def _unit(word: str) -> float:
    if word.lower() not in HOURS:
        raise ContractError(f"The unit {word!r} is not known.", f"Use one of: {', '.join(HOURS)}.")
    return HOURS[word.lower()]


def _must_fit(threshold: Threshold, columns: dict[str, Column]) -> None:
    metric, name = threshold.metric, threshold.column
    share = metric in ("completeness", "accuracy", "duplicates")
    if share and not 0 <= threshold.limit <= 1:
        said = f"The limit of {metric} is not between 0 and 100 %."
        raise ContractError(said, "Say `unit: percent`, or a share.")
    if threshold.limit < 0:
        raise ContractError(f"The limit of {metric} is negative.", "Write 0 or more.")
    if name and name not in columns:
        said = f"The threshold {metric} is about {name!r}, which is no column."
        raise ContractError(said, "Name a column of the contract.")
    if metric == "freshness":
        column = columns.get(name)
        if column is None or column.type not in (LogicalType.DATE, LogicalType.TIMESTAMP):
            raise ContractError("Freshness is about a date or timestamp column.", "Name one: `table.column`.")
