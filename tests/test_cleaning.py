"""Cleaning: how a value is written, never what it says; and the record of every changed cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judged_tables import bronze, judged, promised, rows

from governance import cleanroom
from governance.bench import Bench, name_of, open_bench
from governance.cleanroom import CleanTable
from governance.contract.model import Cleaning, Column, LogicalType
from governance.engines.duckdb import Engine, open_engine
from governance.review.choices import Action, Fix
from governance.rules import cleaning, kinds, sql
from governance.settings import Settings
from governance.source import cleaned, raw_names
from governance.stages.clean import clean
from governance.stages.contract import conform

Text = str | None


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(Settings(home=tmp_path_factory.mktemp("home"))) as engine:
        yield engine


def by(*ways: str, missing: tuple[str, ...] = (), order: str = "", kind: str = "string") -> Column:
    return Column.model_validate(
        {
            "name": "v",
            "type": LogicalType(kind),
            "cleaning": tuple(Cleaning(way) for way in ways),
            "missing_values": missing,
            "date_order": order,
        }
    )


def texts(values: Sequence[Text]) -> pa.Array:
    return pa.array(values, pa.string())


def after(engine: Engine, column: Column, values: Sequence[Text]) -> list[Text]:
    engine.register("written", pa.table({"_row": range(len(values)), "v": texts(values)}))
    item = cleaned("written", ("v",), promised(column))
    return [value for (value,) in engine.rows(f"SELECT v FROM {item} ORDER BY _row")]


TRIM, NAME, LOWER = by("trim"), by("trim", "name_case"), by("trim", "lower")
PHONE, DATE, NUMBER = by("trim", "phone"), by("trim", "date"), by("trim", "number")
AMERICAN, BRITISH = by("trim", "date", order="mdy"), by("trim", "date", order="dmy")
ABSENT = by("trim", missing=("N/A", "-", "o'none"))

# column, what is written, what cleaning leaves; None is a missing value
CASES: list[tuple[Column, Text, Text]] = [
    (TRIM, " 12 ", "12"),
    (TRIM, "a  b\t c", "a b c"),
    (TRIM, "a\r\nb\n", "a b"),
    (TRIM, "\u00a0a\u00a0b\u3000", "a b"),
    (TRIM, "\u2003a\u2009b\u2028\u0085", "a b"),
    (TRIM, "\ufeffa\u200bb", "\ufeffa\u200bb"),  # zero width is not white space
    (TRIM, "", None),
    (TRIM, " \t\n\u00a0\u2003 ", None),
    (TRIM, "محمد ", "محمد"),
    (TRIM, "🤿  🤿", "🤿 🤿"),
    (TRIM, "NULL", "NULL"),  # a word, unless the contract says otherwise
    (TRIM, "N/A", "N/A"),
    (by(), " as it is ", " as it is "),
    (by(), "", ""),
    (ABSENT, " N/A ", None),
    (ABSENT, "-", None),
    (ABSENT, "o'none", None),
    (ABSENT, "n/a", "n/a"),
    (by("trim", "lower", missing=("n/a",)), "N/A", None),  # what it reads as after cleaning counts
    (by("trim", "name_case", missing=("Unknown",)), "UNKNOWN", None),
    (NAME, "ANNE-MARIE", "Anne-Marie"),
    (NAME, "anne-marie", "Anne-Marie"),
    (NAME, "o'brien", "O'Brien"),
    (NAME, "D’ARCY", "D’Arcy"),
    (NAME, "MARÍA JOSÉ", "María José"),
    (NAME, "łukasz", "Łukasz"),
    (NAME, "e\u0301lodie", "E\u0301lodie"),
    (NAME, "j.r. smith", "J.R. Smith"),
    (NAME, "J.R.", "J.R."),
    (NAME, "McDonald", "McDonald"),
    (NAME, "de Souza", "de Souza"),
    (NAME, "van der Berg", "van der Berg"),
    (NAME, "O'Brien", "O'Brien"),
    (NAME, "李雷", "李雷"),
    (NAME, "ANA1", "Ana1"),
    (NAME, "  open   WATER ", "open WATER"),
    (NAME, "-", "-"),
    (LOWER, "Ana@Example.COM", "ana@example.com"),
    (LOWER, "ÉCOLE", "école"),
    (by("trim", "upper"), "de-12 é", "DE-12 É"),
    (PHONE, "(212) 555-0147", "212-555-0147"),
    (PHONE, "212.555.0147", "212-555-0147"),
    (PHONE, "2125550147", "212-555-0147"),
    (PHONE, "212/555/0147", "212-555-0147"),
    (PHONE, "+1 212 555 0147", "212-555-0147"),
    (PHONE, "+1 (212) 555-0147", "212-555-0147"),
    (PHONE, "1-212-555-0147", "212-555-0147"),
    (PHONE, "212-555-0147\n", "212-555-0147"),
    (PHONE, "+47 22 12 34 56", "+47 22 12 34 56"),  # ten digits, but a number in Oslo
    (PHONE, "+4420712345", "+4420712345"),
    (PHONE, "2 212 555 0147", "2 212 555 0147"),
    (PHONE, "212-555-0147 x204", "212-555-0147 x204"),
    (PHONE, "212-555-CALL", "212-555-CALL"),
    (PHONE, "555-0147", "555-0147"),
    (PHONE, "++1 212 555 0147", "++1 212 555 0147"),
    (PHONE, "٢١٢٥٥٥٠١٤٧", "٢١٢٥٥٥٠١٤٧"),
    (DATE, "2024-02-29", "2024-02-29"),
    (DATE, "2024/2/9", "2024-02-09"),
    (DATE, "2024.02.09", "2024-02-09"),
    (DATE, "2024-2-9", "2024-02-09"),
    (DATE, "2024-02-09 00:00:00", "2024-02-09"),
    (DATE, "2024-02-09 10:00:00", "2024-02-09 10:00:00"),  # a time of day is not dropped in silence
    (DATE, "12/31/1999", "1999-12-31"),
    (DATE, "2-29-2024", "2024-02-29"),
    (DATE, "5/5/2024", "2024-05-05"),  # the same day, either way
    (DATE, "3/4/2024", "3/4/2024"),
    (DATE, "03-04-2024", "03-04-2024"),
    (DATE, "31/12/1999", "31/12/1999"),
    (DATE, "2023/2/30", "2023-02-30"),  # no day, and the rule says so
    (DATE, "02/30/2023", "2023-02-30"),
    (DATE, "12/31/99", "12/31/99"),
    (DATE, "December 31, 1999", "December 31, 1999"),
    (AMERICAN, "3/4/2024", "2024-03-04"),
    (AMERICAN, "31/12/1999", "31/12/1999"),
    (BRITISH, "3/4/2024", "2024-04-03"),
    (BRITISH, "31/12/1999", "1999-12-31"),
    (BRITISH, "12/31/1999", "12/31/1999"),
    (NUMBER, "$1,234.50", "1234.50"),
    (NUMBER, "1,234,567", "1234567"),
    (NUMBER, "€ 5", "5"),
    (NUMBER, "-$5", "-5"),
    (NUMBER, "$-5", "-5"),
    (NUMBER, "-$-5", "-$-5"),
    (NUMBER, "1,23", "1,23"),
    (NUMBER, "1.234,50", "1.234,50"),
    (NUMBER, "12,345,67", "12,345,67"),
    (NUMBER, "007", "007"),
    (NUMBER, "+5", "+5"),
    (NUMBER, "1e400", "1e400"),
    (NUMBER, "fifty", "fifty"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "written", "clean_value"), CASES, ids=[f"{'+'.join(c.cleaning)}:{w!a}" for c, w, _ in CASES]
)
def test_a_value_is_cleaned_once_and_for_all(
    engine: Engine, column: Column, written: Text, clean_value: Text
) -> None:
    assert after(engine, column, [written]) == [clean_value]
    assert after(engine, column, [clean_value]) == [clean_value]


WAYS = [TRIM, ABSENT, NAME, LOWER, PHONE, DATE, AMERICAN, BRITISH, NUMBER]
WAYS += [by("trim", "upper"), by("trim", "lower", missing=("n/a", "-"))]
EVERY_WAY = [column.model_copy(update={"name": f"v{number}"}) for number, column in enumerate(WAYS)]
NAMES = tuple(column.name for column in EVERY_WAY)
CLEANED = f"SELECT * FROM {cleaned('written', NAMES, promised(*EVERY_WAY))} ORDER BY _row"
WORDS = (
    "ana",
    "ANA",
    "Ana",
    "é",
    "E\u0301",
    "ß",
    "ǆ",
    "İ",
    "李",
    "🤿",
    "م",
    "n/a",
    "0",
    "1",
    "12",
    "13",
    "212",
    "555",
)
MORE = ("0147", "1999", "2024", "1,234", ".5", "e4", "x", "00:00:00")
PIECES = st.sampled_from([*WORDS, *MORE, *" \t\n\u00a0\u2003-'’./,()+$€#@"])
VALUES = st.one_of(
    st.none(), st.lists(PIECES, max_size=8).map("".join), st.text(max_size=12).filter(lambda t: "\0" not in t)
)


@settings(
    max_examples=examples(15, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(VALUES, min_size=1, max_size=30))
def test_cleaning_what_is_clean_changes_nothing_and_nothing_is_filled_in(
    engine: Engine, values: list[Text]
) -> None:
    engine.register("written", pa.table({"_row": range(len(values)), **dict.fromkeys(NAMES, texts(values))}))
    once = engine.arrow(CLEANED)
    engine.register("written", once)
    twice = engine.arrow(CLEANED)

    assert twice.to_pydict() == once.to_pydict()
    for name in NAMES:
        filled = [was for was, now in zip(values, once[name].to_pylist(), strict=True) if now is not None]
        assert None not in filled


@settings(
    max_examples=examples(15, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(VALUES, min_size=1, max_size=30))
def test_what_one_look_calls_untouched_cleaning_leaves_as_it_is(engine: Engine, values: list[Text]) -> None:
    engine.register("written", pa.table({"_row": range(len(values)), **dict.fromkeys(NAMES, texts(values))}))
    told = {one.name: look for one in EVERY_WAY if (look := cleaning.untouched(one))}
    assert len(told) == len(EVERY_WAY)
    asked = ", ".join(f"{sql.render(look)} AS {name}" for name, look in told.items())
    looks = engine.arrow(f"SELECT {asked} FROM written ORDER BY _row").to_pydict()
    after = engine.arrow(CLEANED).to_pydict()
    for name in NAMES:
        for was, now, untouched in zip(values, after[name], looks[name], strict=True):
            assert untouched in (True, False)
            assert not untouched or was == now


def test_a_name_that_begins_with_a_capital_and_a_small_letter_needs_one_look(engine: Engine) -> None:
    firsts = [chr(n) for n in (*range(0x41, 0x5B), *range(0xC0, 0xDF)) if n != 0xD7]
    seconds = [chr(n) for n in (*range(0x61, 0x7B), *range(0xE0, 0x100)) if n != 0xF7]
    names = [first + second + rest for first in firsts for second in seconds for rest in ("", "ŁŻ Ɏ", "-É’A")]
    look = sql.render(cleaning.untouched(NAME) or cleaning.trimmed(NAME))
    engine.register("written", pa.table({"_row": range(len(names)), "v": texts(names)}))

    assert engine.value(f"SELECT count(*) FROM written WHERE {look}") == len(names)
    assert after(engine, NAME, names) == names
    several = ["A b", "aB", "ANNA", "1a", "", " Ana", "Ana ", "An  a", "An\u00a0a", "×a", "A÷", "Aß"]
    engine.register("written", pa.table({"_row": range(len(several)), "v": texts(several)}))
    assert engine.value(f"SELECT count(*) FROM written WHERE {look}") == 0


@settings(
    max_examples=examples(10, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=30),
    left_out=st.sets(st.integers(1, 30)),
)
def test_rows_in_order_are_the_same_however_many_there_are(
    bench: Bench, values: list[tuple[Text, Text]], left_out: set[int]
) -> None:
    contract = promised(NAME.model_copy(update={"name": "v"}), TRIM.model_copy(update={"name": "w"}), "plain")
    columns = {"v": [v for v, _ in values], "w": [w for _, w in values], "plain": [" A "] * len(values)}
    source = conform(bronze(bench, columns), contract).source
    table = clean(bench, source, contract=contract).clean
    found = []
    with bench.engine() as engine:
        left_out = {row for row in left_out if row <= len(values)}
        engine.register("gone", pa.table({"_row": pa.array(sorted(left_out), pa.int64())}))
        for most in (len(values) + 1, 0):
            with mock.patch.object(cleanroom, "MANY", most):
                found.append(engine.rows(table.in_order(engine, contract, without="gone")))
    sorted_rows, looked_up = found
    assert looked_up == sorted_rows
    assert [row[0] for row in looked_up] == [n for n in range(1, len(values) + 1) if n not in left_out]


# the record of changes


def test_each_changed_cell_is_recorded_once_with_before_after_and_rule(bench: Bench) -> None:
    columns = {
        "name": ["ANA", " Ana ", "Ana", None, "A\u3000B", "  "],
        "phone": ["2125550147", "212-555-0147 ", None, "x", "212-555-0147", ""],
        "status": ["Active", "active", " ACTIVE", "N/A", "active", "activ\u00c9"],
        "other": [" untouched ", "", None, "a", "b", "c"],
    }
    ways = {"name": ("trim", "name_case"), "phone": ("trim", "phone"), "status": ("trim", "lower")}
    made = [Column(name=name, cleaning=tuple(map(Cleaning, way))) for name, way in ways.items()]
    made[2] = made[2].model_copy(update={"missing_values": ("N/A",)})
    found = judged(bench, columns, promised(*made))

    assert found.changes == [
        (1, "name", "ANA", "Ana", "name_case"),
        (1, "phone", "2125550147", "212-555-0147", "phone"),
        (1, "status", "Active", "active", "lower"),
        (2, "name", " Ana ", "Ana", "trim"),
        (2, "phone", "212-555-0147 ", "212-555-0147", "trim"),
        (3, "status", " ACTIVE", "active", "lower"),
        (4, "status", "N/A", None, "missing"),
        (5, "name", "A\u3000B", "A B", "trim"),
        (6, "name", "  ", None, "missing"),
        (6, "phone", "", None, "missing"),
        (6, "status", "activ\u00c9", "activ\u00e9", "lower"),
    ]
    assert found.cleaned.summary == "11 cells normalised in 3 columns"
    assert sum(count.cells for count in found.cleaned.by_column) == 11
    assert found.cleaned.rows_in == found.cleaned.rows_out == 6
    assert type(found.cleaned).model_validate_json(found.cleaned.model_dump_json()) == found.cleaned


def test_a_fix_is_recorded_as_one_and_cleaning_beside_it_is_not(bench: Bench) -> None:
    made = [Column(name="name", cleaning=(Cleaning.TRIM,)), Column(name="code"), Column(name="absent")]
    rules = [
        kinds.Length(id="code.length", column="code", high=2),
        kinds.NotNull(id="absent.not_null", column="absent"),
    ]
    first = judged(bench, {"name": [" Ana ", " Lu "], "code": ["abc", "ab"]}, promised(*made, rules=rules))
    both = ("code.length", "absent.not_null")
    fixed = first.revised(
        first.choice(Action.FIX, *both, fix=Fix(column="code", expression="left(code, 2)")),
        first.choice(Action.FIX, *both, fix=Fix(column="absent", repair="set", value="here")),
    )

    assert fixed.changes == [
        (1, "absent", None, "here", "fix"),
        (1, "code", "abc", "ab", "fix"),
        (1, "name", " Ana ", "Ana", "trim"),
        (2, "name", " Lu ", "Lu", "trim"),
    ]
    assert fixed.out == {2: ("absent.not_null",)}


@settings(
    max_examples=examples(10, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.lists(st.tuples(VALUES, VALUES, st.booleans()), min_size=1, max_size=20),
    fixes=st.lists(
        st.sampled_from([("v", "' A ' || v"), ("w", "upper(v)"), ("v", "nullif(w, v)")]), max_size=2
    ),
)
def test_after_fixes_the_rows_are_those_that_cleaning_everything_anew_gives(
    bench: Bench, values: list[tuple[Text, Text, bool]], fixes: list[tuple[str, str]]
) -> None:
    made = [one.model_copy(update={"name": name}) for one, name in ((NAME, "v"), (TRIM, "w"))]
    wrong = kinds.OneOf(id="due.one_of", column="due", values=("no",))
    columns = {
        "v": [v for v, _, _ in values],
        "w": [w for _, w, _ in values],
        "due": ["yes" if due else "no" for _, _, due in values],
        "plain": [" A "] * len(values),
    }
    first = judged(bench, columns, promised(*made, "due", "plain", rules=[wrong]))
    if not first.first.clusters:
        return
    chosen = [
        first.choice(Action.FIX, wrong.id, fix=Fix(column=column, expression=text)) for column, text in fixes
    ]
    fixed = first.revised(*chosen)

    names, source = fixed.source.columns, fixed.source
    anew = f"SELECT * FROM {cleaned(source.raw(), names, fixed.contract)} ORDER BY _row"
    read = f"SELECT _row, {', '.join(names)} FROM {source.read()} ORDER BY _row"
    written = fixed.cleaned.clean.path
    with bench.engine() as engine:
        assert [tuple(row.values()) for row in rows(fixed.cleaned.clean)] == engine.rows(anew)
        as_read = {row[0]: row[1:] for row in engine.rows(read)}
        listed = ", ".join(raw_names(names))
        for row, *cells in engine.rows(f"SELECT _row, {listed} FROM '{written}'"):
            assert tuple(cells) == as_read[row]


def test_columns_called_as_cleaning_calls_its_own_survive_a_fix(bench: Bench) -> None:
    made = [NAME, Column(name="_clean0"), Column(name="_raw0")]
    rule = kinds.Length(id="v.length", column="v", high=3)
    columns = {"v": ["Anna", "Lu"], "_clean0": ["x", "y"], "_raw0": ["p", "q"]}
    first = judged(bench, columns, promised(*made, rules=[rule]))
    fixed = first.revised(
        first.choice(Action.FIX, rule.id, fix=Fix(column="v", expression="lower(left(v, 3))"))
    )

    assert rows(fixed.cleaned.clean) == [
        {"_row": 1, "v": "Ann", "_clean0": "x", "_raw0": "p"},
        {"_row": 2, "v": "Lu", "_clean0": "y", "_raw0": "q"},
    ]


def test_columns_that_nobody_asked_for_are_not_taken_for_answers(engine: Engine) -> None:
    table = pa.table({"_row": [1, 2], "v": texts([" Ana ", "Ana"]), "_clean0": texts(["x", "y"])})
    engine.register("written", table)
    item = cleaned("written", ("v",), promised(NAME))

    assert engine.rows(f"SELECT * FROM {item} ORDER BY _row") == [(1, "Ana"), (2, "Ana")]


def test_a_table_that_is_clean_has_nothing_to_record(bench: Bench) -> None:
    found = judged(bench, {"v": ["a", None]}, promised(TRIM))
    without = judged(bench, {"w": [" a "]}, promised(Column(name="w")))

    assert found.cleaned.summary == without.cleaned.summary == "nothing to normalise"
    assert found.changes == without.changes == []


def test_only_rows_that_cleaning_changes_are_written_and_all_are_read(bench: Bench) -> None:
    values = ["a", " b", None, "c ", "N/A", "d"]
    found = judged(
        bench, {"v": values, "w": ["x"] * 6}, promised(TRIM.model_copy(update={"missing_values": ("N/A",)}))
    )

    clean = found.cleaned.clean
    assert [row["_row"] for row in rows(clean.path)] == [2, 4, 5]
    assert [row["v"] for row in rows(clean)] == ["a", "b", None, "c", None, "d"]
    assert clean.rows == 6


def test_a_clean_table_of_an_older_run_holds_every_row(bench: Bench, tmp_path: Path) -> None:
    table = pa.table({"_row": [1, 2], "v": ["a", None], "_changed": [True, False]})
    pq.write_table(table, tmp_path / "whole.parquet")
    older = CleanTable(name="clean", path=tmp_path / "whole.parquet", rows=2, columns=("_row", "v"))

    assert [row["v"] for row in rows(older)] == ["a", None]


def test_before_and_after_are_of_the_same_row_in_a_table_of_many_parts(bench: Bench) -> None:
    """With 300,000 rows several threads read them."""
    count = 300_000
    numbers = pa.array(range(1, count + 1)).cast(pa.string())
    padded = pa.compute.binary_join_element_wise(numbers, " ", "")
    table = bronze(bench, {"v": []})
    with bench.vault.writing(name_of("many")) as path:
        pq.write_table(pa.table({"v": padded}), path, row_group_size=20_000)
    many = table.model_copy(
        update={"name": name_of("many"), "path": bench.vault.table(name_of("many")), "rows": count}
    )
    contract = promised(TRIM)
    done = clean(bench, conform(many, contract).source, contract=contract)
    with bench.engine() as engine:
        record = f"read_parquet('{done.changes.path}')"
        right = "before = _row || ' ' AND after = CAST(_row AS VARCHAR) AND rule = 'trim'"
        assert engine.row(f"SELECT count(*), count(*) FILTER ({right}) FROM {record}") == (count, count)
    assert pq.read_table(done.clean.path)["_row"].equals(pa.chunked_array([pa.array(range(1, count + 1))]))
