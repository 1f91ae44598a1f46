"""Recipes: an approved decision on a signature, kept by version and proposed on later runs with that signature.

A recipe is never applied by itself: a person takes it like any decision, effect first, and another person approves what
comes of it. What was made of each proposal is counted. How recipes come to be is in `governance.learning`. A waiver is no
recipe: it lasts by its own terms (`governance.waivers`).
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlmodel import Session, col, select

from governance.blind import is_blind
from governance.errors import Stale, UnknownName
from governance.house import House
from governance.review.choices import Action, Choice, Fix
from governance.states import State
from storage import audit
from storage.models import Decision, Item, Recipe, RecipeOffer, Run, now

ACTIONS = (Action.FIX, Action.REJECT, Action.SEND_BACK)
"""Decisions that become recipes."""
IN_FORCE, REPLACED, RETIRED, WAITING = "in force", "replaced", "retired", "waiting"
ACCEPTED, CHANGED, DECLINED = "accepted", "changed", "declined"
MADE = "recipe made"
UNDER_REVIEW = (State.AWAITING_REVIEW.value, State.REVISING.value, State.APPROVED.value)


def digest_of(dataset: str, signature: str, action: Action, fix: Fix | None) -> str:
    """What a recipe says, in one name: two decisions with the same name are the same decision."""
    said = fix.model_dump(mode="json", exclude_defaults=True) if fix else None
    canonical = json.dumps([dataset, signature, action.value, said], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def fix_of(house: House, recipe: Recipe) -> Fix | None:
    """What the fix of a recipe says, from the vault."""
    return Fix.model_validate_json(house.bench.vault.note(recipe.note)) if recipe.note else None


def new(house: House, dataset: str, signature: str, action: Action, fix: Fix | None, **more: Any) -> Recipe:
    """A version that is not in the ledger yet: its fix is in the vault, its names are here."""
    return Recipe(
        dataset=dataset, signature=signature, action=action.value, column=fix.column if fix else "",
        repair=fix.repair if fix else "", digest=digest_of(dataset, signature, action, fix),
        note=house.bench.vault.keep_note(fix.model_dump_json(exclude_defaults=True)) if fix else "", **more,
    )  # fmt: skip


def versions(session: Session, dataset: str, signature: str) -> list[Recipe]:
    """All versions for one signature, the newest first."""
    query = select(Recipe).where(Recipe.dataset == dataset, Recipe.signature == signature)
    return list(session.exec(query.order_by(col(Recipe.number).desc())))


def get(session: Session, recipe: int) -> Recipe:
    """A version by its id. Raises UnknownName."""
    found = session.get(Recipe, recipe)
    if found is None:
        raise UnknownName(
            f"There is no recipe {recipe}.", "The Recipes page lists them, and so does `recipes list`."
        )
    return found


def record(session: Session, actor: str, action: str, recipe: Recipe, **more: Any) -> None:
    """An event about a recipe. A fix's own words may hold a value, so only their kind is said."""
    does = recipe.repair or "expression" if recipe.action == Action.FIX else recipe.action
    said = {"recipe": recipe.id, "version": recipe.number, "title": recipe.title, "action": recipe.action,
            "does": does, "column": recipe.column, "digest": recipe.digest, **more}  # fmt: skip
    audit.append(
        session,
        actor,
        action,
        dataset=recipe.dataset,
        run=recipe.run if action == MADE else "",
        subject=f"recipe {recipe.id}",
        data=said,
    )


def propose_all(session: Session, dataset: str) -> None:
    """Bring the proposals of all runs under review to where the recipes are."""
    session.flush()
    for run in session.exec(
        select(Run).where(Run.dataset == dataset, col(Run.state).in_(UNDER_REVIEW))
    ).all():
        propose(session, run)


def propose(session: Session, run: Run) -> None:
    """Bring the proposals of a run to where its items and the recipes are. What a person made of one stays; to a
    policy nothing is proposed."""
    if run.options.get("no_review"):
        return
    query = select(Recipe).where(Recipe.dataset == run.dataset, Recipe.state == IN_FORCE)
    ready = {one.signature: one.id for one in session.exec(query)}
    of_run = session.exec(select(RecipeOffer).where(RecipeOffer.run == run.id)).all()
    if not ready and not of_run:
        return
    items = session.exec(
        select(Item).where(Item.run == run.id, Item.kind == "cluster", Item.state == "open")
    ).all()
    wanted = {item.key: found for item in items if (found := ready.get(item.details.get("cluster", "")))}
    for offer in of_run:
        found = wanted.pop(offer.item, None)
        if offer.came:
            continue
        if found is None:
            session.delete(offer)
        elif found != offer.recipe:
            offer.recipe, offer.offered_at = found, now()
            session.add(offer)
    for key, found in wanted.items():
        session.add(RecipeOffer(run=run.id, item=key, recipe=found))


def proposed(house: House, run: Run, item: Item, recipe: int) -> tuple[Action, Fix | None]:
    """What a recipe proposes for an item. Raises Stale when it is not, or no longer, proposed for it."""
    with house.ledger.read() as session:
        offer = session.get(RecipeOffer, (run.id, item.key))
        found = session.get(Recipe, recipe)
    blind = is_blind(house.settings, run.id, item.key)
    if found is None or offer is None or offer.recipe != recipe or found.state != IN_FORCE or blind:
        raise Stale(
            f"Recipe {recipe} is not proposed for {item.key} ({item.title}).",
            "It may be retired, or there is a newer version: look at the item again.",
        )
    return Action(found.action), fix_of(house, found)


def answered(session: Session, house: House, run: Run, item: Item, choice: Choice) -> dict[str, Any]:
    """What a decision makes of the proposal for its item, for its payload; empty where nothing was proposed, or an
    earlier decision answered it."""
    offer = session.get(RecipeOffer, (run.id, item.key))
    if offer is None or offer.came or choice.corrected or choice.cells:
        return {}
    recipe = get(session, offer.recipe)
    if recipe.digest == digest_of(recipe.dataset, recipe.signature, choice.action, choice.fix):
        offer.came = ACCEPTED
    else:
        offer.came = CHANGED if recipe.action == choice.action.value else DECLINED
    session.add(offer)
    blind = {"blind": True} if is_blind(house.settings, run.id, item.key) else {}
    return {"recipe": {"id": recipe.id, "version": recipe.number, "came": offer.came, **blind}}


def blind_said(recipe: int, came: str) -> str:
    """How a decision compares with the recipe that was kept back from who made it."""
    return f"decided blind, {'as' if came == ACCEPTED else 'other than'} recipe {recipe} says"


def unanswered(session: Session, decision: Decision) -> None:
    """The proposal that a decision answered waits again: the decision was taken back."""
    offer = session.get(RecipeOffer, (decision.run, decision.item))
    if decision.payload.get("recipe") and offer:
        offer.came = ""
        session.add(offer)
