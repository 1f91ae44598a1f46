"""From the first visit to a rollback, by clicks alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from desk import Steward
from playwright.sync_api import Browser, Page, expect
from running import App, serving

from governance.people import person
from governance.sample import make_sample
from governance.settings import Settings
from governance.workspace import Workspace

pytestmark = pytest.mark.browser

DATASETS = ("customers", "divers")
"""In the order of their sample buttons."""


@pytest.fixture
def app(tmp_path: Path, browser: Browser) -> Iterator[App]:
    """A first visit needs a home in which nothing has happened."""
    with serving(tmp_path) as app:
        yield app


@pytest.mark.parametrize("dataset", [DATASETS[0], pytest.param(DATASETS[1], marks=pytest.mark.exhaustive)])
def test_from_a_first_visit_to_a_rollback(dataset: str, app: App, page: Page, tmp_path: Path) -> None:
    ana = Steward(page, app.url)
    page.goto(app.url)
    expect(page.get_by_role("button", name="Run the sample file")).to_have_count(2, timeout=90_000)
    page.get_by_role("button", name="Run the sample file").nth(DATASETS.index(dataset)).click()
    ana.press("Review")
    first = ana.run()
    fixed, waived, rejected, edited = clusters(app, first)
    edit_a_cell(ana, edited)
    ana.decide(fixed, "Fix", "slipped in at the counter")
    ana.decide(waived, "Waive", "known to the branch")
    ana.decide(rejected, "Reject", "cannot be used")
    accept_breaches(ana)
    publish(ana, 1)

    other = tmp_path / "second.csv"
    make_sample(dataset, rows=800, seed=99, out=other, truth=tmp_path / "truth.csv", today=date.today())
    ana.be("Ana")
    submit(ana, app, other, dataset)
    accept_breaches(ana)
    publish(ana, 2)

    ana.be("Ana")
    roll_back(ana, app, dataset)
    ana.see(re.compile("row for row"))
    versions_agree(app, dataset)

    page.goto(f"{app.url}/run?run={first}&tab=Reports")
    ana.see(re.compile("Failing cells|Findings"))
    assert json.loads(ana.download(re.compile("JSON"), tmp_path))["run"] == first
    assert "<html" in ana.download(re.compile("HTML"), tmp_path)

    page.goto(f"{app.url}/audit")
    ana.press("Verify the log")
    ana.see(re.compile("The log is whole"))


def clusters(app: App, run: str) -> tuple[str, str, str, str]:
    """Titles of a cluster that a proposed repair mends, of one that can be waived, and of two others."""
    see, ana = Workspace.open(Settings(home=app.home)).see, person("ana")
    items = [item for item in see.triage(ana, run).items if item.kind == "cluster" and len(item.rules) == 1]
    fixed = next(i for i in items if any(one.passes for one in see.proposals(ana, run, i.key)))
    waived = next(item for item in items if item.waivable and item != fixed)
    rejected, edited, *_ = (item for item in items if item not in (fixed, waived))
    return fixed.title, waived.title, rejected.title, edited.title


def edit_a_cell(steward: Steward, title: str) -> None:
    """In the grid, by keys alone: letters are no shortcuts while it is open."""
    steward.open_item(title)
    steward.page.keyboard.press("e")
    expect(steward.page.locator("[data-testid=stDataFrame] td:focus")).to_have_count(1, timeout=90_000)
    steward.rest()
    steward.page.keyboard.press("ArrowRight")
    for key in ("a", "u", "j", "7", "Enter"):
        steward.page.keyboard.press(key, delay=80)
    steward.see(re.compile("in 1 row edited"))
    steward.rest()
    steward.page.keyboard.press("Alt+Enter")
    expect(steward.page.get_by_label("Reason").last).to_be_focused(timeout=90_000)
    steward.write("Reason", "called them")
    steward.page.keyboard.press("Alt+Enter")
    steward.see(re.compile("Fixed 1 row"))


def accept_breaches(steward: Steward) -> None:
    """Accept every breach that still waits."""
    for _ in range(5):
        steward.rest()
        waiting = steward.page.get_by_role("button", name=re.compile(r"promised at (least|most)"))
        open_ones = [one for one in waiting.all() if "◕" in one.inner_text() or "◑" in one.inner_text()]
        if not open_ones:
            return
        open_ones[0].click()
        steward.rest()
        steward.write("Reason", "known, and told to the supplier")
        steward.press("Accept the breach")


def publish(steward: Steward, version: int) -> None:
    """As Ben: approve the plan where it is new, approve the candidate, publish."""
    run = steward.run()
    steward.be("Ben")
    steward.page.goto(f"{steward.url}/release?run={run}")
    steward.be("Ben")
    steward.rest()
    plan = steward.button(re.compile("Approve the masking plan"))
    if plan.count():
        steward.press(re.compile("Approve the masking plan"))
    steward.press(re.compile("Approve candidate"))
    steward.press(f"Publish version {version}")
    steward.see(re.compile(f"Version {version} is published"))


def submit(steward: Steward, app: App, path: Path, dataset: str) -> None:
    """Upload a file on the Submit page and wait for its review."""
    steward.page.get_by_role("link", name="Submit", exact=True).first.click()
    steward.page.wait_for_url(re.compile("/submit"))
    steward.rest()
    steward.page.locator("input[type=file]").set_input_files(path)
    steward.see(re.compile("first .*lines|First .*lines"))
    steward.press(re.compile("^.*Start"))
    steward.press("Review")


def roll_back(steward: Steward, app: App, dataset: str) -> None:
    """Ana asks, Ben approves."""
    steward.page.goto(f"{app.url}/versions?dataset={dataset}")
    steward.press("Roll back to 1")
    steward.write("Reason", "the second file was the wrong one")
    steward.press("Ask to roll back to 1")
    steward.be("Ben")
    steward.press("Approve the rollback")
    steward.see(re.compile("version 3", re.IGNORECASE))


def versions_agree(app: App, dataset: str) -> None:
    """Version 3 equals version 1, row for row, on the shelf itself."""
    see = Workspace.open(Settings(home=app.home)).see
    assert [line.number for line in see.versions(person("dan"), dataset).versions] == [3, 2, 1]
    assert see.difference(person("dan"), dataset, 1, 3).same
    assert not see.difference(person("dan"), dataset, 1, 2).same
