"""The rules as a script that looks at one row after the other, as most first scripts do."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from benchmarks.job import Done, Job, failing
from benchmarks.validating import promises
from benchmarks.validating.pandas_columns import read

TITLE = "pandas `apply`, row by row"
DELIVERS = "every reason of every row"
MOST_ROWS = 100_000

_IS = {
    name: re.compile(getattr(promises, name), re.ASCII).fullmatch
    for name in ("INTEGER", "NUMBER", "EMAIL", "PHONE", "DAY")
}


def run(job: Job) -> Done:
    frame = read(job, objects=True)
    twice = set(frame.customer_id[frame.customer_id.duplicated(keep=False)])
    reasons = frame.apply(lambda row: _reasons(row, twice, job.today), axis=1, result_type="reduce")
    rows = reasons.map(len) > 0
    out = frame[rows].assign(reasons=reasons[rows])
    frame[~rows].to_parquet(job.home / "kept.parquet")
    out.to_parquet(job.home / "failing.parquet")
    return lambda: failing(out.index + 1, reasons=int(out.reasons.map(len).sum()))


def _reasons(row: Any, twice: set[str], today: date) -> list[str]:
    found = [f"{name} missing" for name in promises.REQUIRED if row[name] is None]
    found += _identity(row.customer_id, twice)
    for name, (low, high) in promises.LENGTHS.items():
        if row[name] is not None and not low <= len(row[name]) <= high:
            found.append(f"{name} length")
    if row.email is not None and not (_IS["EMAIL"](row.email) and len(row.email) <= 254):
        found.append("email")
    if row.phone is not None and not _IS["PHONE"](row.phone):
        found.append("phone")
    for name, oldest in promises.OLDEST.items():
        found += _day(name, row[name], date.fromisoformat(oldest), today)
    found += _income(row.income)
    if row.account_status is not None and row.account_status not in promises.STATUSES:
        found.append("account_status")
    return found


def _identity(value: str | None, twice: set[str]) -> list[str]:
    if value is None:
        return []
    found = ["customer_id unique"] if value in twice else []
    if not _IS["INTEGER"](value):
        return [*found, "customer_id type"]
    return [*found, "customer_id range"] if int(value) <= 0 else found


def _day(name: str, value: str | None, oldest: date, today: date) -> list[str]:
    if value is None:
        return []
    try:
        day = date.fromisoformat(value) if _IS["DAY"](value) else None
    except ValueError:
        day = None
    if day is None:
        return [f"{name} type"]
    return [] if oldest <= day <= today else [f"{name} range"]


def _income(value: str | None) -> list[str]:
    if value is None:
        return []
    if not _IS["NUMBER"](value):
        return ["income type"]
    return [] if 0 <= float(value) <= promises.MOST_INCOME else ["income range"]
