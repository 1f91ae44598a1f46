"""What the ledger remembers, in the words the story asks in: see `pipeline.Memory` and `pipeline.Office`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from governance.contract.model import Contract
from governance.dossier import facts_of
from governance.house import House
from governance.privacy.plan import Plan, propose
from governance.profiling.private import bring_measures_back
from governance.release import ReleaseFacts
from governance.stages.detect import Detected
from governance.stages.statistical import Baseline
from governance.states import State
from storage import audit
from storage.models import Delivery, MaskingPlan, Run, Version, now

SEEN = (
    State.AWAITING_REVIEW,
    State.REVISING,
    State.APPROVED,
    State.RELEASING,
    State.PUBLISHED,
    State.REJECTED,
)


@dataclass(frozen=True)
class Memory:
    """Act 1's questions, for one revision of one run."""

    house: House
    run: Run
    contract: Contract
    revision: int

    def seen(self, fingerprint: str) -> str:
        """An earlier run of the same dataset with this fingerprint, published ones first."""
        with self.house.ledger.read() as session:
            earlier = session.exec(
                select(Run)
                .where(
                    Run.fingerprint == fingerprint,
                    Run.dataset == self.run.dataset,
                    Run.id != self.run.id,
                    col(Run.state).in_(SEEN),
                )
                .order_by((col(Run.state) == State.PUBLISHED).desc(), col(Run.submitted_at).desc())
                .limit(1)
            ).first()
        return earlier.id if earlier else ""

    def approved_plan_digest(self) -> str:
        with self.house.ledger.read() as session:
            plan = approved_plan(session, self.run.dataset)
            return plan.digest if plan else ""

    def baseline(self) -> Baseline | None:
        with self.house.ledger.read() as session:
            newest = newest_version(session, self.run.dataset)
        kept = newest.details.get("baseline") if newest else None
        if not newest or not kept:
            return None
        base = Baseline.model_validate(kept).model_copy(update={"version": str(newest.number)})
        return bring_measures_back(self.house.bench, base)

    def plan(self, detected: Detected) -> Plan:
        """The plan of this revision: the one a steward changed it to, or the proposal, put on record."""
        with self.house.ledger.write() as session:
            changed = run_plan(session, self.run.id, self.revision)
            if changed:
                return Plan.model_validate(changed.plan)
            approved = approved_plan(session, self.run.dataset)
            known = Plan.model_validate(approved.plan) if approved else None
            plan = propose(self.contract, detected, approved=known)
            session.add(
                MaskingPlan(
                    dataset=self.run.dataset,
                    digest=plan.digest,
                    plan=plan.model_dump(mode="json"),
                    proposed_by="worker",
                    run=self.run.id,
                    revision=0,
                )
            )
            return plan


def approved_plan(session: Session, dataset: str) -> MaskingPlan | None:
    """The newest masking plan of a dataset that someone approved."""
    return session.exec(
        select(MaskingPlan)
        .where(MaskingPlan.dataset == dataset, MaskingPlan.approved_by != "")
        .order_by(col(MaskingPlan.approved_at).desc(), col(MaskingPlan.id).desc())
        .limit(1)
    ).first()


def run_plan(session: Session, run: str, revision: int) -> MaskingPlan | None:
    """The plan that a revision of a run uses: the latest one proposed for it up to then."""
    return session.exec(
        select(MaskingPlan)
        .where(MaskingPlan.run == run, MaskingPlan.revision <= revision)
        .order_by(col(MaskingPlan.revision).desc(), col(MaskingPlan.id).desc())
        .limit(1)
    ).first()


def plan_approval(session: Session, dataset: str, digest: str) -> MaskingPlan | None:
    """The plan with that digest, if someone approved exactly it for this dataset."""
    return session.exec(
        select(MaskingPlan).where(
            MaskingPlan.dataset == dataset, MaskingPlan.digest == digest, MaskingPlan.approved_by != ""
        )
    ).first()


def plan_approved(session: Session, dataset: str, digest: str) -> bool:
    return plan_approval(session, dataset, digest) is not None


def newest_version(session: Session, dataset: str) -> Version | None:
    return session.exec(
        select(Version).where(Version.dataset == dataset).order_by(col(Version.number).desc()).limit(1)
    ).first()


@dataclass(frozen=True)
class Office:
    """Act 2's questions, for a run or for a rollback (whose id is `subject`)."""

    house: House
    run: str
    subject: str
    number: int

    def facts(self) -> ReleaseFacts:
        return facts_of(self.house, self.run, subject=self.subject, number=self.number)

    def deliveries(self, event: str) -> LedgerDeliveries:
        return LedgerDeliveries(self.house, self.subject, event)


@dataclass(frozen=True)
class LedgerDeliveries:
    """The delivery log of one event, written before a message is sent."""

    house: House
    subject: str
    event: str

    def begin(self, channel: str) -> str:
        with self.house.ledger.write() as session:
            known = self._row(session, channel)
            if known is not None and known.state != "failed":
                return "sent" if known.state == "sent" else "attempted"
            if known is not None:
                known.state = "attempted"
            session.add(
                known or Delivery(run=self.subject, channel=channel, event=self.event, state="attempted")
            )
        return "new"

    def finish(self, channel: str, state: str, detail: str) -> None:
        with self.house.ledger.write() as session:
            row = self._row(session, channel)
            if row is not None:
                row.state, row.detail, row.attempted_at = state, detail, now()
                session.add(row)
                audit.append(
                    session,
                    "worker",
                    f"notification {state}",
                    run=self.subject,
                    subject=channel,
                    data={"event": self.event, "detail": detail},
                )

    def _row(self, session: Session, channel: str) -> Delivery | None:
        return session.exec(
            select(Delivery).where(
                Delivery.run == self.subject, Delivery.channel == channel, Delivery.event == self.event
            )
        ).first()
