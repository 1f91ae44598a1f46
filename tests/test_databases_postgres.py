"""A table of a real PostgreSQL, started for the test where one is installed; skipped, and said so, elsewhere."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from governance.bench import Bench, open_bench
from governance.errors import InputError
from governance.intake import fetch
from governance.settings import Settings
from governance.stages.load import load

SECRET = "s3cret"
TABLE = """
CREATE SCHEMA sales;
CREATE TABLE sales.orders (
    id int PRIMARY KEY, code text, price numeric(9, 2), x double precision, day date, at timestamptz,
    ok boolean, about jsonb, tags text[], raw bytea);
INSERT INTO sales.orders VALUES
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (1, '007', 1.50, 1e-7, '2024-05-01', '2024-05-01T12:00:00Z', true, '{"k": ["é"]}', '{a,b}', '\\x01ff');
"""


def _bin() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    here = shutil.which("initdb")
    return found[-1].parent if found else Path(here).parent if here else None


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL of the test's own, with its password in it."""
    tools = _bin()
    if tools is None:
        pytest.skip("PostgreSQL is not installed")
    root = os.geteuid() == 0
    if root and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no runuser")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, socket.socket() as probe:
        folder = Path(name)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        (folder / "password").write_text(SECRET)
        if root:
            shutil.chown(folder, "postgres")
            (folder / "password").chmod(0o644)
        run = ["runuser", "-u", "postgres", "--"] if root else []
        data = str(folder / "data")
        made = [
            f"{tools}/initdb",
            "-D",
            data,
            "-U",
            "ana",
            "-A",
            "scram-sha-256",
            f"--pwfile={folder}/password",
            "-N",
        ]
        subprocess.run([*run, *made], check=True, capture_output=True, cwd=folder)
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
        start = [f"{tools}/pg_ctl", "-D", data, "-o", options, "-l", f"{folder}/log", "-w"]
        subprocess.run([*run, *start, "start"], check=True, capture_output=True, cwd=folder)
        try:
            address = f"postgresql://ana:{SECRET}@127.0.0.1:{port}/postgres"
            with psycopg.connect(address) as raw:
                raw.execute(TABLE)
            yield address
        finally:
            stop = [f"{tools}/pg_ctl", "-D", data, "-m", "immediate", "stop"]
            subprocess.run([*run, *stop], check=False, capture_output=True, cwd=folder)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path, threads=1))


def test_a_table_is_read_as_text_in_the_order_of_its_key(bench: Bench, server: str) -> None:
    digest, name = fetch(bench, f"{server}?table=sales.orders")
    loaded = load(bench, input_digest=digest, file=name)
    first, second = (tuple(row.values()) for row in pq.read_table(loaded.bronze.path).to_pylist())
    assert name == "sales.orders.parquet"
    assert first == (
        "1", "007", "1.50", "0.0000001", "2024-05-01", "2024-05-01 12:00:00+00:00", "true", '{"k": ["é"]}',
        '["a", "b"]', "01ff",
    )  # fmt: skip
    assert second == ("2", *[None] * 9)


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM sales.orders RETURNING id) SELECT * FROM gone",
        "SELECT setval('nothing', 1)",
        "SELECT * FROM sales.orders WHERE code = 1",
    ],
    ids=["writes", "no sequence", "no operator"],
)
def test_nothing_is_written_and_nothing_of_the_driver_is_said(bench: Bench, server: str, query: str) -> None:
    with pytest.raises(InputError) as caught:
        fetch(bench, server, query=query)
    assert SECRET not in str(caught.value)
    assert "sales" not in str(caught.value)
    assert fetch(bench, server, query="SELECT count(*) AS n FROM sales.orders")


def test_a_wrong_password_is_refused_and_not_said(bench: Bench, server: str) -> None:
    with pytest.raises(InputError, match="does not let this user in") as caught:
        fetch(bench, server.replace(SECRET, "wr0ng") + "?table=sales.orders")
    assert "wr0ng" not in str(caught.value)
