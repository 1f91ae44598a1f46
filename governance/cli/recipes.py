"""Recipes: what was decided about signatures and approved, listed, kept as a file, read from one, retired."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from governance.cli import telling
from governance.cli.approving import cite
from governance.cli.desk import Desk, open_desk
from governance.cli.failing import files_of
from governance.cli.options import COMMAND, As, Dataset, Force, Json, Out, Reason
from governance.errors import InputError, UnknownName
from governance.plural import many

if TYPE_CHECKING:
    from governance.answers.recipes import RecipeLine

recipes = typer.Typer(help="Recipes: list, export, import, approve, retire, bring back.")
RecipeId = Annotated[
    int, typer.Argument(metavar="RECIPE", help="A recipe's number as `recipes list` shows it.")
]


@recipes.command(name="list")
def list_(*, dataset: Dataset = "", acting: As = "", as_json: Json = False) -> None:
    """What each recipe does, by whose decision, and how often it was proposed and taken."""
    desk = open_desk(acting, as_json=as_json)
    listed = desk.see.recipes(desk.person, dataset)
    if as_json:
        telling.document({"recipes": [line.model_dump(mode="json") for line in listed]})
        return
    if not listed:
        telling.say("No recipe yet: they are made when a run is published that another person approved.")
    for line in listed:
        telling.say(
            f"{line.id}  {line.dataset}  {line.title}  [{line.signature}, version {line.version}, {line.state}]"
        )
        telling.say(f"    {line.said}: {line.does}", f"    {_counted(line)}")
        telling.say(*([f"    {line.changed}"] if line.changed else []))


@recipes.command()
def export(
    *, dataset: Dataset = "", out: Out = None, force: Force = False, acting: As = "", as_json: Json = False
) -> None:
    """Write the recipes in force as YAML, with what their fixes say; it may hold a value that somebody typed."""
    desk = open_desk(acting, as_json=as_json)
    if out is not None and out.exists() and not force:
        raise InputError(f"{out} is there already.", "Name another file, or give --force.")
    written = desk.workspace.export_recipes(desk.person, dataset)
    if out is not None:
        with files_of(out):
            out.write_text(written, encoding="utf-8")
    if as_json:
        telling.document({"out": out and str(out), "yaml": written})
    elif out is None:
        sys.stdout.write(written)
    else:
        telling.aside(f"{many(len(written.encode()), 'byte')} written to {out}.")


@recipes.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `recipes export` wrote.")],
    *,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Put the recipes of a file on record; they are proposed when another person has approved them."""
    desk = open_desk(acting, as_json=as_json)
    with files_of(file, "Check the spelling."):
        text = file.read_bytes()
    came = desk.workspace.import_recipes(desk.person, text)
    if as_json:
        telling.document(came.model_dump(mode="json"))
        return
    telling.say(f"{many(len(came.waiting), 'recipe')} imported; {came.known:,} were here already.")
    telling.say(*(f"  left out: {said}" for said in came.left))
    telling.say(*(f"  {COMMAND} recipes approve {number} --as …" for number in came.waiting))


@recipes.command()
def approve(
    recipe: RecipeId,
    *,
    digest: Annotated[str, typer.Option("--digest", metavar="DIGEST", help="What you approve.")] = "",
    reason: Reason = "",
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Let an imported recipe be proposed: as another person than the one who imported it."""
    desk = open_desk(acting, as_json=as_json)
    seen = _find(desk, recipe)
    cite(digest, seen.digest, "recipe")
    desk.workspace.approve_recipe(desk.person, recipe, digest=seen.digest, reason=reason)
    _tell(desk, recipe, "approved")


@recipes.command()
def retire(recipe: RecipeId, *, reason: Reason = "", acting: As = "", as_json: Json = False) -> None:
    """Propose a recipe no more, or turn down an imported one, with a reason."""
    desk = open_desk(acting, as_json=as_json)
    desk.workspace.retire_recipe(desk.person, recipe, reason=reason)
    _tell(desk, recipe, "retired")


@recipes.command()
def bring_back(recipe: RecipeId, *, reason: Reason = "", acting: As = "", as_json: Json = False) -> None:
    """Propose a retired recipe again, with a reason."""
    desk = open_desk(acting, as_json=as_json)
    desk.workspace.bring_back_recipe(desk.person, recipe, reason=reason)
    _tell(desk, recipe, "brought back")


def _find(desk: Desk, recipe: int) -> RecipeLine:
    found = next((line for line in desk.see.recipes(desk.person) if line.id == recipe), None)
    if found is None:
        raise UnknownName(f"There is no recipe {recipe}.", f"`{COMMAND} recipes list` lists them.")
    return found


def _tell(desk: Desk, recipe: int, done: str) -> None:
    line = _find(desk, recipe)
    document = {"recipe": line.id, "dataset": line.dataset, "version": line.version, "state": line.state}
    desk.tell(document, f"Recipe {line.id} of {line.dataset} ({line.title}) is {done}; it is {line.state}.")


def _counted(line: RecipeLine) -> str:
    counts = line.counts
    parts = (("taken", counts.accepted), ("changed", counts.changed), ("declined", counts.declined))
    said = ", ".join(f"{word} {number:,}" for word, number in parts)
    return f"proposed {many(counts.proposed, 'time')}: {said}" if counts.proposed else "not proposed yet"
