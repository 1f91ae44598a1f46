"""Stage 9: every row is kept or quarantined, whatever was decided, and a kept value is the value that was read."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from effort import examples
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from judged_tables import TODAY, Judged, bronze, judged, promised, rows

from governance.bench import Bench, open_bench
from governance.contract.model import Cleaning, Column, LogicalType
from governance.review.choices import Action, Choice, Fix
from governance.rules import kinds
from governance.settings import Settings
from governance.stages.clean import clean
from governance.stages.contract import conform
from governance.stages.quarantine import REJECTED, SENT_BACK, Split, count, split
from governance.stages.validate import validate
from storage.vault import content_digest


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


@pytest.fixture(scope="module")
def one_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home")))


TRIM = (Cleaning.TRIM,)
COLUMNS = (
    Column(name="id", type=LogicalType.INTEGER, cleaning=TRIM),
    Column(name="name", cleaning=TRIM),
    Column(name="state", cleaning=TRIM),
)
RULES = (
    kinds.NotNull(id="id.not_null", column="id"),
    kinds.Unique(id="id.unique", column="id"),
    kinds.Length(id="name.length", column="name", low=2, high=4),
    kinds.Pattern(id="name.pattern", column="name", pattern="[a-zé]+"),
    kinds.OneOf(id="state.one_of", column="state", values=("on", "off")),
)
CONTRACT = promised(*COLUMNS, rules=RULES)

IDS = st.sampled_from([None, "", *map(str, range(30)), "007", "+7"])
NAMES = st.sampled_from(["ana", "lu", " zoé ", "a", "ANA", "A", "🤿", "abcde", "x1", None, " "])
STATES = st.sampled_from(["on", "off", "on ", "oof", "On", None])
ROW = st.tuples(IDS, NAMES, STATES)
FIXES = (
    Fix(column="name", expression="lower(name)"),
    Fix(column="name", repair="set", value="lu"),
    Fix(column="name", repair="clear"),
    Fix(column="state", repair="nearest_word"),
    Fix(column="id", expression="CASE WHEN id = '7' THEN NULL ELSE id END"),
)
# which round, which cluster of those that are there, what is done, and by which fix
DECISIONS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 7), st.sampled_from(list(Action)), st.sampled_from(FIXES)), max_size=6
)  # fmt: skip


def decide(found: Judged, turn: int, action: Action, fix: Fix) -> Choice:
    """A decision on some cluster of the revision as it stands, so that clusters of two rounds overlap."""
    clusters = found.parted.judged.clusters
    cluster = clusters[turn % len(clusters)]
    return Choice(
        item=f"cluster-{cluster.key}",
        action=action,
        cluster=cluster.key,
        failing=found.parted.judged.failing.path,
        rules=cluster.rules,
        fix=fix if action is Action.FIX else None,
    )


@settings(
    max_examples=examples(10, 60),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(table=st.lists(ROW, min_size=1, max_size=40), decisions=DECISIONS)
def test_rows_are_conserved_whatever_was_decided(
    one_bench: Bench, table: list[tuple[str | None, ...]], decisions: list[tuple[int, int, Action, Fix]]
) -> None:
    written = dict(zip(("id", "name", "state"), map(list, zip(*table, strict=True)), strict=True))
    found = judged(one_bench, written, CONTRACT)
    standing: list[Choice] = []
    for turn in (0, 1):
        if found.parted.judged.clusters:
            standing += [
                decide(found, at, action, fix) for when, at, action, fix in decisions if when == turn
            ]
            found = found.revised(*standing)

    assert sorted([*found.kept, *found.out]) == list(range(1, len(table) + 1))
    assert found.out == expected(found, standing)
    assert_counts(found, standing, len(table))


def touched(found: Judged, choices: list[Choice], action: Action) -> dict[int, set[str]]:
    """Row → rules of the decisions of one sort that name it."""
    named: dict[int, set[str]] = defaultdict(set)
    for choice in choices:
        if choice.action is action and choice.failing:
            for row in rows(choice.failing):
                if row["_cluster"] == choice.cluster:
                    named[row["_row"]] |= set(choice.rules)
    return named


def expected(found: Judged, choices: list[Choice]) -> dict[int, tuple[str, ...]]:
    """The quarantine in plain words: reasons that nobody waived, and rows that were rejected or sent back."""
    waived, rejected, sent = (
        touched(found, choices, action) for action in (Action.WAIVE, Action.REJECT, Action.SEND_BACK)
    )
    out = {}
    for row in {*found.reasons, *rejected, *sent}:
        left = [rule for rule in found.reasons.get(row, ()) if rule not in waived[row]]
        left += [REJECTED] * (row in rejected) + [SENT_BACK] * (row in sent)
        if left:
            out[row] = tuple(left)
    return dict(sorted(out.items()))


def assert_counts(found: Judged, choices: list[Choice], total: int) -> None:
    counts = found.parted.counts
    rejected = touched(found, choices, Action.REJECT)
    sent = touched(found, choices, Action.SEND_BACK)

    assert (counts.rows, counts.kept, counts.quarantined) == (total, len(found.kept), len(found.out))
    assert counts.waived == len(found.reasons.keys() - found.out.keys())
    assert (counts.rejected, counts.sent_back) == (len(rejected), len(sent))
    with found.bench.engine() as engine:
        assert count(engine, found.parted.judged.failing, choices, source=found.source) == counts, (
            "preview equals apply"
        )


# one decision at a time

TABLE = {
    "id": ["1", "2", "2", "3", None, "4", "5"],
    "name": ["ana", "lu", "zoé", "A", "ana", " ANA ", "lu"],
    "state": ["on", "on", "off", "oof", "on", "on", "off"],
}
BOTH = ("name.length", "name.pattern", "state.one_of")


@pytest.fixture
def found(bench: Bench) -> Judged:
    return judged(bench, TABLE, CONTRACT)


def test_without_a_decision_the_failing_rows_stay_out(found: Judged) -> None:
    assert (
        found.out
        == found.reasons
        == {
            2: ("id.unique",),
            3: ("id.unique",),
            4: BOTH,
            5: ("id.not_null",),
            6: ("name.pattern",),
        }
    )
    assert list(found.kept) == [1, 7]
    assert found.parted.summary == "2 kept, 5 quarantined"
    assert Split.model_validate_json(found.parted.model_dump_json()) == found.parted


def test_a_quarantined_row_is_as_it_was_read(found: Judged) -> None:
    row = rows(found.parted.quarantine)[-1]

    assert {name: row[name] for name in TABLE} == {"id": "4", "name": " ANA ", "state": "on"}
    assert row["_cluster"] == next(c.key for c in found.first.clusters if c.rules == ("name.pattern",))


def test_a_waiver_lets_its_cluster_through_and_no_other(found: Judged) -> None:
    waived = found.revised(found.choice(Action.WAIVE, "name.pattern"))

    assert waived.kept[6] == {"_row": 6, "id": 4, "name": "ANA", "state": "on"}
    assert waived.out == {row: why for row, why in found.out.items() if row != 6}
    assert waived.parted.counts.waived == 1
    assert waived.parted.summary == "3 kept, 4 quarantined, 1 of the kept waived"


def test_a_waiver_covers_its_own_rules_only(found: Judged) -> None:
    waiver = found.choice(Action.WAIVE, *BOTH)
    some = found.revised(waiver.model_copy(update={"rules": ("name.length", "state.one_of")}))

    assert some.out[4] == ("name.pattern",)
    assert 4 in found.revised(waiver).kept


def test_two_waivers_of_one_cluster_add_up(found: Judged) -> None:
    waiver = found.choice(Action.WAIVE, *BOTH)
    parts = [waiver.model_copy(update={"rules": (rule,)}) for rule in (*BOTH, BOTH[0])]

    assert 4 in found.revised(*parts).kept
    assert found.revised(*parts[:2]).out[4] == ("state.one_of",)


def test_a_rejected_row_stays_out_with_its_reasons_and_the_rejection(found: Judged) -> None:
    rejection = found.choice(Action.REJECT, "name.pattern")
    rejected = found.revised(rejection, rejection)

    assert rejected.out[6] == ("name.pattern", REJECTED)
    assert rejected.parted.counts.rejected == 1


@pytest.mark.parametrize("order", [0, 1], ids=["waived first", "rejected first"])
def test_a_rejection_is_stronger_than_a_waiver(found: Judged, order: int) -> None:
    both = [found.choice(action, "name.pattern") for action in (Action.WAIVE, Action.REJECT)]

    assert found.revised(*both[:: -1 if order else 1]).out[6] == (REJECTED,)


def test_a_rejected_row_that_was_fixed_stays_out_for_that_alone(found: Judged) -> None:
    fix = found.choice(Action.FIX, "name.pattern", fix=Fix(column="name", expression="lower(name)"))
    rejected = found.revised(fix, found.choice(Action.REJECT, "name.pattern"))

    assert rejected.out[6] == (REJECTED,)
    (row,) = [row for row in rows(rejected.parted.quarantine) if row["_row"] == 6]
    assert (row["_cluster"], row["name"]) == ("rejected", " ana ")


def test_a_fix_can_mend_a_row_that_it_does_not_touch(found: Judged) -> None:
    fixed = found.revised(
        found.choice(Action.FIX, "id.not_null", fix=Fix(column="id", repair="set", value="3"))
    )

    assert fixed.out[5] == ("id.unique",)
    assert fixed.out[4] == ("id.unique", *BOTH), "row 4 had the 3 to itself before"


def test_acceptance_changes_no_row(found: Judged) -> None:
    assert found.revised(found.choice(Action.ACCEPT, "name.pattern")).out == found.out


def test_rows_of_nothing_but_missing_values_are_not_lost(bench: Bench) -> None:
    found = judged(bench, {"id": [None] * 3, "name": [None] * 3, "state": [None] * 3}, CONTRACT)
    waived = found.revised(found.choice(Action.WAIVE, "id.not_null"))

    assert list(found.out) == list(waived.kept) == [1, 2, 3]


# types

TYPED: dict[str, tuple[LogicalType, tuple[Cleaning, ...], dict[str, object]]] = {
    "integer": (
        LogicalType.INTEGER,
        TRIM,
        {"0": 0, "-0": 0, "+5": 5, "007": 7, " 12 ": 12, "9" * 18: int("9" * 18), "-" + "9" * 18: -int("9" * 18)},
    ),
    "number": (
        LogicalType.NUMBER,
        (*TRIM, Cleaning.NUMBER),
        {"$1,234.50": 1234.5, ".1": 0.1, "1e-7": 1e-7, "1e308": 1e308, "-0": 0.0, "5.": 5.0, "16777217": 16777217.0},
    ),
    "date": (
        LogicalType.DATE,
        (*TRIM, Cleaning.DATE),
        {
            "2024-02-29": date(2024, 2, 29),
            "12/31/1999": date(1999, 12, 31),
            "0001-01-01": date(1, 1, 1),
            "9999-12-31": date(9999, 12, 31),
        },
    ),
    "timestamp": (
        LogicalType.TIMESTAMP,
        TRIM,
        {
            "2024-02-29": datetime.fromisoformat("2024-02-29T00:00:00"),
            "2024-02-29T10:00:00.123456": datetime.fromisoformat("2024-02-29T10:00:00.123456"),
            "2024-03-31T02:30:00+02": datetime.fromisoformat("2024-03-31T00:30:00"),
        },
    ),
    "boolean": (LogicalType.BOOLEAN, TRIM, {"Yes": True, "t": True, "1": True, "FALSE": False, "n": False, "0": False}),
    "string": (
        LogicalType.STRING,
        TRIM,
        {"007": "007", "🤿": "🤿", "محمد": "محمد", "NaN": "NaN", "=1+1": "=1+1", "a" * 10_000: "a" * 10_000, "'": "'"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TYPED)
def test_a_kept_value_is_the_value_that_was_read(bench: Bench, case: str) -> None:
    kind, ways, values = TYPED[case]
    rules = [] if kind is LogicalType.STRING else [kinds.HasType(id="v.type", column="v", type=kind.value)]  # type: ignore[arg-type]
    found = judged(
        bench, {"v": [*values, None]}, promised(Column(name="v", type=kind, cleaning=ways), rules=rules)
    )

    assert [row["v"] for row in found.kept.values()] == [*values.values(), None]


WRITTEN = st.text(st.sampled_from("0123456789+-.eE ,$/:TZ"), max_size=12) | st.from_regex(
    r"\A[0-9]{4}-[0-2][0-9]-[0-3][0-9]\Z"
)


@settings(
    max_examples=examples(5, 20),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    values=st.lists(
        WRITTEN | st.floats(allow_nan=False, allow_infinity=False).map(repr), min_size=20, max_size=60
    )
)
def test_typing_a_kept_value_never_loses_it(one_bench: Bench, values: list[str]) -> None:
    """What passes its type rule has a value in the column's type, and that value reads as the clean text does."""
    kinds_of = {
        "i": LogicalType.INTEGER,
        "n": LogicalType.NUMBER,
        "d": LogicalType.DATE,
        "t": LogicalType.TIMESTAMP,
    }
    columns = [Column(name=name, type=kind, cleaning=TRIM) for name, kind in kinds_of.items()]
    for column in columns:
        rule = kinds.HasType(id="type", column=column.name, type=column.type.value)  # type: ignore[arg-type]
        found = judged(one_bench, {column.name: values}, promised(column, rules=[rule]))
        clean_texts = {row["_row"]: row[column.name] for row in rows(found.cleaned.clean)}
        for row, kept in found.kept.items():
            text, value = clean_texts[row], kept[column.name]
            assert (value is None) == (text is None), (column.type, text)
            if value is not None:
                assert READ[column.type](text) == value, (column.type, text)


