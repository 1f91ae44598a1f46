"""A real installation with two published versions, a rollback, and runs that wait: made once a process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from streamlit.testing.v1 import AppTest

from governance import duties
from governance.people import Person, person
from governance.review.choices import Action
from governance.sample import make_sample
from governance.settings import Settings
from governance.workspace import Workspace
from storage.models import Task, now

ANA, BEN, CLEO, DAN = map(person, ("ana", "ben", "cleo", "dan"))
PAGES = Path(__file__).resolve().parent.parent / "pages"


class Made(NamedTuple):
    home: Path
    waiting: str
    """A run of customers whose plan is approved and whose breach is accepted."""
    published: str
    unplanned: str
    """A run of divers: a breach is open, its plan is not approved."""
    queued: str


@cache
def made() -> Made:
    home = Path(tempfile.mkdtemp(prefix="assay-pages-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    workspace = Workspace.open(Settings(home=home))
    first = submit(workspace, "customers", 1)
    publish(workspace, first, "First delivery")
    publish(workspace, submit(workspace, "customers", 2), "Second delivery")
    workspace.ask_rollback(ANA, "customers", 1, reason="Mixed up")
    wish = workspace.see.versions(BEN, "customers").rollbacks[0]
    workspace.approve_rollback(BEN, wish.id, digest=wish.digest)
    work(workspace)
    waiting = submit(workspace, "customers", 3)
    accept(workspace, waiting)
    unplanned = submit(workspace, "divers", 4)
    queued = submit(workspace, "divers", 5, then_work=False)
    return Made(home, waiting, first, unplanned, queued)


def work(workspace: Workspace) -> None:
    """What a worker does, here and now."""

    def durable(_: str, do: Callable[[], str]) -> str:
        return do()

    from sqlmodel import select

    with workspace.house.ledger.read() as session:
        waiting = session.exec(select(Task).where(Task.state == "queued").order_by(Task.queued_at)).all()
    for task in waiting:
        kind, subject, *rest = task.id.split(":")
        if kind in ("prepare", "revise"):
            duties.prepare(workspace.house, subject, int(rest[0]), durable)
        elif kind == "release":
            duties.release(workspace.house, subject, durable)
        else:
            duties.roll_back(workspace.house, subject, durable)
        with workspace.house.ledger.write() as session:
            row = session.get_one(Task, task.id)
            row.state = "done"
            session.add(row)


def submit(workspace: Workspace, dataset: str, seed: int, *, then_work: bool = True) -> str:
    folder = workspace.house.settings.root
    file, truth = folder / f"{dataset}-{seed}.csv", folder / "truth.csv"
    make_sample(dataset, rows=300, seed=seed, out=file, truth=truth, today=now().date(),
                notes=dataset == "customers")  # fmt: skip
    run = workspace.submit(
        ANA, dataset, input_digest=workspace.keep_upload(ANA, file.read_bytes()), file=file.name
    )
    if then_work:
        work(workspace)
    return run


def accept(workspace: Workspace, run: str) -> None:
    for item in workspace.see.triage(ANA, run).items:
        if item.required and item.state == "open":
            workspace.decide(ANA, run, item.key, Action.ACCEPT, reason="Known and small")


def publish(workspace: Workspace, run: str, reason: str) -> None:
    accept(workspace, run)
    plan = workspace.see.privacy(BEN, run)
    assert plan
    if not plan.approved:
        workspace.approve_plan(BEN, run, digest=plan.plan_digest, reason="As agreed")
    workspace.approve(BEN, run, digest=workspace.see.run(BEN, run).candidate, reason="Looked at it")
    workspace.publish(ANA, run, reason=reason)
    work(workspace)


def copied(folder: Path) -> Workspace:
    """A copy of the installation that a test may change."""
    home = folder / "home"
    shutil.copytree(made().home, home)
    return Workspace.open(Settings(home=home))


def for_reading(monkeypatch: pytest.MonkeyPatch) -> Made:
    """A fixture: the installation, for reading only."""
    monkeypatch.setenv("GOVERNANCE_HOME", str(made().home))
    return made()


def to_change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workspace:
    """A fixture: a copy of it to change."""
    workspace = copied(tmp_path)
    monkeypatch.setenv("GOVERNANCE_HOME", str(workspace.house.settings.root))
    return workspace


def press(test: AppTest, label: str) -> None:
    """Press the button that says so."""
    next(one for one in test.button if one.label == label).click().run()


def unfold(test: AppTest, key: str) -> None:
    """Open what is folded away: it is drawn only then."""
    test.session_state[key] = True
    test.run()


def page(name: str, who: Person, **query: str) -> AppTest:
    """A page as a person sees it. GOVERNANCE_HOME names the home: the fixtures set it."""
    test = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30)
    test.session_state["person"] = who.name
    for key, value in query.items():
        test.query_params[key.rstrip("_")] = value
    return test.run()


def text(test: AppTest) -> str:
    """Everything that a page says."""
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.success)
    said = [element.value for kind in kinds for element in kind]
    return "\n".join(str(one).replace("\\", "") for one in said)
