"""A contract as the engine uses it: columns, rules, thresholds, service levels, privacy.

It is made from ODCS by `governance.contract.odcs`; nothing here knows YAML.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

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


class Threshold(Frozen):
    """A line that a table-wide measure must not cross. `limit` is a share 0–1, or hours for freshness."""

    metric: Literal["completeness", "accuracy", "duplicates", "freshness", "row_count"]
    limit: float
    severity: Severity
    column: str = ""

    @property
    def key(self) -> str:
        """The line's name. One measure may have two: one to review at, a critical one to refuse at."""
        parts = [self.metric, self.column, "critical" if self.severity is Severity.CRITICAL else ""]
        return "-".join(part for part in parts if part)


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
    not_run: tuple[str, ...] = ()
    """Quality checks of the contract that this version keeps but does not run, in words."""
    min_approvals: int = 1
    allow_no_review: bool = True

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.primary_key)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def rule(self, rule_id: str) -> AnyRule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)
