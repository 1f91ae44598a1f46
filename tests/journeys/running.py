"""A running app, as the journeys' tests name it, and how it is started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = 90


@dataclass(frozen=True)
class App:
    """Its address and its home."""

    url: str
    home: Path


@contextmanager
def serving(folder: Path) -> Iterator[App]:
    """`python -m governance serve` on a home of its own, with its worker; ended at the end."""
    port, home = free_port(), folder / "home"
    environment = {**os.environ, "GOVERNANCE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "governance", "serve", "--port", str(port)]
    log = (folder / "app.log").open("w")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process, folder / "app.log")
        yield App(f"http://127.0.0.1:{port}", home)
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
