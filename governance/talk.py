"""Who looks after an item, until when, and what people say about it. None of it decides anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from governance.decisions import find_item
from governance.errors import InputError
from governance.house import House
from governance.people import PERSONAS, Person, Verb, person, title
from governance.states import ENDED
from governance.tables import Frozen
from storage import audit
from storage.models import Assignment, Comment, Item, Run, now

LONGEST = 2_000
"""Characters of a comment."""


class Said(Frozen):
    person: str
    text: str
    at: datetime


class Talk(Frozen):
    """Assignment and comments of one item. `assignee` is a name, empty while nobody looks after it."""

    assignee: str = ""
    due: date | None = None
    overdue: bool = False
    comments: tuple[Said, ...] = ()


class Mine(Frozen):
    """An item that is assigned to somebody, or a comment that names them."""

    run: str
    dataset: str
    file: str
    item: str
    title: str
    state: str
    why: str
    due: date | None = None
    at: datetime


def mentions(text: str) -> list[str]:
    """The people whom a text names with an @, each once."""
    known = {one.name for one in PERSONAS}
    return [
        name for name in dict.fromkeys(re.findall(r"(?<![\w@])@([a-z]+)\b", text.lower())) if name in known
    ]


def assign(house: House, by: Person, run_id: str, key: str, *, to: str, due: date | None) -> None:
    """Give an item to someone who may decide; to nobody with an empty name. Raises InputError, NotPermitted."""
    by.must(Verb.DECIDE)
    run = house.run(run_id)
    if to:
        person(to).must(Verb.DECIDE)
    if due and (not to or due < now().date()):
        raise InputError(f"It cannot be due on {due}.", "Name who looks after it, and a day that is to come.")
    with house.ledger.write() as session:
        item = find_item(session, run.id, key)
        row = session.get(Assignment, (run.id, item.key))
        if row and (row.person, row.due) == (to, due):
            return
        if row:
            session.delete(row)
            session.flush()
        if to:
            session.add(Assignment(run=run.id, item=item.key, person=to, due=due, assigned_by=by.name))
        said = {"to": to, "due": due.isoformat() if due else ""}
        audit.append(
            session, by.name, "item assigned", dataset=run.dataset, run=run.id, subject=item.key, data=said
        )


def comment(house: House, by: Person, run_id: str, key: str, text: str) -> None:
    """Say something about an item. The audit log has who said it and who was named, not the words."""
    by.must(Verb.DECIDE)
    run, text = house.run(run_id), text.strip()
    if not text or len(text) > LONGEST:
        raise InputError(f"A comment has 1 to {LONGEST:,} characters, and this has {len(text):,}.")
    with house.ledger.write() as session:
        item = find_item(session, run.id, key)
        named = mentions(text)
        row = Comment(run=run.id, item=item.key, person=by.name, text=text, mentions=named)
        session.add(row)
        session.flush()
        said = {"comment": row.id, "mentions": named}
        audit.append(
            session, by.name, "comment", dataset=run.dataset, run=run.id, subject=item.key, data=said
        )


@dataclass(frozen=True)
class Asked:
    house: House

    def talk(self, who: Person, run_id: str, key: str) -> Talk:
        """What was said about an item, oldest first, and who looks after it."""
        who.must(Verb.DECIDE)
        run = self.house.run(run_id)
        with self.house.ledger.read() as session:
            item = find_item(session, run.id, key)
            held = session.get(Assignment, (run.id, item.key))
            query = select(Comment).where(Comment.run == run.id, Comment.item == item.key)
            said = session.exec(query.order_by(col(Comment.id))).all()
        due = held.due if held else None
        return Talk(
            assignee=held.person if held else "",
            due=due,
            overdue=bool(due and due < now().date() and item.state == "open"),
            comments=tuple(Said(person=title(one.person), text=one.text, at=one.said_at) for one in said),
        )

    def mine(self, who: Person) -> tuple[Mine, ...]:
        """Open items of runs that have not ended which are assigned to someone or whose comments name them."""
        who.must(Verb.SEE_RUNS)
        with self.house.ledger.read() as session:
            found = {(one.run, one.item): _assigned(one) for one in _held(session, who)}
            for one in _named(session, who):
                found.setdefault((one.run, one.item), (f"{title(one.person)} named you", None, one.said_at))
            lines = [_line(session, run, item, why, due, at) for (run, item), (why, due, at) in found.items()]
        return tuple(sorted((one for one in lines if one), key=lambda one: (one.due or date.max, one.at)))


def _held(session: Session, who: Person) -> list[Assignment]:
    return list(session.exec(select(Assignment).where(Assignment.person == who.name)))


def _assigned(one: Assignment) -> tuple[str, date | None, datetime]:
    return f"assigned by {title(one.assigned_by)}", one.due, one.assigned_at


def _named(session: Session, who: Person) -> list[Comment]:
    newest = session.exec(select(Comment).order_by(col(Comment.id).desc()).limit(500))
    return [one for one in newest if who.name in one.mentions and one.person != who.name]


def _line(session: Session, run_id: str, key: str, why: str, due: date | None, at: datetime) -> Mine | None:
    run = session.get_one(Run, run_id)
    item = session.exec(select(Item).where(Item.run == run_id, Item.key == key)).first()
    if run.state in ENDED or item is None or item.state != "open":
        return None
    return Mine(
        run=run.id, dataset=run.dataset, file=run.file, item=key, title=item.title, state=item.state,
        why=why, due=due, at=at,
    )  # fmt: skip
