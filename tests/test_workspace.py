"""What people can do with a run: submit it once, decide about its rows, take it back, and end it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from drive import ANA, BEN, EVE, SAM, Desk, at_once, today

from governance import duties
from governance.errors import GovernanceError, IllegalMove, InputError, Stale, UnknownName
from governance.people import NO_REVIEW
from governance.privacy.operators import Keep, Redact
from governance.privacy.plan import ColumnMask
from governance.review.choices import Action, Fix
from governance.settings import PROJECT
from governance.states import State
from storage.models import AuditEvent, ContractChange, ContractVersion, Decision, Item, Run, StageResult, Task

CUSTOMERS = (PROJECT / "contracts" / "customers.yaml").read_bytes()
ANOTHER = CUSTOMERS + b"\n# the same promises, another document\n"


def again(desk: Desk, run: str, **options: object) -> str:
    """The same bytes once more, prepared."""
    new = desk.ws.submit(
        ANA, "customers", input_digest=desk.row(run).input_digest, file="again.csv", **options
    )  # type: ignore[arg-type]
    desk.work()
    return new


# submitting


def test_a_submission_is_on_record_with_its_task_and_event(empty: Desk, samples: tuple[Path, Path]) -> None:
    digest, file = empty.ws.fetch(ANA, str(samples[1]))
    run = empty.ws.submit(ANA, "customers", input_digest=digest, file=file, source="cli", force=True)
    row = empty.row(run)
    assert (row.state, row.dataset, row.submitted_by, row.source) == ("queued", "customers", "ana", "cli")
    assert row.options == {"force": True, "no_review": False}
    assert [(task.kind, task.subject, task.state) for task in empty.rows_of(Task)] == [
        ("prepare", run, "queued")
    ]
    (event,) = empty.events(run)
    assert json.loads(event.data) == {
        "file": file, "input": digest, "contract": row.contract_digest, "force": True, "no_review": False
    }  # fmt: skip


def test_uploads_and_paths_come_to_the_same_bytes(empty: Desk, samples: tuple[Path, Path]) -> None:
    digest, name = empty.ws.fetch(ANA, str(samples[0]))
    assert name == samples[0].name
    assert empty.ws.keep_upload(ANA, samples[0].read_bytes()) == digest
    with samples[0].open("rb") as stream:
        assert empty.ws.keep_upload(ANA, stream) == digest


def test_a_dataset_nobody_knows_is_refused(empty: Desk) -> None:
    with pytest.raises(UnknownName, match=r"no dataset 'nope'.*customers, divers"):
        empty.ws.submit(ANA, "nope", input_digest="0" * 64, file="f.csv")
    assert empty.rows_of(Run) == []


def test_a_contract_given_with_the_file_is_proposed_and_the_run_is_under_it(desk: Desk, run: str) -> None:
    new = again(desk, run, contract=ANOTHER)
    assert desk.row(new).contract_digest != desk.row(run).contract_digest
    assert [one.number for one in desk.rows_of(ContractVersion) if one.dataset == "customers"] == [1]
    (change,) = desk.rows_of(ContractChange)
    desk.ws.approve_contract(BEN, change.id, digest=change.digest)
    assert [one.number for one in desk.rows_of(ContractVersion) if one.dataset == "customers"] == [1, 2]
    assert desk.row(run).contract_digest == desk.rows_of(ContractVersion)[0].digest, (
        "the first run keeps its own"
    )


def test_a_path_that_is_not_there(empty: Desk) -> None:
    with pytest.raises(InputError) as refusal:
        empty.ws.fetch(ANA, "/nowhere/at-all.csv")
    assert "/nowhere/at-all.csv" in refusal.value.message
    assert refusal.value.hint


# seen before


def test_the_same_bytes_are_skipped_with_a_link(desk: Desk, run: str) -> None:
    new = again(desk, run)
    assert (desk.state(new), desk.row(new).same_as) == (State.SKIPPED, run)
    assert [stage.number for stage in desk.rows_of(StageResult) if stage.run == new] == [1, 2]
    assert desk.ws.see.strip(ANA, new).same_as == run


def test_force_runs_them_again(desk: Desk, run: str) -> None:
    new = again(desk, run, force=True)
    assert desk.state(new) is State.AWAITING_REVIEW
    assert desk.row(new).candidate == desk.row(run).candidate, "the same work comes to the same candidate"


def test_another_contract_is_not_seen_before(desk: Desk, run: str) -> None:
    assert desk.state(again(desk, run, contract=ANOTHER)) is State.AWAITING_REVIEW


def _plan_approved(desk: Desk, run: str) -> None:
    desk.approve_plan(run)


def _approved(desk: Desk, run: str) -> None:
    desk.approve(run)


def _decided(desk: Desk, run: str) -> None:
    item = desk.items(run, "cluster")[0]
    desk.ws.decide(ANA, run, item.key, Action.REJECT, reason="no")
    desk.work()


def _published(desk: Desk, run: str) -> None:
    assert desk.publish(run) is State.PUBLISHED


def _rejected(desk: Desk, run: str) -> None:
    desk.ws.reject_run(ANA, run, reason="not ours")


@pytest.mark.parametrize("before", [_plan_approved, _approved, _decided, _published, _rejected])
def test_the_same_bytes_are_skipped_however_far_the_run_has_come(
    desk: Desk, run: str, before: Callable[[Desk, str], None]
) -> None:
    before(desk, run)
    new = again(desk, run)
    assert (desk.state(new), desk.row(new).same_as) == (State.SKIPPED, run)


@pytest.mark.parametrize(
    "before", [lambda desk, run: None, _approved, _published], ids=["waits", "approved", "published"]
)
def test_the_second_file_of_a_dataset_is_recognised_too(
    later: Desk, second: str, before: Callable[[Desk, str], None]
) -> None:
    """Its plan was approved with the first one: the approved plan is part of what it is recognised by."""
    before(later, second)
    new = again(later, second)
    assert (later.state(new), later.row(new).same_as) == (State.SKIPPED, second)


def test_a_published_run_is_the_one_that_is_linked(later: Desk, run: str) -> None:
    again(later, run, force=True)
    new = again(later, run)
    assert later.row(new).same_as == run


def test_another_approved_plan_is_not_seen_before(later: Desk, run: str, second: str) -> None:
    later.ws.change_plan(SAM, second, ColumnMask(column="income", operator=Redact(), reason="too exact"))
    later.work()
    later.approve_plan(second, by=EVE)
    assert later.state(again(later, second)) is State.SKIPPED, "the run with that plan is known"
    assert later.state(again(later, run)) is State.AWAITING_REVIEW, "version 1 was masked otherwise"


def test_two_submissions_before_the_worker_comes_are_one_run(empty: Desk, samples: tuple[Path, Path]) -> None:
    first, other = empty.submit(samples[1]), empty.submit(samples[1])
    empty.work()
    assert (empty.state(first), empty.state(other)) == (State.AWAITING_REVIEW, State.SKIPPED)


# deciding

PHONE = Fix(column="phone", repair="clear")


def cluster(desk: Desk, run: str, *, waivable: bool = True, rule: str = "") -> str:
    return next(
        item.key
        for item in desk.items(run, "cluster")
        if item.waivable is waivable and (not rule or any(name == rule for name, _ in item.rules))
    )


def far(days: int) -> dict[str, object]:
    return {"expires": today() + timedelta(days=days)}


REFUSED = {
    "a breach cannot be rejected": ("breach-accuracy", Action.REJECT, {}, "can only be accepted"),
    "a breach cannot be fixed": ("breach-accuracy", Action.FIX, {"fix": PHONE}, "can only be accepted"),
    "a cluster cannot be accepted": ("waivable", Action.ACCEPT, {}, "fixed, waived, rejected or sent back"),
    "a fix without a repair": ("waivable", Action.FIX, {}, "needs a repair"),
    "an unknown repair": (
        "waivable",
        Action.FIX,
        {"fix": Fix(column="phone", repair="wish")},
        "no repair 'wish'",
    ),
    "an unknown column": ("waivable", Action.FIX, {"fix": Fix(column="x", repair="clear")}, "no column 'x'"),
    "a value that was not given": (
        "waivable",
        Action.FIX,
        {"fix": Fix(column="phone", repair="set")},
        "needs a value",
    ),
    "a fix that reads a file": (
        "waivable",
        Action.FIX,
        {"fix": Fix(column="phone", expression="(SELECT content FROM read_text('/etc/passwd'))")},
        "not allowed",
    ),
    "a waiver of what the table cannot hold": ("fast", Action.WAIVE, {}, "cannot be waived"),
    "a waiver for too long": ("waivable", Action.WAIVE, far(91), "is not possible"),
    "a waiver that is over": ("waivable", Action.WAIVE, far(-1), "is not possible"),
    "an item that is not there": ("cluster-00000000", Action.REJECT, {}, "no item 'cluster-00000000'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_decisions_say_why_and_record_nothing(desk: Desk, run: str, name: str) -> None:
    key, action, options, why = REFUSED[name]
    key = {"waivable": cluster(desk, run), "fast": cluster(desk, run, waivable=False)}.get(key, key)
    before = desk.row(run), len(desk.events()), desk.rows_of(Item)
    for ask in (
        lambda: desk.ws.decide(ANA, run, key, action, reason="why not", **options),
        *(
            [lambda: desk.ws.preview(ANA, run, key, action, fix=options.get("fix"))]
            if "expires" not in options
            else []
        ),
    ):
        with pytest.raises(GovernanceError) as refusal:
            ask()
        assert why in refusal.value.message
        assert refusal.value.hint
    assert (desk.row(run), len(desk.events()), desk.rows_of(Item)) == before
    assert desk.rows_of(Decision) == []


@pytest.mark.parametrize(("days", "ends"), [(None, 90), (90, 90), (0, 0), (30, 30)])
def test_a_waiver_ends_within_90_days(desk: Desk, run: str, days: int | None, ends: int) -> None:
    desk.ws.decide(
        ANA, run, cluster(desk, run), Action.WAIVE, reason="ok", **({} if days is None else far(days))
    )  # type: ignore[arg-type]
    event = next(event for event in desk.events(run) if event.action == "decision waive")
    assert json.loads(event.data)["expires"] == (today() + timedelta(days=ends)).isoformat()


def test_a_decision_asks_for_a_revision_and_the_rows_follow(desk: Desk, run: str) -> None:
    item = next(item for item in desk.items(run, "cluster") if item.waivable)
    before = desk.row(run).rows
    desk.ws.decide(ANA, run, item.key, Action.WAIVE, reason="called them")
    assert (desk.state(run), desk.row(run).revision, desk.row(run).computed) == (State.REVISING, 1, 0)
    desk.work()
    assert (desk.state(run), desk.row(run).computed) == (State.AWAITING_REVIEW, 1)
    after = desk.row(run).rows
    assert after == {
        **before, "kept": before["kept"] + item.rows, "quarantined": before["quarantined"] - item.rows,
        "waived": item.rows,
    }  # fmt: skip
    line = next(line for line in desk.items(run) if line.key == item.key)
    assert (line.state, line.decided) == ("waived", "Ana · waive · called them")


def test_an_item_can_be_named_by_its_cluster_alone(desk: Desk, run: str) -> None:
    key = cluster(desk, run)
    desk.ws.decide(ANA, run, key.removeprefix("cluster-"), Action.REJECT, reason="no")
    assert desk.rows_of(Decision)[0].item == key
    desk.ws.decide(ANA, run, "accuracy", Action.ACCEPT, reason="known")
    assert desk.rows_of(Decision)[1].item == "breach-accuracy"


def test_accepting_changes_no_row_and_asks_for_no_revision(desk: Desk, run: str) -> None:
    before = desk.row(run)
    desk.accept_breaches(run)
    assert desk.row(run) == before
    assert desk.work() == 0


@pytest.mark.parametrize("action", [Action.REJECT, Action.WAIVE])
def test_deciding_twice_is_refused_until_it_is_undone(desk: Desk, run: str, action: Action) -> None:
    key = cluster(desk, run)
    decision = desk.ws.decide(ANA, run, key, action, reason="first")
    desk.work()
    with pytest.raises(IllegalMove, match="already") as refusal:
        desk.ws.decide(SAM, run, key, Action.REJECT, reason="second")
    assert "Undo" in refusal.value.hint
    desk.ws.undo(ANA, run, decision)
    desk.ws.decide(SAM, run, key, Action.REJECT, reason="second")
    assert len(desk.rows_of(Decision)) == 3, "nothing is ever taken out of the record"


def test_an_accepted_breach_is_decided_too(desk: Desk, run: str) -> None:
    (decision,) = desk.accept_breaches(run)
    with pytest.raises(IllegalMove, match="accepted already"):
        desk.ws.decide(ANA, run, "accuracy", Action.ACCEPT, reason="again")
    desk.ws.undo(ANA, run, decision)
    assert next(item for item in desk.items(run) if item.required).state == "open"


def test_two_people_at_once(desk: Desk, run: str) -> None:
    """Both looked at version 0; the second is told, and nothing of theirs is recorded."""
    key = cluster(desk, run)
    desk.ws.decide(ANA, run, key, Action.REJECT, reason="mine", seen=0)
    before = desk.row(run), len(desk.events()), desk.rows_of(Decision)
    with pytest.raises(Stale, match="someone decided about this since you looked") as refusal:
        desk.ws.decide(SAM, run, key, Action.WAIVE, reason="no, mine", seen=0)
    assert refusal.value.hint == "Look at it again."
    assert (desk.row(run), len(desk.events()), desk.rows_of(Decision)) == before


def test_an_item_that_changed_under_a_revision_is_stale_too(desk: Desk, run: str) -> None:
    """A fix judges every row anew, so what was seen of the other items is no longer what stands."""
    fixed, other = desk.items(run, "cluster")[:2]
    column = fixed.columns[0]
    desk.ws.decide(
        ANA, run, fixed.key, Action.FIX, reason="so", fix=Fix(column=column, repair="set", value="x")
    )
    desk.work()
    with pytest.raises(Stale):
        desk.ws.decide(SAM, run, other.key, Action.REJECT, reason="no", seen=other.version)


# taking back


def test_undo_restores_the_rows_the_items_and_the_candidate(desk: Desk, run: str) -> None:
    first, items = desk.row(run), desk.items(run)
    decisions = [
        desk.ws.decide(ANA, run, cluster(desk, run), Action.WAIVE, reason="one"),
        desk.ws.decide(ANA, run, cluster(desk, run, waivable=False), Action.REJECT, reason="two"),
    ]
    desk.work()
    assert desk.row(run).candidate != first.candidate
    for decision in decisions:
        desk.ws.undo(SAM, run, decision, reason="not so")
    desk.work()
    last = desk.row(run)
    assert (last.candidate, last.rows, last.plan_digest) == (first.candidate, first.rows, first.plan_digest)
    assert [(item.key, item.state, item.rows) for item in desk.items(run)] == [
        (item.key, item.state, item.rows) for item in items
    ]
    undone = [event for event in desk.events(run) if event.action == "decision undone"]
    assert [json.loads(event.data)["decision"] for event in undone] == decisions


@pytest.mark.parametrize("what", [0, 99, "undone", "an undo"])
def test_what_does_not_stand_cannot_be_undone(desk: Desk, run: str, what: object) -> None:
    decision = desk.ws.decide(ANA, run, cluster(desk, run), Action.REJECT, reason="no")
    undo = desk.ws.undo(ANA, run, decision)
    number = {"undone": decision, "an undo": undo}.get(str(what), what)
    assert isinstance(number, int)
    with pytest.raises(UnknownName, match="does not stand"):
        desk.ws.undo(ANA, run, number)


def test_a_decision_of_another_run_cannot_be_undone_here(desk: Desk, run: str) -> None:
    other = again(desk, run, force=True)
    decision = desk.ws.decide(ANA, other, cluster(desk, other), Action.REJECT, reason="no")
    with pytest.raises(UnknownName):
        desk.ws.undo(ANA, run, decision)


@pytest.mark.parametrize("end", [_published, _rejected])
def test_nothing_is_decided_after_the_end(desk: Desk, run: str, end: Callable[[Desk, str], None]) -> None:
    (key, decision) = (cluster(desk, run), desk.accept_breaches(run)[0])
    end(desk, run)
    mask = ColumnMask(column="income", operator=Keep(), reason="so")
    for ask in (
        lambda: desk.ws.decide(ANA, run, key, Action.REJECT, reason="late"),
        lambda: desk.ws.undo(ANA, run, decision),
        lambda: desk.ws.change_plan(ANA, run, mask),
        lambda: desk.ws.reject_run(ANA, run, reason="late"),
        lambda: desk.ws.resume(ANA, run),
    ):
        with pytest.raises(IllegalMove) as refusal:
            ask()
        assert f"Run {run} is {desk.state(run).value}" in refusal.value.message
        assert refusal.value.hint


# the worker and several decisions


def test_only_the_newest_of_several_revisions_is_computed(desk: Desk, run: str) -> None:
    keys = [item.key for item in desk.items(run, "cluster")][:3]
    for key in keys:
        desk.ws.decide(ANA, run, key, Action.REJECT, reason="no")
    assert desk.work() == 3, "every wish is a task"
    computed = {stage.revision for stage in desk.rows_of(StageResult) if stage.number > 7}
    assert computed == {0, 3}
    row = desk.row(run)
    assert (row.revision, row.computed, row.state) == (3, 3, State.AWAITING_REVIEW)
    assert desk.work() == 0


def test_a_revision_asked_for_twice_is_computed_once(desk: Desk, run: str) -> None:
    desk.ws.decide(ANA, run, cluster(desk, run), Action.REJECT, reason="no")
    desk.work()
    events = len(desk.events())
    assert duties.prepare(desk.ws.house, run, 1, at_once) == State.AWAITING_REVIEW
    assert len(desk.events()) == events


def test_a_fault_leaves_the_run_to_be_resumed(desk: Desk, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message of an error that is not ours may hold a value: it is not on record."""
    from governance import pipeline

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("ana.example@example.org")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "expect", broken)
        desk.ws.decide(ANA, run, cluster(desk, run), Action.REJECT, reason="no")
        desk.work()
    row = desk.row(run)
    assert (row.state, row.error) == (State.FAILED, "RuntimeError in the engine; see logs/")
    assert not any("example.org" in event.data for event in desk.rows_of(AuditEvent))
    desk.ws.resume(ANA, run)
    desk.work()
    assert (desk.state(run), desk.row(run).computed, desk.row(run).error) == (State.AWAITING_REVIEW, 1, "")
    stages = [stage.number for stage in desk.rows_of(StageResult) if stage.revision == 1]
    assert stages == [8, 9, 10, 11, 12]


