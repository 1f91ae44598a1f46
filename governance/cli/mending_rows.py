"""Rows that need more than a repair: a range set apart, a line mended, rows sent back and taken again corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from governance.cli import driving
from governance.cli.deciding import ItemKey
from governance.cli.desk import Desk, open_desk
from governance.cli.options import As, Detach, Json, Reason, RunId
from governance.errors import InputError
from governance.plural import many

Preview = Annotated[bool, typer.Option("--preview", help="Show the effect and record nothing.")]


def set_apart(
    run_id: RunId,
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="A column of numbers.")],
    low: Annotated[float, typer.Argument(metavar="LOW", help="From this number on.")],
    high: Annotated[float, typer.Argument(metavar="HIGH", help="To this one.")],
    *,
    reason: Reason,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Make an item of the rows whose number lies in a range, to be decided about like a cluster."""
    desk = open_desk(acting, as_json=as_json)
    run = desk.house.run(run_id).id
    key = desk.workspace.set_apart(desk.person, run, column, low, high, reason=reason)
    desk.tell({"run": run, "item": key}, f"Item {key} holds the rows of the range.")


def mend(
    run_id: RunId,
    line: Annotated[int, typer.Argument(metavar="LINE", help="Its number, as `unreadable` shows it.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The line as it should read.")],
    *,
    reason: Reason = "",
    preview: Preview = False,
    detach: Detach = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Read a line that could not be read with another text; it becomes a row."""
    desk = open_desk(acting, as_json=as_json)
    run = desk.house.run(run_id).id
    if preview:
        found = desk.workspace.preview_line(desk.person, run, line, text)
        verdict = "; ".join(found.fails) or "it passes"
        desk.tell(found.model_dump(mode="json"), f"Row {found.row:,}: {verdict}. Nothing is recorded.")
        return
    number = desk.workspace.mend_line(desk.person, run, line, text, reason=reason)
    _revised(desk, run, {"decision": number, "line": line}, f"Line {line:,} is a row now.", detach=detach)


def send_back(
    run_id: RunId,
    key: ItemKey,
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="Where the rows are written.")],
    *,
    reason: Reason,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")] = False,
    detach: Detach = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Write an item's rows with ids and reasons for the supplier, and mark the item as sent back."""
    desk = open_desk(acting, as_json=as_json)
    if out.exists() and not force:
        raise InputError(f"{out} is there already.", "Name another file, or give --force.")
    run = desk.house.run(run_id).id
    rows = desk.workspace.export_rows(desk.person, run, key, out)
    number = desk.workspace.send_back(desk.person, run, key, reason=reason)
    said = {"decision": number, "item": key, "rows": rows, "file": str(out)}
    _revised(desk, run, said, f"{many(rows, 'row')} written to {out}; they stay out.", detach=detach)


def corrected(
    run_id: RunId,
    key: ItemKey,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What the supplier sent, with the ids.")],
    *,
    reason: Reason = "",
    preview: Preview = False,
    detach: Detach = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Take the corrected rows of a file: they are matched by their ids, and are one decision."""
    desk = open_desk(acting, as_json=as_json)
    if not file.is_file():
        raise InputError(f"There is no file {file}.", "Name the corrected file.")
    run = desk.house.run(run_id).id
    digest = desk.workspace.keep_upload(desk.person, file.read_bytes())
    found = desk.workspace.preview_corrections(desk.person, run, key, digest)
    counts = found.model_dump(mode="json", exclude={"effect"})
    words = (
        f"{found.matched:,} matched, {found.changed:,} changed, {found.missing:,} missing, "
        f"{found.unknown:,} unknown, {found.doubled:,} doubled"
    )
    if preview:
        desk.tell({**counts, "recorded": False}, f"{words}. Nothing is recorded.")
        return
    number = desk.workspace.take_corrections(desk.person, run, key, digest, reason=reason)
    _revised(desk, run, {"decision": number, "item": key, **counts}, f"{words}.", detach=detach)


def _revised(desk: Desk, run: str, said: dict[str, Any], words: str, *, detach: bool) -> None:
    state = desk.house.run(run).state if detach else driving.drive(desk, run).value
    desk.tell({"run": run, **said, "state": state, "rows": desk.house.run(run).rows}, words)
