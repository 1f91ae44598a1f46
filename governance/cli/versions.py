"""Versions: the timeline, what lies between two, the shelf itself, and asking for a rollback."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from governance.cli import telling
from governance.cli.desk import Desk, open_desk
from governance.cli.failing import files_of
from governance.cli.options import COMMAND, As, Dataset, Json, Out, Reason
from governance.errors import InputError
from governance.plural import many

if TYPE_CHECKING:
    from governance.answers.versions import Difference, VersionLine, VersionsView

PAGE = 50_000
"""Rows of the shelf that are read at a time."""

Number = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="A version's number.")]


def versions(
    dataset: Annotated[str, typer.Argument(metavar="[DATASET]", help="All datasets without.")] = "",
    acting: As = "",
    as_json: Json = False,
) -> None:
    """The versions of a dataset, the newest first, and the rollbacks that wait."""
    desk = open_desk(acting, as_json=as_json)
    names = [dataset] if dataset else desk.house.datasets()
    views = [desk.see.versions(desk.person, name) for name in names]
    if as_json:
        telling.document({"datasets": [_document(view) for view in views]})
        return
    shown = [view for view in views if view.versions or view.rollbacks or dataset]
    for view in shown:
        _tell(view)
    if not shown:
        telling.say("Nothing is published yet.")


def rollback(
    version: Number, reason: Reason, dataset: Dataset = "", acting: As = "", as_json: Json = False
) -> None:
    """Ask to make an earlier version current again. Another person must approve it."""
    desk = open_desk(acting, as_json=as_json)
    name = desk.dataset(dataset)
    asked = desk.workspace.ask_rollback(desk.person, name, version, reason=reason)
    line = next(one for one in desk.see.versions(desk.person, name).rollbacks if one.id == asked)
    change = desk.see.difference(desk.person, name, line.base_number, line.to_number)
    if as_json:
        told = {"rollback": asked, "dataset": name, "to": line.to_number, "from": line.base_number}
        told |= {
            "digest": line.digest,
            "state": line.state,
            "difference": _difference(change),
            "exit_code": 2,
        }
        telling.document(told)
    else:
        telling.say(f"Rollback {asked}: {name} from version {line.base_number} to {line.to_number}.")
        telling.say(
            *_change(change), "Another person must approve it:", f"  {COMMAND} approve {asked} --as PERSON"
        )
    raise typer.Exit(2)


def diff(
    dataset: Annotated[str, typer.Argument(metavar="DATASET")],
    before: Annotated[int, typer.Argument(metavar="A", min=0, help="A version; 0 is nothing.")],
    after: Annotated[int, typer.Argument(metavar="B", min=1, help="A version.")],
    acting: As = "",
    as_json: Json = False,
) -> None:
    """What changed on the shelf from one version to another. All values are masked."""
    desk = open_desk(acting, as_json=as_json)
    change = desk.see.difference(desk.person, dataset, before or None, after)
    if as_json:
        telling.document({"dataset": dataset, **_difference(change)})
        return
    telling.say(*_change(change))
    if change.sample:
        cells = ((cell.key, cell.column, cell.before, cell.after) for cell in change.sample)
        telling.table(("key", "column", "before", "after"), cells)


def shelf(
    dataset: Annotated[str, typer.Argument(metavar="DATASET")],
    version: Annotated[int, typer.Argument(metavar="[VERSION]", help="The current one without.")] = 0,
    out: Out = None,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """The published, masked rows of a version, as CSV."""
    desk = open_desk(acting, as_json=as_json)
    number = version or _current(desk, dataset)
    if as_json and out is None:
        page = desk.see.shelf(desk.person, dataset, number, limit=PAGE)
        rows = [dict(zip(page.columns, row, strict=True)) for row in page.rows]
        telling.document({"dataset": dataset, "version": number, "total": page.total, "rows": rows})
        return
    with _opened(out) as stream:
        written = _write(desk, dataset, number, stream)
    if as_json:
        telling.document({"dataset": dataset, "version": number, "out": str(out), "rows": written})
    else:
        telling.aside(f"{many(written, 'row')} of {dataset}, version {number}.")


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        with nullcontext(sys.stdout) as stream:
            yield stream
        return
    with files_of(out), out.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def _write(desk: Desk, dataset: str, number: int, stream: TextIO) -> int:
    """CSV that no spreadsheet takes for formulas, a page of rows at a time."""
    from governance.export import safe_cell

    lines, offset, total = csv.writer(stream, lineterminator="\n"), 0, 1
    while offset < total:
        page = desk.see.shelf(desk.person, dataset, number, limit=PAGE, offset=offset)
        if not offset:
            lines.writerow(safe_cell(name) for name in page.columns)
        for row in page.rows:
            lines.writerow(safe_cell(value) if isinstance(value, str) else value for value in row)
        offset, total = offset + PAGE, page.total
    return total


def _current(desk: Desk, dataset: str) -> int:
    view = desk.see.versions(desk.person, dataset)
    if not view.versions:
        raise InputError(f"{dataset} has no version yet.", "Publish a run of it first.")
    return view.versions[0].number


def _document(view: VersionsView) -> dict[str, Any]:
    return view.model_dump(mode="json", include={"dataset", "versions", "rollbacks"})


def _difference(change: Difference) -> dict[str, Any]:
    return {**change.model_dump(mode="json"), "by_column": dict(change.by_column), "same": change.same}


def _change(change: Difference) -> list[str]:
    if change.same:
        return [f"The same {many(change.rows_after, 'row')}."]
    lines = [f"{change.added:,} rows added, {change.removed:,} removed, {change.changed:,} changed "
             f"({change.rows_before:,} → {change.rows_after:,} rows)."]  # fmt: skip
    lines += [f"  {name}: {many(count, 'cell')} changed" for name, count in change.by_column]
    lines += [f"  {name}: column added" for name in change.columns_added]
    return lines + [f"  {name}: column removed" for name in change.columns_removed]


def _line(one: VersionLine) -> tuple[object, ...]:
    at, mark = f"{one.published_at:%Y-%m-%d %H:%M}", "current" if one.current else ""
    people = (one.requested_by, one.approved_by)
    return (one.number, mark, one.kind, f"{one.rows:,}", at, *people, one.digest[:8], one.reason)


def _tell(view: VersionsView) -> None:
    telling.say(f"{view.dataset}: {many(len(view.versions), 'version')}")
    names = ("version", "", "kind", "rows", "published", "asked by", "approved by", "digest", "reason")
    telling.table(names, map(_line, view.versions))
    for line in view.rollbacks:
        said = f"rollback {line.id} to version {line.to_number} is {line.state}: {line.error or line.reason}"
        telling.say(
            f"  {said}", *([f"  {COMMAND} approve {line.id} --as PERSON"] if line.state == "waiting" else [])
        )
