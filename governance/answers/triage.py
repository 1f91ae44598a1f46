"""Triage: the items of a run with where they stand, an item's rows, and the repairs it could be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from governance import approvals, deciding, waivers
from governance.answers.repairing import Proposal, Trial
from governance.answers.runs import Strip, strip_of
from governance.contract.model import Contract
from governance.cutting import label_of
from governance.decisions import KEPT, choices, find_item, standing, terms_in_words
from governance.effect import basis, measures
from governance.house import House
from governance.journal import Journal
from governance.people import Person, Verb, title
from governance.plural import many
from governance.recipes import blind_said
from governance.review import overlay
from governance.review.choices import Action
from governance.stages import Stage
from governance.stages.quarantine import Split
from governance.stages.threshold import Measure
from governance.states import State
from governance.tables import Frozen
from storage.models import Decision, Item, Run


class ItemLine(Frozen):
    """One item of the list on the left. `rules` are (id, what was expected)."""

    key: str
    kind: str
    severity: str
    title: str
    rows: int
    required: bool
    state: str
    version: int
    waivable: bool
    rules: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    shape: str = ""
    decision: int | None = None
    decided: str = ""
    """Who decided what and why, in words; empty while nobody did."""
    part_of: str = ""
    """Of a part of a cluster that was split: the cluster's key."""
    parts: tuple[str, ...] = ()
    """Of a cluster that was split: the keys of its parts."""
    why: str = ""
    """Why it is open although somebody decided about it."""


class DecisionView(Frozen):
    id: int
    item: str
    title: str
    action: str
    person: str
    reason: str
    at: datetime
    terms: str = ""
    """Of a waiver: its terms in words."""
    waiver: str = ""
    """Of a waiver that needs a second person's approval: the digest that it cites."""
    look_again: str = ""
    """Why it needs another look, if one that it depended on was taken back."""


class TriageView(Frozen):
    """The whole page. `share_of_breach` of an item is its rows by all failing rows."""

    strip: Strip
    items: tuple[ItemLine, ...]
    decisions: tuple[DecisionView, ...]
    rows: dict[str, int]
    measures_first: tuple[Measure, ...]
    measures: tuple[Measure, ...]
    failing: int
    reasons: tuple[str, ...]
    """The reasons this person gave last, newest first."""
    usual: dict[str, str]
    """The last reason that this person gave for each action."""
    why_not: str
    sees_values: bool
    waiver_days: int = 90
    """Days a waiver may last."""
    why_not_approve: str = ""
    """Why this person cannot approve a large waiver."""


@dataclass(frozen=True)
class Asked:
    house: House

    def triage(self, person: Person, run_id: str) -> TriageView:
        person.must(Verb.DECIDE)
        run = self.house.run(run_id)
        contract = self.house.contract_of(run)
        start = basis(self.house, run)
        split = Journal(self.house, run.id, run.dataset, max(run.computed, 0)).known(Stage.QUARANTINE, Split)
        with self.house.ledger.read() as session:
            stands = standing(session, run.id)
            items = session.exec(select(Item).where(Item.run == run.id)).all()
            lines = [
                _line(item, contract, stands).model_copy(update=self._told(item, person))
                for item in items
                if item.state != "gone"
            ]
            return TriageView(
                strip=strip_of(session, run),
                items=tuple(sorted(lines, key=_order)),
                decisions=self._decisions(session, run, contract, items),
                rows=run.rows,
                measures_first=start.judged.measures,
                measures=measures(contract, split.judged, split.counts, start) if split else start.judged.measures,
                failing=start.validated.failing.rows,
                reasons=_reasons(session, person),
                usual=_usual(session, person),
                why_not="" if run.state in (State.AWAITING_REVIEW, State.REVISING, State.APPROVED)
                else f"The run is {run.state}.",
                sees_values=person.may(Verb.SEE_VALUES),
                waiver_days=self.house.settings.waiver_days,
                why_not_approve=person.why_not(Verb.APPROVE) or _hand_in_it(session, run, person),
            )  # fmt: skip

    def _decisions(
        self, session: Session, run: Run, contract: Contract, items: Sequence[Item]
    ) -> tuple[DecisionView, ...]:
        """The decisions that stand, the newest first, with what is still to be done about them."""
        again = deciding.look_again(session, run.id)
        large = {one.id: waivers.digest(one) for one in waivers.unapproved(session, run, contract)}
        return tuple(
            _decision(one, items).model_copy(
                update={"waiver": large.get(one.id, ""), "look_again": _again(again.get(one.id or 0))}
            )
            for one in reversed(standing(session, run.id))
        )

    def proposals(self, person: Person, run_id: str, item_key: str) -> tuple[Proposal, ...]:
        """The repairs that fit the item's rules, the one that mends most rows first."""
        person.must(Verb.DECIDE)
        run, item = self._item(run_id, item_key)
        contract = self.house.contract_of(run)
        if item.kind != "cluster":
            return ()
        start = basis(self.house, run)
        with self.house.ledger.read() as session:
            stands = choices(self.house, standing(session, run.id))
        source = overlay.lay(self.house.bench, start.source, stands, contract=contract)
        rules = tuple(rule for one in item.details["rules"] if (rule := contract.rule(one)))
        with self.house.bench.engine() as engine:
            trial = Trial(
                self.house.bench, engine, source, contract, rules=rules, rows=item.rows,
                failing=Path(self._failing(item)), cluster=item.details["cluster"], today=run.submitted_at.date(),
            )  # fmt: skip
            tried = list(trial.proposals())
        return tuple(sorted(tried, key=lambda p: -(p.passes if p.passes is not None else -1)))

    def _told(self, item: Item, person: Person) -> dict[str, str]:
        """The title of a part by what it holds, for who may see that."""
        label = label_of(self.house, item) if person.may(Verb.SEE_VALUES) else ""
        return {"title": f"{label} · {item.title.rpartition(' · part ')[0]}"} if label else {}

    def _item(self, run_id: str, key: str) -> tuple[Run, Item]:
        run = self.house.run(run_id)
        with self.house.ledger.read() as session:
            return run, find_item(session, run.id, key)

    def _failing(self, item: Item) -> str:
        return str(self.house.bench.vault.rebased(item.details).get("failing", ""))


