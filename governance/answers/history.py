"""What the card of one cluster tells beside its rows: what became of the signature in earlier runs, and what sets
its rows apart from those that pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from governance.blind import withheld
from governance.cutting import cuts
from governance.decisions import choice_of, find_item, standing
from governance.effect import basis
from governance.house import House
from governance.people import Person, Verb, title
from governance.review.apart import ANOTHER, MISSING, Spread, apart
from governance.review.parts import relabel
from governance.tables import Frozen
from storage.models import Decision, Item, Run

RUNS = 20
"""Earlier runs that are looked at."""
HIDDEN = "•••"


class Before(Frozen):
    """What became of a signature in earlier runs of the dataset, the last one last.

    `actions`: what was decided, in words without a value, and in how many runs; `undecided` runs left it alone.
    """

    runs: int = 0
    undecided: int = 0
    actions: tuple[tuple[str, int], ...] = ()
    last: str = ""
    """Action, person and reason of the newest decision, in words."""
    last_at: datetime | None = None
    last_run: str = ""
    blind: bool = False
    """It is kept back until the item is decided."""


class Happened(Frozen):
    """One decision about an item: who, what in the past tense, why and when."""

    person: str
    action: str
    reason: str
    at: datetime


DONE = {"fix": "fixed", "waive": "waived", "reject": "rejected", "accept": "accepted", "undo": "took back"}


@dataclass(frozen=True)
class Asked:
    house: House

    def seen_before(self, person: Person, run_id: str, item_key: str) -> Before:
        """What was decided about the item's signature in the last earlier runs of its dataset."""
        person.must(Verb.DECIDE)
        run = self.house.run(run_id)
        with self.house.ledger.read() as session:
            item = find_item(session, run.id, item_key)
            if withheld(session, self.house.settings, run.id, item.key):
                return Before(blind=True)
            signature = item.details.get("part", {}).get("of", item.key)
            query = (
                select(Item.run)
                .join(Run, col(Run.id) == col(Item.run))
                .where(Run.dataset == run.dataset, Item.key == signature, Item.state != "gone")
                .where(col(Run.submitted_at) < run.submitted_at, Run.id != run.id)
                .order_by(col(Run.submitted_at).desc())
                .limit(RUNS)
            )
            runs = list(session.exec(query))
            newest = [one for run_id in runs if (one := _newest(session, run_id, signature))]
        if not newest:
            return Before(runs=len(runs), undecided=len(runs))
        counted = Counter(self._how(one) for one in newest)
        return Before(
            runs=len(runs),
            undecided=len(runs) - len(newest),
            actions=tuple(counted.most_common()),
            last=f"{self._how(newest[0])} by {title(newest[0].person)}: {newest[0].reason}",
            last_at=newest[0].decided_at,
            last_run=newest[0].run,
        )

    def happened(self, person: Person, run_id: str, item_key: str, *, seen: int) -> tuple[Happened, ...]:
        """What was decided about an item since its version `seen`, oldest first."""
        person.must(Verb.DECIDE)
        run = self.house.run(run_id)
        with self.house.ledger.read() as session:
            item = find_item(session, run.id, item_key)
            query = select(Decision).where(Decision.run == run.id, Decision.item == item.key)
            newest = query.order_by(col(Decision.id).desc()).limit(max(item.version - seen, 0))
            found = list(session.exec(newest))
        return tuple(
            Happened(person=title(one.person), action=DONE.get(one.action, one.action), reason=one.reason,
                     at=one.decided_at)
            for one in reversed(found)
        )  # fmt: skip

    def apart(self, person: Person, run_id: str, item_key: str) -> Spread:
        """Columns whose values are spread otherwise in the item's rows than in passing ones; the values only for
        those who may see them. The first question about an item computes it, and the vault keeps it."""
        person.must(Verb.DECIDE)
        run = self.house.run(run_id)
        with self.house.ledger.read() as session:
            item = find_item(session, run.id, item_key)
            parted = cuts(self.house, session, run.id) if "part" in item.details else ()
        if item.kind != "cluster":
            return Spread()
        start = basis(self.house, run)
        contract = self.house.contract_of(run)
        rules = [rule for one in item.details.get("rules", ()) if (rule := contract.rule(one))]
        read = sorted({name for rule in rules for name in rule.reads})
        failing = start.validated.failing
        if parted:
            with self.house.bench.engine() as engine:
                failing = relabel(self.house.bench, engine, failing, parted)
        found = apart(
            self.house.bench,
            start.source,
            failing,
            cluster=item.details["cluster"],
            without=read,
        )
        if person.may(Verb.SEE_VALUES):
            return found
        hidden = (
            one if one.part in (MISSING, ANOTHER) else one.model_copy(update={"part": HIDDEN})
            for one in found.columns
        )
        return found.model_copy(update={"columns": tuple(hidden)})

    def _how(self, decision: Decision) -> str:
        """`fixed by trim`: the repair's name, never what it writes."""
        if decision.action != "fix":
            return DONE.get(decision.action, decision.action)
        choice = choice_of(self.house, decision)
        if choice.cells:
            return "fixed by hand"
        return f"fixed by {(choice.fix.repair if choice.fix else '') or 'an expression'}".replace("_", " ")


def _newest(session: Session, run: str, item: str) -> Decision | None:
    return next((one for one in reversed(standing(session, run)) if one.item == item), None)
