"""Stage 7: each measure on both sides of its line, the sentence that says so, and the gate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_tables import bronze, known, promised

from governance.bench import Bench, open_bench
from governance.contract.model import Cleaning, Column, Contract, LogicalType, Threshold
from governance.findings import Severity
from governance.items import breaches
from governance.measures import BY_ROWS, share_of
from governance.rules import kinds
from governance.settings import Settings
from governance.stages.contract import conform
from governance.stages.threshold import Judged, Measure, judge, measure
from governance.stages.validate import RuleCount, Validated, validate
from governance.tables import FailingTable

NOW = datetime(2025, 11, 21, 12, 0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


def line(metric: str, limit: float, column: str = "", severity: Severity = Severity.HIGH) -> Threshold:
    return Threshold.model_validate(
        {"metric": metric, "limit": limit, "severity": severity, "column": column}
    )


def of_rule(rule: str, limit: float, *, counted: bool = False) -> Threshold:
    return Threshold(metric="failing", rule=rule, limit=limit, counted=counted, severity=Severity.HIGH)


def validated(rows: int, passing: int, failed: Mapping[str, int] | None = None) -> Validated:
    """What stage 5 would have counted."""
    table = FailingTable(name="", path=Path(), rows=rows - passing, columns=())
    counts = tuple(RuleCount(rule=rule, rows=count) for rule, count in (failed or {}).items())
    return Validated(summary="", rows_in=rows, rows_out=passing, failing=table, rules=counts, clusters=())


RULES = [
    kinds.NotNull(id="a.not_null", column="a"),
    kinds.NotNull(id="b.not_null", column="b"),
    kinds.Unique(id="a.unique", column="a"),
    kinds.Superseded(id="b.superseded", column="b"),
]
CONTRACT = promised("a", "b", rules=RULES)
Counted = Mapping[str, int]


def measured(
    threshold: Threshold,
    rows: int,
    passing: int,
    failed: Counted,
    *,
    unreadable: int = 0,
    contract: Contract = CONTRACT,
) -> Measure:
    counted = validated(rows, passing, failed)
    value = float(rows + unreadable)
    if threshold.metric in BY_ROWS:
        return measure(threshold, share_of(threshold, counted, contract, unreadable=unreadable))
    return measure(threshold, value)


# threshold, rows, passing, failures by rule, unreadable lines → the value and whether the promise is kept
AROUND: dict[str, tuple[Threshold, int, int, Counted, int, float | None, bool]] = {
    "accuracy on the line": (line("accuracy", 0.98), 100, 98, {}, 0, 0.98, True),
    "accuracy one row under": (line("accuracy", 0.98), 100, 97, {}, 0, 0.97, False),
    "accuracy counts unreadable lines": (line("accuracy", 0.98), 98, 98, {}, 2, 0.98, True),
    "accuracy, one line too many": (line("accuracy", 0.98), 98, 98, {}, 3, 98 / 101, False),
    "accuracy of nothing": (line("accuracy", 0.98), 0, 0, {}, 0, None, True),
    "accuracy, only unreadable lines": (line("accuracy", 0.5), 0, 0, {}, 3, 0.0, False),
    "accuracy, all promised": (line("accuracy", 1.0), 10_000_000, 9_999_999, {}, 0, 0.9999999, False),
    "completeness on the line": (line("completeness", 0.95), 100, 90, {"a.not_null": 10}, 0, 0.95, True),
    "completeness under": (line("completeness", 0.95), 100, 89, {"a.not_null": 10, "b.not_null": 1}, 0, 0.945, False),
    "completeness of a column": (line("completeness", 0.95, "a"), 100, 90, {"a.not_null": 6}, 0, 0.94, False),
    "completeness of another": (line("completeness", 0.95, "b"), 100, 90, {"a.not_null": 10}, 0, 1.0, True),
    "completeness counts unreadable lines": (line("completeness", 0.95), 98, 98, {}, 2, 0.98, True),
    "duplicates on the line": (line("duplicates", 0.01, "a"), 200, 198, {"a.unique": 2}, 0, 0.01, True),
    "duplicates over": (line("duplicates", 0.01, "a"), 200, 197, {"a.unique": 3}, 0, 0.015, False),
    "superseded rows are duplicates": (line("duplicates", 0.01), 100, 98, {"b.superseded": 2}, 0, 0.02, False),
    "duplicates where none could be": (line("duplicates", 0.01, "c"), 100, 98, {"a.unique": 2}, 0, None, True),
    "rows on the line": (line("row_count", 100), 100, 100, {}, 0, 100.0, True),
    "one row too few": (line("row_count", 100), 99, 99, {}, 0, 99.0, False),
    "an unreadable line is a row that came": (line("row_count", 100), 99, 99, {}, 1, 100.0, True),
    "failing on the line": (of_rule("b.not_null", 0.05), 100, 95, {"b.not_null": 5}, 0, 0.05, True),
    "failing over": (of_rule("b.not_null", 0.05), 100, 94, {"b.not_null": 6}, 0, 0.06, False),
    "failing, counted": (of_rule("b.not_null", 5, counted=True), 100, 94, {"b.not_null": 6}, 0, 6.0, False),
    "failing of a rule that is not there": (of_rule("c", 5), 100, 94, {"b.not_null": 6}, 0, None, True),
    "no row": (line("row_count", 1), 0, 0, {}, 0, 0.0, False),
}  # fmt: skip


@pytest.mark.parametrize("case", AROUND)
def test_a_measure_is_held_against_its_line(case: str) -> None:
    threshold, rows, passing, failed, unreadable, value, met = AROUND[case]
    found = measured(threshold, rows, passing, failed, unreadable=unreadable)

    assert found.met is met
    assert found.value == pytest.approx(value) if value is not None else found.value is None
    assert (found.key, found.limit, found.severity) == (threshold.key, threshold.limit, threshold.severity)
    assert found.sentence.endswith("nothing to measure") is (value is None)


SENTENCES: dict[str, tuple[Threshold, int, int, str]] = {
    "met": (line("accuracy", 0.98), 1_000, 985, "Rows passing: 98.5%, promised at least 98.0%"),
    "just met": (line("accuracy", 0.98), 100, 98, "Rows passing: 98.0%, promised at least 98.0%"),
    "just not met": (line("accuracy", 0.98), 100_000, 97_999, "Rows passing: 97.999%, promised at least 98.0%"),
    "clearly not met": (line("accuracy", 0.98), 100, 50, "Rows passing: 50.0%, promised at least 98.0%"),
    "all but one": (line("accuracy", 1), 10_000_000, 9_999_999, "Rows passing: 99.99999%, promised at least 100.0%"),
    "a fine line": (line("accuracy", 0.99945), 10_000, 9_994, "Rows passing: 99.940%, promised at least 99.945%"),
    "a fine line, met": (line("accuracy", 0.9995), 10_000, 9_996, "Rows passing: 99.96%, promised at least 99.95%"),
}  # fmt: skip


@pytest.mark.parametrize("case", SENTENCES)
def test_a_sentence_says_both_numbers(case: str) -> None:
    threshold, rows, passing, sentence = SENTENCES[case]
    assert measured(threshold, rows, passing, {}).sentence == sentence


def numbers(sentence: str) -> tuple[float, float]:
    shown, promise = re.findall(r"\d[\d,]*(?:\.\d+)?", sentence)
    return float(shown.replace(",", "")), float(promise.replace(",", ""))


ROWS = st.integers(1, 50_000_000)
LIMITS = st.one_of(
    st.integers(0, 100).map(lambda n: n / 100), st.integers(0, 100_000).map(lambda n: n / 100_000)
)


@given(rows=ROWS, short=st.integers(0, 5_000), limit=LIMITS)
def test_a_share_never_looks_met_when_it_is_not(rows: int, short: int, limit: float) -> None:
    count = max(0, min(rows, int(limit * rows) + 2 - short % 5 - short // 5))
    over = max(0, min(rows, int(limit * rows) - 2 + short % 5 + short // 5))
    least = measured(line("accuracy", limit), rows, count, {})
    most = measured(line("duplicates", limit, "a"), rows, rows - over, {"a.unique": over})

    shown, promise = numbers(least.sentence)
    assert promise == pytest.approx(100 * limit)
    assert least.met == (count / rows >= limit)
    assert least.met or shown < promise, least.sentence
    assert not least.met or shown >= promise, least.sentence
    shown, promise = numbers(most.sentence)
    assert most.met or shown > promise, most.sentence
    assert not most.met or shown <= promise, most.sentence


# freshness

DAY = Column(name="seen", type=LogicalType.DATE, cleaning=(Cleaning.TRIM, Cleaning.DATE))
TIME = Column(name="seen", type=LogicalType.TIMESTAMP, cleaning=(Cleaning.TRIM,))

# column, values, hours promised → age in hours, met, what the sentence says
AGES: dict[str, tuple[Column, list[str | None], float, float | None, bool, str]] = {
    "today": (DAY, ["2025-11-21", "2020-01-01"], 24, 0.0, True, "0.0 h old, promised at most 24 h"),
    "yesterday ends last night": (DAY, ["2025-11-20"], 24, 12.0, True, "12.0 h old, promised at most 24 h"),
    "the day before": (DAY, ["11/19/2025", None], 24, 36.0, False, "36.0 h old, promised at most 24 h"),
    "a hair too old": (TIME, ["2025-11-20 11:59:55"], 24, 24.00139, False, "24.001 h old, promised at most 24 h"),
    "half an hour": (TIME, ["2025-11-21 11:00:00"], 0.5, 1.0, False, "1.0 h old, promised at most 0.5 h"),
    "an offset counts": (TIME, ["2025-11-21T12:00:00+02"], 1, 2.0, False, "2.0 h old, promised at most 1 h"),
    "a day to come is no evidence": (DAY, ["2025-11-22", "9999-12-31", "2025-11-19"], 24, 36.0, False, "36.0 h old"),
    "a time to come is no evidence": (TIME, ["2025-11-21 12:00:01", "2025-11-21 09:00"], 2, 3.0, False, "3.0 h old"),
    "only days to come": (DAY, ["2099-01-01"], 24, None, True, "nothing to measure"),
    "no readable day": (DAY, ["soon", "3/4/2025", "2023-02-30", None], 24, None, True, "nothing to measure"),
    "no row": (DAY, [], 24, None, True, "nothing to measure"),
}  # fmt: skip


@pytest.mark.parametrize("case", AGES)
def test_freshness_is_the_age_of_the_newest_readable_value(bench: Bench, case: str) -> None:
    column, values, hours, age, met, words = AGES[case]
    contract = promised(column, thresholds=[line("freshness", hours, "seen")])
    (found,) = gate(bench, {"seen": values}, contract).measures

    assert found.value == pytest.approx(age, abs=0.001) if age is not None else found.value is None
    assert found.met is met
    assert words in found.sentence
    assert found.sentence.startswith("Freshness of seen: ")


def test_each_freshness_line_looks_at_its_own_column(bench: Bench) -> None:
    columns = [DAY, DAY.model_copy(update={"name": "made"})]
    lines = [line("freshness", 24, "seen"), line("freshness", 24, "made")]
    table = {"seen": ["2025-11-21"], "made": ["2025-11-11"]}
    found = gate(bench, table, promised(*columns, thresholds=lines))

    assert [(measure.key, measure.met) for measure in found.measures] == [
        ("freshness-seen", True),
        ("freshness-made", False),
    ]


# the gate


def gate(
    bench: Bench, columns: Mapping[str, list[str | None]], contract: Contract, unreadable: int = 0
) -> Judged:
    conformed = conform(bronze(bench, columns), contract)
    verdict = validate(bench, conformed.source, contract=contract, today=NOW.date())
    return judge(bench, conformed, verdict, contract=contract, unreadable=unreadable, now=NOW)


SHORT = kinds.Length(id="v.length", column="v", high=3)
REQUIRED = promised(
    Column(name="v", required=True),
    rules=[SHORT, kinds.NotNull(id="v.not_null", column="v")],
    thresholds=[line("accuracy", 0.9), line("accuracy", 0.5, severity=Severity.CRITICAL)],
)
GOOD, BAD = "ok", "too long"

GATES: dict[str, tuple[dict[str, list[str | None]], int, str, str]] = {
    "all is well": ({"v": [GOOD] * 10}, 0, "clear", "clear"),
    "one bad row, every line met": ({"v": [GOOD] * 9 + [BAD]}, 0, "needs review", "needs review"),
    "a line not met": ({"v": [GOOD] * 8 + [BAD] * 2}, 0, "needs review", "needs review: 1 threshold not met"),
    "a critical line on the line": (
        {"v": [GOOD, BAD]},
        0,
        "needs review",
        "needs review: 1 threshold not met",
    ),
    "a critical line not met": ({"v": [GOOD, BAD, BAD]}, 0, "refused", "refused: 2 thresholds not met"),
    "unreadable lines break the critical line": (
        {"v": [GOOD]},
        2,
        "refused",
        "refused: 2 thresholds not met",
    ),
    "one unreadable line": ({"v": [GOOD] * 10}, 1, "needs review", "needs review"),
    "an unexpected column": ({"v": [GOOD], "w": [GOOD]}, 0, "needs review", "needs review"),
    "a required column is missing": ({"w": [GOOD]}, 0, "refused", "refused: 2 thresholds not met"),
    "no rows": ({"v": []}, 0, "refused", "refused"),
    "nothing but unreadable lines": ({"v": []}, 5, "refused", "refused: 2 thresholds not met"),
}


@pytest.mark.parametrize("case", GATES)
def test_the_gate(bench: Bench, case: str) -> None:
    columns, unreadable, decision, summary = GATES[case]
    found = gate(bench, columns, REQUIRED, unreadable)

    assert (found.gate, found.summary) == (decision, summary)
    assert [item.key for item in breaches(found)] == [f"breach-{measure.key}" for measure in found.breaches]
    assert all(item.required for item in breaches(found))
    assert Judged.model_validate_json(found.model_dump_json()) == found
    assert not columns.get("v") or BAD not in found.model_dump_json()


def test_a_required_column_is_refused_even_where_no_line_says_so(bench: Bench) -> None:
    contract = promised(Column(name="v", required=True), "w")

    assert gate(bench, {"w": [GOOD]}, contract).gate == "refused"
    assert gate(bench, {"v": [GOOD]}, contract).gate == "needs review"
    assert gate(bench, {"v": [GOOD], "w": [None]}, contract).gate == "clear"


def test_no_rows_are_a_finding(bench: Bench) -> None:
    (note,) = gate(bench, {"v": []}, promised("v")).findings

    assert (note.severity, note.message) == (Severity.CRITICAL, "The file has no row of data.")


def test_every_line_of_the_known_contracts_is_measured(bench: Bench) -> None:
    contract = known("customers")
    found = gate(bench, {column.name: [None] for column in contract.columns}, contract)

    assert [measure.key for measure in found.measures] == [line.key for line in contract.thresholds]
    assert found.gate == "refused"
