"""A choice of how to read, through a run: it decides the rows, it is part of the fingerprint, it is told."""

from __future__ import annotations

from pathlib import Path

from drive import ANA, Desk, customers

from governance.reading.choice import NOTHING, reading_choice
from governance.stages.idempotency import fingerprint
from governance.states import State


def test_another_choice_is_another_input(empty: Desk, tmp_path: Path) -> None:
    file = customers(tmp_path, rows=120)
    found, cut = empty.run(file), empty.run(file, reading=reading_choice(footer=20))
    rows = [sum(empty.row(run).rows[key] for key in ("kept", "quarantined")) for run in (found, cut)]
    assert (rows[0] - rows[1], empty.state(cut)) == (20, State.AWAITING_REVIEW)
    again = empty.run(file, reading=reading_choice(footer=20))
    assert (empty.state(again), empty.row(again).same_as) == (State.SKIPPED, cut)
    messages = [note.message for note in empty.ws.see.run(ANA, cut).findings]
    assert "Read as the person who submitted it says: footer 20." in messages


def test_saying_nothing_leaves_the_fingerprint_as_it_was() -> None:
    said = reading_choice(delimiter="comma")
    assert fingerprint("a", "b", "c") == fingerprint("a", "b", "c", NOTHING)
    assert fingerprint("a", "b", "c") != fingerprint("a", "b", "c", said)


def test_a_published_run_keeps_its_choice_in_the_fingerprint(empty: Desk, tmp_path: Path) -> None:
    file = customers(tmp_path, rows=120)
    run = empty.run(file, reading=reading_choice(footer=5))
    assert empty.publish(run) is State.PUBLISHED
    again = empty.run(file, reading=reading_choice(footer=5))
    assert (empty.state(again), empty.row(again).same_as) == (State.SKIPPED, run)
