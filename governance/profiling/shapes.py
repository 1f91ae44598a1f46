"""The shape of a value: what it looks like without what it says."""

from __future__ import annotations

LONGEST = 40
"""Characters of a shape that are kept."""


def shape(value: str) -> str:
    """SQL for the shape of a text: a digit → `9`, a run of capitals → `A`, of other letters → `a`.

    Letters of scripts without case count as small ones; other characters stay. Only the first 60 characters
    of the value are looked at, and the first 40 of the shape are kept. The ten common digits are not left to the
    expression for the others: most texts have many of them, and each match costs as much as `translate` for all.
    """
    capitals = rf"regexp_replace(left({value}, 60), '(?:\p{{Lu}}\p{{M}}*)+', 'A', 'g')"
    letters = rf"regexp_replace({capitals}, '[\p{{Ll}}\p{{Lt}}\p{{Lm}}\p{{Lo}}\p{{M}}]+', 'a', 'g')"
    digits = f"translate({letters}, '012345678', '999999999')"
    return rf"left(regexp_replace({digits}, '[^\P{{N}}0-9]', '9', 'g'), {LONGEST})"
