"""Workers that are killed (SIGKILL, as by `kill -9`) at one stage. Run by test_crash.py as a process of its own,
which imports the worker once, reads the contracts and the language model, and forks a process for each: starting one
afresh takes five seconds.

Reads lines `["HOME", STAGE_NUMBER, "MOMENT"]` and answers each with how its worker ended (a signal is negative);
MOMENT is one of
  begun     the stage is on record as running, its work not begun
  worked    its work is done, the result not on record
  recorded  the result is on record in our ledger, not yet in the workflow store
STAGE_NUMBER 0: work until nothing is left to do.

A line `["HOME", ["RUN", "ITEM", VERSION], "MOMENT"]` is an app in which Ana rejects an item; MOMENT is one of
  saying    the decision and its event are in the transaction, which is not committed
  said      it is committed, the person not told
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from governance import deciding, runner
from governance.house import open_house
from governance.journal import Journal
from governance.people import person
from governance.privacy import by_presidio
from governance.review.choices import Action
from governance.settings import Settings
from governance.stages import Stage
from governance.workspace import Workspace


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


def work(home: Path, number: int, moment: str) -> None:
    if number:
        arm(number, moment)
    with runner.working(open_house(Settings(home=home))) as worker:
        assert worker
        while worker.run_one():
            pass


def decide(home: Path, run: str, item: str, seen: int, moment: str) -> None:
    house = open_house(Settings(home=home))
    record = deciding.record

    def recorded(*given: Any, **more: Any) -> int:
        number = record(*given, **more)
        if moment == "saying":
            die()
        return number

    deciding.record = recorded
    workspace = Workspace(house)
    workspace.decide(person("ana"), run, item, Action.REJECT, reason="cannot be used", seen=seen)
    if moment == "said":
        die()


def warm_up() -> None:
    """What every worker reads before it does anything, and keeps."""
    runner.warm_up()
    by_presidio.share_of_names(["Ana"])
    with tempfile.TemporaryDirectory() as home:
        open_house(Settings(home=Path(home))).ledger.close()
    gc.freeze()  # no child looks through all of that for garbage


def main() -> None:
    warm_up()
    for line in sys.stdin:
        home, what, moment = json.loads(line)
        child = os.fork()
        if not child:
            if isinstance(what, list):
                decide(Path(home), *what, moment)
            else:
                work(Path(home), what, moment)
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
