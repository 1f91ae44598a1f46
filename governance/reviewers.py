"""How a person reviews, from the ledger's own records: how long decisions take, how many others overturned, whether
two people decide alike, and whether very many were decided within a minute.

Meant for the reviewer, who is shown them first: others see them as they were when the reviewer last was, and not at
all before that. Nothing is blocked or decided by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlmodel import Session, col, select

from governance.decisions import KEPT, choice_of
from governance.house import House
from governance.people import PERSONAS, Person, Verb, title
from governance.recipes import ACCEPTED
from governance.review.choices import Action, Choice
from governance.tables import Frozen
from storage import audit
from storage.models import Approval, Decision, Preference, Run, now

DAYS = 90
"""Days that the figures are about."""
MANY, WITHIN = 200, timedelta(minutes=1)
"""So many decisions and approvals within so long are told."""
PAUSE, AT_ONCE = timedelta(minutes=15), timedelta(seconds=1)
"""A longer way from one act to the next is a pause; a shorter one is of decisions made together."""
LATELY = timedelta(minutes=10)
SHOWN = "reviewing"
_BY_PERSON = tuple(action.value for action in Action)


class Burst(Frozen):
    """Very many decisions and approvals within a minute: when the first was, and how many."""

    at: datetime
    items: int


class Figures(Frozen):
    """One reviewer. `median` is in seconds, of the `timed` decisions that followed another act in the same run;
    `together` were made at once with the one before and have no time of their own.

    `overturned` of `decisions` were undone, or replaced by another decision, by somebody else; `taken_back` were
    undone by the reviewer. `agreed` of `twice` signatures and items that another person decided too were decided
    alike by both. Of the items decided `blind`, each counted once, `as_known` were decided as the approved recipe
    says, which was kept back.
    """

    person: str
    title: str
    decisions: int = 0
    median: float | None = None
    timed: int = 0
    together: int = 0
    overturned: int = 0
    taken_back: int = 0
    twice: int = 0
    agreed: int = 0
    blind: int = 0
    as_known: int = 0
    bursts: tuple[Burst, ...] = ()
    upto: int = 0
    """The last decision on record that the figures know of."""


class Reviewing(Frozen):
    """A person's own figures; those of others as they were shown to them, and the titles of those who were not."""

    own: Figures | None
    others: tuple[Figures, ...] = ()
    unseen: tuple[str, ...] = ()
    why_not_others: str = ""


@dataclass(frozen=True)
class _Record:
    """What the figures of every reviewer come from, read once: the decisions of so many days in order, who approved
    when in them, and the dataset of each run."""

    decisions: Sequence[Decision]
    approvals: Sequence[tuple[str, datetime]]
    datasets: dict[str, str]


def reviewing(house: House, person: Person) -> Reviewing:
    """What a person may see. Their own figures count as shown to them from now on."""
    person.must(Verb.SEE_RUNS)
    record = _record(house)
    own = _figures(house, record, person.name) if person.may(Verb.DECIDE) else None
    if own and own.decisions:
        _shown(house, own)
    others, unseen = _others(house, record, person) if person.may(Verb.SEE_REVIEWERS) else ((), ())
    return Reviewing(own=own, others=others, unseen=unseen, why_not_others=person.why_not(Verb.SEE_REVIEWERS))


def hurried(house: House, person: Person) -> Burst | None:
    """Very many decisions and approvals of a person within one of the last minutes."""
    with house.ledger.read() as session:
        decisions, approvals = _acts(session, since=now() - LATELY, by=person.name)
    found = bursts(_times(decisions, approvals, person.name))
    return found[-1] if found else None


def figures(house: House, name: str) -> Figures:
    """The figures of one person."""
    return _figures(house, _record(house), name)


def _record(house: House) -> _Record:
    with house.ledger.read() as session:
        decisions, approvals = _acts(session, since=now() - timedelta(days=DAYS))
        return _Record(decisions, approvals, dict(session.exec(select(Run.id, Run.dataset)).all()))


def _figures(house: House, record: _Record, name: str, *, upto: int | None = None) -> Figures:
    """The figures of one person; with `upto` as they were after that decision."""
    every = [one for one in record.decisions if upto is None or (one.id or 0) <= upto]
    until = every[-1].decided_at if every and upto is not None else None
    times = _times(record.decisions, record.approvals, name, until=until)
    mine = [one for one in every if one.person == name and _counts(one)]
    timed, together = _paces([one for one in every if one.person == name])
    undone = {one.undoes: one for one in every if one.undoes is not None}
    twice, agreed = _agreement(house, every, name, record.datasets)
    answers = _blind(mine)
    return Figures(
        person=name, title=title(name), decisions=len(mine), timed=len(timed), together=together,
        median=median(timed) if timed else None,
        overturned=sum(_overturned(one, undone, every) for one in mine),
        taken_back=sum(one.id in undone and undone[one.id].person == name for one in mine),
        twice=twice, agreed=agreed, blind=len(answers), as_known=answers.count(ACCEPTED), bursts=bursts(times),
        upto=(every[-1].id or 0) if every else 0,
    )  # fmt: skip


