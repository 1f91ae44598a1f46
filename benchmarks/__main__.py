"""Measure act 1 on generated customers, beside DuckDB's own CSV → Parquet of the same file.

Each size runs in a process of its own, so that its peak memory is its own. The unit is taken before and after,
and the smaller time counts, because a noisy machine only ever adds. `--rows 1000000` measures one size.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

SIZES = (10_000, 100_000, 1_000_000)
RESULTS = Path(__file__).with_name("RESULTS.md")
NAMED = ("duckdb", "pyarrow", "great-expectations", "presidio-analyzer", "spacy", "streamlit", "dbos")


def measure(rows: int) -> dict[str, object]:
    """One size in a fresh process. Raises CalledProcessError when it fails."""
    command = [sys.executable, "-m", "benchmarks.act_one", str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append", help="a size; may be given several times")
    sizes = parser.parse_args().rows or list(SIZES)
    measured = []
    for rows in sizes:
        print(f"{rows:,} rows …", flush=True)
        measured.append(measure(rows))
        print(_line(measured[-1]))
    RESULTS.write_text(_page(measured))
    print(f"written to {RESULTS}")


def _line(one: dict[str, object]) -> str:
    return (
        f"| {one['rows']:,} | {one['megabytes']:,.1f} | {one['unit']:.2f} | {one['seconds']:.2f} "
        f"| **{one['ratio']:.1f}** | {one['peak_megabytes']:,.0f} |"
    )


def _page(measured: list[dict[str, object]]) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in NAMED)
    largest = measured[-1]
    stages = "\n".join(
        f"| {number} {name} | {seconds:.2f} | {seconds / float(str(largest['unit'])):.2f} |"
        for number, name, seconds in largest["stages"]  # type: ignore[attr-defined]
    )
    return f"""# Results

Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {platform.machine()}, {os.cpu_count()} cores, Python
{platform.python_version()}; {versions}. DuckDB had its limit of 1 GB. The data are generated customers
(`python -m governance sample customers --seed 7`), of which about 4 % of the rows are wrong.

## Act 1, everything included

From the file's bytes to a masked candidate that waits for review: all twelve stages in a worker that has
finished its imports. The unit is DuckDB's own CSV (all text) → Parquet of the same file, in the same run.

| rows | CSV, MB | unit, s | act 1, s | act 1 in units | peak memory, MB |
| ---: | ---: | ---: | ---: | ---: | ---: |
{chr(10).join(_line(one) for one in measured)}

## Where the time goes, {largest["rows"]:,} rows

| stage | s | units |
| :--- | ---: | ---: |
{stages}

Great Expectations runs on at most 10,000 rows spread over the table, Presidio on at most 300 distinct values a
column; everything else on every row.
"""


if __name__ == "__main__":
    main()
