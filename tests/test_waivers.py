"""Waivers: their terms, what they cover, how long, for how many rows, and who must agree."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from drive import ANA, BEN, CLEO, EVE, SAM, Desk, Template, customers, today

from governance import waivers
from governance.answers.triage import ItemLine
from governance.errors import FourEyes, GovernanceError, IllegalMove, InputError, NotPermitted, Stale
from governance.review.choices import Action, Code, Fix, Scope, Terms
from governance.settings import PROJECT
from governance.states import State
from storage.models import Approval, Decision, Version

pytestmark = pytest.mark.usefixtures("without_expectations")

CONTRACT = (PROJECT / "contracts" / "customers.yaml").read_bytes()
FEW = CONTRACT.replace(
    b"- { property: minApprovals, value: 1 }",
    b"- { property: minApprovals, value: 1 }\n      - { property: waiverApprovalRows, value: 1 }",
)


def spoilt(folder: Path, *, seed: int, names: int, emails: int = 0) -> Path:
    """A file of customers with so many more last names that hold a digit, and e-mails that are missing or none."""
    file = customers(folder, seed=seed, rows=120)
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for place, row in enumerate(rows[20:]):
        if place < names:
            row["last_name"] = f"{row['last_name'] or 'Doe'}9"
        elif place < names + 2 * emails:
            row["email"] = "" if place % 2 else "nobody..here@example.com"
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, without_expectations: None) -> Template:
    folder = tmp_path_factory.mktemp("waivers")
    desk = Desk.at(folder / "home")
    return Template(desk, desk.run(spoilt(folder, seed=21, names=6, emails=4)))


def waivable(desk: Desk, run: str, *, least: int = 2) -> ItemLine:
    """The cluster of last names with a digit."""
    return next(
        one
        for one in desk.items(run, "cluster")
        if one.state == "open"
        and one.rows >= least
        and one.title.startswith("last_name")
        and len(one.rules) == 1
    )


def breaking(desk: Desk, run: str, rule: str) -> int:
    """Rows of a run that break a rule, by themselves or with others."""
    return sum(one.rows for one in desk.items(run, "cluster") if rule in {name for name, _ in one.rules})


def waive(desk: Desk, run: str, item: ItemLine, **terms: Any) -> int:
    options = {name: terms.pop(name) for name in ("expires",) if name in terms}
    number = desk.ws.decide(
        ANA, run, item.key, Action.WAIVE, reason="called them", terms=Terms(**terms), **options
    )
    desk.work()
    return number


def line(desk: Desk, run: str, key: str) -> ItemLine:
    return next(one for one in desk.items(run) if one.key == key)


def event(desk: Desk, run: str, action: str) -> dict[str, Any]:
    return dict(json.loads(next(one for one in reversed(desk.events(run)) if one.action == action).data))


# terms


def test_the_terms_stand_in_the_audit_log_the_report_and_the_list(desk: Desk, run: str) -> None:
    item = waivable(desk, run)
    waive(
        desk,
        run,
        item,
        code=Code.CUSTOMER,
        ticket="https://tracker/ABC-1",
        expires=today() + timedelta(days=5),
    )
    until = (today() + timedelta(days=5)).isoformat()
    said = event(desk, run, "decision waive")
    assert {name: said[name] for name in ("code", "ticket", "scope", "budget", "expires", "rows")} == {
        "code": "special customer", "ticket": "https://tracker/ABC-1", "scope": "cluster",
        "budget": item.rows, "expires": until, "rows": item.rows,
    }  # fmt: skip
    (view,) = desk.ws.see.triage(ANA, run).decisions
    assert view.terms == (
        f"special customer · cluster, at most {item.rows} rows, until {until} · https://tracker/ABC-1"
    )
    for text in (desk.ws.see.report(BEN, run)["txt"], desk.ws.see.report(BEN, run)["html"]):
        assert "special customer" in text
        assert until in text
        assert "with waivers" in text


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a budget below the rows": ({"budget": 1}, "its budget is 1"),
    "rows without their scope": ({"rows": (1,)}, "for the scope row only"),
    "the scope row without rows": ({"scope": Scope.ROW}, "names them"),
    "rows of another item": ({"scope": Scope.ROW, "rows": (10**9,)}, "not among those"),
    "a ticket that is a story": ({"ticket": "see the mail"}, "without spaces"),
}


@pytest.mark.parametrize("name", BAD)
def test_terms_that_cannot_be_meant_are_refused(desk: Desk, run: str, name: str) -> None:
    given, why = BAD[name]
    item = waivable(desk, run)
    for ask in (
        lambda: desk.ws.preview(ANA, run, item.key, Action.WAIVE, terms=Terms(**given)),
        lambda: desk.ws.decide(ANA, run, item.key, Action.WAIVE, reason="so", terms=Terms(**given)),
    ):
        with pytest.raises(InputError, match=why) as refusal:
            ask()
        assert refusal.value.hint
    assert desk.rows_of(Decision) == []


def test_terms_belong_to_a_waiver(desk: Desk, run: str) -> None:
    with pytest.raises(InputError, match="belong to a waiver"):
        desk.ws.decide(ANA, run, waivable(desk, run).key, Action.REJECT, reason="so", terms=Terms())


def test_the_policy_says_how_long_a_waiver_may_last(desk: Desk, run: str, tmp_path: Path) -> None:
    short = desk.copy(tmp_path / "short", waiver_days=7)
    key = waivable(short, run).key
    assert short.ws.see.triage(ANA, run).waiver_days == 7
    with pytest.raises(InputError, match="is not possible") as refusal:
        short.ws.decide(ANA, run, key, Action.WAIVE, reason="so", expires=today() + timedelta(days=8))
    assert "7 days at most" in refusal.value.hint
    short.ws.decide(ANA, run, key, Action.WAIVE, reason="so")
    assert event(short, run, "decision waive")["expires"] == (today() + timedelta(days=7)).isoformat()
    short.close()


# what is covered


def test_single_rows_are_waived_and_the_rest_stays_open(desk: Desk, run: str) -> None:
    item = waivable(desk, run)
    rows = [row[0] for row in desk.ws.see.item_rows(ANA, run, item.key, limit=50).rows]
    shown = desk.ws.preview(ANA, run, item.key, Action.WAIVE, terms=Terms(scope=Scope.ROW, rows=(rows[0],)))
    waive(desk, run, item, scope=Scope.ROW, rows=(rows[0],))
    assert desk.row(run).rows["waived"] == shown.after.waived == 1
    left = line(desk, run, item.key)
    assert (left.state, left.rows) == ("open", item.rows - 1)
    assert "not waived" in left.why
    page = desk.ws.see.item_rows(ANA, run, item.key, limit=50)
    assert [row[0] for row in page.rows] == rows[1:]
    desk.ws.decide(ANA, run, item.key, Action.REJECT, reason="the others not")
    desk.work()
    after = desk.row(run).rows
    assert after["waived"] == 1, "the row that was waived stays so"
    assert line(desk, run, item.key).state == "rejected"


@pytest.mark.parametrize("scope", [Scope.RULE, Scope.DATASET])
def test_a_rule_is_waived_on_every_row(desk: Desk, run: str, scope: Scope) -> None:
    item = waivable(desk, run)
    rule = item.rules[0][0]
    shown = desk.ws.preview(ANA, run, item.key, Action.WAIVE, terms=Terms(scope=scope, budget=100))
    waive(desk, run, item, scope=scope, budget=100)
    rows = desk.row(run).rows
    assert (rows["kept"], rows["waived"]) == (shown.after.kept, shown.after.waived)
    if scope is Scope.DATASET:
        clusters = [one for one in desk.items(run, "cluster") if one.key != item.key]
        assert {one.state for one in clusters if one.waivable} <= {"covered"}
        assert {one.state for one in clusters if not one.waivable} <= {"open"}
    else:
        alone = [one for one in desk.items(run, "cluster") if [name for name, _ in one.rules] == [rule]]
        assert {one.state for one in alone} <= {"waived", "covered"}
        assert rows["waived"] == sum(one.rows for one in alone)


def test_raw_and_waived_stand_side_by_side(desk: Desk, run: str) -> None:
    before = desk.row(run).rows
    item = waivable(desk, run)
    waive(desk, run, item)
    accuracy = next(one for one in desk.ws.see.run(ANA, run).measures if one.metric == "accuracy")
    total = before["in"]
    assert accuracy.raw == pytest.approx(before["passing"] / total)
    assert accuracy.value == pytest.approx((before["kept"] + item.rows) / total)
    assert "raw" in accuracy.sentence
    facts = desk.ws.see.run(ANA, run).facts
    assert (facts.pass_rate_raw, facts.pass_rate_waived) == (accuracy.raw, accuracy.value)


# the budget


def test_a_budget_that_is_exceeded_covers_nothing_and_says_so(desk: Desk, run: str) -> None:
    item = waivable(desk, run)
    rule = item.rules[0][0]
    many = breaking(desk, run, rule)
    number = waive(desk, run, item, scope=Scope.RULE, budget=many)
    assert line(desk, run, item.key).state == "waived"
    desk.ws.undo(ANA, run, number)
    desk.work()
    kept = desk.row(run).rows["kept"]
    shown = desk.ws.preview(ANA, run, item.key, Action.WAIVE, terms=Terms(scope=Scope.RULE, budget=many - 1))
    waive(desk, run, item, scope=Scope.RULE, budget=many - 1)
    assert desk.row(run).rows["kept"] == shown.after.kept == kept
    again = line(desk, run, item.key)
    assert again.state == "open"
    assert f"at most, and {many:,} break its rules now: it covers none" in again.why


# rows that come later


def test_rows_that_a_later_fix_brings_open_a_rejected_item_again(desk: Desk, run: str) -> None:
    """A decision is about the rows there were. Others of the same signature are nobody's decision yet."""
    clusters = [one for one in desk.items(run, "cluster") if one.columns == ("email",)]
    missing = next(one for one in clusters if one.title == "email: missing")
    other = next(one for one in clusters if "two dots" in one.title)
    desk.ws.decide(ANA, run, missing.key, Action.REJECT, reason="no way to reach them")
    desk.work()
    assert line(desk, run, missing.key).state == "rejected"
    fixed = desk.ws.decide(
        ANA, run, other.key, Action.FIX, reason="so", fix=Fix(column="email", expression="NULL")
    )
    desk.work()
    again = line(desk, run, missing.key)
    assert (again.state, again.rows) == ("open", other.rows)
    assert f"{other.rows} of {missing.rows + other.rows} rows are not rejected" in again.why
    shown = desk.ws.see.item_rows(ANA, run, missing.key, limit=100)
    assert shown.total == other.rows
    second = desk.ws.decide(ANA, run, missing.key, Action.REJECT, reason="these too")
    desk.work()
    assert line(desk, run, missing.key).state == "rejected"
    desk.ws.undo(ANA, run, second)
    desk.ws.undo(ANA, run, fixed)
    desk.work()
    last = line(desk, run, missing.key)
    assert (last.state, last.rows, last.why) == ("rejected", missing.rows, "")


