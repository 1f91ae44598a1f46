"""Figures about reviewers come from the ledger alone, and the reviewer sees them first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from drive import ANA, BEN, CLEO, DAN, EVE, SAM, Desk
from hypothesis import given
from hypothesis import strategies as st
from published_house import page, text
from sqlalchemy import event

from governance.decisions import keep
from governance.errors import NotPermitted
from governance.people import PERSONAS
from governance.review.choices import Action, Choice, Fix
from governance.reviewers import MANY, Figures, bursts, figures
from storage.models import Approval, Decision, Run, now

START = now() - timedelta(days=2)
IDA = next(one for one in PERSONAS if one.name == "ida")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.at(tmp_path / "home")
    with desk.ws.house.ledger.write() as session:
        for run in ("r1", "r2"):
            session.add(
                Run(id=run, dataset="customers", file="f", source="", input_digest="", contract_digest="",
                    state="awaiting review", submitted_by="sam")
            )  # fmt: skip
    yield desk
    desk.close()


def record(desk: Desk, *acts: str, fix: str = "trim") -> Figures:
    """Acts as `who seconds what item`, each so many seconds after the start, in `r1` or where an item says `r2/`;
    `undo 2` takes back the second act. Returns Ana's figures."""
    with desk.ws.house.ledger.write() as session:
        for act in acts:
            who, at, what, about = act.split()
            run, _, item = about.rpartition("/")
            undoes, decided = (
                (int(about), START + timedelta(seconds=float(at))) if what == "undo" else (None, None)
            )
            action, _, repair = what.partition(":")
            choice = (
                Choice(item=item, action=Action(action), fix=Fix(column="a", repair=repair or fix))
                if not undoes
                else None
            )
            done = session.get_one(Decision, undoes) if undoes else None
            session.add(
                Decision(run=done.run if done else run or "r1", item=done.item if done else item, action=action,
                         person=who, reason="so", revision=0, undoes=undoes,
                         decided_at=decided or START + timedelta(seconds=float(at)),
                         payload=keep(desk.ws.house, choice) if choice else {})
            )  # fmt: skip
            session.flush()
    return figures(desk.ws.house, "ana")


@pytest.mark.parametrize(
    ("acts", "median", "timed", "together"),
    [
        pytest.param((), None, 0, 0, id="nothing"),
        pytest.param(("ana 0 reject a",), None, 0, 0, id="the first has none before it"),
        pytest.param(("ana 0 reject a", "ana 10 reject b", "ana 40 reject c"), 20.0, 2, 0, id="the median"),
        pytest.param(("ana 0 reject a", "ana 0.2 reject b", "ana 9 reject c"), 8.8, 1, 1, id="made together"),
        pytest.param(("ana 0 reject a", "ana 4000 reject b"), None, 0, 0, id="a pause"),
        pytest.param(("ana 0 reject a", "ana 10 reject r2/b"), None, 0, 0, id="another run"),
        pytest.param(("ana 0 reject a", "ben 5 reject b", "ana 10 reject c"), 10.0, 1, 0, id="not Ben's"),
        pytest.param(("ana 0 reject a", "ana 8 undo 1", "ana 12 fix a"), 4.0, 1, 0, id="since an undo"),
    ],
)  # fmt: skip
def test_time(desk: Desk, acts: tuple[str, ...], median: float | None, timed: int, together: int) -> None:
    found = record(desk, *acts)
    assert found.median == pytest.approx(median) if median is not None else found.median is None
    assert (found.timed, found.together) == (timed, together)


@pytest.mark.parametrize(
    ("acts", "decisions", "overturned", "taken_back"),
    [
        pytest.param(("ana 0 reject a", "ben 5 undo 1"), 1, 1, 0, id="undone by another"),
        pytest.param(("ana 0 reject a", "ana 5 undo 1"), 1, 0, 1, id="taken back"),
        pytest.param(("ana 0 reject a", "ana 5 undo 1", "ben 9 fix a"), 1, 1, 1, id="replaced by another"),
        pytest.param(("ana 0 reject a", "ana 5 undo 1", "ana 7 fix a", "ben 9 fix b"), 2, 0, 1, id="replaced by oneself"),
        pytest.param(("ana 0 waive a", "policy:waiver-ended 5 undo 1"), 1, 0, 0, id="a waiver that ended"),
        pytest.param(("ben 0 reject a", "ana 5 undo 1"), 0, 0, 0, id="what one overturns is no decision"),
    ],
)  # fmt: skip
def test_overturned(
    desk: Desk, acts: tuple[str, ...], decisions: int, overturned: int, taken_back: int
) -> None:
    found = record(desk, *acts)
    assert (found.decisions, found.overturned, found.taken_back) == (decisions, overturned, taken_back)


