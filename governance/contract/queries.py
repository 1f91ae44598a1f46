"""Quality checks in SQL: one read-only SELECT over the table, parsed before it runs.

`${table}`, `${column}` and their other spellings in the standard stand for the contract's names.
"""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

from governance.contract.model import Column, LogicalType
from governance.engines.rehearsal import refusal
from governance.errors import ContractError, InputError
from governance.rules import expressions, sql

TABLE_WORDS, COLUMN_WORDS = ("table", "object", "model", "schema"), ("column", "property", "field")
SPELLED = re.compile(rf"(\"?)\$?\{{({'|'.join((*TABLE_WORDS, *COLUMN_WORDS))})\}}\1")
REFUSED = (exp.Command, exp.Into, exp.Lambda, exp.Parameter, exp.Placeholder)
SQL_TYPES = {
    LogicalType.STRING: "VARCHAR", LogicalType.INTEGER: "BIGINT", LogicalType.NUMBER: "DOUBLE",
    LogicalType.BOOLEAN: "BOOLEAN", LogicalType.DATE: "DATE", LogicalType.TIMESTAMP: "TIMESTAMP",
}  # fmt: skip


def filled(query: str, *, table: str, column: str) -> str:
    """The query with the standard's words replaced by names."""
    return SPELLED.sub(lambda word: sql.quoted(table if word[2] in TABLE_WORDS else column), query)


def rows_where(query: str) -> str | None:
    """The condition of a `filled` query that does nothing but count the rows it holds for; None for any other."""
    try:
        tree = _select(query)
    except ContractError:
        return None
    counts = tree.expressions[0].unalias() if len(tree.expressions) == 1 else None
    only = {name for name, value in tree.args.items() if value} <= {"expressions", "from_", "where", "kind"}
    where = tree.args.get("where")
    if not (isinstance(counts, exp.Count) and isinstance(counts.this, exp.Star) and only and where):
        return None
    if not _is_plain(tree.args["from_"].this):
        return None
    try:
        text = str(where.this.sql("duckdb"))
        names = tuple({node.name for node in where.this.find_all(exp.Column)})
        expressions.check(expressions.read(text, what="a condition"), names, what="a condition")
    except InputError:
        return None
    return text


def _is_plain(read: exp.Expression) -> bool:
    """Whether a FROM item is a table by its name, all of it: no subquery, no sample."""
    return isinstance(read, exp.Table) and {name for name, value in read.args.items() if value} == {"this"}


def checked(query: str, *, table: str) -> str:
    """The query as it runs. Raises ContractError unless it is one SELECT that reads this table only."""
    tree = _select(query)
    if len(tree.expressions) != 1:
        raise ContractError("The query gives several columns.", "Select one number.")
    made = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    for node in tree.walk():
        if isinstance(node, REFUSED):
            raise ContractError(f"{node.key} is not allowed in a query.", "Write one plain SELECT.")
        if isinstance(node, exp.Table):
            _must_be_ours(node, table, made)
    return tree.sql("duckdb")


def _must_be_ours(node: exp.Table, table: str, made: set[str]) -> None:
    named = isinstance(node.this, exp.Identifier) and not node.db and not node.catalog
    if not named or node.name.casefold() not in {table.casefold(), *made}:
        raise ContractError(
            f"The query reads {node.sql('duckdb')}, which is not the table {table}.",
            "A check reads its own table; other datasets are compared with by the rule kind reference.",
        )


def must_run(query: str, table: str, columns: tuple[Column, ...]) -> None:
    """Raise ContractError when DuckDB would not run the query over the contract's columns in their types."""
    why = refusal(query, table, tuple((column.name, SQL_TYPES[column.type]) for column in columns))
    if why:
        raise ContractError(
            f"The query cannot be run: {why}", "Try it on a table with the contract's columns."
        )


def _select(query: str) -> exp.Select:
    try:
        statements = sqlglot.parse(query, dialect="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ContractError(
            "The query cannot be read as SQL.", "Write one SELECT in DuckDB's SQL."
        ) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise ContractError("The query is not one SELECT.", "Write one SELECT that gives one number.")
    return statements[0]
