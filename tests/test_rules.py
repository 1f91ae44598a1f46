"""Every kind of rule against a table of values, and the rules that look at more than one row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pytest
from judged_tables import TODAY, judged, known, promised, rows
from sqlglot import exp

from governance.bench import Bench, open_bench
from governance.contract.model import Cleaning, Column, LogicalType
from governance.engines.duckdb import Engine, open_engine
from governance.findings import Dimension, Severity
from governance.items import clusters
from governance.rules import kinds, sql
from governance.rules.codes import FORMATS
from governance.rules.sharing import by_word
from governance.settings import Settings
from governance.verdict import rule_sql

LEAP_DAY = date(2024, 2, 29)
ARABIC_SEVEN = "٧"
RIGHT_TO_LEFT = "محمد"
E_ACUTE_IN_TWO = "e\u0301"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(Settings(home=tmp_path_factory.mktemp("home"))) as engine:
        yield engine


def rule_of(kind: type[kinds.Rule], **said: object) -> kinds.Rule:
    return kind(id=f"v.{kind.model_fields['kind'].default}", column="v", **said)


def of_type(kind: str) -> kinds.Rule:
    return rule_of(kinds.HasType, type=kind)


# fmt: off
# what it promises → the rule, values that break it, values that keep it; NULL is added to the latter
CASES: dict[str, tuple[kinds.Rule, list[str], list[str]]] = {
    "whole number": (
        of_type("integer"),
        ["", " ", " 12 ", "12\n", "1.0", "1e3", "1,000", "1_000", "0x1F", "--5", "+-5", "5-", ".", "+",
         "½", "²", ARABIC_SEVEN, "🤿", "nan", "NaN", "inf", "-Infinity", "null", "12a", "9" * 19,
         "9" * 400],
        ["0", "-0", "+5", "-5", "007", "000", "9" * 18, "-" + "9" * 18],
    ),
    "number": (
        of_type("number"),
        ["", " ", " 12 ", "12\n", "1e400", "-1e400", "1e1000", "9" * 400, "nan", "NaN", "inf",
         "Infinity", "-inf", "1,5", "1.2.3", "1_000", "0x1F", "1e", "e5", ".", "-", "5 %", "$5",
         ARABIC_SEVEN, "1e+-5", "−5"],
        ["0", "-0", "+5", "007", ".5", "5.", "-.5", "1e308", "1E-5", "1e+5", "9" * 30, "0.1", "-12.50"],
    ),
    "day": (
        of_type("date"),
        ["", " ", "2023-02-29", "2023-02-30", "1900-02-29", "2024-04-31", "2024-13-01", "2024-00-10",
         "2024-01-00", "2024-02-29\n", " 2024-02-29", "2024-2-9", "24-02-29", "20240229", "2024/02/29",
         "0000-01-01", "2024-02-29 10:00:00", "infinity", "epoch", "today", "12/31/1999", "31/12/1999",
         "٢٠٢٤-٠٢-٢٩", "12345-01-01"],
        # a date that could be two days is another rule's: it is not wrong, it is unclear
        ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "3/4/2024", "03-04-2024"],
    ),
    "time": (
        of_type("timestamp"),
        ["", "infinity", "-infinity", "epoch", "now", "2023-02-29 10:00:00", "2024-01-01 25:00:00",
         "0000-01-01 00:00", "2024-01-01 10:60", "2024-01-01 10:00:00\n", " 2024-01-01 10:00",
         "290000-01-01", "2024-1-1", "2024-01-01 24:00:00", "2024-01-01 10:00+24", "2024-01-01 10:00+02:60",
         "0001-01-01 00:00+05", "9999-12-31 23:00-05", "10:00:00", "2024-01-01 (BC)", "2024-01-01 10:00:00.1234567",
         "2024-01-01 10:00 Europe/Berlin", "1704103200"],
        ["2024-02-29 10:00:00", "2024-02-29T10:00:00Z", "2024-01-01", "2024-01-01 10:00",
         "2024-01-01 10:00:00.123456", "2024-01-01 10:00:00+02", "2024-01-01T10:00:00-05:30",
         "9999-12-31 23:59:59", "9999-12-31 23:00+05"],
    ),
    "boolean": (
        of_type("boolean"),
        ["", " ", "2", "-1", "yes ", "true\n", "ja", "on", "01", "truefalse", "ⓨ", "yeſ", "falſe"],
        ["true", "FALSE", "Yes", "no", "Y", "n", "t", "F", "1", "0"],
    ),
    "unambiguous date": (
        rule_of(kinds.UnambiguousDate),
        ["3/4/2024", "03/04/2024", "3-4-2024", "12/11/1999", "01-12-0001", "1/2-2024"],
        ["", "4/4/2024", "12/31/1999", "31/12/1999", "0/5/2024", "13/13/2024", "3/4/24", "2024/03/04",
         "3.4.2024", " 3/4/2024", "3/4/2024\n", "٣/٤/2024", "2024-03-04", "3/4/20245", "🤿"],
    ),
    "between 0 and 10 million": (
        rule_of(kinds.Range, low=0, high=10_000_000),
        ["-1", "-0.001", "10000000.01", "10000001", "1e8", "9" * 30, "-" + "9" * 18],
        # what is no number at all breaks the type, not the range
        ["0", "-0", "0.0", "1e7", "10000000", "007", "+5", "", " ", "abc", "nan", "inf", "-inf", "1e400",
         "-1e400", ARABIC_SEVEN, " -1 ", "-1\n"],
    ),
    "more than 0": (
        rule_of(kinds.Range, low=0, exclusive_low=True),
        ["0", "-0", "0.0", "+0", "000", "-1", "0e5"],
        ["1", "0.001", "1e-300", "9" * 30, "", "abc"],
    ),
    "at most 1.5": (rule_of(kinds.Range, high=1.5), ["1.51", "2"], ["1.5", "-9e99", "1,6"]),
    "between -5 and -1": (rule_of(kinds.Range, low=-5, high=-1), ["-5.1", "0", "-0.5"], ["-5", "-1", "-3.3"]),
    "2 to 5 characters": (
        rule_of(kinds.Length, low=2, high=5),
        ["", "a", "é", "🤿", "abcdef", "李", "a" * 100_000, "ab cde", "abcde\n"],
        # code points: two for an e with its own accent, five for a family that is drawn as one
        ["ab", "abcde", "李雷", "🤿🤿", E_ACUTE_IN_TWO, "\u200fمد", " 12 ", "👨\u200d👩\u200d👧", RIGHT_TO_LEFT],
    ),
    "at least 3 characters": (rule_of(kinds.Length, low=3), ["", "ab"], ["abc", "a" * 1_000]),
    "at most 3 characters": (rule_of(kinds.Length, high=3), ["abcd"], ["", "abc"]),
    "phone": (
        rule_of(kinds.Pattern, pattern=r"\d{3}-\d{3}-\d{4}"),
        ["", "212-555-0147\n", " 212-555-0147", "212-555-01477", "x212-555-0147",
         "212-555-0147\n212-555-0147", "٢١٢-٥٥٥-٠١٤٧", "212–555–0147", "2125550147"],
        ["212-555-0147", "000-000-0000"],
    ),
    "an alternation is one whole": (
        rule_of(kinds.Pattern, pattern="ab|cd"),
        ["abx", "xcd", "abcd", ""],
        ["ab", "cd"],
    ),
    "a quote in a pattern": (rule_of(kinds.Pattern, pattern="o'b.*"), ["ob"], ["o'b", "o'brien"]),
    "name": (
        rule_of(kinds.Pattern, pattern=r"[\p{L}\p{M}]+(?:[ '’-][\p{L}\p{M}]+)*"),
        ["", " ", "Ana1", "Ana ", "-Ana", "Ana--Lu", "Ana  Lu", "A.", "🤿", "Ana_", "Ana\u200b", "Ana;--",
         "Ana\n"],
        ["Ana", "Zoë", f"Jos{E_ACUTE_IN_TWO}", "O'Brien", "D’Arcy", "Anne-Marie", "de la Cruz", "李雷",
         RIGHT_TO_LEFT, "ß"],
    ),
    "e-mail": (
        rule_of(kinds.Email),
        ["", " ", "ana", "ana@", "@example.com", "ana@example", "ana@@example.com", "ana@b@example.com",
         "ana @example.com", "ana@example.com\n", " ana@example.com", "a na@example.com",
         ".ana@example.com", "ana.@example.com", "a..b@example.com", "ana@example..com",
         "ana@.example.com", "ana@example.com.", "ana@-example.com", "ana@example-.com",
         "ana@exa_mple.com", "ana@example.c", "ana@192.168.0.1", "ana@[192.168.0.1]", "ána@example.com",
         "ana@exämple.com", "ana,lu@example.com", "ana@example.com, lu@example.com",
         "Ana <ana@example.com>", "🤿@example.com", f"{'a' * 250}@b.de", '"ana lu"@example.com'],
        ["ana@example.com", "ANA@EXAMPLE.COM", "a@b.de", "ana.lu+news@mail.example.co.uk",
         "o'brien@example.ie", "_@example.com", "1@1.com", "a-b@x--y.org", "ana@xn--exmple-cua.com",
         f"{'a' * 240}@example.org", "a/b@c.de"],
    ),
    "one of the words": (
        rule_of(kinds.OneOf, values=("active", "on 'hold'", "休止")),
        ["", "Active", "active ", " active", "inactive", "actıve", "休", "on hold"],
        ["active", "on 'hold'", "休止"],
    ),
    "a day since 1900 and not in the future": (
        rule_of(kinds.DateRange, low=date(1900, 1, 1), not_future=True),
        ["1899-12-31", "0001-01-01", "2025-11-22", "9999-12-31"],
        ["1900-01-01", "2025-11-21", "2024-02-29", "", "abc", "2023-02-30", "3/4/2099", "2099-01-01\n",
         "infinity"],
    ),
    "not after a day": (rule_of(kinds.DateRange, high=date(2020, 2, 29)), ["2020-03-01"], ["2020-02-29"]),
    "ten years ago at least": (
        rule_of(kinds.DateRange, years_ago_at_least=10),
        ["2015-11-22", "2025-11-21", "2031-01-01"],
        ["2015-11-21", "1950-02-28"],
    ),
    "more than white space": (
        rule_of(kinds.NotBlank),
        ["", " ", "\t", " \n ", "\u00a0", "\u3000 \u2009"],
        ["a", " a ", "0", "NULL", "🤿", "\u200b", "."],
    ),
    "less than 1.5": (rule_of(kinds.Range, high=1.5, exclusive_high=True), ["1.5", "1.50", "2"], ["1.49", "-9e9", "x"]),
    "a multiple of 0.05": (
        rule_of(kinds.Multiple, step=0.05),
        ["0.01", "1.02", "-0.07", "1e-3"],
        ["0", "0.05", "-0.15", "1.1", "1e3", "12345.65", "1e308", "", "abc", "1,05"],
    ),
    "a multiple of 12": (rule_of(kinds.Multiple, step=12), ["1", "-13", "12.5"], ["0", "12", "-24", "120", "abc"]),
    "a phone number": (
        rule_of(kinds.Phone),
        ["", " ", "555", "123456", "1" * 16, "555-CALL", "+", "++4930123456", "49+30123456", "555-0147 ext 9",
         "٢١٢-٥٥٥-٠١٤٧", "212–555–0147", " 2125550147", "2125550147\n"],
        ["2125550147", "+49 30 1234567", "(212) 555-0147", "+1.212.555.0147", "020/7946-0000", "1" * 15, "1234567"],
    ),
    "an IBAN": (
        rule_of(kinds.Iban),
        ["", "DE", "DE89370400440532013001", "DE8937040044053201300", "GB82 WEST 1234 5698 7654 33", "XX82WEST12345698765432",
         "DE89-3704-0044-0532-0130-00", "FR1420041010050500013M02607", "de89 3704 0044 0532 0130 0", "٨٩", "NO9386011117948",
         # letters that only look right in capitals, and check digits that are right by the sum alone
         "ſE3550000000054910000003", "lı21088100002324013aa", "DE01000000000000000048"],
        ["DE89370400440532013000", "de89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "NO9386011117947",
         "FR1420041010050500013M02606", "MT84MALT011000012345MTLCAST001S", "CH9300762011623852957", "BE68539007547034", "DE98000000000000000048"],
    ),
    "a card number": (
        rule_of(kinds.Card),
        ["", "4111111111111112", "411111111111111", "0000000000000000", "4111x111111111111", "42", "4" * 20,
         "4111  1111 1111 1111", "4111111111111111 "],
        ["4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004",
         "4222222222222"],
    ),
    "a country": (rule_of(kinds.Country), ["", "de", "UK", "XX", "DEU", "D", " DE"], ["DE", "GB", "US", "TW", "XK"][:4]),
    "a country of three letters": (rule_of(kinds.Country, letters=3), ["DE", "deu", "ABC"], ["DEU", "USA"]),
    "a currency": (rule_of(kinds.Currency), ["", "eur", "€", "DM", "DEM", "XYZ"], ["EUR", "USD", "JPY", "CHF"]),
    "a time in 2024": (
        rule_of(kinds.TimeRange, low=datetime(2024, 1, 1), high=datetime(2024, 12, 31, 23, 59, 59)),
        ["2023-12-31 23:59:59", "2025-01-01", "2024-01-01T00:30:00+01:00"],
        ["2024-01-01", "2024-12-31 23:59:59", "2024-12-31T22:59:59-01:00", "", "abc", "infinity"],
    ),
    "a day written dd.MM.yyyy": (
        rule_of(kinds.DateFormat, format="dd.MM.yyyy"),
        ["", "1.2.2024", "31.02.2024", "2024-02-29", "29.02.2023", "01.13.2024", "01.02.24", "01-02-2024", "01.02.2024 ", "01.01.0000"],
        ["29.02.2024", "01.12.1999"],
    ),
    "a time written yyyy-MM-dd'T'HH:mm:ss": (
        rule_of(kinds.DateFormat, format="yyyy-MM-dd'T'HH:mm:ss"),
        ["2024-02-29 10:00:00", "2024-02-29T25:00:00", "2024-02-29T10:00", "2024-02-30T10:00:00"],
        ["2024-02-29T10:00:00"],
    ),
    "not older than 30 days": (
        rule_of(kinds.DateRange, days_ago_at_most=30),
        ["2025-10-21", "1999-01-01"],
        ["2025-10-22", "2025-11-21", "2031-01-01", "abc"],
    ),
    "a UUID": (
        rule_of(kinds.Pattern, pattern=FORMATS["uuid"][0]),
        ["", "123e4567-e89b-12d3-a456-42661417400", "123e4567e89b12d3a456426614174000", "g23e4567-e89b-12d3-a456-426614174000"],
        ["123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000000"],
    ),
    "an IPv4 address": (
        rule_of(kinds.Pattern, pattern=FORMATS["ipv4"][0]),
        ["", "256.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", "a.b.c.d", "01.2.3.4", "010.0.0.1"],
        ["0.0.0.0", "255.255.255.255", "192.168.1.10"],
    ),
    "an IPv6 address": (
        rule_of(kinds.Pattern, pattern=FORMATS["ipv6"][0]),
        ["", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::1", "1::2::3", "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4"],
        ["::", "::1", "1::", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8", "fe80::1:2", "::ffff:192.0.2.1", "1:2:3:4:5:6:7::"],
    ),
    "a host name": (
        rule_of(kinds.Pattern, pattern=FORMATS["hostname"][0]),
        ["", "-a", "a-", "a..b", "a_b", "a" * 64], ["localhost", "a.b-c.example", "a" * 63],
    ),
    "a URI": (
        rule_of(kinds.Pattern, pattern=FORMATS["uri"][0]),
        ["", "example.com", "http:", "1http://x", "http://a b", "http://a/%zz", "http://a/%2"], ["https://example.com/a?b=c#d", "urn:isbn:0451450523", "mailto:a@b.de"],
    ),
    "a value": (rule_of(kinds.NotNull), [], ["", " ", "NULL", "nan", "🤿", "0"]),
}
# fmt: on


def failing(
    engine: Engine, rule: kinds.Rule, values: list[str | None], today: date = TODAY
) -> list[bool | None]:
    engine.register("written", pa.table({"place": range(len(values)), "v": pa.array(values, pa.string())}))
    return [
        answer
        for (answer,) in engine.rows(f"SELECT {sql.render(rule.failing(today))} FROM written ORDER BY place")
    ]


@pytest.mark.parametrize("promise", CASES)
def test_a_rule_is_true_on_the_bad_values_and_on_no_other(engine: Engine, promise: str) -> None:
    rule, bad, good = CASES[promise]
    answers = failing(engine, rule, [*bad, *good])

    assert [value for value, fails in zip([*bad, *good], answers, strict=True) if fails] == bad


@pytest.mark.parametrize("pattern", [r"\A(?:[a-z]+)\z", "a", "a*", "", r"\z", "(?:)b|a", "[^a]"])
@pytest.mark.parametrize("together", [False, True])
def test_a_pattern_asked_word_by_word_fails_the_same_values(
    engine: Engine, pattern: str, together: bool
) -> None:
    values = [None, "", "a", "b", "ab", "A", " ", "a\nb", "ß", "aa " * 9]
    look = sql.fragment("regexp_matches(:v, :p)", v=sql.column("v"), p=sql.text(pattern))
    failing = exp.not_(
        exp.paren(exp.and_(look, sql.fragment("length(:v) < 9", v=sql.column("v")))) if together else look
    )
    engine.register("written", pa.table({"v": pa.array(values * 300, pa.string())}))
    asked = f"SELECT {sql.render(failing)} AS plain, {sql.render(by_word(failing))} AS by_word FROM written"

    assert engine.value(f"SELECT count(*) FROM ({asked}) WHERE plain IS DISTINCT FROM by_word") == 0


@pytest.mark.parametrize("promise", CASES)
def test_a_missing_value_breaks_only_the_promise_of_a_value(engine: Engine, promise: str) -> None:
    rule = CASES[promise][0]

    assert bool(failing(engine, rule, [None])[0]) is isinstance(rule, kinds.NotNull)


@pytest.mark.parametrize("promise", CASES)
def test_the_shape_of_a_bad_value_is_short_and_holds_no_letter_of_it(engine: Engine, promise: str) -> None:
    rule, bad, _ = CASES[promise]
    engine.register("written", pa.table({"v": pa.array([*bad, "Ana Example 4711"], pa.string())}))
    shapes = [shape for (shape,) in engine.rows(f"SELECT {sql.render(rule.shape())} FROM written")]

    assert all(len(shape or "") <= 16 for shape in shapes)
    assert not any("Ana" in (shape or "") or "4711" in (shape or "") for shape in shapes)


def test_every_kind_of_rule_has_a_table_of_cases_and_a_word() -> None:
    every = {kind.model_fields["kind"].default for kind in get_args(get_args(kinds.AnyRule)[0])}

    among = {
        "unique",
        "unique_together",
        "superseded",
        "depends",
        "outlier",
        "reference",
    }  # tests/test_rules_among.py
    across = {"compare", "if_then", "sql"}  # tests/test_rules_across.py
    assert {rule.kind for rule, _, _ in CASES.values()} | among | across == every  # type: ignore[attr-defined]
    assert all(kind.wrong != kinds.Rule.wrong for kind in get_args(get_args(kinds.AnyRule)[0]))


@pytest.mark.parametrize(
    ("today", "years", "youngest"),
    [
        (date(2025, 11, 21), 10, "2015-11-21"),
        (LEAP_DAY, 10, "2014-02-28"),
        (LEAP_DAY, 20, "2004-02-29"),  # born on a leap day, and twenty today
        (date(2025, 2, 28), 1, "2024-02-28"),
    ],
)
def test_years_ago_are_counted_by_the_calendar(
    engine: Engine, today: date, years: int, youngest: str
) -> None:
    rule = rule_of(kinds.DateRange, years_ago_at_least=years)
    day_after = date.fromordinal(date.fromisoformat(youngest).toordinal() + 1).isoformat()

    assert failing(engine, rule, [youngest, day_after], today) == [False, True]


WORDS = {
    "integer": (of_type("integer"), "a whole number"),
    "range": (rule_of(kinds.Range, low=0, high=10_000_000), "between 0 and 10,000,000"),
    "more": (rule_of(kinds.Range, low=0, exclusive_low=True), "more than 0"),
    "at least": (rule_of(kinds.Range, low=2.5), "at least 2.5"),
    "at most": (rule_of(kinds.Range, high=9), "at most 9"),
    "length": (rule_of(kinds.Length, low=2, high=50), "2 to 50 characters"),
    "label": (rule_of(kinds.Pattern, pattern="x", label="an x"), "an x"),
    "no label": (rule_of(kinds.Pattern, pattern="x+"), "a value like x+"),
    "one of": (rule_of(kinds.OneOf, values=("a", "b")), "one of a, b"),
    "days": (
        rule_of(kinds.DateRange, low=date(1900, 1, 1), not_future=True, years_ago_at_least=10),
        "a day not before 1900-01-01, not in the future, at least 10 years ago",
    ),
}


@pytest.mark.parametrize("case", WORDS)
def test_a_rule_says_what_it_expects(case: str) -> None:
    rule, words = WORDS[case]
    assert rule.words == words


def test_what_the_published_column_could_not_hold_cannot_be_waived() -> None:
    assert rule_of(kinds.Length, low=1).waivable
    assert not rule_of(kinds.Length, low=1, severity=Severity.CRITICAL).waivable
    assert not of_type("date").waivable
    assert not rule_of(kinds.UnambiguousDate).waivable
    assert not rule_of(kinds.Superseded).waivable
    assert rule_of(kinds.Unique).dimension is Dimension.UNIQUENESS


# rules across rows


def column(kind: str = "string", *ways: str) -> Column:
    return Column(name="v", type=LogicalType(kind), cleaning=tuple(Cleaning(way) for way in ("trim", *ways)))


UNIQUE: dict[str, tuple[Column, list[str | None], set[int]]] = {
    "every row of a group": (column(), ["a", "b", "a", "c", "a"], {1, 3, 5}),
    "missing values are no group": (column(), [None, "", " ", None, "a"], set()),
    "white space does not tell apart": (column(), ["a", " a ", "a\u00a0"], {1, 2, 3}),
    "text is told apart by case": (column(), ["a", "A"], set()),
    "a code is not a number": (column(), ["7", "007", "+7"], set()),
    "one whole number, however written": (
        column("integer"),
        ["7", "007", "+7", "8", "-7", "-07"],
        {1, 2, 3, 5, 6},
    ),
    "no number at all": (column("integer"), ["x", "x", "y"], {1, 2}),
    "beyond a whole number's digits": (column("integer"), ["0" + "9" * 20, "9" * 20], set()),
    "one number, however written": (
        column("number"),
        ["1", "1.0", "1e0", "2", "nan", "nan"],
        {1, 2, 3, 5, 6},
    ),
    "one day, however written": (
        column("date", "date"),
        ["2024-02-29", "2/29/2024", "2024/2/29", "2024-03-01"],
        {1, 2, 3},
    ),
    "one time, however written": (
        column("timestamp"),
        ["2024-01-01 10:00", "2024-01-01T12:00:00+02", "2024-01-02"],
        {1, 2},
    ),
}


@pytest.mark.parametrize("case", UNIQUE)
def test_unique_fails_every_row_of_a_group(bench: Bench, case: str) -> None:
    promise, values, groups = UNIQUE[case]
    contract = promised(promise, rules=[rule_of(kinds.Unique)])

    assert set(judged(bench, {"v": values}, contract).reasons) == groups


def test_superseded_lets_the_latest_row_win(bench: Bench) -> None:
    contract = promised(column("string", "lower"), rules=[rule_of(kinds.Superseded)])
    emails = ["a@x.de", "b@x.de", " A@X.DE", None, "c@x.de", "B@x.de", "a@x.de ", None]

    assert set(judged(bench, {"v": emails}, contract).reasons) == {1, 2, 3}


def test_the_latest_diver_wins_whatever_the_case_of_the_address(bench: Bench) -> None:
    diver = {
        "first_name": "Ana", "last_name": "Example", "date_of_birth": "1990-01-01",
        "certification_level": "Open Water", "membership_date": "2024-01-01", "status": "active",
    }  # fmt: skip
    columns = {name: [value] * 3 for name, value in diver.items()}
    found = judged(
        bench, {**columns, "email": ["ana@example.com", "ANA@Example.com", "lu@example.com"]}, known("divers")
    )

    assert found.reasons == {1: ("email.superseded",)}
    assert [row["email"] for row in found.kept.values()] == ["ana@example.com", "lu@example.com"]


# the verdict


def test_a_row_gets_all_its_reasons_in_the_contracts_order(bench: Bench) -> None:
    rules = [
        rule_of(kinds.NotNull),
        rule_of(kinds.Length, low=5),
        of_type("integer"),
        rule_of(kinds.Range, high=9),
    ]
    found = judged(bench, {"v": ["12345", "x", "99", None, "5"]}, promised("v", rules=rules))

    assert found.reasons == {
        1: ("v.range",),
        2: ("v.length", "v.type"),
        3: ("v.length", "v.range"),
        4: ("v.not_null",),
        5: ("v.length",),
    }
    assert found.first.summary == "0 of 5 rows pass"
    assert {count.rule: count.rows for count in found.first.rules} == {
        "v.not_null": 1, "v.length": 3, "v.type": 1, "v.range": 2,
    }  # fmt: skip


@pytest.mark.parametrize("count", [130, 500], ids=["several numbers", "several queries"])
def test_more_rules_than_one_number_has_bits(bench: Bench, count: int) -> None:
    rules = [kinds.Pattern(id=f"r{n}", column="v", pattern=f"(?:.*,)?{n}(?:,.*)?") for n in range(count)]
    broken = [n for n in (0, 59, 60, 61, 119, 120, 129, 239, 240, 241, 299, 300, 479, 480, 499) if n < count]
    every = ",".join(map(str, range(count)))
    some = ",".join(str(n) for n in range(count) if n not in broken)
    found = judged(bench, {"v": [some, every, None, some, "0"]}, promised("v", rules=rules))

    assert found.reasons == {
        1: tuple(f"r{n}" for n in broken),
        4: tuple(f"r{n}" for n in broken),
        5: tuple(f"r{n}" for n in range(1, count)),
    }


NAMES = (
    'say "hi"',
    "it's",
    "a b",
    "🤿",
    "select",
    "_mask0",
    "said",
    "part",
    "cleaned",
    "rows",
    "_shapes",
    "r",
    "cell",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_be_called_anything(bench: Bench, name: str) -> None:
    ways = (Cleaning.TRIM, Cleaning.NAME_CASE)
    rules = [
        kinds.Length(id=f"{name}.length", column=name, low=3),
        kinds.Unique(id=f"{name}.unique", column=name),
        kinds.Pattern(id="_mask1.pattern", column="_mask1", pattern="x"),
    ]
    contract = promised(Column(name=name, cleaning=ways), "_mask1", rules=rules)
    found = judged(bench, {name: [" ana", "ANA", "b", None], "_mask1": ["x", "y", "x", "x"]}, contract)

    assert found.reasons == {
        1: (f"{name}.unique",),
        2: (f"{name}.unique", "_mask1.pattern"),
        3: (f"{name}.length",),
    }
    assert found.kept == {4: {"_row": 4, name: None, "_mask1": "x"}}
    assert (1, name, " ana", "Ana", "name_case") in found.changes


def test_no_rule_and_no_row_are_no_trouble(bench: Bench) -> None:
    without = judged(bench, {"v": ["a", None]}, promised("v"))
    empty = judged(bench, {"v": []}, promised("v", rules=[rule_of(kinds.NotNull), rule_of(kinds.Unique)]))

    assert without.reasons == {}
    assert len(without.kept) == 2
    assert empty.first.summary == "0 of 0 rows pass"
    assert empty.kept == empty.out == {}


@pytest.mark.parametrize("dataset", ["customers", "divers"])
def test_the_evidence_of_a_rule_finds_the_rows_that_the_verdict_names(bench: Bench, dataset: str) -> None:
    contract = known(dataset)
    dirty: list[str | None] = [
        None,
        "",
        " x ",
        "007",
        "7",
        "3/4/2024",
        "2999-01-01",
        "Ana",
        "a@b.de",
        "A@B.DE",
        "-5",
        "active",
    ]
    found = judged(bench, {column.name: dirty for column in contract.columns}, contract)
    with bench.engine() as engine:
        for rule in contract.rules:
            evidence = engine.rows(rule_sql(rule, found.source.raw(), contract, TODAY))

            assert [row for row, _ in evidence] == [
                row for row, why in found.reasons.items() if rule.id in why
            ], rule.id


def test_rows_with_one_signature_are_one_cluster(bench: Bench) -> None:
    rules = [rule_of(kinds.Length, low=3, high=5), rule_of(kinds.Pattern, pattern="[a-z]*")]
    found = judged(
        bench, {"v": ["a", "b", "abcdef", "ABC", "DEF", "A B", "1", "abc"]}, promised("v", rules=rules)
    )
    said = {(cluster.rules, cluster.shape): cluster.rows for cluster in found.first.clusters}

    assert said == {
        (("v.length",), "too short"): 2,
        (("v.length",), "too long"): 1,
        (("v.pattern",), "a"): 3,
        (("v.length", "v.pattern"), ""): 1,
    }
    assert len({row["_cluster"] for row in rows(found.first.failing)}) == 4


def test_a_cluster_becomes_an_item_that_says_what_is_wrong(bench: Bench) -> None:
    column = Column(name="v", required=True)
    rules = [
        rule_of(kinds.NotNull, severity=Severity.CRITICAL),
        rule_of(kinds.Length, low=3, severity=Severity.LOW),
        rule_of(kinds.Pattern, pattern="[a-z]*"),
        rule_of(kinds.Unique),
    ]
    contract = promised(column, rules=rules)
    found = judged(bench, {"v": [None, "ab", "Abcd", "A", "xyz", "xyz"]}, contract)
    items = {item.title: item for item in clusters(found.first, contract)}

    assert {title: (item.severity, item.rows, item.details["waivable"]) for title, item in items.items()} == {
        "v: missing": (Severity.CRITICAL, 1, False),
        "v: too short": (Severity.LOW, 1, True),
        "v: wrong form · a": (Severity.HIGH, 1, True),
        "v: length + v: wrong form": (Severity.HIGH, 1, True),
        "v: duplicate": (Severity.HIGH, 2, True),
    }
    assert all(item.key == f"cluster-{item.details['cluster']}" for item in items.values())


def test_findings_hold_counts_and_names_and_no_value(bench: Bench) -> None:
    contract = promised("v", rules=[rule_of(kinds.Length, low=30), of_type("date")])
    found = judged(bench, {"v": ["Ana Example", "4711-secret"]}, contract).first

    assert [note.message for note in found.findings] == [
        "2 rows: v should be at least 30 characters.",
        "2 rows: v should be a real day, YYYY-MM-DD.",
    ]
    assert "Ana" not in found.model_dump_json()
    assert "secret" not in found.model_dump_json()
    assert type(found).model_validate_json(found.model_dump_json()) == found
