"""The unit: DuckDB's own CSV (all text) → Parquet of the same file. The least of three counts, because a noisy
machine only ever adds."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.job import Answer, Done, Job
from governance.engines.duckdb import literal, open_engine
from governance.settings import Settings

TITLE = "DuckDB, CSV → Parquet"
DELIVERS = "the same file, all text"
TIMES = 3


def run(job: Job) -> Done:
    times = [_once(job.data, job.home, n) for n in range(TIMES)]
    return lambda: Answer({"rows": job.rows}, parts={"all": min(times)})


def _once(data: Path, home: Path, number: int) -> float:
    with open_engine(Settings(home=home)) as engine:
        started = time.perf_counter()
        engine.run(
            f"COPY (SELECT * FROM read_csv({literal(data)}, all_varchar = true)) "
            f"TO {literal(home / f'{number}.parquet')} (FORMAT parquet)"
        )
        return time.perf_counter() - started
