"""Act 1, everything included: from the file's bytes to a masked candidate that waits for review, in a worker that
has finished its imports. Afterwards its verdict is held against the generator's truth."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.job import Answer, Done, Job
from benchmarks.truth import misjudged
from governance import runner
from governance.people import person
from governance.runner import Worker
from governance.settings import Settings
from governance.workspace import Workspace

TITLE = "act 1"
DELIVERS = "all twelve stages"
WARMS_ITSELF = True
ANA = person("ana")


def run(job: Job) -> Done:
    workspace = Workspace.open(Settings(home=job.home))
    with runner.working(workspace.house) as worker:
        assert worker
        runner.warm_up()
        seconds, run_id = submit_and_wait(workspace, worker, job.data)
    return lambda: answer(workspace, job, seconds, run_id)


def submit_and_wait(workspace: Workspace, worker: Worker, data: Path) -> tuple[float, str]:
    """Seconds from the bytes to the candidate, and the run's id."""
    started = time.perf_counter()
    digest, file = workspace.fetch(ANA, str(data))
    run_id = workspace.submit(ANA, "customers", input_digest=digest, file=file)
    while worker.run_one():
        pass
    return time.perf_counter() - started, run_id


def answer(workspace: Workspace, job: Job, seconds: float, run_id: str) -> Answer:
    """What the stages took, and how many cells the verdict got wrong. Stops where the run did not end well."""
    strip = workspace.see.strip(ANA, run_id)
    assert strip.state == "awaiting review", strip.error
    stages = [(mark.number, mark.name, mark.seconds) for mark in strip.stages if mark.seconds is not None]
    counts = misjudged(workspace.house, run_id, job.data.with_suffix(".truth.csv"))
    return Answer({"rows": job.rows, **counts}, parts={"all": seconds}, more={"stages": stages})


if __name__ == "__main__":
    raise SystemExit("One size alone: python -m benchmarks --only act_one --rows ROWS")
