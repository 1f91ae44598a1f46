"""Stage 5: every row against every rule, in one query, each failing row with all its reasons."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from governance.bench import Bench, name_of
from governance.cleanroom import CleanTable, clean_table
from governance.contract.model import Contract
from governance.engines.duckdb import Engine, quote, scan
from governance.findings import Note
from governance.plural import many
from governance.rules.kinds import AnyRule
from governance.source import Source
from governance.stages import Outcome
from governance.tables import FAILING, ROW, FailingTable, Frozen
from governance.verdict import of_one_row, write_failing

MOST_CLUSTERS = 500


class RuleCount(Frozen):
    """How many rows break one rule."""

    rule: str
    rows: int


class Cluster(Frozen):
    """Failing rows that share a signature."""

    key: str
    rules: tuple[str, ...]
    shape: str
    rows: int


class Validated(Outcome):
    failing: FailingTable
    rules: tuple[RuleCount, ...]
    clusters: tuple[Cluster, ...]

    def failed(self, rule: str) -> int:
        return next((count.rows for count in self.rules if count.rule == rule), 0)


def _name(source: Source, contract: Contract, today: date) -> str:
    return name_of("failing", source.identity, contract.identity, today)


def validate(bench: Bench, source: Source, *, contract: Contract, today: date) -> Validated:
    """Judge the rows of a revision. The failing ones are written to the vault, in row order."""
    name = _name(source, contract, today)
    with bench.engine() as engine:
        clean = clean_table(bench, engine, source, contract)
        with bench.vault.writing(name) as path:
            rows = _judge(bench, engine, source, clean, contract, today=today, path=path)
        counts = _counts(engine, scan(bench.vault.table(name)))
        clusters = clusters_of(engine, scan(bench.vault.table(name)))
    rows_in = source.rows
    rules = tuple(RuleCount(rule=rule.id, rows=counts.get(rule.id, 0)) for rule in contract.rules)
    return Validated(
        summary=f"{rows_in - rows:,} of {rows_in:,} rows pass",
        rows_in=rows_in,
        rows_out=rows_in - rows,
        findings=tuple(_note(rule, counts[rule.id]) for rule in contract.rules if counts.get(rule.id)),
        failing=FailingTable(
            name=name,
            path=bench.vault.table(name),
            rows=rows,
            columns=FAILING,
        ),
        rules=rules,
        clusters=clusters,
    )


def _judge(
    bench: Bench,
    engine: Engine,
    source: Source,
    clean: CleanTable,
    contract: Contract,
    *,
    today: date,
    path: Path,
) -> int:
    """Write the failing rows; returns their number. After fixes only the touched rows are judged anew, where each
    row is judged by itself and the verdict before them is in the vault."""
    before = bench.vault.table(_name(source.model_copy(update={"patched": None}), contract, today))
    if source.patched is None or not before.exists() or not of_one_row(contract, source.columns):
        return write_failing(engine, clean.scan(), source.columns, contract, today=today, path=path)
    touched = f"(SELECT {ROW} FROM {scan(source.patched.path)})"
    listed = ", ".join((ROW, *map(quote, source.columns)))
    changed = f"(SELECT {listed} FROM {scan(clean.path)} WHERE {ROW} IN {touched})"
    known = f"SELECT * FROM {scan(before)} WHERE {ROW} NOT IN {touched}"
    return write_failing(engine, changed, source.columns, contract, today=today, path=path, beside=known)


def _counts(engine: Engine, failing: str) -> dict[str, int]:
    query = f"SELECT rule, count(*) FROM (SELECT unnest(_reasons) AS rule FROM {failing}) GROUP BY 1"
    return {str(rule): int(rows) for rule, rows in engine.rows(query)}


def clusters_of(engine: Engine, failing: str) -> tuple[Cluster, ...]:
    """The largest clusters of a FROM item of failing rows."""
    query = (
        f"SELECT _cluster, any_value(_reasons), any_value(_shape), count(*) AS rows FROM {failing} "
        f"GROUP BY _cluster ORDER BY rows DESC, _cluster LIMIT {MOST_CLUSTERS}"
    )
    return tuple(
        Cluster(key=key, rules=tuple(rules), shape=shape, rows=rows)
        for key, rules, shape, rows in engine.rows(query)
    )


def _note(rule: AnyRule, rows: int) -> Note:
    return Note(
        kind="rule",
        severity=rule.severity,
        dimension=rule.dimension,
        column=rule.column,
        rule=rule.id,
        rows=rows,
        message=f"{many(rows, 'row')}: {rule.subject} should be {rule.words}.",
        details={"expected": rule.words},
    )
