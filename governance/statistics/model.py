"""What stage 6 measures: small aggregates, equal when written as JSON and read back.

Fences, extremes, labels and days are people's values; they are all inside the models named `…Figures` and in
`Measure` and `Baseline`. `hidden()` gives what everybody may see: counts, shares and shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from governance.profiling.model import Bin
from governance.tables import Frozen


class Figures(Frozen):
    """Personal data: one numeric column's fences, 1.5 × IQR beyond the quartiles (Tukey 1977), and moments.

    `mad` is the median distance from the median. `box` is lower whisker, first quartile, median, third
    quartile, upper whisker; whiskers are the last values inside the fences. The first and last bin of
    `histogram` reach to the extremes; `view` is what a chart should show.
    """

    q1: float
    q3: float
    iqr: float
    lower: float
    upper: float
    mean: float
    std: float
    mad: float
    box: tuple[float, float, float, float, float]
    histogram: tuple[Bin, ...]
    view: tuple[float, float]

    @property
    def median(self) -> float:
        return self.box[2]


class Outliers(Frozen):
    """One numeric column against its fences, in counts.

    `z_beyond_3` counts values more than three sample standard deviations from the mean; `modified_beyond`
    those with a modified z-score above 3.5 (Iglewicz & Hoaglin 1993). `bars` are the histogram's counts from
    low to high; those from `inside[0]` up to, not including, `inside[1]` lie within the fences. `flat`: half
    of the values are one and the same, so that the fences say nothing.
    """

    column: str
    n: int
    below: int
    above: int
    z_beyond_3: int
    modified_beyond: int
    flat: bool
    bars: tuple[int, ...]
    inside: tuple[int, int]
    figures: Figures | None = None

    @property
    def outside(self) -> int:
        return self.below + self.above

    def hidden(self) -> Outliers:
        return self.model_copy(update={"figures": None})


class DateRange(Frozen):
    """The days of one column; `min` and `max` are YYYY-MM-DD, None when there is no day at all."""

    column: str
    n: int
    min: str | None
    max: str | None
    in_future: int
    before_1900: int

    def hidden(self) -> DateRange:
        return self.model_copy(update={"min": self.min and HIDDEN, "max": self.max and HIDDEN})


HIDDEN = "•••"


class Clock(Frozen):
    """Personal data: when the rows of a column of days or times happened.

    `start`, the first percentile, and the `edges` (all of them) are days since 1970-01-01, `span` the days
    between the first and the last percentile. `shares` are the parts between the edges, `hours` those of each
    hour of the day (empty for days without times), `weekdays` those of Monday to Sunday.
    """

    start: int
    span: int
    edges: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    hours: tuple[float, ...] = ()
    weekdays: tuple[float, ...] = ()


class Measure(Frozen):
    """Personal data: one column of a version, as much as drift needs.

    For numbers: `edges` are cuts at its own percentiles, `tenths` those of them at its deciles, and `counts`
    how many values lie in each bin that `edges` make; `bins` are a histogram's, for a picture. For at most 50
    distinct values (20 numbers): `categories` holds the share of each. For days and times: `clock`.
    """

    column: str
    n: int
    missing: float
    mean: float | None = None
    std: float = 0.0
    edges: tuple[float, ...] = ()
    tenths: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    bins: tuple[Bin, ...] = ()
    categories: dict[str, float] | None = None
    clock: Clock | None = None


class Baseline(Frozen):
    """Aggregates of the last published version, to hold the next one against. `columns` is personal data:
    put away, they are in the vault's note that `private` names."""

    version: str = ""
    rows: int
    columns: tuple[Measure, ...] = ()
    private: str = ""

    def column(self, name: str) -> Measure | None:
        return next((column for column in self.columns if column.column == name), None)


class Level(StrEnum):
    """How far a column moved. The bands are those of `governance.statistics.drift`."""

    STABLE = "stable"
    MODERATE = "moderate"
    MAJOR = "major"

    @property
    def rank(self) -> int:
        """2 is the worst."""
        return list(Level).index(self)


