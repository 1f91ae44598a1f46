"""A decision as the engine applies it: which rows, and what becomes of them.

The rows of a choice are those of one cluster of one judged table; both never change, so a choice means the
same rows for ever, however often the run is revised.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path

from governance.bench import name_of
from governance.engines.duckdb import literal, scan
from governance.tables import ROW, Frozen


class Action(StrEnum):
    FIX = "fix"
    WAIVE = "waive"
    REJECT = "reject"
    ACCEPT = "accept"
    MEND = "mend"
    SEND_BACK = "send back"


class Scope(StrEnum):
    """What a waiver is about. Row and cluster: these rows, in this run. Rule: every row that breaks the item's
    rules. Dataset: every row that breaks a rule that may be waived. Those two are carried to later runs."""

    ROW = "row"
    CLUSTER = "cluster"
    RULE = "rule"
    DATASET = "dataset"


LASTING = (Scope.RULE, Scope.DATASET)


class Code(StrEnum):
    """Why rows are waived, in a word that can be counted."""

    KNOWN = "known issue"
    RISK = "accepted risk"
    SUPPLIER = "supplier will fix"
    CUSTOMER = "special customer"
    OTHER = "other"


class Terms(Frozen):
    """The terms of a waiver. `budget`: the rows that it may cover at most; one more, and it covers none.

    `rows` are the `_row`s of a waiver of single rows.
    """

    scope: Scope = Scope.CLUSTER
    code: Code = Code.OTHER
    ticket: str = ""
    budget: int = 0
    rows: tuple[int, ...] = ()

    @property
    def lasts(self) -> bool:
        """Whether it is carried to later runs."""
        return self.scope in LASTING


class Cell(Frozen):
    """A cell as a person wrote it: text in the notation of the file, or nothing where it is to be missing."""

    row: int
    column: str
    text: str | None = None


class Fix(Frozen):
    """A repair of one column: one of the ready-made ones by name, or a SQL expression over the row.

    `compute` takes its formula from `expression`, `usual` the columns that decide the value from `on`, and `follow`
    is several of these `steps`, one after another (governance.review.following). `cells` are single ones, each with
    its own text (governance.review.by_hand): only their rows are fixed.
    """

    column: str
    repair: str = ""
    value: str = ""
    expression: str = ""
    on: tuple[str, ...] = ()
    steps: tuple[Fix, ...] = ()
    cells: tuple[Cell, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are changed, each once."""
        steps, cells = (step.column for step in self.steps), (cell.column for cell in self.cells)
        return tuple(dict.fromkeys((self.column, *steps, *cells)))

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows of single cells, in order."""
        return tuple(sorted({cell.row for cell in self.cells}))


class Line(Frozen):
    """An unreadable line as a person mended it: the row it becomes, and its cells in the order of the file's columns."""

    row: int
    text: str
    cells: tuple[str | None, ...]


class Choice(Frozen):
    """One decision that stands. `failing` is the table in which `cluster` names the rows.

    `line`: the line that was mended. `corrected`: rows that the supplier sent anew, with the revision's columns.
    """

    item: str
    action: Action
    cluster: str = ""
    failing: Path | None = None
    rules: tuple[str, ...] = ()
    fix: Fix | None = None
    expires: date | None = None
    terms: Terms | None = None
    line: Line | None = None
    corrected: Path | None = None

    @property
    def lasts(self) -> bool:
        """Whether it is a waiver that is about rules, whatever rows break them."""
        return self.terms is not None and self.terms.lasts

    def rows_sql(self) -> str:
        """A query of the `_row`s that the choice was about when it was made."""
        if self.line:
            return f"SELECT CAST({int(self.line.row)} AS BIGINT) AS {ROW}"
        if self.corrected:
            return f"SELECT {ROW} FROM {scan(self.corrected)}"
        if self.failing is None:
            return f"SELECT CAST(0 AS BIGINT) AS {ROW} WHERE false"
        if self.lasts:
            return f"SELECT {ROW} FROM {scan(self.failing)} WHERE {breaks(self.rules)}"
        single = f" AND {ROW} IN ({', '.join(map(str, rows))})" if (rows := self.single) else ""
        return f"SELECT {ROW} FROM {scan(self.failing)} WHERE _cluster = {literal(self.cluster)}{single}"

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that a person wrote, of a fix by hand."""
        return self.fix.cells if self.fix else ()

    @property
    def single(self) -> tuple[int, ...]:
        """The rows of a choice that is about single ones of its cluster."""
        if self.fix and self.cells:
            return self.fix.rows
        return self.terms.rows if self.terms and self.terms.scope is Scope.ROW else ()

    def identity(self) -> dict[str, object]:
        """What the choice says, without where this installation keeps its files."""
        said = self.model_dump(mode="json", exclude={"failing"})
        said["corrected"] = self.corrected.stem if self.corrected else ""
        for name in ("on", "steps", "cells"):
            if said["fix"] and not said["fix"][name]:
                del said["fix"][name]  # so that what was decided before there were such fixes has its name
        for name in ("terms", "line", "corrected"):
            if not said[name]:
                del said[name]
        return {**said, "failing": self.failing.stem if self.failing else ""}


def breaks(rules: Sequence[str]) -> str:
    """A condition over failing rows: true on those that break any of the rules."""
    return f"list_has_any(_reasons, CAST([{', '.join(map(literal, rules))}] AS VARCHAR[]))"


def name_of_choices(choices: Sequence[Choice]) -> str:
    """One name for what was decided, whoever decided it and in whatever number of tries."""
    return name_of("choices", [choice.identity() for choice in choices])