def _blind(mine: Sequence[Decision]) -> list[str]:
    """What became of the answers that were kept back, of each item the first time: after that it is known."""
    first: dict[tuple[str, str], str] = {}
    for one in mine:
        answer = one.payload.get("recipe") or {}
        if answer.get("blind"):
            first.setdefault((one.run, one.item), answer["came"])
    return list(first.values())


def bursts(times: Sequence[datetime]) -> tuple[Burst, ...]:
    """Stretches of a minute with `MANY` acts or more, none overlapping another; the last one last."""
    ordered, found, at = sorted(times), [], 0
    while at + MANY <= len(ordered):
        if ordered[at + MANY - 1] - ordered[at] > WITHIN:
            at += 1
            continue
        within = sum(ordered[at] <= one <= ordered[at] + WITHIN for one in ordered[at:])
        found.append(Burst(at=ordered[at], items=within))
        at += within
    return tuple(found)


def _counts(one: Decision) -> bool:
    """A decision of the person's own: not an undo, and not a waiver that was carried from an earlier run."""
    return one.action in _BY_PERSON and not (one.payload.get("waiver") or {}).get("carried_from")


def _acts(
    session: Session, *, since: datetime, by: str = ""
) -> tuple[Sequence[Decision], Sequence[tuple[str, datetime]]]:
    """Decisions, and who approved when; everybody's, or one person's."""
    decided = select(Decision).where(Decision.decided_at > since).order_by(col(Decision.id))
    approved = select(Approval.person, Approval.approved_at).where(Approval.approved_at > since)
    if by:
        decided, approved = decided.where(Decision.person == by), approved.where(Approval.person == by)
    return session.exec(decided).all(), session.exec(approved).all()


def _times(
    decisions: Sequence[Decision],
    approvals: Sequence[tuple[str, datetime]],
    name: str,
    *,
    until: datetime | None = None,
) -> list[datetime]:
    """When a person decided and approved."""
    decided = [one.decided_at for one in decisions if one.person == name and _counts(one)]
    times = [*decided, *(at for person, at in approvals if person == name)]
    return [one for one in times if until is None or one <= until]


def _paces(acts: Sequence[Decision]) -> tuple[list[float], int]:
    """Seconds from the act before in the same run to each decision, and how many were made together with it."""
    before: dict[str, datetime] = {}
    timed, together = [], 0
    for one in acts:
        since = one.decided_at - before.get(one.run, one.decided_at - PAUSE * 2)
        before[one.run] = one.decided_at
        if not _counts(one):
            continue
        if since < AT_ONCE:
            together += 1
        elif since <= PAUSE:
            timed.append(since.total_seconds())
    return timed, together


def _overturned(mine: Decision, undone: dict[int, Decision], every: Sequence[Decision]) -> bool:
    undo = undone.get(mine.id or 0)
    if undo is None or undo.person.startswith("policy:"):
        return False
    if undo.person != mine.person:
        return True
    later = (one for one in every if (one.id or 0) > (undo.id or 0) and _counts(one))
    following = next((one for one in later if (one.run, one.item) == (mine.run, mine.item)), None)
    return following is not None and following.person != mine.person


def _agreement(
    house: House, every: Sequence[Decision], name: str, datasets: dict[str, str]
) -> tuple[int, int]:
    """Signatures and items that somebody else decided too, by the newest decision of each, and how many alike. A
    signature is the same in every run of its dataset."""
    newest: dict[tuple[str, str], dict[str, Decision]] = {}
    for one in every:
        if _counts(one) and one.action != KEPT and not one.person.startswith("policy:"):
            where = datasets.get(one.run, "") if one.item.startswith("cluster-") else one.run
            newest.setdefault((where, one.item), {})[one.person] = one
    pairs = [
        (by[name], other)
        for by in newest.values()
        if name in by
        for person, other in by.items()
        if person != name
    ]
    return len(pairs), sum(_alike(house, *pair) for pair in pairs)


def _alike(house: House, one: Decision, other: Decision) -> bool:
    if one.action != other.action or one.action != Action.FIX:
        return one.action == other.action
    return _said(choice_of(house, one)) == _said(choice_of(house, other))


def _said(choice: Choice) -> object:
    return choice.fix or bool(choice.corrected)


def _shown(house: House, own: Figures) -> None:
    """Remember what a reviewer has been shown, with an event; asked again without a new decision it is as it was."""
    with house.ledger.write() as session:
        row = session.get(Preference, (own.person, SHOWN)) or Preference(person=own.person, name=SHOWN)
        if row.value.get("upto") == own.upto:
            return
        row.value = {"upto": own.upto}
        session.add(row)
        audit.append(session, own.person, "own figures shown", data={"decisions": own.decisions})


def _others(house: House, record: _Record, person: Person) -> tuple[tuple[Figures, ...], tuple[str, ...]]:
    with house.ledger.read() as session:
        rows = session.exec(select(Preference).where(Preference.name == SHOWN)).all()
        shown = {row.person: int(row.value["upto"]) for row in rows}
        decided = set(session.exec(select(Decision.person).distinct()))
    known = {one.name for one in PERSONAS}
    names = sorted(name for name in decided - {person.name} if name in known or name in shown)
    seen = tuple(_figures(house, record, name, upto=shown[name]) for name in names if name in shown)
    return seen, tuple(title(name) for name in names if name not in shown)
