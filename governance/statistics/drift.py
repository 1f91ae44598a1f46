"""Drift: each column held against the last version, and what that says in words.

Four measures, and what counts as moved:

- Population stability index over the baseline's deciles, or over categories: 0.1 moderate, 0.25 major
  (Siddiqi 2006, Credit Risk Scorecards), and only where chance does not explain it (Yurdakul 2018).
- Kolmogorov's distance at the baseline's percentiles, which is exact to 0.01: 0.13 and 0.20, where a shift of
  a normal distribution has the index 0.1 and 0.25; and only above the 5 % limit of Smirnov's test (1948).
- Share of missing values: a change of 5 and of 20 percentage points (ours).
- Number of rows: a change by 20 % and by 50 % (ours).

Days and times move on with the calendar, so that columns that span less than two years are compared by hour of
the day and by weekday, and how far they moved is said; longer ones (birth dates) are compared like numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.findings import Dimension, Note, Severity
from governance.statistics.model import Baseline, Clock, Drift, DriftFigures, Level, Measure
from governance.statistics.saying import message
from governance.statistics.shares import chance, distance, distance_by_chance, psi, regroup, shares_of

MODERATE, MAJOR = 0.1, 0.25
KS_MODERATE, KS_MAJOR = 0.13, 0.20
MISSING_MODERATE, MISSING_MAJOR = 0.05, 0.20
ROWS_MODERATE, ROWS_MAJOR = 0.2, 0.5
WINDOW = 730
"""Days: a column that spans fewer holds what happened lately, and moves on with the calendar."""
FORTNIGHT = 14
"""Days: weekdays are compared between columns that span as many."""
SEVERITY = {Level.MODERATE: Severity.LOW, Level.MAJOR: Severity.MEDIUM}


def drift_of(
    before: Measure,
    now: Measure,
    counts: Sequence[int],
    edges: Sequence[float],
    *,
    distinct: int,
    than: str = "the last version",
) -> Drift:
    """Compare one column. `counts` are today's over the bins of `edges`, which hold all the baseline's;
    `distinct` is said when a column of categories is none any more, `than` is the baseline in words."""
    if before.clock and now.clock:
        found = _of_days(before, now, before.clock, now.clock, regroup(counts, edges, before.clock.edges))
    elif before.edges and now.edges:
        found = _of_numbers(before, now, counts, edges)
        if before.categories and now.categories:
            found = _one_by_one(found, before.categories, now.categories)
    elif before.categories and now.categories is not None:
        found = _of_categories(before, now)
    else:
        found = _nothing(before, now, _lost(before, now, distinct))
    level = max((level for level, _ in _reasons(found)), key=lambda one: one.rank)
    causes = tuple(cause for one, cause in _reasons(found) if one is not Level.STABLE)
    found = found.model_copy(update={"level": level, "causes": causes})
    return found.model_copy(update={"message": message(found, than)})


def _reasons(found: Drift) -> list[tuple[Level, str]]:
    """How much each measure says that the column moved, the worst first."""
    reasons = [
        (_band(abs(found.missing_now - found.missing_before), MISSING_MODERATE, MISSING_MAJOR), "missing"),
        (Level.MAJOR if found.causes else Level.STABLE, found.causes[0] if found.causes else ""),
        (_band(found.psi or 0.0, MODERATE, MAJOR), "psi"),
        (_band(found.ks or 0.0, KS_MODERATE, KS_MAJOR), "ks"),
    ]
    if found.psi is not None and found.psi <= found.psi_by_chance:
        reasons[2] = (Level.STABLE, "psi")
    if found.ks is not None and found.ks <= found.ks_by_chance:
        reasons[3] = (Level.STABLE, "ks")
    return sorted(reasons, key=lambda one: -one[0].rank)


def _nothing(before: Measure, now: Measure, lost: str = "") -> Drift:
    """Only the missing values to compare, and what the column lost."""
    return Drift(
        column=now.column,
        psi=None,
        level=Level.STABLE,
        message="",
        missing_before=before.missing,
        missing_now=now.missing,
        causes=(lost,) if lost else (),
    )


def _lost(before: Measure, now: Measure, distinct: int) -> str:
    """What a column no longer is, if it still holds values."""
    if not now.n:
        return ""
    if before.clock:
        return "it held days, and no longer does"
    if before.edges:
        return "it held numbers, and no longer does"
    if before.categories:
        return f"it has {distinct:,} distinct values, where there were {len(before.categories):,}"
    return ""


def _of_numbers(before: Measure, now: Measure, counts: Sequence[int], edges: Sequence[float]) -> Drift:
    fine = shares_of(regroup(counts, edges, before.edges))
    tenths = shares_of(regroup(counts, edges, before.tenths))
    inner = [one.high for one in before.bins[:-1]]
    old = shares_of(regroup(before.counts, before.edges, before.tenths))
    comparable = now.n and before.n
    shift = None
    if before.std and now.mean is not None and before.mean is not None:
        shift = (now.mean - before.mean) / before.std
    return _nothing(before, now).model_copy(
        update={
            "psi": psi(old, tenths) if comparable else None,
            "psi_by_chance": chance(len(tenths), before.n, now.n),
            "ks": distance(shares_of(before.counts), fine) if comparable else None,
            "ks_by_chance": distance_by_chance(before.n, now.n),
            "mean_shift": shift,
            "picture": "numbers",
            "bars_before": shares_of([one.count for one in before.bins]),
            "bars_now": shares_of(regroup(counts, edges, inner)),
            "figures": DriftFigures(
                edges=(before.bins[0].low, *inner, before.bins[-1].high),
                mean_before=before.mean,
                mean_now=now.mean,
            ),
        }
    )


def _of_categories(before: Measure, now: Measure) -> Drift:
    old, new = before.categories or {}, now.categories or {}
    keys = sorted({*old, *new}, key=lambda key: (-old.get(key, 0.0), -new.get(key, 0.0), key))
    found = _pictured(_nothing(before, now), keys, old, new)
    index = {
        "psi": psi(found.bars_before, found.bars_now),
        "psi_by_chance": chance(len(keys), before.n, now.n),
    }
    return found.model_copy(update=index)


def _one_by_one(found: Drift, old: Mapping[str, float], new: Mapping[str, float]) -> Drift:
    """Few numbers are shown as what they are, from low to high; how far they moved stays what it was."""
    shown = _pictured(found, sorted({*old, *new}, key=float), old, new)
    assert found.figures and shown.figures
    means = {"mean_before": found.figures.mean_before, "mean_now": found.figures.mean_now}
    return shown.model_copy(update={"figures": shown.figures.model_copy(update=means)})


def _pictured(found: Drift, keys: Sequence[str], old: Mapping[str, float], new: Mapping[str, float]) -> Drift:
    come, gone = (tuple(key for key in keys if key not in some) for some in (old, new))
    return found.model_copy(
        update={
            "new_categories": len(come),
            "vanished_categories": len(gone),
            "picture": "categories",
            "bars_before": tuple(old.get(key, 0.0) for key in keys),
            "bars_now": tuple(new.get(key, 0.0) for key in keys),
            "figures": DriftFigures(labels=tuple(keys), new=come, vanished=gone),
        }
    )


def _of_days(before: Measure, now: Measure, old: Clock, new: Clock, counts: Sequence[int]) -> Drift:
    """By the clock where a column spans less than two years in both, by its days where not."""
    moved = new.start - old.start
    kept = _nothing(before, now).model_copy(update={"moved_days": moved})
    if max(old.span, new.span) >= WINDOW:
        days = shares_of(counts)
        return kept.model_copy(
            update={
                "psi": psi(old.shares, days),
                "psi_by_chance": chance(len(days), before.n, now.n),
                "ks": distance(old.shares, days),
                "ks_by_chance": distance_by_chance(before.n, now.n),
            }
        )
    pairs = []
    if old.hours and new.hours:
        pairs.append((psi(old.hours, new.hours), "hours", old.hours, new.hours))
    if min(old.span, new.span) >= FORTNIGHT:
        pairs.append((psi(old.weekdays, new.weekdays), "weekdays", old.weekdays, new.weekdays))
    if not pairs:
        return kept
    index, picture, was, is_now = max(pairs)
    return kept.model_copy(
        update={
            "psi": index,
            "psi_by_chance": chance(len(was), before.n, now.n),
            "picture": picture,
            "bars_before": was,
            "bars_now": is_now,
        }
    )


def drift_note(found: Drift) -> Note | None:
    """A finding for what moved; new or vanished categories (of words), and days that moved back, are one even
    where the shares are stable."""
    words = not found.of_numbers and (found.new_categories or found.vanished_categories)
    said = words or (found.moved_days or 0) < 0
    if found.level is Level.STABLE and not said:
        return None
    return Note(
        kind="drift",
        severity=SEVERITY.get(found.level, Severity.LOW),
        dimension=Dimension.COMPLETENESS if found.causes[:1] == ("missing",) else Dimension.CONSISTENCY,
        column=found.column,
        message=found.message,
        details={"psi": found.psi, "ks": found.ks, "level": found.level.value},
    )


def named(base: Baseline | None) -> str:
    """The baseline in words."""
    return f"version {base.version}" if base and base.version else "the last version"


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
        message=f"{rows:,} rows, where {named(base)} had {base.rows:,} ({change:+.0%}).",
        details={"before": base.rows, "now": rows, "level": level.value},
    )


def _band(value: float, moderate: float, major: float) -> Level:
    """Below `moderate` is stable, above `major` major, the bounds themselves moderate."""
    if value > major:
        return Level.MAJOR
    return Level.MODERATE if value >= moderate else Level.STABLE
