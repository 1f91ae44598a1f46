"""Measures against their thresholds, in words, and the scale that each is shown on."""

from __future__ import annotations

from governance.findings import Severity
from governance.stages.threshold import Measure
from pages.parts.words import escape, number, percent

AT_LEAST = ("completeness", "accuracy", "row_count")
SHARES = ("completeness", "accuracy", "duplicates")
ROOM = 4
"""A share that must be high is shown from its limit minus three times what is missing to 100 %."""


def measure_name(line: Measure) -> str:
    """`Rows passing`, `Freshness of created_date`: the measure without its figures."""
    name = line.sentence.partition(":")[0]
    return f"{name}, at worst" if line.severity is Severity.CRITICAL else name


def shown(line: Measure, value: float | None) -> str:
    """A value of this measure in its unit."""
    if value is None:
        return "–"
    if line.metric in SHARES:
        return percent(value)
    return f"{value:,.1f} h" if line.metric == "freshness" else number(value)


def promise(line: Measure) -> str:
    """`at least 98.0 %`."""
    return f"at {'least' if line.metric in AT_LEAST else 'most'} {shown(line, line.limit)}"


def measure_markdown(line: Measure, before: Measure | None = None) -> str:
    """`✓ Rows passing 96.0 → 98.7 %, promised at least 98.0 %`, in the colour of the verdict."""
    value = shown(line, line.value)
    if before is not None and before.value != line.value:
        value = f"{shown(before, before.value)} → **{value}**"
    sign = ":green[:material/check:]" if line.met else ":red[:material/close:]"
    return f"{sign} {escape(measure_name(line))} {value} :small[:gray[promised {promise(line)}]]"


def scale(line: Measure) -> tuple[float, float]:
    """Where the axis of a measure begins and ends."""
    if line.metric in ("accuracy", "completeness") and line.limit >= 0.5:
        return max(0.0, 1 - ROOM * (1 - line.limit)), 1.0
    return 0.0, max(2 * line.limit, 1.1 * (line.value or 0.0)) or 1.0
