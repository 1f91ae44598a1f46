"""Runs: the list, one run whole, the strip at the head of its pages, and its stages' own results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, select

from governance import approvals
from governance.dossier import facts_of
from governance.effect import basis, measures
from governance.errors import Stale
from governance.findings import Note
from governance.house import House
from governance.journal import FINISHED, Journal
from governance.people import Person, Verb
from governance.plural import many
from governance.profiling.private import bring_back, bring_figures_back
from governance.release import ReleaseFacts
from governance.reporting import render
from governance.stages import Outcome, Stage
from governance.stages.profile import Profiled
from governance.stages.quarantine import Split
from governance.stages.statistical import Statistics
from governance.stages.threshold import Measure
from governance.states import ENDED, WORKING, State
from governance.tables import Frozen
from storage.models import WITHOUT_RESULT, Item, Run, StageResult

R = TypeVar("R", bound=Outcome)


class StageMark(Frozen):
    """One of the seventeen marks of a strip. `state`: waiting, running, done, skipped or failed."""

    number: int
    name: str
    purpose: str
    state: str
    seconds: float | None = None
    summary: str = ""
    rows_in: int | None = None
    rows_out: int | None = None


class Strip(Frozen):
    """The head of every page of a run. `who_next` says who may act, and on what."""

    run: str
    dataset: str
    file: str
    state: State
    revision: int
    outcome: str
    submitted_by: str
    submitted_at: datetime
    changed_at: datetime
    stages: tuple[StageMark, ...]
    who_next: str
    error: str = ""
    same_as: str = ""
    version: int | None = None
    rows: dict[str, int] = {}

    @property
    def working(self) -> bool:
        return self.state in WORKING

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def done(self) -> int:
        return sum(mark.state in FINISHED for mark in self.stages)


class DatasetLine(Frozen):
    """A dataset as the Submit page lists it."""

    name: str
    title: str
    description: str
    columns: tuple[str, ...]
    rules: int
    contract: str
    current_version: int | None
    has_sample: bool


class RunView(Frozen):
    """One run whole, without values of rows."""

    strip: Strip
    candidate: str
    contract_digest: str
    contract_version: str
    input_digest: str
    plan_digest: str
    plan_approved: bool
    measures: tuple[Measure, ...]
    findings: tuple[Note, ...]
    facts: ReleaseFacts
    open_items: int
    open_required: int
    approvals: tuple[str, ...]
    needed_approvals: int
    why_not_approve: str
    why_not_publish: str
    why_not_decide: str
    why_not_values: str


@dataclass(frozen=True)
class Asked:
    house: House

    def datasets(self) -> tuple[DatasetLine, ...]:
        """Every dataset with its newest contract."""
        from governance.records import newest_version

        lines = []
        for name in self.house.datasets():
            contract = self.house.contract_by_digest(self.house.contract(name).digest)
            with self.house.ledger.read() as session:
                current = newest_version(session, name)
            lines.append(
                DatasetLine(
                    name=name,
                    title=contract.title,
                    description=contract.description,
                    columns=tuple(column.name for column in contract.columns),
                    rules=len(contract.rules),
                    contract=contract.version,
                    current_version=current.number if current else None,
                    has_sample=name in ("customers", "divers"),
                )
            )
        return tuple(lines)

    def runs(self, person: Person, *, dataset: str = "", limit: int = 50) -> tuple[Strip, ...]:
        """The newest runs first."""
        person.must(Verb.SEE_RUNS)
        with self.house.ledger.read() as session:
            query = select(Run).order_by(col(Run.submitted_at).desc()).limit(limit)
            if dataset:
                query = query.where(Run.dataset == dataset)
            return tuple(strip_of(session, run) for run in session.exec(query))

    def strip(self, person: Person, run_id: str) -> Strip:
        """The head of a run's pages, cheap enough to ask every second."""
        person.must(Verb.SEE_RUNS)
        run = self.house.run(run_id)
        with self.house.ledger.read() as session:
            return strip_of(session, run)

    def run(self, person: Person, run_id: str) -> RunView:
        """One run whole, and what this person may do with it."""
        person.must(Verb.SEE_RUNS)
        run = self.house.run(run_id)
        contract = self.house.contract_of(run)
        facts = facts_of(self.house, run.id)
        with self.house.ledger.read() as session:
            items = session.exec(select(Item).where(Item.run == run.id, Item.state == "open")).all()
            given = approvals.given(session, run)
            may_approve = approvals.why_not_approve(session, run, contract, person.name)
            return RunView(
                strip=strip_of(session, run),
                candidate=run.candidate,
                contract_digest=run.contract_digest,
                contract_version=contract.version,
                input_digest=run.input_digest,
                plan_digest=run.plan_digest,
                plan_approved=bool(run.plan_digest) and _plan_approved(session, run),
                measures=self._measures(run, contract),
                findings=facts.findings,
                facts=facts,
                open_items=len(items),
                open_required=sum(item.required for item in items),
                approvals=tuple(one.person for one in given),
                needed_approvals=contract.min_approvals,
                why_not_approve=person.why_not(Verb.APPROVE) or may_approve,
                why_not_publish=person.why_not(Verb.PUBLISH)
                or approvals.why_not_publish(session, run, contract),
                why_not_decide=person.why_not(Verb.DECIDE) or _why_not_decide(run),
                why_not_values=person.why_not(Verb.SEE_VALUES),
            )

    def stage(self, person: Person, run_id: str, stage: Stage, kind: type[R]) -> R | None:
        """A stage's own result in the revision as it stands; None while it has none.

        Profile and statistics come with people's values for those who may see them, and without for others.
        """
        person.must(Verb.SEE_RUNS)
        run = self.house.run(run_id)
        result = Journal(self.house, run.id, run.dataset, max(run.computed, 0)).known(stage, kind)
        if not person.may(Verb.SEE_VALUES):
            return result
        if isinstance(result, Profiled):
            return kind.model_validate(bring_back(self.house.bench, result).model_dump())
        if isinstance(result, Statistics):
            return kind.model_validate(bring_figures_back(self.house.bench, result).model_dump())
        return result

    def report(self, person: Person, run_id: str) -> dict[str, str]:
        """The report as it would be written now: `html`, `json` and `txt`."""
        person.must(Verb.SEE_RUNS)
        return render(facts_of(self.house, self.house.run(run_id).id))

    def _measures(self, run: Run, contract: object) -> tuple[Measure, ...]:
        from governance.contract.model import Contract

        assert isinstance(contract, Contract)
        try:
            start = basis(self.house, run)
        except Stale:
            return ()
        split = Journal(self.house, run.id, run.dataset, max(run.computed, 0)).known(Stage.QUARANTINE, Split)
        if split is None:
            return start.judged.measures
        return measures(contract, split.judged, split.counts, start)


