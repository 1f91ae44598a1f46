"""The app of one home, started by the project's own command: for the measurement and for the tests' journeys."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from governance.settings import PROJECT

START = 120
"""Seconds in which the app must answer."""
TOLD = 2000
"""Characters from the end of its log that are told when it does not."""


@contextmanager
def serving(home: Path, log: Path, *, environment: Mapping[str, str]) -> Iterator[str]:
    """The address of the app, with its worker; ended at the end. RuntimeError, with what it said last, if it does
    not answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "governance", "serve", "--port", url.rpartition(":")[2]]
    there = {**environment, "GOVERNANCE_HOME": str(home)}
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=PROJECT, env=there, stdout=out, stderr=out)
        try:
            if not _answers(f"{url}/healthz", process):
                raise RuntimeError(f"the app did not start in {START} s: {log.read_text()[-TOLD:]}")
            yield url
        finally:
            process.terminate()
            process.wait(60)


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether it does, before the time is over and before the process ends."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.2)
    return False
