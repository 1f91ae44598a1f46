"""Deciding about items: previewed, recorded, and taken back by a decision of its own.

Every decision is one transaction with its event. What it would do is computed as a revision is, and so is what
taking it back would do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session, select

from governance import recipes, waivers
from governance.contract.model import Contract
from governance.decisions import KEPT, ROW_ACTIONS, choice_of, choices, choose, find_item, keep, standing
from governance.effect import Effect, basis, effect
from governance.errors import IllegalMove, InputError, Stale, UnknownName
from governance.house import House
from governance.items import PARTICIPLE, SPLIT
from governance.people import Person, Verb
from governance.review import overlay
from governance.review.choices import Action, Choice, Fix, Scope, Terms
from governance.states import State
from governance.transitions import move, queue
from storage import audit
from storage.models import Decision, Item, Run

POSSIBLE: dict[str, tuple[Action, ...]] = {
    "cluster": (Action.FIX, Action.WAIVE, Action.REJECT, Action.SEND_BACK),
    "selection": (Action.FIX, Action.REJECT, Action.SEND_BACK, Action.ACCEPT),
}
"""What can be done about items of a kind; all others can be accepted."""


@dataclass(frozen=True)
class Wish:
    """What a person wants done about an item. `recipe`: what the recipe of that id proposes for it, instead of a fix."""

    action: Action
    fix: Fix | None = None
    expires: date | None = None
    terms: Terms | None = None
    recipe: int = 0


def preview(house: House, person: Person, run_id: str, key: str, wish: Wish) -> Effect:
    """What a decision would change, computed as a revision is, and not recorded."""
    run = house.run(run_id)
    contract = house.contract_of(run)
    with house.ledger.read() as session:
        item = find_item(session, run.id, key)
        stands = choices(house, standing(session, run.id))
    choice = checked(house, run, contract, item, wish)
    after = (*stands, choice) if wish.action in ROW_ACTIONS else stands
    return shown_to(person, effect(house, run, contract, now=stands, then=after))


def shown_to(person: Person, shown: Effect) -> Effect:
    """An effect without people's values for who may not see them."""
    return shown if person.may(Verb.SEE_VALUES) else shown.model_copy(update={"sample": ()})


def decide(
    house: House, person: Person, run_id: str, key: str, wish: Wish, *, reason: str, seen: int | None = None
) -> int:
    """Record a decision and ask for a new revision; returns its number. `seen`: the item's version on the screen."""
    needs_reason(reason, "A decision")
    run = house.run(run_id)
    contract = house.contract_of(run)
    wish = computable(house, person, run.id, key, wish)
    with house.ledger.write() as session:
        run = session.get_one(Run, run.id)
        item = find_item(session, run.id, key)
        may_change(run)
        unchanged(item, seen)
        choice = checked(house, run, contract, item, wish)
        return record(session, house, run, item, choice, by=person.name, reason=reason)


def computable(house: House, person: Person, run_id: str, key: str, wish: Wish) -> Wish:
    """The wish with what its recipe says. Raises what an expression that fails on the rows raises: it is not recorded."""
    if wish.recipe:
        wish = _filled(house, house.run(run_id), key, wish)
    if wish.fix and wish.fix.expression and not wish.fix.repair and wish.action is Action.FIX:
        preview(house, person, run_id, key, wish)
    return wish


def _filled(house: House, run: Run, key: str, wish: Wish) -> Wish:
    """The wish with what the recipe proposes in place of its id. Raises Stale, InputError."""
    with house.ledger.read() as session:
        item = find_item(session, run.id, key)
    action, fix = recipes.proposed(house, run, item, wish.recipe)
    if wish.action is not action or wish.fix:
        raise InputError(
            f"The recipe proposes to {action.value} these rows.", "Take it as it is, or leave it."
        )
    return replace(wish, fix=fix, recipe=0)


def record(
    session: Session, house: House, run: Run, item: Item, choice: Choice, *, by: str, reason: str,
    state: str = "", rows: int | None = None, **more: Any,
) -> int:  # fmt: skip
    """A decision with its event and, where it is about rows, the task that computes it; returns its number."""
    about_rows = choice.action in ROW_ACTIONS
    revision = run.revision + 1 if about_rows else run.revision
    waiver = {"waiver": waivers.said(choice, item)} if choice.action is Action.WAIVE else {}
    rows = rows if rows is not None else len(choice.single) or item.rows
    cells = {"cells": len(choice.cells)} if choice.cells else {}
    answer = recipes.answered(session, house, run, item, choice)
    decision = Decision(
        run=run.id, item=item.key, action=choice.action.value, person=by, reason=reason.strip(),
        revision=revision, payload={**keep(house, choice), "rows": rows, **cells, **waiver, **answer, **more},
    )  # fmt: skip
    session.add(decision)
    item.state, item.version = state or PARTICIPLE[choice.action], item.version + 1
    session.add(item)
    session.flush()
    audit.append(
        session, by, f"decision {choice.action.value}", dataset=run.dataset, run=run.id, subject=item.key,
        data=_told(decision, item, choice, rows),
    )  # fmt: skip
    if about_rows:
        revise(session, run, by, revision)
    assert decision.id is not None
    return decision.id


