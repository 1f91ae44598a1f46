"""ODCS to the engine's contract: every key that is honoured, and every mistake with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from governance.contract import custom, odcs
from governance.contract.model import Contract
from governance.engines.duckdb import open_engine
from governance.errors import ContractError
from governance.findings import Severity
from governance.rules import cleaning, sql
from governance.settings import PROJECT, Settings

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: t
version: 1.0.0
schema:
  - name: t
    properties:
"""
FIRST = 8
"""The line of the first property."""


def text(*properties: str, table: str = "", top: str = "") -> bytes:
    """A contract: its properties in flow style, one a line, then keys of the table and of the top."""
    lines = [f"      - {entry}" for entry in properties]
    lines += [f"    {line}" for line in table.splitlines()]
    return (HEAD + "\n".join(lines) + "\n" + top).encode()


def read(*properties: str, table: str = "", top: str = "") -> Contract:
    return odcs.read(text(*properties, table=table, top=top))


def ours(**values: str) -> str:
    items = ", ".join(f"{{property: {name}, value: {value}}}" for name, value in values.items())
    return f"customProperties: [{items}]"


@pytest.mark.parametrize("name", ["customers", "divers"])
def test_the_contracts_that_come_with_the_product_are_read(name: str) -> None:
    contract = odcs.read((PROJECT / "contracts" / f"{name}.yaml").read_bytes())
    assert contract.dataset == name
    assert contract.rules
    assert not contract.not_run


