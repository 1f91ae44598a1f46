"""The Triage page: what each role sees in each state, and that what is pressed is what is decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from published_house import (
    ANA,
    BEN,
    CLEO,
    DAN,
    Made,
    for_reading,
    made,
    page,
    press,
    text,
    to_change,
    unfold,
    work,
)
from streamlit.testing.v1 import AppTest

from governance.answers.triage import ItemLine
from governance.people import Person
from governance.review.choices import Action, Fix
from governance.workspace import Workspace
from pages.parts import items
from storage.models import Decision

house, own = pytest.fixture(for_reading), pytest.fixture(to_change)


def open_items(own: Workspace, run: str, kind: str = "cluster") -> list[ItemLine]:
    return [one for one in own.see.triage(ANA, run).items if one.kind == kind and one.state == "open"]


def mendable(own: Workspace, run: str) -> tuple[ItemLine, str]:
    """An item that a ready-made repair mends, and that repair."""
    for item in open_items(own, run):
        for one in own.see.proposals(ANA, run, item.key):
            if one.passes:
                return item, f"{one.fix.column}/{one.fix.repair}"
    raise AssertionError("the sample has nothing to mend")


def decisions(own: Workspace, run: str) -> list[Decision]:
    from sqlmodel import select

    with own.house.ledger.read() as session:
        return list(session.exec(select(Decision).where(Decision.run == run)))


def give(seen: AppTest, key: str) -> str:
    """Give a reason, new or one of the last; returns it."""
    for field in seen.text_input:
        if field.key == f"reason-{key}":
            field.set_value("As the source says").run()
            return "As the source says"
    field = seen.selectbox(key=f"reason-{key}")
    field.select_index(0).run()
    return str(field.options[0])


def at(seen: AppTest, name: str) -> str:
    """A part of the page's address."""
    value = seen.query_params.get(name, "")
    return value if isinstance(value, str) else value[0]


def labels(seen: AppTest) -> list[str]:
    return [one.label.replace("\\", "") for one in seen.button]


@pytest.mark.parametrize("who", [ANA, BEN], ids=lambda who: who.name)
def test_those_who_decide_see_the_breach_first(house: Made, who: Person) -> None:
    seen = page("triage", who, run=house.unplanned)
    assert not seen.exception
    said = text(seen)
    assert "Breaches · must be decided" in said
    assert "approval waits for this" in said
    assert "must be kept to meet it" in said
    assert "300 rows: " in said
    assert any("Rows passing" in label for label in labels(seen))


@pytest.mark.parametrize(
    ("who", "run", "says"),
    [
        pytest.param(CLEO, "unplanned", "Cleo (analyst) may not decide about rows", id="an analyst"),
        pytest.param(DAN, "unplanned", "Dan (auditor) may not decide about rows", id="an auditor"),
        pytest.param(ANA, "", "Choose a run", id="no run in the address"),
        pytest.param(ANA, "no-such-run", "There is no run", id="a run that does not exist"),
        pytest.param(ANA, "queued", "Leaving this page is safe", id="a run at work"),
        pytest.param(ANA, "published", "Nothing more is decided here", id="a published run"),
        pytest.param(ANA, "waiting", "Everything required is decided", id="nothing required is left"),
    ],
)
def test_states(house: Made, who: Person, run: str, says: str) -> None:
    seen = page("triage", who, **({"run": getattr(house, run, run)} if run else {}))
    assert not seen.exception
    assert says in text(seen)


def test_where_to_go_when_all_is_decided(house: Made) -> None:
    seen = page("triage", ANA, run=house.waiting)
    seen.button(key="next").click().run()
    assert seen.session_state["going"] == ("release", {"run": house.waiting})


def test_examples_are_five_rows_with_the_fault_first(house: Made) -> None:
    workspace = Workspace.open(own_settings(house))
    item = max(open_items(workspace, house.unplanned), key=lambda one: one.rows)
    for who, hidden in ((ANA, False), (BEN, True)):
        seen = page("triage", who, run=house.unplanned, item=item.key)
        frame = seen.dataframe[0].value
        assert len(frame) == min(5, item.rows)
        assert list(frame.columns)[1] in item.columns
        shown = {value for value in frame.iloc[:, 1:].to_numpy().ravel() if isinstance(value, str)}
        assert (shown <= {"•••"}) is hidden
        assert ("Values are hidden from Ben" in text(seen)) is hidden


