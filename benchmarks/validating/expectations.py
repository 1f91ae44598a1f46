"""Great Expectations on pandas, one suite, every failing row asked for (`COMPLETE`).

Numbers and days are parsed into columns of their own first, because its checks do not look through text.
"""

from __future__ import annotations

import logging
import warnings
from datetime import date
from typing import TYPE_CHECKING, Any

from benchmarks.job import Done, Job
from benchmarks.validating import promises
from benchmarks.validating.pandas_columns import day, number, read, split

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Great Expectations on pandas, COMPLETE"
DELIVERS = "failing row numbers a rule; reasons a row are put together by the script"


def run(job: Job) -> Done:
    frame = _parsed(read(job))
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = _validate(frame, job.today)
    return split(frame[list(promises.COLUMNS)], found, job.home)


def _parsed(frame: pd.DataFrame) -> pd.DataFrame:
    days = {f"{name}_day": day(frame[name]) for name in promises.OLDEST}
    return frame.assign(
        id_number=number(frame.customer_id, promises.INTEGER),
        money=number(frame.income, promises.NUMBER),
        **days,
    )


def _validate(frame: pd.DataFrame, today: date) -> dict[str, list[int]]:
    """Index of the failing rows, by check."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("bench").add_dataframe_asset("customers")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="twenty")
    for name, expectation in _suite(gx.expectations, today).items():
        expectation.meta = {"name": name}
        suite.add_expectation(expectation)
    answer = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    return {
        one.expectation_config.meta["name"]: one.result.get("unexpected_index_list") or []
        for one in answer.results
    }


def _suite(kinds: Any, today: date) -> dict[str, Any]:
    missing, matches, between = (
        kinds.ExpectColumnValuesToNotBeNull,
        kinds.ExpectColumnValuesToMatchRegex,
        kinds.ExpectColumnValuesToBeBetween,
    )
    suite: dict[str, Any] = {f"{name} missing": missing(column=name) for name in promises.REQUIRED}
    suite["customer_id type"] = matches(column="customer_id", regex=_whole(promises.INTEGER))
    suite["customer_id range"] = between(column="id_number", min_value=0, strict_min=True)
    suite["customer_id unique"] = kinds.ExpectColumnValuesToBeUnique(column="customer_id")
    for name, (low, high) in promises.LENGTHS.items():
        suite[f"{name} length"] = kinds.ExpectColumnValueLengthsToBeBetween(
            column=name, min_value=low, max_value=high
        )
    suite["email"] = matches(column="email", regex=rf"^(?=.{{,254}}\Z)(?:{promises.EMAIL})\Z")
    suite["phone"] = matches(column="phone", regex=_whole(promises.PHONE))
    for name, oldest in promises.OLDEST.items():
        written = f"{name}.notnull()"
        suite[f"{name} type"] = missing(
            column=f"{name}_day", row_condition=written, condition_parser="pandas"
        )
        suite[f"{name} range"] = between(
            column=f"{name}_day", min_value=f"{oldest}T00:00:00", max_value=f"{today}T00:00:00"
        )
    suite["income type"] = matches(column="income", regex=_whole(promises.NUMBER))
    suite["income range"] = between(column="money", min_value=0, max_value=promises.MOST_INCOME)
    suite["account_status"] = kinds.ExpectColumnValuesToBeInSet(
        column="account_status", value_set=list(promises.STATUSES)
    )
    return suite


def _whole(pattern: str) -> str:
    return promises.whole(pattern, end=r"\Z")
