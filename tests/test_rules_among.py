"""Rules about a row among the others, and across its columns, on small tables that a person can check by eye."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from judged_tables import TODAY, judged, promised, rows

from governance.bench import Bench, open_bench
from governance.contract.binding import bind
from governance.contract.model import Column, LogicalType
from governance.engines.duckdb import scan_rows
from governance.errors import ContractError
from governance.rules import kinds
from governance.settings import Settings
from governance.verdict import rule_sql

Table = dict[str, list[str | None]]
NUMBERS = (("q", "integer"), ("p", "number"), ("total", "number"))
DAYS = (("start", "date"), ("end", "date"), ("word", "string"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


def columns_of(table: Table, types: tuple[tuple[str, str], ...]) -> list[Column]:
    kinds_of = dict(types)
    return [Column(name=name, type=LogicalType(kinds_of.get(name, "string"))) for name in table]


def failing(
    bench: Bench, rule: kinds.AnyRule, table: Table, types: tuple[tuple[str, str], ...] = ()
) -> list[int]:
    contract = promised(*columns_of(table, types), rules=[rule])
    return sorted(judged(bench, table, contract).reasons)


def compare(operator: str, other: str, column: str = "total", **said: Any) -> kinds.Compare:
    types = said.pop("types", NUMBERS)
    return kinds.Compare(id="r", column=column, operator=operator, other=other, types=types, **said)  # type: ignore[arg-type]


def if_then(when: str, then: str) -> kinds.IfThen:
    return kinds.IfThen(id="r", column="start", when=when, then=then, types=DAYS)


SALES: Table = {
    "q": ["2", "3", "1", None, "x", "999999999999999999", "0"],
    "p": ["1.5", "1.1", "2", "1", "1", "1e300", "5"],
    "total": ["3", "3.3", "2.01", "5", "5", "1", "0.004"],
}
STAYS: Table = {
    "start": ["2024-01-02", "2024-01-02", None, "soon", "2024-01-02"],
    "end": ["2024-01-02", "2024-01-01", "2024-01-01", "2024-01-01", None],
    "word": ["a", "b", "B", "", None],
}
ACROSS: dict[str, tuple[kinds.AnyRule, Table, tuple[tuple[str, str], ...], list[int]]] = {
    # cents are not exact in binary, and that is nobody's mistake; what is missing or no number, or too large for one, promises nothing
    "equal": (compare("=", "q * p"), SALES, NUMBERS, [3, 7]),
    "give or take a cent": (compare("=", "q * p", tolerance=0.01), SALES, NUMBERS, []),
    "not equal": (compare("<>", "p * 2"), SALES, NUMBERS, [1]),
    "at least": (compare(">=", "p"), SALES, NUMBERS, [6, 7]),
    "more than": (compare(">", "p + 0.01"), SALES, NUMBERS, [3, 6, 7]),
    "at most": (compare("<=", "p"), SALES, NUMBERS, [1, 2, 3, 4, 5]),
    "less than": (compare("<", "3.3"), SALES, NUMBERS, [2, 4, 5]),
    "a division by nothing": (compare("=", "p / q"), {"q": ["0"], "p": ["1"], "total": ["5"]}, NUMBERS, []),
    "days": (compare(">=", "start", column="end", types=DAYS), STAYS, DAYS, [2]),
    "words": (compare("=", "lower(word)", column="word", types=DAYS), STAYS, DAYS, [3]),
    "any case of a column": (compare("=", "LOWER(WORD)", column="word", types=DAYS), STAYS, DAYS, [3]),
    "if then": (if_then("start IS NOT NULL", "end IS NOT NULL"), STAYS, DAYS, [5]),
    "if then, without if": (if_then("", "word IS NULL OR word <> 'b'"), STAYS, DAYS, [2]),
    "if unknown": (if_then("start > '2024-01-01'", "word = 'a'"), STAYS, DAYS, [2]),
    "a condition": (kinds.Sql(id="r", column="end", where='"end" < start', types=DAYS), STAYS, DAYS, [2]),
    "what cannot be computed": (
        kinds.Sql(id="r", column="word", where="cast(word AS int) > 1", types=DAYS),
        {"start": [None] * 3, "end": [None] * 3, "word": ["2", "x", None]},
        DAYS,
        [1],
    ),
}


@pytest.mark.parametrize("case", ACROSS)
def test_a_rule_across_columns(bench: Bench, case: str) -> None:
    rule, table, types, bad = ACROSS[case]
    assert failing(bench, rule, table, types) == bad


MISTAKES = {
    "no such column": ("q * cost", "no column 'cost'"),
    "a query": ("(SELECT 1)", "not allowed"),
    "a file": ("read_text('/etc/passwd')", "read_text"),
    "an aggregate": ("sum(q)", "not allowed"),
    "two statements": ("q; DROP TABLE x", "one value|cannot be read"),
    "a comment": ("q -- total", "comment"),
    "not SQL": ("q *", "cannot be read"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_condition_is_held_to_simple_words(case: str) -> None:
    text, message = MISTAKES[case]
    with pytest.raises(ContractError, match=message):
        compare("=", text)


def outlier(**said: Any) -> kinds.Outlier:
    return kinds.Outlier(id="r", column="v", **said)


CITIES: Table = {
    "zip": ["1", "1", "1", "2", "2", "3", None, "4", "4"],
    "city": ["Ulm", "Ulm", "Olm", "Bonn", "Köln", "Jena", "Ulm", "Kiel", None],
}
HEIGHTS: Table = {
    "v": [*(str(n) for n in range(1, 21)), "100", "-80", None, "tall"],
    "g": [*["a"] * 12, *["b"] * 12],
}
AMONG: dict[str, tuple[kinds.AnyRule, Table, list[int]]] = {
    "together": (
        kinds.UniqueTogether(id="r", column="a", others=("b",)),
        {"a": ["1", "1", "1", None, None, "2"], "b": ["x", "x", "y", "x", "x", "x"]},
        [1, 2],
    ),
    "three together": (
        kinds.UniqueTogether(id="r", column="a", others=("b", "c")),
        {"a": ["1", "1", "1"], "b": ["x", "x", "x"], "c": ["!", "?", "!"]},
        [1, 3],
    ),
    "depends": (kinds.Depends(id="r", column="city", on=("zip",)), CITIES, [3, 4, 5]),
    "depends on two": (
        kinds.Depends(id="r", column="c", on=("a", "b")),
        {"a": ["1", "1", "1"], "b": ["x", "x", "y"], "c": ["p", "q", "q"]},
        [1, 2],
    ),
    "quartiles": (outlier(method="iqr", factor=1.5), HEIGHTS, [21, 22]),
    "wide quartiles": (outlier(method="iqr", factor=9), HEIGHTS, []),
    "deviations": (outlier(method="zscore", factor=3), HEIGHTS, [21, 22]),
    "median": (outlier(method="mad", factor=3.5), HEIGHTS, [21, 22]),
    "in each group": (
        outlier(method="iqr", factor=1.5, by="g", least=3),
        {"v": ["1", "2", "3", "4", "101", "102", "103", "104", "3"], "g": [*["a"] * 4, *["b"] * 5]},
        [9],
    ),
    "on the fence, which binary fractions miss": (
        outlier(method="iqr", factor=1.5, least=5),
        {"v": ["0.6", "1.1", "1.3", "1.7", "2.6"]},
        [],
    ),
    "just outside": (
        outlier(method="iqr", factor=1.5, least=5),
        {"v": ["0.6", "1.1", "1.3", "1.7", "2.6000001"]},
        [5],
    ),
    "too few": (outlier(), {"v": ["1", "2", "3", "9999"]}, []),
    "a spread of the smallest doubles": (
        outlier(method="mad", factor=0.7345, least=3),
        {"v": ["5e-324", "0", "0", "", "1", "5e-324", "1"]},
        [],
    ),
    "a spread that a double just holds": (
        outlier(method="mad", factor=0.7345, least=3),
        {"v": ["5e-308", "0", "0", "", "1", "5e-308", "1"]},
        [5, 7],
    ),
    "no spread": (outlier(method="mad"), {"v": [*["5"] * 20, "9"]}, []),
}


@pytest.mark.parametrize("case", AMONG)
def test_a_rule_among_rows(bench: Bench, case: str) -> None:
    rule, table, bad = AMONG[case]
    assert failing(bench, rule, table) == bad


@pytest.mark.parametrize("case", [*AMONG, *ACROSS])
def test_the_evidence_runs_as_printed_and_finds_the_same_rows(bench: Bench, case: str) -> None:
    rule, table, types, bad = (*AMONG[case][:2], (), AMONG[case][2]) if case in AMONG else ACROSS[case]
    contract = promised(*columns_of(table, types), rules=[rule])
    done = judged(bench, table, contract)
    with bench.engine() as engine:
        found = engine.rows(rule_sql(rule, scan_rows(done.source.bronze.path), contract, TODAY))

    assert [row[0] for row in found] == bad


def test_a_foreign_key_is_held_against_the_other_datasets_version(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": pa.array([1, 2, None], pa.int64())}), other)
    table: Table = {"ref": ["1", "3", None, "x", "02"]}
    rule = kinds.Reference(id="r", column="ref", dataset="other", target="id")
    number = promised(Column(name="ref", type=LogicalType.INTEGER), rules=[rule])
    bound = number.model_copy(
        update={"rules": (rule.model_copy(update={"files": (str(other),), "version": 1}),)}
    )

    assert judged(bench, table, number).reasons == {}, "nothing published, nothing to compare with"
    again = bound.model_copy(update={"bound": ("other@1",)})
    assert sorted(judged(bench, table, again).reasons) == [2, 4]


def test_references_are_bound_to_versions() -> None:
    """Those of a dataset without a version stay as they are, and so does the contract's identity without any."""
    rules = [
        kinds.Reference(id=name, column="ref", dataset=name, target="id")
        for name in ("other", "empty", "more")
    ]
    contract = promised("ref", rules=[*rules, kinds.NotNull(id="n", column="ref")])
    versions = {"other": (3, ("a.parquet",)), "more": (1, ("b.parquet", "c.parquet"))}
    bound = bind(contract, versions.get)

    assert [getattr(rule, "files", None) for rule in bound.rules] == [
        ("a.parquet",),
        (),
        ("b.parquet", "c.parquet"),
        None,
    ]
    assert bound.bound == ("more@1", "other@3")
    assert bound.identity != contract.identity
    assert bind(contract, {}.get) == contract


