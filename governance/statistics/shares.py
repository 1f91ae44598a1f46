"""Values in bins, as shares: where to cut, how to count once for several questions, and how far apart two
distributions over the same bins are."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

FLOOR = 1e-4
"""An empty bin counts as this share: the logarithm of nothing is no number."""


def cuts(points: Sequence[float]) -> list[float]:
    """Edges at these quantiles. Where several quantiles are one value, many rows have exactly that value: a
    second edge just below gives it a bin of its own, so that a move to just beside it is seen."""
    twice = {point for point, following in pairwise(points) if point == following}
    below = {math.nextafter(point, -math.inf) for point in twice}
    return sorted({*points, *(edge for edge in below if math.isfinite(edge))})


def union(*edges: Iterable[float]) -> list[float]:
    """All the edges, so that one count answers for each of them."""
    return sorted({edge for some in edges for edge in some})


def regroup(counts: Sequence[int], edges: Sequence[float], wanted: Sequence[float]) -> list[int]:
    """Counts over the bins of `edges`, added up over those of `wanted`, each of which is one of them."""
    ends = [bisect_left(edges, edge) + 1 for edge in wanted]
    return [sum(counts[start:end]) for start, end in zip([0, *ends], [*ends, len(counts)], strict=True)]


def shares_of(counts: Sequence[int]) -> tuple[float, ...]:
    """Counts as parts of their sum; zeros where there is nothing."""
    total = sum(counts)
    return tuple(count / total if total else 0.0 for count in counts)


def psi(before: Sequence[float], now: Sequence[float]) -> float:
    """Population stability index of two distributions over the same bins; 0 when they are equal."""
    pairs = [(max(old, FLOOR), max(new, FLOOR)) for old, new in zip(before, now, strict=True)]
    return sum((new - old) * math.log(new / old) for old, new in pairs)


def chance(bins: int, before: int, now: int) -> float:
    """The index that two samples of one population exceed once in twenty times (Yurdakul 2018: it is
    distributed as (1/n + 1/m) × χ² with bins − 1 degrees of freedom; here by the normal approximation)."""
    degrees = max(bins - 1, 1)
    return (1 / max(before, 1) + 1 / max(now, 1)) * (degrees + 1.645 * math.sqrt(2 * degrees))


def distance(before: Sequence[float], now: Sequence[float]) -> float:
    """Kolmogorov's distance of two distributions, looked at where the bins end: the largest difference
    between their cumulated shares."""
    old = new = most = 0.0
    for one, other in zip(before, now, strict=True):
        old, new = old + one, new + other
        most = max(most, abs(old - new))
    return min(most, 1.0)


def distance_by_chance(before: int, now: int) -> float:
    """The distance that two samples of one population exceed once in twenty times (Smirnov 1948)."""
    return 1.358 * math.sqrt(1 / max(before, 1) + 1 / max(now, 1))
