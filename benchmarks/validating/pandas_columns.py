"""The rules in pandas, a column at a time, by hand: Arrow strings, which are its fastest."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.job import Done, Job, failing
from benchmarks.validating import promises

if TYPE_CHECKING:
    import pandas as pd

TITLE = "pandas in columns, by hand"
DELIVERS = "every reason of every row"


def run(job: Job) -> Done:
    frame = read(job)
    return split(frame, masks(frame, job.today), job.home)


def read(job: Job, *, objects: bool = False) -> pd.DataFrame:
    """The file as text; an empty field is missing, and no word is."""
    import pandas as pd

    frame = pd.read_csv(
        job.data, dtype="string[pyarrow]", keep_default_na=False, na_values=[""], engine="pyarrow"
    )
    return _objects(frame) if objects else frame


def split(frame: pd.DataFrame, checks: dict[str, Any], home: Path) -> Done:
    """Write kept and failing rows. `checks` hold, by name, booleans a row or the index of the failing rows."""
    import numpy as np

    bad = np.zeros((len(frame), len(checks)), dtype=bool)
    for place, rows in enumerate(checks.values()):
        if len(rows):
            bad[np.asarray(rows), place] = True
    names, rows = np.array(list(checks), dtype=object), bad.any(axis=1)
    out = frame[rows].assign(reasons=[list(names[row]) for row in bad[rows]])
    frame[~rows].to_parquet(home / "kept.parquet")
    out.to_parquet(home / "failing.parquet")
    return lambda: failing(out.index + 1, reasons=int(bad.sum()))


def masks(frame: pd.DataFrame, today: date) -> dict[str, Any]:
    """Where each check fails, as arrays of booleans; a missing value fails nothing but `missing`."""
    checks = {f"{name} missing": frame[name].isna() for name in promises.REQUIRED}
    ids, money = number(frame.customer_id, promises.INTEGER), number(frame.income, promises.NUMBER)
    checks["customer_id type"] = frame.customer_id.notna() & ids.isna()
    checks["customer_id range"] = ids <= 0
    checks["customer_id unique"] = frame.customer_id.notna() & frame.customer_id.duplicated(keep=False)
    for name, (low, high) in promises.LENGTHS.items():
        checks[f"{name} length"] = ~frame[name].str.len().between(low, high)
    checks["email"] = ~frame.email.str.match(promises.whole(promises.EMAIL)) | (frame.email.str.len() > 254)
    checks["phone"] = ~frame.phone.str.match(promises.whole(promises.PHONE))
    for name, oldest in promises.OLDEST.items():
        days = day(frame[name])
        checks[f"{name} type"] = frame[name].notna() & days.isna()
        checks[f"{name} range"] = days.notna() & ~days.between(oldest, today.isoformat())
    checks["income type"] = frame.income.notna() & money.isna()
    checks["income range"] = money.notna() & ~money.between(0, promises.MOST_INCOME)
    checks["account_status"] = frame.account_status.notna() & ~frame.account_status.isin(promises.STATUSES)
    return {name: bad.fillna(False).to_numpy(dtype=bool) for name, bad in checks.items()}


def _objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as Python objects with None where it is missing, for tools that do not know Arrow's strings."""
    objects = frame.astype(object)
    return objects.where(objects.notna(), None)


def number(values: pd.Series[Any], pattern: str) -> pd.Series[Any]:
    """The values as numbers; what is written otherwise is missing."""
    import pandas as pd

    return pd.to_numeric(values.where(values.str.match(promises.whole(pattern))), errors="coerce").astype(
        "float64"
    )


def day(values: pd.Series[Any]) -> pd.Series[Any]:
    """The values as days; what is written otherwise, or no day of the calendar, is missing."""
    import pandas as pd

    written = values.where(values.str.match(promises.whole(promises.DAY)))
    return pd.to_datetime(written, format="%Y-%m-%d", errors="coerce")
