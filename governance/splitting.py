"""A cluster is split by a column into items of their own, each decided by itself, and merged back.

Splitting changes no row and is no decision: the parts hold the cluster's rows, each in exactly one. What tells the
parts apart are people's values: they are a note in the vault, so that neither the ledger nor the names of tables tell.
"""

from __future__ import annotations

import json
import math
import uuid
from pathlib import Path
from typing import Any

from sqlmodel import Session

from governance import recipes
from governance.as_read import item_as_read
from governance.deciding import may_change, unchanged
from governance.decisions import KEPT, find_item, standing
from governance.engines.duckdb import literal, scan
from governance.errors import IllegalMove, InputError, TerminalFault, UnknownName
from governance.house import House
from governance.items import PARTICIPLE, SPLIT
from governance.people import Person, title
from governance.review.choices import Action
from governance.review.parts import Parting, place, write
from governance.source import Source
from governance.states import State
from governance.tables import ROW
from storage import audit
from storage.models import Item, Run

Range = tuple[float, float]


def parting(house: House, run_id: str, key: str, column: str, *, within: Range | None = None) -> Parting:
    """The parts that a column would make of an item's rows. Nothing is recorded."""
    _, item, _, source = item_as_read(house, run_id, key)
    _check(item, source, column, within)
    with house.bench.engine() as engine:
        return place(engine, _cells(house, item, source), column, within=within)


