"""Kinds of rules about days and times."""

from __future__ import annotations

import re
from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from governance.findings import Severity
from governance.rules import sql
from governance.rules.rule import Rule, must_bound


class UnambiguousDate(Rule):
    """A date that could be two different days is for a person to read."""

    kind: Literal["ambiguous_date"] = "ambiguous_date"
    wrong: ClassVar[str] = "ambiguous date"
    severity: Severity = Severity.MEDIUM

    def failing(self, today: date) -> exp.Expression:
        unread = sql.fragment(":d IS NULL", d=sql.as_date(self.value))  # spares most values a second pattern
        return sql.fragment(":unread AND :odd", unread=unread, odd=sql.ambiguous_date(self.value))

    @property
    def words(self) -> str:
        return "a date that can be read in one way only"

    @property
    def waivable(self) -> bool:
        return False


class DateRange(Rule):
    """A day between two bounds: fixed days, or days and years counted back from the day of the run."""

    kind: Literal["date_range"] = "date_range"
    wrong: ClassVar[str] = "day out of range"
    tells: ClassVar[bool] = True
    low: date | None = None
    high: date | None = None
    years_ago_at_least: int | None = Field(default=None, ge=0, le=1000)
    days_ago_at_most: int | None = Field(default=None, ge=0, le=366_000)
    not_future: bool = False

    @model_validator(mode="after")
    def _bounded(self) -> DateRange:
        relative = self.not_future or self.years_ago_at_least is not None or self.days_ago_at_most is not None
        if not relative or (self.low and self.high):
            must_bound(self.low, self.high)
        return self

    def failing(self, today: date) -> exp.Expression:
        day = sql.as_date(self.value)
        bad = [sql.fragment(":d < :b", d=day, b=_literal(bound)) for bound in self._lows(today)]
        bad += [sql.fragment(":d > :b", d=day, b=_literal(bound)) for bound in self.highs(today)]
        return exp.or_(*bad)

    def _lows(self, today: date) -> list[date]:
        oldest = None if self.days_ago_at_most is None else today - timedelta(days=self.days_ago_at_most)
        return [bound for bound in (self.low, oldest) if bound]

    def highs(self, today: date) -> list[date]:
        """The bounds that no day may lie after, on the day of the run."""
        bounds = (self.high, today if self.not_future else None, self._latest(today))
        return [bound for bound in bounds if bound]

    def _latest(self, today: date) -> date | None:
        if self.years_ago_at_least is None:
            return None
        year = today.year - self.years_ago_at_least
        leap_day = (today.month, today.day) == (2, 29)
        return date(year, 2, 28) if leap_day and not isleap(year) else today.replace(year=year)

    def shape(self) -> exp.Expression:
        if not self.low and self.days_ago_at_most is None:
            return sql.text("too late")
        if not self.low:
            return sql.text("outside")
        return sql.fragment(
            "CASE WHEN :d < :b THEN 'too early' ELSE 'too late' END",
            d=sql.as_date(self.value),
            b=_literal(self.low),
        )

    @property
    def words(self) -> str:
        said = []
        if self.low:
            said.append(f"not before {self.low}")
        if self.high:
            said.append(f"not after {self.high}")
        if self.not_future:
            said.append("not in the future")
        if self.years_ago_at_least is not None:
            said.append(f"at least {self.years_ago_at_least} years ago")
        if self.days_ago_at_most is not None:
            said.append(f"at most {self.days_ago_at_most} days ago")
        return "a day " + ", ".join(said)


def _literal(day: date) -> exp.Expression:
    return sql.date(day.isoformat())


class TimeRange(Rule):
    """A point in time between two bounds, both included; naive bounds are UTC."""

    kind: Literal["time_range"] = "time_range"
    wrong: ClassVar[str] = "time out of range"
    tells: ClassVar[bool] = True
    low: datetime | None = None
    high: datetime | None = None

    @field_validator("low", "high")
    @classmethod
    def _in_utc(cls, when: datetime | None) -> datetime | None:
        return when.astimezone(UTC).replace(tzinfo=None) if when and when.tzinfo else when

    @model_validator(mode="after")
    def _bounded(self) -> TimeRange:
        must_bound(self.low, self.high)
        return self

    def failing(self, today: date) -> exp.Expression:
        when = sql.as_timestamp(self.value)
        bad = []
        if self.low:
            bad.append(sql.fragment(":t < :b", t=when, b=sql.timestamp(self.low)))
        if self.high:
            bad.append(sql.fragment(":t > :b", t=when, b=sql.timestamp(self.high)))
        return exp.or_(*bad)

    def shape(self) -> exp.Expression:
        if not self.low:
            return sql.text("too late")
        return sql.fragment(
            "CASE WHEN :t < :b THEN 'too early' ELSE 'too late' END",
            t=sql.as_timestamp(self.value),
            b=sql.timestamp(self.low),
        )

    @property
    def words(self) -> str:
        low = f"not before {self.low}" if self.low else ""
        high = f"not after {self.high}" if self.high else ""
        return "a time " + ", ".join(part for part in (low, high) if part)


LETTERS = {
    "yyyy": ("%Y", r"\d{4}"),
    "MM": ("%m", r"\d{2}"),
    "M": ("%m", r"\d{1,2}"),
    "dd": ("%d", r"\d{2}"),
    "d": ("%d", r"\d{1,2}"),
    "HH": ("%H", r"\d{2}"),
    "mm": ("%M", r"\d{2}"),
    "ss": ("%S", r"\d{2}"),
}
"""The words of java.time.format.DateTimeFormatter that ODCS formats are written in, those that are numbers."""
PIECES = re.compile(r"'[^']*'|([A-Za-z])\1*|[^A-Za-z']")


class DateFormat(Rule):
    """The text is a real day or time in one format, such as `dd.MM.yyyy` (words of Java's DateTimeFormatter)."""

    kind: Literal["date_format"] = "date_format"
    wrong: ClassVar[str] = "not in the date format"
    format: str

    @field_validator("format")
    @classmethod
    def _known(cls, written: str) -> str:
        pieces = [match.group() for match in PIECES.finditer(written)]
        odd = [piece for piece in pieces if piece[0].isalpha() and piece not in LETTERS]
        if odd or "".join(pieces) != written or not any(piece in LETTERS for piece in pieces):
            words = f"{', '.join(LETTERS)}, and text in single quotes"
            raise ValueError(f"the format {written!r} is not known; use {words}")
        return written

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(
            ":v IS NOT NULL AND NOT (:m AND coalesce(try_strptime(:v, :f) >= '0001-01-01', false))",
            v=self.value,
            m=sql.matches(self.value, self._pattern),
            f=sql.text(self._strptime),
        )

    @property
    def _pieces(self) -> list[str]:
        return [match.group() for match in PIECES.finditer(self.format)]

    @property
    def _pattern(self) -> str:
        return "".join(
            LETTERS[piece][1] if piece in LETTERS else re.escape(piece.strip("'")) for piece in self._pieces
        )

    @property
    def _strptime(self) -> str:
        return "".join(
            LETTERS[piece][0] if piece in LETTERS else piece.strip("'").replace("%", "%%")
            for piece in self._pieces
        )

    @property
    def words(self) -> str:
        return f"a real day written {self.format}"
