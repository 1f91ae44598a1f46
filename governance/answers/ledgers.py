"""The audit log in plain words, filtered; and whole, as it is signed, for those who verify it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import col, func, select

from governance.answers.telling import sentence
from governance.house import House
from governance.people import Person, Verb, title
from governance.tables import Frozen
from storage import audit
from storage.models import AuditEvent, AuditHead

Verdict = audit.Verdict
MACHINES = ("worker", "system")


class EventLine(Frozen):
    """One event: a sentence, and all of its fields for those who open it. `at` is naive UTC."""

    seq: int
    at: datetime
    actor: str
    action: str
    dataset: str
    run: str
    subject: str
    sentence: str
    data: dict[str, Any]
    previous: str
    hash: str


class EventChoices(Frozen):
    """What the log can be filtered by. `actors` are (name, title); `runs` are the newest first."""

    actors: tuple[tuple[str, str], ...]
    datasets: tuple[str, ...]
    runs: tuple[str, ...]
    actions: tuple[str, ...]


class HeadLine(Frozen):
    """A signed head: whoever keeps a copy elsewhere can tell when the log was cut behind it."""

    seq: int
    hash: str
    signature: str
    key: str
    at: str


@dataclass(frozen=True)
class Asked:
    house: House

    def events(
        self,
        person: Person,
        *,
        actor: str = "",
        dataset: str = "",
        run: str = "",
        action: str = "",
        since: datetime | None = None,
        people_only: bool = False,
        limit: int = 200,
        offset: int = 0,
    ) -> tuple[EventLine, ...]:
        """Newest first. `action` matches its beginning; `people_only` leaves the worker's own events out."""
        person.must(Verb.AUDIT)
        query = select(AuditEvent).order_by(col(AuditEvent.seq).desc()).limit(limit).offset(offset)
        query = query.where(*_where(actor, dataset, run, action=action, since=since, people_only=people_only))
        with self.house.ledger.read() as session:
            return tuple(_line(event) for event in session.exec(query))

    def event_count(
        self,
        person: Person,
        *,
        actor: str = "",
        dataset: str = "",
        run: str = "",
        action: str = "",
        since: datetime | None = None,
        people_only: bool = False,
    ) -> int:
        """How many events the same filters leave."""
        person.must(Verb.AUDIT)
        query = select(func.count()).select_from(AuditEvent)
        query = query.where(*_where(actor, dataset, run, action=action, since=since, people_only=people_only))
        with self.house.ledger.read() as session:
            return session.exec(query).one()

    def event(self, person: Person, seq: int) -> EventLine | None:
        """One event by its number; None when the log does not have it."""
        person.must(Verb.AUDIT)
        with self.house.ledger.read() as session:
            found = session.get(AuditEvent, seq)
            return _line(found) if found else None

    def event_choices(self, person: Person) -> EventChoices:
        person.must(Verb.AUDIT)
        newest = func.max(AuditEvent.seq).desc()
        with self.house.ledger.read() as session:
            actors, datasets, actions = (
                sorted(found for found in session.exec(select(column).distinct()) if found)
                for column in (AuditEvent.actor, AuditEvent.dataset, AuditEvent.action)
            )
            runs = session.exec(
                select(AuditEvent.run)
                .where(AuditEvent.run != "")
                .group_by(AuditEvent.run)
                .order_by(newest)
                .limit(200)
            ).all()
        return EventChoices(
            actors=tuple((name, title(name)) for name in actors),
            datasets=tuple(datasets),
            runs=tuple(runs),
            actions=tuple(actions),
        )

    def event_lines(self, person: Person) -> Iterator[str]:
        """The whole log, oldest first, one JSON object a line with exactly the fields that are hashed.

        SHA-256 over the object without `hash` (sorted keys, no spaces, UTF-8) is `hash`; `previous` is the
        `hash` of the line before.
        """
        person.must(Verb.AUDIT)
        return self._event_lines()

    def _event_lines(self) -> Iterator[str]:
        with self.house.ledger.read() as session:
            for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).yield_per(1000):
                fields = {name: getattr(event, name) for name in (*audit.FIELDS, "hash")}
                yield json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"

    def heads(self, person: Person) -> tuple[HeadLine, ...]:
        """Every signed head, newest first."""
        person.must(Verb.AUDIT)
        with self.house.ledger.read() as session:
            rows = session.exec(select(AuditHead).order_by(col(AuditHead.seq).desc()))
            return tuple(HeadLine.model_validate(row.model_dump()) for row in rows)


def _where(
    actor: str, dataset: str, run: str, *, action: str, since: datetime | None, people_only: bool
) -> list[Any]:
    exact = ((AuditEvent.actor, actor), (AuditEvent.dataset, dataset), (AuditEvent.run, run))
    wanted: list[Any] = [column == value for column, value in exact if value]
    if action:
        wanted.append(col(AuditEvent.action).startswith(action, autoescape=True))
    if since:
        moment = since if since.tzinfo else since.replace(tzinfo=UTC)
        wanted.append(col(AuditEvent.at) >= moment.astimezone(UTC).isoformat(timespec="milliseconds"))
    if people_only:
        wanted.append(col(AuditEvent.actor).not_in(MACHINES))
    return wanted


def _line(event: AuditEvent) -> EventLine:
    data = json.loads(event.data)
    return EventLine(
        seq=event.seq,
        at=datetime.fromisoformat(event.at).astimezone(UTC).replace(tzinfo=None),
        actor=title(event.actor),
        action=event.action,
        dataset=event.dataset,
        run=event.run,
        subject=event.subject,
        sentence=sentence(event, data),
        data=data,
        previous=event.previous,
        hash=event.hash,
    )
