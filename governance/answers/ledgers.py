"""The audit log in plain words, filtered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select

from governance.house import House
from governance.people import Person, Verb, title
from governance.tables import Frozen
from storage.models import AuditEvent


class EventLine(Frozen):
    """One event: a sentence, and all of its fields for those who open it."""

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
        for column, value in ((AuditEvent.actor, actor), (AuditEvent.dataset, dataset), (AuditEvent.run, run)):
            query = query.where(column == value) if value else query
        if action:
            query = query.where(col(AuditEvent.action).startswith(action, autoescape=True))
        if since:
            query = query.where(AuditEvent.at >= since.isoformat())
        if people_only:
            query = query.where(col(AuditEvent.actor).not_in(("worker", "system")))
        with self.house.ledger.read() as session:
            return tuple(_line(event) for event in session.exec(query))

    def event_count(self, person: Person) -> int:
        person.must(Verb.AUDIT)
        with self.house.ledger.read() as session:
            return session.exec(select(func.count()).select_from(AuditEvent)).one()


def _line(event: AuditEvent) -> EventLine:
    data = json.loads(event.data)
    return EventLine(
        seq=event.seq,
        at=datetime.fromisoformat(event.at),
        actor=title(event.actor),
        action=event.action,
        dataset=event.dataset,
        run=event.run,
        subject=event.subject,
        sentence=_sentence(event, data),
        data=data,
        previous=event.previous,
        hash=event.hash,
    )


VERBS = {"fix": "fixed", "waive": "waived", "reject": "rejected", "accept": "accepted"}


def _sentence(event: AuditEvent, data: dict[str, Any]) -> str:
    """An event as a person would tell it."""
    who, about = title(event.actor), event.subject
    because = f": {data['reason']}" if data.get("reason") else ""
    if event.action.startswith("decision ") and event.action != "decision undone":
        rows = f"{data['rows']:,} rows of " if data.get("rows") else ""
        until = f" until {data['expires']}" if data.get("expires") else ""
        return f"{who} {VERBS.get(event.action.split()[1], event.action)} {rows}“{data.get('title', about)}”{until}{because}"
    if event.action == "decision undone":
        return f"{who} took back decision {data.get('decision')} on {about}{because}"
    if event.action == "stage finished":
        return f"Stage {data.get('stage')} {about}: {data.get('summary', '')}"
    if event.action == "stage failed":
        return f"Stage {data.get('stage')} {about} failed: {data.get('error', '')}"
    if event.action == "run submitted":
        return f"{who} submitted {data.get('file', 'a file')} to {event.dataset}"
    if event.action == "rollback asked for":
        return f"{who} asked to roll {event.dataset} back from version {data.get('from')} to {data.get('to')}{because}"
    named = f" {about}" if about else ""
    return f"{who}: {event.action}{named}{because}"
