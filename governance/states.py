"""Run states and the one table of allowed moves."""

from __future__ import annotations

from enum import StrEnum

from governance.errors import IllegalMove


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_REVIEW = "awaiting review"
    REVISING = "revising"
    APPROVED = "approved"
    RELEASING = "releasing"
    PUBLISHED = "published"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"


MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.FAILED}),
    State.RUNNING: frozenset({State.AWAITING_REVIEW, State.SKIPPED, State.REJECTED, State.FAILED}),
    State.AWAITING_REVIEW: frozenset({State.REVISING, State.APPROVED, State.REJECTED}),
    State.REVISING: frozenset({State.AWAITING_REVIEW, State.REVISING, State.FAILED}),
    State.APPROVED: frozenset({State.RELEASING, State.REVISING, State.AWAITING_REVIEW, State.REJECTED}),
    State.RELEASING: frozenset({State.PUBLISHED, State.AWAITING_REVIEW, State.FAILED}),
    State.FAILED: frozenset({State.QUEUED, State.REVISING, State.RELEASING}),
    State.PUBLISHED: frozenset(),
    State.SKIPPED: frozenset(),
    State.REJECTED: frozenset(),
}

ENDED = frozenset({State.PUBLISHED, State.SKIPPED, State.REJECTED})
WORKING = frozenset({State.QUEUED, State.RUNNING, State.REVISING, State.RELEASING})


def check(run: str, current: str, wanted: State) -> None:
    """Refuse a move that is not in the table, naming those that are."""
    allowed = MOVES[State(current)]
    if wanted not in allowed:
        said = ", ".join(sorted(allowed)) or "none: the run has ended"
        raise IllegalMove(
            f"Run {run} is {current} and cannot become {wanted.value}.", f"Allowed from here: {said}."
        )
