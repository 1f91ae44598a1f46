"""The stages that a part of act 1 needs, in the order of `governance.pipeline`, for measurements of one of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from benchmarks.job import Job
from governance.bench import Bench, open_bench
from governance.cleanroom import clean_table
from governance.contract.model import Contract
from governance.intake import fetch
from governance.settings import Settings
from governance.source import Source
from governance.stages.contract import conform
from governance.stages.load import load
from governance.stages.quarantine import Split, split
from governance.stages.validate import Validated, validate
from governance.tables import BronzeTable


def room(job: Job) -> Bench:
    """Where the stages of this job work; everything is made anew in an empty home."""
    return open_bench(Settings(home=job.home))


def kept_bytes(bench: Bench, data: Path) -> tuple[str, str]:
    """The file's bytes in the vault, by digest."""
    return fetch(bench, str(data))


def loaded(bench: Bench, kept: tuple[str, str], *, expected: tuple[str, ...] = ()) -> BronzeTable:
    """Stage 1."""
    return load(bench, input_digest=kept[0], file=kept[1], expected=expected).bronze


def judged(bench: Bench, bronze: BronzeTable, contract: Contract, *, today: date) -> tuple[Source, Validated]:
    """Stages 4 and 5."""
    source = conform(bronze, contract).source
    return source, validate(bench, source, contract=contract, today=today)


def parted(bench: Bench, source: Source, verdict: Validated, contract: Contract) -> Split:
    """Stage 9, with what it needs of stage 8: the cleaned rows."""
    with bench.engine() as engine:
        clean = clean_table(bench, engine, source, contract)
    return split(bench, source, clean, verdict, choices=(), contract=contract)
