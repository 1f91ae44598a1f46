"""Every quality construct of the standard, from the YAML to its effect on a small table (docs/rules.md has the list)."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from judged_tables import TODAY, Columns, bronze, judged

from governance.bench import Bench, open_bench
from governance.contract import odcs
from governance.contract.levels import OF_A_COLUMN, OPERATORS
from governance.contract.model import Contract
from governance.engines.duckdb import Engine
from governance.errors import ContractError, GovernanceError
from governance.findings import Dimension, Severity
from governance.settings import Settings
from governance.stages.contract import conform
from governance.stages.expectations import expect
from governance.stages.profile import profile
from governance.stages.statistical import Baseline, baseline_of, statistical
from governance.stages.threshold import Measure, judge
from governance.stages.validate import validate

NOW = datetime(2025, 11, 21, 12, 0)
HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: sales
version: 1.0.0
schema:
  - name: sales
    properties:
"""
PROPERTIES = (
    "{ name: id, logicalType: integer }",
    "{ name: city }",
    "{ name: amount, logicalType: number }",
    "{ name: day, logicalType: date }",
)
SALES: Columns = {
    "id": ["1", "2", "3", "3", None],
    "city": ["Ulm", "Ulm", "Bonn", "ulm", None],
    "amount": ["10", "-5", "20", "15", None],
    "day": ["2025-11-20", "2025-11-19", "2025-11-01", "2025-10-01", None],
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


def text(*properties: str, table: str = "", top: str = "") -> bytes:
    lines = [f"      - {entry}" for entry in properties or PROPERTIES]
    lines += [f"    {line}" for line in table.splitlines()]
    return (HEAD + "\n".join(lines) + "\n" + top).encode()


def read(*properties: str, table: str = "", top: str = "") -> Contract:
    return odcs.read(text(*properties, table=table, top=top))


def of_city(check: str) -> Contract:
    """The contract with one check of the column `city`."""
    return read(*(f"{{ name: city, quality: [{check}] }}" if "city" in one else one for one in PROPERTIES))


def of_table(check: str) -> Contract:
    return read(table=f"quality: [{check}]")


def reasons(bench: Bench, contract: Contract, table: Columns = SALES) -> dict[int, tuple[str, ...]]:
    return judged(bench, table, contract).reasons


def measures(
    bench: Bench, contract: Contract, table: Columns = SALES, *, base: Baseline | None = None
) -> dict[str, Measure]:
    conformed = conform(bronze(bench, table), contract)
    verdict = validate(bench, conformed.source, contract=contract, today=TODAY)
    found = None
    if any(line.metric in ("volume_change", *OF_A_COLUMN) for line in contract.thresholds):
        rows = bronze(bench, table)
        profiled = profile(bench, rows, contract=contract)
        found = statistical(bench, rows, contract=contract, profiled=profiled, base=base, today=TODAY)
    done = judge(bench, conformed, verdict, found, contract=contract, unreadable=0, now=NOW)
    return {one.key: one for one in done.measures}


def version(bench: Bench, contract: Contract, table: Columns) -> Baseline:
    rows = bronze(bench, table)
    profiled = profile(bench, rows, contract=contract)
    return baseline_of(
        profiled,
        statistical(bench, rows, contract=contract, profiled=profiled, base=None, today=TODAY),
        version="1",
    )


# the library

LIBRARY: dict[str, tuple[str, dict[int, tuple[str, ...]]]] = {
    "nullValues": ("{ metric: nullValues, mustBe: 0 }", {5: ("city.not_null",)}),
    "missingValues": (
        "{ metric: missingValues, mustBe: 0, arguments: { missingValues: [null, '', Bonn] } }",
        {3: ("city.not_null",), 5: ("city.not_null",)},
    ),
    "duplicateValues": (
        "{ metric: duplicateValues, mustBe: 0 }",
        {1: ("city.unique",), 2: ("city.unique",)},
    ),
    "invalidValues, a list": (
        "{ metric: invalidValues, mustBe: 0, arguments: { validValues: [Ulm, Bonn] } }",
        {4: ("city.one_of",)},
    ),
    "invalidValues, a pattern": (
        "{ metric: invalidValues, mustBe: 0, arguments: { pattern: '^[A-Z].*$' } }",
        {4: ("city.pattern",)},
    ),
    "invalidValues, both": (
        "{ metric: invalidValues, mustBe: 0, arguments: { validValues: [Ulm, ulm], pattern: '[A-Z].*' } }",
        {3: ("city.one_of",), 4: ("city.pattern",)},
    ),
}


@pytest.mark.parametrize("case", LIBRARY)
def test_a_check_of_the_library_finds_rows(bench: Bench, case: str) -> None:
    check, expected = LIBRARY[case]
    assert reasons(bench, of_city(check)) == expected


def test_duplicates_of_the_table_are_found_together(bench: Bench) -> None:
    contract = of_table("{ metric: duplicateValues, mustBe: 0, arguments: { properties: [id, day] } }")
    table = {**SALES, "day": ["2025-11-20"] * 5}

    assert reasons(bench, contract, table) == {3: ("id+day.unique_together",), 4: ("id+day.unique_together",)}


# metric and its arguments, the rule, and how many of the five rows break it
ROWS: dict[str, tuple[str, str, int]] = {
    "nullValues": ("metric: nullValues", "city.not_null", 1),
    "missingValues": ("metric: missingValues, arguments: { missingValues: [Bonn] }", "city.not_null", 2),
    "duplicateValues": ("metric: duplicateValues", "city.unique", 2),
    "invalidValues of a list": (
        "metric: invalidValues, arguments: { validValues: [Ulm, Bonn] }",
        "city.one_of",
        1,
    ),
    "invalidValues by a pattern": (
        "metric: invalidValues, arguments: { pattern: '[A-Z].*' }",
        "city.pattern",
        1,
    ),
}


@pytest.mark.parametrize("unit", ["rows", "percent"])
@pytest.mark.parametrize("case", ROWS)
def test_a_limit_on_bad_rows_is_a_rule_and_a_line(bench: Bench, case: str, unit: str) -> None:
    said, rule, count = ROWS[case]
    n = count if unit == "rows" else 20 * count
    limits = {f"mustBe: {n}": True, f"mustBeLessThan: {n + 1}": True, f"mustBeLessOrEqualTo: {n - 0.5}": False,
              f"mustBeBetween: [{n + 1}, 99]": False}  # fmt: skip
    contract = of_city(", ".join(f"{{ {said}, {limit}, unit: {unit} }}" for limit in limits))
    found = measures(bench, contract).values()

    assert [one.met for one in found] == [*limits.values()]
    assert {one.value for one in found} == {count if unit == "rows" else count / 5}
    assert sum(rule in why for why in reasons(bench, contract).values()) == count
    assert contract.not_run == ()


def test_a_check_with_a_list_and_a_pattern_draws_a_line_for_each(bench: Bench) -> None:
    contract = of_city(
        "{ metric: invalidValues, mustBeLessThan: 2, arguments: { validValues: [Ulm], pattern: '[A-Z].*' } }"
    )

    assert {key: (one.value, one.met) for key, one in measures(bench, contract).items()} == {
        "failing-city.one_of-less": (2, False),
        "failing-city.pattern-less": (1, True),
    }


def test_a_limit_on_rows_that_repeat_together(bench: Bench) -> None:
    contract = of_table(
        "{ metric: duplicateValues, mustBeLessThan: 2, arguments: { properties: [id, city] } }"
    )
    (found,) = measures(bench, contract, {**SALES, "city": ["Ulm"] * 5}).values()

    assert (found.value, found.met) == (2, False)


def test_a_line_follows_its_rule_whatever_the_rule_is_called(bench: Bench) -> None:
    """A promise made twice is one rule, and rules of one name are told apart: the line still counts its own."""
    some = "quality: [{ metric: nullValues, mustBeLessThan: 1, unit: percent, name: filled }]"
    contract = read(
        f"{{ name: city, required: true, {some} }}", f"{{ name: day, {some} }}", f"{{ name: id, {some} }}"
    )
    table: Columns = {"city": [None, "a"], "day": ["x", None], "id": ["1", "1"]}

    assert [rule.id for rule in contract.rules] == ["city.not_null", "filled", "filled_2"]
    assert [(one.value, one.met) for one in measures(bench, contract, table).values()] == [
        (0.5, False),
        (0.5, False),
        (0.0, True),
    ]


@pytest.mark.parametrize(
    "operator",
    ["mustNotBe: 3", "mustBeGreaterThan: 3", "mustBeGreaterOrEqualTo: 3", "mustNotBeBetween: [1, 3]"],
)
def test_an_operator_that_wants_bad_rows_is_said_not_to_be_run(operator: str) -> None:
    contract = of_city(f"{{ metric: nullValues, {operator} }}")

    assert contract.not_run == ("city: nullValues (library)",)
    assert contract.rules == read().rules and contract.thresholds == ()


# a limit that five keeps, and one that it does not
FIVE: dict[str, tuple[str, str]] = {
    "mustBe": ("5", "4"),
    "mustNotBe": ("4", "5"),
    "mustBeGreaterThan": ("4", "5"),
    "mustBeGreaterOrEqualTo": ("5", "6"),
    "mustBeLessThan": ("6", "5"),
    "mustBeLessOrEqualTo": ("5", "4"),
    "mustBeBetween": ("[5, 6]", "[6, 7]"),
    "mustNotBeBetween": ("[6, 7]", "[5, 6]"),
}


CHECKS = {
    "rows": "quality: [{}]|metric: rowCount",
    "rows, said so": "quality: [{}]|metric: rowCount, unit: rows",
    "a query": "quality: [{}]|type: sql, query: SELECT count(*) + 0 FROM sales",
    "a threshold of ours": "customProperties: [{{ property: thresholds, value: [{}] }}]|metric: row_count",
}


@pytest.mark.parametrize("case", CHECKS)
def test_every_operator_compares_a_measure(bench: Bench, case: str) -> None:
    where, check = CHECKS[case].split("|")
    for place, met in enumerate((True, False)):
        lines = ", ".join(f"{{ {check}, {operator}: {limits[place]} }}" for operator, limits in FIVE.items())
        found = measures(bench, read(table=where.format(lines))).values()

        assert [(one.value, one.met) for one in found] == [(5, met)] * len(OPERATORS)


@pytest.mark.parametrize("limit", ["[5, 4]", "[.nan, 4]"])
def test_a_limit_that_nothing_could_keep_is_refused_with_its_line(limit: str) -> None:
    with pytest.raises(ContractError, match=r"line 12"):
        of_table(f"{{ metric: rowCount, mustBeBetween: {limit} }}")


# severity, dimension, name

SEVERITIES = {
    "error": Severity.HIGH, "warning": Severity.MEDIUM, "info": Severity.LOW, "critical": Severity.CRITICAL,
    "low": Severity.LOW, "WARNING": Severity.MEDIUM, "blocker": Severity.HIGH,
}  # fmt: skip


@pytest.mark.parametrize("said", SEVERITIES)
def test_a_check_says_how_grave_it_is(said: str) -> None:
    (rule,) = [
        rule
        for rule in of_city(f"{{ metric: nullValues, mustBe: 0, severity: {said} }}").rules
        if rule.column == "city"
    ]
    (line,) = of_table(f"{{ metric: rowCount, mustBe: 3, severity: {said} }}").thresholds
    assert rule.severity is line.severity is SEVERITIES[said]


@pytest.mark.parametrize(
    ("said", "dimension"),
    [
        *(
            (one, one)
            for one in ("accuracy", "completeness", "conformity", "consistency", "timeliness", "uniqueness")
        ),
        ("coverage", "completeness"),
    ],
)
def test_a_check_says_its_dimension(said: str, dimension: str) -> None:
    contract = of_city(f"{{ metric: nullValues, mustBe: 0, dimension: {said}, name: mine }}")
    rule = contract.rule("mine")
    assert rule is not None and rule.dimension is Dimension(dimension)


# SQL


COUNTS = {
    "a condition": ("SELECT COUNT(*) FROM sales WHERE amount < 0", [2]),
    "words for names": ("SELECT count(*) FROM ${table} WHERE ${column} = 'Ulm' AND amount > 0", [1]),
    "other words for names": ('SELECT count(*) FROM {model} WHERE "{field}" = lower({property})', [4]),
    "days": ("SELECT count(*) AS n FROM sales WHERE day < '2025-11-01'", [4]),
    "what is missing is unknown": ("SELECT count(*) FROM sales WHERE NOT (amount > 0)", [2]),
}


@pytest.mark.parametrize("case", COUNTS)
def test_a_query_that_counts_rows_and_wants_none_gives_each_its_reason(bench: Bench, case: str) -> None:
    query, expected = COUNTS[case]
    quoted = query.replace("'", "''")
    contract = of_city(f"{{ type: sql, name: odd, query: '{quoted}', mustBe: 0 }}")

    assert contract.thresholds == ()
    assert sorted(reasons(bench, contract)) == expected
    assert set(reasons(bench, contract).values()) == {("odd",)}


NUMBERS: dict[str, tuple[str, float | None]] = {
    "an average": ("SELECT avg(amount) FROM sales", 10.0),
    "a whole number": ("SELECT max(id) FROM sales", 3.0),
    "a decimal number": ("SELECT sum(CAST(amount AS DECIMAL(9, 2))) FROM sales", 40.0),
    "distinct": ("SELECT count(DISTINCT city) FROM sales", 3.0),
    "a subquery": ("SELECT count(*) FROM (SELECT * FROM sales WHERE amount > 0) WHERE id > 1", 2.0),
    "a name for a part": ("WITH few AS (SELECT * FROM sales LIMIT 2) SELECT count(*) FROM few", 2.0),
    "no number": ("SELECT max(city) FROM sales", None),
    "nothing": ("SELECT max(amount) FROM sales WHERE id > 99", None),
    "several rows": ("SELECT amount FROM sales", None),
    "no row": ("SELECT amount FROM sales WHERE false", None),
    "an error on the way": ("SELECT max(CAST(city AS INT)) FROM sales", None),
    "more than a number can hold": ("SELECT max(amount) * 'inf'::DOUBLE FROM sales", None),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_a_query_that_gives_a_number_is_a_line(bench: Bench, case: str) -> None:
    """What gives no number kept no promise."""
    query, value = NUMBERS[case]
    quoted = query.replace("'", "''")
    (found,) = measures(bench, of_table(f"{{ type: sql, query: '{quoted}', mustBeLessThan: 1000 }}")).values()

    assert (found.value, found.met) == (value, value is not None)


REFUSED = {
    "a file": ("SELECT count(*) FROM read_text('/etc/passwd')", "not the table sales"),
    "a file by its name": ("SELECT count(*) FROM '/etc/passwd'", "not the table sales"),
    "a file in a subquery": (
        "SELECT (SELECT max(content) FROM read_text('/etc/passwd')) FROM sales",
        "not the table sales",
    ),
    "another table": ("SELECT count(*) FROM customers", "not the table sales"),
    "another table, counted": ("SELECT count(*) FROM customers WHERE amount < 0", "not the table sales"),
    "another table, joined": ("SELECT count(*) FROM sales JOIN customers USING (id)", "not the table sales"),
    "the engine's own tables": ("SELECT count(*) FROM information_schema.tables", "not the table sales"),
    "settings": ("SELECT count(*) FROM duckdb_settings()", "not the table sales"),
    "two statements": ("SELECT 1; DROP TABLE sales", "not one SELECT"),
    "a change": ("DELETE FROM sales", "not one SELECT"),
    "a copy": ("COPY sales TO '/tmp/x'", "not one SELECT"),
    "a setting": ("SET memory_limit = '1TB'", "not one SELECT"),
    "another database": ("ATTACH '/tmp/x.duckdb'", "not one SELECT"),
    "two queries": ("SELECT 1 UNION SELECT 2", "not one SELECT"),
    "two columns": ("SELECT 1, 2 FROM sales", "several columns"),
    "no SQL": ("SELECT FROM WHERE", "cannot be read as SQL|not one SELECT|several columns"),
    "no such column": ("SELECT avg(cost) FROM sales", "cannot be run: Binder Error"),
    "no such function": ("SELECT avergae(amount) FROM sales", "cannot be run: Catalog Error"),
    "text as a number": ("SELECT sum(city) FROM sales", "cannot be run"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_query_of_anything_else_is_refused_with_its_line(case: str) -> None:
    query, message = REFUSED[case]
    quoted = query.replace("'", "''")
    with pytest.raises(ContractError, match=message) as refused:
        of_table(f"{{ type: sql, query: '{quoted}', mustBe: 0 }}")
    assert "line 12" in str(refused.value)


ESCAPES = {
    "reading a file": "SELECT * FROM read_text('/etc/passwd')",
    "listing files": "SELECT * FROM glob('/etc/*')",
    "reading CSV": "SELECT * FROM read_csv('/etc/passwd')",
    "reading another table": "SELECT * FROM read_parquet('{other}')",
    "writing": "COPY (SELECT 1) TO '{folder}/out.csv'",
    "writing over what may be read": "COPY (SELECT 1 AS x) TO '{own}' (FORMAT parquet)",
    "another database": "ATTACH '{folder}/x.duckdb'",
    "an extension": "INSTALL httpfs",
    "a setting": "SET memory_limit = '1TB'",
    "the lock": "SET enable_external_access = true",
    "the list": "SET allowed_paths = ['/etc/passwd']",
    "an export": "EXPORT DATABASE '{folder}/all'",
}


@pytest.mark.parametrize("case", ESCAPES)
def test_a_locked_engine_reads_one_file_and_nothing_else(bench: Bench, tmp_path: Path, case: str) -> None:
    """Queries are parsed before they run; this is the second wall behind that."""
    own, other = tmp_path / "own.parquet", tmp_path / "other.parquet"
    with bench.engine() as engine:
        for path in (own, other):
            engine.write("SELECT 42 AS x", path)
        engine.lock(own)

        assert engine.value(f"SELECT x FROM read_parquet('{own}')") == 42
        assert is_refused(engine, ESCAPES[case].format(own=own, other=other, folder=tmp_path))
        assert engine.value(f"SELECT x FROM read_parquet('{own}')") == 42


def is_refused(engine: Engine, statement: str) -> bool:
    try:
        engine.rows(statement)
    except GovernanceError:
        return True
    return False


# custom and text


def test_a_check_of_great_expectations_is_run_on_the_kept_rows(bench: Bench) -> None:
    """As an object or as text, with the names of classes or with underscores."""
    contract = of_city(
        "{ type: custom, engine: greatExpectations, name: few words, severity: low, "
        "implementation: { type: ExpectColumnValueLengthsToBeBetween, kwargs: { max_value: 3 } } }, "
        "{ type: custom, engine: great-expectations, implementation: "
        '"{ expectation_type: expect_table_row_count_to_equal, kwargs: { value: 5 } }" }'
    )
    done = judged(bench, SALES, contract)
    found = expect(bench, done.parted.kept, contract=contract, choices=(), today=TODAY)
    theirs = {
        one.rule: one
        for one in found.results
        if one.rule in ("few words", "city.expect_table_row_count_to_equal")
    }

    assert contract.not_run == ()
    assert {name: one.success for name, one in theirs.items()} == {
        "few words": False,
        "city.expect_table_row_count_to_equal": True,
    }
    assert (theirs["few words"].column, theirs["few words"].severity) == ("city", Severity.LOW)


@pytest.mark.parametrize(
    ("implementation", "message"),
    [
        ("{ kwargs: { column: city } }", "has no type"),
        ("'{ type: ['", "not YAML"),
        ("{ type: 'drop table' }", "not the name of an expectation"),
    ],
)
def test_a_check_of_great_expectations_that_cannot_be_read_is_refused(
    implementation: str, message: str
) -> None:
    with pytest.raises(ContractError, match=message) as refused:
        of_table(f"{{ type: custom, engine: greatExpectations, implementation: {implementation} }}")
    assert "line 12" in str(refused.value)


@pytest.mark.parametrize("engine", ["soda", "dbt", "monte-carlo"])
def test_a_check_of_another_engine_is_kept_and_said_not_to_be_run(engine: str) -> None:
    contract = of_table(f"{{ type: custom, name: theirs, engine: {engine}, implementation: 'x: y' }}")
    assert contract.not_run == ("sales: theirs (custom)",)


def test_a_text_is_for_people() -> None:
    contract = of_city("{ type: text, description: Cities look like cities }")
    assert contract.not_run == ("city: Cities look like cities (text, for people)",)
    assert contract.thresholds == ()


ASSAY: dict[str, tuple[str, dict[int, tuple[str, ...]]]] = {
    "of a column": ("{ kind: not_blank, column: city }", {}),
    "of the table": ("{ kind: compare, column: amount, operator: '>=', other: id }", {2: ("r",)}),
    "shown at the first column that it reads": (
        "{ kind: if_then, when: id > 2, then: city = 'Bonn' }",
        {4: ("r",)},
    ),
    "camel case": ("{ kind: date_range, column: day, daysAgoAtMost: 30 }", {4: ("r",)}),
    "several columns": ("{ kind: unique_together, columns: [city, id] }", {}),
    "on, without quotes": ("{ kind: depends, column: city, on: [id] }", {3: ("r",), 4: ("r",)}),
    "a condition": ("{ kind: sql, where: amount > 100 OR city = 'ulm' }", {4: ("r",)}),
    "fences": ("{ kind: outlier, column: amount, method: mad, factor: 2, least: 3 }", {2: ("r",)}),
}


@pytest.mark.parametrize("case", ASSAY)
def test_a_rule_kind_in_a_contract(bench: Bench, case: str) -> None:
    said, expected = ASSAY[case]
    contract = of_table(f"{{ type: custom, engine: assay, name: r, implementation: {said} }}")
    assert reasons(bench, contract) == expected


KINDS_REFUSED = {
    "no kind": ("{ column: city }", "needs a kind"),
    "no such kind": ("{ kind: prime, column: id }", "prime"),
    "no column": ("{ kind: email }", "needs a column"),
    "no such column": ("{ kind: email, column: mail }", "no column 'mail'"),
    "no such argument": ("{ kind: email, column: city, strict: true }", "strict"),
    "ours to set": (
        "{ kind: reference, column: id, dataset: a, target: b, files: [/etc/passwd] }",
        "not for a contract to set",
    ),
    "no bound": ("{ kind: range, column: id }", "a bound is missing"),
    "no length": ("{ kind: length, column: city }", "a bound is missing"),
    "no day": ("{ kind: date_range, column: day }", "a bound is missing"),
    "bounds crossed": ("{ kind: range, column: id, low: 3, high: 2 }", "at least 3.0 and at most 2.0"),
    "no number": ("{ kind: range, column: id, low: .nan }", "finite"),
    "without end": ("{ kind: outlier, column: id, factor: .inf }", "finite"),
    "no step": ("{ kind: multiple, column: id, step: 0 }", "greater than 0"),
    "no words": ("{ kind: one_of, column: city, values: [] }", "at least 1"),
    "too long ago": ("{ kind: date_range, column: day, yearsAgoAtLeast: 5000 }", "1000"),
    "a text as a number": ("{ kind: sql, where: city + 1 > 2 }", "cannot be run: Binder Error"),
    "a number as a text": ("{ kind: if_then, then: length(amount) > 2 }", "cannot be run: Binder Error"),
    "a pattern that cannot run": ("{ kind: sql, where: \"regexp_matches(city, '[')\" }", "cannot be run"),
    "a day without a format": ("{ kind: sql, where: \"try_strptime(city, '%Q') IS NULL\" }", "cannot be run"),
    "a query": ("{ kind: sql, where: (SELECT true) }", "not allowed"),
    "a look-ahead": ("{ kind: pattern, column: city, pattern: '(?=a)' }", "look-ahead"),
    "an odd format": ("{ kind: date_format, column: city, format: YYYY }", "not known"),
}


@pytest.mark.parametrize("case", KINDS_REFUSED)
def test_a_rule_kind_that_cannot_be_meant_is_refused_with_its_line(case: str) -> None:
    said, message = KINDS_REFUSED[case]
    with pytest.raises(ContractError, match=message) as refused:
        of_table(f"{{ type: custom, engine: assay, implementation: {said} }}")
    assert "line 12" in str(refused.value)


@pytest.mark.parametrize(
    "name", ['say "hi"', "it's", "a b", "🤿", r"back\1slash", "select", "{table}", "$x", "k0"]
)
def test_a_check_of_a_column_of_any_name(bench: Bench, name: str) -> None:
    said = json.dumps(name, ensure_ascii=False)
    checks = (
        "{ type: sql, name: counted, query: 'SELECT count(*) FROM ${table} WHERE ${column} = ''b''', mustBe: 0 }, "
        "{ metric: duplicateValues, mustBe: 0, name: once }, "
        "{ type: sql, name: number, query: 'SELECT count(DISTINCT ${column}) FROM ${table}', mustBe: 2 }"
    )
    contract = read(f"{{ name: {said}, quality: [{checks}] }}")
    table: Columns = {name: ["a", "b", "a", None]}

    assert reasons(bench, contract, table) == {1: ("once",), 2: ("counted",), 3: ("once",)}
    assert [one.met for one in measures(bench, contract, table).values()] == [True]


# thresholds, metric by metric


def line(said: str, *, low: float = 0, high: float = 0) -> Contract:
    both = [f"{{ {said}, mustBeGreaterOrEqualTo: {low} }}", f"{{ {said}, mustBeLessOrEqualTo: {high} }}"]
    return read(table=f"customProperties: [{{ property: thresholds, value: [{', '.join(both)}] }}]")


BEFORE: Columns = {
    "id": [str(n) for n in range(400)],
    "city": ["Ulm", "Bonn"] * 200,
    "amount": [str(n % 100) for n in range(400)],
    "day": ["2025-11-01"] * 400,
}
NOW_ROWS: Columns = {
    "id": [str(n) for n in range(300)],
    "city": ["Ulm", "Köln", "Jena"] * 100,
    "amount": [*(str(50 + n % 100) for n in range(297)), "9999", "9999", "-9999"],
    "day": ["2025-11-20"] * 300,
}
DRIFT: dict[str, tuple[str, float]] = {
    "volume_change": ("metric: volume_change", -0.25),
    "ks": ("metric: ks, column: amount", 0.5),
    "new_categories": ("metric: new_categories, column: city", 2),
    "vanished_categories": ("metric: vanished_categories, column: city", 1),
    "outliers": ("metric: outliers, column: amount", 0.01),
}


@pytest.mark.parametrize("metric", DRIFT)
def test_a_measure_against_the_last_version(bench: Bench, metric: str) -> None:
    said, value = DRIFT[metric]
    near = 0.02 if metric == "ks" else 1e-9
    contract = line(said, low=value - near, high=value + near)
    found = measures(bench, contract, NOW_ROWS, base=version(bench, contract, BEFORE))

    assert [(round(one.value or 0, 2), one.met) for one in found.values()] == [
        (pytest.approx(value, abs=near), True)
    ] * 2
    beyond = line(said, low=value + 2 * near, high=value - 2 * near)
    assert not any(
        one.met for one in measures(bench, beyond, NOW_ROWS, base=version(bench, contract, BEFORE)).values()
    )


def test_a_measure_of_drift_by_the_index(bench: Bench) -> None:
    contract = line("metric: psi, column: amount", low=0.25, high=1e9)
    base = version(bench, contract, BEFORE)

    assert all(one.met for one in measures(bench, contract, NOW_ROWS, base=base).values())
    still = measures(bench, contract, BEFORE, base=base)
    assert [(round(one.value or 0, 3), one.met) for one in still.values()] == [(0.0, False), (0.0, True)]


@pytest.mark.parametrize("metric", [name for name in DRIFT if name != "outliers"])
def test_without_a_last_version_there_is_nothing_to_measure(bench: Bench, metric: str) -> None:
    found = measures(bench, line(DRIFT[metric][0], low=5, high=5), NOW_ROWS)
    assert [(one.value, one.met) for one in found.values()] == [(None, True)] * 2


def test_shares_are_written_in_percent_too(bench: Bench) -> None:
    lines = "{ metric: volume_change, mustBeBetween: [-30, 50], unit: percent }, { metric: outliers, column: amount, mustBeLessThan: 5, unit: percent }"
    contract = read(table=f"customProperties: [{{ property: thresholds, value: [{lines}] }}]")
    found = measures(bench, contract, NOW_ROWS, base=version(bench, contract, BEFORE))

    assert [(one.limit, one.met) for one in found.values()] == [(-0.3, True), (0.05, True)]


OURS: dict[str, tuple[str, float]] = {
    "completeness": (
        "{ metric: completeness, mustBeGreaterOrEqualTo: 80, unit: percent, column: city }",
        0.8,
    ),
    "accuracy": ("{ metric: accuracy, mustBeGreaterOrEqualTo: 60, unit: percent }", 0.6),
    "duplicates": ("{ metric: duplicates, mustBeLessOrEqualTo: 40, unit: percent, column: id }", 0.4),
    "row_count": ("{ metric: row_count, mustBe: 5 }", 5),
    "freshness": ("{ metric: freshness, mustBeLessOrEqualTo: 13, unit: h, column: day }", 12.0),
}


@pytest.mark.parametrize("metric", OURS)
def test_a_threshold_of_ours_is_measured(bench: Bench, metric: str) -> None:
    said, value = OURS[metric]
    contract = read(
        "{ name: id, logicalType: integer, unique: true }",
        "{ name: city, required: true }",
        *PROPERTIES[2:],
        table=f"customProperties: [{{ property: thresholds, value: [{said}] }}]",
    )
    table = {**SALES, "id": ["1", "2", "3", "3", "4"]} if metric == "duplicates" else SALES
    table = {**SALES, "id": ["1", "2", "3", "3", "4"], "city": ["a"] * 5} if metric == "accuracy" else table
    (found,) = measures(bench, contract, table).values()

    assert found.value == pytest.approx(value, abs=0.01)
    assert found.met


def test_a_service_level_of_freshness_is_measured(bench: Bench) -> None:
    top = "slaProperties: [{ property: freshness, value: 12, unit: h, element: sales.day }, { property: retention, value: 3, unit: y }]\n"
    contract = read(top=top)
    (found,) = measures(bench, contract).values()

    assert (found.met, found.severity) == (False, Severity.MEDIUM)
    assert contract.not_run == ("sales: retention (service level)",)


# what a property promises, and its effect

PROMISES: dict[str, tuple[str, list[str | None], dict[int, tuple[str, ...]]]] = {
    "required": ("required: true", ["a", None, ""], {2: ("x.not_null",), 3: ("x.not_null",)}),
    "unique": ("unique: true", ["a", "b", "a", None, None], {1: ("x.unique",), 3: ("x.unique",)}),
    "primaryKey": ("primaryKey: true", ["a", "a", None], {1: ("x.unique",), 2: ("x.unique",), 3: ("x.not_null",)}),
    "enum": ("enum: [{ value: a }, { value: 7 }]", ["a", "7", "b", None], {3: ("x.one_of",)}),
    "integer": ("logicalType: integer", ["1", "1.0", None], {2: ("x.type",)}),
    "number": ("logicalType: number", ["1.5", "x", None], {2: ("x.type",)}),
    "boolean": ("logicalType: boolean", ["yes", "ja", None], {2: ("x.type",)}),
    "date": ("logicalType: date", ["2024-02-29", "2023-02-29", "3/4/2024", None], {2: ("x.type",), 3: ("x.ambiguous_date",)}),
    "timestamp": ("logicalType: timestamp", ["2024-02-29 10:00", "10:00", None], {2: ("x.type",)}),
    "minLength": ("logicalTypeOptions: { minLength: 2 }", ["a", "ab", None], {1: ("x.length",)}),
    "maxLength": ("logicalTypeOptions: { maxLength: 2 }", ["abc", "ab", None], {1: ("x.length",)}),
    "pattern": ("logicalTypeOptions: { pattern: '^[a-z]+$' }", ["abc", "Ab", None], {2: ("x.pattern",)}),
    "format: email": ("logicalTypeOptions: { format: email }", ["a@b.de", "a", None], {2: ("x.email",)}),
    "format: uuid": ("logicalTypeOptions: { format: uuid }", ["123e4567-e89b-12d3-a456-426614174000", "1"], {2: ("x.uuid",)}),
    "format: ipv4": ("logicalTypeOptions: { format: ipv4 }", ["10.0.0.1", "10.0.0.256"], {2: ("x.ipv4",)}),
    "format: ipv6": ("logicalTypeOptions: { format: ipv6 }", ["::1", ":1"], {2: ("x.ipv6",)}),
    "format: hostname": ("logicalTypeOptions: { format: hostname }", ["a.example", "-a"], {2: ("x.hostname",)}),
    "format: uri": ("logicalTypeOptions: { format: uri }", ["urn:a", "a"], {2: ("x.uri",)}),
    "minimum": ("logicalType: integer, logicalTypeOptions: { minimum: 2 }", ["1", "2"], {1: ("x.range",)}),
    "maximum": ("logicalType: number, logicalTypeOptions: { maximum: 2 }", ["2.1", "2"], {1: ("x.range",)}),
    "exclusiveMinimum": ("logicalType: number, logicalTypeOptions: { exclusiveMinimum: 2 }", ["2", "2.1"], {1: ("x.range",)}),
    "exclusiveMaximum": ("logicalType: number, logicalTypeOptions: { exclusiveMaximum: 2 }", ["2", "1.9"], {1: ("x.range",)}),
    "multipleOf": ("logicalType: number, logicalTypeOptions: { multipleOf: 0.5 }", ["1.5", "1.6"], {2: ("x.multiple",)}),
    "minimum of days": ("logicalType: date, logicalTypeOptions: { minimum: 2024-01-01 }", ["2023-12-31", "2024-01-01"], {1: ("x.date_range",)}),
    "exclusiveMaximum of days": ("logicalType: date, logicalTypeOptions: { exclusiveMaximum: 2024-01-01 }", ["2024-01-01", "2023-12-31"], {1: ("x.date_range",)}),
    "maximum of times": ("logicalType: timestamp, logicalTypeOptions: { maximum: '2024-01-01T00:00:00Z' }", ["2024-01-01 00:00:01", "2024-01-01T02:00+02"], {1: ("x.time_range",)}),
    "exclusiveMinimum of times": ("logicalType: timestamp, logicalTypeOptions: { exclusiveMinimum: '2024-01-01T00:00:00Z' }", ["2024-01-01", "2024-01-01 00:00:00.000001"], {1: ("x.time_range",)}),
}  # fmt: skip


@pytest.mark.parametrize("case", PROMISES)
def test_a_promise_of_a_property_and_its_effect(bench: Bench, case: str) -> None:
    said, values, expected = PROMISES[case]
    contract = read(f"{{ name: x, {said} }}")

    assert contract.not_run == ()
    assert reasons(bench, contract, {"x": values}) == expected


def test_a_key_of_several_columns(bench: Bench) -> None:
    contract = read("{ name: a, primaryKey: true }", "{ name: b, primaryKey: true }")
    table: Columns = {"a": ["1", "1", "1", None], "b": ["x", "y", "x", "x"]}

    assert reasons(bench, contract, table) == {
        1: ("a+b.unique_together",),
        3: ("a+b.unique_together",),
        4: ("a.not_null",),
    }


def test_a_relationship_is_a_reference_to_another_dataset() -> None:
    contract = read("{ name: x, relationships: [{ to: customers.customer_id }] }")
    (rule,) = contract.rules

    assert (rule.kind, getattr(rule, "dataset", ""), getattr(rule, "target", "")) == (
        "reference",
        "customers",
        "customer_id",
    )
    assert rule.failing(date(2025, 1, 1)).sql() == "FALSE", (
        "until a run is ordered, nothing is there to compare with"
    )


def test_every_metric_is_tried_here() -> None:
    from typing import get_args

    from governance.contract.model import Metric

    rows: Any = {"failing", "sql"}
    assert set(get_args(Metric)) == rows | set(OURS) | set(DRIFT) | {"psi"}
    assert set(FIVE) == set(OPERATORS)