# later runs


@pytest.fixture
def carried(desk: Desk, run: str, tmp_path: Path) -> Callable[..., tuple[Desk, str, str, int]]:
    """Publish a run with a waiver of a rule, then submit another file: (desk, second run, rule, decision)."""

    def make(**terms: Any) -> tuple[Desk, str, str, int]:
        item = waivable(desk, run)
        options = {"scope": Scope.RULE, "budget": 100, "expires": today() + timedelta(days=20), **terms}
        number = waive(desk, run, item, **options)
        desk.publish(run)
        assert desk.state(run) is State.PUBLISHED
        second = desk.run(spoilt(tmp_path, seed=22, names=8))
        return desk, second, item.rules[0][0], number

    return make


def test_a_waiver_of_a_rule_is_carried_to_the_next_run(carried: Callable[..., Any]) -> None:
    desk, second, rule, number = carried()
    item = line(desk, second, f"waiver-{number}")
    assert (item.state, item.rows) == ("waived", breaking(desk, second, rule))
    alone = [one for one in desk.items(second, "cluster") if [name for name, _ in one.rules] == [rule]]
    assert alone
    assert {one.state for one in alone} == {"covered"}
    assert desk.row(second).rows["waived"] == sum(one.rows for one in alone)
    assert event(desk, second, "waiver carried")["from"]
    view = next(one for one in desk.ws.see.triage(ANA, second).decisions if one.item == item.key)
    assert view.person == "Ana"
    with pytest.raises(FourEyes):
        desk.ws.approve(ANA, second, digest=desk.row(second).candidate)
    desk.ws.undo(SAM, second, view.id, reason="no longer")
    desk.work()
    assert desk.row(second).rows["waived"] == 0
    assert line(desk, second, item.key).state == "open"
    with pytest.raises(IllegalMove, match="open breaches"):
        desk.ws.approve(EVE, second, digest=desk.row(second).candidate)


