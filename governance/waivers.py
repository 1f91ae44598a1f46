"""Waivers in the ledger: their terms, how they are carried to later runs, when they end, who must approve them.

A waiver about rules is carried once the run that it was given in is published: then a second person has seen it.
It ends on its day, when it was exceeded and somebody published without it, or when it was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, select

from governance.bench import name_of
from governance.contract.model import Contract
from governance.decisions import choice_of, keep, standing
from governance.errors import IllegalMove, InputError
from governance.findings import Severity
from governance.house import House
from governance.items import NewItem
from governance.review.choices import Action, Choice, Scope, Terms
from governance.states import State
from storage import audit
from storage.models import Approval, Decision, Item, Run, now

ENDED = "policy:waiver-ended"
"""The actor that takes back a waiver whose day is over."""
MOST_ROWS = 1_000
"""Rows that a waiver may name one by one."""


def today() -> date:
    return now().date()


def terms_of(terms: Terms | None, *, rows: int) -> Terms:
    """The terms as they are recorded: without a budget, that of the rows there are. Raises InputError."""
    given = terms or Terms()
    budget = given.budget or (len(set(given.rows)) if given.scope is Scope.ROW else rows)
    if given.scope is Scope.ROW and not 0 < len(given.rows) <= MOST_ROWS:
        raise InputError(
            "A waiver of single rows names them.",
            f"Give 1 to {MOST_ROWS:,} row numbers, or waive the cluster.",
        )
    if given.scope is not Scope.ROW and given.rows:
        raise InputError("Rows are named for the scope row only.", "Leave them out, or choose that scope.")
    if not given.lasts and budget < (len(set(given.rows)) or rows):
        raise InputError(
            f"The waiver would cover {len(set(given.rows)) or rows:,} rows, and its budget is {budget:,}.",
            "Raise the budget, or waive single rows.",
        )
    if budget < 0:
        raise InputError("A budget is a number of rows.", "Give one that is not negative.")
    if len(given.ticket) > 500 or any(sign.isspace() for sign in given.ticket.strip()):
        raise InputError("A ticket is a link or a number without spaces.", "Write the rest into the reason.")
    return given.model_copy(
        update={"budget": budget, "rows": tuple(sorted(set(given.rows))), "ticket": given.ticket.strip()}
    )


def last_day(expires: date | None, *, most: int) -> date:
    """The day a waiver ends: the one given, or the last that is possible. Raises InputError."""
    latest = today() + timedelta(days=most)
    if expires is not None and not today() <= expires <= latest:
        raise InputError(
            f"A waiver until {expires} is not possible.",
            f"Choose a day from today to {latest}: {most} days at most, as GOVERNANCE_WAIVER_DAYS says.",
        )
    return expires or latest


def said(choice: Choice, item: Item) -> dict[str, Any]:
    """The terms for the ledger and the audit log: people's words, names of rules, numbers."""
    terms = choice.terms or Terms()
    return {
        "scope": terms.scope.value,
        "code": terms.code.value,
        "ticket": terms.ticket,
        "budget": terms.budget,
        "expires": choice.expires.isoformat() if choice.expires else "",
        "rules": list(choice.rules),
        "title": item.title,
    }


def digest(decision: Decision) -> str:
    """What an approval of a waiver cites: its terms, and the decision it was given by."""
    return name_of("waiver", decision.id, decision.payload["note"])


def carry(session: Session, house: House, run: Run, contract: Contract) -> None:
    """Put the waivers of earlier runs of the dataset into a new run: those in force as decisions of those who gave
    them, those that ended as items that say so. Done once, before the run is judged."""
    for decision in _given(session, run.dataset):
        waiver = decision.payload["waiver"]
        rules = tuple(one for one in waiver["rules"] if (rule := contract.rule(one)) and rule.waivable)
        key = f"waiver-{decision.id}"
        if not rules or _closed(session, run.dataset, key) or _item(session, run.id, key):
            continue
        holds = date.fromisoformat(waiver["expires"]) >= run.submitted_at.date()
        item = Item(run=run.id, revision=0, **_new_item(key, decision, holds=holds).model_dump(mode="json"))
        item.state = "waived" if holds else "open"
        session.add(item)
        if holds:
            _carried(session, house, run, decision, key, rules)
        else:
            audit.append(
                session, ENDED, "waiver ended", dataset=run.dataset, run=run.id, subject=key,
                data={"title": waiver["title"], "expires": waiver["expires"], "person": decision.person},
            )  # fmt: skip


