"""Stage 3 against plain Python, NumPy and pandas on small made tables, and its parts by property."""

from __future__ import annotations

import math
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from effort import examples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from governance.bench import Bench, open_bench
from governance.contract.model import Column, Contract, LogicalType
from governance.engines.duckdb import Engine, literal
from governance.profiling import sampling, scanning
from governance.profiling.model import ColumnProfile, Kind
from governance.profiling.reading import bins, counted, counts_of, day, edges_between, number, stripped, whole
from governance.profiling.shapes import shape
from governance.rules import cleaning, sql
from governance.settings import Settings
from governance.stages import profile as stage
from governance.stages.profile import Profiled, profile
from governance.tables import BronzeTable

Texts = Sequence[str | None]
QUICK = settings(
    max_examples=examples(15, 80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


@pytest.fixture(scope="module")
def one_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home")))


def bronze(bench: Bench, columns: dict[str, Texts], name: str = "bronze") -> BronzeTable:
    table = pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()})
    with bench.vault.writing(name) as path:
        pq.write_table(table, path)
    return BronzeTable(
        name=name, path=bench.vault.table(name), rows=table.num_rows, columns=tuple(table.column_names)
    )


def only(bench: Bench, values: Texts, contract: Contract | None = None) -> ColumnProfile:
    (column,) = profile(bench, bronze(bench, {"c": values}), contract=contract).columns
    return column


def contract_of(**types: LogicalType) -> Contract:
    columns = tuple(Column(name=name, type=kind) for name, kind in types.items())
    return Contract(dataset="made_up", digest="0", columns=columns, rules=())


INFERRED: dict[str, tuple[Texts, Kind, float]] = {
    "whole numbers": (["1", "-2", "+3", " 4 ", "0"], Kind.INTEGER, 1.0),
    "numbers": (["1", "2.5", "-.5", "1e3"], Kind.NUMBER, 1.0),
    "one bad in a hundred": ([*["7"] * 99, "seven"], Kind.INTEGER, 0.99),
    "three bad in a hundred": ([*["7"] * 97, *["seven"] * 3], Kind.STRING, 1.0),
    "codes with leading zeros": (["00501", "10001", "02134"], Kind.STRING, 1.0),
    "words for not a number": (["nan", "inf", "-Infinity", "1e400"], Kind.STRING, 1.0),
    "underscores and thousands": (["1_000", "1,000"], Kind.STRING, 1.0),
    "more than eighteen digits": (["12345678901234567890", "1"], Kind.NUMBER, 1.0),
    "truth": (["true", "No", "Y", "f"], Kind.BOOLEAN, 1.0),
    "zero and one are numbers": (["0", "1", "1"], Kind.INTEGER, 1.0),
    "days": (["2024-02-29", "1999-12-31 ", "2001/2/3", "12/31/1999"], Kind.DATE, 1.0),
    "days that do not exist": (["2023-02-29", "2024-13-01"], Kind.STRING, 1.0),
    "days that could be two": (["03/04/2020", "05/06/2020"], Kind.STRING, 1.0),
    "times": (["2024-02-29 10:00:00", "2024-02-29T10:00:00Z", "2024-03-01 01:02:03.5"], Kind.TIMESTAMP, 1.0),
    "text": (["Ana Example", "Łukasz", "李雷", "🤿"], Kind.STRING, 1.0),
    "blanks do not count": (["", " ", None, "5"], Kind.INTEGER, 1.0),
    "blanks only": (["", "  ", "\t", None], Kind.EMPTY, 0.0),
    "nulls only": ([None, None], Kind.EMPTY, 0.0),
    "no rows": ([], Kind.EMPTY, 0.0),
}


@pytest.mark.parametrize(("values", "kind", "share"), INFERRED.values(), ids=INFERRED.keys())
def test_what_a_column_seems_to_be(bench: Bench, values: Texts, kind: Kind, share: float) -> None:
    found = only(bench, values)
    assert found.inferred is kind
    assert found.inferred_share == pytest.approx(share)


