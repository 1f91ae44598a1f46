"""What a derived repair stands on: the rows to mend, the rows that are good, and which cells are to blame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from governance.contract.model import Column, Contract, LogicalType
from governance.review.choices import Fix
from governance.review.formulas import equations
from governance.rules import kinds, sql
from governance.rules.kinds import AnyRule
from governance.source import cleaned
from governance.tables import ROW

NUMBERS = (LogicalType.INTEGER, LogicalType.NUMBER)
NO_DAY = date.min
"""The day that rules which ask for none are given."""
_DAYS = (kinds.DateRange, kinds.TimeRange, kinds.DateFormat, kinds.UnambiguousDate)
_ACROSS = (kinds.Compare, kinds.IfThen, kinds.Sql)


@dataclass(frozen=True)
class Ground:
    """What a step stands on: `table` the rows to mend, a FROM item of raw rows; `good` the rows that break no rule, a
    FROM item of cleaned ones; `broken` the rules that the rows to mend broke."""

    table: str
    good: str
    columns: tuple[str, ...]
    contract: Contract
    broken: tuple[str, ...]
    usual: dict[Fix, str] = field(default_factory=dict)
    """FROM items of `usual_values` that were made before."""

    def rules(self) -> list[AnyRule]:
        return [rule for rule_id in self.broken if (rule := self.contract.rule(rule_id))]


def at_fault(rules: Sequence[AnyRule]) -> tuple[str, ...]:
    """The columns whose cells may be what is wrong with a row."""
    named: dict[str, None] = {}
    for rule in rules:
        if equations((rule,)) or isinstance(rule, kinds.Depends):
            named |= dict.fromkeys(rule.reads)
        elif of_a_cell(rule):
            named[rule.column] = None
    return tuple(named)


def missing_or_odd(rules: Sequence[AnyRule]) -> tuple[str, ...]:
    """The columns whose cells are missing or cannot be read as what they should be."""
    unread = (kinds.NotNull, kinds.NotBlank, kinds.HasType, kinds.OneOf, kinds.Pattern)
    return tuple(dict.fromkeys(rule.column for rule in rules if isinstance(rule, unread)))


def cells(rules: Sequence[AnyRule]) -> tuple[str, ...]:
    """The columns whose cells are wrong by themselves: once filled in, a later step leaves them alone."""
    between = {name for rule in rules if isinstance(rule, kinds.Depends) for name in rule.reads}
    wrong = (rule.column for rule in rules if of_a_cell(rule) and not isinstance(rule, _DAYS))
    return tuple(name for name in dict.fromkeys(wrong) if name not in between)


def of_a_cell(rule: AnyRule) -> bool:
    """Whether the rule is about one cell alone."""
    return not isinstance(rule, _ACROSS) and rule.of_one_row


def holds(rule: AnyRule, column: str) -> bool:
    """Whether a rule says what the column may hold, in this row: its own promises and its equations."""
    if equations((rule,)):
        return column in rule.reads
    return rule.column == column and of_a_cell(rule) and not isinstance(rule, _DAYS)


def due(column: str, ground: Ground) -> str:
    """A condition over cleaned rows to mend, true on those that still break a rule about the column: other rows are
    none of a fix's business. What cannot be asked of one row (rules across rows, days that depend on today) is taken
    for still broken."""
    said = []
    for rule in ground.rules():
        if column not in rule.reads:
            continue
        if not rule.of_one_row or isinstance(rule, _DAYS):
            return "true"
        said.append(f"coalesce({sql.render(rule.failing(NO_DAY))}, false)")
    return " OR ".join(said) or "false"


def due_rows(column: str, ground: Ground) -> str:
    """A query `_row` of those rows."""
    return f"SELECT {ROW} FROM {mending(ground, (column,))} AS cleaned WHERE {due(column, ground)}"


def mending(ground: Ground, names: Sequence[str]) -> str:
    """A FROM item of the rows to mend, cleaned, with these columns and those that their rules read."""
    every = dict.fromkeys((*names, *(name for rule in ground.rules() for name in rule.reads)))
    there = tuple(name for name in every if name in ground.columns)
    return cleaned(ground.table, there, ground.contract)


def column_of(contract: Contract, name: str) -> Column:
    return contract.column(name) or Column(name=name)
