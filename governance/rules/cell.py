"""Kinds of rules about one cell: presence, type, bounds, form, words."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from governance.findings import Dimension
from governance.rules import sql
from governance.rules.rule import NO_SHAPE, Rule, must_bound


class NotNull(Rule):
    kind: Literal["not_null"] = "not_null"
    wrong: ClassVar[str] = "missing"
    dimension: Dimension = Dimension.COMPLETENESS

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(":v IS NULL", v=self.value)

    def shape(self) -> exp.Expression:
        return NO_SHAPE

    @property
    def words(self) -> str:
        return "present"


class NotBlank(Rule):
    """A value that is there is more than white space. Cleaning by `trim` makes blanks missing instead."""

    kind: Literal["not_blank"] = "not_blank"
    wrong: ClassVar[str] = "blank"
    dimension: Dimension = Dimension.COMPLETENESS

    def failing(self, today: date) -> exp.Expression:
        return sql.matches(self.value, rf"[ {sql.ODD_SPACE}]*")

    def shape(self) -> exp.Expression:
        return NO_SHAPE

    @property
    def words(self) -> str:
        return "more than white space"


class HasType(Rule):
    """The value converts to the column's type; for dates, it is one real day."""

    kind: Literal["type"] = "type"
    wrong: ClassVar[str] = "wrong type"
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


class Range(Rule):
    """A number between two bounds, both included unless exclusive."""

    kind: Literal["range"] = "range"
    wrong: ClassVar[str] = "out of range"
    tells: ClassVar[bool] = True
    low: float | None = None
    high: float | None = None
    exclusive_low: bool = False
    exclusive_high: bool = False

    @model_validator(mode="after")
    def _bounded(self) -> Range:
        must_bound(self.low, self.high)
        return self

    def failing(self, today: date) -> exp.Expression:
        number = sql.as_number(self.value)
        below = "<=" if self.exclusive_low else "<"
        above = ">=" if self.exclusive_high else ">"
        bad = []
        if self.low is not None:
            bad.append(sql.fragment(f":n {below} :b", n=number, b=sql.number(self.low)))
        if self.high is not None:
            bad.append(sql.fragment(f":n {above} :b", n=number, b=sql.number(self.high)))
        return exp.or_(*bad)

    def shape(self) -> exp.Expression:
        if self.high is None:
            return sql.text("too low")
        return sql.fragment(
            f"CASE WHEN :n {'>=' if self.exclusive_high else '>'} :b THEN 'too high' ELSE 'too low' END",
            n=sql.as_number(self.value),
            b=sql.number(self.high),
        )

    @property
    def words(self) -> str:
        if self.low is not None and self.high is not None and not (self.exclusive_low or self.exclusive_high):
            return f"between {self.low:,.10g} and {self.high:,.10g}"
        parts = []
        if self.low is not None:
            parts.append(f"{'more than' if self.exclusive_low else 'at least'} {self.low:,.10g}")
        if self.high is not None:
            parts.append(f"{'less than' if self.exclusive_high else 'at most'} {self.high:,.10g}")
        return " and ".join(parts)


class Multiple(Rule):
    """A number that is a whole multiple of a step, up to one part in 10⁹ (JSON schema's `multipleOf`)."""

    kind: Literal["multiple"] = "multiple"
    wrong: ClassVar[str] = "not a multiple"
    step: float = Field(gt=0)

    def failing(self, today: date) -> exp.Expression:
        times = sql.fragment(":n / :s", n=sql.as_number(self.value), s=sql.number(self.step))
        return sql.fragment("isfinite(:t) AND abs(:t - round(:t)) > 1e-9 * greatest(1, abs(:t))", t=times)

    @property
    def words(self) -> str:
        return f"a multiple of {self.step:,.10g}"


class Length(Rule):
    """A length in characters between two bounds, both included."""

    kind: Literal["length"] = "length"
    wrong: ClassVar[str] = "length"
    tells: ClassVar[bool] = True
    low: int | None = None
    high: int | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Length:
        must_bound(self.low, self.high)
        return self

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
    wrong: ClassVar[str] = "wrong form"
    pattern: str
    label: str = ""

    @field_validator("pattern")
    @classmethod
    def _runs(cls, pattern: str) -> str:
        sql.check_pattern(pattern)
        return pattern

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment("NOT :m", m=sql.matches(self.value, self.pattern))

    @property
    def words(self) -> str:
        return self.label or f"a value like {self.pattern}"


class Email(Rule):
    """A mailbox `local@domain` in the common ASCII form of RFC 5321/5322, with a dot in the domain."""

    kind: Literal["email"] = "email"
    wrong: ClassVar[str] = "not an e-mail address"
    tells: ClassVar[bool] = True
    lead: ClassVar[str] = "not an e-mail address, "

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
    wrong: ClassVar[str] = "not an allowed word"
    values: tuple[str, ...] = Field(min_length=1)

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment("NOT :m", m=sql.among(self.value, self.values))

    def shape(self) -> exp.Expression:
        return sql.text("another word")

    @property
    def words(self) -> str:
        return "one of " + ", ".join(self.values)
