"""What follows from the rest of a row: a number from an equation, or the value that goes with another column's.

Both are proposals, never applied by themselves. `compute` solves an equation of the contract for a column whose cell
breaks a rule; `usual` takes the value that every good row with the same key has; `follow` is several such steps. A
step is a query of the rows that get a value and of that value; where nothing follows, a row stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from governance.contract.model import Cleaning, Contract
from governance.engines.duckdb import Engine, quote
from governance.errors import InputError
from governance.review.choices import Fix
from governance.review.computing import computed, formula
from governance.review.formulas import equations, solved
from governance.review.ground import NUMBERS, Ground, at_fault, column_of
from governance.review.usual import usual
from governance.rules import kinds
from governance.rules.kinds import AnyRule
from governance.tables import ROW

COMPUTE, USUAL, FOLLOW = "compute", "usual", "follow"


def follows(fix: Fix) -> bool:
    """Whether a fix is one of these."""
    return fix.repair in (COMPUTE, USUAL, FOLLOW)


def steps(fix: Fix) -> tuple[Fix, ...]:
    """The single steps of a fix, in order."""
    return fix.steps if fix.repair == FOLLOW else (fix,)


def label(fix: Fix) -> str:
    """What a fix does, in words: no value of a row is in them."""
    if fix.repair == FOLLOW:
        return f"Fill in what follows ({', '.join(fix.columns)})"
    if fix.repair == COMPUTE:
        return f"{fix.column} = {fix.expression}"
    return f"{fix.column} as usual for its {' and '.join(fix.on)}"


def candidates(rules: Sequence[AnyRule], columns: tuple[str, ...], contract: Contract) -> list[Fix]:
    """The single steps that the contract itself suggests for rows that break these rules: equations first."""
    there = [rule for rule in contract.rules if {*rule.reads} <= {*columns}]
    known = [rule for rule in there if isinstance(rule, kinds.Depends)]
    found: dict[Fix, None] = {}
    for column in at_fault(rules):
        for equation in equations(there):
            if formula := solved(equation, column) if column in equation.reads else "":
                found[Fix(column=column, repair=COMPUTE, expression=formula)] = None
        for rule in known:
            if rule.column == column:
                found[Fix(column=column, repair=USUAL, on=rule.on)] = None
            elif rule.on == (column,):
                found[Fix(column=column, repair=USUAL, on=(rule.column,))] = None
    return list(found)


def check(fix: Fix, columns: tuple[str, ...], contract: Contract) -> None:
    """Refuse with InputError what does not follow from anything in this table."""
    if not steps(fix):
        raise InputError("Nothing follows without a step.", "Name one.")
    for step in steps(fix):
        for name in (step.column, *step.on):
            if name not in columns:
                raise InputError(f"There is no column {name!r}.", f"Columns: {', '.join(columns)}.")
        if step.repair == COMPUTE:
            formula(step, columns, contract)
        elif step.repair != USUAL or not step.on or step.column in step.on:
            raise InputError(
                f"What decides the usual value of {step.column}?", "Name one or more other columns."
            )


def take(engine: Engine, step: Fix, ground: Ground, *, table: str) -> None:
    """Write the values of one step into a table of raw rows."""
    put(engine, step, f"({values(step, ground)})", table=table)


def put(engine: Engine, step: Fix, found: str, *, table: str) -> None:
    """The same, with the values at hand: a FROM item `_row, _value`."""
    engine.run(
        f"UPDATE {table} SET {quote(step.column)} = found._value FROM {found} AS found "
        f"WHERE {table}.{ROW} = found.{ROW}"
    )


def values(step: Fix, ground: Ground) -> str:
    """A query `_row, _value` of the rows whose cell in `step.column` gets another text."""
    found = computed(step, ground) if step.repair == COMPUTE else usual(step, ground)
    column = column_of(ground.contract, step.column)
    written = "_found"
    if Cleaning.NUMBER_COMMA in column.cleaning and column.type in NUMBERS:
        written = "replace(_found, '.', ',')"
    return f"SELECT {ROW}, {written} AS _value FROM ({found})"
