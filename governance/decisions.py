"""Decisions on record, and the choices that stand in a revision. Append-only: an undo is a decision too."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from governance.errors import UnknownName
from governance.house import House
from governance.people import NO_REVIEW
from governance.plural import many
from governance.review.choices import Action, Choice, Fix, Terms
from storage.models import Decision, Item

ROW_ACTIONS = (Action.FIX, Action.WAIVE, Action.REJECT, Action.MEND, Action.SEND_BACK)
KEPT = "keep"
"""The action of a decision that says of another one that it is right still."""


def standing(session: Session, run: str, revision: int | None = None) -> list[Decision]:
    """The decisions that stand, in order: those up to a revision that no later one undid."""
    query = select(Decision).where(Decision.run == run).order_by(col(Decision.id))
    if revision is not None:
        query = query.where(Decision.revision <= revision)
    every = list(session.exec(query))
    undone = {decision.undoes for decision in every if decision.undoes is not None}
    return [decision for decision in every if decision.undoes is None and decision.id not in undone]


def choices(house: House, decisions: list[Decision]) -> tuple[Choice, ...]:
    """What the engine applies: the decisions about rows."""
    return tuple(choice_of(house, decision) for decision in decisions if decision.action in ROW_ACTIONS)


def keep(house: House, choice: Choice) -> dict[str, str]:
    """A choice for the ledger: a fix may hold a person's value, so the vault keeps what it says."""
    return {"note": house.bench.vault.keep_note(choice.model_dump_json())}


def choice_of(house: House, decision: Decision) -> Choice:
    vault = house.bench.vault
    return Choice.model_validate(vault.rebased(json.loads(vault.note(decision.payload["note"]))))


def choose(
    house: House,
    item: Item,
    action: Action,
    *,
    fix: Fix | None = None,
    expires: date | None = None,
    terms: Terms | None = None,
) -> Choice:
    """A decision on an item as a choice; a breach or a note has no rows of its own."""
    details = house.bench.vault.rebased(item.details)
    failing = details.get("failing")
    return Choice(
        item=item.key,
        action=action,
        cluster=details.get("cluster", ""),
        failing=Path(failing) if failing else None,
        rules=tuple(details.get("rules", ())),
        fix=fix,
        expires=expires,
        terms=terms,
    )


def find_item(session: Session, run: str, key: str) -> Item:
    """An item by its key, or by the name of its cluster or measure alone. Raises UnknownName."""
    for wanted in (key, f"cluster-{key}", f"breach-{key}"):
        found = session.exec(select(Item).where(Item.run == run, Item.key == wanted)).first()
        if found:
            return found
    raise UnknownName(
        f"Run {run} has no item {key!r}.", f"Triage lists its items, and so does `review {run}`."
    )


def people(decisions: list[Decision], submitted_by: str) -> set[str]:
    """Every person who submitted or decided: they cannot approve. A policy is no person."""
    return {submitted_by, *(decision.person for decision in decisions)} - {NO_REVIEW}


def terms_in_words(payload: dict[str, Any]) -> str:
    """What a decision is limited to: the terms of a waiver, `accepted risk · rule, at most 500 rows, until 2027-01-05 ·
    https://…`, or single cells, `3 cells in 2 rows, by hand`. Empty for one about all of an item."""
    if cells := payload.get("cells"):
        return f"{many(cells, 'cell')} in {many(payload.get('rows', 0), 'row')}, by hand"
    waiver = payload.get("waiver")
    if not waiver:
        return ""
    budget = many(waiver["budget"], "row")
    said = f"{waiver['code']} · {waiver['scope']}, at most {budget}, until {waiver['expires']}"
    return " · ".join(part for part in (said, waiver["ticket"]) if part)
