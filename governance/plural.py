"""How many of something, in words: the same in the log, on the pages and on the command line."""

from __future__ import annotations


def many(number: int, noun: str, plural: str = "") -> str:
    """`1 row`, `1,204 rows`, `3 queries`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
