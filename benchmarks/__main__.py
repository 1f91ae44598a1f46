"""`python -m benchmarks` measures everything and writes RESULTS.md; `--large` adds ten million rows.

`--only act_one --rows 1000000` measures one thing and prints it, a line of JSON each, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.page import Results, page
from benchmarks.running import Bench

RESULTS = Path(__file__).with_name("RESULTS.md")
SIZES = (10_000, 100_000, 1_000_000)
LARGE = 10_000_000
SMALL = 10_000
COMPARED = 1_000_000
PART = 100_000
"""Rows that are measured of what would take too long; ours is held against them on the same part."""

VALIDATING = [
    "validating.ours",
    "validating.sql_by_hand",
    "validating.polars_by_hand",
    "validating.pandera_polars",
    "validating.pointblank_polars",
    "validating.pandas_columns",
    "validating.pandera_pandas",
    "validating.expectations",
    "validating.pandas_apply",
]
PROFILING = ["profiling.ours", "profiling.sql_by_hand", "profiling.data_profiling"]
DETECTING = ["detecting.ours", "detecting.presidio"]
BROWSING = "browsing.steward"


def main() -> None:
    asked = _asked()
    load = machine.load_average()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), today=datetime.now(UTC).date())
        if asked.only:
            _only(bench, asked.only, asked.rows or [COMPARED])
            return
        sizes = asked.rows or [*SIZES, *([LARGE] if asked.large else [])]
        asked.out.write_text(
            page(measured(bench, sizes, compared=asked.compared, load=load)), encoding="utf-8"
        )
    print(f"written to {asked.out}")


def _only(bench: Bench, names: list[str], sizes: list[int]) -> None:
    beside = [name for name in names if name != BROWSING]
    for rows in sizes:
        found = bench.measure_beside(beside, rows) if beside else []
        for one in [*found, *([bench.measure_told(BROWSING, rows)] if BROWSING in names else [])]:
            print(json.dumps(one))


def measured(bench: Bench, sizes: list[int], *, compared: int, load: float) -> Results:
    """Everything, one after the other. Raises Failed when something of ours or a tool that is there stops."""
    part = min(PART, compared)
    return Results(
        load=load,
        imports=bench.help_seconds(),
        warm=bench.measure_beside(["warm_worker"], min(SMALL, *sizes))[0],
        acts=[bench.measure_beside(["act_one"], rows)[0] for rows in sizes],
        part=bench.measure_beside(["validating.ours"], part)[0],
        validating=bench.measure_beside(VALIDATING, compared),
        profiling=bench.measure_beside(PROFILING, compared),
        detecting=bench.measure_beside(DETECTING, compared),
        browsing=[bench.measure_told(BROWSING, rows) for rows in sorted({min(SMALL, compared), compared})],
    )


def _asked() -> argparse.Namespace:
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--rows", type=int, action="append", help="a size of act 1; may be given several times")
    said.add_argument("--large", action="store_true", help=f"act 1 on {LARGE:,} rows as well")
    said.add_argument("--compared", type=int, default=COMPARED, help="rows on which others are compared")
    said.add_argument("--only", action="append", help="measure this and print it; may be given several times")
    said.add_argument("--out", type=Path, default=RESULTS, help="where the page is written")
    return said.parse_args()


if __name__ == "__main__":
    main()