def test_a_fault_in_the_first_revision_goes_on_after_the_last_stage(
    empty: Desk, samples: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from governance import pipeline

    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "clean", broken)
        run = empty.run(samples[1])
    assert empty.state(run) is State.FAILED
    empty.ws.resume(ANA, run)
    empty.work()
    assert empty.state(run) is State.AWAITING_REVIEW
    finished = [json.loads(e.data)["stage"] for e in empty.events(run) if e.action == "stage finished"]
    assert finished == list(range(1, 13)), "no stage was done twice"


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "empty"), (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, ""), (b"customer_id,email\n", "")],
    ids=["empty", "a picture", "header only"],
)
def test_a_file_that_is_no_table_ends_the_run_with_a_sentence(
    empty: Desk, tmp_path: Path, data: bytes, why: str
) -> None:
    (tmp_path / "f.csv").write_bytes(data)
    run = empty.run(tmp_path / "f.csv")
    assert empty.state(run) is State.REJECTED
    strip = empty.ws.see.strip(ANA, run)
    assert strip.error or strip.outcome == "refused"
    assert why in strip.error.lower()


# the masking plan


def test_a_changed_plan_is_a_revision_and_needs_approval(later: Desk, second: str) -> None:
    before = later.row(second)
    digest = later.ws.change_plan(
        ANA, second, ColumnMask(column="income", operator=Redact(), reason="too exact")
    )
    later.work()
    row = later.row(second)
    assert (row.plan_digest, row.revision) == (digest, before.revision + 1)
    assert row.candidate != before.candidate
    assert not later.ws.see.run(BEN, second).plan_approved
    later.approve_plan(second, by=EVE)
    assert later.ws.see.run(BEN, second).plan_approved


def test_the_same_plan_again_is_no_change(later: Desk, second: str) -> None:
    view = later.ws.see.privacy(ANA, second)
    assert view
    mask = next(line.mask for line in view.columns if line.mask.column == "income")
    before = later.row(second)
    digest = later.ws.change_plan(ANA, second, mask.model_copy(update={"reason": "as it is"}))
    assert digest == before.plan_digest
    assert later.row(second) == before


def test_a_rejected_run_says_why(desk: Desk, run: str) -> None:
    desk.ws.reject_run(ANA, run, reason=" the wrong month ")
    strip = desk.ws.see.strip(BEN, run)
    assert (strip.state, strip.outcome, strip.error) == (State.REJECTED, "rejected", "the wrong month")
    assert desk.events(run)[-1].actor == "ana"
    assert NO_REVIEW not in {event.actor for event in desk.events()}