def test_a_number_is_found_however_the_other_dataset_holds_it(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": pa.array([1, 0], pa.int64())}), other)
    rule = kinds.Reference(id="r", column="ref", dataset="other", target="id", files=(str(other),))
    contract = promised(Column(name="ref", type=LogicalType.NUMBER), rules=[rule])

    assert sorted(judged(bench, {"ref": ["1", "1.0", "-0", "1.5"]}, contract).reasons) == [4]


ALIKE: dict[str, tuple[list[kinds.AnyRule], Table, dict[int, tuple[str, ...]]]] = {
    "a column of two words, and two columns": (
        [
            kinds.Unique(id="one", column="a b"),
            kinds.UniqueTogether(id="two", column="a", others=("b",)),
        ],
        {"a b": ["1", "2", "2"], "a": ["1", "1", "2"], "b": ["x", "x", "x"]},
        {1: ("two",), 2: ("one", "two"), 3: ("one",)},
    ),
    "fences that differ late": (
        [
            kinds.Outlier(id="near", column="v", method="zscore", factor=0.99999999, least=3),
            kinds.Outlier(id="far", column="v", method="zscore", factor=1.00000001, least=3),
            kinds.Outlier(id="never", column="v", method="zscore", factor=0.99999999, least=9),
        ],
        {"v": ["1", "2", "3"]},  # one standard deviation either way
        {1: ("near",), 3: ("near",)},
    ),
    "what depends on what": (
        [
            kinds.Depends(id="one", column="c", on=("a b",)),
            kinds.Depends(id="two", column="c", on=("a", "b")),
        ],
        {"a b": ["1", "1", "2"], "a": ["1", "2", "2"], "b": ["x", "x", "x"], "c": ["p", "q", "r"]},
        {1: ("one",), 2: ("one", "two"), 3: ("two",)},
    ),
}


@pytest.mark.parametrize("case", ALIKE)
def test_rules_that_sound_alike_read_their_own_rows(bench: Bench, case: str) -> None:
    rules, table, expected = ALIKE[case]
    assert judged(bench, table, promised(*table, rules=rules)).reasons == expected


@pytest.mark.parametrize(
    "name", ["k", "k0", "_low", "_high", "_odd", "_usual", "n", "v", "rows", "cleaned", "total"]
)
def test_a_column_may_be_called_as_one_of_the_helpers(bench: Bench, name: str) -> None:
    table: Table = {name: [*"12345678", "99", "1"], "x y": ["a"] * 10}
    rules = [
        kinds.Unique(id="unique", column=name),
        kinds.Outlier(id="outlier", column=name, by="x y"),
        kinds.Depends(id="depends", column=name, on=("x y",)),
    ]
    found = judged(bench, table, promised(name, "x y", rules=rules))
    every = dict.fromkeys(range(2, 9), ("depends",))

    assert found.reasons == every | {
        1: ("unique", "depends"),
        9: ("outlier", "depends"),
        10: ("unique", "depends"),
    }
    with bench.engine() as engine:
        for rule in rules:
            evidence = engine.rows(rule_sql(rule, found.source.raw(), found.contract, TODAY))
            assert [row[0] for row in evidence] == [
                row for row, why in found.reasons.items() if rule.id in why
            ]


def test_a_row_has_the_reasons_of_all_kinds_at_once(bench: Bench) -> None:
    table: Table = {"q": ["1", "1", "1"], "p": ["1", "1", "-5"], "total": ["2", "1", "1"]}
    rules = [
        kinds.Unique(id="unique", column="q"),
        kinds.Range(id="range", column="p", low=0),
        compare("=", "q * p"),
        kinds.Depends(id="depends", column="p", on=("q",)),
    ]
    found = judged(bench, table, promised(*columns_of(table, NUMBERS), rules=rules)).reasons

    assert found == {1: ("unique", "r"), 2: ("unique",), 3: ("unique", "range", "r", "depends")}


def test_rules_that_read_a_missing_column_are_not_judged(bench: Bench) -> None:
    table: Table = {"q": ["1"], "p": ["1"]}
    done = judged(
        bench, table, promised(*columns_of({**table, "total": []}, NUMBERS), rules=[compare("=", "q * p")])
    )

    assert done.reasons == {} or rows(done.parted.kept)


def test_today_does_not_change_a_rule_without_days() -> None:
    rule = compare("=", "q * p")
    assert rule.failing(date(2020, 1, 1)) == rule.failing(TODAY)
