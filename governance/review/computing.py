"""A number from an equation: `compute` takes the formula's value where the column may hold it."""

from __future__ import annotations

from sqlglot import exp

from governance.contract.model import Contract, LogicalType
from governance.errors import ContractError, InputError
from governance.review.choices import Fix
from governance.review.ground import NO_DAY, NUMBERS, Ground, column_of, due, holds, mending
from governance.rules import conditions, sql
from governance.rules.sql import quoted as quote
from governance.tables import ROW

WHOLE = 1e-9
"""How far from a whole number a value of an integer column may come out."""
EXACT = 1e15
"""Up to here a DOUBLE holds every whole number."""


def computed(step: Fix, ground: Ground) -> str:
    """A query `_row, _found`: the formula's value where it is a number that the column may hold and that keeps every
    equation about it. Nothing where an operand is missing or does not convert."""
    column, contract = column_of(ground.contract, step.column), ground.contract
    number, operands, types = formula(step, ground.columns, contract)
    kept = [rule for rule in contract.rules if holds(rule, step.column) and {*rule.reads} <= {*types}]
    now = mending(ground, (step.column, *operands, *(name for rule in kept for name in rule.reads)))
    present = " AND ".join(_present(name, types[name]) for name in operands if name != step.column)
    text = sql.render(_text(sql.column(step.column), whole=column.type is LogicalType.INTEGER))
    broken = " OR ".join(f"coalesce({sql.render(rule.failing(NO_DAY))}, false)" for rule in kept)
    there = f"({due(step.column, ground)}) AND ({present or 'true'})"
    name, value = quote(step.column), sql.render(number)
    made = f"SELECT * REPLACE (TRY(CAST(({value}) AS DOUBLE)) AS {name}) FROM {now} WHERE {there}"
    return (
        f"SELECT {ROW}, {name} AS _found FROM (SELECT * REPLACE ({text} AS {name}) FROM ({made})) "
        f"WHERE {name} IS NOT NULL AND NOT ({broken or 'false'})"
    )


def formula(
    step: Fix, columns: tuple[str, ...], contract: Contract
) -> tuple[exp.Expression, tuple[str, ...], dict[str, str]]:
    """What is computed, the columns it reads, and the types of all. Raises InputError."""
    if column_of(contract, step.column).type not in NUMBERS:
        raise InputError(f"{step.column} is no number, so nothing can be computed.", "Write an expression.")
    types = {one.name: one.type.value for one in contract.columns if one.name in columns}
    try:
        return conditions.typed(step.expression, types), conditions.columns(step.expression, types), types
    except ContractError as error:
        raise InputError(error.message, error.hint) from error


def _present(name: str, kind: str) -> str:
    """True where an operand is there and converts to its own type."""
    read = {**conditions.READ, "integer": sql.as_integer}.get(kind)
    return sql.render(sql.fragment(":v IS NOT NULL", v=read(sql.column(name)) if read else sql.column(name)))


def _text(number: exp.Expression, *, whole: bool) -> exp.Expression:
    """A finite DOUBLE as people write it: 4 and not 4.0, 0.3 and not 0.30000000000000004; NULL for any other.

    A whole number only where one came out; DOUBLE's noise, one part in 10¹², is taken off.
    """
    finite = sql.fragment("CASE WHEN isfinite(:n) THEN :n END", n=number)
    if whole:
        return sql.fragment(
            f"CASE WHEN abs(:f) < {EXACT} AND abs(:f - round(:f)) <= {WHOLE} "
            "THEN CAST(CAST(round(:f) AS BIGINT) AS VARCHAR) END",
            f=finite,
        )
    tidy = sql.fragment(
        "CASE WHEN abs(:f - round(:f, 9)) <= 1e-12 * abs(:f) THEN round(:f, 9) ELSE :f END", f=finite
    )
    return sql.fragment("regexp_replace(CAST(:t + 0.0 AS VARCHAR), '\\.0$', '')", t=tidy)
