"""The same in one DuckDB query, written by someone who knows which columns hold numbers and which hold dates."""

from __future__ import annotations

from benchmarks.job import Answer, Done, Job
from benchmarks.profiling import ours
from governance.engines.duckdb import open_engine, scan
from governance.settings import Settings
from governance.tables import BronzeTable

TITLE = "DuckDB SQL by hand"
DELIVERS = (
    "counts, nulls, approximate distinct, min, max, mean, quantiles, top values, lengths; types are known"
)

NUMBERS = ("customer_id", "income")
DATES = ("date_of_birth", "created_date")
POINTS = "[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]"


prepare = ours.prepare


def run(job: Job, bronze: BronzeTable) -> Done:
    asked = ", ".join(f"{_facts(name)} AS {name}" for name in bronze.columns)
    with open_engine(Settings(home=job.home)) as engine:
        row = engine.dicts(f"SELECT count(*) AS rows, {asked} FROM {scan(bronze.path)}")[0]
    rows = row.pop("rows")
    return lambda: Answer(
        {"columns": len(row), "nulls": sum(rows - facts["there"] for facts in row.values())}
    )


def _facts(name: str) -> str:
    facts = {
        "there": f"count({name})",
        "different": f"approx_count_distinct({name})",
        "low": f"min({name})",
        "high": f"max({name})",
        "top": f"approx_top_k({name}, 10)",
        "shortest": f"min(length({name}))",
        "longest": f"max(length({name}))",
        "length": f"avg(length({name}))",
    }
    if name in NUMBERS:
        number = f"TRY_CAST({name} AS DOUBLE)"
        facts |= {
            "numbers": f"count({number})",
            "least": f"min({number})",
            "most": f"max({number})",
            "mean": f"avg({number})",
            "spread": f"stddev({number})",
            "points": f"approx_quantile({number}, {POINTS})",
        }
    if name in DATES:
        day = f"TRY_CAST({name} AS DATE)"
        facts |= {"days": f"count({day})", "first": f"min({day})", "last": f"max({day})"}
    return "{" + ", ".join(f"'{fact}': {sql}" for fact, sql in facts.items()) + "}"