RULES: list[tuple[str, str, list[dict[str, Any]]]] = [
    # what is shown, the property, the rules it makes
    ("nothing promised", "{name: x}", []),
    ("required", "{name: x, required: true}", [{"kind": "not_null", "id": "x.not_null", "severity": "high"}]),
    (
        "primary key",
        "{name: x, primaryKey: true}",
        [{"kind": "not_null", "severity": "critical"}, {"kind": "unique", "severity": "high"}],
    ),
    ("unique", "{name: x, unique: true}", [{"kind": "unique", "id": "x.unique"}]),
    (
        "latest wins",
        f"{{name: x, unique: true, {ours(onDuplicate='keepLatest')}}}",
        [{"kind": "superseded", "id": "x.superseded"}],
    ),
    ("integer", "{name: x, logicalType: integer}", [{"kind": "type", "type": "integer"}]),
    ("number", "{name: x, logicalType: number}", [{"kind": "type", "type": "number"}]),
    ("boolean", "{name: x, logicalType: boolean}", [{"kind": "type", "type": "boolean"}]),
    ("timestamp", "{name: x, logicalType: timestamp}", [{"kind": "type", "type": "timestamp"}]),
    (
        "date",
        "{name: x, logicalType: date}",
        [{"kind": "type", "type": "date"}, {"kind": "ambiguous_date", "severity": "medium"}],
    ),
    (
        "date whose order is stated",
        f"{{name: x, logicalType: date, {ours(cleaning='[trim, date]', dateOrder='dmy')}}}",
        [{"kind": "type", "type": "date"}],
    ),
    (
        "bounds",
        "{name: x, logicalType: number, logicalTypeOptions: {minimum: 0, maximum: 9.5}}",
        [{"kind": "type"}, {"kind": "range", "low": 0.0, "high": 9.5, "exclusive_low": False}],
    ),
    (
        "exclusive minimum",
        "{name: x, logicalType: integer, logicalTypeOptions: {exclusiveMinimum: 0}}",
        [{"kind": "type"}, {"kind": "range", "low": 0.0, "high": None, "exclusive_low": True}],
    ),
    (
        "the tighter of two minimums",
        "{name: x, logicalType: integer, logicalTypeOptions: {minimum: 5, exclusiveMinimum: 0}}",
        [{"kind": "type"}, {"kind": "range", "low": 5.0, "exclusive_low": False}],
    ),
    (
        "exclusive maximum of whole numbers",
        "{name: x, logicalType: integer, logicalTypeOptions: {exclusiveMaximum: 10}}",
        [{"kind": "type"}, {"kind": "range", "low": None, "high": 9.0}],
    ),
    (
        "lengths",
        "{name: x, logicalTypeOptions: {minLength: 2, maxLength: 5}}",
        [{"kind": "length", "low": 2, "high": 5}],
    ),
    ("e-mail", "{name: x, logicalTypeOptions: {format: email}}", [{"kind": "email"}]),
    (
        "pattern with anchors",
        f"{{name: x, logicalTypeOptions: {{pattern: '^[A-Z]+$'}}, {ours(patternLabel='capitals')}}}",
        [{"kind": "pattern", "pattern": "[A-Z]+", "label": "capitals"}],
    ),
    (
        "pattern ending in a dollar sign",
        r"{name: x, logicalTypeOptions: {pattern: '[0-9]+\$'}}",
        [{"kind": "pattern", "pattern": r"[0-9]+\$"}],
    ),
    (
        "days between",
        "{name: x, logicalType: date, logicalTypeOptions: {minimum: '1900-01-01', maximum: 2020-12-31}}",
        [
            {"kind": "type"},
            {"kind": "ambiguous_date"},
            {"kind": "date_range", "low": date(1900, 1, 1), "high": date(2020, 12, 31)},
        ],
    ),
    (
        "days strictly between",
        "{name: x, logicalType: date, logicalTypeOptions: {exclusiveMinimum: '1999-12-31', "
        "exclusiveMaximum: '2000-01-02'}}",
        [
            {"kind": "type"},
            {"kind": "ambiguous_date"},
            {"kind": "date_range", "low": date(2000, 1, 1), "high": date(2000, 1, 1)},
        ],
    ),
    (
        "days relative to the run",
        f"{{name: x, logicalType: date, {ours(notFuture='true', yearsAgoAtLeast='10')}}}",
        [
            {"kind": "type"},
            {"kind": "ambiguous_date"},
            {"kind": "date_range", "years_ago_at_least": 10, "not_future": True},
        ],
    ),
    (
        "allowed words",
        "{name: x, enum: [{value: a}, {value: 2}, {value: 'no'}, {value: 2020-01-01}]}",
        [{"kind": "one_of", "values": ("a", "2", "no", "2020-01-01")}],
    ),
    (
        "severity",
        f"{{name: x, required: true, {ours(severity='low')}}}",
        [{"kind": "not_null", "severity": "low"}],
    ),
    (
        "check: no missing values",
        "{name: x, quality: [{metric: nullValues, mustBe: 0, severity: warning}]}",
        [{"kind": "not_null", "id": "x.not_null", "severity": "medium"}],
    ),
    (
        "check: no doubles, with a name",
        "{name: x, quality: [{metric: duplicateValues, mustBe: 0, name: one each}]}",
        [{"kind": "unique", "id": "one each"}],
    ),
    (
        "check: valid values and a pattern",
        "{name: x, quality: [{metric: invalidValues, mustBe: 0, "
        "arguments: {validValues: [a, b], pattern: '[ab]'}}]}",
        [{"kind": "one_of", "values": ("a", "b")}, {"kind": "pattern", "pattern": "[ab]"}],
    ),
    (
        "a promise made twice is one rule, at its worst",
        "{name: x, required: true, quality: [{metric: nullValues, mustBe: 0, severity: critical}]}",
        [{"kind": "not_null", "id": "x.not_null", "severity": "critical"}],
    ),
    (
        "two promises of one kind have two names",
        "{name: x, enum: [{value: a}], quality: [{metric: invalidValues, mustBe: 0, "
        "arguments: {validValues: [a, b]}}]}",
        [{"kind": "one_of", "id": "x.one_of"}, {"kind": "one_of", "id": "x.one_of_2"}],
    ),
]


