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
from governance.contract.model import Contract, Expectation
from governance.engines.duckdb import literal, scan
from governance.findings import Note, Severity
from governance.review.choices import Action, Choice
from governance.rules import kinds
from governance.rules.codes import countries, currencies
from governance.stages import Outcome
from governance.tables import ROW, Frozen, KeptTable
from governance.verdict import judged_by

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
    severity: Severity = Severity.HIGH
    problem: str = ""
    """Why there is no answer, if there is none."""


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
    present = judged_by(contract, tuple(frame.columns))
    suite = [made for rule in present if (made := _of(rule, today))] + list(contract.expectations)
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


def _of(rule: kinds.AnyRule, today: date) -> Expectation | None:
    """What a rule says, as an expectation; None where there is none that says it."""
    name, arguments = _expectation(rule, today)
    if not name:
        return None
    return Expectation(id=rule.id, type=name, arguments=arguments, column=rule.column, severity=rule.severity)


def _expectation(rule: kinds.AnyRule, today: date) -> tuple[str, dict[str, Any]]:
    """The expectation's class and arguments that say what the rule says; an empty name where none does."""
    column = {"column": rule.column}
    match rule:
        case kinds.NotNull():
            return "ExpectColumnValuesToNotBeNull", column
        case kinds.Unique() | kinds.Superseded():
            return "ExpectColumnValuesToBeUnique", column
        case kinds.Range(low=low, high=high, exclusive_low=strict):
            return "ExpectColumnValuesToBeBetween", {
                **column, "min_value": low, "max_value": high, "strict_min": strict,
                "strict_max": rule.exclusive_high,
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
            latest = min(rule.highs(today), default=None)
            return "ExpectColumnValuesToBeBetween", {**column, "min_value": low, "max_value": latest}
        case kinds.UniqueTogether(keys=keys):
            return "ExpectCompoundColumnsToBeUnique", {
                "column_list": list(keys), "ignore_row_if": "any_value_is_missing",
            }  # fmt: skip
        case kinds.NotBlank():
            return "ExpectColumnValuesToMatchRegex", {**column, "regex": r"\S"}
        case kinds.Country(letters=letters):
            return "ExpectColumnValuesToBeInSet", {**column, "value_set": list(countries(letters))}
        case kinds.Currency():
            return "ExpectColumnValuesToBeInSet", {**column, "value_set": list(currencies())}
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
    suite: list[Expectation],
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
        made = [_made(gx.expectations, one, place) for place, one in enumerate(suite)]
        answers = _answers(gx, batch, [one for one in made if not isinstance(one, str)])
    return tuple(
        _checked(asked, one if isinstance(one, str) else answers[place], waived)
        for place, (asked, one) in enumerate(zip(suite, made, strict=True))
    )


def _made(known: Any, asked: Expectation, place: int) -> Any:
    """An expectation that remembers its place in the suite; or why there can be none, in words."""
    try:
        return getattr(known, asked.type)(**asked.arguments, meta={"place": place})
    except AttributeError:
        return "Great Expectations has no expectation of that name"
    except (ValueError, TypeError, KeyError):
        return "its arguments do not fit"


def _answers(gx: Any, batch: Any, made: list[Any]) -> dict[int, Any]:
    """All results of one pass, by place: asked one by one, the whole table is fingerprinted each time."""
    if not made:
        return {}
    found = batch.validate(
        gx.ExpectationSuite(name="kept", expectations=made),
        result_format={"result_format": "BASIC", "partial_unexpected_count": 0},
    )
    return {answer.expectation_config.meta["place"]: answer for answer in found.results}


def _checked(asked: Expectation, answer: Any, waived: set[str]) -> Checked:
    """What Great Expectations could not answer is a result with the reason."""
    found, success, said = 0, False, answer if isinstance(answer, str) else ""
    if not said:
        found, success = int((answer.result or {}).get("unexpected_count") or 0), bool(answer.success)
        raised = any(
            one.get("raised_exception", False)
            for one in [answer.exception_info or {}, *(answer.exception_info or {}).values()]
            if isinstance(one, dict)
        )
        said = "it could not be computed for this column" if raised else ""
    return Checked(
        rule=asked.id,
        expectation=asked.type,
        column=asked.column,
        success=success,
        unexpected=found,
        waived=not success and asked.id in waived,
        severity=asked.severity,
        problem=said,
    )


def _note(result: Checked) -> Note:
    about = f"does not hold for {result.column or 'the table'} on the kept rows"
    return Note(
        kind="expectation",
        severity=result.severity if result.rule else Severity.HIGH,
        column=result.column,
        rule=result.rule,
        rows=result.unexpected,
        message=f"{result.expectation} {f'was not checked: {result.problem}' if result.problem else about}.",
    )
