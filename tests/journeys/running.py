"""A running app, as the journeys' tests name it, and how it is started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.browsing import serving as starting
from governance.settings import PROJECT


@dataclass(frozen=True)
class App:
    """Its address and its home."""

    url: str
    home: Path


@contextmanager
def serving(folder: Path) -> Iterator[App]:
    """`python -m governance serve` on a home of its own, with its worker; ended at the end."""
    home, environment = folder / "home", {**os.environ, "PYTHONPATH": str(PROJECT)}
    with starting.serving(home, folder / "app.log", environment=environment) as url:
        yield App(url, home)
