"""One measurement, in a process of its own: `python -m benchmarks.measure NAME FILE --rows N` prints a line of JSON.

The thing is first run on a thousand rows, so that imports and caches are not part of the time, and then once on
the file. A tool that is not installed is said to be so, and nothing is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.job import Done, Job, NotHere
from benchmarks.machine import limit_cores, peak_megabytes

WARM_ROWS = 1_000
PEERS = {
    *("pandera", "polars", "pointblank", "data_profiling", "great_expectations", "presidio_analyzer"),
    "playwright",
}
"""Tools that may be missing; anything else that cannot be imported is a fault of ours."""


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("name", help="a module of this package, as validating.ours")
    said.add_argument("data", type=Path)
    said.add_argument("--rows", type=int, required=True, help="rows of the file")
    said.add_argument("--today", type=date.fromisoformat, required=True, help="the day the file was made for")
    asked = said.parse_args()
    limit_cores()
    with contextlib.redirect_stdout(sys.stderr):  # the tools' own chatter
        answer = measured(asked.name, asked.data, rows=asked.rows, today=asked.today)
    print(json.dumps(answer))


def measured(name: str, data: Path, *, rows: int, today: date) -> dict[str, Any]:
    """What `name` took for the file, or why it was not measured."""
    module = import_module(f"benchmarks.{name}")
    said: dict[str, Any] = {"name": name, "title": module.TITLE, "delivers": module.DELIVERS, "rows": rows}
    try:
        if getattr(module, "WARMS_ITSELF", False):
            return said | _timed(module, data, rows, today)
        with _first(data, getattr(module, "WARM_ROWS", WARM_ROWS), rows) as (few, count):
            _timed(module, few, count, today)
        with _first(data, getattr(module, "MOST_ROWS", rows), rows) as (some, count):
            return said | _timed(module, some, count, today)
    except NotHere as missing:
        return said | {"skipped": str(missing)}
    except ModuleNotFoundError as error:
        tool = (error.name or "").partition(".")[0]
        if tool not in PEERS:
            raise
        return said | {"skipped": f"{tool} is not installed here; `make bench` installs it into .venv-bench"}


def _timed(module: ModuleType, data: Path, rows: int, today: date) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        job = Job(data=data, home=Path(folder), rows=rows, today=today)
        ready = module.prepare(job) if hasattr(module, "prepare") else None
        started = time.perf_counter()
        done: Done = module.run(job) if ready is None else module.run(job, ready)
        seconds = time.perf_counter() - started
        peak = peak_megabytes()
        answer = done()
    return {
        "measured_rows": rows,
        "seconds": answer.parts.pop("all", seconds),
        "peak_megabytes": peak,
        "parts": answer.parts,
        "counts": answer.counts,
        "fingerprint": answer.fingerprint,
        **answer.more,
    }


@contextlib.contextmanager
def _first(data: Path, most: int, rows: int) -> Iterator[tuple[Path, int]]:
    """The file, or a file of its first rows where it has more of them (its records are a line each)."""
    if rows <= most:
        yield data, rows
        return
    with tempfile.TemporaryDirectory() as folder:
        some = Path(folder) / data.name
        with (
            data.open(encoding="utf-8", newline="") as lines,
            some.open("w", encoding="utf-8", newline="") as out,
        ):
            out.writelines(islice(lines, most + 1))
        yield some, most


if __name__ == "__main__":
    main()
