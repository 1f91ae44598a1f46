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


class Fix(Frozen):
    """A repair of one column: one of the ready-made ones by name, or a SQL expression over the row.

    `compute` takes its formula from `expression`, `usual` the columns that decide the value from `on`, and `follow`
    is several of these `steps`, one after another (governance.review.following).
    """

    column: str
    repair: str = ""
    value: str = ""
    expression: str = ""
    on: tuple[str, ...] = ()
    steps: tuple[Fix, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are changed, each once."""
        return tuple(dict.fromkeys((self.column, *(step.column for step in self.steps))))


class Choice(Frozen):
    """One decision that stands. `failing` is the table in which `cluster` names the rows."""

    item: str
    action: Action
    cluster: str = ""
    failing: Path | None = None
    rules: tuple[str, ...] = ()
    fix: Fix | None = None
    expires: date | None = None

    def rows_sql(self) -> str:
        """A query of the `_row`s that the choice is about."""
        if self.failing is None:
            return f"SELECT CAST(0 AS BIGINT) AS {ROW} WHERE false"
        return f"SELECT {ROW} FROM {scan(self.failing)} WHERE _cluster = {literal(self.cluster)}"

    def identity(self) -> dict[str, object]:
        """What the choice says, without where this installation keeps its files."""
        said = self.model_dump(mode="json", exclude={"failing"})
        for name in ("on", "steps"):
            if said["fix"] and not said["fix"][name]:
                del said["fix"][name]  # so that what was decided before there were such fixes has its name
        return {**said, "failing": self.failing.stem if self.failing else ""}


def name_of_choices(choices: Sequence[Choice]) -> str:
    """One name for what was decided, whoever decided it and in whatever number of tries."""
    return name_of("choices", [choice.identity() for choice in choices])
