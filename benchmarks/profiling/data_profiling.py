"""fg-data-profiling (once ydata-profiling), its minimal report."""

from __future__ import annotations

import warnings

from benchmarks.job import Answer, Done, Job
from benchmarks.profiling import ours
from governance.tables import BronzeTable

TITLE = "fg-data-profiling, minimal"
DELIVERS = "a description of each column, for an HTML report; no correlations, no duplicates"
MOST_ROWS = 100_000


prepare = ours.prepare


def run(job: Job, bronze: BronzeTable) -> Done:
    import pandas as pd
    from data_profiling import ProfileReport

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.read_parquet(bronze.path)
        found = ProfileReport(frame, minimal=True, progress_bar=False).get_description()
    return lambda: Answer(
        {
            "columns": len(found.variables),
            "nulls": sum(int(one["n_missing"]) for one in found.variables.values()),
        }
    )
