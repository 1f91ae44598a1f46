"""Engines of one process share an instance of DuckDB, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from governance.engines import instances
from governance.engines.duckdb import Engine, open_engine
from governance.errors import TerminalFault
from governance.settings import PROJECT, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


MAKES = {
    "table": "CREATE TABLE made AS SELECT {n} AS n",
    "temporary table": "CREATE TEMP TABLE made AS SELECT {n} AS n",
    "view": "CREATE VIEW made AS SELECT {n} AS n",
    "temporary view": "CREATE TEMP VIEW made AS SELECT {n} AS n",
    "type": "CREATE TYPE kind AS ENUM ('{n}'); CREATE TABLE made AS SELECT '{n}'::kind AS n",
}


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES.keys())
def test_what_one_makes_no_other_sees(settings: Settings, make: str) -> None:
    with open_engine(settings) as first, open_engine(settings) as second:
        first.run(make.format(n=1))
        with pytest.raises(TerminalFault):
            second.value("SELECT n FROM made")
        second.run(make.format(n=2))
        assert (int(first.value("SELECT n FROM made")), int(second.value("SELECT n FROM made"))) == (1, 2)
    with open_engine(settings) as third, pytest.raises(TerminalFault):
        third.value("SELECT n FROM made")


def test_a_variable_is_one_engines_own(settings: Settings) -> None:
    with open_engine(settings) as first, open_engine(settings) as second:
        first.run("SET VARIABLE secret = 'key'")
        assert second.value("SELECT getvariable('secret')") is None


def test_a_locked_engine_locks_no_other(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("a\n1\n")
    query = f"SELECT count(*) FROM read_csv('{file}')"
    with open_engine(settings, alone=True) as locked, open_engine(settings) as other:
        locked.lock()
        with pytest.raises(TerminalFault):
            locked.value(query)
        assert other.value(query) == 1
        assert other.value("SELECT current_setting('disabled_optimizers')") == ""


@pytest.mark.parametrize("alone", [False, True])
def test_times_with_an_offset_are_in_utc_wherever_the_machine_is(settings: Settings, alone: bool) -> None:
    with open_engine(settings, alone=alone) as engine:
        assert engine.value("SELECT current_setting('TimeZone')") == "UTC"  # a machine in UTC says Etc/UTC


def test_engines_in_many_threads(settings: Settings) -> None:
    def ask(n: int) -> int:
        with open_engine(settings) as engine:
            engine.run(f"CREATE TABLE numbers AS SELECT {n} AS n FROM range(1000)")
            return int(engine.value("SELECT sum(n) FROM numbers"))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(64))) == [n * 1000 for n in range(64)]


def test_another_home_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    first, second = (Settings(home=tmp_path / name) for name in ("first", "second"))
    with open_engine(first) as engine:
        folder = _spill(engine)
        folder.mkdir()
        with open_engine(second) as other:
            assert _spill(other).is_relative_to(second.root)
        assert engine.value("SELECT 1") == 1  # still in use
        assert folder.is_dir()
    assert not folder.exists()
    assert len(instances._shared) == 1


LEAVES = {
    "nothing": (),
    "a table": ("CREATE TABLE made AS SELECT 1 AS n",),
    "files in its cache": ("CREATE TABLE made AS SELECT * FROM read_parquet('{file}')",),
}


@pytest.fixture
def none_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "_spare", [])


@pytest.mark.usefixtures("none_kept")
@pytest.mark.parametrize("left", LEAVES.values(), ids=LEAVES.keys())
def test_one_that_nobody_uses_moves_to_another_home_and_takes_nothing_along(
    tmp_path: Path, left: tuple[str, ...]
) -> None:
    first, second = (Settings(home=tmp_path / name) for name in ("first", "second"))
    file = tmp_path / "file.parquet"
    with open_engine(first, alone=True) as engine:
        engine.run(f"COPY (SELECT range AS n FROM range(1000)) TO '{file}'")
        for make in left:
            engine.run(make.format(file=file))
        with engine.filters_where_written():
            engine.value("SELECT 1")
    (kept,) = instances._spare
    assert kept.connection.execute("SELECT count(*) FROM duckdb_external_file_cache()").fetchall() == [(0,)]
    with open_engine(second, alone=True) as engine:
        assert instances._spare == []
        assert _spill(engine).parent == second.root / "spill"
        assert engine.rows("SELECT table_name FROM duckdb_tables()") == []
        assert engine.value("SELECT current_setting('disabled_optimizers')") == ""
        assert engine.value("SELECT current_setting('TimeZone')") == "UTC"
        assert engine.value("SELECT current_setting('enable_external_file_cache')") is True


@pytest.mark.usefixtures("none_kept")
def test_one_that_was_locked_or_has_spilled_is_not_kept(tmp_path: Path) -> None:
    small = Settings(home=tmp_path, memory_limit="60MB", threads=1)
    with open_engine(small, alone=True) as engine:
        engine.lock()
    with open_engine(small, alone=True) as engine:
        engine.run(
            "CREATE TABLE wide AS SELECT md5(range::VARCHAR) AS a, md5((range + 1)::VARCHAR) AS b FROM range(2000000)"
        )
        assert _spill(engine).is_dir()
    assert instances._spare == []
    assert list((tmp_path / "spill").iterdir()) == []


@pytest.mark.usefixtures("none_kept")
def test_who_has_other_limits_gets_a_new_one_and_few_are_kept(tmp_path: Path) -> None:
    for limit in ("100MB", "200MB", "300MB", "400MB"):
        with open_engine(Settings(home=tmp_path, memory_limit=limit), alone=True) as engine:
            said = str(engine.value("SELECT current_setting('memory_limit')"))
            assert said.startswith(f"{int(limit[:3]) * 1e6 / 2**20:.2f}"[:4])
    assert [one.limits[0] for one in instances._spare] == ["300MB", "400MB"]


def _spill(engine: Engine) -> Path:
    return Path(str(engine.value("SELECT current_setting('temp_directory')")))


FORK = """
import os, sys
from governance.engines import instances
from governance.engines.duckdb import open_engine
from governance.settings import Settings

settings = Settings(home=sys.argv[1])
query = "SELECT count(DISTINCT range) FROM range(500000)"
with open_engine(settings) as engine:
    child = os.fork()
    with open_engine(settings) as own:
        assert own.value(query) == 500_000
        os.makedirs(own.value("SELECT current_setting('temp_directory')"), exist_ok=True)
    if not child:
        instances._retire()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert engine.value(query) == 500_000
"""


def test_a_child_process_makes_its_own_and_nothing_is_left_on_disk(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORK, str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=60)
    assert list((tmp_path / "spill").iterdir()) == []
