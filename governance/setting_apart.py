"""A range chosen in a chart becomes an item of triage: its rows, kept ones too, are decided about like a cluster.

The range holds people's values. It is a note in the vault with a random mark, so that neither the ledger nor the
names of tables tell what it was.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from sqlmodel import select

from governance.deciding import may_change, needs_reason
from governance.effect import Basis, basis
from governance.engines.duckdb import literal, scan
from governance.errors import InputError
from governance.findings import Severity
from governance.house import House
from governance.people import Person
from governance.plural import many
from governance.statistics.outliers import range_filter
from governance.tables import ROW, Frozen
from storage import audit
from storage.models import Item, Run

KIND = "selection"


class Between(Frozen):
    """A range of one column, both ends in it, and how many rows of the file as read have such a number.

    It holds people's values: it is for those who may see them, and never part of an address.
    """

    column: str
    low: float
    high: float
    rows: int


def set_apart(house: House, person: Person, run_id: str, found: Between, *, reason: str) -> str:
    """Open an item of the rows of a range; returns its key. The same range again is the same item."""
    needs_reason(reason, "Setting rows apart")
    if not found.rows:
        raise InputError("There is no row in this range.", "Choose another one.")
    run = house.run(run_id)
    may_change(run)
    known = _known(house, run, found)
    if known:
        return known
    start, key = basis(house, run), f"{KIND}-{uuid.uuid4().hex[:8]}"
    columns = [ours for ours, theirs in start.source.names.items() if theirs == found.column]
    details = {
        "cluster": key, "failing": _write(house, start, found, key), "columns": columns, "rules": [],
        "waivable": False, "note": _note(house, found, key),
    }  # fmt: skip
    with house.ledger.write() as session:
        run = session.get_one(Run, run.id)
        may_change(run)
        session.add(
            Item(
                run=run.id, key=key, kind=KIND, severity=Severity.MEDIUM.value, revision=run.revision,
                title=f"{found.column}: {many(found.rows, 'row')} of a range set apart", rows=found.rows, details=details,
            )
        )  # fmt: skip
        audit.append(
            session, person.name, "rows set apart", dataset=run.dataset, run=run.id, subject=key,
            data={"column": found.column, "rows": found.rows, "reason": reason.strip()},
        )  # fmt: skip
    return key


def _write(house: House, start: Basis, found: Between, key: str) -> str:
    """The rows of the range with the reasons of those that fail; returns the table's path."""
    name = uuid.uuid4().hex
    bronze = start.source.model_copy(update={"mended": None}).file()
    failing = f"(SELECT {ROW}, _reasons FROM {scan(start.validated.failing.path)})"
    inside = f"SELECT {ROW} FROM {bronze} WHERE {range_filter(found.column, found.low, found.high)}"
    with house.bench.engine() as engine, house.bench.vault.writing(name) as path:
        engine.write(
            f"SELECT {ROW}, coalesce(_reasons, []) AS _reasons, {literal(key)} AS _cluster, '' AS _shape "
            f"FROM ({inside}) LEFT JOIN {failing} USING ({ROW}) ORDER BY {ROW}",
            path,
        )
    return str(house.bench.vault.table(name))


def _note(house: House, found: Between, key: str) -> str:
    kept = {"mark": uuid.uuid4().hex, "item": key, **found.model_dump()}
    return house.bench.vault.keep_note(json.dumps(kept, sort_keys=True))


def _known(house: House, run: Run, found: Between) -> str:
    with house.ledger.read() as session:
        items = session.exec(select(Item).where(Item.run == run.id, Item.kind == KIND)).all()
    for item in items:
        if _range(house, item) == (found.column, found.low, found.high):
            return item.key
    return ""


def _range(house: House, item: Item) -> tuple[Any, ...]:
    kept = json.loads(house.bench.vault.note(item.details["note"]))
    return kept["column"], kept["low"], kept["high"]
