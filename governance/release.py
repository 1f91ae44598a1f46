"""The facts of a release: what stages 14–17 tell the world, and nothing else that they may tell.

Only names, counts, digests and what people wrote as reasons: never a value of a row. A draft made before
publishing has the same shape; what has not happened yet is empty.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from governance.findings import Note, Severity
from governance.tables import Frozen


class StageLine(Frozen):
    """One stage as it went. `seconds` is wall time."""

    number: int
    name: str
    state: str
    seconds: float
    rows_in: int | None = None
    rows_out: int | None = None
    summary: str = ""


class DecisionLine(Frozen):
    """One decision. `at` is ISO 8601 in UTC; `rows` is how many rows it touched."""

    item: str
    title: str
    action: str
    person: str
    reason: str
    at: str
    rows: int = 0
    terms: str = ""
    """Of a waiver: its code, how far it goes, until when."""


class QuarantineLine(Frozen):
    """How many rows stay out for one reason. A row with two reasons counts in both lines."""

    reason_rule: str
    column: str = ""
    severity: Severity
    rows: int


class MaskLine(Frozen):
    """What the masking plan does with one column."""

    column: str
    operator: str
    description: str = ""
    semantic: str = ""


class ApprovalLine(Frozen):
    """One person's yes to one digest."""

    kind: str
    person: str
    digest: str
    reason: str = ""
    at: str = ""


class ReleaseFacts(Frozen):
    """Everything about one publish, rollback or draft. `rows` has `in`, `kept`, `quarantined`, `unreadable`.

    Pass rates are shares of rows, 0–1: `raw` of all rows, `waived` with waived failures counted as passing.
    `version` is None, and `published_at` and `approved_by` are empty, in a draft.
    """

    run: str
    dataset: str
    file: str
    version: int | None = None
    kind: Literal["publish", "rollback"] = "publish"
    rollback: str = ""
    """Id of the rollback, if it is one: its report has a folder of its own."""
    rolled_back_to: int | None = None
    published_at: str = ""
    requested_by: str
    approved_by: str = ""
    reason: str = ""
    contract_title: str = ""
    contract_version: str
    contract_digest: str
    input_digest: str
    input_bytes: int | None = None
    candidate: str = ""
    plan_digest: str = ""
    rows: dict[str, int]
    pass_rate_raw: float | None = None
    pass_rate_waived: float | None = None
    worst_severity: Severity | None = None
    state: str
    stages: tuple[StageLine, ...] = ()
    findings: tuple[Note, ...] = ()
    decisions: tuple[DecisionLine, ...] = ()
    quarantine: tuple[QuarantineLine, ...] = ()
    masking: tuple[MaskLine, ...] = ()
    break_glass: str = ""
    """Who published it without a second person, why, and who signed that off; empty for every other publish."""
    unsigned: bool = False
    """Nobody has signed off yet that it was published without a second person."""
    approvals: tuple[ApprovalLine, ...] = ()
    audit_head: dict[str, Any] = Field(default_factory=dict)
    app_url: str = ""
    """Address of the app, without a trailing slash; empty: links are left out."""

    @property
    def subject(self) -> str:
        """What this release is known by: the rollback's id, or the run's."""
        return self.rollback or self.run

    @property
    def moment(self) -> datetime | None:
        """`published_at` as a moment in UTC; None in a draft."""
        if not self.published_at:
            return None
        moment = datetime.fromisoformat(self.published_at)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    @property
    def link(self) -> str:
        """The page that shows it, or empty."""
        return f"{self.app_url.rstrip('/')}/run?run={quote(self.run, safe='')}" if self.app_url else ""
