"""Small bronze tables for the tests of the engine's core, and the stages that judge them, one after another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from governance.bench import Bench, name_of
from governance.cleanroom import CleanTable
from governance.contract.model import Column, Contract, Threshold
from governance.contract.odcs import read
from governance.review import overlay
from governance.review.choices import Action, Choice, Fix
from governance.rules.kinds import AnyRule
from governance.settings import PROJECT
from governance.source import Source
from governance.stages.clean import Cleaned, clean
from governance.stages.contract import conform
from governance.stages.quarantine import Split, judge_again, split
from governance.stages.validate import Validated, validate
from governance.tables import BronzeTable, Table

TODAY = date(2025, 11, 21)
Columns = Mapping[str, Sequence[str | None]]
Rows = list[dict[str, Any]]


def known(dataset: str) -> Contract:
    """A contract that the product comes with."""
    return read((PROJECT / "contracts" / f"{dataset}.yaml").read_bytes())


def promised(
    *columns: Column | str, rules: Sequence[AnyRule] = (), thresholds: Sequence[Threshold] = ()
) -> Contract:
    """A contract whose digest is that of what it says, so that two of them never share a table."""
    made = tuple(Column(name=column) if isinstance(column, str) else column for column in columns)
    said = Contract(
        dataset="people", digest="", columns=made, rules=tuple(rules), thresholds=tuple(thresholds)
    )
    return said.model_copy(update={"digest": hashlib.sha256(said.model_dump_json().encode()).hexdigest()})


def bronze(bench: Bench, columns: Columns) -> BronzeTable:
    table = pa.table({name: pa.array(list(values), pa.string()) for name, values in columns.items()})
    name = name_of("bronze of a test", table.to_pydict())
    with bench.vault.writing(name) as path:
        pq.write_table(table, path)
    return BronzeTable(name=name, path=bench.vault.table(name), rows=table.num_rows, columns=tuple(columns))


def rows(table: Table | Path) -> Rows:
    if isinstance(table, CleanTable):
        whole: Rows = duckdb.sql(f"FROM {table.scan()} ORDER BY _row").to_arrow_table().to_pylist()
        return whole
    found: Rows = pq.read_table(table if isinstance(table, Path) else table.path).to_pylist()
    return found


@dataclass(frozen=True)
class Judged:
    """A revision: stages 4, 5, 8 and 9 on one table."""

    bench: Bench
    contract: Contract
    first: Validated
    origin: Source
    source: Source
    cleaned: Cleaned
    parted: Split

    @property
    def reasons(self) -> dict[int, tuple[str, ...]]:
        """The rules that each failing row of the revision breaks."""
        return {row["_row"]: tuple(row["_reasons"]) for row in rows(self.parted.judged.failing)}

    @property
    def kept(self) -> dict[int, dict[str, Any]]:
        return {row["_row"]: row for row in rows(self.parted.kept)}

    @property
    def out(self) -> dict[int, tuple[str, ...]]:
        """The quarantined rows with their reasons."""
        return {row["_row"]: tuple(row["_reasons"]) for row in rows(self.parted.quarantine)}

    @property
    def changes(self) -> list[tuple[int, str, str | None, str | None, str]]:
        return [tuple(row.values()) for row in rows(self.cleaned.changes)]  # type: ignore[misc]

    def choice(
        self, action: Action, *broken: str, fix: Fix | None = None, shape: str | None = None
    ) -> Choice:
        """A decision on the cluster of rows that break exactly these rules."""
        (cluster,) = (
            cluster
            for cluster in self.first.clusters
            if cluster.rules == broken and shape in (None, cluster.shape)
        )
        return Choice(
            item=f"cluster-{cluster.key}",
            action=action,
            cluster=cluster.key,
            failing=self.first.failing.path,
            rules=cluster.rules,
            fix=fix,
        )

    def revised(self, *choices: Choice) -> Judged:
        return _revision(self.bench, self.origin, self.first, self.contract, choices)


def judged(bench: Bench, columns: Columns, contract: Contract) -> Judged:
    """What act 1 makes of a table, without any decision."""
    return judged_table(bench, bronze(bench, columns), contract)


def judged_table(bench: Bench, table: BronzeTable, contract: Contract) -> Judged:
    source = conform(table, contract).source
    first = validate(bench, source, contract=contract, today=TODAY)
    return _revision(bench, source, first, contract, ())


def _revision(
    bench: Bench, origin: Source, first: Validated, contract: Contract, choices: tuple[Choice, ...]
) -> Judged:
    source = overlay.lay(bench, origin, choices, contract=contract)
    cleaned = clean(bench, source, contract=contract)
    again = judge_again(bench, source, first, contract=contract, today=TODAY)
    parted = split(bench, source, cleaned.clean, again, choices=choices, contract=contract)
    return Judged(bench, contract, first, origin, source, cleaned, parted)
