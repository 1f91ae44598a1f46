"""Drift against the last version: the population stability index of each column, and what else moved."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

from governance.engines.duckdb import literal
from governance.findings import Dimension, Note, Severity
from governance.statistics.model import Baseline, Drift, Level, Measure

FLOOR = 1e-4
"""An empty bin counts as this share: the logarithm of nothing is no number."""
MODERATE, MAJOR = 0.1, 0.25
"""Bands of the index (Siddiqi 2006, Credit Risk Scorecards)."""
MISSING_MODERATE, MISSING_MAJOR = 0.05, 0.20
"""Bands for the change of the share of missing values: ours."""
ROWS_MODERATE, ROWS_MAJOR = 0.2, 0.5
"""Bands for the change of the number of rows: ours."""
MOST_CATEGORIES = 50
SEVERITY = {Level.MODERATE: Severity.LOW, Level.MAJOR: Severity.MEDIUM}


def category_key(column: str, value: str) -> str:
    """What a category is remembered by: 16 hex digits of SHA-256 over column and stripped value."""
    return hashlib.sha256(f"{column}\x1f{value}".encode()).hexdigest()[:16]


def ask_categories(column: str, value: str) -> str:
    """An aggregate over a column of stripped texts: pairs of `category_key` and count."""
    key = f"sha256({literal(column)} || chr(31) || e.key)[:16]"
    return f"list_transform(map_entries(histogram({value})), lambda e: {{'key': {key}, 'n': e.value}})"


def psi(before: Sequence[float], now: Sequence[float]) -> float:
    """Population stability index of two distributions over the same bins; 0 when they are equal."""
    pairs = [(max(old, FLOOR), max(new, FLOOR)) for old, new in zip(before, now, strict=True)]
    return sum((new - old) * math.log(new / old) for old, new in pairs)


def chance(bins: int, before: int, now: int) -> float:
    """The index that two samples of one population exceed once in twenty times (Yurdakul 2018: it is
    distributed as (1/n + 1/m) × χ² with bins − 1 degrees of freedom; here by the normal approximation)."""
    degrees = max(bins - 1, 1)
    return (1 / max(before, 1) + 1 / max(now, 1)) * (degrees + 1.645 * math.sqrt(2 * degrees))


def drift_of(before: Measure, now: Measure, shares: Sequence[float] | None, *, distinct: int) -> Drift:
    """Compare one column. `shares` are today's parts in the bins of the baseline, for numbers; `distinct`
    is said when a column of categories is none any more."""
    new, gone = _difference(before.categories, now.categories)
    index, expected = _index(before, now, shares)
    lost = _lost(before, now, shares, distinct)
    level = max(
        _band(index, MODERATE, MAJOR) if index is not None and index > expected else Level.STABLE,
        _band(abs(now.missing - before.missing), MISSING_MODERATE, MISSING_MAJOR),
        Level.MAJOR if lost else Level.STABLE,
        key=lambda one: one.rank,
    )
    return Drift(
        column=now.column,
        psi=index,
        level=level,
        message=_message(before, now, index, lost or _said(new, gone)),
        new_categories=new,
        vanished_categories=gone,
        missing_before=before.missing,
        missing_now=now.missing,
    )


def _index(before: Measure, now: Measure, shares: Sequence[float] | None) -> tuple[float | None, float]:
    """The stability index, and what chance alone may make of it."""
    if before.shares and shares is not None:
        return psi(before.shares, shares), chance(len(shares), before.n, now.n)
    if before.categories and now.categories is not None:
        keys = sorted({*before.categories, *now.categories})
        old, new = ([kind.get(key, 0.0) for key in keys] for kind in (before.categories, now.categories))
        return psi(old, new), chance(len(keys), before.n, now.n)
    return None, 0.0


def _lost(before: Measure, now: Measure, shares: Sequence[float] | None, distinct: int) -> str:
    """What a column no longer is, if it still holds values."""
    if not now.n:
        return ""
    if before.shares and shares is None:
        return "it held numbers, and no longer does"
    if before.categories and now.categories is None:
        return f"it has {distinct:,} distinct values, where there were {len(before.categories):,}"
    return ""


def drift_note(found: Drift) -> Note | None:
    """A finding for what moved; new or vanished categories are one even where the shares are stable."""
    if found.level is Level.STABLE and not (found.new_categories or found.vanished_categories):
        return None
    return Note(
        kind="drift",
        severity=SEVERITY.get(found.level, Severity.LOW),
        dimension=Dimension.CONSISTENCY,
        column=found.column,
        message=found.message,
        details={"psi": found.psi, "level": found.level.value},
    )


def rows_note(base: Baseline, rows: int) -> Note | None:
    """A finding when there are many more or fewer rows than in the last version."""
    if not base.rows:
        return None
    change = rows / base.rows - 1
    level = _band(abs(change), ROWS_MODERATE, ROWS_MAJOR)
    if level is Level.STABLE:
        return None
    return Note(
        kind="drift",
        severity=SEVERITY[level],
        dimension=Dimension.CONSISTENCY,
        rows=rows,
        message=f"{rows:,} rows, where the last version had {base.rows:,} ({change:+.0%}).",
        details={"before": base.rows, "now": rows, "level": level.value},
    )


def _difference(
    before: Mapping[str, float] | None, now: Mapping[str, float] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Categories that are new, and those that are gone."""
    if not before or now is None:
        return (), ()
    return tuple(sorted(now.keys() - before.keys())), tuple(sorted(before.keys() - now.keys()))


def _band(value: float, moderate: float, major: float) -> Level:
    """Below `moderate` is stable, above `major` major, the bounds themselves moderate."""
    if value > major:
        return Level.MAJOR
    return Level.MODERATE if value >= moderate else Level.STABLE


def _said(new: Sequence[str], gone: Sequence[str]) -> str:
    said = [f"{len(keys):,} {word}" for keys, word in ((new, "new"), (gone, "gone")) if keys]
    return f"categories: {', '.join(said)}" if said else ""


def _message(before: Measure, now: Measure, index: float | None, categories: str) -> str:
    parts = []
    if index is not None:
        band = _band(index, MODERATE, MAJOR)
        parts.append(f"stability index {index:.2f} ({band})")
    if categories:
        parts.append(categories)
    if abs(now.missing - before.missing) >= 0.001:
        parts.append(f"missing values {before.missing:.1%} → {now.missing:.1%}")
    if now.mean is not None and before.mean is not None:
        parts.append(f"mean {before.mean:,.6g} → {now.mean:,.6g}")
    said = "; ".join(parts) or "as before"
    return f"“{now.column}” against the last version: {said}."
