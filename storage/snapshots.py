"""Versions as Delta Lake tables: one on the shelf (masked), one in the vault (clean).

A commit carries what it is for in its metadata (`assay`: run or rollback, version, digest, approver), so
a commit whose ledger row is missing can be completed, and a commit is never made twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, write_deltalake

PURPOSE = "assay"
BATCH = 65_536


@dataclass(frozen=True)
class Commit:
    """One Delta commit: its number, and what it was made for."""

    number: int
    purpose: dict[str, Any]


def write(table: Path, parquet: Path, purpose: dict[str, Any]) -> int:
    """Replace a table's rows by those of a Parquet file, in one commit, once per `purpose["key"]`.

    Returns the commit's number.
    """
    done = find(table, purpose["key"])
    if done is not None:
        return done
    table.mkdir(parents=True, exist_ok=True)
    source = pq.ParquetFile(parquet)
    reader = pq.read_table(parquet).to_reader(BATCH) if source.metadata.num_rows == 0 else _reader(source)
    write_deltalake(
        table,
        reader,
        mode="overwrite",
        schema_mode="overwrite",
        configuration={
            "delta.logRetentionDuration": "interval 3650 days",
            "delta.deletedFileRetentionDuration": "interval 3650 days",
        },
        commit_properties=_properties(purpose),
    )
    return int(DeltaTable(table).version())


def restore(table: Path, commit: int, purpose: dict[str, Any]) -> int:
    """Make an earlier commit's rows current again, by a new commit, once per `purpose["key"]`."""
    done = find(table, purpose["key"])
    if done is not None:
        return done
    delta = DeltaTable(table)
    delta.restore(commit, commit_properties=_properties(purpose))
    return int(DeltaTable(table).version())


def files(table: Path, commit: int) -> list[str]:
    """The Parquet files that make up a commit, as paths (Delta gives them as percent-encoded URIs)."""
    return [unquote(uri.removeprefix("file://")) for uri in DeltaTable(table, version=commit).file_uris()]


def commits(table: Path) -> list[Commit]:
    """All commits that are ours, oldest first."""
    if not DeltaTable.is_deltatable(str(table)):
        return []
    found = []
    for entry in DeltaTable(table).history():
        raw = entry.get(PURPOSE)
        if raw:
            found.append(Commit(int(entry["version"]), json.loads(raw)))
    return sorted(found, key=lambda commit: commit.number)


def find(table: Path, key: str) -> int | None:
    """The number of the commit made for that purpose, if it was made."""
    return next((commit.number for commit in commits(table) if commit.purpose["key"] == key), None)


def _reader(source: pq.ParquetFile) -> Any:
    import pyarrow as pa

    return pa.RecordBatchReader.from_batches(source.schema_arrow, source.iter_batches(batch_size=BATCH))


def _properties(purpose: dict[str, Any]) -> CommitProperties:
    return CommitProperties(custom_metadata={PURPOSE: json.dumps(purpose, sort_keys=True)})
