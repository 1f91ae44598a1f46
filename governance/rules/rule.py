"""What a rule is: one promise that finds failing rows. The kinds are in the files beside this one.

A rule speaks of the value as cleaning leaves it: a phone number written otherwise is normalised, not bad.
`failing` is true on the bad row; what is neither true nor false counts as not bad, so no row is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, NamedTuple

from pydantic import ConfigDict
from sqlglot import exp

from governance.findings import Dimension, Severity
from governance.rules import sql
from governance.tables import Frozen

NO_SHAPE = sql.text("")

Key = Callable[[str, str], str]
"""(column, table alias) → SQL of what two cells must share to hold the same value."""


class Helper(NamedTuple):
    """A relation that a rule across rows reads: made once of all cleaned rows, joined to each of them.

    `query` gets a FROM item of cleaned rows and calls it `rows`; `on` joins the alias to `cleaned`.
    """

    alias: str
    query: Callable[[str], str]
    on: str


def must_bound(low: Any, high: Any) -> None:
    """Refuse bounds that allow everything or nothing."""
    if low is None and high is None:
        raise ValueError("a bound is missing: write low, high or both")
    if low is not None and high is not None and low > high:
        raise ValueError(f"nothing can be at least {low} and at most {high}")


class Rule(Frozen):
    """One promise. `id` is `<column>.<kind>` unless the contract names it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str
    column: str
    severity: Severity = Severity.HIGH
    dimension: Dimension = Dimension.VALIDITY

    wrong: ClassVar[str] = "wrong"
    """What a row that breaks the rule is called, in a few words."""
    tells: ClassVar[bool] = False
    """Whether the shape says in words what is wrong, after `lead`."""
    lead: ClassVar[str] = ""

    @property
    def value(self) -> exp.Expression:
        return sql.column(self.column)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns without which the rule cannot be judged, its own first."""
        return (self.column,)

    @property
    def subject(self) -> str:
        """What the promise is about, in words."""
        return self.column

    def failing(self, today: date) -> exp.Expression:
        """True on the bad row. `today` is the day of the run, so that a resumed run judges alike."""
        raise NotImplementedError

    def helper(self, key: Key) -> Helper | None:
        """The relation that `failing` reads beside the row, if any."""
        return None

    @property
    def of_one_row(self) -> bool:
        """Whether it judges each row by itself: what becomes of one changes the verdict of no other."""
        return self.helper(lambda column, table: "") is None

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
