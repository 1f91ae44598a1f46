"""A change of a contract: proposed by one person, in force when another has approved exactly those bytes.

The first contract of a dataset is in force at once, or nobody could begin; but until someone else approves it,
its author counts as one who decided, and cannot be the one who approves a publish under it.
Each verb is one transaction with its audit event.
"""

from __future__ import annotations

import uuid

from sqlmodel import Session, col, select

from governance.contract import odcs
from governance.errors import FourEyes, IllegalMove, InputError, Stale, UnknownName
from governance.house import House, newest_contract, record
from governance.people import title
from governance.tables import Frozen
from storage import audit
from storage.models import Approval, ContractChange, ContractVersion, RejectedSuggestion, now


class Proposed(Frozen):
    """What became of a contract that was given. `number` is the one it has, or will have when it is approved;
    `change` the id under which it waits for a second person, empty when it waits for nobody."""

    dataset: str
    digest: str
    number: int
    in_force: bool
    change: str = ""


def propose(house: House, actor: str, text: bytes, *, reason: str = "") -> Proposed:
    """Put a contract on record. The same bytes are proposed once. Raises ContractError."""
    contract = odcs.read(text)
    with house.ledger.write() as session:
        newest = newest_contract(session, contract.dataset)
        if newest is not None and newest.digest == contract.digest:
            return _told(newest.number, _first(session, newest), contract.dataset, newest.digest)
        base = newest.number if newest else 0
        waiting = session.exec(
            select(ContractChange).where(
                ContractChange.dataset == contract.dataset,
                ContractChange.digest == contract.digest,
                ContractChange.base == base,
                ContractChange.state == "waiting",
            )
        ).first()
        change = waiting or _new(session, actor, text, base=base, reason=reason)
        if base == 0:
            record(session, text, by=actor)
        return _told(base + 1, change, change.dataset, change.digest)


def approve(house: House, actor: str, change_id: str, *, digest: str, reason: str = "") -> int:
    """Bring a proposed contract into force; returns its number. Void when another version came between."""
    with house.ledger.write() as session:
        change = get(session, change_id)
        check(session, change, actor, digest=digest)
        version = record(session, change.text, by=change.proposed_by)
        change.state, change.decided_by, change.decided_at = "approved", actor, now()
        session.add(change)
        session.add(
            Approval(kind="contract", subject=change.id, digest=digest, person=actor, reason=reason.strip())
        )
        said = {"digest": digest, "reason": reason.strip(), "proposed_by": change.proposed_by}
        _event(session, actor, "contract approved", change, {**said, "number": version.number})
        return version.number


def withdraw(house: House, actor: str, change_id: str, *, reason: str) -> None:
    """Take a proposed contract back, or turn it down. A first contract that is in force stays so."""
    if not reason.strip():
        raise InputError("Turning a contract down needs a reason.", "Say in a few words why.")
    with house.ledger.write() as session:
        change = get(session, change_id)
        _waits(change)
        if change.base == 0:
            raise IllegalMove(
                f"The first contract of {change.dataset} is in force already.", "Propose another instead."
            )
        change.state, change.decided_by, change.decided_at = "withdrawn", actor, now()
        session.add(change)
        _event(session, actor, "contract withdrawn", change, {"reason": reason.strip()})


def why_not_approve(session: Session, change: ContractChange, actor: str) -> str:
    """A sentence for a disabled button; empty: this person can approve it now."""
    try:
        check(session, change, actor, digest=change.digest)
    except (FourEyes, IllegalMove, Stale) as refusal:
        return str(refusal)
    return ""


def check(session: Session, change: ContractChange, actor: str, *, digest: str) -> None:
    """Refuse an approval that would not count."""
    _waits(change)
    if actor == change.proposed_by:
        raise FourEyes(
            f"{title(actor)} proposed this contract and so cannot approve it.",
            "Another person with the role of approver or steward must.",
        )
    if digest != change.digest:
        raise Stale(
            f"The proposed contract is {change.digest[:8]}, not {digest[:8] or 'nothing'}.",
            "Look at it again, then approve.",
        )
    if stale(session, change):
        raise Stale(
            f"Another contract of {change.dataset} came into force since this one was proposed.",
            "Look at what would change now, and propose it again.",
        )


def stale(session: Session, change: ContractChange) -> bool:
    """Whether another version came between."""
    newest = newest_contract(session, change.dataset)
    return newest is None or newest.number != max(change.base, 1)


