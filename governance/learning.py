"""How recipes come to be, and what becomes of them: learned when a run is published, replaced, retired, brought back.

A recipe is made when the run of its decision is published and somebody who did not decide in it approved that: then a
second person has seen what came of it.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from governance.decisions import choice_of, people, standing
from governance.errors import FourEyes, IllegalMove, InputError, Stale
from governance.house import House
from governance.people import NO_REVIEW, Person, title
from governance.recipes import (
    ACTIONS,
    IN_FORCE,
    MADE,
    REPLACED,
    RETIRED,
    WAITING,
    digest_of,
    get,
    new,
    propose_all,
    record,
    versions,
)
from storage.models import Approval, Decision, Item, Recipe, Run, now

MAKER = "worker"


def learn(session: Session, house: House, run: Run) -> None:
    """Make recipes of what was decided about signatures in a published run, if a second person approved it.

    Once a decision, however often it is asked. What a later version of the dataset taught is not taken back, and a
    decision about a part of a cluster says nothing about its signature.
    """
    stands = standing(session, run.id)
    approved = _second_people(session, run, stands)
    if not approved:
        return
    items = {
        item.key: item
        for item in session.exec(select(Item).where(Item.run == run.id, Item.kind == "cluster"))
    }
    for key, decision in _weightiest(stands).items():
        if key in items and decision.person != NO_REVIEW and "part" not in items[key].details:
            _learned(session, house, run, items[key], decision, approved_by=", ".join(approved))


def _second_people(session: Session, run: Run, stands: list[Decision]) -> list[str]:
    """Who approved the candidate, before or after it was published, and neither submitted nor decided."""
    query = select(Approval.person).where(
        Approval.subject == run.id, Approval.digest == run.candidate,
        col(Approval.kind).in_(("publish", "sign-off")),
    )  # fmt: skip
    return sorted(set(session.exec(query)) - people(stands, run.submitted_by) - {NO_REVIEW})


def _weightiest(stands: list[Decision]) -> dict[str, Decision]:
    """For each item the decision that was about most of its rows, the newest of several: after a fix, what is
    decided about the few rows that still fail says less about the signature than the fix."""
    found: dict[str, Decision] = {}
    for one in stands:
        if one.action in ACTIONS and not (one.payload.get("corrections") or one.payload.get("cells")):
            before = found.get(one.item)
            if before is None or one.payload.get("rows", 0) >= before.payload.get("rows", 0):
                found[one.item] = one
    return found


def _learned(
    session: Session, house: House, run: Run, item: Item, decision: Decision, *, approved_by: str
) -> None:
    choice = choice_of(house, decision)
    known = versions(session, run.dataset, choice.cluster)
    digest = digest_of(run.dataset, choice.cluster, choice.action, choice.fix)
    version = run.options.get("version", 0)
    if any(one.digest == digest and one.state in (IN_FORCE, RETIRED) for one in known):
        return
    if any(one.published >= version for one in known if one.run):
        return
    recipe = new(
        house, run.dataset, choice.cluster, choice.action, choice.fix, number=next_number(known), state=IN_FORCE,
        title=item.title, rules=list(choice.rules), shape=item.details.get("shape", ""), reason=decision.reason,
        decided_by=decision.person, approved_by=approved_by, run=run.id, published=version,
    )  # fmt: skip
    come_into_force(session, recipe)
    record(session, MAKER, MADE, recipe, decision=decision.id, decided_by=decision.person,
           approved_by=approved_by)  # fmt: skip


def next_number(known: list[Recipe]) -> int:
    return known[0].number + 1 if known else 1


def come_into_force(session: Session, recipe: Recipe) -> None:
    """Let a version be the one that is proposed for its signature, at once in runs under review."""
    for old in versions(session, recipe.dataset, recipe.signature):
        if old.state == IN_FORCE:
            old.state = REPLACED
            session.add(old)
    recipe.state = IN_FORCE
    session.add(recipe)
    propose_all(session, recipe.dataset)


def retire(house: House, person: Person, recipe_id: int, *, reason: str) -> None:
    """Propose a recipe no more, or turn down one that waits."""
    _change(house, person, recipe_id, RETIRED, "recipe retired", reason=reason, of=(IN_FORCE, WAITING))


def bring_back(house: House, person: Person, recipe_id: int, *, reason: str) -> None:
    """Propose a retired recipe again; one that nobody else approved yet waits for that again."""
    _change(house, person, recipe_id, IN_FORCE, "recipe brought back", reason=reason, of=(RETIRED,))


def _change(
    house: House, person: Person, recipe_id: int, state: str, action: str, *, reason: str, of: tuple[str, ...]
) -> None:
    if not reason.strip():
        raise InputError("This needs a reason.", "Say in a few words why, for those who ask later.")
    with house.ledger.write() as session:
        recipe = get(session, recipe_id)
        if recipe.state not in of:
            raise IllegalMove(
                f"Recipe {recipe.id} ({recipe.title}) is {recipe.state}.",
                f"Only one that is {' or '.join(of)} can be {'retired' if state == RETIRED else 'brought back'}.",
            )
        recipe.changed_by, recipe.changed_at, recipe.why = person.name, now(), reason.strip()
        if state == IN_FORCE and recipe.approved_by:
            come_into_force(session, recipe)
        else:
            recipe.state = WAITING if state == IN_FORCE else state
            session.add(recipe)
            propose_all(session, recipe.dataset)
        record(session, person.name, action, recipe, reason=reason.strip())


def approve(house: House, actor: str, recipe_id: int, *, digest: str, reason: str = "") -> None:
    """Let an imported recipe be proposed: as another person than the one who imported it."""
    with house.ledger.write() as session:
        recipe = get(session, recipe_id)
        check(session, recipe, actor)
        if digest != recipe.digest:
            raise Stale(
                f"The recipe is {recipe.digest[:8]}, not {digest[:8] or 'nothing'}.",
                "Look at it again, then approve.",
            )
        recipe.approved_by, recipe.made_at = actor, now()
        session.add(
            Approval(
                kind="recipe",
                subject=f"recipe {recipe.id}",
                digest=digest,
                person=actor,
                reason=reason.strip(),
            )
        )
        come_into_force(session, recipe)
        record(
            session, actor, "recipe approved", recipe, imported_by=recipe.decided_by, reason=reason.strip()
        )


def why_not_approve(session: Session, recipe: Recipe, actor: str) -> str:
    """A sentence for a disabled button; empty: this person can approve it now."""
    try:
        check(session, recipe, actor)
    except (FourEyes, IllegalMove, Stale) as refusal:
        return str(refusal)
    return ""


def check(session: Session, recipe: Recipe, actor: str) -> None:
    """Refuse an approval that would not count."""
    if recipe.state != WAITING:
        raise IllegalMove(
            f"Recipe {recipe.id} ({recipe.title}) is {recipe.state}.", "Only one that waits can be approved."
        )
    if actor == recipe.decided_by:
        raise FourEyes(
            f"{title(actor)} imported this recipe and so cannot approve it.",
            "Another person with the role of approver or steward must.",
        )
    known = versions(session, recipe.dataset, recipe.signature)
    if any(one.state in (IN_FORCE, REPLACED) and one.number > recipe.number for one in known):
        raise Stale(
            f"Another recipe for {recipe.title} came into force since this one was imported.",
            "Import it again if it should replace that.",
        )
