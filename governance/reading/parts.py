"""Many files as one input: a list of them is what is kept and named, and each file is kept beside it.

They must have the same columns, whatever their order and their formats. Which rows came from which file is
remembered as ranges.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.errors import UnreadableInput
from governance.reading.choice import ReadingChoice
from governance.reading.dialect import Reading
from governance.reading.opening import look, opened, read
from governance.reading.unreadable import COLUMNS
from governance.tables import BronzeTable, Frozen, UnreadableTable

MAGIC = b"assay-files/1\n"
MOST = 1_000
TELL = 3


class File(Frozen):
    """One of the files: its name, the digest of its bytes, and how many they are."""

    file: str
    digest: str
    size: int


class Part(Frozen):
    """The rows `first_row` … `first_row + rows - 1` came from this file, and so many lines of it are unreadable."""

    file: str
    digest: str
    first_row: int
    rows: int
    unreadable: int


def listed(files: Sequence[File]) -> bytes:
    """The bytes that name many files, in their order."""
    lines = [json.dumps(file.model_dump(), sort_keys=True, ensure_ascii=False) for file in files]
    return MAGIC + "\n".join(lines).encode() + b"\n"


def files_of(path: Path) -> tuple[File, ...]:
    """The files that kept bytes name; none when they are a file themselves."""
    with path.open("rb") as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            return ()
        return tuple(File.model_validate_json(line) for line in stream)


def bytes_of(bench: Bench, file: File) -> Path:
    path = bench.vault.raw(file.digest)
    if not file.digest.isalnum() or not path.is_file():
        raise UnreadableInput(f"The bytes of {file.file} are not in the vault.", "Submit the files again.")
    return path


def same_columns(file: str, columns: Sequence[str], first: str, wanted: Sequence[str]) -> None:
    """Raise UnreadableInput when a file's columns are not those of the first."""
    ours, theirs = {name.casefold() for name in wanted}, {name.casefold() for name in columns}
    missing = [name for name in wanted if name.casefold() not in theirs]
    extra = [name for name in columns if name.casefold() not in ours]
    if missing or extra:
        said = [f"lacks {', '.join(missing[:6])}"] if missing else []
        said += [f"has {', '.join(extra[:6])} besides"] if extra else []
        raise UnreadableInput(
            f"{file} has other columns than {first}: it {' and '.join(said)}.",
            "Files that are read as one table need the same columns; submit it alone.",
        )


def read_all(
    files: Sequence[File], *, engine: Engine, bench: Bench, choice: ReadingChoice, expected: tuple[str, ...]
) -> tuple[Reading, BronzeTable, UnreadableTable, tuple[Part, ...]]:
    """Read each file, and put their rows below each other in the order of the list."""
    readings: list[Reading] = []
    tables: list[tuple[BronzeTable, UnreadableTable]] = []
    for file in files:
        with opened(bytes_of(bench, file), engine=engine, choice=choice) as source:
            hint = expected or (readings[0].columns if readings else ())
            reading = look(source, engine=engine, expected=hint, choice=choice)
            if readings:
                same_columns(file.file, reading.columns, files[0].file, readings[0].columns)
            name = name_of("part", file.digest, file.file, reading.model_dump(mode="json"))
            tables.append(read(source, reading, engine=engine, bench=bench, name=name))
            readings.append(reading)
    whole = _told(files, readings)
    name = name_of(
        "load", [file.model_dump() for file in files], [one.model_dump(mode="json") for one in readings]
    )
    bronze, unreadable = _together(files, tables, whole, engine=engine, bench=bench, name=name)
    for table in {one.path for pair in tables for one in pair}:
        table.unlink(missing_ok=True)
    return whole, bronze, unreadable, _parts(files, tables)


def _told(files: Sequence[File], readings: Sequence[Reading]) -> Reading:
    """The first file's reading, with what is doubtful about any of them."""
    doubts = [f"{len(files):,} files are read as one table."]
    for file, reading in zip(files, readings, strict=True):
        doubts += [f"{file.file}: {doubt}" for doubt in (*reading.doubts, *reading.renamed)[:TELL]]
    return readings[0].model_copy(update={"doubts": tuple(doubts[:100]), "renamed": ()})


def _together(
    files: Sequence[File],
    tables: Sequence[tuple[BronzeTable, UnreadableTable]],
    reading: Reading,
    *,
    engine: Engine,
    bench: Bench,
    name: str,
) -> tuple[BronzeTable, UnreadableTable]:
    columns = ", ".join(quote(column) for column in reading.columns)
    rows = " UNION ALL ".join(f"SELECT {columns} FROM {scan(bronze.path)}" for bronze, _ in tables)
    lines = " UNION ALL ".join(
        f"SELECT line, reason || {literal(f' ({file.file})')} AS reason, text FROM {scan(kept.path)}"
        for file, (_, kept) in zip(files, tables, strict=True)
    )
    vault, other = bench.vault, name_of(name, "unreadable")
    with vault.writing(name) as to_bronze, vault.writing(other) as to_unreadable:
        count, lost = engine.write(rows, to_bronze), engine.write(lines, to_unreadable)
    return (
        BronzeTable(name=name, path=vault.table(name), rows=count, columns=reading.columns),
        UnreadableTable(name=other, path=vault.table(other), rows=lost, columns=COLUMNS),
    )


def _parts(files: Sequence[File], tables: Sequence[tuple[BronzeTable, UnreadableTable]]) -> tuple[Part, ...]:
    found, row = [], 1
    for file, (bronze, unreadable) in zip(files, tables, strict=True):
        found.append(
            Part(
                file=file.file,
                digest=file.digest,
                first_row=row,
                rows=bronze.rows,
                unreadable=unreadable.rows,
            )
        )
        row += bronze.rows
    return tuple(found)
