"""Stage 10: Great Expectations on the kept rows, by a suite generated from the same contract.

An independent second opinion: the rules of stage 5 are SQL of ours, these are somebody else's code. It runs
on pandas, so on at most `sample_rows` rows spread evenly over the table, and says how many.
"""

from __future__ import annotations

import logging
import re
import warnings
from datetime import date
from typing import TYPE_CHECKING, Any

from governance.bench import Bench
from governance.contract.model import Contract
from governance.engines.duckdb import literal, scan
from governance.findings import Note, Severity
from governance.review.choices import Action, Choice
from governance.rules import kinds
from governance.stages import Outcome
from governance.tables import ROW, Frozen, KeptTable

if TYPE_CHECKING:
    import pandas as pd


class Checked(Frozen):
    """One expectation's result. `waived`: it failed, and a waiver of its rule explains that."""

    rule: str
    expectation: str
    column: str
    success: bool
    unexpected: int
    waived: bool = False


class Expected(Outcome):
    suite: str
    sampled: int
    results: tuple[Checked, ...]

    @property
    def met(self) -> int:
        return sum(result.success for result in self.results)


def expect(
    bench: Bench, kept: KeptTable, *, contract: Contract, choices: tuple[Choice, ...], today: date
) -> Expected:
    """Generate the suite, run it on the kept rows, and keep what it found (counts, never values)."""
    frame = _sample(bench, kept)
    waived = {rule for choice in choices if choice.action is Action.WAIVE for rule in choice.rules}
    present = [rule for rule in contract.rules if rule.column in frame.columns]
    suite = [(rule, *_expectation(rule, today)) for rule in present]
    suite = [entry for entry in suite if entry[1]]
    results = _run(frame, contract.dataset, suite, waived) if len(frame) and suite else ()
    failed = [result for result in results if not result.success and not result.waived]
    return Expected(
        summary=f"{sum(r.success for r in results)} of {len(results)} expectations met on {len(frame):,} rows",
        rows_in=kept.rows,
        rows_out=kept.rows,
        findings=tuple(_note(result) for result in failed),
        suite=f"{contract.dataset}-{contract.digest[:8]}",
        sampled=len(frame),
        results=results,
    )


def _sample(bench: Bench, kept: KeptTable) -> pd.DataFrame:
    step = max(1, -(-kept.rows // bench.settings.sample_rows))
    with bench.engine() as engine:
        where = f"WHERE file_row_number % {step} = 0" if step > 1 else ""
        source = f"read_parquet({literal(kept.path)}, file_row_number = true)"
        columns = f"* EXCLUDE ({ROW}, file_row_number)"
        table = engine.arrow(f"SELECT {columns} FROM {source} {where}") if kept.rows else None
        table = (
            table if table is not None else engine.arrow(f"SELECT * EXCLUDE ({ROW}) FROM {scan(kept.path)}")
        )
    return table.to_pandas(date_as_object=True)


def _expectation(rule: kinds.AnyRule, today: date) -> tuple[str, dict[str, Any]]:
    """The expectation's class and arguments that say what the rule says; an empty name where none does."""
    column = {"column": rule.column}
    match rule:
        case kinds.NotNull():
            return "ExpectColumnValuesToNotBeNull", column
        case kinds.Unique():
            return "ExpectColumnValuesToBeUnique", column
        case kinds.Range(low=low, high=high, exclusive_low=strict):
            return "ExpectColumnValuesToBeBetween", {
                **column, "min_value": low, "max_value": high, "strict_min": strict,
            }  # fmt: skip
        case kinds.Length(low=low, high=high):
            return "ExpectColumnValueLengthsToBeBetween", {**column, "min_value": low, "max_value": high}
        case kinds.OneOf(values=values):
            return "ExpectColumnValuesToBeInSet", {**column, "value_set": list(values)}
        case kinds.Email():
            return "ExpectColumnValuesToMatchRegex", {**column, "regex": r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"}
        case kinds.Pattern(pattern=pattern) if _means_the_same_in_python(pattern):
            return "ExpectColumnValuesToMatchRegex", {**column, "regex": rf"^(?:{pattern})$"}
        case kinds.DateRange(low=low):
            latest = min((d for d in (rule.high, today if rule.not_future else None, rule._latest(today)) if d),
                         default=None)  # fmt: skip
            return "ExpectColumnValuesToBeBetween", {**column, "min_value": low, "max_value": latest}
    return "", {}


def _means_the_same_in_python(pattern: str) -> bool:
    """Great Expectations matches with Python's `re`, which does not have all of RE2's words."""
    if any(word in pattern for word in (r"\p", r"\P", r"\z", r"\Q", r"\C", "[:")):
        return False
    try:
        re.compile(rf"^(?:{pattern})$")
    except re.error:
        return False
    return True


def _run(
    frame: pd.DataFrame,
    dataset: str,
    suite: list[tuple[kinds.AnyRule, str, dict[str, Any]]],
    waived: set[str],
) -> tuple[Checked, ...]:
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas(dataset).add_dataframe_asset(dataset)
        batch = asset.add_batch_definition_whole_dataframe("kept").get_batch({"dataframe": frame})
        checked = []
        for rule, name, arguments in suite:
            expectation = getattr(gx.expectations, name)(**arguments)
            answer = batch.validate(
                expectation, result_format={"result_format": "BASIC", "partial_unexpected_count": 0}
            )
            found = int((answer.result or {}).get("unexpected_count") or 0)
            checked.append(_checked(rule, name, success=bool(answer.success), found=found, waived=waived))
    return tuple(checked)


def _checked(rule: kinds.AnyRule, name: str, *, success: bool, found: int, waived: set[str]) -> Checked:
    return Checked(
        rule=rule.id,
        expectation=name,
        column=rule.column,
        success=success,
        unexpected=found,
        waived=not success and rule.id in waived,
    )


def _note(result: Checked) -> Note:
    return Note(
        kind="expectation",
        severity=Severity.HIGH,
        column=result.column,
        rule=result.rule,
        rows=result.unexpected,
        message=f"{result.expectation} does not hold for {result.column} on the kept rows.",
    )
