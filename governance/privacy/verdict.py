"""What stage 11 says of a column, and why."""

from __future__ import annotations

from typing import Literal

from governance.privacy.meaning import Category, Semantic
from governance.privacy.operators import AnyOperator
from governance.tables import Frozen


class Evidence(Frozen):
    """One reason, as a sentence without values. `share` is between 0 and 1; 0 speaks against."""

    source: Literal["name", "pattern", "checksum", "presidio", "contract"]
    detail: str
    share: float = 1.0


class ColumnVerdict(Frozen):
    """One column. `unexpected`: the contract does not have it. `rows`: cells that hold personal data."""

    column: str
    semantic: Semantic = Semantic.NONE
    category: Category = Category.NONE
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    unexpected: bool = False
    proposed: AnyOperator
    classification: str = ""
    rows: int = 0

    @property
    def personal(self) -> bool:
        return self.category is not Category.NONE
