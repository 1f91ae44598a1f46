"""Recipes: made of what was approved, proposed and never applied by themselves, counted, and kept as files."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from drive import ANA, BEN, CLEO, DAN, EVE, SAM, Desk, customers, today
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published_house import page, press, text
from test_cli import at_home, call
from test_following import CONTRACT as BILLS
from test_following import bills

from governance.answers.recipes import Offered, RecipeLine, fix_said
from governance.deciding import Wish
from governance.errors import FourEyes, GovernanceError, IllegalMove, InputError, NotPermitted, Stale
from governance.people import Person, person
from governance.recipe_files import MOST_BYTES, read
from governance.review.choices import Action, Fix, Scope, Terms
from governance.states import State
from governance.together import One
from governance.verdict import signature_of
from storage.models import Item, RecipeOffer

pytestmark = pytest.mark.usefixtures("without_expectations")

SECRET = "Zanzibar Secret 77"
IDA = person("ida")


@dataclass(frozen=True)
class Taught:
    """A home whose first run was published with decisions, and a second run of nearly the same rows that waits."""

    desk: Desk
    first: str
    second: str
    done: dict[str, tuple[Action, Fix | None]]
    """What was decided in the first run, by item."""


def without(file: Path, rows: int) -> Path:
    """The same file without its first good rows, so that it is another input with the same signatures."""
    wrong = {
        int(line["row"]) for line in csv.DictReader(file.with_suffix(".truth.csv").open(encoding="utf-8"))
    }
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    gone = [number for number in range(1, len(lines)) if number not in wrong][:rows]
    out = file.with_name(f"{file.stem}-{rows}.csv")
    kept = (line for number, line in enumerate(lines) if number not in gone)
    out.write_text("".join(kept), encoding="utf-8")
    return out


DECISIONS: dict[str, tuple[Action, Fix | None]] = {
    "email: not an e-mail address, two dots": (Action.FIX, Fix(column="email", repair="single_dots")),
    "phone: wrong form · 9-9-9 a9": (Action.FIX, Fix(column="phone", repair="drop_extension")),
    "phone: wrong form · 9-9-9": (Action.FIX, Fix(column="phone", repair="set", value=SECRET)),
    "last_name: wrong form · a9": (
        Action.FIX, Fix(column="last_name", expression="coalesce(regexp_replace(last_name, '9', ''), 'Zanzibar')"),
    ),
    "account_status: missing": (Action.REJECT, None),
    "email: not an e-mail address, no @": (Action.SEND_BACK, None),
}  # fmt: skip
"""A ready-made repair twice, a typed value, an expression, a rejection, a sending back."""


def decided_first(desk: Desk, run: str) -> dict[str, tuple[Action, Fix | None]]:
    """All of them, and a waiver, which is no recipe."""
    items = {item.title: item for item in desk.items(run, "cluster")}
    done = {items[title].key: wanted for title, wanted in DECISIONS.items()}
    for key, (action, fix) in done.items():
        desk.ws.decide(ANA, run, key, action, fix=fix, reason=f"because of {key}")
    waived = items["income: too high"].key
    desk.ws.decide(ANA, run, waived, Action.WAIVE, reason="known", terms=Terms(scope=Scope.CLUSTER))
    desk.work()
    return done


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    folder = tmp_path_factory.mktemp("recipes")
    desk = Desk.at(folder / "home")
    file = customers(folder, seed=31, rows=700)
    first = desk.run(file)
    done = decided_first(desk, first)
    assert desk.publish(first) is State.PUBLISHED
    return Taught(desk, first, desk.run(without(file, 1)), done)


@pytest.fixture
def home(taught: Taught, tmp_path: Path) -> Iterator[Desk]:
    """A copy to change."""
    desk = taught.desk.copy(tmp_path / "home")
    yield desk
    desk.close()


def offers(desk: Desk, run: str, who: Person = ANA) -> dict[str, Offered]:
    return {one.item: one for one in desk.ws.see.recipe_offers(who, run)}


def lines(desk: Desk, who: Person = ANA) -> dict[int, RecipeLine]:
    return {one.id: one for one in desk.ws.see.recipes(who)}


def version(desk: Desk, run: str, item: str) -> int:
    return next(one.version for one in desk.items(run) if one.key == item)


def third(desk: Desk, taught: Taught, rows: int = 2) -> str:
    """Another run with the same signatures."""
    return desk.run(without(taught.desk.home.parent / "customers-31.csv", rows))


# made


def test_approved_decisions_on_signatures_become_recipes(taught: Taught) -> None:
    found = lines(taught.desk)
    assert {f"cluster-{one.signature}" for one in found.values()} == set(taught.done), (
        "and no waiver, no breach"
    )
    for one in found.values():
        action, fix = taught.done[f"cluster-{one.signature}"]
        assert (one.action, one.version, one.state) == (action, 1, "in force")
        assert (one.decided_by, one.approved_by, one.run, one.published) == ("ana", "ben", taught.first, 1)
        assert one.reason == f"because of cluster-{one.signature}"
        assert one.said.startswith(f"Ana’s {'fix' if fix else ''}")
        assert f"in run {taught.first} (version 1), approved by Ben on {today()}" in one.said
        assert one.counts.proposed == 1


def test_the_signature_is_what_the_engine_computes(taught: Taught) -> None:
    items = [one for one in taught.desk.rows_of(Item) if one.kind == "cluster"]
    assert len(items) > 10
    for item in items:
        assert signature_of(item.details["rules"], item.details["shape"]) == item.details["cluster"]


def test_a_run_that_nobody_else_approved_teaches_nothing(home: Desk, taught: Taught) -> None:
    """Break-glass publishes without a second person; what was decided becomes recipes when it is signed off."""
    second, before = taught.second, set(lines(home))
    item = next(one for one in home.items(second, "cluster") if one.key not in taught.done)
    home.ws.decide(ANA, second, item.key, Action.REJECT, reason="not one of ours")
    home.work()
    home.accept_breaches(second)
    home.ws.break_glass(IDA, second, digest=home.row(second).candidate, reason="the quarter closes")
    home.work()
    assert home.state(second) is State.PUBLISHED
    assert set(lines(home)) == before
    home.ws.sign_off(EVE, second, reason="it was right")
    (made,) = (one for one in lines(home).values() if one.id not in before)
    assert (f"cluster-{made.signature}", made.approved_by, made.published) == (item.key, "eve", 2)


def test_a_policy_is_no_second_person_and_is_proposed_nothing(home: Desk, taught: Taught) -> None:
    before = lines(home)
    run = home.run(without(taught.desk.home.parent / "customers-31.csv", 3), no_review=True)
    home.work()
    assert home.state(run) is State.PUBLISHED
    assert lines(home) == before
    assert not [one for one in home.rows_of(RecipeOffer) if one.run == run]


def test_the_same_decision_again_is_no_new_version(home: Desk, taught: Taught) -> None:
    before = lines(home)
    for item, one in offers(home, taught.second).items():
        home.ws.decide(ANA, taught.second, item, one.action, recipe=one.recipe, reason="as before")
    home.work()
    home.publish(taught.second)
    after = lines(home)
    assert {number: one.version for number, one in after.items()} == dict.fromkeys(before, 1)
    assert {one.counts.accepted for one in after.values()} == {1}
    run = third(home, taught)
    for one in offers(home, run).values():
        assert one.said.endswith("Taken 1 of 1 time.")
        assert (one.accepted, one.of) == (1, 1)


def test_another_decision_makes_the_next_version(home: Desk, taught: Taught) -> None:
    rejected = next(key for key, (action, _) in taught.done.items() if action is Action.REJECT)
    waiting = third(home, taught)
    old = offers(home, taught.second)[rejected]
    assert offers(home, waiting)[rejected].recipe == old.recipe
    home.ws.decide(BEN, taught.second, rejected, Action.SEND_BACK, reason="they can mend it")
    home.work()
    home.accept_breaches(taught.second)
    home.approve(taught.second, by=EVE)
    home.ws.publish(ANA, taught.second)
    home.work()
    new = offers(home, waiting)[rejected]
    assert (new.version, new.action, new.of) == (2, Action.SEND_BACK, 0), "a new version begins to count anew"
    line = lines(home)[new.recipe]
    assert (line.decided_by, line.approved_by, line.published) == ("ben", "eve", 2)
    (earlier,) = line.earlier
    assert (earlier.id, earlier.state, earlier.counts.declined) == (old.recipe, "replaced", 1)
    assert old.recipe not in lines(home), "it stands below the one that replaced it"


def test_a_signature_that_was_mended_whole_was_seen_before(taught: Taught) -> None:
    item = next(key for key, (_, fix) in taught.done.items() if fix and fix.repair == "single_dots")
    before = taught.desk.ws.see.seen_before(ANA, taught.second, item)
    assert (before.runs, before.actions, before.last_run) == (1, (("fixed by single dots", 1),), taught.first)


# proposed, and never applied by itself


def test_nothing_is_applied_by_itself(taught: Taught) -> None:
    second = taught.second
    assert set(offers(taught.desk, second)) == set(taught.done)
    view = taught.desk.ws.see.triage(ANA, second)
    assert view.decisions == ()
    assert {item.state for item in view.items if item.key in taught.done} == {"open"}


def test_a_recipe_does_what_was_decided(home: Desk, taught: Taught, tmp_path: Path) -> None:
    """The same candidate as by hand."""
    hand = home.copy(tmp_path / "hand")
    for item, one in offers(home, taught.second).items():
        home.ws.decide(ANA, taught.second, item, one.action, recipe=one.recipe, reason="taken")
        action, fix = taught.done[item]
        hand.ws.decide(SAM, taught.second, item, action, fix=fix, reason="by hand")
    home.work()
    hand.work()
    taken, made = home.row(taught.second), hand.row(taught.second)
    assert (taken.candidate, taken.rows) == (made.candidate, made.rows)
    assert taken.candidate
    assert {one.counts.accepted for one in lines(hand).values()} == {1}, (
        "who does the same by hand took it too"
    )
    hand.close()


@given(chosen=st.sets(st.integers(0, 5), min_size=1))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_effect_of_any_recipes_is_that_of_the_decisions(taught: Taught, chosen: set[int]) -> None:
    desk, run = taught.desk, taught.second
    found = sorted(offers(desk, run).values(), key=lambda one: one.item)
    wanted = [found[at] for at in chosen]
    taken = [One(one.item, Wish(one.action, recipe=one.recipe), 0) for one in wanted]
    by_hand = [
        One(one.item, Wish(taught.done[one.item][0], fix=taught.done[one.item][1]), 0) for one in wanted
    ]
    assert desk.ws.preview_all(ANA, run, taken) == desk.ws.preview_all(ANA, run, by_hand)


def test_what_people_make_of_proposals_is_counted(home: Desk, taught: Taught) -> None:
    run, found = taught.second, offers(home, taught.second)
    fixes = [key for key, (action, _) in taught.done.items() if action is Action.FIX]
    take, change, decline = fixes[:3]
    column = next(one for one in home.items(run) if one.key == change).columns[0]
    numbers = [
        home.ws.decide(ANA, run, take, Action.FIX, recipe=found[take].recipe, reason="yes"),
        home.ws.decide(
            ANA, run, change, Action.FIX, fix=Fix(column=column, repair="set", value="x"), reason="so"
        ),
        home.ws.decide(ANA, run, decline, Action.REJECT, reason="no"),
    ]
    home.work()
    assert not {take, change, decline} & set(offers(home, run)), "answered"
    counts = [lines(home)[found[key].recipe].counts for key in (take, change, decline)]
    assert [(one.accepted, one.changed, one.declined) for one in counts] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    said = [json.loads(one.data) for one in home.events(run) if one.action.startswith("decision ")]
    assert [one["proposal"] for one in said] == ["accepted", "changed", "declined"]
    assert [one["recipe"] for one in said] == [found[key].recipe for key in (take, change, decline)]
    sentences = "\n".join(one.sentence for one in home.ws.see.events(DAN, run=run, limit=500))
    assert f", as recipe {found[take].recipe} proposed" in sentences
    for number in numbers:
        home.ws.undo(ANA, run, number)
    home.work()
    assert set(offers(home, run)) == set(found), "taken back, it waits again"
    assert {one.counts.accepted + one.counts.declined for one in lines(home).values()} == {0}


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        pytest.param({"action": Action.WAIVE}, InputError, "proposes to", id="another action"),
        pytest.param({"recipe": 9_999}, Stale, "is not proposed for", id="no such recipe"),
        pytest.param({"fix": Fix(column="x", repair="clear")}, InputError, "proposes to", id="and a fix"),
    ],
)
def test_a_recipe_is_taken_as_it_is(
    taught: Taught, wish: dict[str, Any], error: type[GovernanceError], words: str
) -> None:
    item, one = next(iter(offers(taught.desk, taught.second).items()))
    asked = {"action": one.action, "recipe": one.recipe, **wish}
    for verb in (taught.desk.ws.preview, lambda *a, **k: taught.desk.ws.decide(*a, **k, reason="r")):
        with pytest.raises(error, match=words) as refusal:
            verb(ANA, taught.second, item, asked["action"], recipe=asked["recipe"], fix=asked.get("fix"))
        assert refusal.value.hint.endswith(".")


def test_a_recipe_of_another_item_is_not_proposed(taught: Taught) -> None:
    first, second, *_ = offers(taught.desk, taught.second).values()
    with pytest.raises(Stale, match="is not proposed for"):
        taught.desk.ws.preview(ANA, taught.second, first.item, second.action, recipe=second.recipe)


# retired


def test_retired_and_brought_back(home: Desk, taught: Taught) -> None:
    item, one = next(iter(offers(home, taught.second).items()))
    seen = version(home, taught.second, item)
    for who in (CLEO, DAN):
        with pytest.raises(NotPermitted, match="may not decide about rows"):
            home.ws.retire_recipe(who, one.recipe, reason="no")
    with pytest.raises(InputError, match="needs a reason"):
        home.ws.retire_recipe(ANA, one.recipe, reason=" ")
    home.ws.retire_recipe(BEN, one.recipe, reason="the supplier mended it")
    assert item not in offers(home, taught.second)
    with pytest.raises(Stale, match="is not proposed for"):
        home.ws.decide(ANA, taught.second, item, one.action, recipe=one.recipe, reason="r", seen=seen)
    line = lines(home)[one.recipe]
    assert line.state == "retired"
    assert line.changed == f"Retired by Ben on {today()}: the supplier mended it"
    with pytest.raises(IllegalMove, match="is retired"):
        home.ws.retire_recipe(ANA, one.recipe, reason="again")
    home.ws.bring_back_recipe(ANA, one.recipe, reason="it came again")
    assert offers(home, taught.second)[item].recipe == one.recipe
    with pytest.raises(IllegalMove, match="is in force"):
        home.ws.bring_back_recipe(ANA, one.recipe, reason="again")
    said = [one.sentence for one in home.ws.see.events(DAN, action="recipe ", limit=2)]
    assert said[0].startswith("Ana brought recipe")
    assert said[1].startswith("Ben retired recipe")
    assert said[1].endswith(": the supplier mended it")


def test_the_same_decision_does_not_revive_a_retired_one(home: Desk, taught: Taught) -> None:
    item, one = next(iter(offers(home, taught.second).items()))
    action, fix = taught.done[item]
    home.ws.retire_recipe(BEN, one.recipe, reason="never again")
    home.ws.decide(ANA, taught.second, item, action, fix=fix, reason="this once")
    home.work()
    home.publish(taught.second)
    assert lines(home)[one.recipe].state == "retired"
    assert len([line for line in lines(home).values() if f"cluster-{line.signature}" == item]) == 1


# values that people typed


def test_typed_values_are_told_to_those_who_may_see_values(taught: Taught) -> None:
    desk = taught.desk
    assert any(SECRET in one.does for one in desk.ws.see.recipes(ANA))
    assert any(SECRET in one.said for one in desk.ws.see.recipe_offers(ANA, taught.second))
    for who in (BEN, DAN):
        told = "".join(one.model_dump_json() for one in desk.ws.see.recipes(who))
        assert SECRET not in told
        assert "Zanzibar" not in told
    hidden = "".join(one.model_dump_json() for one in desk.ws.see.recipe_offers(BEN, taught.second))
    assert "Zanzibar" not in hidden
    assert "by a formula" in hidden


def test_the_ledger_holds_no_value(taught: Taught) -> None:
    files = [path for path in taught.desk.home.iterdir() if path.name.startswith("ledger.db")]
    assert files
    for path in files:
        assert b"Zanzibar" not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("fix", "shown", "hidden"),
    [
        (Fix(column="a", repair="clear"), "empty the value (a)", "empty the value (a)"),
        (Fix(column="a", repair="set", value="x"), "set to a value “x” (a)", "set to a value (a)"),
        (Fix(column="a", expression="trim(a)"), "a = trim(a)", "a by a formula"),
        (Fix(column="a", repair="compute", expression="b * c"), "a = b * c", "a = b * c"),
        (Fix(column="a", repair="compute", expression="b * 12"), "a = b * 12", "a by a formula"),
        (Fix(column="a", repair="usual", on=("b", "c")), "a as usual for its b and c", "a as usual for its b and c"),
        (
            Fix(column="a", repair="follow", steps=(Fix(column="a", repair="usual", on=("b",)),
                                                    Fix(column="c", repair="compute", expression="a * 3"))),
            "a as usual for its b, then c = a * 3",
            "a as usual for its b, then c by a formula",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else one.repair or "expression",
)  # fmt: skip
def test_what_a_fix_does_in_words(fix: Fix, shown: str, hidden: str) -> None:
    assert fix_said(fix, values=True) == shown
    assert fix_said(fix, values=False) == hidden


# files


@pytest.fixture(scope="module")
def paper(taught: Taught) -> str:
    return taught.desk.ws.export_recipes(ANA)


def test_a_file_has_what_is_needed_elsewhere(taught: Taught, paper: str) -> None:
    tree = yaml.safe_load(paper)
    assert tree["assay_recipes"] == 1
    assert {f"cluster-{one['signature']}" for one in tree["recipes"]} == set(taught.done)
    typed = next(one for one in tree["recipes"] if one.get("fix", {}).get("repair") == "set")
    assert typed["fix"]["value"] == SECRET
    assert (typed["decided_by"], typed["approved_by"]) == ("ana", "ben")
    event = taught.desk.events()[-1]
    assert (event.action, event.actor, json.loads(event.data)) == ("recipes exported", "ana", {"recipes": 6})
    for who, why in ((BEN, "see personal data"), (DAN, "decide about rows"), (CLEO, "decide about rows")):
        with pytest.raises(NotPermitted, match=why):
            taught.desk.ws.export_recipes(who)
        with pytest.raises(NotPermitted, match=why):
            taught.desk.ws.import_recipes(who, paper.encode())


def test_imported_recipes_wait_for_a_second_person(empty: Desk, taught: Taught, paper: str) -> None:
    run = empty.run(taught.desk.home.parent / "customers-31.csv")
    came = empty.ws.import_recipes(ANA, paper.encode())
    assert (len(came.waiting), came.known, came.left) == (6, 0, ())
    assert empty.ws.import_recipes(ANA, paper.encode()).known == 6, "each waits once"
    assert offers(empty, run) == {}
    for who, mine in ((ANA, False), (BEN, True), (DAN, False)):
        (told,) = (one for one in empty.ws.see.inbox(who).waiting if one.recipes)
        assert (told.what, told.page) == ("6 imported recipes wait for a second person", "recipes")
        assert (told.mine, bool(told.why_not)) == (mine, not mine), who.name
    line = lines(empty)[came.waiting[0]]
    assert (line.state, line.decided_by, line.approved_by) == ("waiting", "ana", ""), "whatever the file says"
    assert line.said.endswith("imported by Ana, not approved yet")
    assert "imported this recipe" in line.why_not
    with pytest.raises(FourEyes, match="imported this recipe"):
        empty.ws.approve_recipe(ANA, line.id, digest=line.digest)
    with pytest.raises(Stale, match="Look at it again"):
        empty.ws.approve_recipe(BEN, line.id, digest="0" * 64)
    empty.ws.approve_recipe(BEN, line.id, digest=line.digest, reason="we have the same supplier")
    assert [one.recipe for one in offers(empty, run).values()] == [line.id]
    with pytest.raises(IllegalMove, match="is in force"):
        empty.ws.approve_recipe(EVE, line.id, digest=line.digest)
    empty.ws.retire_recipe(BEN, came.waiting[1], reason="not ours")
    empty.ws.bring_back_recipe(ANA, came.waiting[1], reason="it is")
    assert lines(empty)[came.waiting[1]].state == "waiting", "nobody else approved it yet"


def test_an_import_that_another_decision_overtook_is_void(home: Desk, taught: Taught, paper: str) -> None:
    item = next(key for key, (action, _) in taught.done.items() if action is Action.REJECT)
    tree = yaml.safe_load(paper)
    one = next(one for one in tree["recipes"] if f"cluster-{one['signature']}" == item)
    other = {"assay_recipes": 1, "recipes": [{**one, "action": "send back"}]}
    (waiting,) = home.ws.import_recipes(SAM, yaml.safe_dump(other).encode()).waiting
    home.ws.decide(ANA, taught.second, item, Action.FIX, reason="now we know",
                   fix=Fix(column="account_status", repair="set", value="active"))  # fmt: skip
    home.work()
    home.publish(taught.second)
    with pytest.raises(Stale, match="came into force since"):
        home.ws.approve_recipe(BEN, waiting, digest=lines(home)[waiting].digest)


GOOD = {"dataset": "customers", "signature": "", "rules": ["income.range"], "action": "reject"}


def written(**changes: Any) -> bytes:
    one = {**GOOD, **changes}
    return yaml.safe_dump({"assay_recipes": 1, "recipes": [one]}).encode()


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        pytest.param(b"\xff\xfe\x00", "no YAML", id="no text"),
        pytest.param(b"a: [1", "no YAML at line", id="no YAML"),
        pytest.param(b"", "no file of recipes: the top", id="empty"),
        pytest.param(b"- 1", "no file of recipes: the top", id="a list"),
        pytest.param(b"assay_recipes: 2\nrecipes: []", "assay_recipes", id="another form"),
        pytest.param(b"a: &x [1]\nb: *x", "refers to parts of itself", id="aliases"),
        pytest.param(b"[" * 500_000, "nested too deep", id="deep"),
        pytest.param(b"#" * (MOST_BYTES + 1), "at most 1,000,000 bytes", id="large"),
        pytest.param(written(extra="Zanzibar"), "recipes → 0 → extra", id="an unknown key"),
        pytest.param(written(rules=[]), "recipes → 0 → rules", id="no rules"),
        pytest.param(written(action="burn"), "recipes → 0 → action", id="an unknown action"),
        pytest.param(written(fix={"column": 3}), "recipes → 0 → fix → column", id="a fix that is none"),
    ],
)
def test_files_that_are_none(given_: bytes, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)) as refusal:
        read(given_)
    assert "Zanzibar" not in str(refusal.value)
    assert refusal.value.hint.endswith(".")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"dataset": "nowhere"}, "There is no dataset 'nowhere'", id="dataset"),
        pytest.param({"rules": ["nothing.at.all"]}, "has no rule nothing.at.all", id="rule"),
        pytest.param({"signature": "00000000"}, "is not that of its rules and shape", id="signature"),
        pytest.param({"action": "waive"}, "is no recipe", id="a waiver"),
        pytest.param({"action": "fix"}, "A fix says what it does", id="a fix without one"),
        pytest.param(
            {"fix": {"column": "income", "repair": "clear"}}, "nothing else has one", id="a fix too many"
        ),
        pytest.param(
            {"action": "fix", "fix": {"column": "nowhere", "repair": "clear"}}, "no column", id="column"
        ),
        pytest.param(
            {"action": "fix", "fix": {"column": "income", "expression": "(SELECT 1)"}}, "", id="a query"
        ),
        pytest.param(
            {"action": "fix", "fix": {"column": "income", "repair": "burn"}}, "no repair", id="repair"
        ),
    ],
)
def test_recipes_that_cannot_be_used_here_are_told(home: Desk, changes: dict[str, Any], words: str) -> None:
    rule = next(one for one in home.rows_of(Item) if one.kind == "cluster").details["rules"][:1]
    one = {"rules": rule, "signature": signature_of(rule, ""), **changes}
    came = home.ws.import_recipes(ANA, written(**one))
    assert (came.waiting, came.known) == ((), 0)
    assert words in came.left[0]


# everything at once


def test_all_recipes_at_once(home: Desk, taught: Taught) -> None:
    found = offers(home, taught.second)
    wanted = [One(one.item, Wish(one.action, recipe=one.recipe), version(home, taught.second, one.item))
              for one in found.values()]  # fmt: skip
    gone = wanted[0]
    home.ws.retire_recipe(BEN, gone.wish.recipe, reason="no")
    came = home.ws.decide_all(ANA, taught.second, wanted, reason="as before")
    assert len(came.decided) == len(wanted) - 1
    assert "is not proposed for" in came.left[0]


# pages


@pytest.fixture
def shown(home: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("GOVERNANCE_HOME", str(home.home))
    return home


def test_the_card_says_it_and_one_click_opens_the_panel(shown: Desk, taught: Taught) -> None:
    item = next(key for key, (_, fix) in taught.done.items() if fix and fix.value == SECRET)
    one = offers(shown, taught.second)[item]
    seen = page("triage", ANA, run=taught.second, item=item)
    assert one.said in text(seen)
    assert SECRET in text(seen)
    seen.button(key=f"take-{item}").click().run()
    assert not seen.exception
    assert "Rows kept" in {metric.label for metric in seen.metric}, "the effect is seen first"
    assert seen.selectbox(key=f"reason-{item}").value == f"because of {item}"
    how = seen.selectbox(key=f"how-{item}-recipe")
    assert str(how.options[how.index or 0]).startswith("Recipe: set to a value")
    assert taught.desk.ws.see.triage(ANA, taught.second).decisions == ()
    seen.button(key=f"apply-{item}").click().run()
    assert not seen.exception
    assert lines(shown)[one.recipe].counts.accepted == 1


def test_a_rejection_is_taken_so_too(shown: Desk, taught: Taught) -> None:
    item = next(key for key, (action, _) in taught.done.items() if action is Action.REJECT)
    seen = page("triage", BEN, run=taught.second, item=item)
    seen.button(key=f"take-{item}").click().run()
    assert "As the recipe proposes: reject the rows" in text(seen)
    seen.button(key=f"apply-{item}").click().run()
    assert not seen.exception
    assert item not in offers(shown, taught.second)


def test_who_may_not_see_values_takes_it_without_them(shown: Desk, taught: Taught) -> None:
    item = next(key for key, (_, fix) in taught.done.items() if fix and fix.value == SECRET)
    seen = page("triage", BEN, run=taught.second, item=item, do="fix", repair="recipe")
    assert not seen.exception
    assert "Zanzibar" not in text(seen)
    assert "Rows kept" in {metric.label for metric in seen.metric}
    seen.button(key=f"apply-{item}").click().run()
    assert item not in offers(shown, taught.second)


def test_the_recipes_page_lists_retires_and_brings_back(shown: Desk, taught: Taught) -> None:
    number = next(iter(lines(shown)))
    seen = page("recipes", ANA)
    assert not seen.exception
    assert "proposed 1 time: taken 0" in text(seen)
    seen.button(key=f"open-{number}").click().run()
    assert f"in run {taught.first} (version 1), approved by Ben" in text(seen)
    assert seen.button(key=f"change-{number}").disabled
    seen.text_input(key=f"recipe-reason-{number}").set_value("the supplier mended it").run()
    press(seen, "Retire it")
    assert not seen.exception
    assert lines(shown)[number].state == "retired"
    seen = page("recipes", BEN, recipe=str(number))
    assert "Retired by Ana" in text(seen)
    seen.text_input(key=f"recipe-reason-{number}").set_value("it came again").run()
    press(seen, "Bring it back")
    assert lines(shown)[number].state == "in force"


@pytest.mark.parametrize(
    ("who", "says"),
    [
        (BEN, "Ben (approver) may not see personal data"),
        (DAN, "Dan (auditor) may not decide"),
        (CLEO, "not shown here"),
    ],
    ids=["ben", "dan", "cleo"],
)
def test_the_page_for_those_who_may_less(shown: Desk, who: Person, says: str) -> None:
    number = next(iter(lines(shown)))
    seen = page("recipes", who, recipe=str(number))
    assert not seen.exception
    assert says in text(seen)
    assert "Zanzibar" not in text(seen)


def test_an_imported_recipe_is_approved_on_the_page(
    empty: Desk, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, *_ = empty.ws.import_recipes(ANA, paper.encode()).waiting
    monkeypatch.setenv("GOVERNANCE_HOME", str(empty.home))
    own = page("recipes", ANA, recipe=str(number))
    assert own.button(key=f"approve-{number}").disabled
    assert "imported this recipe and so cannot approve it" in text(own)
    seen = page("recipes", BEN, recipe=str(number))
    seen.button(key=f"approve-{number}").click().run()
    assert not seen.exception
    assert lines(empty)[number].state == "in force"


def test_a_file_is_imported_on_the_page(empty: Desk, paper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_HOME", str(empty.home))
    broken = paper.replace("account_status", "nowhere")
    for given_, says in ((b"- 1", "This is no file of recipes"), (broken.encode(), "Left out: customers")):
        seen = page("recipes", ANA)
        seen.file_uploader(key="import-file").set_value(("recipes.yaml", given_, "text/yaml")).run()
        seen.button(key="import").click().run()
        assert not seen.exception
        assert says in text(seen)
    assert "5 recipes wait for a second person" in text(seen)
    assert {one.state for one in lines(empty).values()} == {"waiting"}


def test_no_recipe_yet(empty: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_HOME", str(empty.home))
    assert "No recipe yet" in text(page("recipes", ANA))


def test_recipes_of_the_whole_filter(shown: Desk, taught: Taught) -> None:
    seen = page("triage", ANA, run=taught.second, do="all")
    seen.radio(key="all-way").set_value("recipe").run()
    assert not seen.exception
    assert "Rows kept" in {metric.label for metric in seen.metric}
    seen.text_input(key="all-reason").set_value("as before").run() if not _offers(seen) else _choose(seen)
    press(seen, "Take the recipes of 6 items")
    assert not seen.exception
    assert {one.counts.accepted for one in lines(shown).values()} == {1}


def _offers(seen: Any) -> bool:
    return any(one.key == "all-reason" for one in seen.selectbox)


def _choose(seen: Any) -> None:
    seen.selectbox(key="all-reason").select_index(0).run()


def test_all_that_follows_is_accepted_at_once(
    empty: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each cluster's arithmetic, the effect of all first; where nothing follows the item stays open."""
    empty.ws.add_contract(ANA, BILLS.encode())
    file = tmp_path / "bills.csv"
    file.write_text(bills())
    run = empty.run(file, "bills")
    monkeypatch.setenv("GOVERNANCE_HOME", str(empty.home))
    seen = page("triage", ANA, run=run, do="all")
    seen.radio(key="all-way").set_value("follows").run()
    assert not seen.exception
    metrics = {metric.label: metric.value for metric in seen.metric}
    assert (metrics["Rows kept"], metrics["Still failing"]) == ("125", "0 of 5")
    seen.text_input(key="all-reason").set_value("arithmetic").run()
    press(seen, "Accept what follows for 5 items")
    assert not seen.exception
    empty.work()
    assert empty.row(run).rows["kept"] == 125
    assert [one.title for one in empty.items(run, "cluster") if one.state == "open"] == [
        "item: missing + quantity: missing + price: missing + total: missing"
    ]