def own_settings(house: Made):  # type: ignore[no-untyped-def]
    from governance.settings import Settings

    return Settings(home=house.home)


def test_nothing_is_applied_before_its_effect_and_a_reason(own: Workspace) -> None:
    run = made().unplanned
    item, repair = mendable(own, run)
    seen = page("triage", ANA, run=run, item=item.key)
    seen.button(key=f"propose-{repair}").click().run()
    assert at(seen, "do") == "fix"
    assert {one.label for one in seen.metric} == {"Rows kept", "Still failing", "In quarantine"}
    apply = seen.button(key=f"apply-{item.key}")
    assert apply.disabled
    assert "Give a reason first" in text(seen)
    assert not decisions(own, run)


def test_fix_then_the_next_item_then_undo(own: Workspace) -> None:
    run = made().unplanned
    item, repair = mendable(own, run)
    kept = own.see.triage(ANA, run).rows["kept"]
    seen = page("triage", ANA, run=run, item=item.key, do="fix", repair=repair)
    promised = next(one.value for one in seen.metric if one.label == "Rows kept")
    give(seen, item.key)
    seen.button(key=f"apply-{item.key}").click().run()
    assert not seen.exception
    assert [one.action for one in decisions(own, run)] == ["fix"]
    assert at(seen, "item") != item.key
    assert "Computing revision 1" in text(seen)
    assert seen.toast[0].value.startswith("Fixed")
    work(own)
    after = own.see.triage(ANA, run)
    assert f"{after.rows['kept']:,}" == promised
    assert after.rows["kept"] > kept
    seen.run()
    assert "after your decisions" in text(seen)
    seen.button(key="undo").click().run()
    assert [one.action for one in decisions(own, run)] == ["fix", "undo"]
    work(own)
    assert own.see.triage(ANA, run).rows["kept"] == kept


@pytest.mark.parametrize(
    ("do", "metric"),
    [("waive", "Kept by waiver"), ("reject", "Rejected by a person")],
    ids=["waive", "reject"],
)
def test_waive_and_reject(own: Workspace, do: str, metric: str) -> None:
    run = made().unplanned
    item = next(one for one in open_items(own, run) if one.waivable)
    seen = page("triage", ANA, run=run, item=item.key)
    seen.button(key=f"do-{do}").click().run()
    assert metric in {one.label for one in seen.metric}
    if do == "waive":
        field = seen.date_input[0]
        assert field.max - field.min == timedelta(days=90)
    reason = give(seen, item.key)
    press(seen, f"{do.title()} {item.rows} row{'s' if item.rows > 1 else ''}")
    assert [(one.action, one.reason) for one in decisions(own, run)] == [(do, reason)]


def test_what_cannot_be_waived_says_so(own: Workspace) -> None:
    run = made().unplanned
    item = next(one for one in open_items(own, run) if not one.waivable)
    seen = page("triage", ANA, run=run, item=item.key)
    assert seen.button(key="do-waive").disabled
    assert "cannot be waived" in text(seen)


def test_accepting_a_breach(own: Workspace) -> None:
    run = made().unplanned
    breach = open_items(own, run, "breach")[0]
    seen = page("triage", ANA, run=run)
    assert "although the promise is broken" in text(seen)
    give(seen, breach.key)
    press(seen, "Accept the breach")
    assert [one.action for one in decisions(own, run)] == ["accept"]
    seen.run()
    assert "Everything required is decided" in text(seen)
    seen.button(key="next").click().run()
    assert seen.session_state["going"][0] == "privacy"


