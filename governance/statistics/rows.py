"""The rows of a file, and a sample of them spread evenly where they are many."""

from __future__ import annotations

from pathlib import Path

from governance.engines.duckdb import literal, scan
from governance.profiling.sampling import spread
from governance.profiling.scanning import EXACT_ROWS
from governance.tables import Frozen

RUNS = 25
"""Runs of rows in the sample: 51,200 rows."""


class Rows(Frozen):
    """A bronze file: `every` row and `some` rows of it as FROM items, each with `file_row_number`."""

    path: Path
    rows: int

    @property
    def whole(self) -> bool:
        """Whether the sample is the file."""
        return self.rows <= EXACT_ROWS

    @property
    def every(self) -> str:
        return scan(self.path)

    @property
    def some(self) -> str:
        if self.whole:
            return f"read_parquet({literal(self.path)}, file_row_number = true)"
        return spread(self.path, self.rows, runs=RUNS)
