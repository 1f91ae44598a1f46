"""What is known about one column. What holds people's values is all inside `Values` and `Numbers`."""

from __future__ import annotations

from enum import StrEnum

from governance.tables import Frozen

Counted = tuple[str, int]


class Kind(StrEnum):
    """What a column's text looks like: `LogicalType` and, for a column without a single value, `empty`."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    STRING = "string"
    EMPTY = "empty"

    @property
    def numeric(self) -> bool:
        return self in (Kind.INTEGER, Kind.NUMBER)


class Bin(Frozen):
    """Values above `low` up to and including `high`; the first bin of a histogram has its `low` too."""

    low: float
    high: float
    count: int


class Values(Frozen):
    """Personal data: people's values, cut at 80 characters. Drop this model for who has no grant.

    `min` and `max` are for text, days and times (None for numbers, see `Numbers`). `top` holds at most ten
    values of at most 200 bytes: exact with up to 1,000 distinct values and where values were counted one by
    one; else the values most repeated in the sample, if any, with their exact counts. `examples` are up to
    five of the sample.
    """

    min: str | None = None
    max: str | None = None
    top: tuple[Counted, ...] = ()
    examples: tuple[str, ...] = ()


class NumberCounts(Frozen):
    """What everybody may know of a column's numbers: how many, and how they spread from low to high (`bars`
    are the counts of the histogram's bins, without their edges)."""

    count: int
    zeros: int
    negatives: int
    bars: tuple[int, ...]


class Numbers(Frozen):
    """Personal data: extremes and quantiles are somebody's values. Finite numbers only, as doubles.

    `std` is the sample standard deviation (n − 1), 0 for one value. Quantiles interpolate linearly (Hyndman &
    Fan 1996, type 7) when `quantiles_exact`, and are a t-digest's estimates (Dunning 2021) when not.
    `percentiles` are the 1 %, 2 % … 99 % points.
    """

    count: int
    min: float
    max: float
    mean: float
    std: float
    quantiles: dict[str, float]
    quantiles_exact: bool
    percentiles: tuple[float, ...]
    zeros: int
    negatives: int
    histogram: tuple[Bin, ...]

    @property
    def deciles(self) -> tuple[float, ...]:
        """The 10 %, 20 % … 90 % points."""
        return self.percentiles[9::10]

    @property
    def counts(self) -> NumberCounts:
        bars = tuple(one.count for one in self.histogram)
        return NumberCounts(count=self.count, zeros=self.zeros, negatives=self.negatives, bars=bars)


class Lengths(Frozen):
    """Lengths in characters (Unicode code points) of the values that are there."""

    min: int
    mean: float
    max: int
    histogram: tuple[Bin, ...]


class ColumnProfile(Frozen):
    """One column. `count` + `nulls` = rows; `blanks` (white space only) are among `count`.

    `inferred` is the first kind that at least 98 % of the values convert to (blanks aside), and
    `inferred_share` is that share; `converts` says the share of each kind that at least half of the sample
    converts to. A whole number written with leading zeros is a code, not a number. Beyond 200,000 rows
    `distinct` of a column whose values seldom repeat is a HyperLogLog estimate and `distinct_exact` is false.
    `shapes` are counted on `shapes_sample` rows spread over the file. `number_counts` is there whenever
    `numbers` is or was.
    """

    name: str
    count: int
    nulls: int
    blanks: int
    distinct: int
    distinct_exact: bool
    inferred: Kind
    inferred_share: float
    converts: dict[Kind, float]
    values: Values | None = None
    numbers: Numbers | None = None
    number_counts: NumberCounts | None = None
    lengths: Lengths | None = None
    shapes: tuple[Counted, ...] = ()
    shapes_sample: int = 0

    @property
    def filled(self) -> int:
        """Values that say something."""
        return self.count - self.blanks
