"""The app as a steward meets it: started by the project's own command, driven in headless Chromium.

Without Chromium the journeys are skipped, and the last line of the tests says so; where ASSAY_JOURNEYS is
`required` (CI) that is a failure.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from running import App

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
START = 90


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@pytest.fixture
def app(tmp_path: Path, browser: Browser) -> Iterator[App]:
    """`python -m governance serve` on a home of its own, with its worker; ended with the test."""
    port, home = free_port(), tmp_path / "home"
    environment = {**os.environ, "GOVERNANCE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "governance", "serve", "--port", str(port)]
    log = (tmp_path / "app.log").open("w")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process, tmp_path / "app.log")
        yield App(f"http://127.0.0.1:{port}", home)
    finally:
        process.terminate()
        process.wait(20)


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


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the app ended: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the app did not start in {START} s: {log.read_text()[-2000:]}")
