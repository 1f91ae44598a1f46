"""A made-up release that the tests of stages 14–17 share."""

from __future__ import annotations

import hashlib
from typing import Any

from governance.findings import Note, Severity
from governance.release import (
    ApprovalLine,
    DecisionLine,
    MaskLine,
    QuarantineLine,
    ReleaseFacts,
    StageLine,
)

AT = "2026-03-01T09:30:00+00:00"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def facts(**change: Any) -> ReleaseFacts:
    """Version 3 of `customers`, with whatever the test changes."""
    return ReleaseFacts.model_validate(PLAIN | change)


PLAIN: dict[str, Any] = {
    "run": "r1",
    "dataset": "customers",
    "file": "customers.csv",
    "version": 3,
    "published_at": AT,
    "requested_by": "ana",
    "approved_by": "ben",
    "reason": "weekly load",
    "contract_title": "Customers",
    "contract_version": "1.2.0",
    "contract_digest": digest("contract"),
    "input_digest": digest("input"),
    "input_bytes": 4_183_221,
    "candidate": digest("candidate"),
    "plan_digest": digest("plan"),
    "rows": {"in": 30_004, "kept": 28_796, "quarantined": 1_204, "unreadable": 4},
    "pass_rate_raw": 0.9599,
    "pass_rate_waived": 0.9812,
    "worst_severity": Severity.HIGH,
    "state": "PUBLISHED",
    "stages": (
        StageLine(number=1, name="load", state="done", seconds=0.412, rows_in=30_004, rows_out=30_000),
        StageLine(
            number=5, name="validate", state="done", seconds=61.0, summary="28,796 of 30,000 rows pass"
        ),
    ),
    "findings": (
        Note(kind="drift", severity=Severity.LOW, message="Income has drifted", column="income", rows=9_000),
        Note(
            kind="rule", severity=Severity.HIGH, message="No address", column="email", rule="email", rows=612
        ),
    ),
    "decisions": (
        DecisionLine(
            item="c1", title="Phones", action="fix", person="ana", reason="same numbers", at=AT, rows=431
        ),
    ),
    "quarantine": (QuarantineLine(reason_rule="email", column="email", severity=Severity.HIGH, rows=612),),
    "masking": (
        MaskLine(column="email", operator="pseudonym", description="HMAC-SHA-256", semantic="email"),
    ),
    "approvals": (ApprovalLine(kind="publish", person="ben", digest=digest("candidate"), at=AT),),
    "audit_head": {"seq": 412, "hash": digest("head")},
    "app_url": "http://127.0.0.1:8501",
}
