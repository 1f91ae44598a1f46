"""Take the personal data out of free text, cell by cell, and leave the rest readable.

Patterns are taken out here. Person names are found by `governance.privacy.names` when the table is masked,
for they depend on the table's texts; where there are too many texts to read, whole cells are redacted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from governance.engines.duckdb import literal
from governance.privacy.operators.operator import Operator, as_text
from governance.privacy.operators.redact import REDACTED
from governance.privacy.patterns import SCRUBS, SHIELD

LONGEST = 5_000
"""Signs of a text that is still read; a longer cell is redacted whole."""


class Scrub(Operator):
    kind: Literal["scrub"] = "scrub"

    def sql(self, column: str, sql_type: str) -> str:
        text = as_text(column, sql_type)
        return f"CASE WHEN length({text}) > {LONGEST} THEN '{REDACTED}' ELSE {replaced(text, SCRUBS)} END"

    def describe(self) -> str:
        return "freed of names, numbers and addresses, cell by cell"


def shielded(column: str) -> str:
    """A kept text column of a row that broke a rule: without what is plainly personal, should it be there."""
    return replaced(column, SHIELD)


def replaced(text: str, replacements: Iterable[tuple[str, str]]) -> str:
    for pattern, word in replacements:
        text = f"regexp_replace({text}, {literal(pattern)}, '{word}', 'g')"
    return text
