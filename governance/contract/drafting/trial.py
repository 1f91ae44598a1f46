"""A draft tried on the file that it came from: how many rows keep it, and which rules the others break."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from governance.contract.model import Contract
from governance.engines.duckdb import Engine
from governance.source import Source, cleaned
from governance.stages.contract import conform
from governance.tables import BronzeTable
from governance.verdict import failing_rows

LAST_DAY = date(9999, 12, 31)
"""No day is in the future then: a draft must not depend on the day on which it is made."""


@dataclass(frozen=True)
class Trial:
    """`rows` are all lines of the file, unreadable ones included: they pass nothing."""

    rows: int
    passing: int
    failed: dict[str, int]
    """Rows by rule that they break, the most frequent first."""
    complete: float | None
    """Share of required cells that are there; None: nothing is required."""

    @property
    def accuracy(self) -> float | None:
        return self.passing / self.rows if self.rows else None


def try_out(engine: Engine, bronze: BronzeTable, contract: Contract, *, unreadable: int) -> Trial:
    """Judge every row by the draft, as stage 5 will."""
    source: Source = conform(bronze, contract).source
    query = failing_rows(cleaned(source.raw(), source.columns, contract), source.columns, contract, LAST_DAY)
    engine.run(f"CREATE OR REPLACE TEMP TABLE failing AS SELECT _reasons FROM ({query})")
    counts = "SELECT rule, count(*) FROM (SELECT unnest(_reasons) AS rule FROM failing) GROUP BY rule"
    failed = {str(rule): int(rows) for rule, rows in engine.rows(f"{counts} ORDER BY 2 DESC, 1")}
    rows = bronze.rows + unreadable
    return Trial(
        rows=rows,
        passing=bronze.rows - int(engine.value("SELECT count(*) FROM failing")),
        failed=failed,
        complete=_complete(contract, failed, rows),
    )


def _complete(contract: Contract, failed: dict[str, int], rows: int) -> float | None:
    """As stage 7 measures it."""
    required = [rule.id for rule in contract.rules if rule.kind == "not_null"]
    if not required or not rows:
        return None
    return 1 - sum(failed.get(rule, 0) for rule in required) / (rows * len(required))
