"""Out of an archive: one file, streamed to disk in bounded memory. The packed bytes stay as they came.

A packed file that grows without end is refused: real tables rarely shrink to a hundredth.
"""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from governance.errors import UnreadableInput

CHUNK = 1 << 20
FREE, RATIO = 256 << 20, 250
"""A file may grow to so many bytes, or to so many times its packed size, whichever is more."""
GZIP, ZSTD, ZIP = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PK"
WHOLE = (b"PK\x03\x04", b"PAR1\x15")
"""What is inside can only be read whole, so a look at its head is no look."""
BROKEN = (
    EOFError,
    OSError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    pa.ArrowInvalid,
)


@dataclass(frozen=True)
class Unpacked:
    """The one file of an archive. `size` is the whole file's, about; `whole`: all of it is at `path`."""

    path: Path
    packing: str
    size: int
    whole: bool = True


def packing_of(path: Path) -> str:
    """`gzip`, `zstd` or `zip` by the first bytes; empty for what is not packed. A workbook is not."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(GZIP):
        return "gzip"
    if head == ZSTD:
        return "zstd"
    zipped = head[:2] == ZIP and head[2:3] in (b"\x03", b"\x05", b"\x07")
    return "zip" if zipped and not is_workbook(path) else ""


def is_workbook(path: Path) -> bool:
    """Is it an Office Open XML package?"""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def unpack(path: Path, target: Path, *, packing: str, member: str = "", limit: int = 0) -> Unpacked:
    """Write the one file of an archive to `target`; with a `limit`, only about so many bytes of it.

    Raises UnreadableInput when it is damaged, holds several tables, or grows beyond all measure.
    """
    opening: dict[str, Callable[[], Any]] = {
        "gzip": lambda: _plain(gzip.GzipFile(path)),
        "zstd": lambda: _plain(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")),
        "zip": lambda: _member(path, member),
    }
    packed = path.stat().st_size
    try:
        with opening[packing]() as (stream, told), target.open("wb") as out:
            written, whole = _copy(stream, out, packed=packed, limit=limit)
    except BROKEN as error:
        raise UnreadableInput(
            f"The {packing} archive is damaged.", "Pack it again, and send it again."
        ) from error
    size = told or (written if whole else packed * RATIO // 50)
    return Unpacked(target, packing, size, whole)


def _copy(stream: Any, out: IO[bytes], *, packed: int, limit: int) -> tuple[int, bool]:
    """(bytes written, whether that is all)."""
    most, written = max(FREE, RATIO * packed), 0
    while chunk := stream.read(CHUNK):
        if not written and chunk.startswith(WHOLE):
            limit = 0
        written += len(chunk)
        if written > most:
            raise UnreadableInput(
                f"The archive holds more than {RATIO:,} times its own size.",
                "That is how an archive made to fill a disk looks; if it is not one, send the table unpacked.",
            )
        out.write(chunk)
        if limit and written >= limit:
            return written, False
    if not written:
        raise UnreadableInput("The file in the archive is empty.", "Check the export, and send it again.")
    return written, True


@contextmanager
def _plain(stream: Any) -> Iterator[tuple[Any, int]]:
    with stream:
        yield stream, 0


@contextmanager
def _member(path: Path, member: str) -> Iterator[tuple[Any, int]]:
    with zipfile.ZipFile(path) as archive:
        info = _the_one(archive, member)
        with archive.open(info) as stream:
            yield stream, info.file_size


def _the_one(archive: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    """The table in a ZIP: the one that is named, or the only one there is."""
    tables = [info for info in archive.infolist() if not _is_litter(info)]
    named = [info for info in tables if member in (info.filename, info.filename.rpartition("/")[2])]
    if member and len(named) != 1:
        raise UnreadableInput(f"The ZIP archive has no file {member}.", f"It has: {_listed(tables)}.")
    found = named if member else tables
    if not found:
        raise UnreadableInput("The ZIP archive has no file in it.", "Check the export, and send it again.")
    if len(found) > 1:
        raise UnreadableInput(
            f"The ZIP archive has {len(found):,} files: {_listed(found)}.",
            "Name the one to read, or send it alone.",
        )
    if found[0].flag_bits & 1:
        raise UnreadableInput("The ZIP archive is locked with a password.", "Send it without one.")
    return found[0]


def _is_litter(info: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems add."""
    return (
        info.is_dir()
        or re.search(r"(?:\A|/)(?:__MACOSX/|\.|Thumbs\.db\Z|desktop\.ini\Z)", info.filename) is not None
    )


def _listed(infos: list[zipfile.ZipInfo], most: int = 8) -> str:
    names = [info.filename for info in infos[:most]]
    return ", ".join(names) + (f" and {len(infos) - most:,} more" if len(infos) > most else "")
