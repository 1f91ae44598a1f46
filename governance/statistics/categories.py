"""A text as a category, and how many rows each category has."""

from __future__ import annotations

MOST_CATEGORIES = 50
LONGEST = 200
"""Characters of a category's name; longer ones are cut and told apart by their SHA-256."""


def category(text: str) -> str:
    """SQL for the category of a stripped text; nothing is NULL."""
    cut = f"left({text}, {LONGEST}) || '… ' || sha256({text})[:16]"
    return f"nullif(CASE WHEN length({text}) <= {LONGEST} THEN {text} ELSE {cut} END, '')"


def ask_categories(found: str) -> str:
    """An aggregate over a column of categories: pairs of `key` and count `n`."""
    return f"list_transform(map_entries(histogram({found})), lambda e: {{'key': e.key, 'n': e.value}})"
