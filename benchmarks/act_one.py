"""One measurement, in a process of its own: `python -m benchmarks.act_one ROWS` prints a line of JSON."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from governance import runner
from governance.engines.duckdb import open_engine
from governance.people import person
from governance.sample import make_sample
from governance.settings import Settings
from governance.workspace import Workspace


def unit(settings: Settings, sample: Path, out: Path) -> float:
    """Seconds DuckDB takes to turn the CSV into Parquet, with the same limits."""
    with open_engine(settings) as engine:
        started = time.perf_counter()
        engine.run(
            f"COPY (SELECT * FROM read_csv('{sample}', all_varchar = true)) TO '{out}' (FORMAT parquet)"
        )
        return time.perf_counter() - started


def main() -> None:
    rows = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        home, sample = Path(folder), Path(folder) / "customers.csv"
        settings = Settings(home=home / "home")
        today = datetime.now(UTC).date()
        make_sample("customers", rows=rows, seed=7, out=sample, truth=home / "truth.csv", today=today)
        workspace, ana = Workspace.open(settings), person("ana")
        units = [unit(settings, sample, home / "unit.parquet") for _ in range(2)]
        with runner.working(workspace.house) as worker:
            assert worker
            runner.warm_up()
            started = time.perf_counter()
            digest, file = workspace.fetch(ana, str(sample))
            run = workspace.submit(ana, "customers", input_digest=digest, file=file)
            while worker.run_one():
                pass
            seconds = time.perf_counter() - started
        units.append(unit(settings, sample, home / "unit.parquet"))
        strip = workspace.see.strip(ana, run)
        assert strip.state == "awaiting review", strip.error
        said = {
            "rows": rows,
            "megabytes": sample.stat().st_size / 1e6,
            "unit": min(units),
            "seconds": seconds,
            "ratio": seconds / min(units),
            "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "stages": [
                (mark.number, mark.name, mark.seconds) for mark in strip.stages if mark.seconds is not None
            ],
        }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
