"""Small kept and quarantine tables for the tests of stages 11 and 12, written as those stages find them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from governance.bench import Bench
from governance.contract.model import Column, Contract
from governance.tables import KeptTable, QuarantineTable

Columns = Mapping[str, Sequence[object]]


def contract(*columns: Column | str) -> Contract:
    made = tuple(Column(name=column) if isinstance(column, str) else column for column in columns)
    return Contract(dataset="people", digest="0" * 64, columns=made, rules=())


def kept(bench: Bench, columns: Columns) -> KeptTable:
    rows = len(next(iter(columns.values())))
    path = _write(bench, "kept", {"_row": range(1, rows + 1), **columns})
    return KeptTable(name="kept", path=path, rows=rows, columns=("_row", *columns))


def quarantine(bench: Bench, columns: Columns) -> QuarantineTable:
    rows = len(next(iter(columns.values())))
    own = {"_row": range(1, rows + 1), "_reasons": [["a.rule"]] * rows, "_cluster": ["c1"] * rows}
    path = _write(bench, "quarantine", {**own, **columns})
    return QuarantineTable(name="quarantine", path=path, rows=rows, columns=(*own, *columns))


def _write(bench: Bench, name: str, columns: Columns) -> Path:
    arrays = {column: pa.array(list(values)) for column, values in columns.items()}
    typed = {c: a.cast(pa.string()) if pa.types.is_null(a.type) else a for c, a in arrays.items()}
    with bench.vault.writing(name) as path:
        pq.write_table(pa.table(typed), path)
    return bench.vault.table(name)
