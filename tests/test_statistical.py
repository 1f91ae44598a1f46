"""Stage 6 against NumPy and pandas on small made tables, and drift against cases worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.bench import Bench, open_bench
from governance.contract.model import Column, Contract, LogicalType
from governance.engines.duckdb import scan
from governance.findings import Severity
from governance.profiling.private import put_figures_away
from governance.settings import Settings
from governance.stages.profile import Profiled, profile
from governance.stages.statistical import Baseline, Statistics, baseline_of, outlier_filter, statistical
from governance.statistics.model import Figures, Level, Outliers
from governance.statistics.rows import Rows
from governance.statistics.shares import chance, psi
from governance.tables import BronzeTable

Texts = Sequence[str | None]
TODAY = date(2024, 6, 1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


def bronze(bench: Bench, columns: dict[str, Texts]) -> BronzeTable:
    table = pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()})
    with bench.vault.writing("bronze") as path:
        pq.write_table(table, path)
    path = bench.vault.table("bronze")
    return BronzeTable(name="bronze", path=path, rows=table.num_rows, columns=tuple(table.column_names))


def contract_of(*columns: Column) -> Contract:
    return Contract(dataset="made_up", digest="0", columns=columns, rules=())


def measured(
    bench: Bench, columns: dict[str, Texts], *promised: Column, base: Baseline | None = None
) -> tuple[Profiled, Statistics]:
    table, contract = bronze(bench, columns), contract_of(*promised)
    profiled = profile(bench, table, contract=contract)
    return profiled, statistical(bench, table, contract=contract, profiled=profiled, base=base, today=TODAY)


def version(bench: Bench, columns: dict[str, Texts], *promised: Column) -> Baseline:
    return baseline_of(*measured(bench, columns, *promised), version="1")


def drawn(seed: int, size: int = 400, *, mean: float = 50.0) -> list[str]:
    return [f"{value:.3f}" for value in np.random.default_rng(seed).normal(mean, 10, size)]


def figures(one: Outliers) -> Figures:
    assert one.figures
    return one.figures


def test_outliers_are_those_of_numpy(bench: Bench) -> None:
    values = [*np.random.default_rng(1).normal(100, 15, 500).round(3), 900.0, -700.0, 1e6]
    texts = [*map(str, values), "nan", "inf", "", None, "n/a"]
    _, found = measured(bench, {"income": texts}, Column(name="income", type=LogicalType.NUMBER))
    (one,) = found.outliers
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    lower, upper = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    inside = [value for value in values if lower <= value <= upper]
    figure = figures(one)
    assert (figure.lower, figure.upper, figure.iqr) == pytest.approx((lower, upper, q3 - q1))
    assert one.below == sum(value < lower for value in values)
    assert one.above == sum(value > upper for value in values)
    assert figure.box == pytest.approx((min(inside), q1, median, q3, max(inside)))
    assert figure.std == pytest.approx(pd.Series(values).std())
    assert one.z_beyond_3 == sum(
        abs(value - np.mean(values)) > 3 * np.std(values, ddof=1) for value in values
    )
    mad = np.median(np.abs(np.array(values) - median))
    assert figure.mad == pytest.approx(mad)
    assert one.modified_beyond == sum(0.6745 * abs(value - median) / mad > 3.5 for value in values)
    assert tuple(part.count for part in figure.histogram) == one.bars
    assert sum(one.bars) == one.n == len(values)
    assert (figure.histogram[0].low, figure.histogram[-1].high) == (-700.0, 1e6)
    assert figure.view[0] > -700
    assert figure.view[1] < 1e6
    (note,) = found.findings
    assert (note.kind, note.column, note.rows, note.severity) == (
        "outlier",
        "income",
        one.outside,
        Severity.LOW,
    )
    assert "1,000,000" not in note.message


def test_many_outliers_weigh_more_and_a_flat_column_has_none(bench: Bench) -> None:
    many = [*drawn(2, 90), *["9999"] * 10]
    _, found = measured(bench, {"many": many, "flat": [*["5.0"] * 99, "6.5"]})
    assert [(note.column, note.severity) for note in found.findings] == [("many", Severity.MEDIUM)]
    flat = found.outliers[1]
    assert (figures(flat).iqr, flat.flat, flat.above) == (0.0, True, 1)


@pytest.mark.parametrize(("largest", "above"), [("2.6", 0), ("2.6000001", 1)], ids=["on", "beyond"])
def test_what_lies_on_a_fence_is_no_outlier(bench: Bench, largest: str, above: int) -> None:
    """2.6 is 1.7 + 1.5 × 0.6; with binary fractions the fence would be 2.5999999999999996."""
    _, found = measured(bench, {"v": [*["0.6", "1.1", "1.3", "1.7"] * 5, largest]})
    (one,) = found.outliers
    assert (one.below, one.above) == (0, above)


def test_where_most_values_are_equal_the_mean_distance_takes_the_place_of_mad(bench: Bench) -> None:
    values = [*[5.0] * 60, *[6.0] * 39, 40.0]
    _, found = measured(bench, {"fee": [str(value) for value in values]})
    away = np.abs(np.array(values) - 5.0)
    scores = away / (1.253314 * away.mean())
    assert figures(found.outliers[0]).mad == 0.0
    assert found.outliers[0].modified_beyond == sum(scores > 3.5) == 1


NUMERIC: dict[str, tuple[str, Texts, Column | None, bool]] = {
    "promised": ("amount", ["1", "2", "x", "y", "z"], Column(name="amount", type=LogicalType.NUMBER), True),
    "promised text": ("amount", ["1", "2", "3"], Column(name="amount"), False),
    "seems so": ("amount", ["1", "2", "3"], None, True),
    "a key": ("n", ["1", "2"], Column(name="n", type=LogicalType.INTEGER, primary_key=True), False),
    "called an id": ("customer_id", ["1", "2"], Column(name="customer_id", type=LogicalType.INTEGER), False),
    "called an Id": ("customerId", ["1", "2"], None, False),
    "paid is no id": ("paid", ["1", "2"], None, True),
    "hardly repeats": ("number", [str(one) for one in range(200)], None, False),
    "amounts may not repeat": ("number", [f"{one}.5" for one in range(200)], None, True),
    "no number at all": ("amount", ["x", None], Column(name="amount", type=LogicalType.NUMBER), False),
}


@pytest.mark.parametrize(("name", "values", "promised", "numeric"), NUMERIC.values(), ids=NUMERIC.keys())
def test_which_columns_are_quantities(
    bench: Bench, name: str, values: Texts, promised: Column | None, numeric: bool
) -> None:
    _, found = measured(bench, {name: values}, *([promised] if promised else []))
    assert bool(found.outliers) is numeric


@pytest.mark.parametrize("clock", ["", " 10:30:00"], ids=["days", "times"])
def test_days_counted_by_value_are_those_counted_by_row(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    days = np.random.default_rng(5).integers(-30_000, 25_000, 60)
    column = [str(date(1970, 1, 1) + timedelta(int(days[row % 60]))) + clock for row in range(2_000)]
    texts = [*column, *column[:500], *["bad", "", None] * 20, "31/12/2030"]
    promised = Column(name="seen", type=LogicalType.TIMESTAMP if clock else LogicalType.DATE)
    _, by_row = measured(bench, {"seen": texts}, promised)
    monkeypatch.setattr(Rows, "whole", property(lambda self: False))
    monkeypatch.setattr(Rows, "some", property(lambda self: self.every))
    _, by_value = measured(bench, {"seen": texts}, promised)
    assert by_value.dates == by_row.dates
    assert by_value.measures == by_row.measures
    assert by_row.measures[0].clock


def test_dates_out_of_range_are_counted(bench: Bench) -> None:
    born = [
        "1990-01-02",
        "2024-06-01",
        "2024-06-02",
        "1899-12-31",
        "1900-01-01",
        "12/31/2030",
        "bad",
        "",
        None,
    ]
    promised = Column(name="born", type=LogicalType.DATE)
    seen = ["2020-01-01 10:00:00", "2030-01-01 00:00:00", *["2021-05-05 01:00:00"] * 7]
    _, found = measured(bench, {"born": born, "seen": seen}, promised)
    first, second = found.dates
    assert (first.n, first.min, first.max) == (6, "1899-12-31", "2030-12-31")
    assert (first.in_future, first.before_1900) == (2, 1)
    assert (second.n, second.in_future) == (9, 1)
    assert [(note.kind, note.column, note.rows) for note in found.findings] == [
        ("date_range", "born", 3),
        ("date_range", "seen", 1),
    ]
    assert not any("1899" in note.message for note in found.findings)


def test_the_same_table_does_not_drift(bench: Bench) -> None:
    columns: dict[str, Texts] = {"amount": drawn(3), "status": ["active", "gone"] * 200}
    base = version(bench, columns)
    _, found = measured(bench, columns, base=base)
    assert [(one.column, one.psi, one.level) for one in found.drift] == [
        ("amount", 0.0, Level.STABLE),
        ("status", 0.0, Level.STABLE),
    ]
    assert not [note for note in found.findings if note.kind == "drift"]


def test_numbers_drift_by_the_deciles_of_the_baseline(bench: Bench) -> None:
    before, now = drawn(4), drawn(5, 500, mean=58)
    base = version(bench, {"amount": before})
    _, found = measured(bench, {"amount": now}, base=base)
    edges = np.quantile(np.array(before, float), np.arange(1, 10) / 10)
    shares = [
        np.bincount(np.searchsorted(edges, np.array(values, float)), minlength=10) / len(values)
        for values in (before, now)
    ]
    expected = sum((new - old) * math.log(new / old) for old, new in zip(*shares, strict=True))
    (one,) = found.drift
    assert base.columns[0].tenths == pytest.approx(edges)
    assert (len(base.columns[0].counts), sum(base.columns[0].counts)) == (100, len(before))
    assert one.psi == pytest.approx(expected)
    assert one.level is Level.MAJOR
    notes = [(note.column, note.severity) for note in found.findings if note.kind == "drift"]
    assert notes == [("amount", Severity.MEDIUM), ("", Severity.LOW)]


def test_many_equal_values_do_not_break_the_deciles(bench: Bench) -> None:
    base = version(bench, {"fee": [*["0.0"] * 300, *drawn(6, 100)]})
    _, found = measured(bench, {"fee": [*["0.0"] * 300, *drawn(7, 100)]}, base=base)
    assert found.drift[0].level is Level.STABLE
    assert sum(base.columns[0].counts) == 400


def test_categories_come_and_go_without_being_named(bench: Bench) -> None:
    base = version(bench, {"status": [*["active"] * 150, *["inactive"] * 40, *["suspended"] * 10]})
    _, found = measured(
        bench, {"status": [*["active"] * 90, *[" inactive"] * 70, *["Ünbekannt 🤿"] * 40]}, base=base
    )
    (one,) = found.drift
    assert one.figures
    assert (one.figures.new, one.figures.vanished) == (("Ünbekannt 🤿",), ("suspended",))
    assert (one.new_categories, one.vanished_categories) == (1, 1)
    assert one.psi == pytest.approx(psi([0.75, 0.2, 0.05, 0], [0.45, 0.35, 0, 0.2]))
    assert one.level is Level.MAJOR
    assert "1 new, 1 gone" in one.message
    kept = put_figures_away(bench, found).model_dump_json()
    assert not any(word in kept for word in ("active", "suspended", "nbekannt"))


def test_chance_is_not_drift(bench: Bench) -> None:
    base = version(bench, {"amount": drawn(8, 30)})
    _, found = measured(bench, {"amount": drawn(9, 30)}, base=base)
    (one,) = found.drift
    assert one.psi is not None
    assert one.psi > 0.1
    assert one.level is Level.STABLE


LOST: dict[str, tuple[Texts, Texts, str]] = {
    "categories": (["a", "b"] * 100, [f"word {one}" for one in range(1200)], "1,200 distinct values"),
    "numbers": (drawn(1, 200), [f"word {one}" for one in range(200)], "held numbers"),
    "values": (
        ["a", "b"] * 100,
        [*["a", "b"] * 50, *[""] * 60, *[None] * 40],
        "filled in 50.0 % of rows, 100.0 % in version 1",
    ),
}


@pytest.mark.parametrize(("before", "now", "said"), LOST.values(), ids=LOST.keys())
def test_what_a_column_lost_is_major(bench: Bench, before: Texts, now: Texts, said: str) -> None:
    base = version(bench, {"c": before})
    _, found = measured(bench, {"c": now}, base=base)
    assert found.drift[0].level is Level.MAJOR
    assert said in found.drift[0].message


ROWS = {
    "as many": (100, 110, None),
    "some more": (100, 130, Severity.LOW),
    "a third": (100, 33, Severity.MEDIUM),
    "none left": (100, 0, Severity.MEDIUM),
    "from none": (0, 10, None),
}


@pytest.mark.parametrize(("before", "now", "severity"), ROWS.values(), ids=ROWS.keys())
def test_the_number_of_rows_is_compared(
    bench: Bench, before: int, now: int, severity: Severity | None
) -> None:
    base = version(bench, {"c": ["a"] * before})
    _, found = measured(bench, {"c": ["a"] * now}, base=base)
    notes = [note.severity for note in found.findings if note.kind == "drift" and not note.column]
    assert notes == ([severity] if severity else [])
    assert (found.rows_before, found.rows) == (before, now)


def test_new_and_missing_columns_are_not_compared(bench: Bench) -> None:
    base = version(bench, {"old": ["a"], "both": ["b"]})
    _, found = measured(bench, {"both": ["b"], "new": ["c"]}, base=base)
    assert [one.column for one in found.drift] == ["both"]


HOSTILE = ['a"b', "a'b", "🤿 tiefe", "select", "d0", "one", "a\nb"]


def test_hostile_names_and_many_columns(bench: Bench) -> None:
    columns: dict[str, Texts] = {name: ["1.5", "2.5", "bad", None] for name in HOSTILE}
    columns |= {f"c{place}": ["x", None, "", "y"] for place in range(30)}
    promised = [Column(name=name, type=LogicalType.NUMBER) for name in HOSTILE]
    base = version(bench, columns, *promised)
    _, found = measured(bench, columns, *promised, base=base)
    assert [one.column for one in found.outliers] == HOSTILE
    assert len(found.measures) == len(found.drift) == len(columns)
    assert Statistics.model_validate_json(found.model_dump_json()) == found
    assert Baseline.model_validate_json(base.model_dump_json()) == base


@pytest.mark.parametrize(
    "values",
    [["1.7e308", "-1.7e308", "1e308", "0.5"], ["1e-320", "2e-320", "0.5"], ["0.1"], []],
    ids=["huge", "tiny", "one", "no rows"],
)
def test_extremes_stay_finite(bench: Bench, values: Texts) -> None:
    columns = {"c": values, "day": ["0001-01-01"] * len(values)}
    promised = (Column(name="c", type=LogicalType.NUMBER), Column(name="day", type=LogicalType.DATE))
    base = version(bench, columns, *promised)
    _, found = measured(bench, columns, *promised, base=base)
    assert Statistics.model_validate_json(found.model_dump_json()) == found
    assert found.dates[0].before_1900 == len(values)


def test_the_filter_finds_what_was_counted(bench: Bench) -> None:
    name = 'in"come'
    table = bronze(bench, {name: [*drawn(3, 100), "9999", "-9999", "nan", "x", "", None]})
    contract = contract_of(Column(name=name, type=LogicalType.NUMBER))
    profiled = profile(bench, table, contract=contract)
    (one,) = statistical(bench, table, contract=contract, profiled=profiled, base=None, today=TODAY).outliers
    condition = outlier_filter(name, figures(one).lower, figures(one).upper)
    with bench.engine() as engine:
        counts = engine.row(
            f"SELECT count(*) FILTER ({condition}), count(*) FILTER (NOT {condition}) FROM {scan(table.path)}"
        )
    assert counts == (one.outside, table.rows - one.outside)


def test_long_categories_are_cut_and_still_told_apart(bench: Bench) -> None:
    long = "x" * 300
    base = version(bench, {"note": [long + "a", long + "b", " short "]})
    categories = base.columns[0].categories
    assert categories is not None
    assert len(categories) == 3
    assert "short" in categories
    assert max(map(len, categories)) < 230


SHARES = st.lists(st.integers(1, 100), min_size=2, max_size=10)


@given(counts=SHARES, other=SHARES)
def test_the_index_is_zero_for_equals_symmetric_and_never_negative(
    counts: list[int], other: list[int]
) -> None:
    size = min(len(counts), len(other))
    before, now = ([count / sum(some[:size]) for count in some[:size]] for some in (counts, other))
    assert psi(before, before) == 0
    assert psi(before, now) >= 0
    assert psi(before, now) == pytest.approx(psi(now, before))
    assert chance(size, 10, 10) > chance(size, 1000, 1000)


def test_a_long_file_is_counted_in_full_and_pictured_on_a_sample(bench: Bench) -> None:
    size = 210_000
    draw = np.random.default_rng(1)
    amount = np.where(np.arange(size) % 1000 == 0, 900.0, draw.normal(100, 10, size)).round(2)
    town = draw.choice(["a", "b", "c"], size)
    columns: dict[str, Texts] = {"amount": [str(one) for one in amount], "town": [str(one) for one in town]}
    base = version(bench, columns)
    _, found = measured(bench, columns, base=base)
    (one,) = found.outliers
    median, mad = np.median(amount), np.median(np.abs(amount - np.median(amount)))
    assert one.n == size
    assert one.modified_beyond == pytest.approx(
        int((0.6745 * np.abs(amount - median) / mad > 3.5).sum()), rel=0.1
    )
    assert figures(one).mad == pytest.approx(mad, rel=0.03)
    assert 50_000 < found.pictures.rows < 52_000
    (split,) = found.pictures.by_group
    assert sum(group.n for group in split.groups) == found.pictures.rows
    assert {drift.level for drift in found.drift} == {Level.STABLE}
    assert all(drift.psi is not None and drift.psi < 0.01 for drift in found.drift)