# the command line


def test_the_command_line(home: Desk, taught: Taught, tmp_path: Path) -> None:
    second, done = taught.second, taught.done
    item, one = next((key, one) for key, one in offers(home, second).items() if done[key][0] is Action.REJECT)
    home.close()
    with at_home(home.home):
        listed = call("recipes", "list", "--json", "--as", "dan").json["recipes"]
        assert {line["id"] for line in listed} == set(range(1, 7))
        plain = call("recipes", "list", "--dataset", "customers").out
        assert "proposed 1 time: taken 0, changed 0, declined 0" in plain
        assert f"recipe {one.recipe}: {one.said}" in call("review", second).out
        shown = call("decide", second, item, "reject", "--recipe", "--preview", "--json")
        assert shown.json["touched"]
        taken = call(
            "decide", second, item, "reject", "--recipe", "--reason", "as before", "--detach", "--json"
        )
        assert (taken.code, taken.json["recipe"]) == (0, one.recipe)
        assert "No recipe is proposed" in call("decide", second, item, "reject", "--recipe").err
        other = next(key for key in done if key != item)
        both = call("decide", second, other, "fix", "--recipe", "--repair", "clear")
        assert (both.code, "says itself" in both.err) == (3, True)
        out = tmp_path / "recipes.yaml"
        assert call("recipes", "export", "--out", out).code == 0
        assert len(read(out.read_bytes())) == 6
        assert "is there already" in call("recipes", "export", "--out", out).err
        assert call("recipes", "export", "--as", "ben").code == 3
        assert call("recipes", "export").out == out.read_text()
        assert call("recipes", "import", out, "--json").json == {"waiting": [], "known": 6, "left": []}
        assert call("recipes", "import", tmp_path / "none.yaml").code == 3
        assert "needs a reason" in call("recipes", "retire", 1).err
        gone = call("recipes", "retire", 1, "--reason", "no more", "--json")
        assert gone.json == {
            "recipe": 1,
            "dataset": "customers",
            "version": 1,
            "state": "retired",
            "exit_code": 0,
        }
        assert "is retired" in call("recipes", "list").out or "retired]" in call("recipes", "list").out
        again = call("recipes", "import", out, "--as", "ana")
        assert "1 recipe imported; 5 were here already." in again.out
        assert call("recipes", "approve", 7, "--as", "ana").code == 3
        assert call("recipes", "approve", 7, "--as", "ben", "--digest", "0" * 8).code == 3
        assert "is approved; it is in force" in call("recipes", "approve", 7, "--as", "ben").out
        assert "is brought back" in call("recipes", "bring-back", 1, "--reason", "it was right").out
        assert call("recipes", "retire", 99, "--reason", "x").code == 3
