"""The rules as Polars expressions, by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from benchmarks.job import Done, Job, failing
from benchmarks.validating import promises

if TYPE_CHECKING:
    import polars as pl

TITLE = "Polars by hand"
DELIVERS = "every reason of every row"


def run(job: Job) -> Done:
    import polars as pl

    frame, checks = read(job), conditions(job.today)
    found = frame.lazy().select(**{name: bad.fill_null(False) for name, bad in checks.items()}).collect()
    bad = found.select(pl.any_horizontal(pl.all())).to_series()
    said = pl.concat_list(pl.when(pl.col(name)).then(pl.lit(name)) for name in checks).list.drop_nulls()
    out = frame.filter(bad).with_columns(found.filter(bad).select(reasons=said))
    frame.filter(~bad).write_parquet(job.home / "kept.parquet")
    out.write_parquet(job.home / "failing.parquet")
    return lambda: failing(out["row"].to_list(), reasons=int(out["reasons"].list.len().sum()))


def read(job: Job) -> pl.DataFrame:
    """The file as text, with the row's number."""
    import polars as pl

    return pl.read_csv(job.data, infer_schema=False, row_index_name="row", row_index_offset=1)


def conditions(today: date) -> dict[str, pl.Expr]:
    """Conditions that are true on the bad row, by name; NULL counts as good."""
    import polars as pl

    col = pl.col
    checks = {f"{name} missing": col(name).is_null() for name in promises.REQUIRED}
    ids, money = number("customer_id", promises.INTEGER), number("income", promises.NUMBER)
    checks["customer_id type"] = col("customer_id").is_not_null() & ids.is_null()
    checks["customer_id range"] = ids <= 0
    checks["customer_id unique"] = col("customer_id").is_not_null() & col("customer_id").is_duplicated()
    for name, (low, high) in promises.LENGTHS.items():
        checks[f"{name} length"] = ~col(name).str.len_chars().is_between(low, high)
    checks["email"] = ~col("email").str.contains(promises.whole(promises.EMAIL)) | (
        col("email").str.len_chars() > 254
    )
    checks["phone"] = ~col("phone").str.contains(promises.whole(promises.PHONE))
    for name, oldest in promises.OLDEST.items():
        checks[f"{name} type"] = col(name).is_not_null() & day(name).is_null()
        checks[f"{name} range"] = ~day(name).is_between(date.fromisoformat(oldest), today)
    checks["income type"] = col("income").is_not_null() & money.is_null()
    checks["income range"] = ~money.is_between(0, promises.MOST_INCOME)
    checks["account_status"] = ~col("account_status").is_in(promises.STATUSES)
    return checks


def number(name: str, pattern: str) -> pl.Expr:
    """A column as numbers; what is written otherwise is NULL."""
    import polars as pl

    value = pl.col(name)
    return pl.when(value.str.contains(promises.whole(pattern))).then(value).cast(pl.Float64, strict=False)


def day(name: str) -> pl.Expr:
    """A column as days; what is written otherwise, or no day of the calendar, is NULL."""
    import polars as pl

    value = pl.col(name)
    written = pl.when(value.str.contains(promises.whole(promises.DAY))).then(value)
    return written.str.to_date("%Y-%m-%d", strict=False)
