"""The two scans of a whole file: first what a column holds, then what needs its bounds to be known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from governance.engines.duckdb import literal, quote
from governance.profiling.asking import Facts, most_frequent
from governance.profiling.model import Kind
from governance.profiling.reading import (
    counted,
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
from governance.profiling.sampling import LONGEST_TOP, SHOWN, FirstLook

EXACT_ROWS = 200_000
"""Up to so many rows distinct counts and quantiles are exact."""
FEW_DISTINCT = 1_000
NUMBER_BINS = 30
PERCENTS = range(1, 100)
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

    def at(self, what: str) -> str:
        """A column of `relation`: v the text, s stripped, d number, t day, m time."""
        return f"{what}{self.place}"


def relation(path_scan: str, subjects: Sequence[Subject]) -> str:
    """The batch's columns as text and, converted once, as what they seem to be."""
    names = ", ".join(f"{quote(one.name)} AS {one.at('v')}" for one in subjects)
    texts = ", ".join(f"{one.at('v')}, {stripped(one.at('v'))} AS {one.at('s')}" for one in subjects)
    converted = [f"{one.at('v')}, {one.at('s')}" for one in subjects]
    for one in subjects:
        if Kind.NUMBER in one.tried:
            converted.append(f"{number(one.at('v'))} AS {one.at('d')}")
        if Kind.DATE in one.tried:
            converted.append(f"{day(one.at('s'))} AS {one.at('t')}")
        if Kind.TIMESTAMP in one.tried:
            converted.append(f"{moment(one.at('s'))} AS {one.at('m')}")
    return f"(SELECT {', '.join(converted)} FROM (SELECT {texts} FROM (SELECT {names} FROM {path_scan})))"


def first_scan(one: Subject, *, exact: bool) -> dict[str, str]:
    """What every column is asked, and what only numbers, days, times and truth values are."""
    value, text = one.at("v"), one.at("s")
    asked = {
        "count": f"count({value})",
        "distinct": f"count(DISTINCT {value})" if exact else f"approx_count_distinct({value})",
        "low": f"left(min({value}), {SHOWN})",
        "high": f"left(max({value}), {SHOWN})",
        "may_be_blank": f"coalesce(min({value}) < '!', false)",
        "lengths": f"histogram(length({value}))",
    }
    if Kind.NUMBER in one.tried:
        asked |= _number_facts(one.at("d"), value, exact=exact)
    if Kind.BOOLEAN in one.tried:
        asked["boolean"] = f"count(*) FILTER ({truth(text)})"
    for kind, letter in ((Kind.DATE, "t"), (Kind.TIMESTAMP, "m")):
        if kind in one.tried:
            found = one.at(letter)
            asked |= {
                kind.value: f"count({found})",
                f"{kind}_low": f"min({found})::VARCHAR",
                f"{kind}_high": f"max({found})::VARCHAR",
            }
    return asked


def _number_facts(found: str, text: str, *, exact: bool) -> dict[str, str]:
    points = ", ".join(str(percent / 100) for percent in PERCENTS)
    quantile = "quantile_cont" if exact else "approx_quantile"
    return {
        "finite": f"count({found})",
        "whole": f"count(*) FILTER ({whole(text)})",
        "padded": f"count(*) FILTER ({padded(text)})",
        "min": f"min({found})",
        "max": f"max({found})",
        "mean": f"avg({found} * {double(SCALE)})",
        "points": f"{quantile}({found}, [{points}])",
        "zeros": f"count(*) FILTER ({found} = 0)",
        "negatives": f"count(*) FILTER ({found} < 0)",
    }


def second_scan(one: Subject, facts: Facts) -> dict[str, str]:
    """What the first answer leaves open: blanks, spread, histogram, the most frequent values."""
    asked = {}
    if facts["may_be_blank"]:
        asked["blanks"] = f"count(*) FILTER ({one.at('v')} < '!' AND {one.at('s')} = '')"
    if facts.get("finite"):
        asked["squares"] = _squares(one.at("d"), facts["mean"] / SCALE, _scale(facts))
        asked["bins"] = counted(one.at("d"), number_edges(facts))
    if facts["count"]:
        asked |= _top(one, facts)
    return asked


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


def _squares(found: str, mean: float, scale: float) -> str:
    distance = f"({found} * 0.25::DOUBLE - {double(mean * 0.25)}) / {double(scale)}"
    return f"sum(({distance}) * ({distance}))"


def _top(one: Subject, facts: Facts) -> dict[str, str]:
    value = one.at("v")
    if facts["distinct"] <= FEW_DISTINCT:
        return {"top": most_frequent(value, f"strlen({value}) <= {LONGEST_TOP}")}
    if not one.look.repeated:
        return {}
    among = ", ".join(literal(text) for text in one.look.repeated)
    return {"top": most_frequent(value, f"{value} IN ({among})")}
