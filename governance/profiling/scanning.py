"""The two scans of a whole file: first what a column holds, then what needs its bounds to be known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from governance.engines.duckdb import quote
from governance.profiling.asking import Facts
from governance.profiling.counting import Counting, different
from governance.profiling.model import Kind
from governance.profiling.reading import (
    blank,
    day,
    double,
    edges_between,
    moment,
    number,
    padded,
    stripped,
    truth,
    whole,
)
from governance.profiling.sampling import SHOWN, FirstLook

EXACT_ROWS = 200_000
"""Up to so many rows distinct counts and quantiles are exact."""
FEW_DISTINCT = 1_000
NUMBER_BINS = 30
POINTS = {"p01": 1, "p05": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95, "p99": 99}
SCALE = 2.0**-70
"""A power of two, so that scaling is exact: a mean must not overflow on its way."""


@dataclass(frozen=True)
class Subject:
    """A column under the scans: its name, its place in the batch, and what to try on it."""

    name: str
    place: int
    look: FirstLook
    tried: frozenset[Kind]
    few: bool = False
    """Whether its values repeat so often that its different values are asked instead of its rows."""

    @property
    def many(self) -> bool:
        """Whether it seems to have so many different values that only those that the sample saw repeated are counted."""
        return self.look.different > FEW_DISTINCT and bool(self.look.repeated)

    def at(self, what: str) -> str:
        """A column of `relation`: v the text, d number, b whether a word for true or false, t day, m time."""
        return f"{what}{self.place}"


def relation(path_scan: str, subjects: Sequence[Subject]) -> str:
    """The batch's columns as text and, converted once, as what they seem to be."""
    names = ", ".join(f"{quote(one.name)} AS {one.at('v')}" for one in subjects)
    return f"({_converted(f'(SELECT {names} FROM {path_scan})', subjects)})"


def values_of(path_scan: str, one: Subject) -> str:
    """A query of one column's different values, converted, with `n`, how often each is there."""
    return _converted(f"({different(path_scan, one.name, one.at('v'))})", [one], "n")


def _converted(source: str, subjects: Sequence[Subject], *others: str) -> str:
    texts = [f"{one.at('v')}, {stripped(one.at('v'))} AS {one.at('s')}" for one in subjects]
    converted = [*others, *(one.at("v") for one in subjects)]
    for one in subjects:
        if Kind.NUMBER in one.tried:
            converted.append(f"{number(one.at('v'))} AS {one.at('d')}")
        if Kind.BOOLEAN in one.tried:
            converted.append(f"{truth(one.at('s'))} AS {one.at('b')}")
        if Kind.DATE in one.tried:
            converted.append(f"{day(one.at('s'))} AS {one.at('t')}")
        if Kind.TIMESTAMP in one.tried:
            converted.append(f"{moment(one.at('s'))} AS {one.at('m')}")
    return f"SELECT {', '.join(converted)} FROM (SELECT {', '.join([*others, *texts])} FROM {source})"


def first_scan(one: Subject, counting: Counting) -> dict[str, str]:
    """What every column is asked, and what only numbers, days, times and truth values are."""
    value = one.at("v")
    asked = {
        "count": counting.there(value),
        "distinct": counting.distinct(value),
        "low": f"left(min({value}), {SHOWN})",
        "high": f"left(max({value}), {SHOWN})",
        "blanks": counting.where(blank(value)),
        "lengths": counting.by(f"length({value})"),
    }
    if one.few or one.many:
        asked["top"] = counting.top(value, one.look.repeated)
    if Kind.NUMBER in one.tried:
        asked |= _number_facts(one.at("d"), value, counting)
    if Kind.BOOLEAN in one.tried:
        asked["boolean"] = counting.where(one.at("b"))
    for kind, letter in ((Kind.DATE, "t"), (Kind.TIMESTAMP, "m")):
        if kind in one.tried:
            found = one.at(letter)
            asked |= {
                kind.value: counting.there(found),
                f"{kind}_low": f"min({found})::VARCHAR",
                f"{kind}_high": f"max({found})::VARCHAR",
            }
    return asked


def _number_facts(found: str, text: str, counting: Counting) -> dict[str, str]:
    return {
        "finite": counting.there(found),
        "whole": counting.where(whole(text, found)),
        "padded": counting.where(padded(text)),
        "min": f"min({found})",
        "max": f"max({found})",
        "sum": counting.total(f"{found} * {double(SCALE)}"),
        "points": counting.points(found),
        "zeros": counting.where(f"{found} = 0"),
        "negatives": counting.where(f"{found} < 0"),
    }


def second_scan(one: Subject, facts: Facts, counting: Counting) -> dict[str, str]:
    """What the first answer leaves open: spread, histogram, the most frequent values where the sample left open among
    which, or was wrong about it."""
    asked = {}
    if facts.get("finite"):
        asked["squares"] = counting.total(_square(one.at("d"), mean(facts), _scale(facts)))
        asked["bins"] = counting.upto(one.at("d"), number_edges(facts))
    every = facts["distinct"] <= FEW_DISTINCT
    if facts["count"] and not one.few and (every or (one.look.repeated and not one.many)):
        asked["top"] = counting.top(one.at("v"), None if every else one.look.repeated)
    return asked


def mean(facts: Facts) -> float:
    """The mean of the numbers found; the sum was scaled, so that it does not overflow on its way."""
    return float(facts["sum"] / facts["finite"] / SCALE)


def number_edges(facts: Facts) -> list[float]:
    return edges_between(facts["min"], facts["max"], NUMBER_BINS)


def deviation(facts: Facts, squares: float) -> float:
    """The sample standard deviation from the scaled squares of `second_scan`."""
    if facts["finite"] < 2:
        return 0.0
    return math.sqrt(squares / (facts["finite"] - 1)) * _scale(facts) * 4


def _scale(facts: Facts) -> float:
    """A quarter of the largest distance from zero, as a power of two: squares of what is divided by it
    neither overflow nor vanish."""
    largest = max(abs(facts["min"]), abs(facts["max"]))
    return float(math.ldexp(1.0, max(math.frexp(largest)[1] - 2, -1000))) if largest else 1.0


def _square(found: str, mean: float, scale: float) -> str:
    distance = f"({found} * 0.25::DOUBLE - {double(mean * 0.25)}) / {double(scale)}"
    return f"({distance}) * ({distance})"
