"""Stage 1: keep the bytes, find out how they are written, read every record as text."""

from __future__ import annotations

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine, scan
from governance.errors import UnreadableInput
from governance.findings import Dimension, Note, Severity
from governance.intake import fetch
from governance.plural import many
from governance.reading.choice import NOTHING, ReadingChoice
from governance.reading.dialect import Reading
from governance.reading.opening import look, opened, read
from governance.reading.parts import Part, files_of, read_all
from governance.stages import Outcome
from governance.tables import BronzeTable, UnreadableTable

__all__ = ["Loaded", "fetch", "load"]

REASONS = 20


class Loaded(Outcome):
    """What was read. `input_digest` names the bytes in the vault, `size` is their number; `parts` tell which
    rows came from which file, where there were many."""

    reading: Reading
    bronze: BronzeTable
    unreadable: UnreadableTable
    input_digest: str
    size: int
    parts: tuple[Part, ...] = ()


def load(
    bench: Bench,
    *,
    input_digest: str,
    file: str,
    expected: tuple[str, ...] = (),
    choice: ReadingChoice = NOTHING,
) -> Loaded:
    """Read a file whose bytes are in the vault, or the files that they name. `expected` are the contract's
    columns, a hint only; what `choice` says is taken as it is.

    Raises UnreadableInput when it is no table; a header without rows is a table.
    """
    path = bench.vault.raw(input_digest)
    if not path.is_file():
        raise UnreadableInput(f"The bytes of {file} are not in the vault.", "Submit the file again.")
    files = files_of(path)
    parts: tuple[Part, ...] = ()
    with bench.engine() as engine:
        if files:
            reading, bronze, unreadable, parts = read_all(
                files, engine=engine, bench=bench, choice=choice, expected=expected
            )
        else:
            with opened(path, engine=engine, choice=choice) as source:
                reading = look(source, engine=engine, expected=expected, choice=choice)
                name = name_of("load", input_digest, reading.model_dump(mode="json"))
                bronze, unreadable = read(source, reading, engine=engine, bench=bench, name=name)
        reasons, first = _reasons(engine, unreadable), _first(engine, unreadable)
    return Loaded(
        summary=_summary(reading, bronze.rows, unreadable.rows),
        rows_in=bronze.rows + unreadable.rows,
        rows_out=bronze.rows,
        findings=(*_unreadable_note(unreadable, reasons, first), *_chosen(choice), *_reading_notes(reading)),
        reading=reading,
        bronze=bronze,
        unreadable=unreadable,
        input_digest=input_digest,
        size=sum(one.size for one in files) or path.stat().st_size,
        parts=parts,
    )


def _summary(reading: Reading, rows: int, lines: int) -> str:
    columns = len(reading.columns)
    read_as = f"{many(rows, 'row')} and {many(columns, 'column')} read as {reading.words}"
    return f"{read_as}; {many(lines, 'line')} unreadable" if lines else read_as


def _reasons(engine: Engine, unreadable: UnreadableTable) -> dict[str, int]:
    """How many lines for each of the most common reasons; a reason never holds a value."""
    if not unreadable.rows:
        return {}
    counts = f"SELECT reason, count(*) AS lines FROM {scan(unreadable.path)} GROUP BY reason"
    sql = f"{counts} ORDER BY lines DESC, reason LIMIT {REASONS}"
    return {str(reason): int(lines) for reason, lines in engine.rows(sql)}


def _first(engine: Engine, unreadable: UnreadableTable) -> tuple[int, str]:
    """The first line that could not be read, and why."""
    if not unreadable.rows:
        return 0, ""
    line, reason = engine.row(f"SELECT line, reason FROM {scan(unreadable.path)} LIMIT 1")
    return int(line), str(reason)


def _unreadable_note(
    unreadable: UnreadableTable, reasons: dict[str, int], first: tuple[int, str]
) -> tuple[Note, ...]:
    if not unreadable.rows:
        return ()
    line, reason = first
    message = (
        f"{many(unreadable.rows, 'line')} could not be read, the first is line {line:,}: {reason}; "
        "kept with number and text"
    )
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


def _chosen(choice: ReadingChoice) -> tuple[Note, ...]:
    """What a person said about the reading is a finding too: it is not what the file said."""
    if not choice.said:
        return ()
    message = f"Read as the person who submitted it says: {choice.words}."
    return (Note(kind="reading", severity=Severity.LOW, dimension=Dimension.CONFORMITY, message=message),)


def _reading_notes(reading: Reading) -> tuple[Note, ...]:
    sentences = (*reading.doubts, *reading.renamed)
    return tuple(
        Note(kind="reading", severity=Severity.LOW, dimension=Dimension.CONFORMITY, message=sentence)
        for sentence in sentences
    )
