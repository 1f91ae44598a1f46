"""Recipes as a file: exported to keep elsewhere or to give to another installation, and read again.

The file holds each recipe in force: dataset, signature (rules and shape), what is done, who decided and approved, and how
often it was taken. A fix is written out, and may hold a value that somebody typed. What a file says of people and counts
is for reading only: an imported recipe is the importer's, and is proposed when another person has approved it.
"""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import Field, ValidationError
from sqlmodel import col, select

from governance.contract.model import Contract
from governance.errors import GovernanceError, InputError
from governance.house import House
from governance.items import title_of
from governance.learning import next_number
from governance.people import Person
from governance.recipes import ACTIONS, IN_FORCE, WAITING, digest_of, fix_of, new, record, versions
from governance.review import overlay
from governance.review.choices import Action, Fix
from governance.stages.validate import Cluster
from governance.tables import Frozen
from governance.verdict import signature_of
from storage import audit
from storage.models import Recipe

MOST_BYTES, MOST = 1_000_000, 2_000
"""A file is not larger, and holds no more recipes."""
DEEPEST = 12
"""Lists and mappings in one another: a fix in steps takes six."""
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast one, where it is built."""


class OnPaper(Frozen):
    """One recipe of a file. `title`, `version`, `run`, `published` and people are for those who read it."""

    dataset: str
    signature: str
    title: str = ""
    rules: tuple[str, ...] = Field(min_length=1)
    shape: str = Field(default="", max_length=200)
    action: Action
    fix: Fix | None = None
    reason: str = Field(default="", max_length=1_000)
    version: int = 1
    decided_by: str = ""
    approved_by: str = ""
    run: str = ""
    published: int = 0


class Paper(Frozen):
    """A file of recipes; the number is that of this form."""

    assay_recipes: Literal[1]
    recipes: tuple[OnPaper, ...] = Field(max_length=MOST)


class Imported(Frozen):
    """What became of a file: the ids of recipes that wait for a second person, how many are here already, and for
    each that was left out a sentence why."""

    waiting: tuple[int, ...]
    known: int
    left: tuple[str, ...]


def export(house: House, person: Person, dataset: str = "") -> str:
    """The recipes in force of a dataset, or of all, as YAML. On record."""
    query = select(Recipe).where(Recipe.state == IN_FORCE).order_by(col(Recipe.dataset), col(Recipe.title))
    with house.ledger.write() as session:
        found = session.exec(query.where(Recipe.dataset == dataset) if dataset else query).all()
        said = {"recipes": len(found)}
        audit.append(session, person.name, "recipes exported", dataset=dataset, data=said)
    paper = Paper(assay_recipes=1, recipes=tuple(_on_paper(house, one) for one in found))
    plain = paper.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)


def _on_paper(house: House, recipe: Recipe) -> OnPaper:
    return OnPaper(
        dataset=recipe.dataset, signature=recipe.signature, title=recipe.title, rules=tuple(recipe.rules),
        shape=recipe.shape, action=Action(recipe.action), fix=fix_of(house, recipe), reason=recipe.reason[:1_000],
        version=recipe.number, decided_by=recipe.decided_by, approved_by=recipe.approved_by, run=recipe.run,
        published=recipe.published,
    )  # fmt: skip


def read(text: bytes) -> tuple[OnPaper, ...]:
    """The recipes of a file. Raises InputError, which says where it is wrong and repeats no value."""
    if len(text) > MOST_BYTES:
        raise InputError(
            f"A file of recipes has at most {MOST_BYTES:,} bytes.", "Export one dataset at a time."
        )
    try:
        _plain(text)
        return Paper.model_validate(yaml.load(text, Loader=Loader)).recipes  # noqa: S506  (a SafeLoader)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        where = " → ".join(str(part) for part in first["loc"]) or "the top"
        raise InputError(f"This is no file of recipes: {where}: {first['msg']}.", EXPORTED) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise InputError(f"This is no YAML{where}.", EXPORTED) from error
    except (RecursionError, ValueError) as error:
        raise InputError("This is no YAML that can be read.", EXPORTED) from error


def _plain(text: bytes) -> None:
    """Refuse what grows when it is read: aliases, and nesting that no recipe has."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            raise InputError("The file refers to parts of itself (`*name`).", "Write them out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise InputError("This is no YAML of recipes: it is nested too deep.", EXPORTED)


EXPORTED = "Give a file that `recipes export` wrote."


def take(house: House, person: Person, text: bytes) -> Imported:
    """Put the recipes of a file on record, to wait for a second person. Those that cannot be used here are told."""
    waiting, known, left = [], 0, []
    for one in read(text):
        try:
            contract = house.contract_by_digest(house.contract(one.dataset).digest)
            check(one, contract)
        except GovernanceError as error:
            left.append(f"{one.dataset}, {one.title or one.signature}: {error.message}")
            continue
        if number := _waiting(house, person, one, contract):
            waiting.append(number)
        else:
            known += 1
    return Imported(waiting=tuple(waiting), known=known, left=tuple(left))


def _waiting(house: House, person: Person, one: OnPaper, contract: Contract) -> int:
    """The recipe on record; 0 where the same one is in force or waits already."""
    digest = digest_of(one.dataset, one.signature, one.action, one.fix)
    cluster = Cluster(key=one.signature, rules=one.rules, shape=one.shape, rows=0)
    with house.ledger.write() as session:
        there = versions(session, one.dataset, one.signature)
        if any(old.digest == digest and old.state in (IN_FORCE, WAITING) for old in there):
            return 0
        recipe = new(
            house, one.dataset, one.signature, one.action, one.fix, number=next_number(there), state=WAITING,
            title=title_of(cluster, contract), rules=list(one.rules), shape=one.shape, reason=one.reason,
            decided_by=person.name,
        )  # fmt: skip
        session.add(recipe)
        session.flush()
        record(session, person.name, "recipe imported", recipe)
        assert recipe.id is not None
        return recipe.id


def check(one: OnPaper, contract: Contract) -> None:
    """Refuse with InputError what could never be proposed under this contract."""
    if one.action not in ACTIONS:
        raise InputError(f"“{one.action}” is no recipe.", f"Recipes {', '.join(ACTIONS)}.")
    if (one.fix is None) is (one.action is Action.FIX):
        raise InputError("A fix says what it does, and nothing else has one.", EXPORTED)
    if missing := [rule for rule in one.rules if contract.rule(rule) is None]:
        raise InputError(f"The contract has no rule {', '.join(missing)}.", "Its rows would never look so.")
    if one.signature != signature_of(one.rules, one.shape):
        raise InputError(f"The signature {one.signature} is not that of its rules and shape.", EXPORTED)
    if one.fix and one.fix.cells:
        raise InputError("Cells that were edited by hand are no recipe.", EXPORTED)
    if one.fix:
        overlay.check(one.fix, tuple(column.name for column in contract.columns), contract)