def undo(house: House, person: Person, run_id: str, decision_id: int, *, reason: str) -> int:
    """Take a decision back by one of its own; later decisions stay. Those that were about rows which it had changed
    are named in it, to be looked at again. Possible until the run is released."""
    run = house.run(run_id)
    depending = dependants(house, run, decision_id)
    with house.ledger.write() as session:
        run = session.get_one(Run, run.id)
        may_change(run)
        stands = {one.id: one for one in standing(session, run.id)}
        if decision_id not in stands:
            raise UnknownName(
                f"Decision {decision_id} of run {run.id} does not stand.", "It may be undone already."
            )
        again = {str(one): rows for one, rows in depending.items() if one in stands}
        return take_back(session, run, stands[decision_id], by=person.name, reason=reason, look_again=again)


def take_back(
    session: Session,
    run: Run,
    old: Decision,
    *,
    by: str,
    reason: str,
    look_again: dict[str, int] | None = None,
) -> int:
    """The compensating decision, in a transaction of the caller."""
    about_rows = old.action in ROW_ACTIONS
    revision = run.revision + 1 if about_rows else run.revision
    payload = {"look_again": look_again} if look_again else {}
    undone = Decision(
        run=run.id, item=old.item, action="undo", person=by, reason=reason, revision=revision, undoes=old.id,
        payload=payload,
    )  # fmt: skip
    session.add(undone)
    recipes.unanswered(session, old)
    item = session.exec(select(Item).where(Item.run == run.id, Item.key == old.item)).one()
    if old.action != KEPT:
        item.state, item.version = "open", item.version + 1
        session.add(item)
    session.flush()
    audit.append(
        session, by, "decision undone", dataset=run.dataset, run=run.id, subject=old.item,
        data={"decision": old.id, "reason": reason, **payload},
    )  # fmt: skip
    if about_rows:
        revise(session, run, by, revision)
    elif item.required and run.state == State.APPROVED:
        move(session, run, State.AWAITING_REVIEW, by=by, reason=f"{item.key} is open again")
    assert undone.id is not None
    return undone.id


def dependants(house: House, run: Run, decision_id: int) -> dict[int, int]:
    """Later decisions that stand and are about rows which this one changed, with how many such rows."""
    with house.ledger.read() as session:
        stands = standing(session, run.id)
    old = next((one for one in stands if one.id == decision_id), None)
    if old is None or old.action not in (Action.FIX, Action.MEND):
        return {}
    changed = choice_of(house, old).rows_sql()
    found: dict[int, int] = {}
    with house.bench.engine() as engine:
        for one in stands:
            if one.id and one.id > decision_id and one.action in ROW_ACTIONS:
                rows = choice_of(house, one).rows_sql()
                if shared := engine.value(f"SELECT count(*) FROM ({rows} INTERSECT {changed})"):
                    found[one.id] = shared
    return found


def confirm(house: House, person: Person, run_id: str, decision_id: int, *, reason: str) -> int:
    """Say that a decision is right although one that it depended on was taken back."""
    needs_reason(reason, "Keeping a decision")
    with house.ledger.write() as session:
        run = session.get_one(Run, house.run(run_id).id)
        may_change(run)
        stands = standing(session, run.id)
        old = next((one for one in stands if one.id == decision_id), None)
        if old is None or decision_id not in look_again(session, run.id):
            raise UnknownName(
                f"Decision {decision_id} of run {run.id} needs no other look.",
                "Triage lists the decisions, and so does `review`.",
            )
        kept = Decision(
            run=run.id, item=old.item, action=KEPT, person=person.name, reason=reason.strip(),
            revision=run.revision, payload={"keeps": decision_id},
        )  # fmt: skip
        session.add(kept)
        session.flush()
        audit.append(
            session, person.name, "decision kept", dataset=run.dataset, run=run.id, subject=old.item,
            data={"decision": decision_id, "reason": reason.strip()},
        )  # fmt: skip
        assert kept.id is not None
        return kept.id


def look_again(session: Session, run: str) -> dict[int, int]:
    """Decisions that stand and need another look, with the rows that they depended on another decision for."""
    every = list(session.exec(select(Decision).where(Decision.run == run)))
    stands = {one.id for one in standing(session, run)}
    found: dict[int, int] = {}
    for one in sorted(every, key=lambda one: one.id or 0):
        for number, rows in (one.payload.get("look_again") or {}).items():
            if int(number) in stands:
                found[int(number)] = max(rows, found.get(int(number), 0))
        if one.action == KEPT and one.id in stands:
            found.pop(one.payload["keeps"], None)
    return found


