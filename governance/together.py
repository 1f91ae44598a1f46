"""Many items decided about at once: one preview of all, one transaction, and nobody's work overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from governance import deciding
from governance.deciding import Wish
from governance.decisions import ROW_ACTIONS, choices, find_item, standing
from governance.effect import Effect, effect
from governance.errors import GovernanceError
from governance.house import House
from governance.people import Person
from storage.models import Run


@dataclass(frozen=True)
class One:
    """What is wanted for one item; `seen` is its version on the screen."""

    item: str
    wish: Wish
    seen: int


@dataclass(frozen=True)
class Together:
    """What came of it: the numbers of the decisions, and for each item that stayed as it is a sentence why."""

    decided: tuple[int, ...]
    left: tuple[str, ...]


def preview(house: House, person: Person, run_id: str, wanted: Sequence[One]) -> Effect:
    """What all of them would change together, computed as a revision is."""
    run = house.run(run_id)
    contract = house.contract_of(run)
    with house.ledger.read() as session:
        stands = choices(house, standing(session, run.id))
        items = [find_item(session, run.id, one.item) for one in wanted]
    new = [
        deciding.checked(house, run, contract, item, one.wish)
        for item, one in zip(items, wanted, strict=True)
        if one.wish.action in ROW_ACTIONS
    ]
    return deciding.shown_to(person, effect(house, run, contract, now=stands, then=(*stands, *new)))


def decide(house: House, person: Person, run_id: str, wanted: Sequence[One], *, reason: str) -> Together:
    """Record them all, each as a decision of its own that can be undone alone. An item that somebody else decided
    about meanwhile, or that cannot be decided so, stays as it is, and it is said why."""
    deciding.needs_reason(reason, "A decision")
    run = house.run(run_id)
    contract = house.contract_of(run)
    usable, left = _usable(house, person, run.id, wanted)
    decided = []
    with house.ledger.write() as session:
        run = session.get_one(Run, run.id)
        deciding.may_change(run)
        for one in usable:
            item = find_item(session, run.id, one.item)
            try:
                deciding.unchanged(item, one.seen)
                choice = deciding.checked(house, run, contract, item, one.wish)
            except GovernanceError as error:
                left.append(f"{item.title}: {error.message}")
                continue
            decided.append(deciding.record(session, house, run, item, choice, by=person.name, reason=reason))
    return Together(decided=tuple(decided), left=tuple(left))


def _usable(house: House, person: Person, run_id: str, wanted: Sequence[One]) -> tuple[list[One], list[str]]:
    """What can be computed on these rows, and why the rest cannot: a recipe's expression was written for others."""
    usable, left = [], []
    for one in wanted:
        try:
            if one.wish.recipe:
                deciding.computable(house, person, run_id, one.item, one.wish)
        except GovernanceError as error:
            left.append(f"{one.item}: {error.message}")
            continue
        usable.append(one)
    return usable, left
