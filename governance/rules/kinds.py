"""The kinds of rules. Each finds failing rows: `failing` is true on the bad row, NULL counts as not bad.

A rule speaks of the value as cleaning leaves it: a phone number written otherwise is normalised, not bad.
Rules across rows (`unique`, `superseded`) read a helper relation of repeated keys, see `governance.verdict`.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from sqlglot import exp

from governance.findings import Dimension, Severity
from governance.rules import sql
from governance.tables import ROW, Frozen

NO_SHAPE = sql.text("")


class Rule(Frozen):
    """One promise. `id` is `<column>.<kind>` unless the contract names it."""

    id: str
    column: str
    severity: Severity = Severity.HIGH
    dimension: Dimension = Dimension.VALIDITY

    @property
    def value(self) -> exp.Expression:
        return sql.column(self.column)

    def failing(self, today: date) -> exp.Expression:
        """True on the bad row. `today` is the day of the run, so that a resumed run judges alike."""
        raise NotImplementedError

    def shape(self) -> exp.Expression:
        """What a bad value looks like, coarsely, for its signature."""
        return sql.shape(self.value)

    @property
    def words(self) -> str:
        """The promise in words: what was expected."""
        raise NotImplementedError

    @property
    def waivable(self) -> bool:
        """Whether a row that breaks this rule can be published at all."""
        return self.severity is not Severity.CRITICAL


class NotNull(Rule):
    kind: Literal["not_null"] = "not_null"
    dimension: Dimension = Dimension.COMPLETENESS

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(":v IS NULL", v=self.value)

    def shape(self) -> exp.Expression:
        return NO_SHAPE

    @property
    def words(self) -> str:
        return "present"


class HasType(Rule):
    """The value converts to the column's type; for dates, it is one real day."""

    kind: Literal["type"] = "type"
    type: Literal["integer", "number", "date", "timestamp", "boolean"]

    def failing(self, today: date) -> exp.Expression:
        convert = {
            "integer": sql.as_integer,
            "number": sql.as_number,
            "date": sql.as_date,
            "timestamp": sql.as_timestamp,
            "boolean": sql.as_boolean,
        }[self.type]
        bad = sql.fragment(":v IS NOT NULL AND :c IS NULL", v=self.value, c=convert(self.value))
        if self.type != "date":
            return bad
        return sql.fragment("(:bad) AND NOT :odd", bad=bad, odd=sql.ambiguous_date(self.value))

    @property
    def words(self) -> str:
        return {
            "integer": "a whole number",
            "number": "a number",
            "date": "a real day, YYYY-MM-DD",
            "timestamp": "a time, YYYY-MM-DD hh:mm:ss",
            "boolean": "true or false",
        }[self.type]

    @property
    def waivable(self) -> bool:
        return False  # the published column could not hold it


class UnambiguousDate(Rule):
    """A date that could be two different days is for a person to read."""

    kind: Literal["ambiguous_date"] = "ambiguous_date"
    severity: Severity = Severity.MEDIUM

    def failing(self, today: date) -> exp.Expression:
        return sql.ambiguous_date(self.value)

    @property
    def words(self) -> str:
        return "a date that can be read in one way only"

    @property
    def waivable(self) -> bool:
        return False


class Range(Rule):
    """A number between two bounds, both included unless exclusive."""

    kind: Literal["range"] = "range"
    low: float | None = None
    high: float | None = None
    exclusive_low: bool = False

    def failing(self, today: date) -> exp.Expression:
        number = sql.as_number(self.value)
        below = "<=" if self.exclusive_low else "<"
        bad = []
        if self.low is not None:
            bad.append(sql.fragment(f":n {below} :b", n=number, b=sql.number(self.low)))
        if self.high is not None:
            bad.append(sql.fragment(":n > :b", n=number, b=sql.number(self.high)))
        return exp.or_(*bad)

    def shape(self) -> exp.Expression:
        if self.high is None:
            return sql.text("too low")
        return sql.fragment(
            "CASE WHEN :n > :b THEN 'too high' ELSE 'too low' END",
            n=sql.as_number(self.value),
            b=sql.number(self.high),
        )

    @property
    def words(self) -> str:
        if self.high is None:
            return f"more than {self.low:,g}" if self.exclusive_low else f"at least {self.low:,g}"
        if self.low is None:
            return f"at most {self.high:,g}"
        return f"between {self.low:,g} and {self.high:,.0f}"


