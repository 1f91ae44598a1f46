"""What every masking operator can do."""

from __future__ import annotations

from governance.tables import Frozen

UNREADABLE = "[unreadable]"
"""Stands for a value that an operator cannot make sense of: better no information than too much."""


class Operator(Frozen):
    """A masking policy for one column."""

    def sql(self, column: str, sql_type: str) -> str:
        """A DuckDB expression for the masked value as text. `column` is a quoted identifier or an expression.

        NULL stays NULL. Any other value is masked, however odd it is: the quarantine is masked with it too.
        """
        raise NotImplementedError

    def describe(self) -> str:
        """What it does, in words, to follow the column's name."""
        raise NotImplementedError


def as_text(column: str, sql_type: str) -> str:
    return column if sql_type == "VARCHAR" else f"CAST({column} AS VARCHAR)"
