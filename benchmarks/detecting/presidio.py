"""Presidio with its own recognisers, on one cell after the other; a column counts when half of its cells hit."""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks.detecting import ours
from benchmarks.job import Answer, Done, Job
from governance.privacy.by_presidio import MODEL
from governance.tables import ROW, KeptTable

TITLE = "Presidio, cell by cell"
DELIVERS = "kinds of personal data of every cell"
MOST_ROWS = 1_000
WARM_ROWS = 10
ENOUGH = 0.5


prepare = ours.prepare


def run(job: Job, kept: KeptTable) -> Done:
    import pyarrow.parquet as pq

    analyzer = _analyzer()
    table = pq.read_table(kept.path).drop_columns([ROW])
    hits = {
        name: sum(
            bool(analyzer.analyze(str(cell), language="en")) for cell in table[name].drop_null().to_pylist()
        )
        for name in table.column_names
    }
    personal = sum(count >= ENOUGH * table.num_rows for count in hits.values())
    return lambda: Answer({"personal columns": personal})


@cache
def _analyzer() -> Any:
    """With the language model that is installed, and without asking the network for a list of domains."""
    import tldextract.tldextract as domains
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    domains.TLD_EXTRACTOR = domains.TLDExtract(suffix_list_urls=())
    models = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
    return AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=models).create_engine())