def test_a_value_and_an_expression_are_previewed_too(own: Workspace) -> None:
    run = made().unplanned
    item = next(one for one in open_items(own, run) if len(one.columns) == 1)
    seen = page("triage", ANA, run=run, item=item.key, do="fix", repair="expression")
    assert "nothing to apply until the effect is known" in text(seen)
    field = seen.text_input(key=f"expression-{item.key}")
    field.set_value("read_csv('/etc/passwd')").run()
    assert not seen.exception
    assert not seen.metric
    assert "is not allowed in a fix" in text(seen)
    seen.text_input(key=f"expression-{item.key}").set_value(f"trim({item.columns[0]})").run()
    assert "Rows kept" in {one.label for one in seen.metric}


def test_a_conflict_is_a_notice_and_nothing_is_lost(own: Workspace) -> None:
    run = made().unplanned
    item = next(one for one in open_items(own, run) if one.waivable)
    seen = page("triage", ANA, run=run, item=item.key, do="reject")
    reason = give(seen, item.key)
    taken = own.decide(BEN, run, item.key, Action.WAIVE, reason="Faster")
    own.undo(BEN, run, taken)
    seen.button(key=f"apply-{item.key}").click().run()
    assert "Someone decided about this since you opened it" in text(seen)
    assert "Nothing is lost" in text(seen)
    assert [one.action for one in decisions(own, run)] == ["waive", "undo"]
    press(seen, "Go on from how it is now")
    seen.button(key=f"apply-{item.key}").click().run()
    last = decisions(own, run)[-1]
    assert (last.action, last.reason) == ("reject", reason)


def test_all_that_is_left_at_once(own: Workspace) -> None:
    run = made().unplanned
    seen = page("triage", ANA, run=run)
    left = len(open_items(own, run))
    unfold(seen, "rest")
    assert "its rows stay in quarantine" in text(seen)
    seen.selectbox(key="bulk-reason").select_index(0).run()
    press(seen, f"Reject all {left} remaining clusters")
    assert not open_items(own, run)
    assert {one.action for one in decisions(own, run)} == {"reject"}
    assert len(decisions(own, run)) == left


def test_the_cursor_is_where_something_is_missing(own: Workspace) -> None:
    run = made().unplanned
    item = next(one for one in open_items(own, run) if one.columns == ("email",))
    field, reason = f"expression-{item.key}", f"reason-{item.key}"

    def cursor(seen: AppTest) -> list[str]:
        bodies = " ".join(one.proto.body for one in seen.get("html"))
        return [key for key in (field, reason) if f".st-key-{key} :is(" in bodies]

    seen = page("triage", ANA, run=run, item=item.key, do="fix", repair="expression")
    assert cursor(seen) == [field]
    seen.text_input(key=field).set_value("lower(email)").run()
    assert cursor(seen) == [reason]
    assert cursor(page("triage", ANA, run=run, item=item.key, do="reject")) == [reason]


def test_a_decision_that_lost_its_ground_is_looked_at_again_and_kept(own: Workspace) -> None:
    run = made().unplanned
    before = open_items(own, run)
    item = next(one for one in before if one.title.startswith("email: not an e-mail"))
    wrong = Fix(column="email", expression="'#7'")
    first = own.decide(ANA, run, item.key, Action.FIX, reason="a slip", fix=wrong)
    work(own)
    known = {one.key for one in before}
    same = next(one for one in open_items(own, run) if one.key not in known)
    second = own.decide(ANA, run, same.key, Action.REJECT, reason="not wanted")
    work(own)
    assert "to look at again" not in " ".join(one.label for one in page("triage", ANA, run=run).expander)
    own.undo(ANA, run, first)
    work(own)

    seen = page("triage", ANA, run=run)
    assert any("1 to look at again" in one.label for one in seen.expander)
    assert any("taken back" in one.value for one in seen.warning)
    field = next((one for one in seen.selectbox if one.key == f"keep-reason-{second}"), None)
    assert field, "a reason given before is offered"
    field.select_index(0).run()
    seen.button(key=f"keep-{second}").click().run()
    assert not seen.exception
    kept = decisions(own, run)[-1]
    assert (kept.action, kept.payload) == ("keep", {"keeps": second})
    assert not any(one.look_again for one in own.see.triage(ANA, run).decisions)
    assert "to look at again" not in " ".join(one.label for one in page("triage", ANA, run=run).expander)
    own.undo(ANA, run, kept.id or 0)
    assert [one.id for one in own.see.triage(ANA, run).decisions if one.look_again] == [second]


