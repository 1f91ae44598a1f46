"""The rows of a file, and a sample of them spread evenly where they are many."""

from __future__ import annotations

import math
from pathlib import Path

from governance.engines.duckdb import literal, scan
from governance.profiling.scanning import EXACT_ROWS
from governance.tables import Frozen

SAMPLE = 51_200
"""Rows of the sample, in 25 runs of 2,048 (DuckDB's vector, so that it can skip between them)."""
RUNS = 25


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
        numbered = f"read_parquet({literal(self.path)}, file_row_number = true)"
        if self.whole:
            return numbered
        apart = math.ceil(self.rows / RUNS)
        return f"(SELECT * FROM {numbered} WHERE file_row_number % {apart} < {SAMPLE // RUNS})"
