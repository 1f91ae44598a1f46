"""pandera on pandas, lazy: every failure of every check."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from benchmarks.job import Done, Job
from benchmarks.validating import promises
from benchmarks.validating.pandas_columns import day, number, read, split

if TYPE_CHECKING:
    import pandas as pd

TITLE = "pandera on pandas, lazy"
DELIVERS = (
    "a table of failures with row, column, check and value; reasons a row are put together by the script"
)


def run(job: Job) -> Done:
    frame = read(job)
    cases = _failures(frame, job.today)
    found = {f"{column} {check}": rows["index"].to_numpy(dtype=int) for (column, check), rows in
             cases.groupby(["column", "check"])}  # fmt: skip
    return split(frame, found, job.home)


def _failures(frame: pd.DataFrame, today: date) -> pd.DataFrame:
    import pandera.pandas as pa

    try:
        _schema(pa, today).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pd.DataFrame = errors.failure_cases
        return cases
    raise AssertionError("a sample without a single failing row")


def _schema(pa: Any, today: date) -> Any:
    """Its own checks where it has them; a missing value fails `nullable` alone."""
    checks: dict[str, list[Any]] = {name: [] for name in promises.COLUMNS}
    for name, (low, high) in promises.LENGTHS.items():
        checks[name].append(pa.Check.str_length(low, high))
    checks["phone"].append(pa.Check.str_matches(promises.whole(promises.PHONE)))
    checks["email"] += [pa.Check.str_matches(promises.whole(promises.EMAIL)), pa.Check.str_length(None, 254)]
    checks["account_status"].append(pa.Check.isin(promises.STATUSES))
    for name, pattern in (("customer_id", promises.INTEGER), ("income", promises.NUMBER)):
        checks[name].append(pa.Check.str_matches(promises.whole(pattern)))
    checks["customer_id"].append(pa.Check(lambda v: ~(number(v, promises.INTEGER) <= 0), name="range"))
    checks["customer_id"].append(pa.Check(lambda v: ~v.duplicated(keep=False), name="unique"))
    checks["income"].append(
        pa.Check(lambda v: _between(number(v, promises.NUMBER), 0, promises.MOST_INCOME), name="range")
    )
    for name, oldest in promises.OLDEST.items():
        checks[name].append(pa.Check(lambda v: day(v).notna(), name="day"))
        checks[name].append(
            pa.Check(lambda v, oldest=oldest: _between(day(v), oldest, today.isoformat()), name="range")
        )
    return pa.DataFrameSchema(
        {
            name: pa.Column("string[pyarrow]", own, nullable=name not in promises.REQUIRED)
            for name, own in checks.items()
        }
    )


def _between(values: Any, low: Any, high: Any) -> Any:
    """Whether each value is between the two, or is not there."""
    return values.isna() | values.between(low, high)
