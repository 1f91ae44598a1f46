"""Days out of range: in the future, or before 1900."""

from __future__ import annotations

from datetime import date

from governance.engines.duckdb import literal
from governance.findings import Dimension, Note, Severity
from governance.profiling.asking import Facts
from governance.statistics.model import DateRange

EARLY = "1900-01-01"
MANY = 0.01


def ask_dates(found: str, today: date) -> dict[str, str]:
    """Aggregates over `found`, a column of days or NULL."""
    return {
        "days": f"count({found})",
        "first": f"min({found})::VARCHAR",
        "last": f"max({found})::VARCHAR",
        "future": f"count(*) FILTER ({found} > {literal(today.isoformat())}::DATE)",
        "early": f"count(*) FILTER ({found} < {literal(EARLY)}::DATE)",
    }


def date_range(column: str, facts: Facts) -> DateRange:
    """What the aggregates come to."""
    return DateRange(
        column=column,
        n=facts["days"],
        min=facts["first"],
        max=facts["last"],
        in_future=facts["future"],
        before_1900=facts["early"],
    )


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
