"""A draft tried on the file that it came from: how many rows keep it, and which rules the others break."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from governance.contract.model import Contract
from governance.engines.duckdb import Engine
from governance.profiling.asking import batches
from governance.source import Source, cleaned
from governance.tables import ROW, BronzeTable
from governance.verdict import failing_rows

COLUMNS_AT_ONCE = 50
LAST_DAY = date(9999, 12, 31)
"""No day is in the future then: a draft must not depend on the day on which it is made."""


@dataclass(frozen=True)
class Trial:
    """`rows` are all lines of the file, unreadable ones included: they pass nothing."""

    rows: int
    passing: int
    failed: dict[str, int]
    """Rows by rule that they break, the most frequent first."""
    doubles: float
    """Share of rows whose key another row has."""
    complete: float | None
    """Share of required cells that are there; None: nothing is required."""

    @property
    def accuracy(self) -> float | None:
        return self.passing / self.rows if self.rows else None


def try_out(engine: Engine, bronze: BronzeTable, contract: Contract, *, unreadable: int) -> Trial:
    """Judge every row by the draft as stage 5 will, some columns at a time: many need no more memory."""
    engine.run(f"CREATE OR REPLACE TEMP TABLE failing ({ROW} BIGINT, rule VARCHAR)")
    for names in batches([column.name for column in contract.columns], COLUMNS_AT_ONCE):
        source = Source(bronze=bronze, names={name: name for name in names})
        clean = cleaned(source.raw(), source.columns, contract)
        query = failing_rows(clean, source.columns, contract, LAST_DAY)
        engine.run(f"INSERT INTO failing SELECT {ROW}, unnest(_reasons) FROM ({query})")
    counts = engine.rows("SELECT rule, count(*) FROM failing GROUP BY rule ORDER BY 2 DESC, 1")
    failed = {str(rule): int(rows) for rule, rows in counts}
    rows = bronze.rows + unreadable
    return Trial(
        rows=rows,
        passing=bronze.rows - int(engine.value(f"SELECT count(DISTINCT {ROW}) FROM failing")),
        failed=failed,
        doubles=sum(failed.get(rule.id, 0) for rule in contract.rules if rule.kind == "unique")
        / max(rows, 1),
        complete=_complete(contract, failed, rows, unreadable),
    )


def _complete(contract: Contract, failed: dict[str, int], rows: int, unreadable: int) -> float | None:
    """As stage 7 measures it: an unreadable line has nothing."""
    required = [rule.id for rule in contract.rules if rule.kind == "not_null"]
    if not required or not rows:
        return None
    missing = sum(failed.get(rule, 0) for rule in required) + unreadable * len(required)
    return 1 - missing / (rows * len(required))
