"""The lines a whole table must hold: our thresholds, the standard's row count, and its service levels."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from governance.contract import queries
from governance.contract.checks import engine_of, makes_rule, none_allowed, promise, rules_of, severity_of
from governance.contract.document import Document
from governance.contract.model import SHARES, Column, LogicalType, Metric, Operator, Threshold
from governance.errors import ContractError
from governance.findings import Severity
from governance.rules.kinds import AnyRule

FRESHNESS = ("freshness", "fr", "latency", "ly")
LEAST, MOST = "mustBeGreaterOrEqualTo", "mustBeLessOrEqualTo"
ONLY = {"completeness": LEAST, "accuracy": LEAST, "duplicates": MOST, "freshness": MOST}
"""Metrics that can be held on one side only."""
OPERATORS: dict[str, Operator] = {
    "mustBe": "=", "mustNotBe": "<>", "mustBeGreaterThan": ">", LEAST: ">=", "mustBeLessThan": "<", MOST: "<=",
    "mustBeBetween": "between", "mustNotBeBetween": "not between",
}  # fmt: skip
OF_A_COLUMN = ("psi", "ks", "new_categories", "vanished_categories", "outliers")

_HOURS = {
    1 / 60: "min minute minutes",
    1: "h hr hrs hour hours",
    24: "d day days",
    168: "w wk week weeks",
    8760: "y yr year years",
}
HOURS = {word: hours for hours, words in _HOURS.items() for word in words.split()}


def thresholds(
    document: Document, table: dict[str, Any], columns: tuple[Column, ...], rules: tuple[AnyRule, ...]
) -> tuple[Threshold, ...]:
    """All lines of the contract. Raises ContractError for one that says nothing or is there twice."""
    by_name = {column.name: column for column in columns}
    found: dict[str, Threshold] = {}
    ids = {promise(rule): rule.id for rule in rules}
    for path, threshold in _all(document, table, columns, ids):
        with document.at(*path):
            _must_fit(threshold, by_name)
            if threshold.key in found:
                raise ContractError(f"The threshold {threshold.key} is there twice.", "Remove one of them.")
        found[threshold.key] = threshold
    return tuple(found.values())


Placed = tuple[tuple[str | int, ...], Threshold]


def _all(
    document: Document, table: dict[str, Any], columns: tuple[Column, ...], ids: dict[str, str]
) -> Iterator[Placed]:
    for owner, path in ((document.tree, ()), (table, ("schema", 0))):
        for place, item in enumerate(owner.get("customProperties") or ()):
            if item["property"] == "thresholds":
                for number, entry in enumerate(item["value"]):
                    where = (*path, "customProperties", place, "value", number)
                    with document.at(*where):
                        threshold = _threshold(entry)
                    yield where, threshold
    for at, column, check in checks_of(table):
        with document.at(*at):
            lines = list(_checked(check, column, table["name"], columns, ids))
        for line in lines:
            yield at, line
    for place, level in enumerate(document.tree.get("slaProperties") or ()):
        if is_freshness(level, document.tree):
            with document.at("slaProperties", place):
                threshold = _freshness(level, document.tree)
            yield ("slaProperties", place), threshold


def is_freshness(level: dict[str, Any], tree: dict[str, Any]) -> bool:
    """Whether a service level is one that we measure: it says of which column."""
    return level["property"] in FRESHNESS and bool(level.get("element") or tree.get("slaDefaultElement"))


def checks_of(table: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, dict[str, Any]]]:
    """Every quality check with its path and the column it is of; those of the table have none."""
    for place, check in enumerate(table.get("quality") or ()):
        yield ("schema", 0, "quality", place), "", check
    for number, entry in enumerate(table.get("properties") or ()):
        for place, check in enumerate(entry.get("quality") or ()):
            yield ("schema", 0, "properties", number, "quality", place), entry["name"], check


def _checked(
    check: dict[str, Any], column: str, table: str, columns: tuple[Column, ...], ids: dict[str, str]
) -> Iterator[Threshold]:
    """The lines that a check draws for the whole table, if they are more than "no row may be so".

    A check that makes two rules draws a line for each. `ids` names the contract's rules by their promise.
    """
    severity, name = severity_of(check, Severity.HIGH), str(check.get("name") or "")
    if check.get("metric") == "rowCount":
        if check.get("unit", "rows") == "rows":
            yield _line("row_count", check, severity=severity, name=name)
        return
    if check.get("type") == "sql" and not makes_rule(check):
        query = queries.checked(queries.filled(check["query"], table=table, column=column), table=table)
        queries.must_run(query, table, columns)
        name = name or f"query {column}".strip()
        yield _line("sql", check, severity=severity, column=column, name=name, query=query)
    elif makes_rule(check) and engine_of(check) == "" and not none_allowed(check):
        percent = check.get("unit") == "percent"
        types = tuple((one.name, one.type.value) for one in columns)
        for rule in rules_of(check, column=column, severity=severity, types=types, table=table):
            line = _line("failing", check, severity=severity, rule=ids[promise(rule)], counted=not percent)
            yield _in_shares(line) if percent else line


def _line(metric: Metric, entry: dict[str, Any], *, severity: Severity, **fields: Any) -> Threshold:
    """A threshold from the standard's operator, of which there is one."""
    operator = next(key for key in entry if key in OPERATORS)
    bounds = entry[operator] if operator.endswith("Between") else [entry[operator]]
    if not all(_is_number(bound) for bound in bounds):
        raise ContractError(f"The limit {bounds[0]!r} is not a number.", "Write a number.")
    if sorted(bounds) != bounds:
        raise ContractError(
            f"Nothing is between {bounds[0]} and {bounds[1]}.", "Write the smaller one first."
        )
    return Threshold(
        metric=metric,
        limit=float(bounds[0]),
        upper=float(bounds[1]) if len(bounds) > 1 else None,
        operator=OPERATORS[operator],
        severity=severity,
        **fields,
    )


