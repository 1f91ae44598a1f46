"""Working folders: gone when their block ends, and when their process was killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from drive import Desk

from governance import runner
from governance.scratch import beside, scratch, sweep, unmade
from governance.settings import Settings

KILLED = """
import os, signal, sys
from governance.engines.duckdb import open_engine
from governance.scratch import scratch
from governance.settings import Settings

settings = Settings(home=sys.argv[1])
with scratch(settings) as folder, open_engine(settings) as engine:
    (folder / "values.csv").write_text("mara")
    spill = engine.value("SELECT current_setting('temp_directory')")
    os.makedirs(spill)
    open(spill + "/rows", "w").write("mara")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def left(settings: Settings) -> list[str]:
    return sorted(one.name for one in (settings.root / "spill").iterdir())


def test_a_folder_goes_with_its_block(settings: Settings) -> None:
    with pytest.raises(KeyError), scratch(settings) as folder:
        (folder / "deep").mkdir()
        raise KeyError
    assert left(settings) == []
    with beside(unmade(settings)) as folder:
        assert folder.parent == settings.root / "spill"


def test_what_a_killed_process_left_is_swept_and_nothing_else(settings: Settings) -> None:
    command = [sys.executable, "-c", KILLED, str(settings.root)]
    assert subprocess.run(command, cwd=Path(__file__).parents[1], timeout=60, check=False).returncode == -9
    assert len(left(settings)) == 2
    host, mine = socket.gethostname(), os.getpid()
    stay = [f"{host}-{mine}-a", "elsewhere-1-a", f"{host}-1-a", f"{host}-x-a", "a", f"{host}-{10**30}-a"]
    for name in stay:
        (settings.root / "spill" / name).mkdir()
    assert sweep(settings) == 2
    assert left(settings) == sorted(stay)


def test_a_worker_sweeps_before_it_works(settings: Settings, tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    folder = unmade(settings)
    folder = folder.with_name(folder.name.replace(f"-{os.getpid()}-", f"-{gone.stdout.strip()}-"))
    folder.mkdir()
    with runner.working(desk.ws.house) as worker:
        assert worker
        assert not folder.exists()
    desk.close()
