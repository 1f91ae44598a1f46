"""Stage 1: keep the bytes, find out how they are written, read every record as text."""

from __future__ import annotations

import os
from pathlib import Path

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine, scan
from governance.errors import InputError, TerminalFault, TransientFault, UnreadableInput
from governance.findings import Dimension, Note, Severity
from governance.reading.dialect import Reading, find_out
from governance.reading.records import read
from governance.stages import Outcome
from governance.tables import BronzeTable, UnreadableTable

REASONS = 20


class Loaded(Outcome):
    """What was read. `input_digest` names the bytes in the vault, `size` is their number."""

    reading: Reading
    bronze: BronzeTable
    unreadable: UnreadableTable
    input_digest: str
    size: int


def load(bench: Bench, *, input_digest: str, file: str, expected: tuple[str, ...] = ()) -> Loaded:
    """Read a file whose bytes are in the vault. `expected` are the contract's columns, a hint only.

    Raises UnreadableInput when it is no table; a header without rows is a table.
    """
    path = bench.vault.raw(input_digest)
    if not path.is_file():
        raise UnreadableInput(f"The bytes of {file} are not in the vault.", "Submit the file again.")
    with bench.engine() as engine:
        reading = find_out(path, engine=engine, expected=expected)
        name = name_of("load", input_digest, reading.model_dump(mode="json"))
        bronze, unreadable = read(path, reading, engine=engine, bench=bench, name=name)
        reasons = _reasons(engine, unreadable)
    return Loaded(
        summary=_summary(reading, bronze.rows, unreadable.rows),
        rows_in=bronze.rows + unreadable.rows,
        rows_out=bronze.rows,
        findings=(*_unreadable_note(unreadable, reasons), *_reading_notes(reading)),
        reading=reading,
        bronze=bronze,
        unreadable=unreadable,
        input_digest=input_digest,
        size=path.stat().st_size,
    )


def fetch(bench: Bench, source: str) -> tuple[str, str]:
    """(input digest, file name) of a local path or an `s3://bucket/key`, its bytes kept in the vault.

    Raises InputError when there is no such file or it may not be read, TransientFault or TerminalFault
    when the object store does not answer.
    """
    if source.startswith("s3://"):
        return _fetch_object(bench, source), source.rpartition("/")[2]
    try:
        path = Path(source).expanduser()
        _must_be_file(path, source)
        with path.open("rb") as stream:
            return bench.vault.keep_bytes(stream)[0], path.name
    except PermissionError as error:
        raise InputError(f"{source} may not be read.", "Give this user the right to read it.") from error
    except (OSError, RuntimeError) as error:
        raise InputError(f"{source} cannot be opened.", "Check the path, and the disk it is on.") from error


def _fetch_object(bench: Bench, url: str) -> str:
    from storage.objects import ObjectMissing, ObjectStoreFault, open_object  # boto3 is slow to import

    settings = bench.settings
    try:
        with open_object(url, endpoint=settings.s3_endpoint, region=settings.s3_region) as stream:
            return bench.vault.keep_bytes(stream)[0]
    except ObjectMissing as error:
        raise InputError(str(error), "Check bucket and key; the address is s3://bucket/key.") from error
    except ObjectStoreFault as error:
        fault = TransientFault if error.transient else TerminalFault
        raise fault(str(error), "Check endpoint, region and credentials of the object store.") from error


def _must_be_file(path: Path, source: str) -> None:
    if path.is_dir():
        raise InputError(f"{source} is a folder.", "Name one file in it.")
    if "\0" in source or not path.exists():
        raise InputError(
            f"There is no file {source}.", f"Paths count from {os.getcwd()}; check the spelling."
        )
    if not path.is_file():
        raise InputError(f"{source} is not a regular file.", "Name a CSV file.")


def _summary(reading: Reading, rows: int, lines: int) -> str:
    columns = len(reading.columns)
    read_as = f"{_many(rows, 'row')} and {_many(columns, 'column')} read as {reading.words}"
    return f"{read_as}; {_many(lines, 'line')} unreadable" if lines else read_as


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _reasons(engine: Engine, unreadable: UnreadableTable) -> dict[str, int]:
    """How many lines for each of the most common reasons; a reason never holds a value."""
    if not unreadable.rows:
        return {}
    counts = f"SELECT reason, count(*) AS lines FROM {scan(unreadable.path)} GROUP BY reason"
    sql = f"{counts} ORDER BY lines DESC, reason LIMIT {REASONS}"
    return {str(reason): int(lines) for reason, lines in engine.rows(sql)}


def _unreadable_note(unreadable: UnreadableTable, reasons: dict[str, int]) -> tuple[Note, ...]:
    if not unreadable.rows:
        return ()
    message = f"{_many(unreadable.rows, 'line')} could not be read; kept with number and text"
    return (
        Note(
            kind="unreadable",
            severity=Severity.HIGH,
            dimension=Dimension.CONFORMITY,
            message=message,
            rows=unreadable.rows,
            details={"reasons": reasons},
        ),
    )


def _reading_notes(reading: Reading) -> tuple[Note, ...]:
    sentences = (*reading.doubts, *reading.renamed)
    return tuple(
        Note(kind="reading", severity=Severity.LOW, dimension=Dimension.CONFORMITY, message=sentence)
        for sentence in sentences
    )
