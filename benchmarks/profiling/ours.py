"""Ours: stage 3 on the rows that stage 1 has read."""

from __future__ import annotations

from benchmarks import story
from benchmarks.job import Answer, Done, Job
from governance.stages.profile import profile
from governance.tables import BronzeTable

TITLE = "Assay, stage 3"
DELIVERS = "counts, nulls, blanks, distinct, types, min, max, mean, spread, quantiles, histograms, top, lengths, shapes"


def prepare(job: Job) -> BronzeTable:
    bench = story.room(job)
    return story.loaded(bench, story.kept_bytes(bench, job.data))


def run(job: Job, bronze: BronzeTable) -> Done:
    found = profile(story.room(job), bronze)
    nulls = sum(column.nulls for column in found.columns)
    return lambda: Answer({"columns": len(found.columns), "nulls": nulls})
