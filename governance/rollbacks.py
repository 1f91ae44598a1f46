"""Rollbacks: asked for by one person with a reason, approved by another for exactly that difference."""

from __future__ import annotations

import uuid

from sqlmodel import Session, select

from governance.approvals import four_eyes
from governance.bench import name_of
from governance.errors import IllegalMove, InputError, Stale, UnknownName
from governance.house import House
from governance.records import newest_version
from governance.transitions import queue
from storage import audit
from storage.models import Approval, Rollback, Version


def ask(house: House, actor: str, dataset: str, number: int, *, reason: str) -> str:
    """Record the wish; returns its id. Asking again for the same returns the open wish."""
    if not reason.strip():
        raise InputError("A rollback needs a reason.", "Say in a few words why, for those who ask later.")
    with house.ledger.write() as session:
        target, current = find(session, dataset, number), newest_version(session, dataset)
        assert current
        if target.number == current.number:
            raise InputError(
                f"Version {number} of {dataset} is the current one.", "Choose an earlier version."
            )
        digest = name_of("rollback", dataset, target.content, target.number, current.number)
        waiting = session.exec(
            select(Rollback).where(Rollback.digest == digest, Rollback.state == "waiting")
        ).first()
        if waiting:
            return waiting.id
        wish = Rollback(
            id=uuid.uuid4().hex[:10],
            dataset=dataset,
            to_number=number,
            base_number=current.number,
            digest=digest,
            state="waiting",
            requested_by=actor,
            reason=reason.strip(),
        )
        session.add(wish)
        _event(session, actor, "rollback asked for", wish, {"reason": wish.reason})
        return wish.id


def approve(house: House, actor: str, rollback_id: str, *, digest: str, reason: str) -> None:
    """Approve it, for a worker to carry out. Void when another version came between."""
    with house.ledger.write() as session:
        wish = get(session, rollback_id)
        _waiting(wish)
        four_eyes({wish.requested_by}, actor, "approve this rollback")
        current = newest_version(session, wish.dataset)
        if digest != wish.digest or current is None or current.number != wish.base_number:
            raise Stale(
                f"Another version of {wish.dataset} was published since this rollback was asked for.",
                "Withdraw it and ask again.",
            )
        wish.state = "releasing"
        session.add(wish)
        session.add(Approval(kind="rollback", subject=wish.id, digest=digest, person=actor, reason=reason))
        _event(session, actor, "rollback approved", wish, {"reason": reason, "digest": digest})
        queue(session, "rollback", wish.id)


def withdraw(house: House, actor: str, rollback_id: str, *, reason: str) -> None:
    with house.ledger.write() as session:
        wish = get(session, rollback_id)
        _waiting(wish)
        wish.state = "withdrawn"
        session.add(wish)
        _event(session, actor, "rollback withdrawn", wish, {"reason": reason})


def get(session: Session, rollback_id: str) -> Rollback:
    wish = session.get(Rollback, rollback_id)
    if wish is None:
        raise UnknownName(
            f"There is no rollback {rollback_id!r}.",
            "The Versions page lists those that wait, and so does `versions`.",
        )
    return wish


def find(session: Session, dataset: str, number: int) -> Version:
    """A version by dataset and number. Raises UnknownName with those that exist."""
    versions = session.exec(select(Version).where(Version.dataset == dataset)).all()
    found = next((version for version in versions if version.number == number), None)
    if found is None:
        known = ", ".join(str(version.number) for version in versions) or "none yet"
        raise UnknownName(f"{dataset} has no version {number}.", f"Versions: {known}.")
    return found


def _waiting(wish: Rollback) -> None:
    if wish.state != "waiting":
        raise IllegalMove(
            f"Rollback {wish.id} is {wish.state}.", "Only one that waits can be approved or withdrawn."
        )


def _event(session: Session, actor: str, action: str, wish: Rollback, data: dict[str, str]) -> None:
    said = {"to": wish.to_number, "from": wish.base_number, **data}
    audit.append(session, actor, action, dataset=wish.dataset, subject=wish.id, data=said)