class DriftFigures(Frozen):
    """Personal data: `edges` of the bins or `labels` of the bars, means, and the categories by name."""

    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    mean_before: float | None = None
    mean_now: float | None = None
    new: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


class Drift(Frozen):
    """One column against the baseline. `psi` and `ks` are None where there was nothing to compare.

    `bars_before` and `bars_now` are shares of the values in the same bins, from low to high, or of the same
    categories or hours. `moved_days`: how many days later the days begin. `causes`: what its level
    is due to, the worst first.
    """

    column: str
    psi: float | None
    level: Level
    message: str
    psi_by_chance: float = 0.0
    ks: float | None = None
    ks_by_chance: float = 0.0
    new_categories: int = 0
    vanished_categories: int = 0
    missing_before: float
    missing_now: float
    moved_days: int | None = None
    mean_shift: float | None = None
    causes: tuple[str, ...] = ()
    picture: str = ""
    bars_before: tuple[float, ...] = ()
    bars_now: tuple[float, ...] = ()
    figures: DriftFigures | None = None

    @property
    def of_numbers(self) -> bool:
        return self.ks is not None and self.moved_days is None

    def hidden(self) -> Drift:
        return self.model_copy(update={"figures": None})


class GroupFigures(Frozen):
    """Personal data: a group's or a period's name, whiskers and quartiles."""

    label: str
    box: tuple[float, float, float, float, float]
    lower: float
    upper: float


class Group(Frozen):
    """The values of one group, against the fences and scores of that group; of one period, against those of
    the whole column."""

    n: int
    outside: int
    z_beyond_3: int = 0
    modified_beyond: int = 0
    figures: GroupFigures | None = None


class Split(Frozen):
    """A numeric column by the groups of a column of categories (the largest groups), or by periods of a
    column of days; `unit` is then hour, day, month or year. `groups_in_all` counts those not shown too."""

    column: str
    by: str
    unit: str = ""
    groups: tuple[Group, ...]
    groups_in_all: int

    def hidden(self) -> Split:
        groups = tuple(one.model_copy(update={"figures": None}) for one in self.groups)
        return self.model_copy(update={"groups": groups})


class Matrix(Frozen):
    """How strongly columns go together; `values[i][j]` is None where it cannot be said. `of` counts the
    columns there were to choose from."""

    columns: tuple[str, ...] = ()
    values: tuple[tuple[float | None, ...], ...] = ()
    of: int = 0

    def strongest(self) -> tuple[str, str, float] | None:
        """The pair that goes together most, either way."""
        pairs = [
            (abs(value), self.columns[i], self.columns[j], value)
            for i, row in enumerate(self.values)
            for j, value in enumerate(row[:i])
            if value is not None
        ]
        return max(pairs)[1:] if pairs else None


class Missing(Frozen):
    """Where values are missing. `shares[i][b]`: the part of column i that is missing in block b of the rows,
    in the order of the file. `patterns`: which columns are missing together, and in how many rows."""

    columns: tuple[str, ...] = ()
    shares: tuple[tuple[float, ...], ...] = ()
    patterns: tuple[tuple[tuple[str, ...], int], ...] = ()
    of: int = 0


class Pictures(Frozen):
    """What charts show beyond one column: computed on `rows` rows, all of them or a sample spread evenly."""

    rows: int = 0
    over_time: tuple[Split, ...] = ()
    by_group: tuple[Split, ...] = ()
    numbers: Matrix = Matrix()
    categories: Matrix = Matrix()
    missing: Missing = Missing()

    def hidden(self) -> Pictures:
        splits: Mapping[str, Sequence[Split]] = {"over_time": self.over_time, "by_group": self.by_group}
        return self.model_copy(
            update={name: tuple(one.hidden() for one in some) for name, some in splits.items()}
        )
