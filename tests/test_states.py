"""The table of moves: every pair of states, allowed or refused with those that are allowed."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from sqlmodel import select

from governance.errors import IllegalMove
from governance.states import ENDED, MOVES, WORKING, State, check
from governance.transitions import move
from storage.ledger import Ledger
from storage.models import AuditEvent, Run

EXPECTED = {
    "queued": {"running", "failed"},
    "running": {"awaiting review", "skipped", "rejected", "failed"},
    "awaiting review": {"revising", "approved", "rejected"},
    "revising": {"awaiting review", "revising", "failed"},
    "approved": {"releasing", "revising", "awaiting review", "rejected"},
    "releasing": {"published", "awaiting review", "failed"},
    "failed": {"queued", "revising", "releasing"},
    "published": set(),
    "skipped": set(),
    "rejected": set(),
}
"""Written out a second time on purpose: a change of the table is a change of this test."""

PAIRS = list(product(State, State))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path_factory.mktemp('states') / 'ledger.db'}")


@pytest.mark.parametrize(("state", "wanted"), PAIRS, ids=lambda state: state.value.replace(" ", "-"))
def test_every_pair(ledger: Ledger, state: State, wanted: State) -> None:
    """An allowed move changes the state and has its event; any other changes nothing and says what would go."""
    run = f"{state}-{wanted}"
    with ledger.write() as session:
        session.add(
            Run(id=run, dataset="d", file="f", source="upload", input_digest="i", contract_digest="c",
                state=state.value, submitted_by="ana")
        )  # fmt: skip
    if wanted.value in EXPECTED[state.value]:
        with ledger.write() as session:
            move(session, session.get_one(Run, run), wanted, by="worker", reason="because")
        assert _state(ledger, run) == wanted
        (event,) = _events(ledger, run)
        assert (event.actor, event.action) == ("worker", f"run {wanted.value}")
        assert json.loads(event.data) == {
            "from": state.value, "to": wanted.value, "revision": 0, "reason": "because"
        }  # fmt: skip
        return
    with pytest.raises(IllegalMove) as refusal, ledger.write() as session:
        move(session, session.get_one(Run, run), wanted, by="worker")
    assert _state(ledger, run) == state
    assert _events(ledger, run) == []
    assert f"Run {run} is {state.value} and cannot become {wanted.value}." == refusal.value.message
    for allowed in EXPECTED[state.value]:
        assert allowed in refusal.value.hint
    if not EXPECTED[state.value]:
        assert "the run has ended" in refusal.value.hint


def test_the_table_names_every_state() -> None:
    assert {state.value: {to.value for to in allowed} for state, allowed in MOVES.items()} == EXPECTED


def test_ends_lead_nowhere_and_are_the_only_ones() -> None:
    assert {state for state in State if not MOVES[state]} == ENDED


def test_every_state_can_be_reached_and_can_end() -> None:
    for start in (State.QUEUED,):
        seen, waiting = {start}, [start]
        while waiting:
            for after in MOVES[waiting.pop()] - seen:
                seen.add(after)
                waiting.append(after)
        assert seen == set(State)
    for state in set(State) - ENDED:
        assert _reaches(state, State.PUBLISHED), f"{state} must be able to come to a good end"


def test_only_approved_and_failed_runs_are_released() -> None:
    """A run that nobody approved has no way to the shelf: `failed` leads there only from a release."""
    assert {state for state in State if State.RELEASING in MOVES[state]} == {State.APPROVED, State.FAILED}
    assert {state for state in State if State.PUBLISHED in MOVES[state]} == {State.RELEASING}
    assert {state for state in State if State.APPROVED in MOVES[state]} == {State.AWAITING_REVIEW}


def test_working_states_are_the_workers(tmp_path: Path) -> None:
    assert not WORKING & ENDED
    assert State.AWAITING_REVIEW not in WORKING, "a wait for a person is a state, not work"


def test_check_speaks_of_the_state_by_its_word() -> None:
    check("r", "queued", State.RUNNING)
    with pytest.raises(IllegalMove, match="is published and cannot become approved"):
        check("r", "published", State.APPROVED)


def _reaches(start: State, end: State) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        if state is end:
            return True
        waiting += MOVES[state] - seen
        seen |= MOVES[state]
    return False


def _state(ledger: Ledger, run: str) -> str:
    with ledger.read() as session:
        return session.get_one(Run, run).state


def _events(ledger: Ledger, run: str) -> list[AuditEvent]:
    with ledger.read() as session:
        return list(session.exec(select(AuditEvent).where(AuditEvent.run == run)))
