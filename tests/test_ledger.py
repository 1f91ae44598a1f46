"""The ledger: a state change and its event are one transaction, and it holds nobody's personal data."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest
from drive import ANA, BEN, Desk
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select

from governance import approvals, rollbacks, transitions
from governance.errors import GovernanceError
from governance.house import add_contract
from governance.policy import decide_without_review
from governance.review.choices import Action
from governance.settings import PROJECT
from governance.states import State
from storage import audit
from storage.ledger import Ledger, _to_wal
from storage.models import AuditEvent, Base, Run, Task


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path / 'deep' / 'ledger.db'}")


def a_run(run: str = "r1", state: State = State.QUEUED) -> Run:
    return Run(
        id=run, dataset="d", file="f", source="upload", input_digest="i", contract_digest="c",
        state=state.value, submitted_by="ana",
    )  # fmt: skip


def counts(ledger: Ledger) -> dict[str, int]:
    with ledger.read() as session:
        return {
            table.name: session.connection()
            .exec_driver_sql(f'SELECT count(*) FROM "{table.name}"')
            .scalar_one()
            for table in Base.metadata.sorted_tables
        }


def test_the_folder_is_made_and_the_file_is_in_wal_mode(ledger: Ledger, tmp_path: Path) -> None:
    assert (tmp_path / "deep" / "ledger.db").exists()
    with ledger.read() as session:
        pragma = session.connection().exec_driver_sql
        assert pragma("PRAGMA journal_mode").scalar_one() == "wal"
        assert pragma("PRAGMA synchronous").scalar_one() == 2
        assert pragma("PRAGMA foreign_keys").scalar_one() == 1


def test_opened_again_it_has_what_it_had(ledger: Ledger) -> None:
    with ledger.write() as session:
        session.add(a_run())
        audit.append(session, "ana", "run submitted", run="r1")
    again = Ledger(str(ledger.url))
    with again.read() as session:
        assert session.get_one(Run, "r1").submitted_by == "ana"
        assert len(session.exec(select(AuditEvent)).all()) == 1


def test_several_open_a_new_one_at_once(tmp_path: Path) -> None:
    """A first visit: the app, its worker, and who is at the command line."""
    url, start = f"sqlite:///{tmp_path / 'new' / 'ledger.db'}", threading.Barrier(4)

    def open_it(_: int) -> list[str]:
        start.wait()
        ledger = Ledger(url)
        with ledger.read() as session:
            return [event.actor for event in session.exec(select(AuditEvent))]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(open_it, range(4))) == [[]] * 4


@pytest.mark.parametrize(
    ("name", "asked"),
    [("SQLITE_BUSY", 3), ("SQLITE_BUSY_SNAPSHOT", 3), ("SQLITE_READONLY", 1), ("SQLITE_CANTOPEN", 1)],
)
def test_only_another_writer_is_waited_for(monkeypatch: pytest.MonkeyPatch, name: str, asked: int) -> None:
    """What is wrong with the file itself is said at once."""
    error = sqlite3.OperationalError("no")
    error.sqlite_errorname = name
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    raw = Mock(execute=Mock(side_effect=[error, error, None]))
    with pytest.raises(sqlite3.OperationalError) if asked == 1 else contextlib.nullcontext():
        _to_wal(raw)
    assert raw.execute.call_count == asked


def test_what_a_read_returns_is_usable_after_it(ledger: Ledger) -> None:
    with ledger.write() as session:
        session.add(a_run())
    with ledger.read() as session:
        run = session.get_one(Run, "r1")
    assert (run.file, run.options) == ("f", {})


def test_a_read_session_writes_nothing(ledger: Ledger) -> None:
    with ledger.read() as session:
        session.add(a_run())
        session.flush()
    assert counts(ledger)["run"] == 0


class Stop(Exception):
    pass


def _after_the_event(session: Session, run: Run) -> None:
    transitions.move(session, run, State.RUNNING, by="worker")
    raise Stop


def _after_a_task(session: Session, run: Run) -> None:
    transitions.queue(session, "prepare", run.id, "0")
    audit.append(session, "ana", "queued", run=run.id)
    raise Stop


def _a_second_of_the_same_key(session: Session, run: Run) -> None:
    transitions.move(session, run, State.RUNNING, by="worker")
    session.connection().exec_driver_sql(
        "INSERT INTO run SELECT * FROM run"  # the key is taken: the database itself refuses
    )


def _an_illegal_second_move(session: Session, run: Run) -> None:
    transitions.move(session, run, State.RUNNING, by="worker")
    transitions.move(session, run, State.PUBLISHED, by="worker")


@pytest.mark.parametrize(
    ("work", "error"),
    [
        (_after_the_event, Stop),
        (_after_a_task, Stop),
        (_a_second_of_the_same_key, IntegrityError),
        (_an_illegal_second_move, GovernanceError),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_failing_transaction_leaves_neither_state_nor_event(
    ledger: Ledger, work: Callable[[Session, Run], None], error: type[Exception]
) -> None:
    with ledger.write() as session:
        session.add(a_run())
    before = counts(ledger)
    with pytest.raises(error), ledger.write() as session:
        work(session, session.get_one(Run, "r1"))
    assert counts(ledger) == before
    with ledger.read() as session:
        assert session.get_one(Run, "r1").state == State.QUEUED


def test_a_writer_that_fails_frees_the_ledger(ledger: Ledger) -> None:
    with pytest.raises(Stop), ledger.write() as session:
        session.add(a_run())
        raise Stop
    with ledger.write() as session:
        session.add(a_run())
    assert counts(ledger)["run"] == 1


def test_readers_do_not_wait_for_a_writer_and_see_whole_transactions(ledger: Ledger) -> None:
    with ledger.write() as session:
        session.add(a_run())
        session.flush()
        assert counts(ledger)["run"] == 0, "not before it is committed"
    assert counts(ledger)["run"] == 1


def test_two_writers_take_turns(ledger: Ledger) -> None:
    """The second begins when the first is done: it never extends the chain from a head that is no longer one."""
    inside, order = threading.Event(), []

    def slow() -> None:
        with ledger.write() as session:
            audit.append(session, "one", "first")
            inside.set()
            order.append("first")

    def quick() -> None:
        inside.wait()
        with ledger.write() as session:
            order.append("second")
            audit.append(session, "two", "second")

    threads = [threading.Thread(target=target) for target in (slow, quick)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == ["first", "second"]
    with ledger.read() as session:
        assert [event.actor for event in session.exec(select(AuditEvent).order_by(AuditEvent.seq))] == [
            "one",
            "two",
        ]


def test_a_second_try_of_a_task_has_an_id_of_its_own(ledger: Ledger) -> None:
    with ledger.write() as session:
        ids = []
        for _ in range(2):
            ids.append(transitions.queue(session, "revise", "r1", "3").id)
            session.flush()
        ids.append(transitions.queue(session, "release", "r1").id)
    assert ids == ["revise:r1:3:1", "revise:r1:3:2", "release:r1:1"]


# every verb that changes something: if its event cannot be written, nothing has changed


def _verbs(desk: Desk, run: str) -> dict[str, Callable[[], object]]:
    ws, house = desk.ws, desk.ws.house
    cluster = next(item.key for item in desk.items(run, "cluster") if item.waivable)
    breach = next(item.key for item in desk.items(run) if item.required)
    digest = desk.row(run).input_digest
    text = (PROJECT / "contracts" / "customers.yaml").read_bytes() + b"\n# another\n"
    return {
        "submit": lambda: ws.submit(ANA, "customers", input_digest=digest, file="again.csv"),
        "add contract": lambda: add_contract(house, text, by="ana"),
        "decide about rows": lambda: ws.decide(ANA, run, cluster, Action.REJECT, reason="no"),
        "accept": lambda: ws.decide(ANA, run, breach, Action.ACCEPT, reason="known"),
        "approve plan": lambda: ws.approve_plan(BEN, run, digest=desk.row(run).plan_digest),
        "reject run": lambda: ws.reject_run(ANA, run, reason="not ours"),
        "no review": lambda: decide_without_review(house, run),
    }


VERBS = ("submit", "add contract", "decide about rows", "accept", "approve plan", "reject run", "no review")


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_whose_event_cannot_be_written_changes_nothing(
    desk: Desk, run: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = _verbs(desk, run)[verb]
    before, state = counts(desk.ws.house.ledger), desk.row(run)

    def refuse(*_: object, **__: object) -> None:
        raise Stop

    monkeypatch.setattr(audit, "append", refuse)
    with pytest.raises(Stop):
        work()
    monkeypatch.undo()
    assert counts(desk.ws.house.ledger) == before
    assert desk.row(run) == state
    assert all(item.state == "open" for item in desk.items(run))


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_writes_its_event(desk: Desk, run: str, verb: str) -> None:
    before = len(desk.events())
    _verbs(desk, run)[verb]()
    assert len(desk.events()) > before
    assert desk.ws.verify_audit(ANA).whole


def test_rollback_and_publish_fail_whole(
    later: Desk, second: str, samples: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wish, its approval, its task and their events stand or fall together."""
    later.publish(second)
    wish = later.ws.ask_rollback(ANA, "customers", 1, reason="wrong")
    before = counts(later.ws.house.ledger)

    def refuse(*_: object, **__: object) -> None:
        raise Stop

    for module in (rollbacks, approvals):
        monkeypatch.setattr(module, "queue", refuse)
    with pytest.raises(Stop):
        later.ws.approve_rollback(BEN, wish, digest=later.wish_digest(wish))
    assert counts(later.ws.house.ledger) == before
    monkeypatch.undo()
    assert later.ws.see.versions(BEN, "customers").rollbacks[0].state == "waiting"


def test_the_ledger_refuses_to_forget_by_itself(desk: Desk) -> None:
    """Not only the program: whoever opens the file without dropping the triggers is refused as well."""
    raw = sqlite3.connect(desk.home / "ledger.db")
    for statement in ("DELETE FROM audit", "UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE seq = 1"):
        with pytest.raises((sqlite3.IntegrityError, sqlite3.OperationalError), match="append-only"):
            raw.execute(statement)
    raw.close()
    ledger = desk.ws.house.ledger
    with pytest.raises((IntegrityError, OperationalError), match="append-only"), ledger.write() as session:
        session.delete(session.get_one(AuditEvent, 1))


def test_tasks_are_on_record_with_their_run(desk: Desk, run: str) -> None:
    assert [(task.kind, task.subject, task.state) for task in desk.rows_of(Task)] == [
        ("prepare", run, "done")
    ]
