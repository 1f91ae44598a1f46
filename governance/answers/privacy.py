"""Privacy: what each column seems to be and why, how it would be masked, and who may approve that."""

from __future__ import annotations

from dataclasses import dataclass

from governance import approvals
from governance.answers.runs import Strip, strip_of
from governance.engines.duckdb import scan
from governance.errors import Refused
from governance.findings import Note
from governance.house import House
from governance.journal import Journal
from governance.people import Person, Verb, title
from governance.privacy import keys
from governance.privacy.offers import Offer, Shop
from governance.privacy.operators import Pseudonym
from governance.privacy.plan import ColumnMask, Plan, conceals
from governance.privacy.verdict import ColumnVerdict
from governance.records import approved_plan, plan_approval, run_plan
from governance.stages import Stage
from governance.stages.detect import Detected
from governance.stages.quarantine import Split
from governance.states import State
from governance.tables import Frozen
from storage.models import MaskingPlan, Run


class ColumnPrivacy(Frozen):
    """One line of the page. `samples` are (stand-in before, after): made up, never real values."""

    verdict: ColumnVerdict
    mask: ColumnMask
    describe: str
    samples: tuple[tuple[str, str], ...]
    changed: bool
    """The plan differs from the approved one here."""
    approved_as: str
    """What the approved plan does here, in words; empty without one."""
    offers: tuple[Offer, ...]
    """The ways to choose from; the first is the plan's own."""


class PrivacyView(Frozen):
    strip: Strip
    columns: tuple[ColumnPrivacy, ...]
    plan_digest: str
    proposed_by: str
    approved: bool
    approved_by: str
    warnings: tuple[Note, ...]
    why_not_approve: str
    why_not_change: str


@dataclass(frozen=True)
class Asked:
    house: House

    def privacy(self, person: Person, run_id: str) -> PrivacyView | None:
        """The plan of a run with its evidence; None until stage 12 is done."""
        person.must(Verb.SEE_RUNS)
        run = self.house.run(run_id)
        journal = Journal(self.house, run.id, run.dataset, max(run.computed, 0))
        detected, split = journal.known(Stage.DETECT, Detected), journal.known(Stage.QUARANTINE, Split)
        with self.house.ledger.read() as session:
            row = run_plan(session, run.id, run.revision)
            before = approved_plan(session, run.dataset)
            if detected is None or split is None or row is None:
                return None
            plan = Plan.model_validate(row.plan)
            known = Plan.model_validate(before.plan) if before else None
            approved = plan_approval(session, run.dataset, plan.digest)
            return PrivacyView(
                strip=strip_of(session, run),
                columns=tuple(self._columns(detected, plan, known, split)),
                plan_digest=plan.digest,
                proposed_by=title(row.proposed_by),
                approved=approved is not None,
                approved_by=title(approved.approved_by) if approved else "",
                warnings=conceals(plan, detected),
                why_not_approve=person.why_not(Verb.APPROVE) or self._why_not(run, person, row),
                why_not_change=person.why_not(Verb.PLAN) or _closed(run),
            )

    def _columns(
        self, detected: Detected, plan: Plan, known: Plan | None, split: Split
    ) -> list[ColumnPrivacy]:
        with self.house.bench.engine() as engine:
            keys.bind(engine, self.house.bench.vault, sorted(_key_ids(plan)))
            types, shop = engine.columns(scan(split.kept.path)), Shop(engine)
            return [_line(verdict, plan, known, shop, types) for verdict in detected.columns]

    def _why_not(self, run: Run, person: Person, row: MaskingPlan) -> str:
        with self.house.ledger.read() as session:
            try:
                involved = approvals.involved(session, run)
                approvals.four_eyes(involved, person.name, "approve its masking plan")
            except Refused as refusal:
                return str(refusal)
        return _closed(run) or ("" if run.computed == run.revision else "The new revision is being computed.")


def _key_ids(plan: Plan) -> set[str]:
    used = {mask.operator.key_id for mask in plan.columns if isinstance(mask.operator, Pseudonym)}
    return used | {Pseudonym().key_id}


def _line(
    verdict: ColumnVerdict, plan: Plan, known: Plan | None, shop: Shop, types: dict[str, str]
) -> ColumnPrivacy:
    mask = plan.column(verdict.column)
    assert mask
    old = known.column(verdict.column) if known else None
    offers = shop.offers(mask.semantic, types.get(verdict.column, "VARCHAR"), mask.operator, verdict.proposed)
    return ColumnPrivacy(
        verdict=verdict,
        mask=mask,
        describe=mask.operator.describe(),
        samples=offers[0].samples,
        changed=known is not None and (old is None or old.operator != mask.operator),
        approved_as=old.operator.describe() if old else "",
        offers=offers,
    )


def _closed(run: Run) -> str:
    if run.state in (State.AWAITING_REVIEW, State.REVISING, State.APPROVED):
        return ""
    return f"The run is {run.state}."
