"""Ours: the rules of the contract, by the stages that every run goes through."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks import story
from benchmarks.job import Answer, Done, Job, failing
from governance.bench import Bench
from governance.contract.odcs import read
from governance.engines.duckdb import scan
from governance.stages.quarantine import Split
from governance.tables import ROW

TITLE = "Assay"
DELIVERS = "every reason of every row, clusters, kept rows typed; bytes kept, lines and rows accounted for"
CONTRACT = Path(__file__).with_name("contract.yaml")


def run(job: Job) -> Done:
    """Stages 1, 4, 5 and 9 with the file's bytes kept, as in a run."""
    bench, clock, contract = story.room(job), _Clock(), read(CONTRACT.read_bytes())
    kept = story.kept_bytes(bench, job.data)
    clock.lap("keep the bytes")
    bronze = story.loaded(bench, kept, expected=tuple(column.name for column in contract.columns))
    clock.lap("load")
    source, verdict = story.judged(bench, bronze, contract, today=job.today)
    clock.lap("validate")
    parted = story.parted(bench, source, verdict, contract)
    clock.lap("split")
    return lambda: _counted(bench, parted, clock.parts)


def _counted(bench: Bench, parted: Split, parts: dict[str, float]) -> Answer:
    found = scan(parted.quarantine.path)
    with bench.engine() as engine:
        rows = [int(row[0]) for row in engine.rows(f"SELECT {ROW} FROM {found}")]
        reasons = int(engine.value(f"SELECT coalesce(sum(len(_reasons)), 0) FROM {found}"))
    return failing(rows, reasons=reasons, parts=parts)


class _Clock:
    """Seconds between laps, by name."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self.last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.parts[name], self.last = now - self.last, now
