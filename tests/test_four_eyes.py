"""Four eyes: nobody approves what they had a hand in, whoever asks and whichever way they ask.

Everything here goes straight to the workspace: a page's disabled button protects nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from drive import ANA, BEN, CLEO, DAN, EVE, EVERYONE, SAM, Desk, Template
from sqlmodel import delete

from governance import approvals
from governance.errors import FourEyes, IllegalMove, InputError, NotPermitted, Refused, Stale
from governance.people import MAY, Person, Role, Verb
from governance.privacy.operators import Redact
from governance.privacy.plan import ColumnMask
from governance.review.choices import Action
from governance.settings import PROJECT
from governance.states import State
from storage.models import Approval, Item, Run, Version

TWO = (
    (PROJECT / "contracts" / "customers.yaml")
    .read_bytes()
    .replace(b"minApprovals, value: 1", b"minApprovals, value: 2")
)


def said(refusal: Refused) -> str:
    """The message, which must say why; the hint must say what to do."""
    assert refusal.message.endswith(".")
    assert refusal.hint.endswith(".")
    return refusal.message


# who may do what at all


@dataclass(frozen=True)
class Call:
    """One verb of the workspace, called with arguments that would do for who may."""

    name: str
    verb: Verb
    go: Callable[[Desk, Person, str], object]


CALLS = (
    Call("keep_upload", Verb.SUBMIT, lambda d, p, r: d.ws.keep_upload(p, b"a,b\n1,2\n")),
    Call("fetch", Verb.SUBMIT, lambda d, p, r: d.ws.fetch(p, "/dev/null")),
    Call(
        "submit",
        Verb.SUBMIT,
        lambda d, p, r: d.ws.submit(p, "customers", input_digest=d.row(r).input_digest, file="f.csv"),
    ),
    Call("keep_sample", Verb.SUBMIT, lambda d, p, r: d.ws.keep_sample(p, "customers", rows=5)),
    Call("resume", Verb.SUBMIT, lambda d, p, r: d.ws.resume(p, r)),
    Call(
        "draft_contract",
        Verb.CONTRACT,
        lambda d, p, r: d.ws.draft_contract(p, d.row(r).input_digest, "f.csv", "x"),
    ),
    Call("add_contract", Verb.CONTRACT, lambda d, p, r: d.ws.add_contract(p, TWO)),
    Call("approve_contract", Verb.APPROVE, lambda d, p, r: d.ws.approve_contract(p, "x", digest="")),
    Call("withdraw_contract", Verb.CONTRACT, lambda d, p, r: d.ws.withdraw_contract(p, "x", reason="no")),
    Call("suggestions", Verb.CONTRACT, lambda d, p, r: d.ws.suggestions(p, d.row(r).input_digest, "f", "x")),
    Call("reject_suggestion", Verb.CONTRACT, lambda d, p, r: d.ws.reject_suggestion(p, "x", "a: type")),
    Call("allow_suggestion", Verb.CONTRACT, lambda d, p, r: d.ws.allow_suggestion(p, "x", "a: type")),
    Call("back_test", Verb.CONTRACT, lambda d, p, r: d.ws.back_test(p, "customers", TWO)),
    Call("preview", Verb.DECIDE, lambda d, p, r: d.ws.preview(p, r, _cluster(d, r), Action.REJECT)),
    Call(
        "decide", Verb.DECIDE, lambda d, p, r: d.ws.decide(p, r, _cluster(d, r), Action.REJECT, reason="no")
    ),
    Call("undo", Verb.DECIDE, lambda d, p, r: d.ws.undo(p, r, 1)),
    Call("confirm", Verb.DECIDE, lambda d, p, r: d.ws.confirm(p, r, 1, reason="still right")),
    Call("preview_all", Verb.DECIDE, lambda d, p, r: d.ws.preview_all(p, r, ())),
    Call("decide_all", Verb.DECIDE, lambda d, p, r: d.ws.decide_all(p, r, (), reason="no")),
    Call("set_apart", Verb.DECIDE, lambda d, p, r: d.ws.set_apart(p, r, "income", 0, 1, reason="no")),
    Call("parting", Verb.DECIDE, lambda d, p, r: d.ws.parting(p, r, _cluster(d, r), "id")),
    Call("split", Verb.DECIDE, lambda d, p, r: d.ws.split(p, r, _cluster(d, r), "id")),
    Call("merge_back", Verb.DECIDE, lambda d, p, r: d.ws.merge_back(p, r, _cluster(d, r))),
    Call("unread_lines", Verb.DECIDE, lambda d, p, r: d.ws.unread_lines(p, r)),
    Call("preview_line", Verb.DECIDE, lambda d, p, r: d.ws.preview_line(p, r, 1, "x")),
    Call("mend_line", Verb.DECIDE, lambda d, p, r: d.ws.mend_line(p, r, 1, "x", reason="no")),
    Call("send_back", Verb.DECIDE, lambda d, p, r: d.ws.send_back(p, r, _cluster(d, r), reason="no")),
    Call("export_rows", Verb.DECIDE, lambda d, p, r: d.ws.export_rows(p, r, _cluster(d, r), d.home / "x")),
    Call("preview_corrections", Verb.DECIDE, lambda d, p, r: d.ws.preview_corrections(p, r, "x", "0")),
    Call("take_corrections", Verb.DECIDE, lambda d, p, r: d.ws.take_corrections(p, r, "x", "0", reason="no")),
    Call("retire_recipe", Verb.DECIDE, lambda d, p, r: d.ws.retire_recipe(p, 1, reason="no")),
    Call("bring_back_recipe", Verb.DECIDE, lambda d, p, r: d.ws.bring_back_recipe(p, 1, reason="no")),
    Call("export_recipes", Verb.DECIDE, lambda d, p, r: d.ws.export_recipes(p)),
    Call("import_recipes", Verb.DECIDE, lambda d, p, r: d.ws.import_recipes(p, b"")),
    Call("approve_recipe", Verb.APPROVE, lambda d, p, r: d.ws.approve_recipe(p, 1, digest="")),
    Call("assign", Verb.DECIDE, lambda d, p, r: d.ws.assign(p, r, _cluster(d, r), to="ana")),
    Call("comment", Verb.DECIDE, lambda d, p, r: d.ws.comment(p, r, _cluster(d, r), "why?")),
    Call("ask_deep_report", Verb.SEE_VALUES, lambda d, p, r: d.ws.ask_deep_report(p, r)),
    Call("approve_waiver", Verb.APPROVE, lambda d, p, r: d.ws.approve_waiver(p, r, 1, digest="")),
    Call("break_glass", Verb.BREAK_GLASS, lambda d, p, r: d.ws.break_glass(p, r, digest="", reason="no")),
    Call("sign_off", Verb.APPROVE, lambda d, p, r: d.ws.sign_off(p, r, reason="no")),
    Call("reject_run", Verb.DECIDE, lambda d, p, r: d.ws.reject_run(p, r, reason="no")),
    Call("change_plan", Verb.PLAN, lambda d, p, r: d.ws.change_plan(p, r, _redacted())),
    Call("approve_plan", Verb.APPROVE, lambda d, p, r: d.ws.approve_plan(p, r, digest=d.row(r).plan_digest)),
    Call("approve", Verb.APPROVE, lambda d, p, r: d.ws.approve(p, r, digest=d.row(r).candidate)),
    Call("publish", Verb.PUBLISH, lambda d, p, r: d.ws.publish(p, r)),
    Call("ask_rollback", Verb.ROLL_BACK, lambda d, p, r: d.ws.ask_rollback(p, "customers", 1, reason="no")),
    Call("approve_rollback", Verb.APPROVE, lambda d, p, r: d.ws.approve_rollback(p, "x", digest="")),
    Call("withdraw_rollback", Verb.ROLL_BACK, lambda d, p, r: d.ws.withdraw_rollback(p, "x", reason="no")),
    Call("verify_audit", Verb.AUDIT, lambda d, p, r: d.ws.verify_audit(p)),
)


def _cluster(desk: Desk, run: str) -> str:
    return next(item.key for item in desk.rows_of(Item) if item.run == run and item.kind == "cluster")


def _redacted(column: str = "income") -> ColumnMask:
    return ColumnMask(column=column, operator=Redact(), reason="too exact")


def test_every_verb_of_the_workspace_is_in_the_table() -> None:
    from governance.workspace import Workspace

    verbs = {
        name
        for name in vars(Workspace)
        if not name.startswith("_") and name not in ("open", "house", "see", "set_keyboard")
    }  # everyone has keys of their own
    assert {call.name for call in CALLS} == verbs


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
@pytest.mark.parametrize("who", [CLEO, DAN], ids=lambda who: who.name)
def test_analysts_and_auditors_change_nothing(reviewed: Template, call: Call, who: Person) -> None:
    desk, run = reviewed.desk, reviewed.run  # refused: the template stays as it is
    if who.may(call.verb):
        assert call.name == "verify_audit"
        return
    before = len(desk.events())
    with pytest.raises(NotPermitted) as refusal:
        call.go(desk, who, run)
    assert f"{who.title} ({who.role.value}) may not {call.verb.value}" in said(refusal.value)
    assert len(desk.events()) == before


def test_no_role_is_exempt() -> None:
    """There is no role that stands above the others, and none whose approval of its own work would count."""
    assert set(MAY) == set(Role)
    for role in Role:
        one = Person(name="x", title="X", role=role)
        with pytest.raises(FourEyes):
            approvals.four_eyes({"x"}, one.name, "approve it")


# the table of refusals on one run: what was done before, who asks for what, and how it is refused


@dataclass(frozen=True)
class Case:
    name: str
    before: Callable[[Desk, str], object]
    ask: Callable[[Desk, str], object]
    error: type[Refused]
    why: str


def _nothing(desk: Desk, run: str) -> None:
    pass


def _ready(desk: Desk, run: str) -> None:
    """All that approval asks for, but the approval."""
    desk.accept_breaches(run)
    desk.approve_plan(run)


def _approved(desk: Desk, run: str) -> None:
    desk.approve(run)


def _ben_decided(desk: Desk, run: str) -> None:
    desk.accept_breaches(run)
    desk.ws.decide(BEN, run, "unreadable", Action.ACCEPT, reason="seen")


def _ben_decided_and_sam_undid(desk: Desk, run: str) -> None:
    desk.accept_breaches(run)
    decision = desk.ws.decide(BEN, run, _cluster(desk, run), Action.REJECT, reason="no")
    desk.work()
    desk.approve_plan(run, by=EVE)
    assert desk.ws.undo(BEN, run, decision)
    desk.work()


def _ben_changed_the_plan(desk: Desk, run: str) -> None:
    desk.accept_breaches(run)
    desk.ws.change_plan(BEN, run, _redacted())
    desk.work()


def _ben_changed_and_eve_approved_the_plan(desk: Desk, run: str) -> None:
    _ben_changed_the_plan(desk, run)
    desk.approve_plan(run, by=EVE)


def _approved_then_decided(desk: Desk, run: str) -> None:
    desk.approve(run)
    desk.ws.decide(ANA, run, _cluster(desk, run), Action.REJECT, reason="no")


def _approved_then_decided_and_computed(desk: Desk, run: str) -> None:
    _approved_then_decided(desk, run)
    desk.work()


def _approved_then_the_plan_changed(desk: Desk, run: str) -> None:
    desk.approve(run)
    desk.ws.change_plan(SAM, run, _redacted())
    desk.work()


def _approved_then_a_breach_opened_again(desk: Desk, run: str) -> None:
    (accepted,) = desk.accept_breaches(run)
    desk.approve_plan(run)
    desk.ws.approve(BEN, run, digest=desk.row(run).candidate)
    desk.ws.undo(ANA, run, accepted)


def _approved_then_the_approver_decided(desk: Desk, run: str) -> None:
    desk.approve(run)
    desk.ws.decide(BEN, run, "unreadable", Action.ACCEPT, reason="seen")


def _approved_then_the_approval_vanished(desk: Desk, run: str) -> None:
    desk.approve(run)
    with desk.ws.house.ledger.write() as session:
        session.exec(delete(Approval))  # type: ignore[call-overload]


def _own_approval_forged(desk: Desk, run: str) -> None:
    """An approval row of the submitter's own and an approved state, by whatever way they came there."""
    _ready(desk, run)
    with desk.ws.house.ledger.write() as session:
        row = session.get_one(Run, run)
        row.state, row.options = State.APPROVED.value, {**row.options, "expected": 0}
        session.add(row)
        session.add(Approval(kind="publish", subject=run, digest=row.candidate, person="ana"))