def test_keys_walk_through_the_list_and_can_be_turned_off(house: Made) -> None:
    seen = page("triage", ANA, run=house.unplanned)
    first = at(seen, "item")
    seen.button(key="step-next").click().run()
    second = at(seen, "item")
    assert second != first
    seen.button(key="step-next").click().run()
    seen.button(key="step-previous").click().run()
    assert at(seen, "item") == second
    assert seen.button(key="do-fix").proto.shortcut
    seen.toggle(key="keyboard").set_value(False).run()
    assert not seen.button(key="do-fix").proto.shortcut
    seen.button(key="help").click().run()
    assert "Undo your last decision" in text(seen)


def test_all_rows_of_a_card_are_searched_and_paged(house: Made) -> None:
    workspace = Workspace.open(own_settings(house))
    item = max(open_items(workspace, house.unplanned), key=lambda one: one.rows)
    seen = page("triage", ANA, run=house.unplanned, item=item.key)
    seen.button(key=f"open-rows-{item.key}").click().run()
    assert at(seen, "rows") == "1"
    assert "page 1 of 1" in text(seen)
    seen.text_input(key=f"search-{item.key}").set_value("no such thing at all").run()
    assert not seen.exception
    assert "No row is like that" in text(seen)
    seen.text_input(key=f"search-{item.key}").set_value("").run()
    seen.selectbox(key=f"filter-{item.key}").select_index(0).run()
    seen.selectbox(key=f"sort-{item.key}").select_index(1).run()
    assert not seen.exception
    hidden = page("triage", BEN, run=house.unplanned, item=item.key, rows="1")
    assert "which Ben may not see" in text(hidden)
    assert not [one for one in hidden.text_input if one.key == f"search-{item.key}"]


def test_a_card_says_what_was_before_and_what_sets_it_apart(house: Made) -> None:
    workspace = Workspace.open(own_settings(house))
    item = open_items(workspace, house.unplanned)[0]
    said = text(page("triage", ANA, run=house.unplanned, item=item.key))
    assert "Seen before never: this signature is new" in said.replace(":gray[Seen before]", "Seen before")
    assert "What sets them apart" in said


def test_everything_in_the_filter_at_once(own: Workspace) -> None:
    run = made().unplanned
    left = len(open_items(own, run))
    seen = page("triage", ANA, run=run)
    seen.button(key="all").click().run()
    assert at(seen, "do") == "all"
    assert "Rows kept" in {one.label for one in seen.metric}, "the effect of all is seen first"
    field = seen.selectbox(key="all-reason")
    field.select_index(0).run()
    press(seen, f"Reject {left} items")
    assert not seen.exception
    assert {one.action for one in decisions(own, run)} == {"reject"}
    assert len(decisions(own, run)) == left
    assert not open_items(own, run)


@pytest.mark.parametrize("way", ["fix", "waive", "accept"])
def test_what_cannot_be_decided_so_stays_open(own: Workspace, way: str) -> None:
    run = made().unplanned
    seen = page("triage", ANA, run=run, do="all")
    seen.radio(key="all-way").set_value(Action(way)).run()
    assert not seen.exception
    assert "stays open" in text(seen)


def test_comments_and_who_looks_after_it(own: Workspace) -> None:
    run = made().unplanned
    item = open_items(own, run)[0]
    seen = page("triage", ANA, run=run, item=item.key)
    unfold(seen, f"talk-{item.key}")
    seen.text_area(key=f"comment-{item.key}").set_value("@ben is this right?")
    seen.button(key=f"say-it-{item.key}").click().run()
    unfold(seen, f"talk-{item.key}")
    seen.selectbox(key=f"assignee-{item.key}").set_value("ben")
    seen.button(key=f"assign-it-{item.key}").click().run()
    assert not seen.exception
    assert own.see.talk(BEN, run, item.key).assignee == "ben"
    inbox = page("inbox", BEN)
    assert "Yours to look at" in text(inbox)
    inbox.button(key=f"open-mine-{run}-{item.key}").click().run()
    assert inbox.session_state["going"] == ("triage", {"run": run, "item": item.key})


