"""Kinds of rules across the columns of one row: comparison, if-then, and a condition in SQL."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from sqlglot import exp

from governance.engines.rehearsal import refusal
from governance.errors import ContractError
from governance.findings import Dimension
from governance.rules import conditions, sql
from governance.rules.rule import NO_SHAPE, Rule

Types = tuple[tuple[str, str], ...]
"""(column, logical type) of the contract's columns, so that a condition reads numbers as numbers."""

OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
WORDS = {
    "=": "",
    "<>": "other than ",
    "<": "less than ",
    "<=": "at most ",
    ">": "more than ",
    ">=": "at least ",
}


class Across(Rule):
    """A rule written in the columns' names; `types` says what each is."""

    dimension: Dimension = Dimension.CONSISTENCY
    types: Types = Field(default=(), repr=False)

    @property
    def _texts(self) -> tuple[str, ...]:
        raise NotImplementedError

    @model_validator(mode="after")
    def _readable(self) -> Across:
        for text in self._texts:
            if text:
                conditions.parse(text, dict(self.types))
        bad = sql.render(self.failing(date.min))
        why = refusal(f"SELECT {bad} FROM rows", "rows", tuple((name, "VARCHAR") for name in self.reads))
        if why:
            raise ContractError(
                f"{' → '.join(filter(None, self._texts))!r} cannot be run: {why}",
                "Each column is read by its logical type: a number is no text, and a text is no number.",
            )
        return self

    def _read(self, text: str) -> exp.Expression:
        return conditions.typed(text, dict(self.types))

    def _holds(self, text: str) -> exp.Expression:
        """The truth of a condition; unknown where it cannot be computed."""
        return sql.fragment("TRY(CAST((:c) AS BOOLEAN))", c=self._read(text))

    @property
    def reads(self) -> tuple[str, ...]:
        named = [name for text in self._texts if text for name in conditions.columns(text, dict(self.types))]
        return tuple(dict.fromkeys((self.column, *named)))

    def shape(self) -> exp.Expression:
        return NO_SHAPE


class Compare(Across):
    """A column against an expression over the row: `total = quantity * price`, `end >= start`.

    Numbers may be `tolerance` apart, and are equal up to one part in 10⁹ in any case: the sum of cents is not
    exact in binary. Where either side is missing or no finite number, nothing is promised.
    """

    kind: Literal["compare"] = "compare"
    wrong: ClassVar[str] = "does not agree"
    operator: Literal["=", "<>", "<", "<=", ">", ">="]
    other: str
    tolerance: float = Field(default=0.0, ge=0)

    @property
    def _texts(self) -> tuple[str, ...]:
        return (self.other,)

    @property
    def _numeric(self) -> bool:
        return dict(self.types).get(self.column) in ("integer", "number")

    def failing(self, today: date) -> exp.Expression:
        left, right = self._read(sql.render(self.value)), self._read(self.other)
        if not self._numeric:
            return sql.fragment(f"TRY((:l) {OPPOSITE[self.operator]} (:r))", l=left, r=right)
        right = sql.fragment("TRY(CAST((:r) AS DOUBLE))", r=right)
        return sql.fragment(
            f"isfinite(:r) AND ({self._apart()})", l=left, r=right, t=sql.number(self.tolerance)
        )

    def _apart(self) -> str:
        slack = "(:t + 1e-9 * greatest(abs(:l), abs(:r)))"
        return {
            "=": f"abs(:l - :r) > {slack}",
            "<>": f"abs(:l - :r) <= {slack}",
            "<=": f":l - :r > {slack}",
            ">=": f":r - :l > {slack}",
            "<": f":l - :r >= -{slack}",
            ">": f":r - :l >= -{slack}",
        }[self.operator]

    @property
    def words(self) -> str:
        near = f", give or take {self.tolerance:g}" if self.tolerance else ""
        return f"{WORDS[self.operator]}{self.other}{near}"


class IfThen(Across):
    """Where `when` holds, `then` holds as well: `status = 'closed'` → `closed_on IS NOT NULL`."""

    kind: Literal["if_then"] = "if_then"
    wrong: ClassVar[str] = "condition not met"
    when: str = ""
    then: str

    @property
    def _texts(self) -> tuple[str, ...]:
        return (self.when, self.then)

    def failing(self, today: date) -> exp.Expression:
        then = sql.fragment("NOT :c", c=self._holds(self.then))
        if not self.when:
            return then
        return sql.fragment(":w AND :t", w=self._holds(self.when), t=then)

    @property
    def words(self) -> str:
        return f"such that {self.then}" + (f" where {self.when}" if self.when else "")


class Sql(Across):
    """Rows that a condition in SQL finds: the WHERE of a quality check that counts rows and wants none."""

    kind: Literal["sql"] = "sql"
    wrong: ClassVar[str] = "found by a query"
    where: str

    @property
    def _texts(self) -> tuple[str, ...]:
        return (self.where,)

    def failing(self, today: date) -> exp.Expression:
        return self._holds(self.where)

    @property
    def words(self) -> str:
        return f"such that this is not so: {self.where}"
