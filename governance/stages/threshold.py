"""Stage 7: hold the measures against the contract's thresholds: clear, needs review or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from governance.bench import Bench
from governance.contract.model import Contract, Threshold
from governance.engines.duckdb import quote
from governance.findings import Dimension, Note, Severity
from governance.rules import sql
from governance.source import Source, cleaned
from governance.stages import Outcome
from governance.stages.contract import Conformed
from governance.stages.validate import Validated
from governance.tables import Frozen

Gate = Literal["clear", "needs review", "refused"]

WORDS = {
    "completeness": (Dimension.COMPLETENESS, "Completeness"),
    "accuracy": (Dimension.VALIDITY, "Rows passing"),
    "duplicates": (Dimension.UNIQUENESS, "Duplicates"),
    "freshness": (Dimension.TIMELINESS, "Freshness"),
    "row_count": (Dimension.COMPLETENESS, "Rows"),
}


class Measure(Frozen):
    """One measure and its line. Shares are 0–1, freshness is in hours; None: nothing to measure."""

    key: str
    metric: str
    value: float | None
    limit: float
    met: bool
    severity: Severity
    sentence: str


class Judged(Outcome):
    gate: Gate
    measures: tuple[Measure, ...]

    @property
    def breaches(self) -> tuple[Measure, ...]:
        return tuple(measure for measure in self.measures if not measure.met)


def judge(
    bench: Bench,
    conformed: Conformed,
    validated: Validated,
    *,
    contract: Contract,
    unreadable: int,
    now: datetime,
) -> Judged:
    """Measure every threshold. A critical breach, a missing required column or no row at all is refused.

    `now` is naive UTC, the time of submission: a resumed run judges freshness as the first try did.
    """
    measures = tuple(
        measure(
            threshold, validated, contract, unreadable=unreadable,
            newest=_newest(bench, conformed.source, contract, threshold, now), now=now,
        )
        for threshold in contract.thresholds
    )  # fmt: skip
    breaches = [line for line in measures if not line.met]
    refused = conformed.refused or any(line.severity is Severity.CRITICAL for line in breaches)
    empty = validated.rows_in == 0
    attention = breaches or validated.failing.rows or unreadable or conformed.missing or conformed.extra
    gate: Gate = "refused" if refused or empty else "needs review" if attention else "clear"
    notes = [_note(line) for line in breaches]
    if empty:
        notes.append(
            Note(
                kind="threshold",
                severity=Severity.CRITICAL,
                rule="row_count",
                message="The file has no row of data.",
            )
        )
    return Judged(summary=_summary(gate, breaches), findings=tuple(notes), gate=gate, measures=measures)


def measure(
    threshold: Threshold,
    validated: Validated,
    contract: Contract,
    *,
    unreadable: int,
    newest: datetime | None,
    now: datetime,
) -> Measure:
    """One measure against its line, with a sentence that says both."""
    rows = (validated.rows_in or 0) + unreadable
    value = _value(threshold, validated, contract, rows=rows, newest=newest, now=now)
    under = threshold.metric in ("completeness", "accuracy", "row_count")
    met = value is None or (value >= threshold.limit if under else value <= threshold.limit)
    return Measure(
        key=threshold.key,
        metric=threshold.metric,
        value=value,
        limit=threshold.limit,
        met=met,
        severity=threshold.severity,
        sentence=_sentence(threshold, value, met=met),
    )


def _value(
    threshold: Threshold,
    validated: Validated,
    contract: Contract,
    *,
    rows: int,
    newest: datetime | None,
    now: datetime,
) -> float | None:
    if threshold.metric == "freshness":
        return max(0.0, (now - newest).total_seconds() / 3600) if newest else None
    if threshold.metric == "row_count":
        return float(rows)
    if not rows:
        return None
    if threshold.metric == "accuracy":
        return (validated.rows_out or 0) / rows
    kind = "not_null" if threshold.metric == "completeness" else ("unique", "superseded")
    rules = [rule for rule in contract.rules if rule.kind in kind and threshold.column in ("", rule.column)]
    if not rules:
        return None
    failed = sum(validated.failed(rule.id) for rule in rules)
    return 1 - failed / (rows * len(rules)) if kind == "not_null" else failed / rows


def _newest(
    bench: Bench, source: Source, contract: Contract, threshold: Threshold, now: datetime
) -> datetime | None:
    """The end of the newest day (or the newest time) in the freshness column; None without one.

    What lies after `now` is a mistake of its row, and no evidence that the table is fresh.
    """
    column = contract.column(threshold.column) if threshold.metric == "freshness" else None
    if column is None or source.names.get(column.name) is None:
        return None
    only = f"(SELECT _row, {quote(column.name)} FROM {source.read()})"
    convert = sql.as_date if column.type == "date" else sql.as_timestamp
    value = sql.render(convert(sql.column(column.name)))
    with bench.engine() as engine:
        newest = engine.value(
            f"SELECT CAST(max(day) AS TIMESTAMP) FROM (SELECT {value} AS day "
            f"FROM {cleaned(only, (column.name,), contract)}) WHERE day <= ?",
            [now.date() if column.type == "date" else now],
        )
    if newest is None:
        return None
    return newest.replace(hour=23, minute=59, second=59) if column.type == "date" else newest


def _sentence(threshold: Threshold, value: float | None, *, met: bool) -> str:
    name = WORDS[threshold.metric][1] + (f" of {threshold.column}" if threshold.column else "")
    if value is None:
        return f"{name}: nothing to measure"
    if threshold.metric == "freshness":
        shown, line = _side_by_side(value, threshold.limit, met=met)
        return f"{name}: newest value {shown} h old, promised at most {line.removesuffix('.0')} h"
    if threshold.metric == "row_count":
        return f"{name}: {value:,.0f}, promised at least {threshold.limit:,.10g}"
    side = "at most" if threshold.metric == "duplicates" else "at least"
    shown, line = _side_by_side(100 * value, 100 * threshold.limit, met=met)
    return f"{name}: {shown}%, promised {side} {line}%"


def _side_by_side(value: float, limit: float, *, met: bool) -> tuple[str, str]:
    """One decimal, or as many as it takes to say the limit, and not to look met when it is not."""
    digits = 1
    while digits < 10 and abs(round(limit, digits) - limit) > 1e-9:
        digits += 1
    line = f"{limit:,.{digits}f}"
    while digits < 10 and not met and round(value, digits) == round(limit, digits):
        digits += 1
    return f"{value:,.{digits}f}", line


def _note(line: Measure) -> Note:
    return Note(
        kind="threshold",
        severity=line.severity,
        dimension=WORDS[line.metric][0],
        rule=line.key,
        message=line.sentence + ".",
        details={"value": line.value, "limit": line.limit},
    )


def _summary(gate: Gate, breaches: list[Measure]) -> str:
    if not breaches:
        return gate
    word = "threshold" if len(breaches) == 1 else "thresholds"
    return f"{gate}: {len(breaches)} {word} not met"


def utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
