"""Outliers of one numeric column, three ways, from quartiles that the profile knows.

- Fences 1.5 interquartile ranges beyond the quartiles (Tukey 1977, Exploratory Data Analysis).
- z-scores: more than three sample standard deviations from the mean.
- Modified z-scores: 0.6745 × distance from the median ÷ MAD above 3.5, MAD being the median distance from the
  median (Iglewicz & Hoaglin 1993, How to Detect and Handle Outliers). Where more than half of the values are
  equal MAD is 0, and the mean distance × 1.253314 takes the place of MAD ÷ 0.6745.
"""

from __future__ import annotations

from governance.engines.duckdb import quote
from governance.findings import Dimension, Note, Severity
from governance.profiling.asking import Facts
from governance.profiling.model import Numbers
from governance.profiling.reading import bins, double, edges_between, finite, number
from governance.rules.among import SLACK
from governance.statistics.model import Figures, Outliers

REACH = 1.5
"""Fences lie so many interquartile ranges beyond the quartiles."""
SCORE = 3.0
MODIFIED = 3.5
VIEW = 3.0
BINS = 40
MANY = 0.05
"""Above this share of values outside the fences the finding is of medium severity."""


def fences(numbers: Numbers, reach: float = REACH) -> tuple[float, float]:
    """How low and how high a value may be; as of the rule of that kind, with room for what binary fractions miss."""
    q1, q3 = numbers.quantiles["p25"], numbers.quantiles["p75"]
    away = finite(reach * (q3 - q1))
    away += SLACK * max(abs(q1), abs(q3), away)
    return finite(q1 - away), finite(q3 + away)


def outlier_filter(column: str, low: float, high: float) -> str:
    """A SQL condition that is true on rows whose number lies outside both fences, never NULL."""
    found = number(f"CAST({quote(column)} AS VARCHAR)")
    return f"coalesce(({found}) < {double(low)} OR ({found}) > {double(high)}, false)"


def range_filter(column: str, low: float, high: float) -> str:
    """A SQL condition that is true on rows whose number lies in a range, both ends in it, never NULL."""
    found = number(f"CAST({quote(column)} AS VARCHAR)")
    return f"coalesce(({found}) BETWEEN {double(low)} AND {double(high)}, false)"


def ask_distance(found: str, numbers: Numbers) -> dict[str, str]:
    """Aggregates that must be known before values are counted: how far values lie from the median."""
    away = f"abs({found} * 0.5 - {double(numbers.quantiles['p50'] * 0.5)})"
    return {"mad": f"quantile_cont({away}, 0.5)", "mean_away": f"avg({away} * {double(2.0**-70)})"}


def limit_of(facts: Facts) -> tuple[float, float]:
    """MAD, and the distance from the median beyond which a modified z-score is above 3.5."""
    half, mean_half = facts["mad"] or 0.0, (facts["mean_away"] or 0.0) * 2.0**70
    mad = finite(2 * half)
    return mad, finite(MODIFIED * mad / 0.6745 if mad else MODIFIED * 1.253314 * 2 * mean_half)


def ask_outliers(found: str, numbers: Numbers, limit: float) -> dict[str, str]:
    """Aggregates over `found`, a column of finite numbers or NULL; `limit` as `limit_of` says."""
    low, high = (double(fence) for fence in fences(numbers))
    far = f"abs({found} - {double(numbers.mean)}) > {double(finite(SCORE * numbers.std))}"
    away = f"abs({found} - {double(numbers.quantiles['p50'])}) > {double(limit)}"
    return {
        "below": f"count(*) FILTER ({found} < {low})",
        "above": f"count(*) FILTER ({found} > {high})",
        "least": f"min({found}) FILTER ({found} >= {low})",
        "most": f"max({found}) FILTER ({found} <= {high})",
        "far": f"count(*) FILTER ({far})" if numbers.std else "0",
        "away": f"count(*) FILTER ({away})" if limit else "0",
    }


def outliers(column: str, numbers: Numbers, facts: Facts, *, mad: float, counts: list[int]) -> Outliers:
    """What the aggregates come to; `counts` are those of the bins that `chart_edges` make."""
    q1, median, q3 = (numbers.quantiles[point] for point in ("p25", "p50", "p75"))
    low, high = fences(numbers)
    histogram = bins(numbers.min, numbers.max, chart_edges(numbers), counts)
    figures = Figures(
        q1=q1,
        q3=q3,
        iqr=finite(q3 - q1),
        lower=low,
        upper=high,
        mean=numbers.mean,
        std=numbers.std,
        mad=mad,
        box=(min(facts["least"], q1), q1, median, q3, max(facts["most"], q3)),
        histogram=histogram,
        view=_view(numbers),
    )
    return Outliers(
        column=column,
        n=numbers.count,
        below=facts["below"],
        above=facts["above"],
        z_beyond_3=facts["far"],
        modified_beyond=facts["away"],
        flat=not figures.iqr,
        bars=tuple(counts),
        inside=_inside(figures),
        figures=figures,
    )


def _inside(figures: Figures) -> tuple[int, int]:
    """Which bars lie within the fences, at least in part."""
    within = [
        place
        for place, one in enumerate(figures.histogram)
        if one.low < figures.upper and one.high > figures.lower
    ]
    return (within[0], within[-1] + 1) if within else (0, len(figures.histogram))


def outlier_note(found: Outliers) -> Note | None:
    """A finding, unless nothing is outside or half of the values are one and the same (no IQR)."""
    if not found.outside or found.flat:
        return None
    return Note(
        kind="outlier",
        severity=Severity.MEDIUM if found.outside > MANY * found.n else Severity.LOW,
        dimension=Dimension.ACCURACY,
        column=found.column,
        rows=found.outside,
        message=(
            f"{found.outside:,} of {found.n:,} values of “{found.column}” lie outside the fences "
            f"(1.5 × IQR beyond the quartiles): {found.below:,} below, {found.above:,} above."
        ),
        details={
            "below": found.below,
            "above": found.above,
            "z_beyond_3": found.z_beyond_3,
            "modified_z_beyond_3.5": found.modified_beyond,
        },
    )


def chart_edges(numbers: Numbers) -> list[float]:
    """Inner edges: equal steps over the view, and its ends where values lie beyond them."""
    low, high = _view(numbers)
    ends = [edge for edge in (low, high) if numbers.min < edge < numbers.max]
    return sorted({*edges_between(low, high, BINS), *ends})


def _view(numbers: Numbers) -> tuple[float, float]:
    """What a chart shows: three interquartile ranges beyond the quartiles; where half of the values are one and
    the same, all but the outermost hundredths; where even these are, everything."""
    for low, high in (fences(numbers, VIEW), (numbers.percentiles[0], numbers.percentiles[-1])):
        if low < high:
            return max(low, numbers.min), min(high, numbers.max)
    return numbers.min, numbers.max
