"""A contract while it is written: whether it can be used, where each rule stands, and which rows break it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from governance.contract import odcs
from governance.contract.diff import Change, diff
from governance.contract.document import parse as document_of
from governance.contract.model import Contract
from governance.contract.places import line_of
from governance.effect import basis
from governance.engines.duckdb import Engine
from governance.errors import ContractError, Stale, UnknownName
from governance.house import House
from governance.people import Person, Verb
from governance.rules.kinds import AnyRule
from governance.source import Source
from governance.stages.contract import conform
from governance.tables import ROW, Frozen
from governance.verdict import rule_sql
from storage.models import Run

SAMPLE = 20_000
"""Rows that a rule is tried on while it is typed."""
EXAMPLES = 8


class RuleLine(Frozen):
    """A rule, and the line of the contract that makes it."""

    id: str
    column: str
    reads: tuple[str, ...]
    severity: str
    words: str
    line: int


class Checked(Frozen):
    """Whether a text is a contract. With an `error`, `line` is where (0: not known), and nothing else is said."""

    error: str = ""
    hint: str = ""
    line: int = 0
    dataset: str = ""
    rules: tuple[RuleLine, ...] = ()
    thresholds: int = 0
    not_run: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    """Against the contract in force; empty when there is none, or none of it changed."""


class RuleTry(Frozen):
    """One rule on the newest judged run's rows as they were read: `failing` of the `rows` that were tried, of
    `of` in all. `sql` finds them among all rows, as printed. `examples` are (row, its cells), for those who
    may see values."""

    rule: str
    words: str
    run: str
    file: str
    rows: int
    of: int
    failing: int
    sql: str
    columns: tuple[str, ...] = ()
    examples: tuple[tuple[int, tuple[str | None, ...]], ...] = ()


@dataclass(frozen=True)
class Asked:
    house: House

    def contract_check(self, person: Person, text: str) -> Checked:
        """Read a text as a contract. A mistake is an answer here, with its line, and no error."""
        person.must(Verb.SEE_RUNS)
        try:
            contract, document = odcs.read(text.encode()), document_of(text.encode())
        except ContractError as error:
            found = re.search(r"\bline (\d+)", error.message)
            return Checked(error=error.message, hint=error.hint, line=int(found[1]) if found else 0)
        return Checked(
            dataset=contract.dataset,
            rules=tuple(
                RuleLine(id=rule.id, column=rule.column, reads=rule.reads, severity=rule.severity.value,
                         words=rule.words, line=line_of(document, rule))
                for rule in contract.rules
            ),
            thresholds=len(contract.thresholds),
            not_run=contract.not_run,
            changes=self._changes(contract),
        )  # fmt: skip

    def try_rules(
        self, person: Person, dataset: str, text: str, rules: Sequence[str], *, whole: bool = False
    ) -> tuple[RuleTry, ...]:
        """Rules of a contract on the rows of the dataset's newest run: the first 20,000, or all of them.

        Empty while nothing was judged. Raises ContractError for a text that is no contract.
        """
        person.must(Verb.CONTRACT)
        contract = odcs.read(text.encode())
        run = self._newest(dataset)
        if run is None:
            return ()
        source = conform(basis(self.house, run).source.bronze, contract).source
        contract = self.house.bound(contract, when=run.submitted_at)
        chosen = [
            rule for rule in contract.rules if rule.id in rules and set(rule.reads) <= {*source.columns}
        ]
        with self.house.bench.engine() as engine:
            tried = tuple(_tried(engine, rule, source, contract, run, whole=whole) for rule in chosen)
        if person.may(Verb.SEE_VALUES):
            return tried
        return tuple(one.model_copy(update={"examples": ()}) for one in tried)

    def _newest(self, dataset: str) -> Run | None:
        """The newest run that was judged."""
        with self.house.ledger.read() as session:
            newest = session.exec(
                select(Run)
                .where(Run.dataset == dataset, Run.same_as == "")
                .order_by(col(Run.submitted_at).desc())
                .limit(5)
            ).all()
        for run in newest:
            try:
                basis(self.house, run)
            except Stale:
                continue
            return run
        return None

    def _changes(self, contract: Contract) -> tuple[Change, ...]:
        try:
            return diff(odcs.read(self.house.contract(contract.dataset).text), contract)
        except UnknownName:
            return ()


def _tried(
    engine: Engine, rule: AnyRule, source: Source, contract: Contract, run: Run, *, whole: bool
) -> RuleTry:
    today, rows = run.submitted_at.date(), source.bronze.rows
    few = min(rows, rows if whole else SAMPLE)
    among = source.read() if few == rows else f"(SELECT * FROM {source.read()} WHERE {ROW} <= {few})"
    query = rule_sql(rule, among, contract, today)
    failing = int(engine.value(f"SELECT count(*) FROM ({query})"))
    found = engine.rows(f"SELECT * FROM ({query}) LIMIT {EXAMPLES}") if failing else []
    return RuleTry(
        rule=rule.id, words=rule.words, run=run.id, file=run.file, rows=few, of=rows, failing=failing,
        sql=rule_sql(rule, source.read(), contract, today), columns=rule.reads,
        examples=tuple((int(row), tuple(cells)) for row, *cells in found),
    )  # fmt: skip