def test_counts_are_those_of_plain_python(bench: Bench) -> None:
    values = ["a", "b", "b", "", "  ", None, "é", "e\u0301", "👩‍👩‍👧", None, "x" * 300]
    found = only(bench, values)
    there = [value for value in values if value is not None]
    assert (found.count, found.nulls, found.blanks) == (9, 2, 2)
    assert found.filled == 7
    assert found.distinct == len(set(there))
    assert found.distinct_exact
    assert found.lengths is not None
    lengths = [len(value) for value in there]
    assert (found.lengths.min, found.lengths.max) == (0, 300)
    assert found.lengths.mean == pytest.approx(np.mean(lengths))
    assert sum(one.count for one in found.lengths.histogram) == 9


def test_the_most_frequent_values_are_exact_and_cut(bench: Bench) -> None:
    values = [*["b"] * 3, *["a"] * 3, *["long " * 30] * 2, *["too long " * 30] * 9, *"cdefghijkl", None]
    found = only(bench, values).values
    assert found is not None
    counts = Counter(value for value in values if value is not None and len(value) <= 200)
    expected = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10]
    assert found.top == tuple((text[:80], count) for text, count in expected)
    assert found.max == ("too long " * 30)[:80]
    assert len(found.examples) == 5
    assert all(len(text) <= 80 for text in found.examples)


NUMBERS: dict[str, list[float]] = {
    "plain": [3.0, 1.0, 2.0, 2.0, -4.5, 0.0, 1e3],
    "one": [42.0],
    "all the same": [0.1] * 7,
    "far from zero": [1e9 + step for step in range(50)],
    "tiny": [1e-200, 2e-200, 5e-200],
    "large": [1e154, -1e155, 3e155],
}


@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS.keys())
def test_numbers_are_those_of_python_and_pandas(bench: Bench, values: list[float]) -> None:
    found = only(
        bench, [*map(repr, values), "nan", "inf", "", None], contract_of(c=LogicalType.NUMBER)
    ).numbers
    series = pd.Series(values)
    assert found is not None
    assert (found.count, found.min, found.max) == (len(values), min(values), max(values))
    assert found.mean == pytest.approx(statistics.mean(values), rel=1e-12, abs=0)
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    assert found.std == pytest.approx(spread, rel=1e-9, abs=1e-15)
    assert found.quantiles["p25"] == pytest.approx(series.quantile(0.25), rel=1e-12)
    assert found.deciles == pytest.approx([series.quantile(tenth / 10) for tenth in range(1, 10)], rel=1e-12)
    assert (found.zeros, found.negatives) == ((series == 0).sum(), (series < 0).sum())
    assert sum(one.count for one in found.histogram) == len(values)


def test_numbers_at_the_edge_of_a_double_stay_finite(bench: Bench) -> None:
    found = profile(bench, bronze(bench, {"c": ["1e308", "-1e308", "1e308"]}))
    numbers = found.columns[0].numbers
    assert numbers is not None
    assert numbers.mean == pytest.approx(1e308 / 3)
    assert numbers.std == pytest.approx(1e308 * (2 / math.sqrt(3)), rel=1e-9)
    assert sum(one.count for one in numbers.histogram) == 3
    assert Profiled.model_validate_json(found.model_dump_json()) == found


def test_a_contract_asks_for_numbers_where_few_are(bench: Bench) -> None:
    values = ["12", *["unknown"] * 9]
    assert only(bench, values).numbers is None
    found = only(bench, values, contract_of(c=LogicalType.INTEGER))
    assert found.numbers is not None
    assert found.numbers.count == 1
    assert found.inferred is Kind.STRING


SHAPES = {
    "phone": ("416-555-0123", "999-999-9999"),
    "e-mail": ("Ana@example.com", "Aa@a.a"),
    "capitals": ("ACTIVE", "A"),
    "accents": ("Élodie O’Brien-Žižka", "Aa A’Aa-Aa"),
    "decomposed": ("E\u0301lodie", "Aa"),
    "no case": ("李雷 7", "a 9"),
    "other digits": ("١٢", "99"),
    "emoji stays": ("🤿!", "🤿!"),
    "cut": ("1" * 90, "9" * 40),
    "empty": ("", ""),
}


