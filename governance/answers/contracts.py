"""Contracts: which there are, what waits for a second person, and what a change would come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from governance import proposals
from governance.contract import odcs
from governance.contract.diff import Change, diff, summary
from governance.house import House, newest_contract
from governance.people import Person, Verb
from governance.tables import Frozen
from storage.models import ContractChange, ContractVersion


class ChangeView(Frozen):
    """A proposed contract. `changes` are against the one in force; `why_not` says why this person cannot
    approve it, `stale` that another came between."""

    id: str
    dataset: str
    number: int
    digest: str
    state: str
    proposed_by: str
    proposed_at: datetime
    reason: str
    text: str
    changes: tuple[Change, ...]
    summary: str
    first: bool
    stale: bool
    why_not: str


class VersionLine(Frozen):
    """One contract that is or was in force. `approved_by` is empty where nobody else had to, or has yet to."""

    number: int
    digest: str
    added_by: str
    added_at: datetime
    approved_by: str = ""


class ContractLine(Frozen):
    """One dataset: its contract in force, those before it (newest first), and the changes that wait."""

    dataset: str
    title: str
    number: int
    digest: str
    added_by: str
    added_at: datetime
    columns: int
    rules: int
    versions: tuple[VersionLine, ...]
    waiting: tuple[ChangeView, ...]


@dataclass(frozen=True)
class Asked:
    house: House

    def contracts(self, person: Person) -> tuple[ContractLine, ...]:
        """Every dataset's contract. No value of a row is in it."""
        person.must(Verb.SEE_RUNS)
        names = self.house.datasets()
        with self.house.ledger.read() as session:
            return tuple(_line(session, person, name) for name in names)

    def contract_text(self, person: Person, dataset: str, number: int | None = None) -> str:
        """A contract as it was given; the one in force without a number. Raises UnknownName."""
        person.must(Verb.SEE_RUNS)
        return self.house.contract(dataset, number).text.decode()

    def contract_between(self, person: Person, dataset: str, number: int) -> tuple[Change, ...]:
        """What a contract changed against the one before it. Raises UnknownName."""
        person.must(Verb.SEE_RUNS)
        before, after = (odcs.read(self.house.contract(dataset, at).text) for at in (number - 1, number))
        return diff(before, after)

    def contract_change(self, person: Person, change_id: str) -> ChangeView:
        """One proposed contract. Raises UnknownName."""
        person.must(Verb.SEE_RUNS)
        with self.house.ledger.read() as session:
            return _change(session, person, proposals.get(session, change_id))


def _line(session: Session, person: Person, dataset: str) -> ContractLine:
    newest = newest_contract(session, dataset)
    assert newest is not None
    contract = odcs.read(newest.text)
    waiting = [
        change
        for change in proposals.waiting(session, dataset)
        if change.base or not proposals.stale(session, change)
    ]
    return ContractLine(
        dataset=dataset,
        title=contract.title,
        number=newest.number,
        digest=newest.digest,
        added_by=newest.added_by,
        added_at=newest.added_at,
        columns=len(contract.columns),
        rules=len(contract.rules),
        versions=_versions(session, dataset),
        waiting=tuple(_change(session, person, change) for change in waiting),
    )


def _versions(session: Session, dataset: str) -> tuple[VersionLine, ...]:
    versions = session.exec(
        select(ContractVersion)
        .where(ContractVersion.dataset == dataset)
        .order_by(col(ContractVersion.number).desc())
    )
    changes = session.exec(
        select(ContractChange).where(ContractChange.dataset == dataset, ContractChange.state == "approved")
    )
    approved = {(change.digest, max(change.base, 0) + 1): change.decided_by for change in changes}
    return tuple(
        VersionLine(
            number=version.number,
            digest=version.digest,
            added_by=version.added_by,
            added_at=version.added_at,
            approved_by=approved.get((version.digest, version.number), ""),
        )
        for version in versions
    )


def _change(session: Session, person: Person, change: ContractChange) -> ChangeView:
    newest = newest_contract(session, change.dataset)
    changes = diff(odcs.read(newest.text), odcs.read(change.text)) if newest else ()
    why_not = person.why_not(Verb.APPROVE) or proposals.why_not_approve(session, change, person.name)
    return ChangeView(
        id=change.id,
        dataset=change.dataset,
        number=change.base + 1,
        digest=change.digest,
        state=change.state,
        proposed_by=change.proposed_by,
        proposed_at=change.proposed_at,
        reason=change.reason,
        text=change.text.decode(),
        changes=changes,
        summary=summary(changes) if change.base else "the first of its dataset, in force already",
        first=change.base == 0,
        stale=proposals.stale(session, change),
        why_not=why_not,
    )
