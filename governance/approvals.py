"""Approvals, and publishing on them. Four eyes: who submitted or decided cannot approve, whoever asks.

An approval cites a digest and counts for that digest only. Everything here is one transaction of the caller.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from governance import proposals, waivers
from governance.contract.model import Contract
from governance.decisions import people, standing
from governance.errors import FourEyes, IllegalMove, Stale
from governance.people import NO_REVIEW, title
from governance.recognition import mark_of
from governance.records import newest_version, plan_approved
from governance.states import State
from governance.transitions import move, queue
from storage import audit
from storage.models import Approval, Decision, Item, MaskingPlan, Run, now

CAME_BETWEEN = (
    "Another version was published since the approval. Look at what would change now, and approve again."
)


def open_required(session: Session, run: Run) -> list[Item]:
    """The items that approval waits for."""
    query = select(Item).where(Item.run == run.id, col(Item.required), Item.state == "open")
    return list(session.exec(query))


def given(session: Session, run: Run) -> list[Approval]:
    """The approvals of the candidate as it stands. Those from before another version came say nothing about it."""
    if run.state == State.AWAITING_REVIEW and _came_between(session, run):
        return []
    return _signed(session, run)


def _came_between(session: Session, run: Run) -> bool:
    """Whether another version was published since the run's first approval."""
    return "base" in run.options and run.options["base"] != _newest(session, run)


def _newest(session: Session, run: Run) -> int:
    newest = newest_version(session, run.dataset)
    return newest.number if newest else 0


def _signed(session: Session, run: Run) -> list[Approval]:
    query = select(Approval).where(
        Approval.subject == run.id, Approval.kind == "publish", Approval.digest == run.candidate
    )
    return list(session.exec(query))


def why_not_approve(session: Session, run: Run, contract: Contract, actor: str) -> str:
    """A sentence for a disabled button: why this person cannot approve now. Empty: they can."""
    try:
        check_approval(session, run, contract, actor, digest=run.candidate)
    except (FourEyes, IllegalMove, Stale) as refusal:
        return str(refusal)
    return ""


def check_approval(session: Session, run: Run, contract: Contract, actor: str, *, digest: str) -> None:
    """Refuse an approval that would not count."""
    if run.state not in (State.AWAITING_REVIEW, State.APPROVED):
        raise IllegalMove(f"Run {run.id} is {run.state}.", "Only a run that awaits review can be approved.")
    four_eyes(involved(session, run), actor, "approve it")
    if digest != run.candidate or run.computed != run.revision:
        raise Stale(
            f"The candidate of run {run.id} has changed since you looked.", "Look at it again, then approve."
        )
    nothing_open(session, run)
    waivers.refuse(session, run, contract)
    if not proposals.in_force(session, run.dataset, run.contract_digest):
        raise IllegalMove(
            f"The contract of this run, {run.contract_digest[:8]}, is proposed and not approved.",
            "Another person than its author must approve it first, on the Contracts page.",
        )
    if not plan_approved(session, run.dataset, run.plan_digest):
        raise IllegalMove(
            "The masking plan of this run is not approved.", "Approve it on the Privacy page first."
        )


def nothing_open(session: Session, run: Run) -> None:
    """Refuse while something is open that approval and publishing wait for."""
    waiting = open_required(session, run)
    if waiting:
        named = "; ".join(f"{item.key} ({item.title})" for item in waiting)
        raise IllegalMove(
            f"Run {run.id} has open breaches: {named}.",
            "Fix rows until they are met, or accept each with a reason.",
        )


def four_eyes(involved: set[str], actor: str, what: str) -> None:
    """Refuse someone who submitted, decided or proposed."""
    if actor in involved:
        raise FourEyes(
            f"{title(actor)} submitted or decided here and so cannot {what}.",
            "Another person with the role of approver or steward must.",
        )


def involved(session: Session, run: Run) -> set[str]:
    """Everyone who submitted, decided, proposed the masking plan, or alone wrote the contract."""
    return (
        people(standing(session, run.id), run.submitted_by)
        | plan_authors(session, run)
        | proposals.lone_author(session, run.dataset, run.contract_digest)
    )


def plan_authors(session: Session, run: Run) -> set[str]:
    """Who proposed the plan that this run uses; a machine's proposal has no author."""
    found = session.exec(
        select(MaskingPlan.proposed_by).where(
            MaskingPlan.run == run.id, MaskingPlan.digest == run.plan_digest
        )
    )
    return set(found) - {"worker", NO_REVIEW}


def approve_plan(session: Session, run: Run, actor: str, *, digest: str, reason: str) -> None:
    """Approve the masking plan of a run, for this and later runs of its dataset."""
    if run.state not in (State.AWAITING_REVIEW, State.APPROVED):
        raise IllegalMove(f"Run {run.id} is {run.state}.", "Its plan can be approved while it awaits review.")
    four_eyes(involved(session, run), actor, "approve its masking plan")
    if digest != run.plan_digest or run.computed != run.revision:
        raise Stale("The masking plan has changed since you looked.", "Look at it again, then approve.")
    if plan_approved(session, run.dataset, digest):
        return
    plan = session.exec(
        select(MaskingPlan)
        .where(MaskingPlan.dataset == run.dataset, MaskingPlan.digest == digest)
        .order_by(col(MaskingPlan.id).desc())
        .limit(1)
    ).one()
    plan.approved_by, plan.approved_at = actor, now()
    session.add(plan)
    _recognise_by(session, run.dataset, digest)
    session.add(Approval(kind="masking", subject=run.id, digest=digest, person=actor, reason=reason))
    audit.append(
        session,
        actor,
        "masking plan approved",
        dataset=run.dataset,
        run=run.id,
        subject=f"plan {digest[:8]}",
        data={"digest": digest, "reason": reason},
    )