@pytest.mark.parametrize(("value", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_shapes_say_how_a_value_looks(engine: Engine, value: str, expected: str) -> None:
    assert engine.value(f"SELECT {shape(literal(value))}") == expected


def shape_by_hand(text: str) -> str:
    """The shape of a text, sign by sign."""
    found: list[str] = []
    for sign in text[:60]:
        category, before = unicodedata.category(sign), found[-1] if found else ""
        if category[0] == "N":
            found.append("9")
        elif category == "Lu":
            found += [] if before == "capitals" else ["capitals"]
        elif category[0] == "M" and before == "capitals":
            continue
        elif category[0] in "LM":
            found += [] if before == "letters" else ["letters"]
        else:
            found.append(sign)
    return "".join({"capitals": "A", "letters": "a"}.get(one, one) for one in found)[:40]


@QUICK
@given(text=st.text(st.sampled_from("AÉZaéž ǅʰ李ـ\u0301\u200d09876543210٣४५Ⅳ½²-@./'🤿"), max_size=80))
def test_a_shape_is_what_is_seen_sign_by_sign(engine: Engine, text: str) -> None:
    assert engine.value(f"SELECT {shape(literal(text))}") == shape_by_hand(text)


def test_shapes_are_counted(bench: Bench) -> None:
    found = only(bench, ["416-555-0123", "905-555-0199", "n/a", " ", None])
    assert found.shapes == (("999-999-9999", 2), ("a/a", 1))
    assert found.shapes_sample == 5


HOSTILE = [
    'a"b',
    "a'b; DROP TABLE x",
    "two words",
    "🤿",
    "select",
    "v0",
    "1",
    "_row",
    "a\nb",
    "{x}",
    "n",
    "s",
]


def test_hostile_names_are_names(bench: Bench) -> None:
    table = bronze(bench, {name: [str(place), None] for place, name in enumerate(HOSTILE)})
    found = profile(bench, table, contract=contract_of())
    assert [column.name for column in found.columns] == HOSTILE
    assert all(column.inferred is Kind.INTEGER for column in found.columns)


def test_hostile_values_are_values(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "FEW_DISTINCT", 1)
    values = [*["'; DROP TABLE x; --"] * 3, *['"'] * 2, "\\", "a\x00b"]
    found = only(bench, values).values
    assert found is not None
    assert found.top == (("'; DROP TABLE x; --", 3), ('"', 2))


def test_a_large_table_is_sampled_and_estimated(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "FEW_DISTINCT", 100)
    rows = 210_000
    columns: dict[str, Texts] = {
        "key": [str(row) for row in range(rows)],
        "word": ["N/A" if row % 50 == 0 else f"word {row}" for row in range(rows)],
        "rare": ["2020-01-01" if row % 40_000 == 39_999 else None for row in range(rows)],
    }
    key, word, rare = profile(bench, bronze(bench, columns)).columns
    assert not key.distinct_exact
    assert key.distinct == pytest.approx(rows, rel=0.05)
    assert key.distinct <= rows
    assert key.numbers is not None
    assert key.numbers.quantiles["p50"] == pytest.approx(rows / 2, rel=0.02)
    assert not key.numbers.quantiles_exact
    assert word.values is not None
    assert word.values.top == (("N/A", rows // 50),)
    assert word.shapes_sample == sampling.SAMPLE
    assert rare.inferred is Kind.DATE


@pytest.mark.parametrize("few", [pytest.param(few, id=f"few are {few:,}") for few in (100, 3_000, 250_000)])
def test_the_most_frequent_are_exact_whatever_the_sample_let_expect(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(scanning, "FEW_DISTINCT", few)
    texts = ["N/A" if row % 50 == 0 else "?" if row % 70 == 3 else f"word {row}" for row in range(210_000)]
    (column,) = profile(bench, bronze(bench, {"c": texts})).columns
    assert column.values is not None
    assert column.values.top[:2] == tuple(Counter(texts).most_common(2))
    assert (len(column.values.top) == 10) == (few > len(set(texts)))


@pytest.mark.parametrize(
    ("rows", "runs"),
    [
        pytest.param(30_000, 5, id="runs apart"),
        pytest.param(30_001, 7, id="the last run is cut short"),
        pytest.param(9_000, 5, id="runs that meet are every row, once"),
        pytest.param(3, 5, id="fewer rows than runs"),
    ],
)
def test_a_sample_is_runs_of_rows_spread_evenly(one_bench: Bench, rows: int, runs: int) -> None:
    table = bronze(one_bench, {"c": [str(row) for row in range(rows)]}, f"spread-{rows}")
    with one_bench.engine() as engine:
        some = sampling.spread(table.path, rows, runs=runs)
        found = engine.rows(f"SELECT file_row_number, c FROM {some} ORDER BY file_row_number")
    apart = math.ceil(rows / runs)
    assert found == [(row, str(row)) for row in range(rows) if row % apart < sampling.RUN]


def test_many_columns_go_in_batches(bench: Bench) -> None:
    found = profile(bench, bronze(bench, {f"c{place}": ["1", None] for place in range(60)}))
    assert len(found.columns) == 60
    assert found.summary == "60 columns of 2 rows: 60 whole numbers"


def test_empty_columns_are_findings_without_values(bench: Bench) -> None:
    found = profile(bench, bronze(bench, {"blank": ["", None], "name": ["Ana Example", "Ben"]}))
    assert [(note.kind, note.column, note.rows) for note in found.findings] == [("profile", "blank", 2)]
    none = profile(bench, bronze(bench, {"a": [], "b": []}))
    assert (none.findings, none.rows, none.rows_in) == ((), 0, 0)
    assert none.summary == "2 columns of 0 rows: 2 empty"


def test_values_are_all_in_one_place(bench: Bench) -> None:
    found = profile(
        bench, bronze(bench, {"name": ["Ana Example", "Ben Example"], "born": ["1990-01-02", "x"]})
    )
    bare = [column.model_copy(update={"values": None}).model_dump_json() for column in found.columns]
    assert not any(word in text for word in ("Ana", "Ben", "1990") for text in bare)


@pytest.fixture(scope="module")
def engine(one_bench: Bench) -> Iterator[Engine]:
    with one_bench.engine() as opened:
        yield opened


def read(engine: Engine, expression: str, texts: list[str]) -> list[object]:
    """What an expression over `v` makes of each text."""
    found = engine.rows(f"SELECT {expression} FROM (SELECT unnest(?::VARCHAR[]) AS v)", [texts])
    return [row[0] for row in found]


LIKE_NUMBERS = st.from_regex(r"\A ?[+-]?[0-9_]{0,4}[.,]?[0-9]{0,3}([eE][+-]?[0-9]{1,3})? ?\Z") | st.text(
    max_size=6
)
LIKE_DATES = st.from_regex(
    r"\A([0-9]{4}[-/. ][0-9]{1,2}[-/.][0-9]{1,2}([ T]00:00:00)?|[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{4})\Z"
)
REAL_DATES = st.builds(
    lambda day, form: day.strftime(form),
    st.dates(min_value=date(1000, 1, 1)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%Y.%m.%d"]),
)


@QUICK
@given(texts=st.lists(LIKE_NUMBERS, min_size=1, max_size=30))
def test_numbers_are_read_as_rules_read_them(engine: Engine, texts: list[str]) -> None:
    trimmed = sql.fragment("trim(:v, ' \t\r\n\x0b\f')", v=sql.column("v"))
    assert read(engine, number("v"), texts) == read(engine, sql.render(sql.as_number(trimmed)), texts)


WHOLE = [
    "0",
    "-0",
    "+7",
    " 7",
    "7 ",
    "-9007199254740993",
    "123456789012345678",
    "-123456789012345678",
    "9" * 18,
]
NOT_WHOLE = ["007", "1.0", "1e3", "9" * 19, "-" + "9" * 19, "1_0", "-", "", "x", "1 2", "9" * 40]


@QUICK
@given(texts=st.lists(LIKE_NUMBERS | st.integers(-(10**20), 10**20).map(str), max_size=30))
def test_whole_numbers_are_told_by_how_they_are_written(engine: Engine, texts: list[str]) -> None:
    texts = [*texts, *WHOLE, *NOT_WHOLE]
    wanted = [
        bool(re.fullmatch(r"[ \t\n\f\r]*[+-]?(0|[1-9][0-9]{0,17})[ \t\n\f\r]*", text)) for text in texts
    ]
    assert wanted[-len(WHOLE + NOT_WHOLE) :] == [True] * len(WHOLE) + [False] * len(NOT_WHOLE)
    asked = whole("v", f"({number('v')})")
    assert read(engine, f"coalesce({asked}, false)", texts) == wanted


@QUICK
@given(texts=st.lists(LIKE_DATES | REAL_DATES, min_size=1, max_size=30))
@example(
    texts=["1/1/0000", "13-1-0000", "0000-01-01", "0000/1/1", "0000.01.01", "0000-01-01 00:00:00", "0000-02-29"]
)
@example(
    texts=["1/1/0001", "0001-01-01", "0001/1/1", "2020-01-01 00:00:00.0000", "00/01/2020", "1/13/2020", "13/1/2020"]
)
def test_days_are_read_as_cleaning_leaves_them(engine: Engine, texts: list[str]) -> None:
    cleaned = sql.render(sql.as_date(cleaning.day(sql.column("v"))))
    assert read(engine, day("v"), texts) == read(engine, cleaned, texts)


@QUICK
@given(
    texts=st.lists(
        st.none() | st.sampled_from(["", "  ", "N/A", "x" * 201]) | LIKE_NUMBERS | LIKE_DATES | REAL_DATES,
        min_size=1,
        max_size=60,
    )
)
def test_a_column_counted_by_its_values_has_the_profile_of_its_rows(
    one_bench: Bench, texts: list[str | None]
) -> None:
    by_rows = only(one_bench, texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "EXACT_ROWS", 0)
        patch.setattr(sampling, "FEW_OF_ROWS", 1e9)
        by_values = only(one_bench, texts)
    assert by_values.distinct_exact
    assert _without_figures(by_values) == _without_figures(by_rows)
    assert (by_values.numbers is None) == (by_rows.numbers is None)
    if by_values.numbers and by_rows.numbers:
        assert by_values.numbers.histogram == by_rows.numbers.histogram
        assert by_values.numbers.percentiles == pytest.approx(by_rows.numbers.percentiles, rel=1e-9)
        assert by_values.numbers.mean == pytest.approx(by_rows.numbers.mean, rel=1e-9, abs=1e-9)
        assert by_values.numbers.std == pytest.approx(by_rows.numbers.std, rel=1e-6, abs=1e-6)


def _without_figures(column: ColumnProfile) -> ColumnProfile:
    return column.model_copy(update={"numbers": None})


def test_how_many_values_a_sample_lets_expect() -> None:
    assert sampling._different(5, once=0, twice=5) == 5
    assert sampling._different(10_000, once=9_800, twice=200) == pytest.approx(249_000, rel=0.01)


@QUICK
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), parts=st.integers(1, 12))
def test_every_number_is_in_one_bin(engine: Engine, values: list[float], parts: int) -> None:
    low, high = min(values), max(values)
    edges = edges_between(low, high, parts)
    found = engine.value(f"SELECT {counted('v', edges)} FROM (SELECT unnest(?::DOUBLE[]) AS v)", [values])
    counts = counts_of(found, edges)
    assert counts == np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1).tolist()
    assert sum(one.count for one in bins(low, high, edges, counts)) == len(values)


def test_stripping_takes_every_ascii_white_space(engine: Engine) -> None:
    assert read(engine, stripped("v"), [" \t\r\n\x0b\fa b \n"]) == ["a b"]
