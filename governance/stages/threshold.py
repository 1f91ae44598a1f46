"""Stage 7: hold the measures against the contract's thresholds: clear, needs review or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from governance.bench import Bench
from governance.contract.model import Contract, Threshold
from governance.findings import Dimension, Note, Severity
from governance.measures import Measuring
from governance.stages import Outcome
from governance.stages.contract import Conformed
from governance.stages.statistical import Statistics
from governance.stages.validate import Validated
from governance.tables import Frozen

Gate = Literal["clear", "needs review", "refused"]

WORDS = {
    "completeness": (Dimension.COMPLETENESS, "Completeness"),
    "accuracy": (Dimension.VALIDITY, "Rows passing"),
    "duplicates": (Dimension.UNIQUENESS, "Duplicates"),
    "freshness": (Dimension.TIMELINESS, "Freshness"),
    "row_count": (Dimension.COMPLETENESS, "Rows"),
    "volume_change": (Dimension.COMPLETENESS, "Rows against the last version"),
    "psi": (Dimension.CONSISTENCY, "Population stability index"),
    "ks": (Dimension.CONSISTENCY, "Kolmogorov–Smirnov distance"),
    "new_categories": (Dimension.CONSISTENCY, "New categories"),
    "vanished_categories": (Dimension.CONSISTENCY, "Vanished categories"),
    "outliers": (Dimension.VALIDITY, "Outliers"),
    "failing": (Dimension.VALIDITY, "Rows failing"),
    "sql": (Dimension.CONSISTENCY, "Query"),
}
SIDES = {
    ">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "=": "exactly", "<>": "other than",
    "between": "between", "not between": "outside",
}  # fmt: skip


class Measure(Frozen):
    """One measure and its line. Shares are 0–1, freshness is in hours; None: nothing to measure."""

    key: str
    metric: str
    value: float | None
    limit: float
    met: bool
    severity: Severity
    sentence: str
    raw: float | None = None
    """What the value would be if nothing were waived or rejected, where that is another."""


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
    statistics: Statistics | None = None,
    *,
    contract: Contract,
    unreadable: int,
    now: datetime,
) -> Judged:
    """Measure every threshold. A critical breach, a missing required column or no row at all is refused.

    `now` is naive UTC, the time of submission: a resumed run judges freshness as the first try did.
    """
    measuring = Measuring(
        bench, conformed.source, contract, validated, statistics, unreadable=unreadable, now=now
    )
    measures = tuple(measure(line, measuring.of(line)) for line in contract.thresholds)
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


def measure(line: Threshold, value: float | None, *, raw: float | None = None) -> Measure:
    """One measure against its line, with a sentence that says both, and what it is without decisions (`raw`).

    A query without an answer is a breach: a promise that cannot be checked was not kept.
    """
    met = line.metric != "sql" if value is None else line.met(value)
    return Measure(
        key=line.key,
        metric=line.metric,
        value=value,
        limit=line.limit,
        met=met,
        severity=line.severity,
        sentence=sentence(line, value, met=met) + (f" ({raw:.1%} raw)" if raw not in (None, value) else ""),
        raw=raw if raw != value else None,
    )


def sentence(line: Threshold, value: float | None, *, met: bool) -> str:
    """The measure and its promise in words: `Completeness: 97.8 %, promised at least 98.0 %`."""
    about = line.column or line.rule or line.name
    name = WORDS[line.metric][1] + (f" of {about}" if about else "")
    if value is None:
        return f"{name}: {'no number came out' if line.metric == 'sql' else 'nothing to measure'}"
    if line.metric == "freshness":
        shown, limit = _side_by_side(value, line.limit, met=met)
        return f"{name}: newest value {shown} h old, promised at most {limit.removesuffix('.0')} h"
    if line.is_share:
        shown, limit = _side_by_side(100 * value, 100 * line.limit, met=met)
        upper = "" if line.upper is None else f" and {100 * line.upper:,.1f}%"
        return f"{name}: {shown}%, promised {SIDES[line.side]} {limit}%{upper}"
    upper = "" if line.upper is None else f" and {line.upper:,.10g}"
    digits = ".4g" if line.metric in ("psi", "ks") else ",.10g"
    return f"{name}: {value:{digits}}, promised {SIDES[line.side]} {line.limit:,.10g}{upper}"


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
