"""A house driven from a test: submit, work, decide, approve, publish, without the workflow engine.

The worker's own loop is tested elsewhere (test_crash.py); here the duties are called in the order in which
it would take them, so that a whole publish of a few hundred rows costs about a second.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from governance import duties
from governance.answers.triage import ItemLine
from governance.deep import making
from governance.duties import Durable
from governance.people import Person, Role, person
from governance.review.choices import Action
from governance.runner import PRIORITY
from governance.sample import make_sample
from governance.settings import Settings
from governance.states import State
from governance.workspace import Workspace
from storage.models import AuditEvent, Run, Task, now

ANA, BEN, CLEO, DAN = (person(name) for name in ("ana", "ben", "cleo", "dan"))
EVE = Person(name="eve", title="Eve", role=Role.APPROVER)
SAM = Person(name="sam", title="Sam", role=Role.STEWARD)
EVERYONE = (ANA, BEN, CLEO, DAN, EVE, SAM)


def at_once(_name: str, work: Callable[[], str]) -> str:
    """What makes a step durable, here: nothing."""
    return work()


@dataclass
class Desk:
    """One home, the people in it, and a worker that works when it is told to."""

    home: Path
    ws: Workspace

    @classmethod
    def at(cls, home: Path, **settings: Any) -> Desk:
        return cls(home, Workspace.open(Settings(home=home, **settings)))

    def close(self) -> None:
        self.ws.house.ledger.close()

    def copy(self, home: Path, **settings: Any) -> Desk:
        """The same home at another place, opened."""
        self.close()
        shutil.copytree(self.home, home)
        return Desk.at(home, **settings)

    def submit(self, file: Path, dataset: str = "customers", *, by: Person = ANA, **options: Any) -> str:
        digest, name = self.ws.fetch(by, str(file))
        return self.ws.submit(by, dataset, input_digest=digest, file=name, **options)

    def work(self, most: int = 100, *, step: Durable = at_once) -> int:
        """Do the tasks that wait, as the worker takes them; returns how many there were."""
        done = 0
        while done < most and (task := self._next()):
            self._do(task, step)
            done += 1
        return done

    def run(self, file: Path, dataset: str = "customers", *, by: Person = ANA, **options: Any) -> str:
        run = self.submit(file, dataset, by=by, **options)
        self.work()
        return run

    def state(self, run: str) -> State:
        return State(self.row(run).state)

    def row(self, run: str) -> Run:
        return self.ws.house.run(run)

    def items(self, run: str, kind: str = "") -> list[ItemLine]:
        return [item for item in self.ws.see.triage(ANA, run).items if kind in ("", item.kind)]

    def accept_breaches(self, run: str, *, by: Person = ANA) -> list[int]:
        return [
            self.ws.decide(by, run, item.key, Action.ACCEPT, reason="known")
            for item in self.items(run)
            if item.required and item.state == "open"
        ]

    def approve_plan(self, run: str, *, by: Person = BEN) -> None:
        self.ws.approve_plan(by, run, digest=self.row(run).plan_digest)

    def approve(self, run: str, *, by: Person = BEN) -> str:
        """Everything that approval asks for, then the approval; returns the candidate."""
        self.accept_breaches(run)
        self.approve_plan(run, by=by)
        candidate = self.row(run).candidate
        self.ws.approve(by, run, digest=candidate)
        return candidate

    def publish(self, run: str) -> State:
        self.approve(run)
        self.ws.publish(BEN, run)
        self.work()
        return self.state(run)

    def roll_back(self, number: int, dataset: str = "customers") -> str:
        wish = self.ws.ask_rollback(ANA, dataset, number, reason="the last one was wrong")
        self.ws.approve_rollback(BEN, wish, digest=self.wish_digest(wish, dataset))
        self.work()
        return wish

    def wish_digest(self, wish: str, dataset: str = "customers") -> str:
        lines = self.ws.see.versions(BEN, dataset).rollbacks
        return next(line.digest for line in lines if line.id == wish)

    def events(self, run: str = "") -> list[AuditEvent]:
        with self.ws.house.ledger.read() as session:
            query = select(AuditEvent).order_by(col(AuditEvent.seq))
            return list(session.exec(query.where(AuditEvent.run == run) if run else query))

    def rows_of(self, table: Any) -> list[Any]:
        """All rows of one ledger table."""
        with self.ws.house.ledger.read() as session:
            return list(session.exec(select(table)))

    def _next(self) -> Task | None:
        waiting = [task for task in self.rows_of(Task) if task.state == "queued"]
        return min(waiting, key=lambda task: (PRIORITY.index(task.kind), task.queued_at), default=None)

    def _do(self, task: Task, step: Durable) -> None:
        kind, subject, *rest = task.id.split(":")
        house = self.ws.house
        if kind in ("prepare", "revise"):
            duties.prepare(house, subject, int(rest[0]), step)
        elif kind == "deep":
            making.make(house, subject, int(rest[0]))
        elif kind == "release":
            duties.release(house, subject, step)
        else:
            duties.roll_back(house, subject, step)
        with house.ledger.write() as session:
            row = session.get_one(Task, task.id)
            row.state, row.finished_at = "done", now()
            session.add(row)


@dataclass(frozen=True)
class Template:
    """A home to copy, and the run in it."""

    desk: Desk
    run: str


def today() -> date:
    return datetime.now(UTC).date()


def customers(folder: Path, *, seed: int = 1, rows: int = 240, **options: Any) -> Path:
    """A dirty file of customers, `customers-SEED.csv`, with its truth beside it."""
    out = folder / f"customers-{seed}.csv"
    make_sample(
        "customers",
        rows=rows,
        seed=seed,
        out=out,
        truth=out.with_suffix(".truth.csv"),
        today=today(),
        **options,
    )
    return out


def unlocked(home: Path) -> sqlite3.Connection:
    """The ledger's file as an intruder has it: no triggers in the way."""
    raw = sqlite3.connect(home / "ledger.db")
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.commit()
    return raw
