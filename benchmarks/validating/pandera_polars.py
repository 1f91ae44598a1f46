"""pandera on Polars, lazy: every failure of every check."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from benchmarks.job import Done, Job, failing
from benchmarks.validating import promises
from benchmarks.validating.polars_by_hand import conditions, read

if TYPE_CHECKING:
    import polars as pl

TITLE = "pandera on Polars, lazy"
DELIVERS = (
    "a table of failures with row, column, check and value; reasons a row are put together by the script"
)


def run(job: Job) -> Done:
    import polars as pl

    frame = read(job)
    cases = _failures(frame.select(promises.COLUMNS), job.today)
    said = (
        cases.group_by("index")
        .agg(reasons=pl.format("{} {}", "column", "check"))
        .with_columns(row=pl.col("index") + 1)
    )
    said = said.select(pl.col("row").cast(frame["row"].dtype), "reasons")
    frame.join(said, on="row", how="anti").write_parquet(job.home / "kept.parquet")
    out = frame.join(said, on="row", maintain_order="left")
    out.write_parquet(job.home / "failing.parquet")
    return lambda: failing(out["row"].to_list(), reasons=int(out["reasons"].list.len().sum()))


def _failures(frame: pl.DataFrame, today: date) -> pl.DataFrame:
    import pandera.polars as pa

    try:
        _schema(pa, today).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pl.DataFrame = errors.failure_cases
        return cases.filter(cases["index"].is_not_null())
    raise AssertionError("a sample without a single failing row")


def _schema(pa: Any, today: date) -> Any:
    """Its own checks where it has them; conditions on parsed values where it has not."""
    by_hand = conditions(today)

    def own(name: str) -> Any:
        good = ~by_hand[name].fill_null(False)
        return pa.Check(lambda data: data.lazyframe.select(good), name=name.partition(" ")[2] or name)

    checks: dict[str, list[Any]] = {name: [] for name in promises.COLUMNS}
    for name, (low, high) in promises.LENGTHS.items():
        checks[name].append(pa.Check.str_length(low, high))
    checks["phone"].append(pa.Check.str_matches(promises.whole(promises.PHONE)))
    checks["email"].append(own("email"))
    checks["account_status"].append(pa.Check.isin(promises.STATUSES))
    for name in ("customer_id", "income", *promises.OLDEST):
        checks[name] += [own(f"{name} type"), own(f"{name} range")]
    checks["customer_id"].append(own("customer_id unique"))
    return pa.DataFrameSchema(
        {
            name: pa.Column(str, own_checks, nullable=name not in promises.REQUIRED)
            for name, own_checks in checks.items()
        }
    )
