"""Recipes as people see them: what each does, how often it was proposed and taken, and what is proposed in a run.

What a fix says may hold a value that somebody typed: that is told to those who may see values, to others its kind.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from governance.blind import is_blind
from governance.house import House
from governance.learning import why_not_approve
from governance.people import Person, Verb, title
from governance.plural import many
from governance.recipes import ACCEPTED, CHANGED, DECLINED, IN_FORCE, REPLACED, WAITING, fix_of
from governance.review import following
from governance.review.choices import Action, Fix
from governance.review.repairs import label_of
from governance.tables import Frozen
from storage.models import Recipe, RecipeOffer

NOUN = {Action.FIX: "fix", Action.REJECT: "rejection", Action.SEND_BACK: "sending back"}
ORDER = (WAITING, IN_FORCE)


class Counts(Frozen):
    """In how many runs a recipe was proposed, and what people made of it; the rest nobody decided."""

    proposed: int = 0
    accepted: int = 0
    changed: int = 0
    declined: int = 0


class Offered(Frozen):
    """What is proposed for an item, and by whose decision. `said` is all of it in a sentence."""

    recipe: int
    item: str
    version: int
    action: Action
    does: str
    said: str
    reason: str
    accepted: int
    of: int
    """How often it was proposed before this run."""


class RecipeLine(Frozen):
    """One version of a recipe. `earlier` are those that it replaced, the newest first.

    `run` and `published` are empty and 0 for an imported one. `why_not`: why this person cannot approve one that waits.
    """

    id: int
    dataset: str
    signature: str
    title: str
    rules: tuple[str, ...]
    version: int
    state: str
    action: Action
    does: str
    said: str
    reason: str
    decided_by: str
    approved_by: str
    run: str
    published: int
    made_at: datetime
    digest: str
    counts: Counts
    changed: str = ""
    """Who retired it or brought it back, when and why."""
    why_not: str = ""
    earlier: tuple[RecipeLine, ...] = ()


@dataclass(frozen=True)
class Asked:
    house: House

    def recipes(self, person: Person, dataset: str = "") -> tuple[RecipeLine, ...]:
        """The recipes of a dataset, or of all: those that wait for a second person first, then those in force."""
        person.must(Verb.SEE_RUNS)
        query = select(Recipe).order_by(col(Recipe.number).desc())
        query = query.where(Recipe.dataset == dataset) if dataset else query
        with self.house.ledger.read() as session:
            counts = _counts(session)
            known = session.exec(query).all()
            lines = [self._line(session, one, counts, person) for one in known]
        earlier: defaultdict[tuple[str, str], list[RecipeLine]] = defaultdict(list)
        for line in lines:
            if line.state == REPLACED:
                earlier[line.dataset, line.signature].append(line)
        heads = [
            line.model_copy(update={"earlier": tuple(earlier.pop((line.dataset, line.signature), ()))})
            for line in lines
            if line.state != REPLACED
        ]
        return tuple(sorted(heads, key=_order))

    def recipe_offers(self, person: Person, run_id: str, item_key: str = "") -> tuple[Offered, ...]:
        """What is proposed for the open items of a run, or for one of them, and waits for a decision; nothing for
        those that are decided blind."""
        person.must(Verb.DECIDE)
        run = self.house.run(run_id)
        query = (
            select(Recipe, RecipeOffer.item)
            .join(RecipeOffer, col(RecipeOffer.recipe) == col(Recipe.id))
            .where(RecipeOffer.run == run.id, RecipeOffer.came == "", Recipe.state == IN_FORCE)
        )
        query = query.where(RecipeOffer.item == item_key) if item_key else query
        with self.house.ledger.read() as session:
            counts = _counts(session, but=run.id)
            found = session.exec(query).all()
        return tuple(
            self._offered(recipe, item, counts, person)
            for recipe, item in found
            if not is_blind(self.house.settings, run.id, item)
        )

    def _offered(self, recipe: Recipe, item: str, counts: Mapping[int, Counts], person: Person) -> Offered:
        assert recipe.id is not None
        does, before = self._does(recipe, person), counts[recipe.id]
        return Offered(
            recipe=recipe.id, item=item, version=recipe.number, action=Action(recipe.action), does=does,
            said=f"{whence(recipe)}: {does}. {taken(before)}", reason=recipe.reason, accepted=before.accepted,
            of=before.proposed,
        )  # fmt: skip

    def _line(
        self, session: Session, recipe: Recipe, counts: Mapping[int, Counts], person: Person
    ) -> RecipeLine:
        assert recipe.id is not None
        why_not = why_not_approve(session, recipe, person.name) if recipe.state == WAITING else ""
        return RecipeLine(
            id=recipe.id, dataset=recipe.dataset, signature=recipe.signature, title=recipe.title,
            rules=tuple(recipe.rules), version=recipe.number, state=recipe.state, action=Action(recipe.action),
            does=self._does(recipe, person), said=whence(recipe), reason=recipe.reason,
            decided_by=recipe.decided_by, approved_by=recipe.approved_by, run=recipe.run,
            published=recipe.published, made_at=recipe.made_at, digest=recipe.digest, counts=counts[recipe.id],
            changed=_changed(recipe), why_not=person.why_not(Verb.APPROVE) or why_not,
        )  # fmt: skip

    def _does(self, recipe: Recipe, person: Person) -> str:
        fix = fix_of(self.house, recipe)
        if fix is None:
            return "send the rows back" if recipe.action == Action.SEND_BACK else "reject the rows"
        return fix_said(fix, values=person.may(Verb.SEE_VALUES))


def fix_said(fix: Fix, *, values: bool) -> str:
    """What a fix does, in words. Without `values` nothing is said that somebody may have typed as a value."""
    if fix.repair == following.FOLLOW:
        return ", then ".join(fix_said(step, values=values) for step in fix.steps)
    if fix.repair == following.USUAL:
        return following.label(fix)
    if fix.expression:
        plain = fix.repair == following.COMPUTE and not re.search(r"['0-9]", fix.expression)
        return f"{fix.column} = {fix.expression}" if values or plain else f"{fix.column} by a formula"
    said = label_of(fix.repair)
    if fix.value and values:
        said = f"{said} “{fix.value}”"
    return f"{said[:1].lower()}{said[1:]} ({fix.column})"


def whence(recipe: Recipe) -> str:
    """`Ana's fix in run 3f2a91 (version 4), approved by Ben on 2026-03-12`."""
    noun, on = NOUN[Action(recipe.action)], date_of(recipe)
    who = title(recipe.decided_by)
    approved = (
        f"approved by {_people(recipe.approved_by)} on {on}" if recipe.approved_by else "not approved yet"
    )
    if recipe.run:
        return f"{who}’s {noun} in run {recipe.run} (version {recipe.published}), {approved}"
    return f"A {noun} imported by {who}, {approved}"


def taken(counts: Counts) -> str:
    """`Taken 7 of 9 times.`"""
    if not counts.proposed:
        return "Not proposed before."
    return f"Taken {counts.accepted:,} of {many(counts.proposed, 'time')}."


def date_of(recipe: Recipe) -> date:
    """The day of its approval, in UTC."""
    return recipe.made_at.date()


def _people(names: str) -> str:
    return " and ".join(title(name) for name in names.split(", "))


def _changed(recipe: Recipe) -> str:
    if not recipe.changed_by or recipe.changed_at is None:
        return ""
    done = "Retired" if recipe.state == "retired" else "Brought back"
    return f"{done} by {title(recipe.changed_by)} on {recipe.changed_at.date()}: {recipe.why}"


def _order(line: RecipeLine) -> tuple[int, str, str, int]:
    rank = ORDER.index(line.state) if line.state in ORDER else len(ORDER)
    return (rank, line.dataset, line.title, -line.version)


def _counts(session: Session, *, but: str = "") -> Mapping[int, Counts]:
    """The counts of every recipe, without those of one run."""
    query = select(RecipeOffer.recipe, RecipeOffer.came, func.count()).where(RecipeOffer.run != but)
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for recipe, came, times in session.exec(query.group_by(col(RecipeOffer.recipe), col(RecipeOffer.came))):
        found[recipe][came] = times
    said = {
        recipe: Counts(
            proposed=one.total(), accepted=one[ACCEPTED], changed=one[CHANGED], declined=one[DECLINED]
        )
        for recipe, one in found.items()
    }
    return defaultdict(Counts, said)