def _order(line: ItemLine) -> tuple[int, int, int, int]:
    rank = {"critical": 0, "high": 1, "medium": 2, "low": 3}[line.severity]
    return (line.state != "open", line.kind != "breach", rank, -line.rows)


def _line(item: Item, contract: Contract, stands: list[Decision]) -> ItemLine:
    decision = next((one for one in reversed(stands) if one.item == item.key and one.action != KEPT), None)
    rules = [rule for rule_id in item.details.get("rules", ()) if (rule := contract.rule(rule_id))]
    return ItemLine(
        key=item.key,
        kind=item.kind,
        severity=item.severity,
        title=item.title,
        rows=item.rows,
        required=item.required,
        state=item.state,
        version=item.version,
        waivable=bool(item.details.get("waivable", False)),
        rules=tuple((rule.id, f"{rule.column}: {rule.words}") for rule in rules),
        columns=tuple(item.details.get("columns", ())),
        shape=item.details.get("shape", ""),
        decision=decision.id if decision else None,
        decided=f"{title(decision.person)} · {decision.action} · {decision.reason}" if decision else "",
        part_of=item.details.get("part", {}).get("of", ""),
        parts=tuple(f"cluster-{part}" for part in item.details.get("parts", {}).get("keys", ())),
        why=item.details.get("why", "") if item.state == "open" else "",
    )


def _again(rows: int | None) -> str:
    if not rows:
        return ""
    return f"A decision that had changed {many(rows, 'row')} of it was taken back: is it still right?"


def _hand_in_it(session: Session, run: Run, person: Person) -> str:
    if person.name not in approvals.involved(session, run):
        return ""
    return f"{person.title} submitted or decided here: another person must approve it."


def _decision(decision: Decision, items: Any) -> DecisionView:
    titles = {item.key: item.title for item in items}
    assert decision.id is not None
    return DecisionView(
        id=decision.id,
        item=decision.item,
        title=titles.get(decision.item, decision.item),
        action=decision.action,
        person=title(decision.person),
        reason=decision.reason,
        at=decision.decided_at,
        terms=terms_in_words(decision.payload) or _was_blind(decision),
    )


def _was_blind(decision: Decision) -> str:
    """How a decision compares with the known one that was kept back; nothing for other decisions."""
    answer = decision.payload.get("recipe") or {}
    return blind_said(answer["id"], answer["came"]) if answer.get("blind") else ""


def _usual(session: Session, person: Person) -> dict[str, str]:
    """What stands in the field at first: a decision with the usual reason takes two keys."""
    query = (
        select(Decision.action, Decision.reason)
        .where(Decision.person == person.name, col(Decision.action).in_([one.value for one in Action]))
        .order_by(col(Decision.id))
    )
    return dict(session.exec(query).all())


def _reasons(session: Session, person: Person) -> tuple[str, ...]:
    query = (
        select(Decision.reason)
        .where(Decision.person == person.name, Decision.action != "undo")
        .order_by(col(Decision.id).desc())
        .limit(30)
    )
    return tuple(dict.fromkeys(session.exec(query)))[:5]
