"""Tables and budgets in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def budget_met(value: float, most: float | None, unit: str = "") -> str:
    """The budget, and whether it is met."""
    if most is None:
        return "–"
    return f"≤ {most:,g}{' ' + unit if unit else ''} {'✓' if value <= most else '✗ **missed**'}"


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column and those of words are on the left."""
    words = {"stage", "tool", "delivers", "delivers (found)", "the same as ours", "action", "page"}
    lines = [names, [":---" if name in words else "---:" for name in names], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
