"""The private zone: raw bytes by digest, and Parquet tables by the name of what they were computed from.

A file appears under its name only when it is whole (written beside, then renamed), so a crash leaves
either nothing or everything, and computing it again writes the same name.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CHUNK = 1 << 20


class Vault:
    """Everything under `<home>/vault`. Folders are readable by their owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("raw", "tables", "notes", "keys", "locks"):
            (root / folder).mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep_bytes(self, stream: BinaryIO) -> tuple[str, Path]:
        """Store a stream once, by its SHA-256; returns (digest, path)."""
        partial = self.root / "raw" / f".{uuid.uuid4().hex}"
        sha = hashlib.sha256()
        with partial.open("wb") as out:
            while chunk := stream.read(CHUNK):
                sha.update(chunk)
                out.write(chunk)
        digest = sha.hexdigest()
        os.replace(partial, self.raw(digest))
        return digest, self.raw(digest)

    def raw(self, digest: str) -> Path:
        return self.root / "raw" / digest

    def table(self, name: str) -> Path:
        """Where the table of that name is, or will be."""
        return self.root / "tables" / name[:2] / f"{name}.parquet"

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A path to write to; it becomes `table(name)` when the block ends well, and goes otherwise."""
        final = self.table(name)
        final.parent.mkdir(parents=True, exist_ok=True)
        partial = final.with_name(f".{uuid.uuid4().hex}.parquet")
        try:
            yield partial
            os.replace(partial, final)
        finally:
            partial.unlink(missing_ok=True)

    def keep_note(self, text: str) -> str:
        """Store a small text once, by its SHA-256, for facts that name people and so not for the ledger."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        path = self.root / "notes" / digest
        if not path.exists():
            partial = path.with_name(f".{uuid.uuid4().hex}")
            partial.write_bytes(text.encode())
            os.replace(partial, path)
        return digest

    def note(self, digest: str) -> str:
        return (self.root / "notes" / digest).read_bytes().decode()

    def rebased(self, record: Any) -> Any:
        """A record with the tables it names where this vault keeps them: a home may be moved or restored."""
        if isinstance(record, dict):
            return {key: self.rebased(value) for key, value in record.items()}
        if isinstance(record, list):
            return [self.rebased(value) for value in record]
        if isinstance(record, str) and record.endswith(".parquet") and "/vault/tables/" in record:
            return str(self.table(Path(record).stem))
        return record

    def key(self, name: str) -> Path:
        return self.root / "keys" / name

    @contextlib.contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        """An exclusive lock between processes, gone with its holder. Yields whether it was had."""
        with (self.root / "locks" / name).open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def clear(self) -> None:
        """Remove partial files that a crash left behind."""
        for left in self.root.glob("**/.*"):
            left.unlink() if left.is_file() else shutil.rmtree(left)


def content_digest(path: Path) -> str:
    """A digest of a Parquet table's content: names, types, and each column's values in order.

    SHA-256 over the columns' BLAKE2b digests (RFC 7693), which take two thirds of the time where a machine has
    no instructions for SHA.

    Parquet bytes differ between two runs of the same query (threads decide how values are encoded), so
    the file's own hash would not do. Each column is hashed as its null mask, lengths and bytes, which does
    not depend on row groups.
    """
    schema = pq.read_schema(path)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        digests = list(threads.map(partial(_column_digest, path), range(len(schema))))
    total = hashlib.sha256()
    for field, digest in zip(schema, digests, strict=True):
        total.update(f"{field.name}\0{field.type}\0{digest}\n".encode())
    return total.hexdigest()


def _column_digest(path: Path, place: int) -> str:
    """The digest of one column; hashing and decoding leave Python alone, so columns are hashed side by side."""
    sha = hashlib.blake2b(digest_size=32)
    with pq.ParquetFile(path) as file:
        name = file.schema_arrow.field(place).name
        for batch in file.iter_batches(batch_size=65_536, columns=[name]):
            _feed(sha, batch.column(batch.schema.get_field_index(name)))
    return sha.hexdigest()


def _feed(sha: hashlib.blake2b, column: pa.Array) -> None:
    sha.update(pc.is_null(column).cast(pa.uint8()).to_numpy(zero_copy_only=False))
    kind = column.type
    if pa.types.is_list(kind):
        sha.update(pc.fill_null(pc.list_value_length(column), -1).to_numpy(zero_copy_only=False))
        _feed(sha, column.flatten())
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        _feed_texts(sha, column)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        sha.update(pc.fill_null(column, 0).to_numpy(zero_copy_only=False))
    else:
        _feed(sha, column.cast(pa.string()))


def _feed_texts(sha: hashlib.blake2b, column: pa.Array) -> None:
    """The lengths, −1 for NULL, and the bytes of what is there, without copying it."""
    sha.update(pc.fill_null(pc.binary_length(column), -1).to_numpy(zero_copy_only=False))
    offsets, data = column.buffers()[1:]
    if data is None:
        return
    bounds = memoryview(offsets).cast("i")
    first, last = bounds[column.offset], bounds[column.offset + len(column)]
    if last - first != (
        pc.sum(pc.binary_length(column)).as_py() or 0
    ):  # NULLs may hold bytes that mean nothing
        column = pc.fill_null(column, b"" if pa.types.is_binary(column.type) else "")
        offsets, data = column.buffers()[1:]
        bounds = memoryview(offsets).cast("i")
        first, last = bounds[column.offset], bounds[column.offset + len(column)]
    sha.update(memoryview(data)[first:last])
