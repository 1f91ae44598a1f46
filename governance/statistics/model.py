"""What stage 6 measures: small aggregates, equal when written as JSON and read back."""

from __future__ import annotations

from enum import StrEnum

from governance.profiling.model import Bin
from governance.tables import Frozen


class Outliers(Frozen):
    """One numeric column against its fences: 1.5 × IQR beyond the quartiles (Tukey 1977).

    `z_beyond_3` counts values more than three sample standard deviations from the mean. `box` is lower
    whisker, first quartile, median, third quartile, upper whisker; whiskers are the last values inside the
    fences. The first and last bin of `histogram` reach to the extremes; `view` is what a chart should show.
    """

    column: str
    n: int
    q1: float
    q3: float
    iqr: float
    lower: float
    upper: float
    below: int
    above: int
    mean: float
    std: float
    z_beyond_3: int
    box: tuple[float, float, float, float, float]
    histogram: tuple[Bin, ...]
    view: tuple[float, float]

    @property
    def outside(self) -> int:
        return self.below + self.above


class DateRange(Frozen):
    """The days of one column; `min` and `max` are YYYY-MM-DD, None when there is no day at all."""

    column: str
    n: int
    min: str | None
    max: str | None
    in_future: int
    before_1900: int


class Measure(Frozen):
    """One column of a version, as much as drift needs.

    For numbers: `edges` are its own deciles and `shares` the part of its values in each bin they make. For
    at most 50 distinct values: `categories` holds the share of each under `category_key`, so that no value
    is kept in the clear (which hides it from a glance, not from who can guess it).
    """

    column: str
    n: int
    missing: float
    mean: float | None = None
    edges: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    categories: dict[str, float] | None = None


class Baseline(Frozen):
    """Aggregates of the last published version, to hold the next one against."""

    version: str = ""
    rows: int
    columns: tuple[Measure, ...]

    def column(self, name: str) -> Measure | None:
        return next((column for column in self.columns if column.column == name), None)


class Level(StrEnum):
    """Bands of the population stability index (Siddiqi 2006): under 0.1, up to 0.25, above."""

    STABLE = "stable"
    MODERATE = "moderate"
    MAJOR = "major"

    @property
    def rank(self) -> int:
        """2 is the worst."""
        return list(Level).index(self)


class Drift(Frozen):
    """One column against the baseline. `psi` is None where there was nothing to compare shares of."""

    column: str
    psi: float | None
    level: Level
    message: str
    new_categories: tuple[str, ...] = ()
    vanished_categories: tuple[str, ...] = ()
    missing_before: float
    missing_now: float
