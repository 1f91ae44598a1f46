"""Working folders of a home. They may hold people's values, so each names the host and the process that it belongs to,
and what a killed process left behind is found and deleted."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from governance.settings import Settings


def unmade(settings: Settings) -> Path:
    """A folder of a new name that is not there yet: whoever needs it makes it."""
    return _place(settings) / f"{_mine()}{uuid.uuid4().hex}"


@contextlib.contextmanager
def scratch(settings: Settings) -> Iterator[Path]:
    """An empty folder that is deleted with everything in it when the block ends."""
    with beside(unmade(settings)) as folder:
        yield folder


@contextlib.contextmanager
def beside(other: Path) -> Iterator[Path]:
    """The same, beside another working folder, which need not be there."""
    other.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=other.parent, prefix=_mine(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def sweep(settings: Settings) -> int:
    """Delete what processes of this host left behind that are no more; returns how many folders that were."""
    left = [folder for folder in _place(settings).iterdir() if _is_left(folder.name)]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _place(settings: Settings) -> Path:
    place = settings.root / "spill"
    place.mkdir(parents=True, exist_ok=True)
    return place


def _mine() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-"


def _is_left(name: str) -> bool:
    """Whether a folder belongs to a process of this host that has ended."""
    host, _, rest = name.rpartition("-")[0].rpartition("-")
    if host != socket.gethostname() or not rest.isdecimal():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
