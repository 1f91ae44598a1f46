"""Ready-made repairs, one by one, and fixes laid over the rows that were read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from judged_tables import TODAY, Judged, judged, known, promised, rows

from governance.bench import Bench, open_bench
from governance.contract.model import Cleaning, Column
from governance.engines.duckdb import Engine, open_engine
from governance.errors import InputError
from governance.review import overlay
from governance.review.choices import Action, Choice, Fix, name_of_choices
from governance.review.repairs import REPAIRS, expression, repairs_for
from governance.rules import kinds, sql
from governance.settings import Settings
from governance.stages import validate as stage
from storage.vault import content_digest

Text = str | None


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(Settings(home=tmp_path_factory.mktemp("home"))) as engine:
        yield engine


STATES = ("active", "inactive", "suspended")
WORDS = promised(
    Column(name="v", cleaning=(Cleaning.TRIM,)), rules=[kinds.OneOf(id="v.one_of", column="v", values=STATES)]
)


def mended(engine: Engine, fix: Fix, value: Text) -> Text:
    engine.register("written", pa.table({"v": pa.array([value], pa.string())}))
    rendered = sql.render(expression(fix, ("v",), WORDS))
    answer: Text = engine.value(f"SELECT CAST({rendered} AS VARCHAR) FROM written")
    return answer


# repair → what was written and what it becomes; what a repair is not for, it leaves
CASES: dict[str, dict[str, Text]] = {
    "drop_extension": {
        "212-555-0147 x204": "212-555-0147",
        "212-555-0147 ext. 12": "212-555-0147",
        "212-555-0147, Extension 7 ": "212-555-0147",
        "212-555-0147#9": "212-555-0147",
        "212-555-CALL": "212-555-CALL",
        "212-555-0147": "212-555-0147",
    },
    "digits_of_phone": {"tel. 212.555 0147": "2125550147", "+1 212 555-0147": "+12125550147", "none": ""},
    "read_mdy": {
        "3/4/2024": "2024-03-04",
        " 03-04-2024 ": "2024-03-04",
        "3/4/2024\u00a0": "2024-03-04",
        "12/31/1999": "1999-12-31",
        "2024-03-04": "2024-03-04",
        "3/4/24": "3/4/24",
    },
    "read_dmy": {"3/4/2024": "2024-04-03", "\t03-04-2024": "2024-04-03", "31/12/1999": "1999-12-31", "soon": "soon"},
    "nearest_word": {
        "actve": "active",
        "Active ": "active",
        "inctive": "inactive",  # two edits from active, but one from inactive
        "inactiv": "inactive",
        "SUSPENDD": "suspended",
        "closed": "closed",
        "": None,
    },
    "remove_spaces": {"ana @example.com": "ana@example.com", "a n a@example.com": "ana@example.com"},
    "single_dots": {"ana@example..com": "ana@example.com", "a...b@c.de": "a.b@c.de"},
    "remove_digits": {"Ana1": "Ana", "4na 23": "na", "Ana": "Ana"},
    "drop_sign": {"-5": "5", " -5.5 ": "5.5", "$-5": "$5", "--5": "5", "5": "5", "1e-5": "1e-5"},
    "number_only": {"$ 1 USD": "1", "approx. -5.5": ".-5.5", "x": ""},
    "clear": {"anything": None},
}  # fmt: skip


@pytest.mark.parametrize(
    ("repair", "written", "right"),
    [(repair, *case) for repair, cases in CASES.items() for case in cases.items()],
)
def test_a_repair_changes_what_it_says(engine: Engine, repair: str, written: str, right: Text) -> None:
    assert mended(engine, Fix(column="v", repair=repair), written) == right


@pytest.mark.parametrize("repair", CASES)
def test_a_repair_fills_nothing_in_and_twice_is_once(engine: Engine, repair: str) -> None:
    fix = Fix(column="v", repair=repair)

    assert mended(engine, fix, None) is None
    assert all(mended(engine, fix, right) == (right or None) for right in CASES[repair].values())


@pytest.mark.parametrize("word", ["ana", "it's", '"', "🤿", ":v", "'); DROP TABLE patched; --", "\\"])
def test_a_word_that_is_set_is_the_word(engine: Engine, word: str) -> None:
    assert mended(engine, Fix(column="v", repair="set", value=word), None) == word


def test_every_repair_has_cases() -> None:
    assert set(CASES) | {"set"} == {repair.name for repair in REPAIRS}


REFUSED = {
    "an unknown column": (Fix(column="w", repair="clear"), "'w'"),
    "an unknown repair": (Fix(column="v", repair="guess"), "'guess'"),
    "no repair": (Fix(column="v"), "''"),
    "a word without the word": (Fix(column="v", repair="set"), "Set to a value"),
    "an expression over another column": (Fix(column="v", expression="lower(w)"), "'w'"),
    "no expression": (Fix(column="v", expression="SELECT 1"), "SQL"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_fix_is_refused_by_name(bench: Bench, case: str) -> None:
    fix, word = REFUSED[case]
    found = judged(bench, {"v": ["closed"]}, WORDS)

    with pytest.raises(InputError, match=word):
        expression(fix, ("v",), WORDS)
    with pytest.raises(InputError, match=word):
        overlay.lay(bench, found.origin, [found.choice(Action.FIX, "v.one_of", fix=fix)], contract=WORDS)


OFFERED = {
    "email.email": {"remove_spaces", "single_dots", "set"},
    "phone.pattern": {"drop_extension", "digits_of_phone", "remove_digits", "set"},
    "income.range": {"drop_sign", "clear", "set"},
    "created_date.ambiguous_date": {"read_mdy", "read_dmy", "set"},
    "account_status.one_of": {"nearest_word", "set"},
    "email.not_null": {"set"},
    "customer_id.unique": set(),
}


@pytest.mark.parametrize("rule_id", OFFERED)
def test_a_rule_is_offered_the_repairs_that_could_mend_it(rule_id: str) -> None:
    contract = known("customers")
    rule = contract.rule(rule_id)
    assert rule

    assert {repair.name for repair in repairs_for(rule, contract)} == OFFERED[rule_id]


# the overlay

CONTRACT = promised(
    Column(name="id"),
    Column(name="state", cleaning=(Cleaning.TRIM, Cleaning.LOWER)),
    Column(name='a "b"', cleaning=(Cleaning.TRIM,)),
    rules=[
        kinds.OneOf(id="state.one_of", column="state", values=STATES),
        kinds.Length(id="b.length", column='a "b"', high=3),
    ],
)
TABLE = {
    "id": ["1", "2", "3", "4"],
    "state": ["actve", "Active", "suspnded", None],
    'a "b"': ["abc", "abcd", "abc", "a"],
}
NEAREST = Fix(column="state", repair="nearest_word")
SHORTER = Fix(column='a "b"', expression='left("a ""b""", 3)')