@pytest.mark.parametrize(("entry", "expected"), [case[1:] for case in RULES], ids=[case[0] for case in RULES])
def test_a_property_makes_rules(entry: str, expected: list[dict[str, Any]]) -> None:
    rules = [rule.model_dump() for rule in read(entry).rules]
    said = [{key: rule[key] for key in want} for rule, want in zip(rules, expected, strict=False)]
    assert said == expected
    assert len(rules) == len(expected)


def test_checks_of_one_name_on_two_columns_are_told_apart() -> None:
    check = "quality: [{metric: nullValues, mustBe: 0, name: filled}]"
    contract = read(f"{{name: a, {check}}}", f"{{name: b, {check}}}")
    assert [rule.id for rule in contract.rules] == ["filled", "filled_2"]


def test_a_key_of_two_columns_makes_neither_unique() -> None:
    contract = read("{name: a, primaryKey: true}", "{name: b, primaryKey: true}")
    assert [rule.id for rule in contract.rules] == ["a.not_null", "b.not_null", "a+b.unique_together"]
    assert contract.key == ("a", "b")
    assert contract.not_run == ()


def test_a_column_says_how_it_is_cleaned_and_masked() -> None:
    column = read(
        "{name: x, businessName: X, description: ' d ', classification: restricted, "
        + ours(cleaning="[trim, lower]", missingValues="[N/A, -1]", semantic="email", masking="redact")
        + "}"
    ).columns[0]
    assert (column.cleaning, column.missing_values) == (("trim", "lower"), ("N/A", "-1"))
    assert (column.semantic, column.masking, column.classification) == ("email", "redact", "restricted")
    assert (column.business_name, column.description, column.required) == ("X", "d", False)


def test_a_column_is_trimmed_when_nothing_is_said() -> None:
    assert read("{name: x}").columns[0].cleaning == ("trim",)


def test_the_standards_words_for_missing_are_added_to_ours() -> None:
    check = "quality: [{metric: missingValues, mustBe: 0, arguments: {missingValues: [null, '', '?', '-']}}]"
    words = ours(missingValues="['?']")
    column = read(f"{{name: x, {words}, {check}}}").columns[0]
    assert column.missing_values == ("?", "-")


def test_approvals_are_read_from_the_table_or_from_the_top() -> None:
    table = "customProperties: [{property: minApprovals, value: 2}]"
    top = "customProperties: [{property: allowNoReview, value: false}]"
    contract = read("{name: x}", table=table, top=top)
    assert (contract.min_approvals, contract.allow_no_review) == (2, False)
    assert (read("{name: x}").min_approvals, read("{name: x}").allow_no_review) == (1, True)


LINES: list[tuple[str, str, tuple[str, float, str, str]]] = [
    # the entry of thresholds, its metric, limit, severity, column
    (
        "percent",
        "{metric: accuracy, mustBeGreaterOrEqualTo: 98, unit: percent}",
        ("accuracy", 0.98, "high", ""),
    ),
    (
        "share",
        "{metric: duplicates, mustBeLessOrEqualTo: 0.01, severity: low}",
        ("duplicates", 0.01, "low", ""),
    ),
    (
        "of one column",
        "{metric: completeness, mustBeGreaterOrEqualTo: 90, unit: percent, column: d}",
        ("completeness", 0.9, "high", "d"),
    ),
    (
        "rows",
        "{metric: row_count, mustBeGreaterOrEqualTo: 1000, unit: rows}",
        ("row_count", 1000, "high", ""),
    ),
    (
        "hours",
        "{metric: freshness, mustBeLessOrEqualTo: 2, unit: d, column: d}",
        ("freshness", 48, "high", "d"),
    ),
]


