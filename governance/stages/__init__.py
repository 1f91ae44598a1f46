"""The seventeen stages, one file each. A stage is a function of a bench and typed inputs; it returns a small
frozen result (never rows) that can be written as JSON and read back as an equal value."""

from __future__ import annotations

from enum import Enum

from governance.findings import Note
from governance.tables import Frozen


class Stage(Enum):
    """Number, name as everyone sees it, and what it does in a few words."""

    LOAD = (1, "load", "read the file, keep every line")
    IDEMPOTENCY = (2, "idempotency", "seen before?")
    PROFILE = (3, "profile", "describe each column")
    CONTRACT = (4, "contract", "schema and service levels")
    VALIDATE = (5, "validate", "every row against every rule")
    STATISTICAL = (6, "statistical", "outliers and drift")
    THRESHOLD = (7, "threshold", "clear, needs review or refused")
    CLEAN = (8, "clean", "normalise, cell by cell")
    QUARANTINE = (9, "quarantine", "one table in, two out")
    EXPECTATIONS = (10, "expectations", "Great Expectations on the kept rows")
    DETECT = (11, "detect PII", "find personal data")
    MASK = (12, "mask PII", "mask by the approved plan")
    VERSION = (13, "version", "commit to shelf and vault")
    METRICS = (14, "metrics", "Prometheus")
    UPLOAD = (15, "upload", "masked data to S3")
    NOTIFY = (16, "notify", "tell who must know")
    REPORT = (17, "report", "what happened, in one file")

    def __init__(self, number: int, label: str, purpose: str) -> None:
        self.number = number
        self.label = label
        self.purpose = purpose


class Outcome(Frozen):
    """What every stage answers: one line of summary, rows in and out where it counts rows, findings."""

    summary: str
    rows_in: int | None = None
    rows_out: int | None = None
    findings: tuple[Note, ...] = ()
