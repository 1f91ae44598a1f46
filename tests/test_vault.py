"""The vault: bytes once by digest, tables whole or not at all, and a digest of what a table says."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.vault import CHUNK, Vault, content_digest


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "home" / "vault")


def left_over(vault: Vault) -> list[Path]:
    return list(vault.root.glob("**/.*"))


def test_folders_are_readable_by_their_owner_only(vault: Vault) -> None:
    for folder in ("raw", "tables", "notes", "keys", "locks"):
        assert stat.S_IMODE((vault.root / folder).stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "data",
    [b"", b"a,b\n1,2\n", b"\0\xff\xfe" * 5, b"x" * (CHUNK * 2 + 1)],
    ids=["empty", "csv", "bytes", "chunks"],
)
def test_bytes_are_kept_as_they_are_under_their_digest(vault: Vault, data: bytes) -> None:
    digest, path = vault.keep_bytes(io.BytesIO(data))
    assert digest == hashlib.sha256(data).hexdigest()
    assert (path, path.read_bytes()) == (vault.raw(digest), data)


def test_the_same_bytes_are_kept_once(vault: Vault) -> None:
    first, again = vault.keep_bytes(io.BytesIO(b"same")), vault.keep_bytes(io.BytesIO(b"same"))
    assert first == again
    assert [path.name for path in (vault.root / "raw").iterdir()] == [first[0]]


class Broken(io.RawIOBase):
    """A stream that breaks off after its first bytes."""

    def __init__(self) -> None:
        self.parts = [b"a,b\n"]

    def read(self, _size: int = -1) -> bytes:
        if not self.parts:
            raise OSError("line broken")
        return self.parts.pop()


def test_a_stream_that_breaks_off_keeps_nothing(vault: Vault) -> None:
    with pytest.raises(OSError, match="line broken"):
        vault.keep_bytes(Broken())  # type: ignore[arg-type]
    vault.clear()
    assert not list((vault.root / "raw").iterdir())


def test_a_table_appears_when_it_is_whole(vault: Vault) -> None:
    with vault.writing("abcdef") as path:
        path.write_bytes(b"half")
        assert not vault.table("abcdef").exists()
    assert vault.table("abcdef").read_bytes() == b"half"
    assert vault.table("abcdef").parent.name == "ab"
    assert not left_over(vault)


def test_a_table_whose_writing_fails_does_not_appear(vault: Vault) -> None:
    with pytest.raises(ValueError, match="bad"), vault.writing("abcdef") as path:
        path.write_bytes(b"half")
        raise ValueError("bad")
    assert not vault.table("abcdef").exists()
    assert not left_over(vault)


def test_a_failed_second_writing_leaves_the_first(vault: Vault) -> None:
    with vault.writing("abcdef") as path:
        path.write_bytes(b"whole")
    with pytest.raises(ValueError, match="bad"), vault.writing("abcdef") as path:
        path.write_bytes(b"half")
        raise ValueError("bad")
    assert vault.table("abcdef").read_bytes() == b"whole"


def test_what_a_crash_left_is_cleared_and_nothing_else(vault: Vault) -> None:
    with vault.writing("abcdef") as path:
        path.write_bytes(b"whole")
    digest, _ = vault.keep_bytes(io.BytesIO(b"raw"))
    (vault.root / "raw" / ".partial").write_bytes(b"half")
    (vault.root / "tables" / "ab" / ".partial.parquet").write_bytes(b"half")
    vault.clear()
    assert not left_over(vault)
    assert vault.table("abcdef").exists()
    assert vault.raw(digest).exists()


@pytest.mark.parametrize(
    "text", ["", "Ana Example\n", '{"é": "😀"}', "\r\n\r"], ids=["empty", "line", "json", "returns"]
)
def test_a_note_is_kept_once_under_its_digest(vault: Vault, text: str) -> None:
    name = vault.keep_note(text)
    assert name == hashlib.sha256(text.encode()).hexdigest()
    assert vault.keep_note(text) == name
    assert vault.note(name) == text
    assert [path.name for path in (vault.root / "notes").iterdir()] == [name]


# a home that moved


def test_rebased_finds_tables_where_the_vault_is_now(vault: Vault) -> None:
    old = f"/elsewhere/vault/tables/ab/{'ab' * 32}.parquet"
    new = str(vault.table("ab" * 32))
    record = {
        "path": old,
        "rows": 3,
        "many": [{"failing": old}, old, None],
        "other": "/x/y.parquet",
        "say": "a.csv",
    }
    assert vault.rebased(record) == {
        "path": new, "rows": 3, "many": [{"failing": new}, new, None], "other": "/x/y.parquet", "say": "a.csv",
    }  # fmt: skip
    assert record["path"] == old, "the record itself is left alone"


def test_rebased_twice_is_rebased_once(vault: Vault) -> None:
    once = vault.rebased([f"/elsewhere/vault/tables/ab/{'ab' * 32}.parquet"])
    assert vault.rebased(once) == once


# locks

HOLDER = """
import sys, time
from pathlib import Path
from storage.vault import Vault
with Vault(Path(sys.argv[1])).lock("publish") as had:
    print(had, flush=True)
    time.sleep(60)