@pytest.mark.parametrize(("entry", "expected"), [case[1:] for case in LINES], ids=[case[0] for case in LINES])
def test_thresholds(entry: str, expected: tuple[str, float, str, str]) -> None:
    table = f"customProperties: [{{property: thresholds, value: [{entry}]}}]"
    (line,) = read("{name: d, logicalType: date}", table=table).thresholds
    assert (line.metric, line.limit, line.severity.value, line.column) == expected


def test_one_measure_may_have_a_line_to_review_at_and_one_to_refuse_at() -> None:
    entries = ", ".join(
        f"{{metric: accuracy, mustBeGreaterOrEqualTo: {limit}, unit: percent, severity: {severity}}}"
        for limit, severity in ((98, "high"), (50, "critical"))
    )
    table = f"customProperties: [{{property: thresholds, value: [{entries}]}}]"
    assert [line.key for line in read("{name: x}", table=table).thresholds] == [
        "accuracy",
        "accuracy-critical",
    ]


@pytest.mark.parametrize(
    ("check", "limit"),
    [("mustBeGreaterThan: 99", 99), ("mustBeGreaterOrEqualTo: 100, severity: critical", 100)],
)
def test_the_standards_row_count_is_a_threshold(check: str, limit: float) -> None:
    (line,) = read("{name: x}", table=f"quality: [{{metric: rowCount, {check}}}]").thresholds
    assert (line.metric, line.limit) == ("row_count", limit)
    assert (line.met(99), line.met(100)) == (False, True)


@pytest.mark.parametrize(
    ("level", "hours"),
    [
        ("value: 24, unit: h, element: t.d", 24),
        ("value: '2', unit: days, element: d", 48),
        ("value: 30, unit: min, element: t.d", 0.5),
        ("value: 1, unit: y, element: t.d", 8760),
        ("value: 1, element: t.d", 1),
    ],
)
def test_freshness(level: str, hours: float) -> None:
    top = f"slaProperties: [{{property: freshness, {level}}}]\n"
    (line,) = read("{name: d, logicalType: date}", top=top).thresholds
    assert (line.metric, line.limit, line.column, line.severity) == ("freshness", hours, "d", Severity.MEDIUM)


def test_freshness_of_a_column_with_a_dot_in_its_name_and_of_the_default_element() -> None:
    top = "slaDefaultElement: t.a.b\nslaProperties: [{property: latency, value: 3}]\n"
    assert read("{name: a.b, logicalType: timestamp}", top=top).thresholds[0].column == "a.b"


KEPT: list[tuple[str, str, str, str, str]] = [
    # the property, keys of the table, keys of the top, and the line that says what is not run
    (
        "text check",
        "{name: x, quality: [{type: text, name: looks odd}]}",
        "",
        "",
        "x: looks odd (text, for people)",
    ),
    (
        "custom check",
        "{name: x}",
        "quality: [{type: custom, engine: soda, implementation: y}]",
        "",
        "t: custom (custom)",
    ),
    (
        "a check that wants bad rows",
        "{name: x, quality: [{metric: nullValues, mustBeGreaterThan: 5}]}",
        "",
        "",
        "x: nullValues (library)",
    ),
    (
        "percent of rows",
        "{name: x}",
        "quality: [{metric: rowCount, mustBeLessThan: 5, unit: percent}]",
        "",
        "t: rowCount (library)",
    ),
    (
        "format",
        "{name: x, logicalTypeOptions: {format: password}}",
        "",
        "",
        "x: format password (option of the type)",
    ),
    (
        "a long way to another table",
        "{name: x, relationships: [{to: other.yaml#/schema/t/properties/y}]}",
        "",
        "",
        "x: other.yaml#/schema/t/properties/y (relationship)",
    ),
    (
        "service level",
        "{name: x}",
        "",
        "slaProperties: [{property: retention, value: 3, unit: y}]\n",
        "t: retention (service level)",
    ),
]


@pytest.mark.parametrize(
    ("entry", "table", "top", "expected"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT]
)
def test_what_is_kept_but_not_run_is_said(entry: str, table: str, top: str, expected: str) -> None:
    assert read(entry, table=table, top=top).not_run == (expected,)