def get(session: Session, change_id: str) -> ContractChange:
    """A change by its id. Raises UnknownName."""
    change = session.get(ContractChange, change_id)
    if change is None:
        raise UnknownName(
            f"There is no change of a contract {change_id!r}.", "The inbox lists those that wait."
        )
    return change


def waiting(session: Session, dataset: str = "") -> list[ContractChange]:
    """The changes that wait for a second person, the oldest first."""
    query = select(ContractChange).where(ContractChange.state == "waiting")
    query = query.where(ContractChange.dataset == dataset) if dataset else query
    return list(session.exec(query.order_by(col(ContractChange.proposed_at))))


def rejected(house: House, dataset: str) -> tuple[str, ...]:
    """The keys of the suggestions that were rejected for a dataset."""
    with house.ledger.read() as session:
        query = select(RejectedSuggestion.key).where(RejectedSuggestion.dataset == dataset)
        return tuple(session.exec(query.order_by(col(RejectedSuggestion.id))))


def reject_suggestion(house: House, actor: str, dataset: str, key: str, *, reason: str = "") -> None:
    """Remember it, once."""
    if ": " not in key:
        raise InputError(f"{key!r} is no suggestion.", "Name it `column: what`, as the draft does.")
    if key in rejected(house, dataset):
        return
    with house.ledger.write() as session:
        session.add(RejectedSuggestion(dataset=dataset, key=key, person=actor, reason=reason.strip()))
        said = {"reason": reason.strip()}
        audit.append(session, actor, "suggestion rejected", dataset=dataset, subject=key, data=said)


def allow_suggestion(house: House, actor: str, dataset: str, key: str) -> None:
    """Forget the rejection. Raises UnknownName when there is none."""
    with house.ledger.write() as session:
        query = select(RejectedSuggestion).where(
            RejectedSuggestion.dataset == dataset, RejectedSuggestion.key == key
        )
        found = session.exec(query).first()
        if found is None:
            raise UnknownName(f"{key!r} was not rejected for {dataset}.", "A draft lists what was left out.")
        session.delete(found)
        audit.append(session, actor, "suggestion taken back", dataset=dataset, subject=key)


def in_force(session: Session, dataset: str, digest: str) -> bool:
    """Whether a contract is, or was, one that the dataset is published under."""
    query = select(ContractVersion.id).where(
        ContractVersion.dataset == dataset, ContractVersion.digest == digest
    )
    return session.exec(query).first() is not None


def lone_author(session: Session, dataset: str, digest: str) -> set[str]:
    """Who wrote the contract, while nobody else has approved it: that person counts as one who decided."""
    query = select(ContractChange).where(ContractChange.dataset == dataset, ContractChange.digest == digest)
    changes = list(session.exec(query))
    if any(change.state == "approved" for change in changes):
        return set()
    return {change.proposed_by for change in changes if change.state == "waiting"}


def _new(session: Session, actor: str, text: bytes, *, base: int, reason: str) -> ContractChange:
    contract = odcs.read(text)
    change = ContractChange(
        id=uuid.uuid4().hex[:10],
        dataset=contract.dataset,
        base=base,
        digest=contract.digest,
        text=text,
        proposed_by=actor,
        reason=reason.strip(),
    )
    session.add(change)
    said = {"digest": change.digest, "base": base, "reason": change.reason}
    _event(session, actor, "contract proposed", change, said)
    return change


def _first(session: Session, newest: ContractVersion) -> ContractChange | None:
    """The change that waits though it is in force: a first contract that nobody else has approved."""
    query = select(ContractChange).where(
        ContractChange.dataset == newest.dataset,
        ContractChange.digest == newest.digest,
        ContractChange.base == 0,
        ContractChange.state == "waiting",
    )
    return session.exec(query).first() if newest.number == 1 else None


def _told(number: int, change: ContractChange | None, dataset: str, digest: str) -> Proposed:
    waits = change is not None and change.state == "waiting"
    return Proposed(
        dataset=dataset,
        digest=digest,
        number=number,
        in_force=change is None or change.base == 0 or change.state == "approved",
        change=change.id if change and waits else "",
    )


def _waits(change: ContractChange) -> None:
    if change.state != "waiting":
        raise IllegalMove(
            f"The change {change.id} of {change.dataset}'s contract is {change.state}.",
            "Only one that waits can be approved or turned down.",
        )


def _event(
    session: Session, actor: str, action: str, change: ContractChange, data: dict[str, object]
) -> None:
    audit.append(
        session,
        actor,
        action,
        dataset=change.dataset,
        subject=f"contract change {change.id}",
        data=data,
    )