def _approval_of_another_digest(desk: Desk, run: str) -> None:
    _approved(desk, run)
    with desk.ws.house.ledger.write() as session:
        session.exec(delete(Approval).where(Approval.kind == "publish"))  # type: ignore[call-overload, arg-type]
        session.add(Approval(kind="publish", subject=run, digest="0" * 64, person="ben"))


def _rejected(desk: Desk, run: str) -> None:
    desk.ws.reject_run(ANA, run, reason="not ours")


def _published(desk: Desk, run: str) -> None:
    assert desk.publish(run) is State.PUBLISHED


def _approve(who: Person, digest: str = "") -> Callable[[Desk, str], None]:
    return lambda desk, run: desk.ws.approve(who, run, digest=digest or desk.row(run).candidate)


def _approve_plan(who: Person, digest: str = "") -> Callable[[Desk, str], None]:
    return lambda desk, run: desk.ws.approve_plan(who, run, digest=digest or desk.row(run).plan_digest)


def _publish(who: Person) -> Callable[[Desk, str], None]:
    return lambda desk, run: desk.ws.publish(who, run)


HAND = "submitted or decided here and so cannot"
NEEDS = "needs the approval of 1 other person"
CASES = (
    Case("the submitter approves", _ready, _approve(ANA), FourEyes, f"Ana {HAND} approve it"),
    Case("the submitter approves the plan", _nothing, _approve_plan(ANA), FourEyes, f"Ana {HAND} approve its masking"),
    Case("a decider approves", _ben_decided, _approve(BEN), FourEyes, f"Ben {HAND}"),
    Case("a decider approves the plan", _ben_decided, _approve_plan(BEN), FourEyes, f"Ben {HAND}"),
    Case("the plan's author approves the plan", _ben_changed_the_plan, _approve_plan(BEN), FourEyes, f"Ben {HAND}"),
    Case("the plan's author approves", _ben_changed_and_eve_approved_the_plan, _approve(BEN), FourEyes, f"Ben {HAND}"),
    Case("an old digest", _ready, _approve(BEN, "0" * 64), Stale, "has changed since you looked"),
    Case("no digest", _ready, lambda d, r: d.ws.approve(BEN, r, digest=""), Stale, "has changed since you looked"),
    Case("an old plan digest", _nothing, _approve_plan(BEN, "0" * 64), Stale, "masking plan has changed"),
    Case("a breach is open", lambda d, r: d.approve_plan(r), _approve(BEN), IllegalMove, "open breaches: breach-accuracy"),
    Case("the plan is not approved", lambda d, r: d.accept_breaches(r), _approve(BEN), IllegalMove, "masking plan"),
    Case("publish without approval, by the submitter", _ready, _publish(ANA), FourEyes, NEEDS),
    Case("publish without approval, by an approver", _ready, _publish(BEN), FourEyes, NEEDS),
    Case("publish on one's own approval", _own_approval_forged, _publish(ANA), FourEyes, NEEDS),
    Case("publish on another digest", _approval_of_another_digest, _publish(BEN), FourEyes, NEEDS),
    Case("publish when the approval is gone", _approved_then_the_approval_vanished, _publish(BEN), FourEyes, NEEDS),
    Case("publish while it is revised", _approved_then_decided, _publish(BEN), IllegalMove, "is revising"),
    Case("approve while it is revised", _approved_then_decided, _approve(EVE), IllegalMove, "is revising"),
    Case("publish after a decision", _approved_then_decided_and_computed, _publish(BEN), FourEyes, NEEDS),
    Case("publish after a change of plan", _approved_then_the_plan_changed, _publish(BEN), FourEyes, NEEDS),
    Case("approve after a change of plan", _approved_then_the_plan_changed, _approve(BEN), IllegalMove, "masking plan"),
    Case("publish after a breach opened again", _approved_then_a_breach_opened_again, _publish(BEN), FourEyes, NEEDS),
    Case("publish when the approver decided since", _approved_then_the_approver_decided, _publish(SAM), FourEyes, NEEDS),
    Case("approve a rejected run", _rejected, _approve(BEN), IllegalMove, "is rejected"),
    Case("publish a rejected run", _rejected, _publish(BEN), IllegalMove, "is rejected"),
    Case("approve the plan of a rejected run", _rejected, _approve_plan(BEN), IllegalMove, "is rejected"),
    Case("approve a published run", _published, _approve(EVE), IllegalMove, "is published"),
    Case("publish twice", _published, _publish(BEN), IllegalMove, "is published"),
    Case("resume what waits", _nothing, lambda d, r: d.ws.resume(ANA, r), IllegalMove, "is awaiting review"),
    Case("resume what is approved", _approved, lambda d, r: d.ws.resume(ANA, r), IllegalMove, "is approved"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refused_whoever_asks(desk: Desk, run: str, case: Case) -> None:
    case.before(desk, run)
    state, events, versions = desk.row(run), len(desk.events()), len(desk.rows_of(Version))
    with pytest.raises(case.error) as refusal:
        case.ask(desk, run)
    assert case.why in said(refusal.value)
    assert desk.row(run) == state, "a refusal changes nothing"
    assert len(desk.events()) == events
    desk.work()
    assert len(desk.rows_of(Version)) == versions


# what is allowed, so that the table above does not pass by refusing everything


def test_another_persons_approval_is_enough_and_who_submitted_may_press_the_button(
    desk: Desk, run: str
) -> None:
    desk.approve(run)
    desk.ws.publish(ANA, run)
    desk.work()
    (version,) = desk.rows_of(Version)
    assert (version.requested_by, version.approved_by) == ("ana", "ben")


def test_a_steward_may_approve_what_another_submitted(desk: Desk, run: str) -> None:
    desk.accept_breaches(run)
    desk.approve_plan(run, by=SAM)
    desk.ws.approve(SAM, run, digest=desk.row(run).candidate)
    assert desk.state(run) is State.APPROVED


def test_a_decision_taken_back_is_still_a_hand_in_it_only_while_it_stands(desk: Desk, run: str) -> None:
    """Who decided and took it back has nothing standing in the candidate, and may approve it."""
    _ben_decided_and_sam_undid(desk, run)
    desk.ws.approve(BEN, run, digest=desk.row(run).candidate)
    assert desk.state(run) is State.APPROVED


def test_an_approval_counts_again_only_when_it_is_given_again(desk: Desk, run: str) -> None:
    """Decided and taken back: the same candidate, but the run waits for its approver once more."""
    candidate = desk.approve(run)
    decision = desk.ws.decide(ANA, run, _cluster(desk, run), Action.REJECT, reason="no")
    desk.work()
    assert desk.row(run).candidate != candidate
    desk.ws.undo(ANA, run, decision)
    desk.work()
    assert (desk.row(run).candidate, desk.state(run)) == (candidate, State.AWAITING_REVIEW)
    with pytest.raises(FourEyes):
        desk.ws.publish(BEN, run)
    desk.ws.approve(BEN, run, digest=candidate)
    desk.ws.publish(BEN, run)
    desk.work()
    assert desk.state(run) is State.PUBLISHED


def test_approving_twice_is_approving_once(desk: Desk, run: str) -> None:
    candidate = desk.approve(run)
    desk.ws.approve(BEN, run, digest=candidate)
    assert [one.person for one in desk.rows_of(Approval) if one.kind == "publish"] == ["ben"]


def test_the_same_plan_need_not_be_approved_twice(later: Desk, second: str) -> None:
    assert later.ws.see.run(BEN, second).plan_approved
    later.accept_breaches(second)
    later.ws.approve(BEN, second, digest=later.row(second).candidate)
    assert later.state(second) is State.APPROVED


# two approvals


@pytest.fixture
def strict(desk: Desk, run: str) -> str:
    """A run under a contract that asks for two approvals, ready for them."""
    digest = desk.row(run).input_digest
    change = desk.ws.add_contract(ANA, TWO)
    desk.ws.approve_contract(BEN, change.change, digest=change.digest)
    again = desk.ws.submit(ANA, "customers", input_digest=digest, file="f.csv", contract=TWO)
    desk.work()
    _ready(desk, again)
    return again


def test_one_of_two_approvals_is_not_enough(desk: Desk, strict: str) -> None:
    candidate = desk.row(strict).candidate
    desk.ws.approve(BEN, strict, digest=candidate)
    desk.ws.approve(BEN, strict, digest=candidate)
    assert desk.state(strict) is State.AWAITING_REVIEW, "one person counts once"
    with pytest.raises(FourEyes, match="2 other people"):
        desk.ws.publish(BEN, strict)
    desk.ws.approve(EVE, strict, digest=candidate)
    assert desk.state(strict) is State.APPROVED
    desk.ws.publish(ANA, strict)
    desk.work()
    assert desk.rows_of(Version)[0].approved_by == "ben, eve"


def test_no_review_does_not_stand_for_two_people(desk: Desk, strict: str) -> None:
    digest = desk.row(strict).input_digest
    with pytest.raises(IllegalMove, match="asks for 2 approvals") as refusal:
        desk.ws.submit(ANA, "customers", input_digest=digest, file="f.csv", force=True, no_review=True)
    assert refusal.value.hint


def test_a_report_names_only_those_who_approved_what_was_published(desk: Desk, run: str) -> None:
    """Ben approved another candidate; Eve this one."""
    _approved_then_decided_and_computed(desk, run)
    desk.ws.approve(EVE, run, digest=desk.row(run).candidate)
    desk.ws.publish(BEN, run)
    desk.work()
    assert desk.rows_of(Version)[0].approved_by == "eve"
    assert desk.ws.see.run(BEN, run).facts.approved_by == "eve"


@pytest.mark.parametrize("who", EVERYONE, ids=lambda who: who.name)
def test_what_the_page_says_is_what_the_verb_does(desk: Desk, run: str, who: Person) -> None:
    """`why_not_approve` is empty exactly for those whose approval is taken."""
    _ready(desk, run)
    if not who.may(Verb.SEE_RUNS):
        with pytest.raises(NotPermitted):
            desk.ws.see.run(who, run)
        return
    seen = desk.ws.see.run(who, run)
    assert (seen.why_not_approve == "") == (who in (BEN, EVE, SAM))
    try:
        desk.ws.approve(who, run, digest=seen.candidate)
    except Refused as refusal:
        assert seen.why_not_approve
        assert refusal.message in seen.why_not_approve
    else:
        assert seen.why_not_approve == ""


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_reasons_are_asked_for(desk: Desk, run: str, reason: str) -> None:
    for ask in (
        lambda: desk.ws.decide(ANA, run, _cluster(desk, run), Action.REJECT, reason=reason),
        lambda: desk.ws.reject_run(ANA, run, reason=reason),
        lambda: desk.ws.change_plan(ANA, run, ColumnMask(column="income", operator=Redact(), reason=reason)),
    ):
        with pytest.raises(InputError, match="needs a reason") as refusal:
            ask()
        assert refusal.value.hint