def test_a_check_that_allows_none_is_run_to_the_letter() -> None:
    for limit in ("mustBe: 0", "mustBeLessThan: 1", "mustBeLessOrEqualTo: 0"):
        assert read(f"{{name: x, quality: [{{metric: nullValues, {limit}}}]}}").not_run == ()


MISTAKES: list[tuple[str, bytes, str]] = [
    # what is wrong, the text, what the message must hold
    ("no YAML", b"a: b: c", "not valid YAML at line 1"),
    ("no mapping", b"- a", "not a YAML mapping"),
    ("empty", b"", "not a YAML mapping"),
    ("not UTF-8", b"a: \xff\xfe\xff", "not UTF-8"),
    (
        "a day that is none",
        text("{name: x, logicalTypeOptions: {minimum: 2020-13-45}}"),
        "cannot|can be read",
    ),
    ("a key twice", text("{name: x}", top="id: again\n"), "twice.*|line 9"),
    ("a name twice in one entry", text("{name: x, name: y}"), f"line {FIRST}"),
    ("typo in a property", text("{name: x}", "{name: y, requird: true}"), f"line {FIRST + 1}.*requird"),
    ("typo at the top", text("{name: x}", top="staus: active\n"), f"line {FIRST + 1}.*staus"),
    ("typo in an option", text("{name: x, logicalTypeOptions: {minLenght: 1}}"), f"line {FIRST}.*minLenght"),
    (
        "option of another type",
        text("{name: x, logicalType: string, logicalTypeOptions: {minimum: 1}}"),
        "line 8",
    ),
    ("unknown type", text("{name: x, logicalType: strng}"), f"line {FIRST}.*strng"),
    (
        "a type for trees",
        text("{name: x}", "{name: y, logicalType: object}"),
        f"flat table.*line {FIRST + 1}",
    ),
    ("no version", text("{name: x}").replace(b"version: 1.0.0\n", b""), "'version' is a required property"),
    ("two tables", text("{name: x}", top="  - name: u\n    properties: []\n"), f"2 tables.*line {FIRST + 1}"),
    ("no table", text("{name: x}").split(b"schema:")[0], "no table"),
    (
        "no name for a dataset",
        text("{name: x}").replace(b"- name: t", b"- name: my table"),
        "dataset.*line 6",
    ),
    ("a column twice", text("{name: x}", "{name: X}"), f"twice.*line {FIRST + 1}"),
    ("a column of ours", text("{name: _row}"), f"cannot be the name of a column.*line {FIRST}"),
    ("a column without a name", text("{name: ''}"), f"line {FIRST}"),
    ("look-ahead", text("{name: x, logicalTypeOptions: {pattern: '(?=a)b'}}"), f"look-ahead.*line {FIRST}"),
    ("look-behind", text("{name: x, logicalTypeOptions: {pattern: '(?<!a)b'}}"), "look-behind"),
    (
        "reference back",
        text(r"{name: x, logicalTypeOptions: {pattern: '(a)\1'}}"),
        f"RE2 cannot run.*line {FIRST}",
    ),
    ("broken pattern", text("{name: x, logicalTypeOptions: {pattern: '['}}"), "missing ]"),
    (
        "broken pattern of a check",
        text("{name: x, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: '('}}]}"),
        "RE2 cannot run",
    ),
    (
        "bounds crossed",
        text("{name: x, logicalType: integer, logicalTypeOptions: {minimum: 2, maximum: 1}}"),
        "line 8",
    ),
    (
        "lengths crossed",
        text("{name: x, logicalTypeOptions: {minLength: 3, maxLength: 2}}"),
        "at least 3 and at most 2",
    ),
    (
        "a bound that is no day",
        text("{name: x, logicalType: date, logicalTypeOptions: {minimum: 1.1.1900}}"),
        f"no day.*line {FIRST}.*YYYY-MM-DD",
    ),
    (
        "an allowed word YAML takes for true",
        text("{name: x, enum: [{value: yes}]}"),
        "reads .*true.*line 8.*quotes",
    ),
    ("an allowed word YAML takes for nothing", text("{name: x, enum: [{value: null}]}"), "line 8"),
    (
        "order without reading",
        text(f"{{name: x, logicalType: date, {ours(dateOrder='mdy')}}}"),
        "nothing that reads it",
    ),
    (
        "order of a text",
        text(f"{{name: x, {ours(cleaning='[trim, date]', dateOrder='mdy')}}}"),
        "nothing that reads it",
    ),
    (
        "unknown order",
        text(f"{{name: x, {ours(dateOrder='ymd')}}}"),
        f"dateOrder is not usable.*line {FIRST}",
    ),
    ("unknown cleaning", text(f"{{name: x, {ours(cleaning='[trim, polish]')}}}"), "polish.*line 8"),
    (
        "cleaning that is no list",
        text(f"{{name: x, {ours(cleaning='trim')}}}"),
        r"cleaning is not usable.*\[trim, …\]",
    ),
    (
        "missing word YAML takes for nothing",
        text(f"{{name: x, {ours(missingValues='[null]')}}}"),
        "need quotes",
    ),
    ("unknown severity", text(f"{{name: x, {ours(severity='hihg')}}}"), "severity is not usable.*hihg"),
    ("yes in words", text(f"{{name: x, {ours(notFuture='maybe')}}}"), "notFuture is not usable"),
    ("years in words", text(f"{{name: x, {ours(yearsAgoAtLeast='ten')}}}"), "yearsAgoAtLeast is not usable"),
    (
        "unknown way with doubles",
        text(f"{{name: x, {ours(onDuplicate='keepFirst')}}}"),
        "onDuplicate is not usable",
    ),
    ("nearly ours", text(f"{{name: x, {ours(missing_value='[a]')}}}"), "missing_value.*mean missingValues"),
    ("ours in the wrong place", text(f"{{name: x, {ours(minApprovals='2')}}}"), "belongs to the table"),
    (
        "ours twice",
        text(
            "{name: x, customProperties: [{property: semantic, value: email}, "
            "{property: semantic, value: phone}]}"
        ),
        "semantic is there twice",
    ),
    ("no approval", text("{name: x}", table=ours(minApprovals="0")), f"minApprovals.*line {FIRST + 1}"),
    (
        "freshness unit",
        text(
            "{name: d, logicalType: date}",
            top="slaProperties: [{property: freshness, value: 1, unit: m, element: t.d}]\n",
        ),
        f"'m' is not known.*line {FIRST + 1}",
    ),
    (
        "freshness value",
        text(
            "{name: d, logicalType: date}",
            top="slaProperties: [{property: freshness, value: soon, element: t.d}]\n",
        ),
        f"line {FIRST + 1}.*soon",
    ),
    (
        "freshness of no column",
        text("{name: d}", top="slaProperties: [{property: freshness, value: 1, element: t.e}]\n"),
        "no column",
    ),
    (
        "freshness of a text",
        text("{name: d}", top="slaProperties: [{property: freshness, value: 1, element: t.d}]\n"),
        "date or timestamp",
    ),
]


