"""Stage 4: hold the file's columns against the contract's, and say which stands for which."""

from __future__ import annotations

from governance.contract.model import Contract
from governance.findings import Dimension, Note, Severity
from governance.source import Source
from governance.stages import Outcome
from governance.tables import RESERVED, BronzeTable


class Conformed(Outcome):
    """`source` carries the mapping from the contract's columns (and extra ones) to the file's."""

    source: Source
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a column is missing without which no row could be judged."""
        return any(note.severity is Severity.CRITICAL for note in self.findings)


def conform(bronze: BronzeTable, contract: Contract) -> Conformed:
    """Map columns by name, else by name without case and punctuation; every difference is a finding."""
    theirs = {name: name for name in bronze.columns}
    names: dict[str, str | None] = {column.name: theirs.get(column.name) for column in contract.columns}
    loosely = {_loose(name): name for name in reversed(bronze.columns) if name not in names}
    for name, found in names.items():
        names[name] = found or loosely.pop(_loose(name), None)
    used = {name for name in names.values() if name}
    extra: dict[str, str] = {}
    for name in bronze.columns:
        if name not in used:
            extra[_free(name, (*names, *extra))] = name
    missing = tuple(name for name, found in names.items() if found is None)
    notes = [*_missing(contract, missing), *_renamed(names), *_extra(extra), *_order(contract, bronze, names)]
    return Conformed(
        summary=_summary(contract, missing, extra),
        rows_in=bronze.rows,
        rows_out=bronze.rows,
        findings=tuple(notes),
        source=Source(bronze=bronze, names={**names, **extra}),
        missing=missing,
        extra=tuple(extra),
    )


def _loose(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name


def _free(name: str, taken: tuple[str, ...]) -> str:
    """A name that is neither ours nor the contract's (DuckDB's names do not differ by case)."""
    lowered = {other.casefold() for other in (*taken, *RESERVED)}
    while name.casefold() in lowered:
        name += "_"
    return name


def _missing(contract: Contract, missing: tuple[str, ...]) -> list[Note]:
    notes = []
    for name in missing:
        column = contract.column(name)
        needed = column is not None and (column.required or column.primary_key)
        notes.append(
            _note(
                Severity.CRITICAL if needed else Severity.MEDIUM,
                name,
                f"The column {name} is {'required but ' if needed else ''}missing from the file.",
                "missing_column",
            )
        )
    return notes


def _renamed(names: dict[str, str | None]) -> list[Note]:
    return [
        _note(Severity.LOW, ours, f"The file's column {theirs!r} was read as {ours}.", "renamed_column")
        for ours, theirs in names.items()
        if theirs is not None and theirs != ours
    ]


def _extra(extra: dict[str, str]) -> list[Note]:
    notes = []
    for ours, theirs in extra.items():
        note = f"The file has a column {theirs!r} that the contract does not know"
        note += "." if ours == theirs else f"; it was read as {ours}."
        notes.append(_note(Severity.MEDIUM, ours, note, "extra_column"))
    return notes


def _order(contract: Contract, bronze: BronzeTable, names: dict[str, str | None]) -> list[Note]:
    promised = [names[column.name] for column in contract.columns if names[column.name]]
    found = [name for name in bronze.columns if name in promised]
    if promised == found:
        return []
    return [_note(Severity.LOW, "", "The columns come in another order than the contract's.", "order")]


def _note(severity: Severity, column: str, message: str, what: str) -> Note:
    return Note(
        kind="schema",
        severity=severity,
        dimension=Dimension.CONFORMITY,
        column=column,
        rule=what,
        message=message,
    )


def _summary(contract: Contract, missing: tuple[str, ...], extra: dict[str, str]) -> str:
    if not contract.columns:
        return "the contract names no columns"
    parts = [f"{len(contract.columns) - len(missing)} of {len(contract.columns)} columns found"]
    if missing:
        parts.append(f"{len(missing)} missing")
    if extra:
        parts.append(f"{len(extra)} unexpected")
    return ", ".join(parts)