def _new_item(key: str, decision: Decision, *, holds: bool) -> NewItem:
    waiver = decision.payload["waiver"]
    ended = f"The waiver ended on {waiver['expires']}: the rows that it covered stay out again."
    return NewItem(
        key=key,
        kind="waiver",
        severity=Severity.MEDIUM if holds else Severity.HIGH,
        title=f"Waiver until {waiver['expires']}: {waiver['title']}",
        rows=0,
        required=not holds,
        details={"rules": waiver["rules"], "budget": waiver["budget"], **({} if holds else {"why": ended})},
    )


def _carried(
    session: Session, house: House, run: Run, decision: Decision, key: str, rules: tuple[str, ...]
) -> None:
    choice = choice_of(house, decision).model_copy(
        update={"item": key, "failing": None, "cluster": "", "rules": rules}
    )
    waiver = {**decision.payload["waiver"], "carried_from": decision.id}
    session.add(
        Decision(
            run=run.id, item=key, action=Action.WAIVE.value, person=decision.person, reason=decision.reason,
            revision=0, payload={**keep(house, choice), "rows": 0, "waiver": waiver},
        )
    )  # fmt: skip
    audit.append(
        session, "worker", "waiver carried", dataset=run.dataset, run=run.id, subject=key,
        data={"title": waiver["title"], "expires": waiver["expires"], "budget": waiver["budget"],
              "person": decision.person, "from": decision.run},
    )  # fmt: skip


def _given(session: Session, dataset: str) -> Iterable[Decision]:
    """The lasting waivers that were given, not carried, in published runs of a dataset, and stand there."""
    query = (
        select(Decision)
        .join(Run, Run.id == Decision.run)  # type: ignore[arg-type]
        .where(
            Run.dataset == dataset, Run.state == State.PUBLISHED.value, Decision.action == Action.WAIVE.value
        )
    )
    for decision in session.exec(query).all():
        waiver = decision.payload.get("waiver") or {}
        lasting = Terms(scope=Scope(waiver.get("scope", Scope.CLUSTER))).lasts
        if lasting and not waiver.get("carried_from") and decision.id in _standing(session, decision.run):
            yield decision


def _standing(session: Session, run: str) -> set[int | None]:
    return {one.id for one in standing(session, run)}


def _closed(session: Session, dataset: str, key: str) -> bool:
    """Whether a later run was published without the waiver: somebody saw it end, or took it back."""
    query = (
        select(Item.state)
        .join(Run, Run.id == Item.run)  # type: ignore[arg-type]
        .where(Run.dataset == dataset, Run.state == State.PUBLISHED.value, Item.key == key)
    )
    return any(state != "waived" for state in session.exec(query))


def _item(session: Session, run: str, key: str) -> Item | None:
    return session.exec(select(Item).where(Item.run == run, Item.key == key)).first()


def waiving(session: Session, run: Run) -> list[Decision]:
    """The waivers that stand in a run, with their terms."""
    return [
        one for one in standing(session, run.id) if one.action == Action.WAIVE and one.payload.get("waiver")
    ]


def over(session: Session, run: Run) -> list[Decision]:
    """The waivers of a run whose day is over."""
    day = today().isoformat()
    return [one for one in waiving(session, run) if one.payload["waiver"]["expires"] < day]


def unapproved(session: Session, run: Run, contract: Contract) -> list[Decision]:
    """The waivers given in this run that are above the contract's threshold and have no second person's yes."""
    large = [
        one
        for one in waiving(session, run)
        if one.payload["waiver"]["budget"] > contract.waiver_approval_rows
        and not one.payload["waiver"].get("carried_from")
    ]
    return [one for one in large if not _approved(session, run, one)]


def _approved(session: Session, run: Run, decision: Decision) -> bool:
    query = select(Approval).where(
        Approval.subject == run.id, Approval.kind == "waiver", Approval.digest == digest(decision)
    )
    return any(one.person != decision.person for one in session.exec(query))


def refuse(session: Session, run: Run, contract: Contract) -> None:
    """Refuse to approve or publish on a waiver that ended, or that is large and that nobody else approved."""
    for decision in over(session, run):
        waiver = decision.payload["waiver"]
        raise IllegalMove(
            f"The waiver of “{waiver['title']}” ended on {waiver['expires']}.",
            "Its rows stay out again: decide about them anew.",
        )
    for decision in unapproved(session, run, contract):
        waiver = decision.payload["waiver"]
        raise IllegalMove(
            f"The waiver of “{waiver['title']}” may cover {waiver['budget']:,} rows, and more than "
            f"{contract.waiver_approval_rows:,} need another person's approval.",
            f"Someone else must approve decision {decision.id} first.",
        )


def find(session: Session, run: Run, decision: int) -> Decision:
    """A waiver that stands. Raises InputError."""
    found = next((one for one in waiving(session, run) if one.id == decision), None)
    if found is None:
        raise InputError(
            f"Decision {decision} of run {run.id} is no waiver that stands.",
            "Triage lists the decisions, and so does `review`.",
        )
    return found
