"""All rows of an item: a page of them sorted, searched and filtered by the engine, a row's neighbours, a download."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from governance.as_read import item_as_it_stands, item_as_read
from governance.contract.model import Contract
from governance.effect import basis
from governance.engines.duckdb import literal, quote, scan
from governance.errors import InputError
from governance.export import write_csv
from governance.house import House
from governance.people import Person, Verb
from governance.source import Source
from governance.stages.quarantine import REJECTED
from governance.tables import ROW, Frozen
from governance.verdict import rule_sql
from storage.models import Item, Run

HIDDEN = "•••"
MOST, AROUND = 500, 3
"""Rows of a page at most, and rows before and after a row that are its neighbours."""


class Test(StrEnum):
    """How a column is filtered."""

    __test__ = False
    HAS = "contains"
    IS = "is exactly"
    MISSING = "is missing"


class View(Frozen):
    """Which rows of an item, and in which order. What needs values is refused to who may not see them.

    `search` is looked for in every column, in any case; `test` with `text` in `column`.
    """

    search: str = ""
    column: str = ""
    test: Test = Test.HAS
    text: str = ""
    sort: str = ""
    descending: bool = False

    @property
    def reads_values(self) -> bool:
        return bool(self.search or self.column or self.sorts)

    @property
    def sorts(self) -> bool:
        return self.sort not in ("", "row")


PLAIN = View()


class RowsPage(Frozen):
    """Rows of an item: `_row`, reasons in words, then the columns as read. Values hidden without a grant.

    `total`: rows that the view finds; `of`: all rows of the item. `sql`: the query that finds them, as evidence.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    offset: int
    sql: str
    of: int = 0


class Neighbours(Frozen):
    """A row among those before and after it in the file. `why`, where one fails, in words."""

    row: int
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Asked:
    house: House

    def item_rows(
        self,
        person: Person,
        run_id: str,
        item_key: str,
        *,
        offset: int = 0,
        limit: int = 5,
        view: View = PLAIN,
        fixed: bool = False,
    ) -> RowsPage:
        """A page of an item's rows as they were read, or `fixed` by what stands; a view looks at them as read. Other
        people's values are hidden without a grant."""
        person.must(Verb.DECIDE)
        if view.reads_values:
            person.must(Verb.SEE_VALUES)
        asked = item_as_it_stands if fixed else item_as_read
        run, item, contract, source = asked(self.house, run_id, item_key)
        if not item.details.get("failing"):
            return RowsPage(columns=(), rows=(), total=0, offset=0, sql="")
        columns = _columns(source, item)
        wanted = self._wanted(item)
        cut = f"LIMIT {min(int(limit), MOST)} OFFSET {max(int(offset), 0)}"
        with self.house.bench.engine() as engine:
            of = total = engine.value(f"SELECT count(*) FROM {wanted}")
            found = wanted
            if view.reads_values:
                engine.run(f"CREATE TEMP TABLE found AS {_found(source, wanted, view)}")
                found, total = "found", engine.value("SELECT count(*) FROM found")
            numbers = [
                row for (row,) in engine.rows(f"SELECT {ROW} FROM {found} {_order(view, '_by')} {cut}")
            ]
            listed = ", ".join(map(str, numbers)) or "NULL"
            rows = engine.rows(
                f"SELECT {_listed(columns, person)} FROM {source.raw(numbers)} "
                f"JOIN (SELECT * FROM {wanted} WHERE {ROW} IN ({listed})) USING ({ROW})"
            )
        place = {number: at for at, number in enumerate(numbers)}
        rows.sort(key=lambda row: place[row[0]])
        return RowsPage(
            columns=("row", "why", *columns),
            rows=tuple(_shown(row, contract) for row in rows),
            total=total,
            offset=offset,
            sql=_evidence(run, contract, source, item),
            of=of,
        )

    def item_columns(self, person: Person, run_id: str, item_key: str) -> tuple[str, ...]:
        """The columns of an item's rows, those at fault first."""
        person.must(Verb.DECIDE)
        _, item, _, source = item_as_read(self.house, run_id, item_key)
        return tuple(_columns(source, item))

    def neighbours(self, person: Person, run_id: str, item_key: str, row: int) -> Neighbours:
        """The rows before and after a row of the file, each with why it fails, if it does."""
        person.must(Verb.DECIDE)
        run, item, contract, source = item_as_read(self.house, run_id, item_key)
        columns = _columns(source, item)
        failing = scan(basis(self.house, run).validated.failing.path)
        with self.house.bench.engine() as engine:
            rows = engine.rows(
                f"SELECT {_listed(columns, person)} FROM {source.read()} LEFT JOIN {failing} USING ({ROW}) "
                f"WHERE {ROW} BETWEEN {int(row) - AROUND} AND {int(row) + AROUND} ORDER BY {ROW}"
            )
        return Neighbours(
            row=row, columns=("row", "why", *columns), rows=tuple(_shown(one, contract) for one in rows)
        )

    def item_file(
        self, person: Person, run_id: str, item_key: str, out: Path, *, form: str = "csv", view: View = PLAIN
    ) -> int:
        """Write all rows of an item that a view finds, with their reasons, as CSV or Parquet; returns their
        number. Values are hidden as on the page."""
        person.must(Verb.DECIDE)
        if view.reads_values:
            person.must(Verb.SEE_VALUES)
        if form not in ("csv", "parquet"):
            raise InputError(f"There is no format {form!r}.", "Formats: csv, parquet.")
        _, item, _, source = item_as_read(self.house, run_id, item_key)
        wanted = self._wanted(item)
        query = (
            f"SELECT {_listed(_columns(source, item), person)} FROM {source.read()} JOIN {wanted} "
            f"USING ({ROW}) WHERE {ROW} IN (SELECT {ROW} FROM ({_found(source, wanted, view)})) "
            f"{_order(view, quote(_known(source, view.sort)) if view.sorts else '')}"
        )
        with self.house.bench.engine() as engine:
            return write_csv(engine, f"({query})", out) if form == "csv" else engine.write(query, out)

    def _wanted(self, item: Item) -> str:
        """A FROM item `_row, _reasons`: the rows of the item."""
        failing = str(self.house.bench.vault.rebased(item.details).get("failing", ""))
        cluster = literal(item.details.get("cluster", ""))
        return f"(SELECT {ROW}, _reasons FROM {scan(Path(failing))} WHERE _cluster = {cluster})"


