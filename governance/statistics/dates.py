"""Columns of days and times: days out of range (in the future, or before 1900), and when things happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from governance.engines.duckdb import literal
from governance.findings import Dimension, Note, Severity
from governance.profiling.asking import Facts
from governance.profiling.counting import PERCENTS, Counting
from governance.statistics.model import Clock, DateRange
from governance.statistics.shares import cuts, shares_of

EARLY = "1900-01-01"
MANY = 0.01
HOURS, WEEKDAYS = range(24), range(1, 8)


def day_number(found: str) -> str:
    """Days since 1970-01-01 of a TIMESTAMP, as DOUBLE."""
    return f"(({found})::DATE - DATE '1970-01-01')::DOUBLE"


def ask_days(found: str) -> dict[str, str]:
    """An aggregate that must be known before days are counted: the percentiles of the days."""
    points = ", ".join(str(percent / 100) for percent in PERCENTS)
    return {"days": f"quantile_disc({day_number(found)}, [{points}])"}


def ask_dates(found: str, today: date, counting: Counting) -> dict[str, str]:
    """Aggregates over `found`, a column of times or NULL."""
    day = f"({found})::DATE"
    return {
        "dated": counting.there(found),
        "first": f"min({day})::VARCHAR",
        "last": f"max({day})::VARCHAR",
        "future": counting.where(f"{day} > {literal(today.isoformat())}::DATE"),
        "early": counting.where(f"{day} < {literal(EARLY)}::DATE"),
        "hours": counting.by(f"hour({found})"),
        "weekdays": counting.by(f"isodow({found})"),
    }


def date_range(column: str, facts: Facts) -> DateRange:
    """What the aggregates come to."""
    return DateRange(
        column=column,
        n=facts["dated"],
        min=facts["first"],
        max=facts["last"],
        in_future=facts["future"],
        before_1900=facts["early"],
    )


def clock_edges(days: Sequence[float] | None) -> list[float]:
    return cuts(days or ())


def clock_of(days: Sequence[float] | None, facts: Facts, counts: Sequence[int]) -> Clock | None:
    """When things happened; `counts` are those of the bins that `clock_edges` make. None without a day."""
    if not days:
        return None
    hours = _by(facts["hours"], HOURS)
    return Clock(
        start=round(days[0]),
        span=round(days[-1] - days[0]),
        edges=tuple(clock_edges(days)),
        shares=shares_of(counts),
        hours=shares_of(hours) if any(hours[1:]) else (),
        weekdays=shares_of(_by(facts["weekdays"], WEEKDAYS)),
    )


def _by(found: Mapping[int, int] | None, keys: Sequence[int]) -> list[int]:
    return [int((found or {}).get(key, 0)) for key in keys]


def date_note(found: DateRange) -> Note | None:
    """A finding, if any day is out of range: medium from one in a hundred on."""
    odd = found.in_future + found.before_1900
    if not odd:
        return None
    return Note(
        kind="date_range",
        severity=Severity.MEDIUM if odd > MANY * found.n else Severity.LOW,
        dimension=Dimension.VALIDITY,
        column=found.column,
        rows=odd,
        message=(
            f"{odd:,} of {found.n:,} dates of “{found.column}” are out of range: "
            f"{found.in_future:,} in the future, {found.before_1900:,} before 1900."
        ),
        details={"in_future": found.in_future, "before_1900": found.before_1900},
    )
