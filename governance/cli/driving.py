"""Getting queued work done while someone waits: by this process, or by the one that is the worker already."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from governance.cli import progress, telling
from governance.cli.desk import Desk
from governance.cli.options import COMMAND
from governance.errors import TransientFault
from governance.states import WORKING, State

if TYPE_CHECKING:
    from governance.house import House

PAUSE = 0.3
"""Seconds between two looks at work that another process does."""

CODES = {
    State.PUBLISHED: 0,
    State.SKIPPED: 0,
    State.REJECTED: 1,
    State.AWAITING_REVIEW: 2,
    State.APPROVED: 2,
    State.FAILED: 4,
}


def exit_code(state: State, outcome: str) -> int:
    """0 published or skipped, 1 refused by data, 2 waiting for review, 3 your input, 4 ours."""
    return 3 if state == State.REJECTED and outcome == "input" else CODES.get(state, 4)


def drive(desk: Desk, run_id: str) -> State:
    """Have a run worked on until it needs a person or has ended, showing its stages; returns its state."""

    def state() -> State:
        return State(desk.house.run(run_id).state)

    try:
        with progress.following(lambda: desk.see.strip(desk.person, run_id), to_stderr=desk.as_json):
            work_until(desk.house, lambda: state() not in WORKING, subject=f"Run {run_id}")
    except KeyboardInterrupt:
        telling.aside(
            "", f"Interrupted. Run {run_id} goes on when a worker runs: {COMMAND} worker --until-idle"
        )
        raise
    return state()


def work_until(house: House, done: Callable[[], bool], *, subject: str) -> None:
    """Work, or wait for the process that is the worker, until something is so.

    When that process dies its lock is free, and this one takes over. Raises TransientFault when there is
    nothing left to do and it still is not so.
    """
    from governance import runner  # takes seconds to import

    while not done():
        with runner.working(house) as worker:
            if worker is not None:
                worker.run_until(done)
                if not done():
                    raise TransientFault(
                        f"{subject} stopped half way.", "logs/assay.log says why; `resume` goes on."
                    )
                return
        time.sleep(PAUSE)
