"""Ours: stage 11 on the kept rows, by a contract that says nothing of what a column is about."""

from __future__ import annotations

from benchmarks import story
from benchmarks.job import Answer, Done, Job
from governance.contract.model import Contract
from governance.contract.odcs import read
from governance.settings import PROJECT
from governance.stages.detect import detect
from governance.tables import KeptTable

TITLE = "Assay, stage 11"
DELIVERS = "a verdict a column with its evidence: name, patterns, checksums, Presidio on samples; all rows of open text"


def prepare(job: Job) -> KeptTable:
    bench, contract = story.room(job), _contract()
    bronze = story.loaded(bench, story.kept_bytes(bench, job.data))
    source, verdict = story.judged(bench, bronze, contract, today=job.today)
    return story.parted(bench, source, verdict, contract).kept


def run(job: Job, kept: KeptTable) -> Done:
    found = detect(story.room(job), kept, contract=_contract())
    return lambda: Answer({"personal columns": sum(column.personal for column in found.columns)})


def _contract() -> Contract:
    """The customers' contract without what it says about privacy."""
    known = read((PROJECT / "contracts" / "customers.yaml").read_bytes())
    silent = {"semantic": "", "classification": "", "masking": ""}
    return known.model_copy(
        update={"columns": tuple(column.model_copy(update=silent) for column in known.columns)}
    )