@pytest.mark.parametrize(
    ("wrong", "message"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_a_mistake_is_said_with_its_line(wrong: bytes, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        odcs.read(wrong)


THRESHOLD_MISTAKES = [
    ("{metric: accuracy}", "needs one limit"),
    ("{metric: accuracy, mustBeLessOrEqualTo: 5, unit: percent}", "mustBeGreaterOrEqualTo"),
    ("{metric: duplicates, mustBeGreaterOrEqualTo: 5, unit: percent}", "mustBeLessOrEqualTo"),
    ("{metric: accuracy, mustBeGreaterOrEqualTo: 98}", "unit: percent"),
    ("{metric: accuracy, mustBeGreaterOrEqualTo: 98, unit: rows}", "unit 'rows'"),
    ("{metric: acuracy, mustBeGreaterOrEqualTo: 98}", "acuracy"),
    ("{metric: accuracy, mustBeGreaterThan: 98}", "needs one limit"),
    ("{metric: psi, mustBeLessThan: 0.2}", "about one column"),
    ("{metric: row_count, mustBeLessThan: 5, mustBe: 3}", "needs one limit"),
    ("{metric: accuracy, mustBeGreaterOrEqualTo: many}", "many"),
    ("{metric: completeness, mustBeGreaterOrEqualTo: 1, column: y}", "'y', which is no column"),
    ("{metric: row_count, mustBeGreaterOrEqualTo: -1}", "negative"),
    ("{metric: freshness, mustBeLessOrEqualTo: 1}", "date or timestamp"),
    (
        "{metric: accuracy, mustBeGreaterOrEqualTo: 1}, {metric: accuracy, mustBeGreaterOrEqualTo: 0.5}",
        "accuracy is there twice",
    ),
]


@pytest.mark.parametrize(("entries", "message"), THRESHOLD_MISTAKES, ids=[m for _, m in THRESHOLD_MISTAKES])
def test_a_threshold_that_says_nothing_is_refused(entries: str, message: str) -> None:
    table = f"customProperties: [{{property: thresholds, value: [{entries}]}}]"
    with pytest.raises(ContractError, match=message) as refused:
        read("{name: x}", table=table)
    assert f"line {FIRST + 1}" in str(refused.value)


def test_other_peoples_properties_are_kept_silently() -> None:
    theirs = "{property: cleanings, value: 1, vendor: acme}, {property: glossary, value: g}"
    read(f"{{name: x, customProperties: [{theirs}]}}")


DAYS = [
    # written, as month first, as day first, when nothing is stated
    ("3/4/2024", "2024-03-04", "2024-04-03", "3/4/2024"),
    ("13/4/2024", "13/4/2024", "2024-04-13", "13/4/2024"),
    ("4/13/2024", "2024-04-13", "4/13/2024", "2024-04-13"),
    ("5-5-2024", "2024-05-05", "2024-05-05", "2024-05-05"),
    ("2024/3/4", "2024-03-04", "2024-03-04", "2024-03-04"),
    ("2006-09-29 00:00:00", "2006-09-29", "2006-09-29", "2006-09-29"),
    ("2006-09-29 04:00:00", "2006-09-29 04:00:00", "2006-09-29 04:00:00", "2006-09-29 04:00:00"),
    ("soon", "soon", "soon", "soon"),
]


def test_a_stated_order_reads_every_day(tmp_path: Path) -> None:
    entry = "logicalType: date, customProperties: [{property: cleaning, value: [trim, date]}"
    columns = read(
        f"{{name: mdy, {entry}, {{property: dateOrder, value: mdy}}]}}",
        f"{{name: dmy, {entry}, {{property: dateOrder, value: dmy}}]}}",
        f"{{name: open, {entry}]}}",
    ).columns
    cleaned = ", ".join(sql.render(cleaning.normalised(column)) for column in columns)
    with open_engine(Settings(home=tmp_path)) as engine:
        for written, *expected in DAYS:
            row = engine.row(f"SELECT {cleaned} FROM (SELECT $1 AS mdy, $1 AS dmy, $1 AS open)", [written])
            assert list(row) == expected, written


def test_the_reference_explains_every_property_of_ours() -> None:
    reference = (PROJECT / "docs" / "contracts.md").read_text(encoding="utf-8")
    missing = [name for name in (*custom.COLUMN, *custom.TABLE) if f"`{name}`" not in reference]
    assert not missing
