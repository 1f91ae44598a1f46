"""The rules that an ODCS property promises: type, required, unique, options, enum and library quality checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from governance.errors import ContractError
from governance.findings import Severity
from governance.rules import kinds, sql


def column_rules(entry: dict[str, Any]) -> Iterator[kinds.AnyRule]:
    """All row rules of one property, in the order a person would check them."""
    name = entry["name"]
    custom = {item["property"]: item["value"] for item in entry.get("customProperties") or []}
    severity = Severity(custom.get("severity", "critical" if entry.get("primaryKey") else "high"))

    def rule_id(kind: str) -> str:
        return f"{name}.{kind}"

    if entry.get("required") or entry.get("primaryKey"):
        yield kinds.NotNull(id=rule_id("not_null"), column=name, severity=severity)
    yield from _type(entry, severity)
    yield from _options(entry, custom, severity)
    yield from _dates(entry, custom, severity)
    allowed = [str(value["value"]) for value in entry.get("enum") or []]
    if allowed:
        yield kinds.OneOf(id=rule_id("one_of"), column=name, severity=severity, values=tuple(allowed))
    if entry.get("unique") or entry.get("primaryKey"):
        last_wins = custom.get("onDuplicate") == "keepLatest"
        kind = kinds.Superseded if last_wins else kinds.Unique
        yield kind(id=rule_id("superseded" if last_wins else "unique"), column=name, severity=Severity.HIGH)
    for check in entry.get("quality") or []:
        yield from _quality(name, check, severity)


def _type(entry: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    name, kind = entry["name"], entry.get("logicalType", "string")
    if kind == "string":
        return
    yield kinds.HasType(id=f"{name}.type", column=name, severity=severity, type=kind)
    if kind == "date":
        yield kinds.UnambiguousDate(id=f"{name}.ambiguous_date", column=name)


def _options(entry: dict[str, Any], custom: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    name, options = entry["name"], entry.get("logicalTypeOptions") or {}
    if "minLength" in options or "maxLength" in options:
        low, high = options.get("minLength"), options.get("maxLength")
        yield kinds.Length(id=f"{name}.length", column=name, severity=severity, low=low, high=high)
    if options.get("format") == "email":
        yield kinds.Email(id=f"{name}.email", column=name, severity=severity)
    if "pattern" in options:
        yield _pattern(name, options["pattern"], custom.get("patternLabel", ""), severity)
    if entry.get("logicalType") in ("integer", "number"):
        yield from _range(name, options, severity)


def _range(name: str, options: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    low = options.get("minimum", options.get("exclusiveMinimum"))
    high = options.get("maximum")
    if low is not None or high is not None:
        strict = "exclusiveMinimum" in options
        yield kinds.Range(
            id=f"{name}.range", column=name, severity=severity, low=low, high=high, exclusive_low=strict
        )


def _dates(entry: dict[str, Any], custom: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    if entry.get("logicalType") != "date":
        return
    options = entry.get("logicalTypeOptions") or {}
    low, high = options.get("minimum"), options.get("maximum")
    years, future = custom.get("yearsAgoAtLeast"), bool(custom.get("notFuture", False))
    if low or high or future or years is not None:
        yield kinds.DateRange(
            id=f"{entry['name']}.date_range",
            column=entry["name"],
            severity=severity,
            low=date.fromisoformat(str(low)) if low else None,
            high=date.fromisoformat(str(high)) if high else None,
            years_ago_at_least=years,
            not_future=future,
        )


def _pattern(name: str, pattern: str, label: str, severity: Severity) -> kinds.Pattern:
    sql.check_pattern(pattern)
    return kinds.Pattern(
        id=f"{name}.pattern", column=name, severity=severity, pattern=pattern.removeprefix("^").removesuffix("$"),
        label=label,
    )  # fmt: skip


def _quality(name: str, check: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    """Library metrics about rows. Others are kept with the contract and named in `not_run`."""
    metric = check.get("metric")
    if metric is None:
        return
    worst = Severity(check["severity"]) if check.get("severity") in list(Severity) else severity
    arguments = check.get("arguments") or {}
    make: dict[str, Callable[[], kinds.AnyRule | None]] = {
        "nullValues": lambda: kinds.NotNull(id=f"{name}.not_null", column=name, severity=worst),
        "missingValues": lambda: kinds.NotNull(id=f"{name}.not_null", column=name, severity=worst),
        "duplicateValues": lambda: kinds.Unique(id=f"{name}.unique", column=name, severity=worst),
        "invalidValues": lambda: _valid(name, arguments, worst),
    }
    if metric not in make:
        raise ContractError(f"The quality metric {metric!r} of {name} is not known.", f"Known: {', '.join(make)}.")
    rule = make[metric]()
    if rule is not None:
        yield rule.model_copy(update={"id": check.get("name") or rule.id})


def _valid(name: str, arguments: dict[str, Any], severity: Severity) -> kinds.AnyRule | None:
    if "validValues" in arguments:
        values = tuple(str(value) for value in arguments["validValues"])
        return kinds.OneOf(id=f"{name}.one_of", column=name, severity=severity, values=values)
    return _pattern(name, arguments["pattern"], "", severity) if "pattern" in arguments else None
