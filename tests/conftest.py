"""What tests of the whole house share: samples, and homes in which a run already awaits review.

Preparing a run costs a second or two, so a home is made once a session and copied for each test: tables are
found by name where the vault is now. The environment's own settings are put aside.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import effort
import hypothesis
import pytest
from drive import Desk, Template, customers
from streamlit.components.v2 import manifest_scanner

from governance import pipeline
from governance.stages.expectations import Expected


def pytest_configure(config: pytest.Config) -> None:
    """Where nothing is left out (`make test-all`), properties are tried on many examples, and new ones each time."""
    hypothesis.settings.load_profile(effort.STEADY if config.option.markexpr else effort.THOROUGH)


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """No `GOVERNANCE_…` of the machine reaches a test."""
    ours = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GOVERNANCE_")}
    yield
    os.environ.update(ours)


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once() -> Iterator[None]:
    """Each `AppTest.run` reads what every installed package says of itself, in search of Streamlit components:
    a third of a second, and the answer is the same all along."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(scope="module")
def without_expectations() -> Iterator[None]:
    """Great Expectations left out of a module: it judges a revision, changes nothing in it, and takes its time."""
    left_out = Expected(summary="left out", suite="", sampled=0, results=())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "expect", lambda *_, **__: left_out)
        yield


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files of customers; the first has unreadable lines and a column that nobody promised."""
    folder = tmp_path_factory.mktemp("samples")
    return customers(folder, seed=1, unreadable=3, notes=True), customers(folder, seed=2)


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory: pytest.TempPathFactory, samples: tuple[Path, Path]) -> Template:
    """A home with one run that awaits review."""
    desk = Desk.at(tmp_path_factory.mktemp("template") / "reviewed")
    return Template(desk, desk.run(samples[0]))


@pytest.fixture(scope="session")
def published(
    tmp_path_factory: pytest.TempPathFactory, reviewed: Template, samples: tuple[Path, Path]
) -> Template:
    """A home with version 1, and a second file that awaits review."""
    desk = reviewed.desk.copy(tmp_path_factory.mktemp("template") / "published")
    desk.publish(reviewed.run)
    return Template(desk, desk.run(samples[1]))


@pytest.fixture
def desk(reviewed: Template, tmp_path: Path) -> Iterator[Desk]:
    """A home of the test's own with one run that awaits review: `run`."""
    desk = reviewed.desk.copy(tmp_path / "home")
    yield desk
    desk.close()


@pytest.fixture
def run(reviewed: Template) -> str:
    return reviewed.run


@pytest.fixture
def later(published: Template, tmp_path: Path) -> Iterator[Desk]:
    """A home of the test's own with version 1, and a second run that awaits review: `second`."""
    desk = published.desk.copy(tmp_path / "home")
    yield desk
    desk.close()


@pytest.fixture
def second(published: Template) -> str:
    return published.run


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Desk]:
    """A home in which nothing has happened yet."""
    desk = Desk.at(tmp_path / "home")
    yield desk
    desk.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it last when the browser journeys were skipped: silence would look like success."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "journeys" in report.nodeid]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} browser journeys skipped: Chromium is missing.", yellow=True
        )