def test_a_waiver_of_a_run_that_was_not_published_is_not_carried(
    desk: Desk, run: str, tmp_path: Path
) -> None:
    waive(desk, run, waivable(desk, run), scope=Scope.RULE, budget=100)
    second = desk.run(spoilt(tmp_path, seed=22, names=8))
    assert desk.items(second, "waiver") == []
    assert desk.row(second).rows["waived"] == 0


def test_a_carried_waiver_that_is_exceeded_blocks_and_ends(
    carried: Callable[..., Any], run: str, desk: Desk, tmp_path: Path
) -> None:
    rule = waivable(desk, run).rules[0][0]
    many = breaking(desk, run, rule)
    desk, second, rule, number = carried(budget=many)
    now = breaking(desk, second, rule)
    assert now > many, "choose another seed"
    item = line(desk, second, f"waiver-{number}")
    assert (item.state, item.rows, item.required) == ("open", now, True)
    assert f"{now:,} break its rules now" in item.why
    assert desk.row(second).rows["waived"] == 0
    desk.publish(second)
    assert desk.state(second) is State.PUBLISHED
    third = desk.run(spoilt(tmp_path, seed=23, names=2))
    assert desk.items(third, "waiver") == [], "somebody published without it: it has ended"


def test_a_waiver_that_ended_opens_an_item_in_the_next_run(
    carried: Callable[..., Any], desk: Desk, run: str, tmp_path: Path
) -> None:
    desk, second, _, number = carried(expires=today())
    key = f"waiver-{number}"
    assert line(desk, second, key).state == "waived", "its last day counts"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waivers, "today", lambda: today() + timedelta(days=1))
        run_row = desk.row(second)
        assert "ended on" in desk.ws.see.run(EVE, second).why_not_approve or run_row
        desk.accept_breaches(second)
        with pytest.raises(IllegalMove, match="ended on") as refusal:
            desk.ws.approve(EVE, second, digest=desk.row(second).candidate)
        assert "look at the new revision" in refusal.value.hint
    assert desk.state(second) is State.REVISING
    desk.work()
    item = line(desk, second, key)
    assert (item.state, item.required, desk.row(second).rows["waived"]) == ("open", True, 0)
    assert "ended on" in item.why
    undone = next(one for one in desk.rows_of(Decision) if one.action == "undo")
    assert undone.person == "policy:waiver-ended"
    assert desk.ws.verify_audit(ANA).whole