class Length(Rule):
    """A length in characters between two bounds, both included."""

    kind: Literal["length"] = "length"
    low: int | None = None
    high: int | None = None

    def failing(self, today: date) -> exp.Expression:
        bad = []
        if self.low is not None:
            bad.append(sql.fragment("length(:v) < :b", v=self.value, b=sql.number(self.low)))
        if self.high is not None:
            bad.append(sql.fragment("length(:v) > :b", v=self.value, b=sql.number(self.high)))
        return exp.or_(*bad)

    def shape(self) -> exp.Expression:
        if self.high is None:
            return sql.text("too short")
        return sql.fragment(
            "CASE WHEN length(:v) > :b THEN 'too long' ELSE 'too short' END",
            v=self.value,
            b=sql.number(self.high),
        )

    @property
    def words(self) -> str:
        if self.low is None:
            return f"at most {self.high} characters"
        return (
            f"at least {self.low} characters"
            if self.high is None
            else f"{self.low} to {self.high} characters"
        )


class Pattern(Rule):
    """The whole value matches an RE2 pattern. `label` says the pattern in words."""

    kind: Literal["pattern"] = "pattern"
    pattern: str
    label: str = ""

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment("NOT :m", m=sql.matches(self.value, self.pattern))

    @property
    def words(self) -> str:
        return self.label or f"a value like {self.pattern}"


class Email(Rule):
    """A mailbox `local@domain` in the common ASCII form of RFC 5321/5322, with a dot in the domain."""

    kind: Literal["email"] = "email"

    def failing(self, today: date) -> exp.Expression:
        atom = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
        label = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
        mailbox = rf"{atom}(?:\.{atom})*@(?:{label}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
        return sql.fragment(
            "NOT (:m AND length(:v) <= 254)", v=self.value, m=sql.matches(self.value, mailbox)
        )

    def shape(self) -> exp.Expression:
        return sql.fragment(
            "CASE WHEN :v NOT LIKE '%@%' THEN 'no @' WHEN :v LIKE '% %' THEN 'a space in it' "
            "WHEN :v LIKE '%..%' THEN 'two dots' WHEN :v LIKE '%@%@%' THEN 'two @' ELSE 'other' END",
            v=self.value,
        )

    @property
    def words(self) -> str:
        return "a valid e-mail address"


class OneOf(Rule):
    kind: Literal["one_of"] = "one_of"
    values: tuple[str, ...]

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(
            "NOT :m", m=exp.In(this=self.value, expressions=[sql.text(v) for v in self.values])
        )

    def shape(self) -> exp.Expression:
        return sql.text("another word")

    @property
    def words(self) -> str:
        return "one of " + ", ".join(self.values)


class DateRange(Rule):
    """A day between two bounds: a fixed day, or years before (negative) the day of the run."""

    kind: Literal["date_range"] = "date_range"
    low: date | None = None
    high: date | None = None
    years_ago_at_least: int | None = None
    not_future: bool = False

    def failing(self, today: date) -> exp.Expression:
        day = sql.as_date(self.value)
        bad = []
        if self.low:
            bad.append(sql.fragment(":d < :b", d=day, b=sql.date(self.low.isoformat())))
        for bound in (self.high, today if self.not_future else None, self._latest(today)):
            if bound:
                bad.append(sql.fragment(":d > :b", d=day, b=sql.date(bound.isoformat())))
        return exp.or_(*bad)

    def _latest(self, today: date) -> date | None:
        if self.years_ago_at_least is None:
            return None
        year = today.year - self.years_ago_at_least
        leap_day = (today.month, today.day) == (2, 29)
        return date(year, 2, 28) if leap_day and not isleap(year) else today.replace(year=year)

    def shape(self) -> exp.Expression:
        if not self.low:
            return sql.text("too late")
        return sql.fragment(
            "CASE WHEN :d < :b THEN 'too early' ELSE 'too late' END",
            d=sql.as_date(self.value),
            b=sql.date(self.low.isoformat()),
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
        return "a day " + ", ".join(said)


class Unique(Rule):
    """No other row has the same value; every row of the group fails, for a person to choose."""

    kind: Literal["unique"] = "unique"
    dimension: Dimension = Dimension.UNIQUENESS

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(":k IS NOT NULL", k=exp.column("_key", table=self.relation, quoted=True))

    @property
    def relation(self) -> str:
        """Alias of the helper relation of repeated values."""
        return f"repeated_{self.column}"

    def shape(self) -> exp.Expression:
        return NO_SHAPE

    @property
    def words(self) -> str:
        return "a value that no other row has"


class Superseded(Unique):
    """Of several rows with one value the last one in the batch wins; the earlier ones fail."""

    kind: Literal["superseded"] = "superseded"  # type: ignore[assignment]

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(
            ":row < :last",
            row=exp.column(ROW, table="cleaned", quoted=True),
            last=exp.column("_last", table=self.relation, quoted=True),
        )

    @property
    def words(self) -> str:
        return "the latest row with this value"

    @property
    def waivable(self) -> bool:
        return False  # two rows with one key could not both be published


AnyRule = Annotated[
    NotNull
    | HasType
    | UnambiguousDate
    | Range
    | Length
    | Pattern
    | Email
    | OneOf
    | DateRange
    | Unique
    | Superseded,
    Field(discriminator="kind"),
]
