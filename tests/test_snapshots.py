"""Versions as Delta tables: one commit a purpose, whatever happens in between, and other engines can read them."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from governance.bench import Bench, open_bench
from governance.errors import Stale
from governance.settings import Settings
from governance.stages.version import Purpose, clean_table, publish, roll_back, shelf_table
from governance.tables import KeptTable, MaskedTable
from storage import snapshots


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "shelf" / "customers"


def parquet(folder: Path, name: str, rows: list[dict[str, Any]], **options: Any) -> Path:
    path = folder / f"{name}.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, **options)
    return path


def why(key: str, version: int = 1) -> dict[str, Any]:
    return {"key": key, "version": version, "digest": "d" * 64, "approved_by": "ben"}


def read(table: Path, commit: int) -> list[dict[str, Any]]:
    return DeltaTable(table, version=commit).to_pyarrow_table().to_pylist()


ONE = [{"id": 1, "name": "Ana", "day": date(2024, 1, 1)}, {"id": 2, "name": None, "day": None}]
TWO = [{"id": 3, "name": "é😀", "day": date(1999, 12, 31)}]


def test_a_table_that_is_not_there_has_no_commits(table: Path) -> None:
    assert snapshots.commits(table) == []
    assert snapshots.find(table, "run:a") is None


def test_each_write_replaces_the_rows_in_one_commit(table: Path, tmp_path: Path) -> None:
    first = snapshots.write(table, parquet(tmp_path, "one", ONE), why("run:a", 1))
    second = snapshots.write(table, parquet(tmp_path, "two", TWO), why("run:b", 2))
    assert (first, second) == (0, 1)
    assert (read(table, first), read(table, second)) == (ONE, TWO)
    assert [(c.number, c.purpose["key"]) for c in snapshots.commits(table)] == [(0, "run:a"), (1, "run:b")]


def test_a_commit_says_what_it_is_for(table: Path, tmp_path: Path) -> None:
    purpose = {**why("run:a"), "requested_by": "ana", "note": 'quotes " and ü'}
    snapshots.write(table, parquet(tmp_path, "one", ONE), purpose)
    assert snapshots.commits(table)[0].purpose == purpose
    assert json.loads(DeltaTable(table).history()[0]["assay"]) == purpose


def test_the_same_purpose_is_committed_once(table: Path, tmp_path: Path) -> None:
    path = parquet(tmp_path, "one", ONE)
    assert snapshots.write(table, path, why("run:a")) == snapshots.write(table, path, why("run:a")) == 0
    snapshots.write(table, parquet(tmp_path, "two", TWO), why("run:b"))
    assert snapshots.write(table, path, why("run:a")) == 0, "even when another came after it"
    assert DeltaTable(table).version() == 1
    assert read(table, 1) == TWO


def test_a_restore_is_a_new_commit_with_the_old_rows_and_happens_once(table: Path, tmp_path: Path) -> None:
    snapshots.write(table, parquet(tmp_path, "one", ONE), why("run:a", 1))
    snapshots.write(table, parquet(tmp_path, "two", TWO), why("run:b", 2))
    third = snapshots.restore(table, 0, why("rollback:x", 3))
    assert snapshots.restore(table, 0, why("rollback:x", 3)) == third == 2
    assert read(table, third) == ONE
    assert read(table, 1) == TWO, "history stays"
    assert [c.purpose["key"] for c in snapshots.commits(table)] == ["run:a", "run:b", "rollback:x"]


def test_columns_may_come_and_go(table: Path, tmp_path: Path) -> None:
    other = [{"id": "text now", "extra": 1.5}]
    snapshots.write(table, parquet(tmp_path, "one", ONE), why("run:a"))
    snapshots.write(table, parquet(tmp_path, "other", other), why("run:b"))
    assert (read(table, 0), read(table, 1)) == (ONE, other)
    back = snapshots.restore(table, 0, why("rollback:x"))
    assert read(table, back) == ONE


@pytest.mark.parametrize("rows", [0, 1, 70_000], ids=["empty", "one row", "more than a batch"])
def test_any_number_of_rows(table: Path, tmp_path: Path, rows: int) -> None:
    path = tmp_path / "n.parquet"
    pq.write_table(pa.table({"n": pa.array(range(rows), pa.int64())}), path)
    snapshots.write(table, path, why("run:a"))
    back = DeltaTable(table).to_pyarrow_table()
    assert back.schema.names == ["n"]
    assert sorted(back["n"].to_pylist()) == list(range(rows))


def test_duckdb_reads_the_files_of_any_commit(table: Path, tmp_path: Path) -> None:
    snapshots.write(table, parquet(tmp_path, "one", ONE), why("run:a"))
    snapshots.write(table, parquet(tmp_path, "two", TWO), why("run:b"))
    for commit, rows in ((0, ONE), (1, TWO)):
        found = duckdb.read_parquet(snapshots.files(table, commit)).order("id").fetchall()
        assert found == [tuple(row.values()) for row in rows]


def test_a_table_can_be_moved(table: Path, tmp_path: Path) -> None:
    snapshots.write(table, parquet(tmp_path, "one", ONE), why("run:a"))
    moved = shutil.copytree(table, tmp_path / "moved")
    shutil.rmtree(table)
    assert read(moved, 0) == ONE
    assert duckdb.read_parquet(snapshots.files(moved, 0)).fetchall() == [tuple(row.values()) for row in ONE]


def test_a_commit_that_is_not_ours_is_passed_over(table: Path, tmp_path: Path) -> None:
    snapshots.write(table, parquet(tmp_path, "one", ONE), why("run:a"))
    DeltaTable(table).delete("id = 1")
    assert [c.number for c in snapshots.commits(table)] == [0]


def test_history_is_kept_for_years(table: Path, tmp_path: Path) -> None:
    snapshots.write(table, parquet(tmp_path, "one", ONE), why("run:a"))
    kept = DeltaTable(table).metadata().configuration
    assert (
        kept["delta.logRetentionDuration"]
        == kept["delta.deletedFileRetentionDuration"]
        == "interval 3650 days"
    )


# stage 13: the pair of commits, and the base it stands on


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path / "home"))


def pair(folder: Path, name: str, rows: list[dict[str, Any]]) -> tuple[MaskedTable, KeptTable]:
    masked = parquet(folder, f"{name}-masked", [{**row, "name": "•"} for row in rows])
    kept = parquet(folder, f"{name}-kept", rows)
    about = {"rows": len(rows), "columns": ("id", "name", "day")}
    return (
        MaskedTable(name="m", path=masked, digest="m" * 64, **about),
        KeptTable(name="k", path=kept, digest="k" * 64, **about),
    )


def purpose(key: str, version: int) -> Purpose:
    return Purpose(
        key=key, dataset="customers", version=version, digest="d", requested_by="ana", approved_by="ben"
    )


def test_vault_and_shelf_are_committed_together(bench: Bench, tmp_path: Path) -> None:
    done = publish(bench, *pair(tmp_path, "a", ONE), purpose=purpose("run:a", 1), expected=0)
    assert (done.number, done.shelf_commit, done.vault_commit) == (1, 0, 0)
    assert read(clean_table(bench, "customers"), 0) == ONE
    assert [row["name"] for row in read(shelf_table(bench, "customers"), 0)] == ["•", "•"]


def test_a_base_that_is_not_the_expected_one_is_refused_and_nothing_is_written(
    bench: Bench, tmp_path: Path
) -> None:
    publish(bench, *pair(tmp_path, "a", ONE), purpose=purpose("run:a", 1), expected=0)
    with pytest.raises(Stale, match="Version 1 of customers was published") as refusal:
        publish(bench, *pair(tmp_path, "b", TWO), purpose=purpose("run:b", 1), expected=0)
    assert refusal.value.hint
    with pytest.raises(Stale):
        publish(bench, *pair(tmp_path, "b", TWO), purpose=purpose("run:b", 3), expected=2)
    for table in (shelf_table(bench, "customers"), clean_table(bench, "customers")):
        assert [c.purpose["key"] for c in snapshots.commits(table)] == ["run:a"]


@pytest.mark.parametrize("broken", ["vault", "shelf"])
def test_a_publish_that_broke_off_is_completed(
    bench: Bench, tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before or after the first of the two commits: done again, each table has one commit of it."""
    write, calls = snapshots.write, []

    def failing(table: Path, *rest: Any) -> int:
        calls.append(table)
        if len(calls) == (1 if broken == "vault" else 2):
            raise KeyboardInterrupt
        return write(table, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(snapshots, "write", failing)
        with pytest.raises(KeyboardInterrupt):
            publish(bench, *pair(tmp_path, "a", ONE), purpose=purpose("run:a", 1), expected=0)
    for _ in range(2):
        done = publish(bench, *pair(tmp_path, "a", ONE), purpose=purpose("run:a", 1), expected=0)
        assert (done.shelf_commit, done.vault_commit) == (0, 0)
    for table in (shelf_table(bench, "customers"), clean_table(bench, "customers")):
        assert len(DeltaTable(table).history()) == 1


def test_a_rollback_restores_both_and_checks_its_base(bench: Bench, tmp_path: Path) -> None:
    publish(bench, *pair(tmp_path, "a", ONE), purpose=purpose("run:a", 1), expected=0)
    publish(bench, *pair(tmp_path, "b", TWO), purpose=purpose("run:b", 2), expected=1)
    with pytest.raises(Stale):
        roll_back(bench, purpose=purpose("rollback:x", 2), expected=1, shelf_commit=0, vault_commit=0, rows=2)
    done = roll_back(
        bench, purpose=purpose("rollback:x", 3), expected=2, shelf_commit=0, vault_commit=0, rows=2
    )
    assert (done.shelf_commit, done.vault_commit) == (2, 2)
    assert read(clean_table(bench, "customers"), 2) == ONE


@pytest.mark.parametrize("folder", ["two words", "é😀", "a+b&c#d"])
def test_a_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    table = tmp_path / folder / "customers"
    snapshots.write(table, parquet(tmp_path, "one", ONE), why("run:a"))
    snapshots.write(table, parquet(tmp_path, "two", TWO), why("run:b"))
    snapshots.restore(table, 0, why("rollback:x"))
    assert len(list(table.glob("*.parquet"))) == 2
    assert [Path(file).exists() for file in snapshots.files(table, 2)] == [True]
    assert read(table, 2) == ONE
