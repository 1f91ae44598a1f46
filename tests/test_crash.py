"""A worker killed in every stage, one after the other, gives the result of one that was never killed."""

from __future__ import annotations

import json
import shutil
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

from governance.answers.triage import ItemLine
from governance.errors import Stale
from governance.people import person
from governance.review.choices import Action
from governance.sample import make_sample
from governance.settings import Settings
from governance.stages import Stage
from governance.states import State
from governance.workspace import Workspace
from storage import snapshots
from storage.models import AuditEvent, Run, StageResult, Version

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

    def run(self, home: Path, what: int | tuple[str, str, int], moment: str) -> int:
        """How a worker of that home ended, or an app in which an item was decided about: 0, or minus the signal that
        killed it."""
        assert self._process.stdin and self._process.stdout
        print(json.dumps([str(home), what, moment]), file=self._process.stdin, flush=True)
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


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory, sample: Path, keys: Path, workers: Workers) -> Path:
    """A home with a run that awaits review."""
    home = new_home(tmp_path_factory.mktemp("waiting"), keys)
    workspace = Workspace.open(Settings(home=home))
    digest, file = workspace.fetch(ANA, str(sample))
    workspace.submit(ANA, "customers", input_digest=digest, file=file)
    assert workers.run(home, 0, NEVER) == 0
    workspace.house.ledger.close()
    return home


@dataclass
class Review:
    """A copy of that home, and what a person and a worker make of its one run."""

    home: Path
    workers: Workers
    run: str = ""

    def __post_init__(self) -> None:
        self.ws = Workspace.open(Settings(home=self.home))
        with self.ws.house.ledger.read() as session:
            (self.run,) = session.exec(select(Run.id)).all()

    def clusters(self) -> list[ItemLine]:
        return [one for one in self.ws.see.triage(ANA, self.run).items if one.kind == "cluster"]

    def reject(self, item: ItemLine) -> int:
        return self.ws.decide(
            ANA, self.run, item.key, Action.REJECT, reason="cannot be used", seen=item.version
        )

    def work(self, *stages: int) -> None:
        for number in stages:
            assert self.workers.run(self.home, number, "worked") == -signal.SIGKILL
        assert self.workers.run(self.home, 0, NEVER) == 0

    def outcome(self) -> tuple[object, ...]:
        """What the decisions came to; the audit log is whole."""
        assert self.ws.verify_audit(ANA).whole
        seen, triage = self.ws.see.run(ANA, self.run), self.ws.see.triage(ANA, self.run)
        said = [(one.item, one.action, one.person) for one in triage.decisions]
        return seen.candidate, said, [(one.key, one.state, one.rows) for one in triage.items]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, waiting: Path, workers: Workers) -> tuple[object, ...]:
    """Two items rejected, and nothing killed."""
    review = Review(shutil.copytree(waiting, tmp_path_factory.mktemp("review") / "home"), workers)
    for item in review.clusters()[:2]:
        review.reject(item)
    review.work()
    return review.outcome()


def test_a_worker_killed_while_it_applies_decisions(
    tmp_path: Path, waiting: Path, calm: tuple[object, ...], workers: Workers
) -> None:
    review = Review(shutil.copytree(waiting, tmp_path / "home"), workers)
    first, second, *_ = review.clusters()
    review.reject(first)
    assert workers.run(review.home, Stage.CLEAN.number, "worked") == -signal.SIGKILL
    review.reject(second)  # while no worker lives
    review.work(Stage.QUARANTINE.number, Stage.MASK.number)
    assert review.outcome() == calm


def test_an_app_killed_before_a_decision_is_recorded_has_decided_nothing(
    tmp_path: Path, waiting: Path, calm: tuple[object, ...], workers: Workers
) -> None:
    review = Review(shutil.copytree(waiting, tmp_path / "home"), workers)
    before = review.outcome()
    first, second, *_ = review.clusters()
    killed = workers.run(review.home, (review.run, first.key, first.version), "saying")
    assert killed == -signal.SIGKILL
    assert review.outcome() == before
    review.reject(first)
    review.reject(second)
    review.work()
    assert review.outcome() == calm


def test_an_app_killed_after_a_decision_is_recorded_has_decided_once(
    tmp_path: Path, waiting: Path, calm: tuple[object, ...], workers: Workers
) -> None:
    review = Review(shutil.copytree(waiting, tmp_path / "home"), workers)
    first, second, *_ = review.clusters()
    killed = workers.run(review.home, (review.run, first.key, first.version), "said")
    assert killed == -signal.SIGKILL
    with pytest.raises(Stale):  # whoever presses again is told, and nothing is decided twice
        review.reject(first)
    review.reject(second)
    review.work()
    assert review.outcome() == calm


def test_a_run_that_nobody_reviews_waits(uninterrupted: Path, sample: Path, workers: Workers) -> None:
    """Silence decides nothing: a worker with nothing to do leaves a waiting run as it is."""
    workspace = Workspace.open(Settings(home=uninterrupted))
    digest, file = workspace.fetch(ANA, str(sample))
    run = workspace.submit(ANA, "customers", input_digest=digest, file=file, force=True)
    journey = Journey(uninterrupted, NEVER, workers)
    journey.work(range(0))
    journey.work(range(0))
    assert workspace.see.strip(ANA, run).state is State.AWAITING_REVIEW
