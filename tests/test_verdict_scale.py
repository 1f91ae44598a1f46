"""No cap and no sample: of hundreds of thousands of rows each has exactly the reasons that NumPy computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from judged_tables import TODAY, promised

from governance.bench import Bench, open_bench
from governance.contract.model import Column, LogicalType
from governance.rules import kinds
from governance.settings import Settings
from governance.stages.contract import conform
from governance.stages.validate import validate
from governance.tables import BronzeTable

TYPES = {"id": "integer", "amount": "number", "quantity": "integer", "total": "number", "zip": "string", "city": "string",
         "day": "date"}  # fmt: skip
NUMBERS = tuple(TYPES.items())
RULES: list[kinds.AnyRule] = [
    kinds.NotNull(id="amount.not_null", column="amount"),
    kinds.HasType(id="amount.type", column="amount", type="number"),
    kinds.Range(id="amount.range", column="amount", low=0, high=1000),
    kinds.Unique(id="id.unique", column="id"),
    kinds.Superseded(id="id.superseded", column="id"),
    kinds.Compare(
        id="total", column="total", operator="=", other="amount * quantity", tolerance=0.005, types=NUMBERS
    ),
    kinds.Depends(id="city.depends", column="city", on=("zip",)),
    kinds.Length(id="city.length", column="city", high=5),
    kinds.DateRange(id="day.date_range", column="day", not_future=True),
    kinds.Outlier(id="quantity.outlier", column="quantity", method="iqr", factor=3),
    kinds.IfThen(id="if", column="day", when="quantity = 3", then="city <> 'Ulm'", types=NUMBERS),
]


def made(rows: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Columns as text, None where missing, and which rows break each rule."""
    random = np.random.default_rng(7)
    some = lambda share: random.random(rows) < share  # noqa: E731
    ids = np.arange(rows)
    again = some(0.03)
    ids[again] = random.integers(0, rows, again.sum())
    amount, quantity = random.integers(1, 90_000, rows) / 100, random.integers(1, 8, rows)
    total = np.round(amount * quantity, 2) + np.where(some(0.13), 1.0, 0.0)
    amount = np.where(some(0.02), -amount, amount)
    total = np.where(amount < 0, np.round(amount * quantity, 2), total)
    quantity = np.where(some(0.01), 10_000, quantity)
    missing, no_number = some(0.03), some(0.02)
    zips = random.integers(0, rows // 20, rows)
    city = np.array(["Ulm", "Bonn", "Kiel", "Jena"])[zips % 4]
    city = np.where(some(0.02), "Köln am Rhein", city)
    days = np.where(some(0.02), 1, -random.integers(0, 3000, rows))
    number = ~missing & ~no_number

    holders = np.bincount(ids, minlength=rows)[ids]
    last = np.zeros(rows, int)
    last[ids] = np.arange(rows)  # of equal places the last one stays
    names, codes = np.unique(city, return_inverse=True)
    together = np.zeros((zips.max() + 1, len(names)), int)
    np.add.at(together, (zips, codes), 1)
    of_zip = together.sum(axis=1)[zips]
    alone = together[zips, codes] == of_zip
    usual = 2 * together[zips, codes] > of_zip
    low, high = np.quantile(quantity, [0.25, 0.75])
    apart = np.abs(total - amount * quantity) > 0.005 + 1e-9 * np.maximum(
        np.abs(total), np.abs(amount * quantity)
    )
    broken = {
        "amount.not_null": missing,
        "amount.type": no_number & ~missing,
        "amount.range": number & ((amount < 0) | (amount > 1000)),
        "id.unique": holders > 1,
        "id.superseded": np.arange(rows) < last[ids],
        "total": number & apart,
        "city.depends": ~alone & ~usual,
        "city.length": np.char.str_len(city) > 5,
        "day.date_range": days > 0,
        "quantity.outlier": (quantity < low - 3 * (high - low)) | (quantity > high + 3 * (high - low)),
        "if": (quantity == 3) & (city == "Ulm"),
    }
    text = np.where(no_number, "soon", np.char.mod("%.2f", amount)).astype(object)
    text[missing] = None
    columns = {
        "id": ids.astype(str).astype(object),
        "amount": text,
        "quantity": quantity.astype(str).astype(object),
        "total": np.char.mod("%.2f", total).astype(object),
        "zip": np.char.mod("%05d", zips).astype(object),
        "city": city.astype(object),
        "day": (np.datetime64(TODAY) + days).astype(str).astype(object),
    }
    return columns, broken


def bronze(bench: Bench, columns: dict[str, np.ndarray]) -> BronzeTable:
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    with bench.vault.writing("scale") as path:
        pq.write_table(table, path)
    return BronzeTable(
        name="scale", path=bench.vault.table("scale"), rows=table.num_rows, columns=tuple(columns)
    )


def every_reason(bench: Bench, rows: int) -> float:
    """Judge so many rows, compare every reason of each, and give the share that fails."""
    columns, broken = made(rows)
    contract = promised(
        *(Column(name=name, type=LogicalType(kind)) for name, kind in TYPES.items()), rules=RULES
    )
    done = validate(bench, conform(bronze(bench, columns), contract).source, contract=contract, today=TODAY)
    found = pq.read_table(done.failing.path, columns=["_row", "_reasons"])

    expected = np.full(rows, "", dtype=object)
    for rule in RULES:
        expected[broken[rule.id]] += rule.id + "|"
    failing = np.flatnonzero(expected != "")
    said = pc.binary_join(found["_reasons"], "|").to_numpy(zero_copy_only=False) + "|"

    assert np.array_equal(found["_row"].to_numpy(), failing + 1)
    assert np.array_equal(said, expected[failing])
    assert {count.rule: count.rows for count in done.rules} == {
        name: int(bad.sum()) for name, bad in broken.items()
    }
    assert done.rows_out == rows - len(failing)
    return len(failing) / rows


def test_every_reason_of_two_hundred_thousand_rows(tmp_path: Path) -> None:
    share = every_reason(open_bench(Settings(home=tmp_path)), 200_000)
    assert 0.25 < share < 0.35


@pytest.mark.exhaustive
def test_every_reason_of_a_million_rows(tmp_path: Path) -> None:
    share = every_reason(open_bench(Settings(home=tmp_path)), 1_000_000)
    assert 0.25 < share < 0.35
