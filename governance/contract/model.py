"""A contract as the engine uses it: columns, rules, thresholds, service levels, privacy.

It is made from ODCS by `governance.contract.odcs`; nothing here knows YAML.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from governance.findings import Severity
from governance.rules.kinds import AnyRule
from governance.tables import Frozen


class LogicalType(StrEnum):
    """ODCS v3.1 logical types that a flat table can hold."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"


class Cleaning(StrEnum):
    """Ways to normalise a value without changing what it says. See governance.rules.cleaning."""

    TRIM = "trim"
    MISSING = "missing"
    NAME_CASE = "name_case"
    LOWER = "lower"
    UPPER = "upper"
    PHONE = "phone"
    DATE = "date"
    NUMBER = "number"
    NUMBER_COMMA = "number_comma"


class Column(Frozen):
    """One column as promised."""

    name: str
    type: LogicalType = LogicalType.STRING
    required: bool = False
    primary_key: bool = False
    description: str = ""
    business_name: str = ""
    cleaning: tuple[Cleaning, ...] = ()
    date_order: Literal["", "mdy", "dmy"] = ""
    """How this column's dates with slashes are meant; empty: 3/4/2024 is for a person to read."""
    missing_values: tuple[str, ...] = ()
    classification: str = ""
    semantic: str = ""
    """What the column is about, if the contract says so: email, phone, given_name, …"""
    masking: str = ""
    """The masking operator the contract asks for, if any."""

    @property
    def is_cleaned(self) -> bool:
        """Whether cleaning may change a value."""
        return bool(self.cleaning or self.missing_values)


Metric = Literal[
    "completeness", "accuracy", "duplicates", "freshness", "row_count", "volume_change", "psi", "ks",
    "new_categories", "vanished_categories", "outliers", "failing", "sql",
]  # fmt: skip
Operator = Literal["=", "<>", ">", ">=", "<", "<=", "between", "not between"]
LEAST = ("completeness", "accuracy", "row_count")
SHARES = ("completeness", "accuracy", "duplicates", "volume_change", "outliers")
"""Metrics that are parts of a whole, written in percent or as 0–1."""


class Threshold(Frozen):
    """A line that a measure of the table must not cross.

    `limit` is a share 0–1, hours for freshness, else a plain number; `upper` the second bound of a between.
    `failing` counts the rows that break `rule` (as a share, unless `counted`), `sql` is what `query` gives.
    """

    metric: Metric
    limit: float
    severity: Severity
    column: str = ""
    operator: Operator | Literal[""] = ""
    upper: float | None = None
    rule: str = ""
    counted: bool = False
    query: str = ""
    name: str = ""

    @property
    def side(self) -> Operator:
        """How the measure is compared with the limit; by default what the metric means."""
        return self.operator or (">=" if self.metric in LEAST else "<=")

    @property
    def is_share(self) -> bool:
        return self.metric in SHARES or (self.metric == "failing" and not self.counted)

    def met(self, value: float) -> bool:
        """Whether a measure keeps the line."""
        low, high = self.limit, self.limit if self.upper is None else self.upper
        return {
            "=": value == low, "<>": value != low, ">": value > low, ">=": value >= low, "<": value < low,
            "<=": value <= low, "between": low <= value <= high, "not between": not low <= value <= high,
        }[self.side]  # fmt: skip

    @property
    def key(self) -> str:
        """The line's name. One measure may have several: one to review at, a critical one to refuse at."""
        usual = ">=" if self.metric in LEAST else "<="
        side = "" if self.side == usual else _SPELLED[self.side]
        parts = [self.metric, self.column, self.rule, self.name, side]
        parts.append("critical" if self.severity is Severity.CRITICAL else "")
        return "-".join(part for part in parts if part)


_SPELLED: dict[str, str] = {
    "=": "equal", "<>": "other", ">": "more", ">=": "least", "<": "less", "<=": "most",
    "between": "between", "not between": "outside",
}  # fmt: skip


class Expectation(Frozen):
    """A check that the contract hands to Great Expectations as it stands."""

    id: str
    type: str
    arguments: dict[str, Any] = {}
    column: str = ""
    severity: Severity = Severity.HIGH


class Contract(Frozen):
    """All that is promised about one dataset."""

    dataset: str
    title: str = ""
    description: str = ""
    version: str = "1.0.0"
    digest: str
    columns: tuple[Column, ...]
    rules: tuple[AnyRule, ...]
    thresholds: tuple[Threshold, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    """Checks for Great Expectations, beside those that the rules make."""
    not_run: tuple[str, ...] = ()
    """Quality checks of the contract that this version keeps but does not run, in words."""
    min_approvals: int = 1
    allow_no_review: bool = True
    waiver_approval_rows: int = 1_000
    """A waiver that may cover more rows needs a second person."""
    bound: tuple[str, ...] = ()
    """Versions of other datasets that this run compares with: `customers@3`. Empty until a run is ordered."""

    @property
    def identity(self) -> str:
        """What a verdict by this contract depends on: its bytes, and the versions that it refers to."""
        return ":".join((self.digest, *self.bound))

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.primary_key)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def rule(self, rule_id: str) -> AnyRule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)