def test_a_usual_reason_stands_there_already(own: Workspace) -> None:
    run = made().unplanned
    first, second, *_ = [one for one in open_items(own, run) if one.waivable]
    own.decide(ANA, run, first.key, Action.REJECT, reason="Cannot be used")
    work(own)
    seen = page("triage", ANA, run=run, item=second.key, do="reject")
    assert seen.selectbox(key=f"reason-{second.key}").value == "Cannot be used"
    assert not seen.button(key=f"apply-{second.key}").disabled
    other = page("triage", ANA, run=run, item=second.key, do="waive")
    assert other.selectbox(key=f"reason-{second.key}").value is None, "a reason belongs to its action"


def test_settings_change_keys_and_refuse_what_cannot_be(own: Workspace) -> None:
    seen = page("settings", ANA)
    seen.text_input(key="key-F").set_value("g")
    seen.button(key="save-keys").click().run()
    assert own.see.keyboard(ANA).keys == {"F": "G"}
    item = open_items(own, made().unplanned)[0]
    triage = page("triage", ANA, run=made().unplanned, item=item.key)
    assert triage.button(key="do-fix").proto.shortcut == "g"
    seen.text_input(key="key-J").set_value("C")
    seen.button(key="save-keys").click().run()
    assert "C is taken" in text(seen)
    assert own.see.keyboard(ANA).keys == {"F": "G"}


def test_an_item_that_is_gone_is_said(house: Made) -> None:
    seen = page("triage", ANA, run=house.unplanned, item="cluster-0")
    assert "The item you had open is gone" in text(seen)


# the order of the list


def line(key: str, state: str = "open") -> ItemLine:
    return ItemLine(
        key=key,
        kind="cluster",
        severity="high",
        title=f"{key}: wrong_form",
        rows=1204,
        required=False,
        state=state,
        version=0,
        waivable=True,
    )


LINES = [line("a"), line("b", "fixed"), line("c"), line("d")]


@pytest.mark.parametrize(("at", "then"), [("a", "c"), ("c", "d"), ("d", "a"), ("b", "c"), ("gone", "a")])
def test_the_next_open_item(at: str, then: str) -> None:
    assert items.next_open(LINES, at) == then


def test_no_open_item_is_left() -> None:
    assert items.next_open([line("a")], "a") == ""


@pytest.mark.parametrize(
    ("at", "step", "then"), [("a", -1, "a"), ("a", 1, "b"), ("d", 1, "d"), ("gone", 1, "a"), ("c", -1, "b")]
)
def test_neighbours_stay_inside(at: str, step: int, then: str) -> None:
    assert items.neighbour(LINES, at, step) == then


def test_labels_say_mark_title_and_rows() -> None:
    assert items.label(line("a")).replace("\\", "") == ":orange[◕] :small[a: wrong_form] :small[:gray[1,204]]"
    assert ":material/build:" in items.label(line("a", "fixed"))


def small(count: int) -> list[ItemLine]:
    return [line(f"c{n}").model_copy(update={"rows": 1000 - n}) for n in range(count)]


@pytest.mark.parametrize("count", [1, items.CARDS, items.CARDS + 1, 500])
def test_failing_rows_are_thirty_cards_at_most(count: int) -> None:
    every = [line("breach").model_copy(update={"kind": "breach"}), *small(count)]
    cards = [one for one in items.gathered(every) if one.kind == "cluster"]
    assert len(cards) == min(count, items.CARDS)
    assert sum(one.rows for one in cards) == sum(one.rows for one in every[1:]), "no row is lost in a card"
    assert items.gathered(every)[0].kind == "breach"


def test_a_small_signature_that_is_open_stays_in_the_list() -> None:
    every = small(40)
    assert items.gathered(every, every[-1].key) == every
