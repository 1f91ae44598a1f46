"""axe finds nothing serious on any page, in light and in dark (WCAG 2.2 AA)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

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
    "cells by hand": "/triage?run={run}&item={item}&do=fix&repair=by-hand",
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
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that ask for colours."""
GROUND = "getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).backgroundColor"
"""The colour that everything stands on."""


@pytest.fixture(scope="module")
def run(app: App) -> str:
    """A run that awaits review; nothing is decided about it."""
    ws, ana = Workspace.open(Settings(home=app.home)), person("ana")
    digest, file = ws.keep_sample(ana, "customers", rows=400, seed=3)
    return ws.submit(ana, "customers", input_digest=digest, file=file)


@pytest.fixture
def clear(browser: Browser) -> Iterator[Page]:
    """A page in light whose colours follow the system's."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def test_nothing_serious_on_any_page(app: App, run: str, clear: Page) -> None:
    """Every rule in light; in dark those about colours, for nothing else of the page differs there."""
    ws, ana = Workspace.open(Settings(home=app.home)), person("ana")
    steward = Steward(clear, app.url)
    clear.goto(f"{app.url}/run?run={run}")
    steward.press("Review")
    item = next(one.key for one in ws.see.triage(ana, run).items if one.kind == "cluster")
    found = {}
    for name, place in PLACES.items():
        clear.goto(app.url + place.format(run=run, item=item))
        steward.see("Local mode")
        steward.rest()
        clear.wait_for_function(MENU)
        found[f"{name}, light"] = violations(clear)
        light = clear.evaluate(GROUND)
        clear.emulate_media(color_scheme="dark")
        clear.wait_for_function(f"light => {GROUND} !== light", arg=light)
        clear.evaluate("document.activeElement.blur()")
        clear.keyboard.press("r")  # the colours that the script chooses
        steward.rest()
        found[f"{name}, dark"] = violations(clear, rules=COLOURS)
        clear.emulate_media(color_scheme="light")
    said = [f"{name}: {one}" for name, serious in found.items() for one in serious]
    assert not said, "\n".join(said)


def violations(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe calls serious or critical, by these rules, or by all."""
    page.evaluate(AXE)
    options = {
        "resultTypes": ["violations"],
        **({"runOnly": {"type": "rule", "values": [*rules]}} if rules else {}),
    }
    answer: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for one in answer["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
