"""A small file in a worker that has already done another one, of another seed: what a person waits for."""

from __future__ import annotations

from benchmarks.act_one import answer, submit_and_wait
from benchmarks.job import Done, Job
from benchmarks.sample import made
from governance import runner
from governance.settings import Settings
from governance.workspace import Workspace

TITLE = "act 1, second run of a warm worker"
DELIVERS = "all twelve stages"
WARMS_ITSELF = True
OTHER_SEED = 8


def run(job: Job) -> Done:
    workspace = Workspace.open(Settings(home=job.home))
    earlier = made(job.home / "earlier", rows=job.rows, seed=OTHER_SEED, today=job.today)
    with runner.working(workspace.house) as worker:
        assert worker
        runner.warm_up()
        submit_and_wait(workspace, worker, earlier)
        seconds, run_id = submit_and_wait(workspace, worker, job.data)
    return lambda: answer(workspace, job, seconds, run_id)