@pytest.fixture
def found(bench: Bench) -> Judged:
    return judged(bench, TABLE, CONTRACT)


def tables(revision: Judged) -> list[tuple[str, str]]:
    """Names and content of everything that a revision made."""
    parted = revision.parted
    made = (
        revision.cleaned.clean,
        revision.cleaned.changes,
        parted.judged.failing,
        parted.kept,
        parted.quarantine,
    )
    return [(table.name, str(rows(table))) for table in made] + [("kept", content_digest(parted.kept.path))]


def test_fixes_touch_their_cells_and_nothing_else(found: Judged) -> None:
    fixed = found.revised(
        found.choice(Action.FIX, "state.one_of", fix=NEAREST),
        found.choice(Action.FIX, "b.length", fix=SHORTER),
    )

    assert fixed.out == {}
    assert [tuple(row.values()) for row in fixed.kept.values()] == [
        (1, "1", "active", "abc"),
        (2, "2", "active", "abc"),
        (3, "3", "suspended", "abc"),
        (4, "4", None, "a"),
    ]
    assert fixed.changes == [
        (1, "state", "actve", "active", "fix"),
        (2, 'a "b"', "abcd", "abc", "fix"),
        (2, "state", "Active", "active", "lower"),
        (3, "state", "suspnded", "suspended", "fix"),
    ]


def test_the_read_rows_stay_as_they_are(found: Judged) -> None:
    before = found.origin.bronze.path.read_bytes()
    fixed = found.revised(found.choice(Action.FIX, "state.one_of", fix=NEAREST))

    assert found.origin.bronze.path.read_bytes() == before
    with found.bench.engine() as engine:
        assert [row[0] for row in engine.rows(f"SELECT state FROM {fixed.source.read()}")] == TABLE["state"]


def test_the_same_fix_twice_changes_nothing_more(found: Judged) -> None:
    fix = found.choice(Action.FIX, "state.one_of", fix=NEAREST)
    once, twice = found.revised(fix), found.revised(fix, fix)

    assert [content for _, content in tables(twice)] == [content for _, content in tables(once)]
    assert content_digest(once.parted.kept.path) == content_digest(twice.parted.kept.path)


def test_undoing_everything_gives_back_the_first_tables(found: Judged) -> None:
    fix = found.choice(Action.FIX, "state.one_of", fix=NEAREST)
    others = [found.choice(action, "b.length") for action in (Action.WAIVE, Action.REJECT)]
    revised = found.revised(fix, *others)

    assert content_digest(revised.parted.kept.path) != content_digest(found.parted.kept.path)
    assert tables(found.revised()) == tables(found)
    assert found.revised().source == found.origin
    assert tables(found.revised(fix, *others)) == tables(revised)


