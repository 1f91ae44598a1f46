"""Cells and rows as lists: every failing cell, the quarantine, the unreadable lines. For downloads and the
command line; written as files by the engine, so that a million of them do not pass through Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance.contract.model import Contract
from governance.effect import basis
from governance.engines.duckdb import literal, quote, scan
from governance.errors import InputError, Stale
from governance.export import write_csv
from governance.house import House
from governance.journal import Journal
from governance.people import Person, Verb
from governance.stages import Stage
from governance.stages.load import Loaded
from governance.stages.quarantine import REJECTED, Split
from governance.tables import ROW
from storage.models import Run

FORMATS = ("csv", "jsonl")


@dataclass(frozen=True)
class Asked:
    house: House

    def failing_cells(self, person: Person, run_id: str, out: Path, *, form: str = "csv") -> int:
        """Every failing cell of the run as read: row, column, rule, severity, observed, expected.

        Without a grant to see values `observed` is hidden. Returns the number of lines.
        """
        person.must(Verb.SEE_RUNS)
        run = self.house.run(run_id)
        contract = self.house.contract_of(run)
        start = basis(self.house, run)
        query = _cells(
            scan(start.validated.failing.path), start.source.read(), contract, start.source.columns, person
        )
        return self._write(query, out, form)

    def quarantine(self, person: Person, run_id: str, out: Path, *, form: str = "csv") -> int:
        """Every failing cell of the rows that stay out in the revision as it stands."""
        person.must(Verb.SEE_RUNS)
        run = self.house.run(run_id)
        contract = self.house.contract_of(run)
        split = self._split(run)
        columns = tuple(
            name for name in split.quarantine.columns if name not in (ROW, "_reasons", "_cluster")
        )
        table = scan(split.quarantine.path)
        return self._write(_cells(table, table, contract, columns, person), out, form)

    def unreadable(self, person: Person, run_id: str, *, limit: int = 200) -> list[dict[str, Any]]:
        """Lines that could not be read: line, reason, and the text for those who may see values."""
        person.must(Verb.SEE_RUNS)
        run = self.house.run(run_id)
        loaded = Journal(self.house, run.id, run.dataset, 0).known(Stage.LOAD, Loaded)
        if loaded is None or not loaded.unreadable.rows:
            return []
        text = "text" if person.may(Verb.SEE_VALUES) else "'•••' AS text"
        with self.house.bench.engine() as engine:
            return engine.dicts(
                f"SELECT line, reason, {text} FROM {scan(loaded.unreadable.path)} ORDER BY line LIMIT {int(limit)}"
            )

    def _split(self, run: Run) -> Split:
        split = Journal(self.house, run.id, run.dataset, max(run.computed, 0)).known(Stage.QUARANTINE, Split)
        if split is None:
            raise Stale(f"Run {run.id} has no quarantine yet.", f"It is {run.state}.")
        return split

    def _write(self, query: str, out: Path, form: str) -> int:
        if form not in FORMATS:
            raise InputError(f"There is no format {form!r}.", f"Formats: {', '.join(FORMATS)}.")
        with self.house.bench.engine() as engine:
            if form == "csv":
                return write_csv(engine, f"({query})", out)
            return int(engine.value(f"COPY ({query}) TO {literal(out)} (FORMAT json)"))


def _cells(failing: str, rows: str, contract: Contract, columns: tuple[str, ...], person: Person) -> str:
    """One line a (row, reason): the value is taken from the rule's own column."""
    rules = _rules(contract)
    observed = " ".join(f"WHEN {literal(name)} THEN CAST({quote(name)} AS VARCHAR)" for name in columns)
    value = f"CASE about.column {observed} END" if person.may(Verb.SEE_VALUES) else "'•••'"
    return (
        f'SELECT cells.{ROW} AS "row", about.column AS "column", cells.rule AS rule, about.severity AS severity, '
        f"{value} AS observed, about.expected AS expected FROM "
        f"(SELECT {ROW}, unnest(_reasons) AS rule FROM {failing}) AS cells "
        f'JOIN (VALUES {rules}) AS about(rule, "column", severity, expected) ON cells.rule = about.rule '
        f"JOIN {rows} AS source ON source.{ROW} = cells.{ROW} ORDER BY 1, 3"
    )


def _rules(contract: Contract) -> str:
    listed: Iterator[str] = (
        f"({literal(rule.id)}, {literal(rule.column)}, {literal(rule.severity.value)}, {literal(rule.words)})"
        for rule in contract.rules
    )
    rejected = f"({literal(REJECTED)}, '', 'high', 'not rejected by a person')"
    return ", ".join([*listed, rejected])
