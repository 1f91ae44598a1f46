"""A cluster split into items of its own, and merged back."""

from __future__ import annotations

from typing import Annotated

import typer

from governance.cli.deciding import ItemKey
from governance.cli.desk import open_desk
from governance.cli.options import As, Json, RunId
from governance.errors import InputError
from governance.plural import many

Column = Annotated[str, typer.Argument(metavar="COLUMN", help="The column whose values make the parts.")]
Why = Annotated[str, typer.Option("--reason", help="Why, in a few words; it stands in the audit log.")]
Preview = Annotated[bool, typer.Option("--preview", help="Show the parts and record nothing.")]


def split(
    run_id: RunId,
    key: ItemKey,
    column: Column,
    *,
    low: Annotated[float | None, typer.Option("--from", help="In a range and outside it: from here.")] = None,
    high: Annotated[float | None, typer.Option("--to", help="To here, both ends in it.")] = None,
    preview: Preview = False,
    reason: Why = "",
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Split a cluster by a column into items of their own, each to be decided by itself."""
    desk = open_desk(acting, as_json=as_json)
    run = desk.house.run(run_id).id
    if (low is None) != (high is None):
        raise InputError("A range has two ends.", "Give both --from and --to.")
    within = None if low is None or high is None else (low, high)
    if preview:
        made = desk.workspace.parting(desk.person, run, key, column, within=within)
        parts = [{"part": group.label, "rows": group.rows} for group in made.groups]
        words = "\n".join(f"{many(one.rows, 'row'):>14}  {one.label}" for one in made.groups)
        desk.tell({"run": run, "parts": parts, "recorded": False}, f"{words}\nNothing is recorded.")
        return
    keys = desk.workspace.split(desk.person, run, key, column, within=within, reason=reason)
    desk.tell({"run": run, "items": list(keys)}, f"{len(keys)} items in its place: {', '.join(keys)}.")


def merge_back(
    run_id: RunId, key: ItemKey, *, reason: Why = "", acting: As = "", as_json: Json = False
) -> None:
    """Put the parts of a cluster together again, while none of them is decided."""
    desk = open_desk(acting, as_json=as_json)
    run = desk.house.run(run_id).id
    whole = desk.workspace.merge_back(desk.person, run, key, reason=reason)
    desk.tell({"run": run, "item": whole}, f"Item {whole} is whole again.")
