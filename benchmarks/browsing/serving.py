"""The app of one home, started by the project's own command."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import environment
from governance.settings import PROJECT

START = 120
"""Seconds in which the app must answer."""


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of the app, with its worker; ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "governance", "serve", "--port", str(port)]
    there = {**environment(), "GOVERNANCE_HOME": str(home), "GOVERNANCE_PERSON": "ana"}
    with (home / "app.log").open("w") as log:
        process = subprocess.Popen(command, cwd=PROJECT, env=there, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the app did not start in {START} s: see {url}")
