"""The rules that an ODCS property promises: type, required, unique, options, enum, foreign key; and the table's key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from governance.contract import custom
from governance.contract.checks import make, pattern, together_rule, words
from governance.errors import ContractError
from governance.findings import Severity
from governance.rules import kinds
from governance.rules.across import Types
from governance.rules.codes import FORMATS


def column_rules(
    entry: dict[str, Any], *, types: Types, table: str, alone: bool = True
) -> Iterator[kinds.AnyRule]:
    """All row rules of one property, in the order a person would check them.

    `types` are the columns of the contract with their logical types; `alone` is false where the primary key
    is made of several columns: then none of them is unique by itself.
    """
    name, ours = entry["name"], custom.properties(entry)
    severity = Severity(ours.get("severity", "critical" if entry.get("primaryKey") else "high"))
    if entry.get("required") or entry.get("primaryKey"):
        yield kinds.NotNull(id=f"{name}.not_null", column=name, severity=severity)
    yield from _type(entry, ours, severity)
    yield from _options(entry, ours, severity)
    yield from _dates(entry, ours, severity)
    if entry.get("enum"):
        values = words(name, [value["value"] for value in entry["enum"]])
        yield kinds.OneOf(id=f"{name}.one_of", column=name, severity=severity, values=values)
    if entry.get("unique") or (entry.get("primaryKey") and alone):
        last_wins = ours.get("onDuplicate") == "keepLatest"
        kind = kinds.Superseded if last_wins else kinds.Unique
        word = "superseded" if last_wins else "unique"
        yield kind(id=f"{name}.{word}", column=name, severity=Severity.HIGH)
    for link in entry.get("relationships") or []:
        if target := referred(link):
            yield make("reference", name, types, dataset=target[0], target=target[1], severity=severity)


def referred(link: dict[str, Any]) -> tuple[str, str] | None:
    """Dataset and column of a foreign key in the short form `dataset.column`; None for any other."""
    target = str(link.get("to", ""))
    named = link.get("type", "foreignKey") == "foreignKey" and re.fullmatch(
        r"([A-Za-z]\w*)\.([^./]+)", target
    )
    return (named[1], named[2]) if named else None


def table_rules(table: dict[str, Any], types: Types) -> Iterator[kinds.AnyRule]:
    """The rules of the whole table: a key of several columns, and checks across columns."""
    keys = [entry["name"] for entry in table.get("properties") or () if entry.get("primaryKey")]
    if len(keys) > 1:
        yield together_rule(keys)


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
        elif options.get("format") in FORMATS:
            form, label = FORMATS[options["format"]]
            yield kinds.Pattern(
                id=f"{name}.{options['format']}", column=name, severity=severity, pattern=form, label=label
            )
        if "pattern" in options:
            yield pattern(name, options["pattern"], ours.get("patternLabel", ""), severity)
    if kind in ("integer", "number"):
        yield from _range(name, options, severity, whole=kind == "integer")
        if options.get("multipleOf"):
            yield kinds.Multiple(
                id=f"{name}.multiple", column=name, severity=severity, step=options["multipleOf"]
            )
    if kind == "timestamp":
        yield from _times(name, options, severity)


def _range(name: str, options: dict[str, Any], severity: Severity, *, whole: bool) -> Iterator[kinds.AnyRule]:
    low, above = options.get("minimum"), options.get("exclusiveMinimum")
    strict_low = above is not None and (low is None or above >= low)
    low = above if strict_low else low
    high, below = options.get("maximum"), options.get("exclusiveMaximum")
    if whole and below is not None:
        most = -(-below // 1) - 1  # the greatest whole number below
        high, below = most if high is None else min(high, most), None
    strict_high = below is not None and (high is None or below <= high)
    high = below if strict_high else high
    if low is not None or high is not None:
        _must_ascend(name, low, high)
        yield kinds.Range(
            id=f"{name}.range", column=name, severity=severity, low=low, high=high,
            exclusive_low=strict_low, exclusive_high=strict_high,
        )  # fmt: skip


def _times(name: str, options: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    tick = timedelta(microseconds=1)
    lows = [_time(options, "minimum"), _time(options, "exclusiveMinimum", tick)]
    highs = [_time(options, "maximum"), _time(options, "exclusiveMaximum", -tick)]
    low = max((bound for bound in lows if bound), default=None)
    high = min((bound for bound in highs if bound), default=None)
    if low or high:
        _must_ascend(name, low, high)
        yield kinds.TimeRange(id=f"{name}.time_range", column=name, severity=severity, low=low, high=high)


def _time(options: dict[str, Any], option: str, away: timedelta = timedelta()) -> datetime | None:
    """A bound in UTC, without its zone; a naive one is UTC."""
    if option not in options:
        return None
    try:
        when = datetime.fromisoformat(str(options[option])) + away
    except (ValueError, OverflowError) as error:
        said = f"The {option} {options[option]!r} is no time."
        raise ContractError(said, "Write it YYYY-MM-DDThh:mm:ssZ.") from error
    return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when


def _dates(entry: dict[str, Any], ours: dict[str, Any], severity: Severity) -> Iterator[kinds.AnyRule]:
    if entry.get("logicalType") != "date":
        return
    options = entry.get("logicalTypeOptions") or {}
    day = timedelta(days=1)
    lows = [_day(options, "minimum"), _day(options, "exclusiveMinimum", day)]
    highs = [_day(options, "maximum"), _day(options, "exclusiveMaximum", -day)]
    low = max((bound for bound in lows if bound), default=None)
    high = min((bound for bound in highs if bound), default=None)
    years, days = ours.get("yearsAgoAtLeast"), ours.get("daysAgoAtMost")
    future = ours.get("notFuture", False)
    if low or high or future or years is not None or days is not None:
        _must_ascend(entry["name"], low, high)
        yield kinds.DateRange(
            id=f"{entry['name']}.date_range",
            column=entry["name"],
            severity=severity,
            low=low,
            high=high,
            years_ago_at_least=years,
            days_ago_at_most=days,
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
