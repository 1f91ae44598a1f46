"""Put one word in place of every value."""

from __future__ import annotations

from typing import Literal

from governance.privacy.operators.operator import Operator

REDACTED = "[redacted]"


class Redact(Operator):
    kind: Literal["redact"] = "redact"

    def sql(self, column: str, sql_type: str) -> str:
        return f"CASE WHEN {column} IS NOT NULL THEN '{REDACTED}' END"

    def describe(self) -> str:
        return f"replaced by {REDACTED}"
