"""Versions and the way back: each is a commit in two Delta tables and a line in the ledger, and they agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable
from drive import ANA, BEN, CLEO, DAN, EVE, SAM, Desk, Template, at_once

from governance import duties
from governance.errors import FourEyes, IllegalMove, InputError, NotPermitted, Stale, UnknownName
from governance.people import Person
from governance.review.choices import Action
from governance.states import State
from governance.workspace import Workspace
from storage import snapshots
from storage.models import Approval, AuditEvent, Rollback, Run, Task, Version


def shelf(desk: Desk) -> Path:
    return desk.home / "shelf" / "customers"


def clean(desk: Desk) -> Path:
    return desk.home / "vault" / "clean" / "customers"


def rows(table: Path, commit: int) -> list[tuple[Any, ...]]:
    """All rows of a commit as DuckDB reads them from its files, in one order."""
    files = DeltaTable(table, version=commit).file_uris()
    found = duckdb.sql(f"SELECT * FROM read_parquet({files!r}) ORDER BY ALL").fetchall()
    assert len(found) == DeltaTable(table, version=commit).to_pyarrow_table().num_rows
    return found


def agrees(desk: Desk) -> list[Version]:
    """The ledger's versions, each held against the commits in the logs of both tables."""
    versions = desk.rows_of(Version)
    assert [version.number for version in versions] == list(range(1, len(versions) + 1))
    for table, commit_of in ((shelf(desk), "shelf_commit"), (clean(desk), "vault_commit")):
        commits = snapshots.commits(table)
        assert len(commits) == len(DeltaTable(table).history()), "every commit is one of ours"
        assert [
            (c.number, c.purpose["version"], c.purpose["digest"], c.purpose["approved_by"]) for c in commits
        ] == [(getattr(v, commit_of), v.number, v.digest, v.approved_by) for v in versions]
        for version in versions:
            assert len(rows(table, getattr(version, commit_of))) == version.rows
    return versions


