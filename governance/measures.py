"""The measure of each threshold: what a table has, beside the line that the contract draws.

Shares are 0–1, freshness is in hours. None: there is nothing to measure, which is not the same as 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite

from governance.bench import Bench
from governance.cleanroom import clean_table
from governance.contract.model import Contract, Threshold
from governance.engines.duckdb import quote
from governance.errors import GovernanceError
from governance.rules import cleaning, sql
from governance.source import Source
from governance.stages.statistical import Statistics
from governance.stages.validate import Validated
from governance.statistics.model import Drift

BY_ROWS = ("accuracy", "completeness", "duplicates", "failing")
"""Metrics that count verdicts: decisions change them, and nothing else does."""


def share_of(line: Threshold, validated: Validated, contract: Contract, *, unreadable: int) -> float | None:
    """A metric that counts verdicts, of all rows; unreadable ones pass nothing and have nothing."""
    rows = (validated.rows_in or 0) + unreadable
    if not rows:
        return None
    if line.metric == "accuracy":
        return (validated.rows_out or 0) / rows
    if line.metric == "failing":
        if contract.rule(line.rule) is None:
            return None
        failed = validated.failed(line.rule)
        return float(failed) if line.counted else failed / rows
    kind = ("not_null",) if line.metric == "completeness" else ("unique", "superseded", "unique_together")
    rules = [r for r in contract.rules if r.kind in kind and line.column in ("", *r.reads)]
    if not rules:
        return None
    failed = sum(validated.failed(rule.id) for rule in rules)
    if line.metric == "duplicates":
        return failed / rows
    return 1 - (failed + unreadable * len(rules)) / (rows * len(rules))


@dataclass(frozen=True)
class Measuring:
    """What the measures are taken from. `now` is naive UTC, the time of submission."""

    bench: Bench
    source: Source
    contract: Contract
    validated: Validated
    statistics: Statistics | None
    unreadable: int
    now: datetime

    @property
    def rows(self) -> int:
        return (self.validated.rows_in or 0) + self.unreadable

    def of(self, line: Threshold) -> float | None:
        """The measure that a threshold is about."""
        match line.metric:
            case "freshness":
                return self._age(line)
            case "row_count":
                return float(self.rows)
            case "volume_change":
                return self._volume()
            case "psi" | "ks" | "new_categories" | "vanished_categories":
                return self._drift(line)
            case "outliers":
                return self._outliers(line)
            case "sql":
                return self._query(line)
        return share_of(line, self.validated, self.contract, unreadable=self.unreadable)

    def _volume(self) -> float | None:
        before = self.statistics.rows_before if self.statistics else None
        return (self.rows - before) / before if before else None

    def _drift(self, line: Threshold) -> float | None:
        found = self._found(line.column)
        value = getattr(found, line.metric) if found else None
        return None if value is None else float(value)

    def _found(self, column: str) -> Drift | None:
        drift = self.statistics.drift if self.statistics else ()
        return next((one for one in drift if one.column == column), None)

    def _outliers(self, line: Threshold) -> float | None:
        outliers = self.statistics.outliers if self.statistics else ()
        found = next((one for one in outliers if one.column == line.column), None)
        return found.outside / found.n if found and found.n else None

    def _query(self, line: Threshold) -> float | None:
        """One number from a SELECT over the cleaned rows, typed by the contract; it sees no other file."""
        bench, contract = self.bench, self.contract
        with bench.engine(alone=True) as engine:
            table = clean_table(bench, engine, self.source, contract)
            promised = [column for column in contract.columns if column.name in self.source.columns]
            typed = ", ".join(
                f"{sql.render(cleaning.typed(column, sql.column(column.name)))} AS {quote(column.name)}"
                for column in promised
            )
            engine.run(f"CREATE TEMP VIEW {quote(contract.dataset)} AS SELECT {typed} FROM {table.scan()}")
            engine.lock(*table.files())
            try:
                answer = engine.rows(f"SELECT * FROM ({line.query}) LIMIT 2")
            except GovernanceError:
                return None
        value = answer[0][0] if len(answer) == 1 else None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return None
        return float(value) if isfinite(value) else None

    def _age(self, line: Threshold) -> float | None:
        newest = self._newest(line)
        return max(0.0, (self.now - newest).total_seconds() / 3600) if newest else None

    def _newest(self, line: Threshold) -> datetime | None:
        """The end of the newest day (or the newest time) in the freshness column; None without one.

        What lies after `now` is a mistake of its row, and no evidence that the table is fresh.
        """
        column = self.contract.column(line.column)
        if column is None or self.source.names.get(column.name) is None:
            return None
        convert = sql.as_date if column.type == "date" else sql.as_timestamp
        value = sql.render(convert(sql.column(column.name)))
        with self.bench.engine() as engine:
            clean = clean_table(self.bench, engine, self.source, self.contract).scan()
            newest: datetime | None = engine.value(
                f"SELECT CAST(max(day) AS TIMESTAMP) FROM (SELECT {value} AS day "
                f"FROM (SELECT DISTINCT {quote(column.name)} FROM {clean})) WHERE day <= ?",
                [self.now.date() if column.type == "date" else self.now],
            )
        if newest is None or column.type != "date":
            return newest
        return newest.replace(hour=23, minute=59, second=59)
