"""The inbox: what waits for this person, what runs, and how quality went over the last runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from governance import approvals, learning, proposals
from governance.answers.runs import Strip, strip_of
from governance.contract import odcs
from governance.contract.diff import diff, summary
from governance.house import House, newest_contract
from governance.people import Person, Verb
from governance.plural import many
from governance.recipes import WAITING
from governance.records import plan_approved
from governance.states import WORKING, State
from governance.tables import Frozen
from storage.models import ContractChange, Decision, Item, Recipe, Rollback, Run, now

QUALITY_RUNS = 20


class Waiting(Frozen):
    """One line of the inbox. `action` is the verb on its button, `page` the page it opens.

    `mine`: this person may take the next step; otherwise `why_not` says why not.
    """

    run: str
    rollback: str
    dataset: str
    file: str
    what: str
    since: datetime
    action: str
    page: str
    mine: bool
    why_not: str = ""
    change: str = ""
    """The proposed contract it is about, if it is about one."""
    recipes: int = 0
    """How many imported recipes it is about."""


class QualityPoint(Frozen):
    """One run in the trend: share of rows kept, 0–1."""

    run: str
    at: datetime
    share: float
    state: State


class QualityLine(Frozen):
    dataset: str
    threshold: float | None
    points: tuple[QualityPoint, ...]


class Inbox(Frozen):
    waiting: tuple[Waiting, ...]
    running: tuple[Strip, ...]
    recent: tuple[Strip, ...]
    quality: tuple[QualityLine, ...]
    open_items: dict[str, int]
    """Open items by age: `today`, `this week`, `older`."""
    decisions_this_week: int
    datasets: tuple[str, ...]
    empty: bool
    """Nothing was ever submitted."""


@dataclass(frozen=True)
class Asked:
    house: House

    def inbox(self, person: Person) -> Inbox:
        person.must(Verb.SEE_RUNS)
        with self.house.ledger.read() as session:
            runs = session.exec(select(Run).order_by(col(Run.submitted_at).desc()).limit(200)).all()
            strips = {run.id: strip_of(session, run) for run in runs[:30]}
            return Inbox(
                waiting=tuple(self._waiting(session, person, list(runs))),
                running=tuple(strip_of(session, run) for run in runs if run.state in WORKING),
                recent=tuple(strips.values()),
                quality=self._quality(list(runs)),
                open_items=_by_age(session),
                decisions_this_week=_decisions(session),
                datasets=tuple(self.house.datasets()),
                empty=not runs,
            )

    def _waiting(self, session: Session, person: Person, runs: list[Run]) -> list[Waiting]:
        lines = [self._run_line(session, person, run) for run in runs if run.state in
                 (State.AWAITING_REVIEW, State.APPROVED, State.FAILED)]  # fmt: skip
        wishes = session.exec(select(Rollback).where(Rollback.state == "waiting"))
        lines += [_rollback_line(person, wish) for wish in wishes]
        lines += [
            _change_line(session, person, change)
            for change in proposals.waiting(session)
            if change.base or not proposals.stale(session, change)
        ]
        lines += _recipe_lines(session, person)
        return sorted(lines, key=lambda line: (not line.mine, line.since))

    def _run_line(self, session: Session, person: Person, run: Run) -> Waiting:
        required = approvals.open_required(session, run)
        rows = run.rows.get("in", 0)
        out = run.rows.get("quarantined", 0)
        parts = []
        if required:
            parts.append(many(len(required), "breach", "breaches"))
        if out:
            parts.append(f"{many(out, 'row')} in quarantine ({out / rows:.1%})")
        new_plan = bool(run.plan_digest) and not plan_approved(session, run.dataset, run.plan_digest)
        if new_plan and run.state != State.FAILED:
            parts.append("masking plan to approve")
        action, page, verb = "Review", "triage", Verb.DECIDE
        why_not = ""
        if run.state == State.FAILED:
            action, page, parts = "Open", "run", [run.error or "stopped"]
        elif run.state == State.APPROVED:
            action, page, verb = "Publish", "release", Verb.PUBLISH
            contract = self.house.contract_of(run)
            why_not = approvals.why_not_publish(session, run, contract)
            parts.append(
                "approved, ready to publish" if not why_not else "approved, but that no longer counts"
            )
        elif not required:
            contract = self.house.contract_of(run)
            action, page, verb = ("Approve plan", "privacy", Verb.APPROVE) if new_plan else (
                "Approve", "release", Verb.APPROVE)  # fmt: skip
            blocked = approvals.why_not_approve(session, run, contract, person.name)
            why_not = "" if new_plan and "masking plan" in blocked else blocked
            parts.append("publish waits for a second person")
        why_not = person.why_not(verb) or why_not
        return Waiting(
            run=run.id, rollback="", dataset=run.dataset, file=run.file, what=" · ".join(parts) or "ready",
            since=run.changed_at, action=action if not why_not else "Open",
            page=page if person.may(verb) else "run",
            mine=not why_not, why_not=why_not,
        )  # fmt: skip

    def _quality(self, runs: list[Run]) -> tuple[QualityLine, ...]:
        by_dataset: dict[str, list[QualityPoint]] = defaultdict(list)
        for run in runs:
            rows = run.rows.get("in", 0)
            if rows and run.state not in (State.SKIPPED,) and len(by_dataset[run.dataset]) < QUALITY_RUNS:
                share = run.rows.get("kept" if run.computed >= 0 else "passing", 0) / rows
                by_dataset[run.dataset].append(
                    QualityPoint(run=run.id, at=run.submitted_at, share=share, state=State(run.state))
                )
        return tuple(
            QualityLine(dataset=name, threshold=self._line(name), points=tuple(reversed(points)))
            for name, points in sorted(by_dataset.items())
            if points
        )

    def _line(self, dataset: str) -> float | None:
        contract = self.house.contract_by_digest(self.house.contract(dataset).digest)
        return max((t.limit for t in contract.thresholds if t.metric == "accuracy"), default=None)


def _rollback_line(person: Person, wish: Rollback) -> Waiting:
    why_not = person.why_not(Verb.APPROVE)
    if not why_not and wish.requested_by == person.name:
        why_not = f"{person.title} asked for it, so another person must approve."
    return Waiting(
        run="", rollback=wish.id, dataset=wish.dataset, file=f"version {wish.to_number}",
        what=f"roll back from {wish.base_number} to {wish.to_number}: {wish.reason}", since=wish.requested_at,
        action="Approve" if not why_not else "Open", page="versions", mine=not why_not, why_not=why_not,
    )  # fmt: skip


def _change_line(session: Session, person: Person, change: ContractChange) -> Waiting:
    """A proposed contract. Its words say what changes, never what a cell holds."""
    newest = newest_contract(session, change.dataset)
    why_not = person.why_not(Verb.APPROVE) or proposals.why_not_approve(session, change, person.name)
    what = "in force, but nobody other than its author has approved it"
    if change.base and newest:
        what = f"proposed: {summary(diff(odcs.read(newest.text), odcs.read(change.text)))}"
    return Waiting(
        run="", rollback="", change=change.id, dataset=change.dataset,
        file=f"contract {change.base + 1}", what=what, since=change.proposed_at,
        action="Open" if why_not else "Approve", page="contracts", mine=not why_not, why_not=why_not,
    )  # fmt: skip


def _recipe_lines(session: Session, person: Person) -> Iterator[Waiting]:
    """A line for each dataset that has imported recipes which nobody else approved yet."""
    query = select(Recipe).where(Recipe.state == WAITING).order_by(col(Recipe.made_at))
    by_dataset: defaultdict[str, list[Recipe]] = defaultdict(list)
    for one in session.exec(query):
        by_dataset[one.dataset].append(one)
    for dataset, waiting in by_dataset.items():
        refusals = [learning.why_not_approve(session, one, person.name) for one in waiting]
        why_not = person.why_not(Verb.APPROVE) or ("" if "" in refusals else refusals[0])
        what = "an imported recipe waits" if len(waiting) == 1 else f"{len(waiting):,} imported recipes wait"
        yield Waiting(
            run="", rollback="", recipes=len(waiting), dataset=dataset, file="recipes",
            what=f"{what} for a second person", since=waiting[0].made_at,
            action="Open" if why_not else "Approve", page="recipes", mine=not why_not, why_not=why_not,
        )  # fmt: skip


def _by_age(session: Session) -> dict[str, int]:
    query = (
        select(Run.submitted_at, func.count())
        .join(Item, col(Item.run) == col(Run.id))
        .where(Item.state == "open", Run.state == State.AWAITING_REVIEW)
        .group_by(col(Run.id))
    )
    ages = {"today": 0, "this week": 0, "older": 0}
    for at, count in session.exec(query):
        age = now() - at
        key = "today" if age < timedelta(days=1) else "this week" if age < timedelta(days=7) else "older"
        ages[key] += count
    return ages


def _decisions(session: Session) -> int:
    week = now() - timedelta(days=7)
    return session.exec(select(func.count()).select_from(Decision).where(Decision.decided_at > week)).one()
