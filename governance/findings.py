"""What a check found: counts and names, never a value of a row, so that it may be shown to anyone."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from governance.tables import Frozen


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


class Dimension(StrEnum):
    """Data quality dimensions in DAMA's words (DAMA-DMBOK 2, chapter 13; ISO/IEC 25012)."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    UNIQUENESS = "uniqueness"
    CONSISTENCY = "consistency"
    ACCURACY = "accuracy"
    TIMELINESS = "timeliness"
    CONFORMITY = "conformity"
    PRIVACY = "privacy"


class Note(Frozen):
    """One finding. `kind` is a short stable word (`rule`, `schema`, `threshold`, `outlier`, `drift`, …)."""

    kind: str
    severity: Severity
    message: str
    dimension: str = ""
    column: str = ""
    rule: str = ""
    rows: int = 0
    details: dict[str, Any] = {}
