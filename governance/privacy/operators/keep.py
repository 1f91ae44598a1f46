"""Leave the value as it is."""

from __future__ import annotations

from typing import Literal

from governance.privacy.operators.operator import Operator


class Keep(Operator):
    kind: Literal["keep"] = "keep"

    def sql(self, column: str, sql_type: str) -> str:
        """The column itself, under its own type."""
        return column

    def describe(self) -> str:
        return "kept as it is"
