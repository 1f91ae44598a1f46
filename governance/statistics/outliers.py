"""Outliers of one numeric column: Tukey's fences and z-scores, from quartiles that the profile knows."""

from __future__ import annotations

from governance.engines.duckdb import quote
from governance.findings import Dimension, Note, Severity
from governance.profiling.asking import Facts
from governance.profiling.model import Numbers
from governance.profiling.reading import bins, counted, counts_of, double, edges_between, finite, number
from governance.statistics.model import Outliers

REACH = 1.5
"""Fences lie so many interquartile ranges beyond the quartiles."""
VIEW = 3.0
BINS = 40
MANY = 0.05
"""Above this share of values outside the fences the finding is of medium severity."""


def fences(numbers: Numbers, reach: float = REACH) -> tuple[float, float]:
    """How low and how high a value may be."""
    q1, q3 = numbers.quantiles["p25"], numbers.quantiles["p75"]
    return finite(q1 - reach * (q3 - q1)), finite(q3 + reach * (q3 - q1))


def outlier_filter(column: str, low: float, high: float) -> str:
    """A SQL condition that is true on rows whose number lies outside both fences, never NULL."""
    found = number(f"CAST({quote(column)} AS VARCHAR)")
    return f"coalesce(({found}) < {double(low)} OR ({found}) > {double(high)}, false)"


def ask_outliers(found: str, numbers: Numbers) -> dict[str, str]:
    """Aggregates over `found`, a column of finite numbers or NULL."""
    low, high = (double(fence) for fence in fences(numbers))
    far = f"abs({found} - {double(numbers.mean)}) > {double(finite(3 * numbers.std))}"
    return {
        "below": f"count(*) FILTER ({found} < {low})",
        "above": f"count(*) FILTER ({found} > {high})",
        "least": f"min({found}) FILTER ({found} >= {low})",
        "most": f"max({found}) FILTER ({found} <= {high})",
        "far": f"count(*) FILTER ({far})" if numbers.std else "0",
        "chart": counted(found, _edges(numbers)),
    }


def outliers(column: str, numbers: Numbers, facts: Facts) -> Outliers:
    """What the aggregates come to."""
    q1, median, q3 = (numbers.quantiles[point] for point in ("p25", "p50", "p75"))
    low, high = fences(numbers)
    edges = _edges(numbers)
    return Outliers(
        column=column,
        n=numbers.count,
        q1=q1,
        q3=q3,
        iqr=finite(q3 - q1),
        lower=low,
        upper=high,
        below=facts["below"],
        above=facts["above"],
        mean=numbers.mean,
        std=numbers.std,
        z_beyond_3=facts["far"],
        box=(min(facts["least"], q1), q1, median, q3, max(facts["most"], q3)),
        histogram=bins(numbers.min, numbers.max, edges, counts_of(facts["chart"], edges)),
        view=_view(numbers),
    )


def outlier_note(found: Outliers) -> Note | None:
    """A finding, unless nothing is outside or half of the values are one and the same (no IQR)."""
    if not found.outside or not found.iqr:
        return None
    return Note(
        kind="outlier",
        severity=Severity.MEDIUM if found.outside > MANY * found.n else Severity.LOW,
        dimension=Dimension.ACCURACY,
        column=found.column,
        rows=found.outside,
        message=(
            f"{found.outside:,} of {found.n:,} values of “{found.column}” lie outside "
            f"{found.lower:,.6g} to {found.upper:,.6g} (1.5 × IQR): "
            f"{found.below:,} below, {found.above:,} above."
        ),
        details={"below": found.below, "above": found.above, "z_beyond_3": found.z_beyond_3},
    )


def _view(numbers: Numbers) -> tuple[float, float]:
    low, high = fences(numbers, VIEW)
    return max(low, numbers.min), min(high, numbers.max)


def _edges(numbers: Numbers) -> list[float]:
    """Inner edges: equal steps over the view, and its ends where values lie beyond them."""
    low, high = _view(numbers)
    ends = [edge for edge in (low, high) if numbers.min < edge < numbers.max]
    return sorted({*edges_between(low, high, BINS), *ends})
