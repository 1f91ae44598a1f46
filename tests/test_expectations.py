"""Stage 10: Great Expectations on the kept rows agrees with our own rules, and holds no value."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from judged_tables import TODAY, Judged, judged, judged_table, known, promised

from governance.bench import Bench, open_bench
from governance.contract.model import Cleaning, Column, LogicalType
from governance.intake import fetch
from governance.review.choices import Action, Choice
from governance.rules import kinds
from governance.sample import Kind, make_sample
from governance.settings import Settings
from governance.stages.expectations import Expected, expect
from governance.stages.load import load
from governance.tables import KeptTable


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path / "ana's home"))


def checked(found: Judged, *choices: Choice, kept: KeptTable | None = None) -> Expected:
    return expect(
        found.bench, kept or found.parted.kept, contract=found.contract, choices=choices, today=TODAY
    )


def failed(done: Expected) -> dict[str, tuple[int, bool]]:
    return {result.rule: (result.unexpected, result.waived) for result in done.results if not result.success}


@pytest.mark.parametrize("kind", ["customers", "divers"])
def test_the_kept_rows_of_a_dirty_sample_meet_every_expectation(
    bench: Bench, tmp_path: Path, kind: Kind
) -> None:
    make_sample(kind, rows=2_000, seed=11, out=tmp_path / "s.csv", truth=tmp_path / "t.csv", today=TODAY)
    digest, name = fetch(bench, str(tmp_path / "s.csv"))
    found = judged_table(bench, load(bench, input_digest=digest, file=name).bronze, known(kind))
    done = checked(found)
    judged_too = {
        rule.kind for rule in found.contract.rules if rule.id in {result.rule for result in done.results}
    }

    assert len(found.out) > 50
    assert failed(done) == {}
    assert done.findings == ()
    assert done.met == len(done.results) >= 15
    assert done.summary == f"{done.met} of {done.met} expectations met on {len(found.kept):,} rows"
    assert {"not_null", "length", "email", "one_of", "date_range"} <= judged_too
    assert Expected.model_validate_json(done.model_dump_json()) == done


TRIM = (Cleaning.TRIM,)
RULES: tuple[kinds.AnyRule, ...] = (
    kinds.NotNull(id="name.not_null", column="name"),
    kinds.Length(id="name.length", column="name", low=2, high=5),
    kinds.Pattern(id="name.pattern", column="name", pattern="[a-z🤿]*"),
    kinds.Email(id="mail.email", column="mail"),
    kinds.OneOf(id="state.one_of", column="state", values=("on", "it's off")),
    kinds.Unique(id="code.unique", column="code"),
    kinds.Range(id="sum.range", column="sum", low=0, high=10, exclusive_low=True),
    kinds.DateRange(id="day.date_range", column="day", low=date(2000, 1, 1), years_ago_at_least=10),
)
CONTRACT = promised(
    *(Column(name=name, cleaning=TRIM) for name in ("name", "mail", "state", "code")),
    Column(name="sum", type=LogicalType.NUMBER, cleaning=TRIM),
    Column(name="day", type=LogicalType.DATE, cleaning=TRIM),
    rules=RULES,
)
GOOD = {"name": "ana", "mail": "a@b.de", "state": "on", "code": "good", "sum": "5", "day": "2001-01-01"}

# a value that breaks one rule, and that only a waiver lets through
BAD: dict[str, tuple[str, str | None]] = {
    "name.not_null": ("name", None),
    "name.length": ("name", "abcdef"),
    "name.pattern": ("name", "Bad"),
    "mail.email": ("mail", "bad mail"),
    "state.one_of": ("state", "off"),
    "sum.range": ("sum", "0"),
    "day.date_range": ("day", "1999-12-31"),
}


def table(rule: str) -> dict[str, list[str | None]]:
    column, value = BAD[rule]
    return {
        name: [good, good if name != column else value] for name, good in GOOD.items() if name != "code"
    } | {"code": ["one", "two"]}


@pytest.mark.parametrize("rule", BAD)
def test_a_waived_row_fails_its_expectation_and_is_explained(bench: Bench, rule: str) -> None:
    found = judged(bench, table(rule), CONTRACT)
    waiver = found.choice(Action.WAIVE, rule)
    waived = found.revised(waiver)
    done = checked(waived, waiver)

    assert len(waived.kept) == 2
    assert failed(done) == {rule: (1, True)}
    assert done.findings == ()


def test_waived_duplicates_are_seen_in_both_rows(bench: Bench) -> None:
    found = judged(bench, {name: [value, value] for name, value in GOOD.items()}, CONTRACT)
    waiver = found.choice(Action.WAIVE, "code.unique")

    assert failed(checked(found.revised(waiver), waiver)) == {"code.unique": (2, True)}


def test_a_bad_row_that_nobody_waived_is_a_finding(bench: Bench) -> None:
    """If our rules and the kept rows ever disagreed, this is who would say so."""
    found = judged(bench, table("state.one_of"), CONTRACT)
    slipped = found.revised(found.choice(Action.WAIVE, "state.one_of"))
    (note,) = checked(slipped).findings

    assert (note.rule, note.column, note.rows) == ("state.one_of", "state", 1)
    assert "off" not in note.model_dump_json().replace("it's off", "")


def test_the_result_holds_no_value(bench: Bench) -> None:
    secret = {name: [value, value] for name, value in GOOD.items()} | {
        "name": ["Secretperson", "ana"],
        "code": ["x1", "x2"],
    }
    found = judged(bench, secret, CONTRACT)
    waiver = found.choice(Action.WAIVE, "name.length", "name.pattern")
    done = checked(found.revised(waiver), waiver)

    assert failed(done) == {"name.length": (1, True), "name.pattern": (1, True)}
    assert "Secretperson" not in done.model_dump_json()
    assert "ana" not in done.model_dump_json()


PATTERNS = {
    "letters of any script": (r"[\p{L}]+", "Zoë"),
    "a class by name": ("[[:alpha:]]+", "ana"),
    "a flag in the middle": ("a(?i)NA", "ana"),
    "a flag of a group": ("(?i:ANA)", "ana"),
    "a quoted part": (r"\Qa.b\E", "a.b"),
    "an alternation": ("ana|lu", "ana"),
    "an empty pattern": ("", ""),
}


@pytest.mark.parametrize("case", PATTERNS)
def test_a_pattern_that_python_reads_otherwise_makes_no_false_alarm(bench: Bench, case: str) -> None:
    pattern, value = PATTERNS[case]
    rule = kinds.Pattern(id="v.pattern", column="v", pattern=pattern)
    found = judged(bench, {"v": [value, value]}, promised("v", rules=[rule]))

    assert found.out == {}
    assert failed(checked(found)) == {}


def test_a_large_table_is_sampled_evenly_and_says_so(tmp_path: Path) -> None:
    bench = open_bench(Settings(home=tmp_path, sample_rows=30))
    found = judged(
        bench, {"v": ["a"] * 100}, promised("v", rules=[kinds.NotNull(id="v.not_null", column="v")])
    )
    done = checked(found)

    assert done.sampled == 25
    assert done.rows_in == done.rows_out == 100
    assert done.summary == "1 of 1 expectations met on 25 rows"


def test_nothing_kept_is_nothing_to_check(bench: Bench) -> None:
    found = judged(bench, {"v": [None]}, promised("v", rules=[kinds.NotNull(id="v.not_null", column="v")]))
    done = checked(found)

    assert (done.sampled, done.results, done.summary) == (0, (), "0 of 0 expectations met on 0 rows")


def test_a_column_that_is_missing_or_of_no_value_is_no_trouble(bench: Bench) -> None:
    rules = [
        kinds.Length(id="gone.length", column="gone", low=2),
        kinds.DateRange(id="day.date_range", column="day", not_future=True),
        kinds.Range(id="sum.range", column="sum", low=1),
    ]
    columns = [
        Column(name="gone"),
        Column(name="day", type=LogicalType.DATE),
        Column(name="sum", type=LogicalType.NUMBER),
    ]
    found = judged(bench, {"day": [None, None], "sum": [None, None]}, promised(*columns, rules=rules))

    assert failed(checked(found)) == {}