"""


def test_a_lock_holds_between_processes_and_goes_with_its_holder(vault: Vault) -> None:
    root = Path(__file__).parents[1]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(vault.root)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline().strip() == "True"
        with vault.lock("publish", wait=False) as had:
            assert not had
        with vault.lock("another", wait=False) as had:
            assert had
    finally:
        holder.kill()
        holder.communicate()
    with vault.lock("publish", wait=False) as had:
        assert had


def test_a_lock_that_is_waited_for_is_had(vault: Vault) -> None:
    order: list[str] = []
    held, waiting = threading.Event(), threading.Event()

    def second() -> None:
        held.wait()
        waiting.set()
        with vault.lock("publish"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with vault.lock("publish"):
        held.set()
        waiting.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


# the digest of a table's content


def written(folder: Path, table: pa.Table, name: str = "t", **options: Any) -> Path:
    path = folder / f"{name}.parquet"
    pq.write_table(table, path, **options)
    return path


ROWS = {
    "text": pa.array(["a", "", None, "é😀", "a"]),
    "number": pa.array([1, None, 0, -3, 2**62]),
    "real": pa.array([1.5, None, -0.25, 1e300, 0.0]),
    "day": pa.array([date(2024, 1, 1), None, date(1, 1, 1), date(9999, 12, 31), date(2000, 2, 29)]),
    "moment": pa.array([datetime(2024, 1, 1, 12), None, *[datetime(2000, 1, 1)] * 3]),
    "flag": pa.array([True, False, None, True, False]),
    "reasons": pa.array([["a", "b"], [], None, [None], ["ab"]], pa.list_(pa.string())),
}


@pytest.mark.parametrize(
    "options",
    [
        {"row_group_size": 1}, {"row_group_size": 2}, {"use_dictionary": False}, {"compression": "zstd"},
        {"data_page_version": "2.0"}, {"write_statistics": False},
    ],
    ids=str,
)  # fmt: skip
def test_the_digest_is_of_the_content_and_not_of_the_file(tmp_path: Path, options: dict[str, Any]) -> None:
    table = pa.table(ROWS)
    one, other = written(tmp_path, table, "one"), written(tmp_path, table, "other", **options)
    assert one.read_bytes() != other.read_bytes()
    assert content_digest(one) == content_digest(other)


CHANGES = {
    "order": lambda table: table.take([1, 0, 2, 3, 4]),
    "a row less": lambda table: table.slice(0, 4),
    "columns in another order": lambda table: table.select(list(reversed(table.column_names))),
    "another name": lambda table: table.rename_columns(["Text", *table.column_names[1:]]),
    "another type": lambda table: table.set_column(1, "number", table["number"].cast(pa.string())),
    "empty for missing": lambda table: table.set_column(0, "text", pa.array(["a", "", "", "é😀", "a"])),
    "a sign moved": lambda table: table.set_column(0, "text", pa.array(["", "a", None, "é😀", "a"])),
    "zero for missing": lambda table: table.set_column(1, "number", pa.array([1, 0, 0, -3, 2**62])),
    "an empty list for none": lambda table: table.set_column(
        6, "reasons", pa.array([["a", "b"], None, None, [None], ["ab"]], pa.list_(pa.string()))
    ),
    "a list split otherwise": lambda table: table.set_column(
        6, "reasons", pa.array([["a"], ["b"], None, [None], ["ab"]], pa.list_(pa.string()))
    ),
    "another day": lambda table: table.set_column(3, "day", pa.array([date(2024, 1, 2)] * 5)),
    "another flag": lambda table: table.set_column(5, "flag", pa.array([True, False, None, True, True])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_content_is_another_digest(tmp_path: Path, change: str) -> None:
    table = pa.table(ROWS)
    changed = CHANGES[change](table)
    assert content_digest(written(tmp_path, table, "a")) != content_digest(written(tmp_path, changed, "b"))


cells = st.lists(st.none() | st.text(max_size=4), min_size=1, max_size=12)


@settings(max_examples=80, deadline=None)
@given(left=cells, right=cells, group=st.integers(1, 5))
def test_two_columns_have_one_digest_only_when_they_are_equal(
    tmp_path_factory: pytest.TempPathFactory, left: list[str | None], right: list[str | None], group: int
) -> None:
    folder = tmp_path_factory.mktemp("digest")
    one = content_digest(written(folder, pa.table({"c": pa.array(left, pa.string())}), "one"))
    two = content_digest(
        written(folder, pa.table({"c": pa.array(right, pa.string())}), "two", row_group_size=group)
    )
    assert (one == two) == (left == right)


def test_an_empty_table_has_a_digest_by_its_columns(tmp_path: Path) -> None:
    table = pa.table(ROWS).slice(0, 0)
    digest = content_digest(written(tmp_path, table, "a"))
    assert digest == content_digest(written(tmp_path, table, "b"))
    assert digest != content_digest(written(tmp_path, table.drop_columns(["flag"]), "c"))


def test_more_rows_than_a_batch(tmp_path: Path) -> None:
    """Batches are 65,536 rows: where they end must not show."""
    table = pa.table({"n": pa.array(range(70_000)), "t": pa.array([f"v{n % 7}" for n in range(70_000)])})
    one = content_digest(written(tmp_path, table, "a"))
    assert one == content_digest(written(tmp_path, table, "b", row_group_size=1_000))
    assert one != content_digest(written(tmp_path, table.slice(1), "c"))


def test_paths_lie_inside_the_vault(vault: Vault) -> None:
    for path in (vault.raw("a" * 64), vault.table("b" * 64), vault.key("k")):
        assert os.path.commonpath([path, vault.root]) == str(vault.root)
