"""The app as a steward meets it: started by the project's own command, driven in headless Chromium.

Without Chromium the journeys are skipped, and the last line of the tests says so; where ASSAY_JOURNEYS is
`required` (CI) that is a failure.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from running import App, serving

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module. Playwright keeps an event loop running in this thread for as long as it lives, and
    the worker's tests, which may be next in this process, cannot be called while one runs."""
    path = chromium()
    if path is None:
        if os.environ.get("ASSAY_JOURNEYS") == "required":
            pytest.fail("Chromium is missing, and this run must not skip the browser journeys.")
        pytest.skip("browser journeys skipped: Chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[App]:
    """An app for the journeys of a module, each with runs of its own: to start one costs twenty seconds of work."""
    with serving(tmp_path_factory.mktemp("app")) as app:
        yield app


@pytest.fixture
def page(browser: Browser, app: App, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of 1440 × 900; a screenshot of where it stood is left in test-artifacts/ when the test fails."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, accept_downloads=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(45_000)
    yield page
    artifacts = ROOT / "test-artifacts"
    artifacts.mkdir(exist_ok=True)
    page.screenshot(path=artifacts / f"{request.node.name}.png", full_page=True)
    context.close()