def _recognise_by(session: Session, dataset: str, plan_digest: str) -> None:
    """Runs that wait with the plan are what the same file is recognised as from now on (stage 2)."""
    for run in session.exec(select(Run).where(Run.dataset == dataset, Run.plan_digest == plan_digest)):
        run.fingerprint = mark_of(run, plan_digest)
        session.add(run)


def approve_waiver(
    session: Session, run: Run, actor: str, decision_id: int, *, digest: str, reason: str
) -> None:
    """Approve the terms of a large waiver. Who submitted or decided cannot."""
    if run.state not in (State.AWAITING_REVIEW, State.REVISING, State.APPROVED):
        raise IllegalMove(
            f"Run {run.id} is {run.state}.", "Its waivers can be approved while it awaits review."
        )
    decision = waivers.find(session, run, decision_id)
    four_eyes(involved(session, run), actor, "approve this waiver")
    if digest != waivers.digest(decision):
        raise Stale("The waiver is not the one that you looked at.", "Look at it again, then approve.")
    session.add(Approval(kind="waiver", subject=run.id, digest=digest, person=actor, reason=reason))
    audit.append(
        session,
        actor,
        "waiver approved",
        dataset=run.dataset,
        run=run.id,
        subject=decision.item,
        data={"decision": decision_id, "digest": digest, "reason": reason, **_terms(decision)},
    )


def _terms(decision: Decision) -> dict[str, object]:
    waiver = decision.payload["waiver"]
    return {name: waiver[name] for name in ("title", "scope", "budget", "expires")}


def approve(session: Session, run: Run, contract: Contract, actor: str, *, digest: str, reason: str) -> None:
    """Approve the publishing of exactly this candidate; with enough approvals the run is approved."""
    check_approval(session, run, contract, actor, digest=digest)
    if run.state == State.AWAITING_REVIEW and _came_between(session, run):
        _forget(session, run, actor)
    run.options = {**run.options, "base": run.options.get("base", _newest(session, run))}
    if not any(one.person == actor for one in given(session, run)):
        _sign(session, run, actor, digest=digest, reason=reason)
    if len(given(session, run)) >= contract.min_approvals and run.state == State.AWAITING_REVIEW:
        options = {**run.options, "expected": run.options["base"]}
        move(session, run, State.APPROVED, by=actor, options=options, error="")


def _forget(session: Session, run: Run, actor: str) -> None:
    """Void the approvals that spoke of a difference to an older version."""
    old = _signed(session, run)
    for approval in old:
        session.delete(approval)
    run.options = {name: value for name, value in run.options.items() if name != "base"}
    session.add(run)
    if old:
        audit.append(
            session, actor, "approvals void", dataset=run.dataset, run=run.id,
            subject=f"candidate {run.candidate[:8]}",
            data={"people": [one.person for one in old], "reason": "another version was published since"},
        )  # fmt: skip
    session.flush()


def _sign(session: Session, run: Run, actor: str, *, digest: str, reason: str) -> None:
    session.add(Approval(kind="publish", subject=run.id, digest=digest, person=actor, reason=reason))
    audit.append(
        session,
        actor,
        "publish approved",
        dataset=run.dataset,
        run=run.id,
        subject=f"candidate {digest[:8]}",
        data={"digest": digest, "reason": reason},
    )
    session.flush()


def publish(session: Session, run: Run, contract: Contract, actor: str, *, reason: str) -> None:
    """Start act 2. Refused without another person's approval of the candidate as it stands."""
    check_publish(session, run, contract)
    current = _newest(session, run)
    if current != run.options["expected"]:
        void(session, run, actor, why=CAME_BETWEEN)
        return
    options = {**run.options, "version": current + 1, "reason": reason}
    move(session, run, State.RELEASING, by=actor, reason=reason, options=options)
    queue(session, "release", run.id)


def why_not_publish(session: Session, run: Run, contract: Contract) -> str:
    """A sentence for a disabled button: why nobody can publish now. Empty: it can be published."""
    try:
        check_publish(session, run, contract)
    except (FourEyes, IllegalMove) as refusal:
        return str(refusal)
    return ""


def check_publish(session: Session, run: Run, contract: Contract) -> None:
    """Refuse a release that other people have not approved as it stands."""
    approvals = given(session, run)
    others = {one.person for one in approvals} - involved(session, run)
    if run.state != State.APPROVED or len(others) < contract.min_approvals:
        if run.state in (State.AWAITING_REVIEW, State.APPROVED):
            raise FourEyes(
                f"Run {run.id} needs the approval of {contract.min_approvals} other "
                f"{'person' if contract.min_approvals == 1 else 'people'} for its candidate {run.candidate[:8]}.",
                "Someone who neither submitted nor decided must approve it first.",
            )
        raise IllegalMove(f"Run {run.id} is {run.state}.", "Only an approved run can be published.")
    nothing_open(session, run)
    waivers.refuse(session, run, contract)


def void(session: Session, run: Run, actor: str, *, why: str) -> None:
    """Send a run back: another version came, and the approval spoke of a difference that is no longer this one."""
    for approval in _signed(session, run):
        session.delete(approval)
    gone = {"expected", "version", "base", "break-glass"}
    options = {name: value for name, value in run.options.items() if name not in gone}
    move(session, run, State.AWAITING_REVIEW, by=actor, reason=why, error=why, options=options)
