"""Publishing without a second person, in an emergency: an act of its own, by an admin, with a reason.

It stands in for the approval of the publish and for nothing else: breaches are decided, waivers hold, the contract and
the masking plan are approved, as always. It shows in red in the audit page and the report until someone else, who had
no hand in the run, has signed it off. An admin has no other exemption.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from governance import approvals, learning, proposals, waivers
from governance.contract.model import Contract
from governance.deciding import needs_reason
from governance.dossier import facts_of
from governance.errors import IllegalMove, Stale
from governance.house import House
from governance.people import Person, Verb, title
from governance.records import newest_version, plan_approved
from governance.stages.report import report
from governance.states import State
from governance.tables import Frozen
from governance.transitions import move, queue
from storage import audit
from storage.models import Approval, Run

BROKEN, SIGNED = "break-glass", "sign-off"


class Broken(Frozen):
    """A publish without a second person that nobody signed off yet."""

    run: str
    dataset: str
    version: int
    person: str
    reason: str
    at: datetime
    why_not: str
    """Why this person cannot sign it off; empty: they can."""


def publish(house: House, person: Person, run_id: str, *, digest: str, reason: str) -> None:
    """Release exactly this candidate without another person's approval."""
    needs_reason(reason, "Publishing without a second person")
    run = house.run(run_id)
    contract = house.contract_of(run)
    with house.ledger.write() as session:
        run = session.get_one(Run, run.id)
        check(session, run, contract, digest=digest)
        newest = newest_version(session, run.dataset)
        current = newest.number if newest else 0
        session.add(
            Approval(kind=BROKEN, subject=run.id, digest=digest, person=person.name, reason=reason.strip())
        )
        audit.append(
            session, person.name, "break-glass publish", dataset=run.dataset, run=run.id,
            subject=f"candidate {digest[:8]}", data={"digest": digest, "reason": reason.strip()},
        )  # fmt: skip
        options = {
            **run.options, "expected": current, "version": current + 1, "reason": reason.strip(), BROKEN: True,
        }  # fmt: skip
        if run.state == State.AWAITING_REVIEW:
            move(session, run, State.APPROVED, by=person.name, reason="break-glass")
        move(session, run, State.RELEASING, by=person.name, reason=reason.strip(), options=options, error="")
        queue(session, "release", run.id)


def check(session: Session, run: Run, contract: Contract, *, digest: str) -> None:
    """Refuse what no emergency stands in for."""
    if run.state not in (State.AWAITING_REVIEW, State.APPROVED):
        raise IllegalMove(
            f"Run {run.id} is {run.state}.", "Only a run that awaits review can be published so."
        )
    if digest != run.candidate or run.computed != run.revision:
        raise Stale(f"The candidate of run {run.id} has changed since you looked.", "Look at it again.")
    approvals.nothing_open(session, run)
    waivers.refuse(session, run, contract)
    if not proposals.in_force(session, run.dataset, run.contract_digest):
        raise IllegalMove(
            "The contract of this run is not approved.", "Another person must approve it first."
        )
    if not plan_approved(session, run.dataset, run.plan_digest):
        raise IllegalMove(
            "The masking plan of this run is not approved.",
            "No emergency stands in for that: it hides people.",
        )


def sign_off(house: House, person: Person, run_id: str, *, reason: str) -> None:
    """Say afterwards, as another person, that the publish was right."""
    needs_reason(reason, "Signing off")
    with house.ledger.write() as session:
        run = session.get_one(Run, house.run(run_id).id)
        broken = _broken(session, run)
        if broken is None or run.state != State.PUBLISHED:
            raise IllegalMove(
                f"Run {run.id} was not published without a second person.",
                "The audit page lists those that were.",
            )
        if _signed(session, run):
            raise IllegalMove(f"Run {run.id} is signed off already.", "Nothing is left to do.")
        approvals.four_eyes(approvals.involved(session, run) | {broken.person}, person.name, "sign it off")
        session.add(
            Approval(
                kind=SIGNED, subject=run.id, digest=run.candidate, person=person.name, reason=reason.strip()
            )
        )
        audit.append(
            session, person.name, "break-glass signed off", dataset=run.dataset, run=run.id,
            subject=f"candidate {run.candidate[:8]}", data={"person": broken.person, "reason": reason.strip()},
        )  # fmt: skip
        session.flush()
        learning.learn(session, house, run)
    report(house.bench, facts_of(house, run.id, subject=run.id, number=run.options["version"]))


def unsigned(house: House, person: Person) -> tuple[Broken, ...]:
    """What was published without a second person and is not signed off, the oldest first."""
    person.must(Verb.AUDIT)
    with house.ledger.read() as session:
        query = select(Run).where(Run.state == State.PUBLISHED.value).order_by(col(Run.changed_at))
        runs = [run for run in session.exec(query) if run.options.get(BROKEN) and not _signed(session, run)]
        return tuple(_line(session, run, person) for run in runs)


def _line(session: Session, run: Run, person: Person) -> Broken:
    broken = _broken(session, run)
    assert broken
    hand = person.name in approvals.involved(session, run) | {broken.person}
    why_not = f"{person.title} had a hand in it: another person must sign it off." if hand else ""
    return Broken(
        run=run.id, dataset=run.dataset, version=run.options["version"], person=title(broken.person),
        reason=broken.reason, at=broken.approved_at, why_not=person.why_not(Verb.APPROVE) or why_not,
    )  # fmt: skip


def _broken(session: Session, run: Run) -> Approval | None:
    if not run.options.get(BROKEN):
        return None
    return _approval(session, run, BROKEN)


def _signed(session: Session, run: Run) -> Approval | None:
    return _approval(session, run, SIGNED)


def _approval(session: Session, run: Run, kind: str) -> Approval | None:
    query = select(Approval).where(
        Approval.subject == run.id, Approval.kind == kind, Approval.digest == run.candidate
    )
    return session.exec(query.order_by(col(Approval.id).desc())).first()
