"""From the answers of the scans to a column's profile."""

from __future__ import annotations

from governance.profiling.asking import Facts, frequencies
from governance.profiling.model import Bin, ColumnProfile, Kind, Lengths, Numbers, Values
from governance.profiling.reading import bins, counts_of, edges_between, finite
from governance.profiling.sampling import SHOWN
from governance.profiling.scanning import POINTS, Subject, deviation, mean, number_edges

ENOUGH = 0.98
"""Share of a column's values that must convert before it is called by that kind."""
LENGTH_BINS = 12
ORDER = (Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER, Kind.DATE, Kind.TIMESTAMP)


def describe(subject: Subject, facts: Facts, *, rows: int, exact: bool, sampled: int) -> ColumnProfile:
    """The profile of one column; `facts` are the answers of both scans."""
    blanks = facts["blanks"]
    filled = facts["count"] - blanks
    converts = _converts(facts, filled)
    inferred = _inferred(converts, filled)
    numbers = _numbers(facts, exact=exact) if _speaks_numbers(subject, facts, filled) else None
    return ColumnProfile(
        name=subject.name,
        count=facts["count"],
        nulls=rows - facts["count"],
        blanks=blanks,
        distinct=min(facts["distinct"], facts["count"]),
        distinct_exact=exact,
        inferred=inferred,
        inferred_share=converts.get(inferred, 1.0 if filled else 0.0),
        converts=converts,
        values=_values(subject, facts, inferred) if facts["count"] else None,
        numbers=numbers,
        number_counts=numbers.counts if numbers else None,
        lengths=_lengths(facts["lengths"]) if facts["count"] else None,
        shapes=subject.look.shapes,
        shapes_sample=sampled,
    )


def _converts(facts: Facts, filled: int) -> dict[Kind, float]:
    counts = {
        Kind.BOOLEAN: facts.get("boolean", 0),
        Kind.INTEGER: facts.get("whole", 0),
        Kind.NUMBER: facts.get("finite", 0) - facts.get("padded", 0),
        Kind.DATE: facts.get("date", 0),
        Kind.TIMESTAMP: facts.get("timestamp", 0),
    }
    return {kind: count / filled for kind, count in counts.items() if count and filled}


def _inferred(converts: dict[Kind, float], filled: int) -> Kind:
    if not filled:
        return Kind.EMPTY
    return next((kind for kind in ORDER if converts.get(kind, 0.0) >= ENOUGH), Kind.STRING)


def _speaks_numbers(subject: Subject, facts: Facts, filled: int) -> bool:
    """Whether figures over the numbers in this column mean anything: asked for, or most of it."""
    found = facts.get("finite", 0)
    return bool(found) and (Kind.INTEGER in subject.tried or found >= filled / 2)


def _values(subject: Subject, facts: Facts, inferred: Kind) -> Values:
    low, high = facts["low"], facts["high"]
    if inferred.numeric:
        low = high = None
    elif inferred in (Kind.DATE, Kind.TIMESTAMP):
        low, high = facts[f"{inferred}_low"], facts[f"{inferred}_high"]
    top = tuple((text[:SHOWN], count) for text, count in frequencies(facts.get("top")))
    return Values(min=low, max=high, top=top, examples=subject.look.examples)


def _numbers(facts: Facts, *, exact: bool) -> Numbers:
    low, high = facts["min"], facts["max"]
    edges = number_edges(facts)
    points = [finite(point) for point in facts["points"]]
    return Numbers(
        count=facts["finite"],
        min=low,
        max=high,
        mean=finite(mean(facts)),
        std=finite(deviation(facts, facts["squares"])),
        quantiles={name: points[percent - 1] for name, percent in POINTS.items()},
        quantiles_exact=exact,
        percentiles=tuple(points),
        zeros=facts["zeros"],
        negatives=facts["negatives"],
        histogram=bins(low, high, edges, counts_of(facts["bins"], edges)),
    )


def _lengths(counts: dict[int, int]) -> Lengths:
    low, high = min(counts), max(counts)
    total = sum(counts.values())
    return Lengths(
        min=low,
        mean=sum(length * count for length, count in counts.items()) / total,
        max=high,
        histogram=_length_bins(counts, low, high),
    )


def _length_bins(counts: dict[int, int], low: int, high: int) -> tuple[Bin, ...]:
    edges = sorted({float(int(edge)) for edge in edges_between(low, high, LENGTH_BINS)} - {float(low)})
    if high - low < LENGTH_BINS:
        edges = [float(length) for length in range(low, high)]
    sums = [0] * (len(edges) + 1)
    for length, count in counts.items():
        sums[sum(edge < length for edge in edges)] += count
    return bins(low, high, edges, sums)
