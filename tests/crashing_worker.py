"""A worker that is killed (SIGKILL, as by `kill -9`) at one stage. Run by test_crash.py as a process of its own.

Usage: crashing_worker.py HOME STAGE_NUMBER MOMENT, with MOMENT one of
  begun     the stage is on record as running, its work not begun
  worked    its work is done, the result not on record
  recorded  the result is on record in our ledger, not yet in the workflow store
STAGE_NUMBER 0: work until nothing is left to do.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from governance import runner
from governance.house import open_house
from governance.journal import Journal
from governance.settings import Settings
from governance.stages import Stage


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(number: int, moment: str) -> None:
    begin, finish = Journal._begin, Journal._finish

    def begun(self: Journal, stage: Stage) -> None:
        begin(self, stage)
        if moment == "begun" and stage.number == number:
            die()

    def finished(self: Journal, stage: Stage, *rest: Any) -> None:
        if moment == "worked" and stage.number == number:
            die()
        finish(self, stage, *rest)
        if moment == "recorded" and stage.number == number:
            die()

    Journal._begin = begun  # type: ignore[method-assign]
    Journal._finish = finished  # type: ignore[method-assign]


def main() -> None:
    home, number, moment = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    if number:
        arm(number, moment)
    with runner.working(open_house(Settings(home=home))) as worker:
        assert worker
        while worker.run_one():
            pass


if __name__ == "__main__":
    main()