def _plan_approved(session: Session, run: Run) -> bool:
    from governance.records import plan_approved

    return plan_approved(session, run.dataset, run.plan_digest)


def _why_not_decide(run: Run) -> str:
    if run.state in (State.AWAITING_REVIEW, State.REVISING, State.APPROVED):
        return ""
    return f"The run is {run.state}: decisions are possible while it awaits review."


def strip_of(session: Session, run: Run) -> Strip:
    return Strip(
        run=run.id,
        dataset=run.dataset,
        file=run.file,
        state=State(run.state),
        revision=run.revision,
        outcome=run.outcome,
        submitted_by=run.submitted_by,
        submitted_at=run.submitted_at,
        changed_at=run.changed_at,
        stages=_marks(session, run),
        who_next=_who_next(session, run),
        error=run.error,
        same_as=run.same_as,
        version=run.options.get("version"),
        rows=run.rows,
    )


def _marks(session: Session, run: Run) -> tuple[StageMark, ...]:
    """The newest revision's marks; stages 8–12 of an older revision wait again while it is computed anew."""
    current = (
        run.revision if run.state == State.REVISING else run.computed if run.computed >= 0 else run.revision
    )
    shared = Stage.THRESHOLD.number
    query = select(StageResult).where(StageResult.run == run.id).options(WITHOUT_RESULT)
    rows = {row.number: row for row in session.exec(query) if row.number <= shared or row.revision == current}
    return tuple(_mark(stage, rows.get(stage.number)) for stage in Stage)


def _mark(stage: Stage, row: StageResult | None) -> StageMark:
    return StageMark(
        number=stage.number,
        name=stage.label,
        purpose=stage.purpose,
        state=row.state if row else "waiting",
        seconds=row.seconds if row else None,
        summary=row.summary if row else "",
        rows_in=row.rows_in if row else None,
        rows_out=row.rows_out if row else None,
    )


def _who_next(session: Session, run: Run) -> str:
    """Who may act next, and on what, in one sentence."""
    if run.state == State.AWAITING_REVIEW:
        waiting = len(approvals.open_required(session, run))
        if waiting:
            return f"A steward: {many(waiting, 'breach', 'breaches')} to decide."
        if not _plan_approved(session, run):
            return "An approver who did not submit or decide: the masking plan."
        return "An approver who did not submit or decide: the publish."
    return {
        State.QUEUED: "A worker takes it next.",
        State.RUNNING: "The worker is at it.",
        State.REVISING: "The worker computes the new revision.",
        State.APPROVED: "A steward or approver may publish it.",
        State.RELEASING: "The worker publishes it.",
        State.FAILED: "A steward may resume it after the last finished stage.",
    }.get(State(run.state), "Nobody: the run has ended.")