def split(
    house: House, person: Person, run_id: str, key: str, column: str, *,
    within: Range | None = None, reason: str = "", seen: int | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Make items of the parts of a cluster, in its place; returns their keys, the part with most rows first."""
    run, item, _, source = item_as_read(house, run_id, key)
    _check(item, source, column, within)
    may_part(run)
    unchanged(item, seen)
    made, parts, table = _write(house, item, source, column, within)
    facts = {"column": column, "keys": list(parts), "table": table, "note": _note(house, item, made, parts)}
    with house.ledger.write() as session:
        run, found = session.get_one(Run, run.id), find_item(session, run.id, item.key)
        may_part(run)
        unchanged(found, item.version)
        for at, (part, group) in enumerate(zip(parts, made.groups, strict=True), start=1):
            session.add(_item(run, found, part, facts, at=at, rows=group.rows))
        whole = {"rows": found.rows, "state": found.state, "details": found.details}
        found.details = {**found.details, "parts": facts, "whole": whole}
        found.state, found.version = SPLIT, found.version + 1
        session.add(found)
        recipes.propose(session, run)
        _tell(session, person, "item split", run, found, reason, column=column, parts=len(parts),
              counts=[group.rows for group in made.groups])  # fmt: skip
    return tuple(f"cluster-{part}" for part in parts)


def merge_back(house: House, person: Person, run_id: str, key: str, *, reason: str = "") -> str:
    """Put the parts of a cluster together again, asked by its own key or one of theirs; returns the cluster's.

    Refused while a decision about a part stands: that one must be undone first.
    """
    with house.ledger.write() as session:
        run = session.get_one(Run, house.run(run_id).id)
        may_part(run)
        item = _whole(session, run, find_item(session, run.id, key))
        parts = [find_item(session, run.id, f"cluster-{part}") for part in item.details["parts"]["keys"]]
        for part in parts:
            _may_go(session, run, part)
            part.state, part.rows, part.version = "gone", 0, part.version + 1
            part.details = {name: value for name, value in part.details.items() if name != "part"}
            session.add(part)
        whole, column = item.details["whole"], item.details["parts"]["column"]
        item.rows, item.state, item.details = whole["rows"], whole["state"], whole["details"]
        item.version += 1
        session.add(item)
        recipes.propose(session, run)
        _tell(session, person, "item merged back", run, item, reason, column=column, parts=len(parts))
        return item.key


def may_part(run: Run) -> None:
    """Refuse where rows are being judged: the parts would be of what is over."""
    may_change(run)
    if run.state == State.REVISING:
        raise IllegalMove(f"Run {run.id} is being computed again.", "Try it when that is done, in a moment.")


def _check(item: Item, source: Source, column: str, within: Range | None) -> None:
    if item.kind != "cluster":
        raise InputError(f"{item.title} is no cluster of failing rows.", "Only those can be split.")
    if "part" in item.details or "parts" in item.details:
        raise IllegalMove(f"{item.title} is split already.", "Merge it back, and split it otherwise.")
    if column not in source.names:
        raise UnknownName(f"There is no column {column!r}.", f"Columns: {', '.join(source.columns)}.")
    if within and not (all(map(math.isfinite, within)) and within[0] <= within[1]):
        raise InputError("A range goes from a number to one that is not smaller.", "Change one of the ends.")


def _own(house: House, item: Item) -> str:
    """A FROM item of the rows of an item, as they failed."""
    details = house.bench.vault.rebased(item.details)
    cluster = literal(details["cluster"])
    return f"(SELECT * FROM {scan(Path(details['failing']))} WHERE _cluster = {cluster})"


def _cells(house: House, item: Item, source: Source) -> str:
    return f"(SELECT * FROM {source.read()} WHERE {ROW} IN (SELECT {ROW} FROM {_own(house, item)}))"


def _write(
    house: House, item: Item, source: Source, column: str, within: Range | None
) -> tuple[Parting, tuple[str, ...], str]:
    """The table of the parts: what they are, their keys, where it is. Each row is in exactly one."""
    name, rows = uuid.uuid4().hex, _own(house, item)
    with house.bench.engine() as engine:
        made = place(engine, _cells(house, item, source), column, within=within)
        if len(made.groups) < 2:
            raise InputError(
                f"By {column}, all rows of {item.title} are one part.", "Choose another column, or a range."
            )
        keys = {group.mark: f"part-{uuid.uuid4().hex[:8]}" for group in made.groups}
        with house.bench.vault.writing(name) as path:
            written = write(engine, rows, keys, path)
        if written != engine.value(f"SELECT count(*) FROM {rows}"):
            raise TerminalFault("A row would be in no part, or in two.", "Please report this.")
    return made, tuple(keys.values()), str(house.bench.vault.table(name))


def _note(house: House, item: Item, made: Parting, parts: tuple[str, ...]) -> str:
    labels = {part: group.label for part, group in zip(parts, made.groups, strict=True)}
    kept = {"mark": uuid.uuid4().hex, "item": item.key, "column": made.column, "labels": labels}
    return house.bench.vault.keep_note(json.dumps(kept, sort_keys=True))


def _item(run: Run, whole: Item, part: str, facts: dict[str, Any], *, at: int, rows: int) -> Item:
    about = {"of": whole.key, "column": facts["column"], "note": facts["note"]}
    details = {name: value for name, value in whole.details.items() if name != "why"}
    return Item(
        run=run.id, key=f"cluster-{part}", kind=whole.kind, severity=whole.severity, required=whole.required,
        title=f"{whole.title} · part {at} of {len(facts['keys'])} by {facts['column']}", rows=rows,
        revision=run.revision,
        details={**details, "cluster": part, "failing": facts["table"], "part": about},
    )  # fmt: skip


def _whole(session: Session, run: Run, item: Item) -> Item:
    """The item that was split: the one asked for, or the one that it is a part of."""
    if not item.details.get("parts") and (part := item.details.get("part")):
        item = find_item(session, run.id, part["of"])
    if not item.details.get("parts"):
        raise InputError(f"{item.title} is not split.", "Name an item that is, or one of its parts.")
    return item


def _may_go(session: Session, run: Run, part: Item) -> None:
    about = [one for one in standing(session, run.id) if one.item == part.key and one.action != KEPT]
    if about:
        newest = about[-1]
        raise IllegalMove(
            f"{part.title} is {PARTICIPLE[Action(newest.action)]}, by {title(newest.person)}.",
            f"Undo decision {newest.id} first, then merge back.",
        )


def _tell(
    session: Session, person: Person, action: str, run: Run, item: Item, reason: str, **more: Any
) -> None:
    why = {"reason": reason.strip()} if reason.strip() else {}
    audit.append(
        session, person.name, action, dataset=run.dataset, run=run.id, subject=item.key,
        data={"title": item.title, "rows": item.rows, **more, **why},
    )  # fmt: skip