def instant(text: str) -> datetime:
    """Naive UTC of a time with or without an offset."""
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found.replace(tzinfo=None) - (found.utcoffset() or timedelta())


READ = {
    LogicalType.INTEGER: int,
    LogicalType.NUMBER: float,
    LogicalType.DATE: date.fromisoformat,
    LogicalType.TIMESTAMP: instant,
}


def test_kept_rows_and_their_digest_are_the_same_in_every_home(tmp_path: Path) -> None:
    """A candidate is named by its content in row order: how many threads made it must not matter."""
    many = {"id": [str(n) for n in range(200_000)], "name": ["ana", "A"] * 100_000, "state": ["on"] * 200_000}
    parts = []
    for home, threads in ((tmp_path / "a", 1), (tmp_path / "b's", 4)):
        bench = open_bench(Settings(home=home, threads=threads))
        source = conform(bronze(bench, many), CONTRACT).source
        first = validate(bench, source, contract=CONTRACT, today=TODAY)
        table = clean(bench, source, contract=CONTRACT).clean
        parts.append(split(bench, source, table, first, choices=(), contract=CONTRACT))

    assert parts[0].kept.name == parts[1].kept.name
    assert content_digest(parts[0].kept.path) == content_digest(parts[1].kept.path)
    assert parts[0].counts == parts[1].counts
    assert [row["_row"] for row in rows(parts[1].kept)] == list(range(1, 200_000, 2))
