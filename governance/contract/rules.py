"""The rules that an ODCS property promises: type, required, unique, options, enum, library checks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.contract import custom
from governance.contract.kept import makes_rule
from governance.contract.levels import severity_of
from governance.errors import ContractError
from governance.findings import Severity
from governance.rules import kinds, sql


def column_rules(entry: dict[str, Any], *, alone: bool = True) -> Iterator[kinds.AnyRule]:
    """All row rules of one property, in the order a person would check them.

    `alone` is false where the primary key is made of several columns: then none of them is unique by itself.
    """
    name, ours = entry["name"], custom.properties(entry)
    severity = Severity(ours.get("severity", "critical" if entry.get("primaryKey") else "high"))
    if entry.get("required") or entry.get("primaryKey"):
        yield kinds.NotNull(id=f"{name}.not_null", column=name, severity=severity)
    yield from _type(entry, ours, severity)
    yield from _options(entry, ours, severity)
    yield from _dates(entry, ours, severity)
    if entry.get("enum"):
        values = _words(name, [value["value"] for value in entry["enum"]])
        yield kinds.OneOf(id=f"{name}.one_of", column=name, severity=severity, values=values)
    if entry.get("unique") or (entry.get("primaryKey") and alone):
        last_wins = ours.get("onDuplicate") == "keepLatest"
        kind = kinds.Superseded if last_wins else kinds.Unique
        word = "superseded" if last_wins else "unique"
        yield kind(id=f"{name}.{word}", column=name, severity=Severity.HIGH)
    for check in entry.get("quality") or []:
        if makes_rule(check):
            yield from _quality(name, check, severity)


def _type(entry: dict[str, Any], ours: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    name, kind = entry["name"], entry.get("logicalType", "string")
    if kind == "string":
        return
    yield kinds.HasType(id=f"{name}.type", column=name, severity=severity, type=kind)
    if kind == "date" and not ours.get("dateOrder"):
        yield kinds.UnambiguousDate(id=f"{name}.ambiguous_date", column=name)


def _options(entry: dict[str, Any], ours: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    name, kind = entry["name"], entry.get("logicalType", "string")
    options = entry.get("logicalTypeOptions") or {}
    if kind == "string":
        low, high = options.get("minLength"), options.get("maxLength")
        if low is not None or high is not None:
            _must_ascend(name, low, high)
            yield kinds.Length(id=f"{name}.length", column=name, severity=severity, low=low, high=high)
        if options.get("format") == "email":
            yield kinds.Email(id=f"{name}.email", column=name, severity=severity)
        if "pattern" in options:
            yield _pattern(name, options["pattern"], ours.get("patternLabel", ""), severity)
    if kind in ("integer", "number"):
        yield from _range(name, options, severity, whole=kind == "integer")


def _range(name: str, options: dict[str, Any], severity: Severity, *, whole: bool) -> Iterator[kinds.AnyRule]:
    low, above = options.get("minimum"), options.get("exclusiveMinimum")
    strict = above is not None and (low is None or above >= low)
    low = above if strict else low
    high, below = options.get("maximum"), options.get("exclusiveMaximum")
    if whole and below is not None:
        most = -(-below // 1) - 1  # the greatest whole number below
        high = most if high is None else min(high, most)
    if low is not None or high is not None:
        _must_ascend(name, low, high)
        yield kinds.Range(
            id=f"{name}.range", column=name, severity=severity, low=low, high=high, exclusive_low=strict
        )


def _dates(entry: dict[str, Any], ours: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    if entry.get("logicalType") != "date":
        return
    options = entry.get("logicalTypeOptions") or {}
    day = timedelta(days=1)
    lows = [_day(options, "minimum"), _day(options, "exclusiveMinimum", day)]
    highs = [_day(options, "maximum"), _day(options, "exclusiveMaximum", -day)]
    low = max((bound for bound in lows if bound), default=None)
    high = min((bound for bound in highs if bound), default=None)
    years, future = ours.get("yearsAgoAtLeast"), ours.get("notFuture", False)
    if low or high or future or years is not None:
        _must_ascend(entry["name"], low, high)
        yield kinds.DateRange(
            id=f"{entry['name']}.date_range",
            column=entry["name"],
            severity=severity,
            low=low,
            high=high,
            years_ago_at_least=years,
            not_future=future,
        )


def _day(options: dict[str, Any], option: str, away: timedelta = timedelta()) -> date | None:
    if option not in options:
        return None
    try:
        return date.fromisoformat(str(options[option])) + away
    except (ValueError, OverflowError) as error:
        raise ContractError(f"The {option} {options[option]!r} is no day.", "Write it YYYY-MM-DD.") from error


def _must_ascend(name: str, low: Any, high: Any) -> None:
    if low is not None and high is not None and low > high:
        raise ContractError(f"No value of {name!r} can be at least {low} and at most {high}.", "Swap them.")


def _words(name: str, values: list[Any]) -> tuple[str, ...]:
    for value in values:
        if value is None or isinstance(value, bool):
            raise ContractError(
                f"YAML reads an allowed value of {name!r} as {str(value).lower()}, not as a word.",
                "Put quotes around words such as yes, no, on, off, true and null.",
            )
    return tuple(dict.fromkeys(str(value) for value in values))


def _pattern(name: str, pattern: str, label: str, severity: Severity) -> kinds.Pattern:
    sql.check_pattern(pattern)
    whole = pattern.removeprefix("^")
    ends = len(whole) - len(whole.rstrip("$")) == 1 and not whole.endswith(r"\$")
    whole = whole[:-1] if ends else whole
    _must_run(pattern, whole)
    return kinds.Pattern(id=f"{name}.pattern", column=name, severity=severity, pattern=whole, label=label)


def _must_run(pattern: str, whole: str) -> None:
    """Arrow's RE2 is the one that DuckDB has: what it cannot compile would fail in the middle of a run."""
    try:
        for written in (whole, rf"\A(?:{whole})\z"):
            pc.match_substring_regex(pa.array([""]), written)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise ContractError(
            f"RE2 cannot run the pattern {pattern!r}: {reason}.",
            "Patterns are RE2: https://github.com/google/re2/wiki/Syntax.",
        ) from error


def _quality(name: str, check: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    """The rules of a library metric about rows; a check's own name is the rule's id."""
    severity = severity_of(check, severity)
    arguments = check.get("arguments") or {}
    rules: list[kinds.AnyRule] = []
    if check["metric"] in ("nullValues", "missingValues"):
        rules.append(kinds.NotNull(id=f"{name}.not_null", column=name, severity=severity))
    elif check["metric"] == "duplicateValues":
        rules.append(kinds.Unique(id=f"{name}.unique", column=name, severity=severity))
    if "validValues" in arguments:
        values = _words(name, arguments["validValues"])
        rules.append(kinds.OneOf(id=f"{name}.one_of", column=name, severity=severity, values=values))
    if "pattern" in arguments:
        rules.append(_pattern(name, arguments["pattern"], "", severity))
    for rule in rules:
        yield rule.model_copy(update={"id": check.get("name") or rule.id})
