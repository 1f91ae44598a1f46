"""Conditions and values that a contract writes over the columns of one row.

They are parsed, held to the same list of words as a steward's fixes, and read each column by its logical type:
a number as DOUBLE, so that no multiplication can overflow, a day as DATE, all else as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sqlglot import exp

from governance.errors import ContractError, InputError
from governance.rules import expressions, sql

READ = {
    "integer": sql.as_number,
    "number": sql.as_number,
    "date": sql.as_date,
    "timestamp": sql.as_timestamp,
    "boolean": sql.as_boolean,
}


def parse(text: str, types: Mapping[str, str]) -> exp.Expression:
    """The expression with the columns named as the contract names them. Raises ContractError."""
    return _parsed(text, tuple(types)).copy()


@lru_cache(maxsize=1024)
def _parsed(text: str, names: tuple[str, ...]) -> exp.Expression:
    try:
        tree = expressions.read(text, what="a condition")
        for node in tree.walk():
            if isinstance(node, exp.Column):
                _name(node, names)
        expressions.check(tree, names, what="a condition")
    except InputError as error:
        raise ContractError(f"{text!r} cannot be a condition: {error.message}", error.hint) from error
    return tree


def _name(node: exp.Column, names: tuple[str, ...]) -> None:
    """Case does not matter to DuckDB; to the columns' own names it does."""
    meant = next((name for name in names if name.casefold() == node.name.casefold()), None)
    if meant is not None:
        node.set("this", exp.to_identifier(meant, quoted=True))


def columns(text: str, types: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that an expression reads, each once."""
    return tuple(dict.fromkeys(node.name for node in parse(text, types).find_all(exp.Column)))


def typed(text: str, types: Mapping[str, str]) -> exp.Expression:
    """The expression over text columns, each read by its type."""
    tree = parse(text, types)

    def read(node: exp.Expression) -> exp.Expression:
        kind = types.get(node.name, "") if isinstance(node, exp.Column) else ""
        return READ[kind](node.copy()) if kind in READ else node

    return exp.Paren(this=tree).transform(read)
