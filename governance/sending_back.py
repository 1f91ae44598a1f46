"""Rows that go back to the supplier, and come again: an export with the reasons, and what it becomes when corrected.

Each row has an id (run and row number) by which it is found again. What the supplier sends is one decision of fixed
rows, previewed before it is applied; the rows as first read are kept, and undo sends them back again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from governance import deciding
from governance.as_read import item_as_read
from governance.bench import name_of
from governance.contract.model import Contract
from governance.decisions import choices, find_item, standing
from governance.effect import Effect, basis, effect
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.errors import IllegalMove, InputError
from governance.export import FORMULA_STARTS, write_csv
from governance.house import House
from governance.people import Person
from governance.reading.opening import look, opened, read
from governance.review import overlay
from governance.review.choices import Action, Choice, name_of_choices
from governance.source import Source
from governance.tables import ROW, BronzeTable, Frozen
from storage import audit
from storage.models import Item, Run

ID, WHY = "row_id", "reasons"
"""Columns of the export beside those of the file."""
STATE = "sent back"


class Corrections(Frozen):
    """What a corrected file holds: how its rows match those that were sent back, and what they would change.

    `matched` rows were found by their id, of which `changed` differ from what was read. `missing` were sent back and
    are not in the file; `unknown` ids were not sent back here; `doubled` ids are there more than once. Only matched
    rows are taken. `ignored` are columns that the table does not have.
    """

    matched: int
    changed: int
    missing: int
    unknown: int
    doubled: int
    ignored: tuple[str, ...]
    effect: Effect


def export(house: House, person: Person, run_id: str, key: str, out: Path) -> int:
    """Write the rows of an item as CSV, as they were read, with id and reasons; returns their number. On record."""
    run, item, contract, source = item_as_read(house, run_id, key)
    with house.bench.engine() as engine:
        rows = write_csv(engine, f"({_rows(house, run, item, source, contract)})", out)
    with house.ledger.write() as session:
        audit.append(
            session, person.name, "rows exported", dataset=run.dataset, run=run.id, subject=item.key,
            data={"title": item.title, "rows": rows},
        )  # fmt: skip
    return rows


def _rows(house: House, run: Run, item: Item, source: Source, contract: Contract) -> str:
    details = house.bench.vault.rebased(item.details)
    if not details.get("failing"):
        raise InputError(f"{item.title}: there are no rows to send back.", "Choose an item with rows.")
    words = [(rule.id, f"{rule.subject} should be {rule.words}") for rule in contract.rules]
    told = " ".join(f"WHEN {literal(rule)} THEN {literal(said)}" for rule, said in words)
    why = f"list_transform(_reasons, lambda r: CASE r {told} ELSE r END)" if words else "_reasons"
    listed = ", ".join(map(quote, source.columns))
    cluster = literal(details["cluster"])
    wanted = f"SELECT {ROW}, _reasons FROM {scan(Path(details['failing']))} WHERE _cluster = {cluster}"
    names = {name.casefold() for name in source.columns}
    return (
        f"SELECT {literal(run.id + '-')} || {ROW} AS {quote(_free(ID, names))}, {why} AS {quote(_free(WHY, names))}, "
        f"{listed} FROM {source.read()} JOIN ({wanted}) USING ({ROW}) ORDER BY {ROW}"
    )


def _free(name: str, taken: set[str]) -> str:
    """A name that no column of the table has."""
    while name in taken:
        name += "_"
    return name


def preview(house: House, person: Person, run_id: str, key: str, digest: str, file: str) -> Corrections:
    """What a corrected file, whose bytes are in the vault, would change. Nothing is recorded."""
    run = house.run(run_id)
    found = _matched(house, run, key, digest)
    contract = house.contract_of(run)
    with house.ledger.read() as session:
        stands = choices(house, standing(session, run.id))
    then = (*stands, _choice(found))
    shown = deciding.shown_to(person, effect(house, run, contract, now=stands, then=then))
    return Corrections(
        matched=found.matched, changed=found.changed, missing=found.missing, unknown=found.unknown,
        doubled=found.doubled, ignored=found.ignored, effect=shown,
    )  # fmt: skip


def take(
    house: House, person: Person, run_id: str, key: str, digest: str, *, reason: str, seen: int | None = None
) -> int:
    """Take the matched rows of a corrected file as one decision; returns its number."""
    deciding.needs_reason(reason, "Taking corrected rows")
    run = house.run(run_id)
    found = _matched(house, run, key, digest)
    if not found.matched:
        raise InputError("No row of the file is one that was sent back.", f"Its {ID} column names them.")
    with house.ledger.write() as session:
        run = session.get_one(Run, run.id)
        deciding.may_change(run)
        item = _sent(session, run, key, seen)
        return deciding.record(
            session, house, run, item, _choice(found), by=person.name, reason=reason, rows=found.matched,
            corrections={"input": digest, "changed": found.changed, "missing": found.missing,
                         "unknown": found.unknown, "doubled": found.doubled},
        )  # fmt: skip


def _sent(session: Session, run: Run, key: str, seen: int | None = None) -> Item:
    item = find_item(session, run.id, key)
    if seen is not None and seen != item.version:
        deciding.unchanged(item, seen)
    if item.state != STATE:
        raise IllegalMove(
            f"{item.title} is {item.state}, not sent back.",
            "Send its rows back first, then take the corrected.",
        )
    return item


@dataclass(frozen=True)
class _Found:
    item: str
    table: Path
    matched: int
    changed: int
    missing: int
    unknown: int
    doubled: int
    ignored: tuple[str, ...]


def _choice(found: _Found) -> Choice:
    return Choice(item=found.item, action=Action.FIX, corrected=found.table)


def _matched(house: House, run: Run, key: str, digest: str) -> _Found:
    """Match a corrected file to the rows that were sent back; the matched rows become a table of the vault."""
    with house.ledger.read() as session:
        item = _sent(session, run, key)
        stands = standing(session, run.id)
    sent = [one for one in choices(house, stands) if one.item == item.key and one.action is Action.SEND_BACK]
    start = basis(house, run)
    source = overlay.with_mended(house.bench, start.source, choices(house, stands))
    path = house.bench.vault.raw(digest)
    with house.bench.engine() as engine:
        bronze = _read(house, engine, path, source)
        names = {name.casefold() for name in source.columns}
        own = next((one for one in bronze.columns if one == _free(ID, names)), None)
        if own is None:
            raise InputError(
                f"The file has no column {_free(ID, names)}.",
                "Send the exported file, with its ids, corrected.",
            )
        return _match(house, engine, run, item, source, bronze, own=own, sent=sent)


def _read(house: House, engine: Engine, path: Path, source: Source) -> BronzeTable:
    if not path.is_file():
        raise InputError("The corrected file is not in the vault.", "Upload it again.")
    with opened(path, engine=engine) as file:
        reading = look(file, engine=engine, expected=(ID, WHY, *source.columns))
        bronze, unreadable = read(
            file, reading, engine=engine, bench=house.bench, name=name_of("corrections", path.name)
        )
    if unreadable.rows:
        raise InputError(
            f"{unreadable.rows:,} lines of the file cannot be read.", "Mend them, and upload the file again."
        )
    return bronze


def _match(
    house: House, engine: Engine, run: Run, item: Item, source: Source, bronze: BronzeTable, *, own: str,
    sent: list[Choice],
) -> _Found:  # fmt: skip
    wanted = " UNION ".join(choice.rows_sql() for choice in sent)
    there = [name for name in source.columns if name in bronze.columns]
    listed = ", ".join(f"{_plain(quote(name))} AS {quote(name)}" for name in there)
    pattern = literal(rf"\A\s*'?{re.escape(run.id)}-(\d{{1,18}})\s*\z")
    number = f"TRY_CAST(regexp_extract({quote(own)}, {pattern}, 1) AS BIGINT)"
    engine.run(
        f"CREATE TEMP TABLE sent AS SELECT {number} AS {ROW}{', ' if listed else ''}{listed} FROM {scan(bronze.path)}"
    )
    engine.run(f"CREATE TEMP TABLE wanted AS {wanted}")
    engine.run(
        f"CREATE TEMP TABLE taken AS SELECT {ROW} FROM sent WHERE {ROW} IN (SELECT {ROW} FROM wanted) "
        f"GROUP BY {ROW} HAVING count(*) = 1"
    )
    unknown, doubled, missing = engine.row(
        f"SELECT (SELECT count(*) FROM sent WHERE {ROW} IS NULL OR {ROW} NOT IN (SELECT {ROW} FROM wanted)), "
        f"(SELECT count(*) FROM (SELECT {ROW} FROM sent WHERE {ROW} IN (SELECT {ROW} FROM wanted) "
        f"GROUP BY {ROW} HAVING count(*) > 1)), "
        f"(SELECT count(*) FROM wanted WHERE {ROW} NOT IN (SELECT {ROW} FROM sent WHERE {ROW} IS NOT NULL))"
    )
    cells = ", ".join(
        f"{'sent' if name in there else 'was'}.{quote(name)} AS {quote(name)}" for name in source.columns
    )
    differs = (
        " OR ".join(f"sent.{quote(name)} IS DISTINCT FROM was.{quote(name)}" for name in there) or "false"
    )
    joined = f"FROM sent JOIN taken USING ({ROW}) JOIN {source.read()} AS was USING ({ROW})"
    changed = engine.value(f"SELECT count(*) {joined} WHERE {differs}")
    name = name_of("corrected", run.id, item.key, bronze.name, source.identity, name_of_choices(sent))
    with house.bench.vault.writing(name) as path:
        matched = engine.write(f"SELECT {ROW}, {cells} {joined} ORDER BY {ROW}", path)
    ignored = tuple(one for one in bronze.columns if one not in (*there, own, WHY))
    return _Found(
        item=item.key, table=house.bench.vault.table(name), matched=matched, changed=changed, missing=missing,
        unknown=unknown, doubled=doubled, ignored=ignored,
    )  # fmt: skip


def _plain(column: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    starts = literal(FORMULA_STARTS)
    return (
        f"CASE WHEN left({column}, 1) = '''' AND contains({starts}, substr({column}, 2, 1)) AND length({column}) > 1 "
        f"THEN substr({column}, 2) ELSE {column} END"
    )