@pytest.fixture(scope="module")
def two_versions(published: Template, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = published.desk.copy(tmp_path_factory.mktemp("two") / "home")
    assert desk.publish(published.run) is State.PUBLISHED
    return desk


@pytest.fixture
def two(two_versions: Desk, tmp_path: Path) -> Desk:
    """A home of the test's own with two published versions."""
    return two_versions.copy(tmp_path / "home")


def test_publish_publish_rollback(two: Desk) -> None:
    """Version 3 is version 1 row for row, on the shelf and in the vault; version 2 stays to be read."""
    before = rows(shelf(two), 0), rows(shelf(two), 1), rows(clean(two), 0)
    wish = two.roll_back(1)
    first, other, third = agrees(two)
    assert rows(shelf(two), third.shelf_commit) == before[0] != before[1]
    assert rows(shelf(two), other.shelf_commit) == before[1]
    assert rows(clean(two), third.vault_commit) == before[2]
    assert DeltaTable(shelf(two)).version() == third.shelf_commit, "the current rows are those of version 3"
    assert (third.kind, third.rolled_back_to, third.content, third.digest) == (
        "rollback", 1, first.content, first.digest,
    )  # fmt: skip
    assert (third.requested_by, third.approved_by, third.reason) == ("ana", "ben", "the last one was wrong")
    assert two.rows_of(Rollback)[0].state == "done"
    assert (two.home / "reports" / wish / "report.html").exists()
    assert two.ws.see.difference(CLEO, "customers", 1, 3).same
    assert not two.ws.see.difference(CLEO, "customers", 2, 3).same


def test_a_rollback_can_be_rolled_back(two: Desk) -> None:
    two.roll_back(1)
    two.roll_back(2)
    versions = agrees(two)
    assert [(v.kind, v.rolled_back_to) for v in versions[2:]] == [("rollback", 1), ("rollback", 2)]
    assert rows(shelf(two), 3) == rows(shelf(two), 1)


def test_the_next_publish_stands_on_the_rollback(two: Desk, run: str, second: str) -> None:
    two.roll_back(1)
    digest = two.row(second).input_digest
    third = two.ws.submit(ANA, "customers", input_digest=digest, file="f.csv", force=True)
    two.work()
    assert two.publish(third) is State.PUBLISHED
    assert [v.run for v in agrees(two)] == [run, second, run, third]


# who may, and when


def test_the_one_who_asked_cannot_approve(two: Desk) -> None:
    wish = two.ws.ask_rollback(BEN, "customers", 1, reason="wrong")
    digest = two.wish_digest(wish)
    with pytest.raises(FourEyes, match=r"Ben .* cannot approve this rollback") as refusal:
        two.ws.approve_rollback(BEN, wish, digest=digest)
    assert refusal.value.hint
    assert two.work() == 0
    two.ws.approve_rollback(EVE, wish, digest=digest)
    two.work()
    assert len(agrees(two)) == 3


@pytest.mark.parametrize("who", [CLEO, DAN], ids=lambda who: who.name)
def test_analysts_and_auditors_neither_ask_nor_approve(two: Desk, who: Person) -> None:
    wish = two.ws.ask_rollback(ANA, "customers", 1, reason="wrong")
    for ask in (
        lambda: two.ws.ask_rollback(who, "customers", 1, reason="wrong"),
        lambda: two.ws.approve_rollback(who, wish, digest=two.wish_digest(wish)),
        lambda: two.ws.withdraw_rollback(who, wish, reason="no"),
    ):
        with pytest.raises(NotPermitted):
            ask()


REFUSED: dict[str, tuple[Callable[[Desk], object], type[Exception], str]] = {
    "no reason": (lambda d: d.ws.ask_rollback(ANA, "customers", 1, reason=" "), InputError, "needs a reason"),
    "the current one": (lambda d: d.ws.ask_rollback(ANA, "customers", 2, reason="x"), InputError, "the current one"),
    "a version that is not there": (
        lambda d: d.ws.ask_rollback(ANA, "customers", 9, reason="x"), UnknownName, "no version 9. Versions: 1, 2",
    ),
    "a dataset without versions": (
        lambda d: d.ws.ask_rollback(ANA, "divers", 1, reason="x"), UnknownName, "none yet",
    ),
    "a wish that is not there": (
        lambda d: d.ws.approve_rollback(BEN, "nope", digest=""), UnknownName, "no rollback 'nope'",
    ),
    "to withdraw what is not there": (
        lambda d: d.ws.withdraw_rollback(ANA, "nope", reason="x"), UnknownName, "no rollback 'nope'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_wishes_say_why(two: Desk, name: str) -> None:
    ask, error, why = REFUSED[name]
    with pytest.raises(error, match=why) as refusal:
        ask(two)
    assert refusal.value.hint  # type: ignore[attr-defined]
    assert two.rows_of(Rollback) == []


def test_another_digest_is_refused(two: Desk) -> None:
    wish = two.ws.ask_rollback(ANA, "customers", 1, reason="wrong")
    with pytest.raises(Stale) as refusal:
        two.ws.approve_rollback(BEN, wish, digest="0" * 64)
    assert refusal.value.hint
    assert two.rows_of(Rollback)[0].state == "waiting"


def test_asking_twice_is_asking_once(two: Desk) -> None:
    wish = two.ws.ask_rollback(ANA, "customers", 1, reason="wrong")
    assert two.ws.ask_rollback(SAM, "customers", 1, reason="me too") == wish
    assert len(two.rows_of(Rollback)) == 1


def test_who_asked_again_is_not_a_second_person(two: Desk) -> None:
    """Sam asks for what Ana asked for already: the wish stays Ana's, and it is on record who wanted it."""
    wish = two.ws.ask_rollback(ANA, "customers", 1, reason="wrong")
    two.ws.ask_rollback(SAM, "customers", 1, reason="me too")
    assert two.rows_of(Rollback)[0].requested_by == "ana"
    with pytest.raises(FourEyes):
        two.ws.approve_rollback(ANA, wish, digest=two.wish_digest(wish))


def test_it_is_void_when_another_version_came_between(later: Desk, second: str) -> None:
    """Asked for before version 2 was there: what was asked for would undo more than was meant."""
    digest = later.row(second).input_digest
    third = later.ws.submit(ANA, "customers", input_digest=digest, file="f.csv", force=True)
    later.work()
    later.publish(second)
    wish = later.ws.ask_rollback(ANA, "customers", 1, reason="wrong")
    seen = later.wish_digest(wish)
    later.publish(third)
    with pytest.raises(Stale, match="Another version of customers was published") as refusal:
        later.ws.approve_rollback(BEN, wish, digest=seen)
    assert "Withdraw" in refusal.value.hint
    (line,) = later.ws.see.versions(BEN, "customers").rollbacks
    assert "Version 3 was published since" in line.why_not_approve
    later.ws.withdraw_rollback(ANA, wish, reason="ask again")
    assert later.ws.see.versions(BEN, "customers").rollbacks == ()
    assert len(agrees(later)) == 3


@pytest.mark.parametrize("verb", ["approve", "withdraw"])
def test_what_is_done_is_done(two: Desk, verb: str) -> None:
    wish = two.roll_back(1)
    with pytest.raises(IllegalMove, match="is done") as refusal:
        if verb == "approve":
            two.ws.approve_rollback(EVE, wish, digest=two.rows_of(Rollback)[0].digest)
        else:
            two.ws.withdraw_rollback(ANA, wish, reason="late")
    assert refusal.value.hint
    assert len(two.rows_of(Version)) == 3


def test_a_rollback_whose_base_went_between_approval_and_work_fails_and_says_so(
    two: Desk, second: str
) -> None:
    """Approved, then another version is published before the worker comes: nothing is overwritten."""
    digest = two.row(second).input_digest
    third = two.ws.submit(ANA, "customers", input_digest=digest, file="f.csv", force=True)
    two.work()
    two.approve(third)
    wish = two.ws.ask_rollback(ANA, "customers", 1, reason="wrong")
    two.ws.approve_rollback(BEN, wish, digest=two.wish_digest(wish))
    two.ws.publish(BEN, third)
    two.work()  # releases go first
    assert [v.run for v in agrees(two)][2] == third
    row = two.rows_of(Rollback)[0]
    assert row.state == "failed"
    assert "Version 3 of customers was published since" in row.error


# two runs on one base


@pytest.fixture(scope="module")
def two_approved(published: Template, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A home with version 1 and two runs, both approved to follow it; `run` is the second of them."""
    desk, second = published.desk.copy(tmp_path_factory.mktemp("pair") / "home"), published.run
    digest = desk.row(second).input_digest
    third = desk.ws.submit(ANA, "customers", input_digest=digest, file="f.csv", force=True)
    desk.work()
    item = desk.items(third, "cluster")[0]
    desk.ws.decide(ANA, third, item.key, Action.REJECT, reason="no")
    desk.work()
    for run in (second, third):
        desk.approve(run)
    return Template(desk, third)


@pytest.fixture
def contested(two_approved: Template, tmp_path: Path) -> Desk:
    """A home of the test's own in which two runs are approved for one place."""
    return two_approved.desk.copy(tmp_path / "home")


@pytest.fixture
def pair(two_approved: Template, second: str) -> tuple[str, str]:
    return second, two_approved.run


def test_the_second_of_two_approved_runs_is_voided_with_a_message(
    contested: Desk, pair: tuple[str, str]
) -> None:
    first, other = pair
    contested.ws.publish(BEN, first)
    contested.work()
    contested.ws.publish(BEN, other)
    assert contested.work() == 0
    row = contested.row(other)
    assert row.state == State.AWAITING_REVIEW
    assert "Another version was published since the approval" in row.error
    assert [v.run for v in agrees(contested)][1:] == [first]
    assert not [a for a in contested.rows_of(Approval) if a.subject == other and a.kind == "publish"]
    with pytest.raises(FourEyes):
        contested.ws.publish(BEN, other)


def test_the_second_of_two_releases_in_one_queue_is_refused(contested: Desk, pair: tuple[str, str]) -> None:
    """Both were sent off before the worker came: the first is published, the second asks for its people again."""
    first, other = pair
    for run in pair:
        contested.ws.publish(BEN, run)
    contested.work()
    assert (contested.state(first), contested.state(other)) == (State.PUBLISHED, State.AWAITING_REVIEW)
    assert "Version 2 of customers was published since this was approved" in contested.row(other).error
    assert len(agrees(contested)) == 2
    strip = contested.ws.see.strip(ANA, other)
    assert strip.version is None, "it has no version"
    with pytest.raises(FourEyes):
        contested.ws.publish(BEN, other)


@pytest.mark.parametrize("at_one_time", [True, False], ids=["in one queue", "one after the other"])
def test_a_voided_run_can_be_approved_anew(contested: Desk, pair: tuple[str, str], at_one_time: bool) -> None:
    first, other = pair
    contested.ws.publish(BEN, first)
    if not at_one_time:
        contested.work()
    contested.ws.publish(BEN, other)
    contested.work()
    before = [event for event in contested.events(other) if event.action == "publish approved"]
    contested.ws.approve(EVE, other, digest=contested.row(other).candidate)
    assert (
        len([event for event in contested.events(other) if event.action == "publish approved"])
        == len(before) + 1
    )
    contested.ws.publish(EVE, other)
    contested.work()
    assert (contested.state(other), contested.row(other).error) == (State.PUBLISHED, "")
    version = agrees(contested)[2]
    assert (version.run, version.approved_by) == (other, "eve"), (
        "the first approval spoke of another difference"
    )


def test_a_run_that_was_sent_back_is_not_released_by_resuming_it(
    contested: Desk, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent back, approved, decided again, and the revision fails: resuming goes on with the revision."""
    from governance import pipeline

    first, other = pair
    for run in pair:
        contested.ws.publish(BEN, run)
    contested.work()
    contested.ws.approve(BEN, other, digest=contested.row(other).candidate)

    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "clean", broken)
        contested.ws.decide(ANA, other, contested.items(other, "cluster")[1].key, Action.REJECT, reason="no")
        contested.work()
    assert contested.state(other) is State.FAILED
    contested.ws.resume(ANA, other)
    contested.work()
    assert contested.state(other) is State.AWAITING_REVIEW
    assert [v.run for v in agrees(contested)][1:] == [first]


def test_a_revised_run_commits_its_own_rows_after_a_release_that_broke_off(
    contested: Desk, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vault had its commit when the shelf failed; then another version came, and other decisions."""
    first, other = pair
    write = snapshots.write

    def no_shelf(table: Path, *rest: Any) -> int:
        if table == shelf(contested):
            raise OSError("disk full")
        return write(table, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(snapshots, "write", no_shelf)
        contested.ws.publish(BEN, other)
        contested.work()
    assert contested.state(other) is State.FAILED
    contested.ws.publish(BEN, first)
    contested.work()
    contested.ws.resume(ANA, other)
    contested.work()
    assert contested.state(other) is State.AWAITING_REVIEW
    contested.ws.decide(ANA, other, contested.items(other, "cluster")[1].key, Action.WAIVE, reason="seen")
    contested.work()
    contested.ws.approve(BEN, other, digest=contested.row(other).candidate)
    contested.ws.publish(BEN, other)
    contested.work()
    version = contested.rows_of(Version)[-1]
    assert version.run == other
    for table, commit in ((shelf(contested), version.shelf_commit), (clean(contested), version.vault_commit)):
        assert len(rows(table, commit)) == version.rows == contested.row(other).rows["kept"]
        assert DeltaTable(table).version() == commit


# a release that broke off


class Killed(BaseException):
    """What SIGKILL is to the worker: no `except Exception` sees it."""


def _after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the Delta commits and the ledger's line."""
    from governance.journal import Journal

    finish = Journal._finish

    def killed(self: Journal, stage: Any, *rest: Any) -> None:
        if stage.number == 13:
            raise Killed
        finish(self, stage, *rest)

    monkeypatch.setattr(Journal, "_finish", killed)


def _after_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed when stage 13 is on record and the version is not."""

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(duties, "_record", killed)


def _before_the_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the vault's commit and the shelf's."""
    write, restore, calls = snapshots.write, snapshots.restore, []

    def once(work: Callable[..., int]) -> Callable[..., int]:
        def wrapped(*rest: Any) -> int:
            calls.append(rest)
            if len(calls) == 2:
                raise Killed
            return work(*rest)

        return wrapped

    monkeypatch.setattr(snapshots, "write", once(write))
    monkeypatch.setattr(snapshots, "restore", once(restore))


MOMENTS = [_before_the_shelf, _after_the_commit, _after_the_stage]


@pytest.mark.parametrize("kill", MOMENTS, ids=lambda kill: kill.__name__)
def test_a_killed_release_is_completed_once(
    later: Desk, second: str, kill: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    later.approve(second)
    later.ws.publish(BEN, second)
    with monkeypatch.context() as patch:
        kill(patch)
        with pytest.raises(Killed):
            duties.release(later.ws.house, second, at_once)
    assert len(later.rows_of(Version)) == 1
    assert later.state(second) is State.RELEASING
    for _ in range(2):
        assert duties.release(later.ws.house, second, at_once) == State.PUBLISHED
    assert len(agrees(later)) == 2
    published = [event for event in later.events(second) if event.action == "version published"]
    assert len(published) == 1
    assert later.ws.verify_audit(ANA).whole


@pytest.mark.parametrize("kill", MOMENTS, ids=lambda kill: kill.__name__)
def test_a_killed_rollback_is_completed_once(
    two: Desk, kill: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = two.ws.ask_rollback(ANA, "customers", 1, reason="wrong")
    two.ws.approve_rollback(BEN, wish, digest=two.wish_digest(wish))
    with monkeypatch.context() as patch:
        kill(patch)
        with pytest.raises(Killed):
            duties.roll_back(two.ws.house, wish, at_once)
    for _ in range(2):
        assert duties.roll_back(two.ws.house, wish, at_once) == "done"
    agrees(two)
    assert rows(shelf(two), 2) == rows(shelf(two), 0)
    assert len([event for event in two.rows_of(AuditEvent) if event.action == "version restored"]) == 1


def test_a_release_that_failed_is_resumed(later: Desk, second: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours after the commit: the version is there, and what follows is done once it works again."""
    from governance import pipeline

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    later.approve(second)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "report", broken)
        later.ws.publish(BEN, second)
        later.work()
    assert later.state(second) is State.FAILED
    assert len(agrees(later)) == 2
    later.ws.resume(ANA, second)
    later.work()
    assert (later.state(second), len(agrees(later))) == (State.PUBLISHED, 2)


def test_workspaces_of_two_processes_publish_one(later: Desk, second: str) -> None:
    """The button pressed twice, in two windows."""
    from governance.settings import Settings

    later.approve(second)
    other = Workspace.open(Settings(home=later.home))
    later.ws.publish(BEN, second)
    with pytest.raises(IllegalMove, match="is releasing"):
        other.publish(BEN, second)
    assert [task.kind for task in later.rows_of(Task) if task.state == "queued"] == ["release"]
    later.work()
    assert len(agrees(later)) == 2
    assert {run.state for run in later.rows_of(Run)} == {"published"}
