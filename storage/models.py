"""The ledger's tables. What is true is here; where the rows are is in the vault.

They hang on a registry of their own, because Streamlit reloads modules and a shared registry would say
"already defined". Times are UTC. JSON columns hold small, already masked facts: never a row of data.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic import NaiveDatetime
from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlalchemy.orm import defer, registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    pass


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def json_column() -> Any:
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class ContractVersion(Base, table=True):
    """A contract as it was given, byte for byte."""

    __tablename__ = "contract"
    __table_args__ = (UniqueConstraint("dataset", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    dataset: str = Field(index=True)
    number: int
    digest: str
    text: bytes
    added_by: str
    added_at: NaiveDatetime = Field(default_factory=now)


class ContractChange(Base, table=True):
    """A contract that someone proposed, byte for byte, and what became of it.

    `base` is the number of the contract that it was made from; 0: the dataset had none, and this first one is
    in force at once. `state`: waiting, approved, withdrawn.
    """

    __tablename__ = "contract_change"
    id: str = Field(primary_key=True)
    dataset: str = Field(index=True)
    base: int
    digest: str = Field(index=True)
    text: bytes
    state: str = "waiting"
    proposed_by: str
    proposed_at: NaiveDatetime = Field(default_factory=now)
    reason: str = ""
    decided_by: str = ""
    decided_at: NaiveDatetime | None = None


class RejectedSuggestion(Base, table=True):
    """A suggestion of a draft that someone rejected: it does not come back for this dataset.

    `key` names a column and what was suggested of it, never a value.
    """

    __tablename__ = "rejected_suggestion"
    __table_args__ = (UniqueConstraint("dataset", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    dataset: str = Field(index=True)
    key: str
    person: str
    reason: str = ""
    rejected_at: NaiveDatetime = Field(default_factory=now)


class Run(Base, table=True):
    """One pass over one input."""

    __tablename__ = "run"
    id: str = Field(primary_key=True)
    dataset: str = Field(index=True)
    file: str
    source: str
    input_digest: str
    contract_digest: str
    plan_digest: str = ""
    fingerprint: str = Field(default="", index=True)
    state: str = Field(index=True)
    revision: int = 0
    computed: int = -1
    submitted_by: str
    submitted_at: NaiveDatetime = Field(default_factory=now, index=True)
    changed_at: NaiveDatetime = Field(default_factory=now)
    options: dict[str, Any] = json_column()
    rows: dict[str, Any] = json_column()
    outcome: str = ""
    candidate: str = ""
    same_as: str = ""
    error: str = ""


class StageResult(Base, table=True):
    """What one stage of one revision came to. `result` is the stage's own small answer."""

    __tablename__ = "stage"
    __table_args__ = (UniqueConstraint("run", "revision", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    run: str = Field(index=True)
    revision: int
    number: int
    name: str
    state: str
    started_at: NaiveDatetime = Field(default_factory=now)
    seconds: float | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    summary: str = ""
    result: dict[str, Any] = json_column()


WITHOUT_RESULT = defer(StageResult.result, raiseload=True)  # type: ignore[arg-type]  # SQLModel says what a row holds
"""For a query's `options`: all of a stage but its answer, which may be long."""


class Finding(Base, table=True):
    """What a check found. One line a (rule, column), not a row of data; counts, never values."""

    __tablename__ = "finding"
    id: int | None = Field(default=None, primary_key=True)
    run: str = Field(index=True)
    revision: int
    stage: str
    kind: str
    severity: str
    dimension: str = ""
    column: str = ""
    rule: str = ""
    message: str
    rows: int = 0
    details: dict[str, Any] = json_column()


class Item(Base, table=True):
    """Something a person is asked to decide about. `version` guards against two people at once.

    `required`: the run cannot be approved while this is open. `revision`: the one it was last seen in.
    """

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("run", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    run: str = Field(index=True)
    key: str
    kind: str
    severity: str
    title: str
    rows: int = 0
    required: bool = False
    state: str = "open"
    revision: int = 0
    version: int = 0
    details: dict[str, Any] = json_column()


class Decision(Base, table=True):
    """What a person or a named policy chose. Never changed: an undo is a decision of its own."""

    __tablename__ = "decision"
    id: int | None = Field(default=None, primary_key=True)
    run: str = Field(index=True)
    item: str
    action: str
    person: str
    reason: str
    decided_at: NaiveDatetime = Field(default_factory=now)
    revision: int
    payload: dict[str, Any] = json_column()
    undoes: int | None = None


class Recipe(Base, table=True):
    """One version of what is proposed for the failing rows of one signature, by a decision that was approved.

    What a fix says is `note`, a note in the vault: it may hold a value that somebody typed. `column` and `repair` are
    names. `state`: in force, replaced, retired, or waiting for a second person. `run` and `published`: where the decision
    was made and which version came of it; empty and 0 for one that was imported.
    """

    __tablename__ = "recipe"
    __table_args__ = (UniqueConstraint("dataset", "signature", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    dataset: str = Field(index=True)
    signature: str
    number: int
    state: str = Field(index=True)
    title: str
    rules: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    shape: str = ""
    action: str
    column: str = ""
    repair: str = ""
    note: str = ""
    digest: str
    reason: str = ""
    decided_by: str
    approved_by: str = ""
    run: str = ""
    published: int = 0
    made_at: NaiveDatetime = Field(default_factory=now)
    changed_by: str = ""
    changed_at: NaiveDatetime | None = None
    why: str = ""


class RecipeOffer(Base, table=True):
    """A recipe that was proposed for an item of a run. `came`: what a person made of it, empty while nobody decided:
    accepted (the same decision), changed (another fix) or declined (another decision)."""

    __tablename__ = "recipe_offer"
    run: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    recipe: int = Field(index=True)
    came: str = ""
    offered_at: NaiveDatetime = Field(default_factory=now)


class MaskingPlan(Base, table=True):
    """How a dataset's columns are masked. Approved once, carried to the next run."""

    __tablename__ = "masking_plan"
    id: int | None = Field(default=None, primary_key=True)
    dataset: str = Field(index=True)
    digest: str = Field(index=True)
    plan: dict[str, Any] = json_column()
    proposed_by: str
    proposed_at: NaiveDatetime = Field(default_factory=now)
    run: str = ""
    revision: int = 0
    approved_by: str = ""
    approved_at: NaiveDatetime | None = None


class Approval(Base, table=True):
    """One person's yes to one digest. Void when the digest is no longer the candidate's."""

    __tablename__ = "approval"
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str = Field(index=True)
    digest: str
    person: str
    reason: str = ""
    approved_at: NaiveDatetime = Field(default_factory=now)


class Rollback(Base, table=True):
    """A wish to make an earlier version current again; carried out after another person's approval."""

    __tablename__ = "rollback"
    id: str = Field(primary_key=True)
    dataset: str = Field(index=True)
    to_number: int
    base_number: int
    digest: str
    state: str
    requested_by: str
    requested_at: NaiveDatetime = Field(default_factory=now)
    reason: str = ""
    error: str = ""


class Version(Base, table=True):
    """A published snapshot. `number` is ours and counts from 1; the Delta commits carry it too."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("dataset", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    dataset: str = Field(index=True)
    number: int
    kind: str
    run: str
    digest: str
    content: str
    shelf_commit: int
    vault_commit: int
    rows: int
    requested_by: str
    approved_by: str
    reason: str = ""
    rolled_back_to: int | None = None
    published_at: NaiveDatetime = Field(default_factory=now)
    details: dict[str, Any] = json_column()


class Task(Base, table=True):
    """Work for a worker: prepare, revise, release or roll back. Taken in order; the id is its DBOS id."""

    __tablename__ = "task"
    id: str = Field(primary_key=True)
    kind: str
    subject: str = Field(index=True)
    state: str = Field(default="queued", index=True)
    queued_at: NaiveDatetime = Field(default_factory=now)
    finished_at: NaiveDatetime | None = None


class DeepReport(Base, table=True):
    """The deep report of one revision: queued, running, done or failed. `note` is its HTML in the vault."""

    __tablename__ = "deep_report"
    run: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    state: str = "queued"
    asked_by: str = ""
    asked_at: NaiveDatetime = Field(default_factory=now)
    rows: int = 0
    of: int = 0
    seconds: float | None = None
    error: str = ""
    note: str = ""


class Delivery(Base, table=True):
    """One message to one channel: written before it is sent, so that a crash never sends it twice."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("run", "channel", "event"),)
    id: int | None = Field(default=None, primary_key=True)
    run: str = Field(index=True)
    channel: str
    event: str
    state: str
    detail: str = ""
    attempted_at: NaiveDatetime = Field(default_factory=now)


class Preference(Base, table=True):
    """What one person chose for their own screen."""

    __tablename__ = "preference"
    person: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: dict[str, Any] = json_column()


class Assignment(Base, table=True):
    """Who looks after an item, and until when; one a (run, item). What was before is in the audit log."""

    __tablename__ = "assignment"
    run: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    person: str = Field(index=True)
    due: date | None = None
    assigned_by: str
    assigned_at: NaiveDatetime = Field(default_factory=now)


class Comment(Base, table=True):
    """What someone said about an item. Never changed. `mentions` are the people it names with an @."""

    __tablename__ = "comment"
    id: int | None = Field(default=None, primary_key=True)
    run: str = Field(index=True)
    item: str
    person: str
    text: str
    mentions: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    said_at: NaiveDatetime = Field(default_factory=now)


class AuditEvent(Base, table=True):
    """One link of the chain: see storage.audit."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_dataset", "dataset"), Index("audit_run", "run"))
    seq: int = Field(primary_key=True)
    at: str
    actor: str
    action: str
    dataset: str = ""
    run: str = ""
    subject: str = ""
    data: str = "{}"
    previous: str
    hash: str = Field(unique=True)


class AuditHead(Base, table=True):
    """A signed head, exported with every publish and rollback."""

    __tablename__ = "audit_head"
    seq: int = Field(primary_key=True)
    hash: str
    signature: str
    key: str
    at: str
