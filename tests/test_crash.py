"""A worker killed in every stage, one after the other, gives the result of one that was never killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from governance.people import person
from governance.review.choices import Action
from governance.sample import make_sample
from governance.settings import Settings
from governance.stages import Stage
from governance.states import State
from governance.workspace import Workspace
from storage import snapshots
from storage.models import AuditEvent, StageResult, Version

WORKER = Path(__file__).parent / "crashing_worker.py"
ANA, BEN = person("ana"), person("ben")
NEVER = "never"


class Workers:
    """Worker processes, one after the other: `crashing_worker.py` starts them."""

    def __init__(self) -> None:
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            cwd=root,
            env={"PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, home: Path, number: int, moment: str) -> int:
        """How a worker of that home ended: 0, or minus the signal that killed it."""
        assert self._process.stdin and self._process.stdout
        print(json.dumps([str(home), number, moment]), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.close()


@dataclass
class Journey:
    """A run from submission to publication, by workers that are killed at a moment of every stage."""

    home: Path
    moment: str
    workers: Workers
    kills: int = 0

    def work(self, stages: range) -> None:
        for number in stages if self.moment != NEVER else ():
            done = self._worker(number)
            assert done == -signal.SIGKILL, f"the worker was not killed in stage {number}"
            self.kills += 1
        assert self._worker(0) == 0

    def _worker(self, number: int) -> int:
        return self.workers.run(self.home, number, self.moment)


def travel(home: Path, sample: Path, moment: str, workers: Workers) -> Journey:
    """Submit, prepare, accept what is required, approve, release."""
    journey = Journey(home, moment, workers)
    workspace = Workspace.open(Settings(home=home))
    digest, file = workspace.fetch(ANA, str(sample))
    run = workspace.submit(ANA, "customers", input_digest=digest, file=file)
    journey.work(range(1, 13))
    assert workspace.see.strip(ANA, run).state is State.AWAITING_REVIEW
    for item in workspace.see.triage(ANA, run).items:
        if item.required:
            workspace.decide(ANA, run, item.key, Action.ACCEPT, reason="known")
    seen = workspace.see.run(BEN, run)
    workspace.approve_plan(BEN, run, digest=seen.plan_digest)
    workspace.approve(BEN, run, digest=seen.candidate)
    workspace.publish(BEN, run)
    journey.work(range(13, 18))
    assert workspace.see.strip(ANA, run).state is State.PUBLISHED
    return journey


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    out = folder / "customers.csv"
    make_sample("customers", rows=300, seed=5, out=out, truth=folder / "truth.csv", today=date.today())
    return out


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home's keys, so that pseudonyms can be compared between homes."""
    home = tmp_path_factory.mktemp("keys")
    Workspace.open(Settings(home=home))
    (home / "vault" / "keys" / "pseudonym-p1").write_bytes(bytes(range(32)))
    return home / "vault" / "keys"


def new_home(tmp: Path, keys: Path) -> Path:
    (tmp / "vault" / "keys").mkdir(parents=True)
    for key in keys.iterdir():
        (tmp / "vault" / "keys" / key.name).write_bytes(key.read_bytes())
    return tmp


@pytest.fixture(scope="module")
def uninterrupted(
    tmp_path_factory: pytest.TempPathFactory, sample: Path, keys: Path, workers: Workers
) -> Path:
    home = new_home(tmp_path_factory.mktemp("calm"), keys)
    travel(home, sample, NEVER, workers)
    return home


def results(home: Path) -> dict[str, object]:
    """What a run came to: everything but ids, times and places."""
    with Workspace.open(Settings(home=home)).house.ledger.read() as session:
        stages = session.exec(select(StageResult).order_by(StageResult.number)).all()
        (version,) = session.exec(select(Version)).all()
        return {
            "stages": [(row.number, row.state, row.rows_in, row.rows_out) for row in stages],
            "summaries": [row.summary for row in stages if row.number != Stage.PROFILE.number],
            "candidate": version.digest,
            "content": version.content,
            "number": version.number,
            "rows": version.rows,
        }


def finished_events(home: Path) -> Counter[int]:
    with Workspace.open(Settings(home=home)).house.ledger.read() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "stage finished"))
        return Counter(json.loads(event.data)["stage"] for event in events)


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("begun", marks=pytest.mark.exhaustive),
        "worked",
        pytest.param("recorded", marks=pytest.mark.exhaustive),
    ],
)
def test_killed_in_every_stage(
    moment: str, tmp_path: Path, sample: Path, keys: Path, uninterrupted: Path, workers: Workers
) -> None:
    home = new_home(tmp_path / "home", keys)
    journey = travel(home, sample, moment, workers)
    assert journey.kills == 17
    assert results(home) == results(uninterrupted)
    assert finished_events(home) == Counter({stage.number: 1 for stage in Stage})
    for table in (home / "shelf" / "customers", home / "vault" / "clean" / "customers"):
        assert len(snapshots.commits(table)) == 1, "one commit, however often the stage was begun"
    assert Workspace.open(Settings(home=home)).verify_audit(ANA).whole


def test_a_run_that_nobody_reviews_waits(uninterrupted: Path, sample: Path, workers: Workers) -> None:
    """Silence decides nothing: a worker with nothing to do leaves a waiting run as it is."""
    workspace = Workspace.open(Settings(home=uninterrupted))
    digest, file = workspace.fetch(ANA, str(sample))
    run = workspace.submit(ANA, "customers", input_digest=digest, file=file, force=True)
    journey = Journey(uninterrupted, NEVER, workers)
    journey.work(range(0))
    journey.work(range(0))
    assert workspace.see.strip(ANA, run).state is State.AWAITING_REVIEW
