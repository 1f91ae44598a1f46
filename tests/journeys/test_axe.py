"""axe finds nothing serious on any page, in light and in dark (WCAG 2.2 AA)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Literal

import pytest
from desk import Steward
from playwright.sync_api import Browser, Page
from running import App

from governance.people import person
from governance.settings import Settings
from governance.workspace import Workspace

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
PLACES = {
    "inbox": "/",
    "submit": "/submit",
    "run": "/run?run={run}",
    "triage": "/triage?run={run}",
    "a card's rows": "/triage?run={run}&item={item}&rows=1",
    "a fix": "/triage?run={run}&item={item}&do=fix",
    "a waiver": "/triage?run={run}&item={item}&do=waive",
    "all in the filter": "/triage?run={run}&do=all",
    "privacy": "/privacy?run={run}",
    "release": "/release?run={run}",
    "contracts": "/contracts",
    "recipes": "/recipes",
    "versions": "/versions",
    "audit": "/audit",
    "my work": "/reviewing",
    "settings": "/settings",
    "no such run": "/triage?run=nothing",
}


MENU = """() => { const nav = document.querySelector('[data-testid="stSidebarNavItems"]');
    return !nav || [...nav.children].every(one => one.getAttribute('role') === 'list'); }"""
"""The menu's roles are set last."""


@pytest.fixture(scope="module")
def run(app: App) -> str:
    """A run that awaits review; nothing is decided about it."""
    ws, ana = Workspace.open(Settings(home=app.home)), person("ana")
    digest, file = ws.keep_sample(ana, "customers", rows=400, seed=3)
    return ws.submit(ana, "customers", input_digest=digest, file=file)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    scheme: Literal["light", "dark"] = request.param
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def test_nothing_serious_on_any_page(app: App, run: str, theme: Page) -> None:
    ws, ana = Workspace.open(Settings(home=app.home)), person("ana")
    steward = Steward(theme, app.url)
    theme.goto(f"{app.url}/run?run={run}")
    steward.press("Review")
    item = next(one.key for one in ws.see.triage(ana, run).items if one.kind == "cluster")
    found = {}
    for name, place in PLACES.items():
        theme.goto(app.url + place.format(run=run, item=item))
        steward.see("Local mode")
        steward.rest()
        theme.wait_for_function(MENU)
        if serious := violations(theme):
            found[name] = serious
    assert not found, "\n".join(f"{name}: {one}" for name, serious in found.items() for one in serious)


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    answer: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for one in answer["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