def _is_number(bound: Any) -> bool:
    return isinstance(bound, int | float) and not isinstance(bound, bool) and isfinite(bound)


def _in_shares(line: Threshold) -> Threshold:
    upper = None if line.upper is None else line.upper / 100
    return line.model_copy(update={"limit": line.limit / 100, "upper": upper})


def _threshold(entry: dict[str, Any]) -> Threshold:
    metric, unit = entry["metric"], entry.get("unit", "")
    operators = [key for key in entry if key.startswith("mustBe") or key.startswith("mustNotBe")]
    only = ONLY.get(metric)
    if len(operators) != 1 or (only and operators != [only]):
        raise ContractError(
            f"The threshold {metric!r} needs one limit.",
            f"Write {only or 'one operator, such as ' + MOST}, once.",
        )
    line = _line(
        metric, entry, severity=Severity(entry.get("severity", "high")), column=entry.get("column", "")
    )
    if metric == "freshness":
        return line.model_copy(update={"limit": line.limit * _unit(unit or "h")})
    if unit == "percent" and metric in SHARES:
        return _in_shares(line)
    if unit not in ("", "rows" if metric == "row_count" else ""):
        said = f"The threshold {metric!r} has the unit {unit!r}."
        raise ContractError(said, "Write percent, or leave it out." if metric in SHARES else "Leave it out.")
    return line


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
    if threshold.limit < 0 and metric not in ("volume_change", "sql"):
        raise ContractError(f"The limit of {metric} is negative.", "Write 0 or more.")
    if name and name not in columns:
        said = f"The threshold {metric} is about {name!r}, which is no column."
        raise ContractError(said, "Name a column of the contract.")
    if metric in OF_A_COLUMN and not name:
        raise ContractError(f"The threshold {metric} is about one column.", "Write `column: …`.")
    if metric == "freshness":
        column = columns.get(name)
        if column is None or column.type not in (LogicalType.DATE, LogicalType.TIMESTAMP):
            raise ContractError("Freshness is about a date or timestamp column.", "Name one: `table.column`.")
