"""The worker process that the app starts when none works, and ends when it ends."""

from __future__ import annotations

import atexit
import subprocess
import sys
import threading
import time

from governance.house import House
from governance.settings import PROJECT
from pages.parts.session import workspace

_START = """import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module("governance", run_name="__main__", alter_sys=True)"""
"""`python -m governance`, found from any working folder; ours decides what relative settings mean."""
AGAIN = 15.0
"""Seconds between two tries to start one that ends at once."""
_lock = threading.Lock()
_child: subprocess.Popen[bytes] | None = None
_tried = -AGAIN


def is_working() -> bool:
    """Whether a process works on this installation's runs: ours, or one started elsewhere."""
    return _alive() or _held(workspace().house)


def start_worker() -> None:
    """Start `governance worker` unless one works, with our environment, folder and settings."""
    global _child, _tried
    with _lock:
        if is_working() or time.monotonic() - _tried < AGAIN:
            return
        _tried = time.monotonic()
        log = workspace().house.settings.root / "logs" / "worker.log"
        with log.open("ab") as out:
            _child = subprocess.Popen(
                [sys.executable, "-c", _START, str(PROJECT), "worker"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        atexit.register(stop_worker)


def stop_worker() -> None:
    """End our worker. A stage cut off is done again, from its beginning, by the next worker."""
    global _child
    with _lock:
        if _child is not None and _child.poll() is None:
            _child.terminate()
            try:
                _child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                _child.kill()
        _child = None


def _alive() -> bool:
    return _child is not None and _child.poll() is None


def _held(house: House) -> bool:
    """Whether another process holds the worker's lock."""
    with house.bench.vault.lock(f"worker-{house.settings.worker_id}", wait=False) as had:
        return not had
