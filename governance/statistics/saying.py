"""Drift in plain words, without a value of a row: shares, counts, days, and shifts in standard deviations."""

from __future__ import annotations

from governance.plural import many
from governance.statistics.model import Drift, Level

LEVELS = {Level.STABLE: "stable", Level.MODERATE: "moved", Level.MAJOR: "moved far"}
NOTABLE = 0.001
"""A change of the share of missing values that is said."""
SHIFTED = 0.05
"""A shift of the mean, in standard deviations, that is said."""


def message(found: Drift, than: str = "the last version") -> str:
    """One sentence, the reason for its level first:
    `“fare”: filled in 100.0 % of rows, 33.4 % in version 1; …`."""
    parts = {
        "missing": _filled(found, than),
        "days": _days(found),
        "categories": _categories(found),
        "psi": _spread(found),
        "mean": _mean(found),
    }
    lost = [cause for cause in found.causes if cause not in ("missing", "psi", "ks")]
    first = [parts.pop("missing")] if found.causes[:1] == ("missing",) else []
    said = [part for part in (*lost, *first, *parts.values()) if part]
    return f"“{found.column}”: {'; '.join(said) or f'as in {than}'}."


def _filled(found: Drift, than: str) -> str:
    if abs(found.missing_now - found.missing_before) < NOTABLE:
        return ""
    now, before = (
        f"{1 - missing:.1%}".replace("%", " %") for missing in (found.missing_now, found.missing_before)
    )
    return f"filled in {now} of rows, {before} in {than}"


def _days(found: Drift) -> str:
    if not found.moved_days:
        return ""
    days = abs(found.moved_days)
    return f"moved {'on' if found.moved_days > 0 else 'back'} by {many(days, 'day')}"


def _spread(found: Drift) -> str:
    if found.psi is None:
        return ""
    shape = {
        "hours": "times of the day",
        "weekdays": "weekdays",
        "categories": "values" if found.of_numbers else "shares of the categories",
    }.get(found.picture, "values")
    figures = f"stability index {found.psi:.2f}"
    if found.ks is not None:
        figures += f", largest difference {100 * found.ks:.0f} points"
    if not {"psi", "ks"} & set(found.causes):
        chance = found.psi >= 0.1 or (found.ks or 0.0) >= 0.13
        return (
            f"{shape} spread {'no further apart than chance explains' if chance else 'as before'} ({figures})"
        )
    return f"{shape} spread otherwise ({figures})"


def _categories(found: Drift) -> str:
    counts = ((found.new_categories, "new"), (found.vanished_categories, "gone"))
    said = [f"{count:,} {word}" for count, word in counts if count]
    return f"{'values' if found.of_numbers else 'categories'}: {', '.join(said)}" if said else ""


def _mean(found: Drift) -> str:
    if found.mean_shift is None or abs(found.mean_shift) < SHIFTED:
        return ""
    way = "higher" if found.mean_shift > 0 else "lower"
    return f"mean {way} by {abs(found.mean_shift):.2f} standard deviations"