def lapse(house: House, run_id: str) -> list[str]:
    """Take back the waivers of a run whose day is over, as the policy; returns sentences that say so."""
    with house.ledger.write() as session:
        run = session.get_one(Run, run_id)
        over = waivers.over(session, run) if run.state in CHANGEABLE else []
        told = []
        for decision in over:
            waiver = decision.payload["waiver"]
            why = f"The waiver of “{waiver['title']}” ended on {waiver['expires']}."
            take_back(session, run, decision, by=waivers.ENDED, reason=why)
            item = session.exec(select(Item).where(Item.run == run.id, Item.key == decision.item)).one()
            item.details = {**item.details, "why": why}
            told.append(why)
    return told


def checked(house: House, run: Run, contract: Contract, item: Item, wish: Wish) -> Choice:
    """The wish as a choice. Raises InputError for what cannot be done about the item."""
    if wish.recipe:
        wish = _filled(house, run, item.key, wish)
    action, possible = wish.action, POSSIBLE.get(item.kind, (Action.ACCEPT,))
    if action not in possible:
        *first, last = (PARTICIPLE[one] for one in possible)
        can = f"{', '.join(first)} or {last}" if first else last
        raise InputError(f"{item.key} ({item.title}) can only be {can}.", "Choose one of those.")
    if action is Action.WAIVE:
        return _waiver(house, contract, item, wish)
    if wish.terms or wish.expires:
        raise InputError("A last day and a budget belong to a waiver.", "Leave them out.")
    if action is Action.FIX:
        if wish.fix is None:
            raise InputError("A fix needs a repair.", "Choose a ready-made one, or write an expression.")
        overlay.check(wish.fix, basis(house, run).source.columns, contract)
        choice = choose(house, item, action, fix=wish.fix)
        _among(house, item, choice)
        return choice
    return choose(house, item, action)


def _waiver(house: House, contract: Contract, item: Item, wish: Wish) -> Choice:
    if not item.details.get("waivable"):
        raise InputError(
            f"{item.title}: these rows cannot be waived, because the published table could not hold them "
            "or the rule is critical.",
            "Fix them or reject them.",
        )
    expires = waivers.last_day(wish.expires, most=house.settings.waiver_days)
    terms = waivers.terms_of(wish.terms, rows=item.rows)
    choice = choose(house, item, Action.WAIVE, expires=expires, terms=terms)
    if terms.scope is Scope.DATASET:
        waivable = tuple(rule.id for rule in contract.rules if rule.waivable)
        choice = choice.model_copy(update={"rules": waivable})
    _among(house, item, choice)
    return choice


def _among(house: House, item: Item, choice: Choice) -> None:
    """Refuse with InputError single rows that are not among those of the item."""
    if not choice.single:
        return
    with house.bench.engine() as engine:
        there = engine.value(f"SELECT count(*) FROM ({choice.rows_sql()})")
    if there != len(choice.single):
        raise InputError(
            f"{len(choice.single) - there:,} of the rows are not among those of {item.key}.",
            "Name rows of the item only.",
        )


def needs_reason(reason: str, what: str) -> None:
    if not reason.strip():
        raise InputError(f"{what} needs a reason.", "Say in a few words why, for those who ask later.")


CHANGEABLE = (State.AWAITING_REVIEW, State.REVISING, State.APPROVED)


def may_change(run: Run) -> None:
    if run.state not in CHANGEABLE:
        raise IllegalMove(
            f"Run {run.id} is {run.state}.", "Decisions are possible while a run awaits review."
        )


def unchanged(item: Item, seen: int | None) -> None:
    """Refuse when someone decided about the item since it was looked at."""
    if seen is not None and seen != item.version:
        raise Stale(f"{item.title}: someone decided about this since you looked.", "Look at it again.")
    if item.state == SPLIT:
        raise IllegalMove(f"{item.title} is split.", "Decide about its parts, or merge them back.")
    if item.state not in ("open", "met"):
        raise IllegalMove(f"{item.title} is {item.state} already.", "Undo that decision first.")


def revise(session: Session, run: Run, actor: str, revision: int) -> None:
    """Ask for stages 8–12 again; several decisions in a row ask for one revision, the newest."""
    move(session, run, State.REVISING, by=actor, revision=revision)
    queue(session, "revise", run.id, str(revision))


def _told(decision: Decision, item: Item, choice: Choice, rows: int) -> dict[str, object]:
    """A decision for the audit log. A fix's own words may hold a value, so only their kind is said."""
    told: dict[str, object] = {
        "decision": decision.id, "reason": decision.reason, "title": item.title, "rows": rows,
    }  # fmt: skip
    if choice.corrected:
        told |= {"repair": "corrected by the supplier"}
    if choice.fix:
        told |= {"column": choice.fix.column, "repair": choice.fix.repair or "expression"}
    if choice.fix and choice.cells:
        told |= {"column": ", ".join(choice.fix.columns), "cells": len(choice.cells)}
    if answer := decision.payload.get("recipe"):
        told |= {"recipe": answer["id"], "recipe_version": answer["version"], "proposal": answer["came"]}
        told |= {"blind": True} if answer.get("blind") else {}
    if waiver := decision.payload.get("waiver"):
        told |= {
            name: waiver[name] for name in ("scope", "code", "ticket", "budget", "expires") if waiver[name]
        }
    return told