# the second person


@pytest.fixture
def large(desk: Desk, run: str) -> tuple[str, int]:
    """A run under a contract that lets one person waive one row, and a larger waiver in it."""
    change = desk.ws.add_contract(ANA, FEW)
    desk.ws.approve_contract(BEN, change.change, digest=change.digest)
    again = desk.ws.submit(
        ANA, "customers", input_digest=desk.row(run).input_digest, file="f.csv", contract=FEW
    )
    desk.work()
    return again, waive(desk, again, waivable(desk, again, least=2))


def test_a_large_waiver_needs_a_second_person(desk: Desk, large: tuple[str, int]) -> None:
    run, number = large
    desk.accept_breaches(run)
    desk.approve_plan(run)
    candidate = desk.row(run).candidate
    with pytest.raises(IllegalMove, match="need another person's approval") as refusal:
        desk.ws.approve(BEN, run, digest=candidate)
    assert f"decision {number}" in refusal.value.hint
    digest = desk.ws.see.triage(BEN, run).decisions[-1].waiver
    refused: list[tuple[Any, type[GovernanceError], Callable[[], object]]] = [
        (ANA, FourEyes, lambda: desk.ws.approve_waiver(ANA, run, number, digest=digest)),
        (CLEO, NotPermitted, lambda: desk.ws.approve_waiver(CLEO, run, number, digest=digest)),
        (BEN, Stale, lambda: desk.ws.approve_waiver(BEN, run, number, digest="0" * 64)),
        (BEN, InputError, lambda: desk.ws.approve_waiver(BEN, run, 999, digest=digest)),
    ]
    for _, kind, ask in refused:
        with pytest.raises(kind) as said:
            ask()
        assert said.value.hint
    desk.ws.approve_waiver(BEN, run, number, digest=digest, reason="seen the list")
    assert desk.ws.see.triage(BEN, run).decisions[-1].waiver == ""
    desk.ws.approve(BEN, run, digest=candidate)
    assert desk.state(run) is State.APPROVED
    assert event(desk, run, "waiver approved")["budget"] >= 2


