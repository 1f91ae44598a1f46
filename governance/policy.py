"""The policy `--no-review`: a named actor that accepts what waits, so that nothing is decided by silence."""

from __future__ import annotations

from governance import approvals
from governance.house import House
from governance.people import NO_REVIEW
from governance.states import State
from storage import audit
from storage.models import Decision, Run

REASON = "Run with --no-review: quarantined rows stay out, personal data is masked as proposed."


def decide_without_review(house: House, run_id: str) -> None:
    """Accept the open breaches, approve the plan and the candidate, and publish: all as the policy."""
    contract = house.contract_by_digest(house.run(run_id).contract_digest)
    with house.ledger.write() as session:
        run = session.get_one(Run, run_id)
        if run.state != State.AWAITING_REVIEW:
            return
        for item in approvals.open_required(session, run):
            item.state, item.version = "accepted", item.version + 1
            session.add(item)
            session.add(
                Decision(
                    run=run_id,
                    item=item.key,
                    action="accept",
                    person=NO_REVIEW,
                    reason=REASON,
                    revision=run.revision,
                )
            )
            audit.append(
                session,
                NO_REVIEW,
                "decision accept",
                dataset=run.dataset,
                run=run_id,
                subject=item.key,
                data={"reason": REASON},
            )
        session.flush()
        approvals.approve_plan(session, run, NO_REVIEW, digest=run.plan_digest, reason=REASON)
        session.flush()
        approvals.approve(session, run, contract, NO_REVIEW, digest=run.candidate, reason=REASON)
        approvals.publish(session, run, contract, NO_REVIEW, reason=REASON)