@pytest.mark.parametrize(
    ("acts", "twice", "agreed"),
    [
        pytest.param(("ana 0 reject cluster-a", "ben 5 reject r2/cluster-a"), 1, 1, id="a signature in two runs"),
        pytest.param(("ana 0 reject cluster-a", "ben 5 waive r2/cluster-a"), 1, 0, id="not alike"),
        pytest.param(("ana 0 fix:trim cluster-a", "ben 5 fix:trim r2/cluster-a"), 1, 1, id="the same fix"),
        pytest.param(("ana 0 fix:trim cluster-a", "ben 5 fix:clear r2/cluster-a"), 1, 0, id="another fix"),
        pytest.param(("ana 0 accept breach-a", "ben 5 accept r2/breach-a"), 0, 0, id="a breach of another run is another"),
        pytest.param(("ana 0 accept breach-a", "ana 3 undo 1", "ben 5 accept breach-a"), 1, 1, id="one item twice"),
        pytest.param(("ana 0 reject cluster-a", "ana 5 reject r2/cluster-a"), 0, 0, id="oneself"),
        pytest.param(("ana 0 waive cluster-a", "ana 3 reject r2/cluster-a", "ben 5 reject r2/cluster-a"), 1, 1,
                     id="the newest of each"),
        pytest.param(("ana 0 reject cluster-a", "policy:no-review 5 accept cluster-a"), 0, 0, id="a policy is nobody"),
    ],
)  # fmt: skip
def test_agreement(desk: Desk, acts: tuple[str, ...], twice: int, agreed: int) -> None:
    found = record(desk, *acts)
    assert (found.twice, found.agreed) == (twice, agreed)


@pytest.mark.parametrize(
    ("count", "step", "found"),
    [
        pytest.param(MANY - 1, 0.1, [], id="one too few"),
        pytest.param(MANY, 0.1, [MANY], id="just as many"),
        pytest.param(MANY, 60 / (MANY - 1), [MANY], id="in a whole minute"),
        pytest.param(MANY, 60.5 / (MANY - 1), [], id="in more than a minute"),
        pytest.param(MANY * 2, 0.0, [MANY * 2], id="all at once is once"),
    ],
)
def test_within_a_minute(count: int, step: float, found: list[int]) -> None:
    times = [START + timedelta(seconds=at * step) for at in range(count)]
    assert [one.items for one in bursts(times)] == found


@given(st.lists(st.integers(0, 600), max_size=900))
def test_bursts_do_not_overlap_and_miss_nothing(seconds: list[int]) -> None:
    times = [START + timedelta(seconds=at) for at in seconds]
    found = bursts(times)
    assert sum(one.items for one in found) <= len(times)
    assert all(one.items >= MANY for one in found)
    most = max((sum(0 <= b - a <= 60 for b in seconds) for a in seconds), default=0)
    assert bool(found) == (most >= MANY)


def test_many_at_once_are_told_quietly_and_only_to_oneself(desk: Desk) -> None:
    moment: datetime = now()
    with desk.ws.house.ledger.write() as session:
        for at in range(MANY - 50):
            session.add(Decision(run="r1", item=f"i{at}", action="reject", person="ana", reason="so", revision=0,
                                 decided_at=moment))  # fmt: skip
    assert desk.ws.see.hurried(ANA) is None
    with desk.ws.house.ledger.write() as session:
        for at in range(50):
            session.add(
                Approval(kind="publish", subject=f"r{at}", digest="d", person="ana", approved_at=moment)
            )
    burst = desk.ws.see.hurried(ANA)
    assert burst
    assert burst.items == MANY
    assert desk.ws.see.hurried(BEN) is None
    assert len(figures(desk.ws.house, "ana").bursts) == 1


def test_the_reviewer_sees_first(desk: Desk) -> None:
    record(desk, "ana 0 reject a", "ana 10 reject b", "sam 20 reject c")
    assert desk.ws.see.reviewing(DAN).others == ()
    assert desk.ws.see.reviewing(DAN).unseen == ("Ana",)
    shown = desk.ws.see.reviewing(ANA)
    assert shown.own
    assert (shown.own.decisions, shown.others) == (2, ())
    assert "may not see how others review" in shown.why_not_others
    later = record(desk, "ana 30 reject d", "ben 40 undo 1")
    assert (later.decisions, later.overturned) == (3, 1)
    for who in (DAN, BEN, EVE):
        (told,) = desk.ws.see.reviewing(who).others[:1]
        assert told == shown.own, "as it was when Ana saw it"
    desk.ws.see.reviewing(ANA)
    desk.ws.see.reviewing(ANA)
    assert desk.ws.see.reviewing(DAN).others[0].decisions == 3
    assert [one.action for one in desk.events() if one.actor == "ana"] == ["own figures shown"] * 2
    assert desk.ws.see.reviewing(SAM).others == ()
    admin = desk.ws.see.reviewing(IDA)
    assert (admin.own, admin.others) == (None, ())
    with pytest.raises(NotPermitted):
        desk.ws.see.reviewing(CLEO)


def test_the_decisions_are_read_once_however_many_reviewers_there_are(desk: Desk) -> None:
    people = (ANA, BEN, EVE, SAM)
    record(desk, *(f"{one.name} {at} reject a" for at, one in enumerate(people)))
    for one in people:
        desk.ws.see.reviewing(one)
    asked: list[str] = []
    event.listen(
        desk.ws.house.ledger.engine, "before_cursor_execute", lambda *given: asked.append(str(given[2]))
    )
    assert len(desk.ws.see.reviewing(DAN).others) == len(people)
    assert sum("decision.payload" in one for one in asked) == 1


def test_the_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_HOME", str(desk.home))
    assert "No decision yet" in text(page("reviewing", ANA))
    record(desk, "ana 0 reject a", "ana 70 reject b", "ben 80 undo 1")
    assert "Ana has not been shown theirs" in text(page("reviewing", DAN))
    seen = page("reviewing", ANA)
    assert not seen.exception
    assert [one.value for one in seen.metric] == ["2", "1 min 10 s", "1 · 50.0 %", "–"]
    told = page("reviewing", DAN)
    assert not told.exception
    assert list(told.dataframe[0].value["who"]) == ["Ana"]
    assert "may not decide" in text(page("reviewing", CLEO))
