"""The worker: takes tasks from the ledger in order and runs them durably. Only this room knows DBOS.

A task is a DBOS workflow with the task's id, a stage one of its steps. A killed worker, started again, finds
the task unfinished, runs its workflow again, and DBOS and the journal give back what was finished. One
process at a time has a worker's name, by a file lock that goes with the process.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from dbos import DBOS, Serializer, SetWorkflowID
from sqlmodel import col, select

from governance import LOGIC, duties, errors
from governance.deep import making
from governance.house import House
from governance.scratch import sweep
from storage.models import Task, now

PAUSE = 0.2
"""Seconds between two looks at what may have changed: an empty list of tasks, a task that DBOS took up again."""

PRIORITY = ("release", "rollback", "revise", "prepare", "deep")
log = logging.getLogger("assay.worker")

_house: House | None = None


class _Json(Serializer):
    """JSON in the workflow store: readable, and no code in it. An error is its class, message and hint."""

    def serialize(self, data: Any) -> str:
        return json.dumps(_error_to_json(data) if isinstance(data, BaseException) else data)

    def deserialize(self, serialized_data: str) -> Any:
        data = json.loads(serialized_data)
        return _error_from_json(data) if isinstance(data, dict) and "error" in data else data

    def name(self) -> str:
        return "json"


def _error_to_json(error: BaseException) -> dict[str, str]:
    if isinstance(error, errors.GovernanceError):
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    return {
        "error": "TerminalFault",
        "message": f"{type(error).__name__} in the engine; see logs/",
        "hint": "",
    }


def _error_from_json(data: dict[str, str]) -> errors.GovernanceError:
    kind = getattr(errors, data["error"], errors.TerminalFault)
    return kind(data["message"], data["hint"])


@DBOS.workflow(name="task")  # type: ignore[untyped-decorator]
def _task(kind: str, subject: str, detail: str) -> str:
    house = _house
    assert house is not None
    if kind in ("prepare", "revise"):
        return duties.prepare(house, subject, int(detail), _durable)
    if kind == "deep":
        return _durable("deep report", lambda: making.make(house, subject, int(detail)))
    if kind == "release":
        return duties.release(house, subject, _durable)
    return duties.roll_back(house, subject, _durable)


def _durable(name: str, work: Callable[[], str]) -> str:
    return str(DBOS.run_step({"name": name}, work))


@contextmanager
def working(house: House) -> Iterator[Worker | None]:
    """A worker of this installation, or None while another process is it."""
    with house.bench.vault.lock(f"worker-{house.settings.worker_id}", wait=False) as had:
        if not had:
            yield None
            return
        house.bench.vault.clear()
        sweep(house.settings)
        _launch(house)
        try:
            yield Worker(house)
        finally:
            DBOS.destroy()


def is_working(house: House) -> bool:
    """Whether a process is this installation's worker just now."""
    with house.bench.vault.lock(f"worker-{house.settings.worker_id}", wait=False) as had:
        return not had


def _launch(house: House) -> None:
    global _house
    _house = house
    url = house.settings.ledger_url or f"sqlite:///{house.settings.root / 'workflows.db'}"
    DBOS(
        config={
            "name": "assay",
            "system_database_url": url,
            "application_version": LOGIC,
            "executor_id": house.settings.worker_id,
            "serializer": _Json(),
            "log_level": "ERROR",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": PAUSE,  # a worker that ends waits for one such look
        }
    )
    DBOS.launch()


class Worker:
    """Does one task after the other."""

    def __init__(self, house: House) -> None:
        self.house = house

    def run_forever(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if not self.run_one():
                stop.wait(PAUSE)

    def run_until(self, done: Callable[[], bool]) -> None:
        """Work until something is so, or nothing is left to do."""
        while not done():
            if not self.run_one():
                if done() or not self._next():
                    return
                time.sleep(PAUSE)

    def run_one(self) -> bool:
        """Do the next task, if there is one. Its end is on record before the next begins."""
        task = self._next()
        if task is None:
            return False
        kind, subject, *rest = task.id.split(":")
        detail = rest[0] if len(rest) == 2 else ""
        try:
            known = DBOS.get_workflow_status(task.id)
            if known is None:
                with SetWorkflowID(task.id):
                    _task(kind, subject, detail)
            else:  # a killed worker left it; DBOS took it up again when this one started
                DBOS.retrieve_workflow(task.id).get_result(polling_interval_sec=PAUSE)
        except Exception:
            log.exception("task %s stopped", task.id)
        with self.house.ledger.write() as session:
            row = session.get_one(Task, task.id)
            row.state, row.finished_at = "done", now()
            session.add(row)
        return True

    def _next(self) -> Task | None:
        with self.house.ledger.read() as session:
            waiting = session.exec(
                select(Task).where(Task.state == "queued").order_by(col(Task.queued_at), col(Task.id))
            ).all()
        return min(waiting, key=lambda task: PRIORITY.index(task.kind), default=None)


def warm_up() -> None:
    """Import what takes seconds, so that the first run does not wait for it."""
    started = time.perf_counter()
    import great_expectations  # noqa: F401
    import spacy  # noqa: F401

    log.info("warmed up in %s", timedelta(seconds=round(time.perf_counter() - started, 1)))