def test_fixes_are_applied_in_the_order_decided(found: Judged) -> None:
    first = found.choice(Action.FIX, "b.length", fix=Fix(column='a "b"', repair="set", value="x"))
    second = found.choice(Action.FIX, "b.length", fix=Fix(column='a "b"', expression='"a ""b""" || id'))

    assert found.revised(first, second).kept[2]['a "b"'] == "x2"
    assert found.revised(second, first).kept[2]['a "b"'] == "x"


def test_an_expression_reads_the_row_as_it_was_read(found: Judged) -> None:
    fix = Fix(column='a "b"', expression="state")
    fixed = found.revised(found.choice(Action.FIX, "b.length", fix=fix))

    assert (2, 'a "b"', "abcd", "Active", "fix") in fixed.changes
    assert fixed.out[2] == ("b.length",)


def test_a_fix_may_answer_with_a_number_or_nothing(found: Judged) -> None:
    number, nothing = (Fix(column='a "b"', expression=text) for text in ("length(id) + 1", "NULL"))

    assert found.revised(found.choice(Action.FIX, "b.length", fix=number)).kept[2]['a "b"'] == "2"
    assert found.revised(found.choice(Action.FIX, "b.length", fix=nothing)).kept[2]['a "b"'] is None


BROKEN = {
    "a cast": "CAST(state AS INTEGER)",
    "a wrong argument": "abs(state)",
    "a bad pattern": "regexp_replace(state, '(', '')",
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_expression_that_the_rows_break_is_the_stewards_to_mend(found: Judged, case: str) -> None:
    fix = Fix(column="state", expression=BROKEN[case])

    with pytest.raises(InputError) as raised:
        found.revised(found.choice(Action.FIX, "state.one_of", fix=fix))
    assert "actve" not in str(raised.value)
    assert "suspnded" not in str(raised.value)


@pytest.mark.parametrize(
    "secret", ["O'Secret", 'say "Secret" twice', "a\nSecret", "it's\n'Secret'", "'Secret", "Secret'"]
)
def test_an_error_says_nothing_of_the_value_that_caused_it(bench: Bench, secret: str) -> None:
    found = judged(bench, {"v": [secret]}, WORDS)
    fix = Fix(column="v", expression="CAST(v AS INTEGER)")

    with pytest.raises(InputError, match="Could not convert string …") as raised:
        found.revised(found.choice(Action.FIX, "v.one_of", fix=fix))
    assert "ecret" not in str(raised.value)


def test_choices_without_rows_or_fix_lay_nothing(found: Judged) -> None:
    nowhere = Choice(item="breach-accuracy", action=Action.ACCEPT)
    source = overlay.lay(
        found.bench, found.origin, [nowhere, found.choice(Action.WAIVE, "b.length")], contract=CONTRACT
    )

    assert source is found.origin


def test_the_name_of_choices_is_of_what_was_decided_and_in_which_order(found: Judged) -> None:
    one, other = found.choice(Action.WAIVE, "b.length"), found.choice(Action.REJECT, "state.one_of")
    moved = one.model_copy(update={"failing": Path("/elsewhere") / one.failing.name if one.failing else None})

    assert name_of_choices([one, other]) == name_of_choices([moved, other])
    assert len({name_of_choices(said) for said in ([], [one], [other], [one, other], [other, one])}) == 5


AGAIN = {
    "mended": NEAREST,
    "still wrong": Fix(column="state", repair="set", value="nothing known"),
    "wrong otherwise": Fix(column='a "b"', repair="set", value="abcdef"),
}


@pytest.mark.parametrize("fix", AGAIN.values(), ids=AGAIN)
def test_rows_that_are_judged_again_alone_get_the_verdict_of_the_whole_table(
    found: Judged, fix: Fix, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = found.revised(found.choice(Action.FIX, "state.one_of", fix=fix))
    alone = rows(fixed.parted.judged.failing)
    fixed.parted.judged.failing.path.unlink()
    monkeypatch.setattr(stage, "of_one_row", lambda contract, columns: False)
    whole = stage.validate(found.bench, fixed.source, contract=found.contract, today=TODAY)

    assert whole == fixed.parted.judged
    assert rows(whole.failing) == alone


def test_a_rule_across_rows_is_judged_on_all_of_them(bench: Bench) -> None:
    rules = [kinds.OneOf(id="s", column="state", values=("a",)), kinds.Unique(id="u", column="id")]
    found = judged(
        bench, {"id": ["1", "2"], "state": ["a", "b"]}, promised("id", Column(name="state"), rules=rules)
    )
    fixed = found.revised(found.choice(Action.FIX, "s", fix=Fix(column="id", repair="set", value="1")))

    assert fixed.reasons == {1: ("u",), 2: ("s", "u")}