def _columns(source: Source, item: Item) -> list[str]:
    """The columns at fault first, then the others."""
    at_fault = [name for name in item.details.get("columns", ()) if name in source.names]
    return [*at_fault, *(name for name in source.columns if name not in at_fault)]


def _listed(columns: list[str], person: Person) -> str:
    """The columns of an answer; whose values a person may not see never leave the engine."""
    if person.may(Verb.SEE_VALUES):
        return ", ".join([ROW, "_reasons", *map(quote, columns)])
    hidden = (f"CASE WHEN {quote(n)} IS NOT NULL THEN {literal(HIDDEN)} END AS {quote(n)}" for n in columns)
    return ", ".join([ROW, "_reasons", *hidden])


def _found(source: Source, wanted: str, view: View) -> str:
    """A query of the `_row`s that a view finds, not ordered, with the value that orders them as `_by`.

    The item's rows are taken out of the file first, so that no other row is searched.
    """
    if not view.reads_values:
        return f"SELECT {ROW}, NULL AS _by FROM {wanted}"
    searched = (
        f"lower(concat_ws(chr(31), {', '.join(map(quote, source.columns))}))" if view.search else "NULL"
    )
    tested = quote(_known(source, view.column)) if view.column else "NULL"
    by = quote(_known(source, view.sort)) if view.sorts else "NULL"
    where = [f"contains(_said, lower({literal(view.search)}))"] if view.search else []
    where += [_test("_tested", view)] if view.column else []
    return (
        f"WITH mine AS MATERIALIZED (SELECT {ROW}, {searched} AS _said, {tested} AS _tested, {by} AS _by "
        f"FROM {source.read()} WHERE {ROW} IN (SELECT {ROW} FROM {wanted})) "
        f"SELECT {ROW}, _by FROM mine WHERE {' AND '.join(where) or 'true'}"
    )


def _test(column: str, view: View) -> str:
    if view.test is Test.MISSING:
        return f"{column} IS NULL"
    if view.test is Test.IS:
        return f"{column} = {literal(view.text)}"
    return f"contains(lower({column}), lower({literal(view.text)}))"


def _order(view: View, column: str) -> str:
    """By a column, as numbers where they are numbers; rows that are equal in it in the file's order."""
    down = " DESC" if view.descending else ""
    if not view.sorts:
        return f"ORDER BY {ROW}{down}"
    return f"ORDER BY TRY_CAST({column} AS DOUBLE){down} NULLS LAST, {column}{down} NULLS LAST, {ROW}"


def _known(source: Source, column: str) -> str:
    if column not in source.names:
        raise InputError(f"There is no column {column!r}.", f"Columns: {', '.join(source.columns)}.")
    return column


def _evidence(run: Run, contract: Contract, source: Source, item: Item) -> str:
    today: date = run.submitted_at.date()
    rules = [rule for rule_id in item.details.get("rules", ()) if (rule := contract.rule(rule_id))]
    return ";\n\n".join(rule_sql(rule, source.read(), contract, today) for rule in rules)


def _shown(row: tuple[Any, ...], contract: Contract) -> tuple[Any, ...]:
    number, reasons, *values = row
    return (number, "; ".join(_said(contract, reason) for reason in reasons or ()), *values)


def _said(contract: Contract, reason: str) -> str:
    if reason == REJECTED:
        return "rejected by a person"
    rule = contract.rule(reason)
    return f"{rule.column}: {rule.words}" if rule else reason
