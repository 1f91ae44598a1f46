"""What travels between stages: references to tables in the vault, never rows.

Each kind of table is a type of its own, so that handing the wrong one to a stage does not type-check:
`upload` takes a `MaskedTable`, and only stage 12 makes one (tests/test_architecture.py holds that).
A name is derived from what the table was computed from, so computing it twice writes the same name.
`digest`, where it is set, is that of the table's content (`storage.vault.content_digest`).
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

RESERVED = ("_row", "_reasons", "_cluster", "_shape", "_key", "_last", "_changed")
"""Column names that are ours; a file's column of such a name is renamed, and that is a finding."""

ROW = "_row"
"""1-based ordinal of a readable record in its input file: the name of a row for the whole run."""


CHANGED = "_changed"
"""Whether cleaning changes a cell of the row."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Table(Frozen):
    """A Parquet file in the vault."""

    name: str
    path: Path
    rows: int
    columns: tuple[str, ...]
    digest: str = ""


class BronzeTable(Table):
    """What was read: text columns under the file's own names, in file order, without `_row` (it is the
    Parquet file's row number + 1, which costs nothing to store)."""


class UnreadableTable(Table):
    """`line BIGINT, reason VARCHAR, text VARCHAR`: what could not be read."""


class MendedTable(Table):
    """`_row` and the file's columns as text: lines that a person mended, with row numbers after the file's own."""


FAILING = (ROW, "_reasons", "_cluster", "_shape")
CHANGES = (ROW, "column", "before", "after", "rule")


class FailingTable(Table):
    """`_row BIGINT, _reasons VARCHAR[], _cluster, _shape`: rows that break at least one row rule."""


class ChangesTable(Table):
    """`_row, column, before, after, rule`: one line a cell that cleaning or a fix changed."""


class KeptTable(Table):
    """`_row` and every column, typed by the contract: what would be published, unmasked."""


class QuarantineTable(Table):
    """`_row, _reasons VARCHAR[], _cluster` and every column as text: what stays out, with all its reasons."""


class MaskedTable(Table):
    """What may leave the vault. Made by stage 12 and by nothing else."""


class MaskedQuarantine(Table):
    """The quarantine with every personal value masked. Made by stage 12 and by nothing else."""
