"""How many rows have a number in a range: what a selection in a chart comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass

from governance.engines.duckdb import scan
from governance.errors import InputError, Stale, UnknownName
from governance.house import House
from governance.journal import Journal
from governance.people import Person, Verb
from governance.setting_apart import Between
from governance.stages import Stage
from governance.stages.load import Loaded
from governance.statistics.outliers import range_filter


@dataclass(frozen=True)
class Asked:
    house: House

    def rows_between(self, person: Person, run_id: str, column: str, *, low: float, high: float) -> Between:
        """Count the rows of a run whose number in a column lies in a range. Raises InputError for no range."""
        person.must(Verb.SEE_VALUES)
        run = self.house.run(run_id)
        loaded = Journal(self.house, run.id, run.dataset, 0).known(Stage.LOAD, Loaded)
        if loaded is None:
            raise Stale(f"Run {run.id} has not been read yet.", f"It is {run.state}.")
        if column not in loaded.bronze.columns:
            raise UnknownName(f"There is no column {column!r} in this run.")
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise InputError(
                "A range goes from a number to one that is not smaller.", "Change one of the ends."
            )
        with self.house.bench.engine() as engine:
            rows = engine.value(
                f"SELECT count(*) FILTER ({range_filter(column, low, high)}) FROM {scan(loaded.bronze.path)}"
            )
        return Between(column=column, low=low, high=high, rows=int(rows))
