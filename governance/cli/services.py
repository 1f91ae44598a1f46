"""What stays running: the worker, and the app."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from governance.cli import telling
from governance.cli.desk import open_desk
from governance.cli.options import Json
from governance.errors import InputError, Refused
from governance.settings import PROJECT, is_loopback, settings

if TYPE_CHECKING:
    from governance.runner import Worker

TRIES = 5
"""Looks at the worker's name before it counts as taken: asking whether a worker runs has it for a moment."""


def worker(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Stop when nothing is left to do.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Work on what is queued, until SIGTERM or Ctrl-C. One process at a time is the worker."""
    from governance import runner

    desk = open_desk(as_json=as_json)
    for _ in range(TRIES):
        with runner.working(desk.house) as had:
            if had is not None:
                telling.aside(f"Worker {desk.settings.worker_id!r} on {desk.settings.root}.")
                _work(had, until_idle=until_idle)
                break
        time.sleep(0.2)
    else:
        raise Refused(
            f"Another process is the worker {desk.settings.worker_id!r} on {desk.settings.root}.",
            "Stop it first, or leave the work to it.",
        )
    if as_json:
        telling.document({"worker": desk.settings.worker_id, "home": str(desk.settings.root), "exit_code": 0})


def serve(
    address: Annotated[
        str, typer.Option(metavar="HOST", help="GOVERNANCE_ADDRESS when it is not given.")
    ] = "",
    port: Annotated[int, typer.Option(metavar="N", help="GOVERNANCE_PORT when it is not given.")] = 0,
) -> None:
    """Start the app. In local mode anyone who reaches it may act, so only loopback is allowed."""
    host, at = address or settings().address, port or settings().port
    if not is_loopback(host):
        raise Refused(
            f"Local mode does not listen on {host}: it has no sign-in, so anyone could act as anyone.",
            "Use 127.0.0.1, and a tunnel to reach it from elsewhere.",
        )
    app = PROJECT / "app.py"
    if not app.is_file():
        raise InputError(f"There is no app at {app}.", "Run this from a full copy of the project.")
    _must_be_free(host, at)
    telling.aside(f"Assay on http://{host}:{at}")
    sys.stderr.flush()
    environment = settings().environment()
    os.chdir(PROJECT)
    where = ["--server.address", host, "--server.port", str(at), "--server.headless", "true"]
    os.execve(sys.executable, [sys.executable, "-m", "streamlit", "run", str(app), *where], environment)  # noqa: S606


def _must_be_free(host: str, port: int) -> None:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host.strip("[]"), port), family=family).close()
    except OSError as error:
        raise InputError(
            f"Port {port} of {host} cannot be opened: {os.strerror(error.errno or 0).lower()}.",
            f"Assay may be running there already: look at http://{host}:{port}. If not, choose another by --port "
            "or GOVERNANCE_PORT.",
        ) from error


def _work(worker: Worker, *, until_idle: bool) -> None:
    from governance import runner

    with _until_told() as stop:
        if until_idle:
            worker.run_until(stop.is_set)
            return
        threading.Thread(target=runner.warm_up, name="warm-up", daemon=True).start()
        worker.run_forever(stop)


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that SIGTERM or Ctrl-C sets: the task at hand is finished first."""
    stop = threading.Event()
    before = {sign: signal.signal(sign, lambda *_: stop.set()) for sign in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