def test_an_approval_is_for_one_waiver_only(desk: Desk, large: tuple[str, int]) -> None:
    """Taken back and given again, it is another waiver."""
    run, number = large
    digest = next(one.waiver for one in desk.ws.see.triage(BEN, run).decisions if one.id == number)
    desk.ws.approve_waiver(BEN, run, number, digest=digest)
    desk.ws.undo(ANA, run, number)
    desk.work()
    waive(desk, run, waivable(desk, run, least=2))
    assert desk.ws.see.triage(BEN, run).decisions[0].waiver not in ("", digest)


def test_a_small_waiver_needs_nobody(desk: Desk, run: str) -> None:
    waive(desk, run, waivable(desk, run))
    assert [one.waiver for one in desk.ws.see.triage(BEN, run).decisions] == [""]


# two approvals, and another version between them


def test_an_approval_from_before_another_version_does_not_count(desk: Desk, run: str, tmp_path: Path) -> None:
    two = CONTRACT.replace(b"minApprovals, value: 1", b"minApprovals, value: 2")
    other = desk.run(spoilt(tmp_path, seed=22, names=1))
    change = desk.ws.add_contract(ANA, two)
    desk.ws.approve_contract(BEN, change.change, digest=change.digest)
    strict = desk.ws.submit(
        ANA, "customers", input_digest=desk.row(run).input_digest, file="f.csv", contract=two
    )
    desk.work()
    desk.accept_breaches(strict)
    desk.approve_plan(strict)
    candidate = desk.row(strict).candidate
    desk.ws.approve(BEN, strict, digest=candidate)
    assert desk.ws.see.run(EVE, strict).approvals == ("ben",)
    desk.accept_breaches(other)
    desk.approve_plan(other)
    desk.ws.approve(BEN, other, digest=desk.row(other).candidate)
    desk.ws.publish(ANA, other)
    desk.work()
    assert len(desk.rows_of(Version)) == 1
    assert desk.ws.see.run(EVE, strict).approvals == (), "he saw what would change against nothing"
    desk.ws.approve(EVE, strict, digest=candidate)
    assert desk.state(strict) is State.AWAITING_REVIEW
    assert [
        one.person for one in desk.rows_of(Approval) if one.subject == strict and one.kind == "publish"
    ] == ["eve"]
    assert event(desk, strict, "approvals void")["people"] == ["ben"]
    desk.ws.approve(BEN, strict, digest=candidate)
    assert desk.state(strict) is State.APPROVED
