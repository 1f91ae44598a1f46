"""pointblank on Polars: which rows fail, and how many a check; not which checks a row fails."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from benchmarks.job import Done, Job, failing
from benchmarks.validating import promises
from benchmarks.validating.polars_by_hand import conditions, day, number, read

if TYPE_CHECKING:
    import polars as pl

TITLE = "pointblank on Polars"
DELIVERS = "counts a rule, and the failing rows; no reasons a row"


def run(job: Job) -> Done:
    frame = read(job)
    checked = _checked(_parsed(frame), job.today)
    columns = ["row", *promises.COLUMNS]
    checked.get_sundered_data(type="pass").select(columns).write_parquet(job.home / "kept.parquet")
    out = checked.get_sundered_data(type="fail").select(columns)
    out.write_parquet(job.home / "failing.parquet")
    return lambda: failing(out["row"].to_list(), reasons=sum(checked.n_failed().values()))


def _parsed(frame: pl.DataFrame) -> pl.DataFrame:
    """With numbers and days in columns of their own, because its checks do not look through text."""
    return frame.with_columns(
        id_number=number("customer_id", promises.INTEGER),
        money=number("income", promises.NUMBER),
        **{f"{name}_day": day(name) for name in promises.OLDEST},
    )


def _checked(frame: pl.DataFrame, today: date) -> Any:
    import pointblank as pb

    by_hand = conditions(today)
    plan = pb.Validate(frame).col_vals_not_null(list(promises.REQUIRED))
    plan = plan.col_vals_gt("id_number", 0, na_pass=True)
    plan = plan.col_vals_regex("customer_id", promises.whole(promises.INTEGER), na_pass=True)
    plan = plan.col_vals_regex("income", promises.whole(promises.NUMBER), na_pass=True)
    plan = plan.col_vals_regex("phone", promises.whole(promises.PHONE), na_pass=True)
    plan = plan.col_vals_between("money", 0, promises.MOST_INCOME, na_pass=True)
    for name, oldest in promises.OLDEST.items():
        plan = plan.col_vals_between(f"{name}_day", date.fromisoformat(oldest), today, na_pass=True)
    named = [f"{name} type" for name in promises.OLDEST] + [f"{name} length" for name in promises.LENGTHS]
    for name in (*named, "customer_id unique", "email", "account_status"):
        plan = plan.col_vals_expr(~by_hand[name].fill_null(False))
    return plan.interrogate(collect_extracts=False)
