"""Words that people and programs write where there is no value."""

from __future__ import annotations

from governance.privacy.meaning import PERSON_NAMES, Semantic

_ALWAYS = r"""
error|unknown|undefined|missing|not available|not applicable|not provided|no data|n/a|n.a.|n.a|#n/a|na|nan|
null|<null>|(null)|\n|#value!|#ref!|#div/0!|#name?|-|--|---|—|–|?|??|???|.|..|...
"""
ALWAYS = frozenset(word.strip() for word in _ALWAYS.split("|"))
"""In small letters. In any column these stand for nothing, with the exceptions of `is_missing`."""

AMONG_VALUES = frozenset(
    ["none", "nil", "tbd", "tba", "unk", "blank", "empty", "invalid", "not set", "unspecified"]
)
"""In a column of numbers, dates or truth values these too; in a column of words they may be an answer."""

ANY = ALWAYS | AMONG_VALUES
ALSO_NAMES = frozenset({"na", "null", "nan"})
"""There are people called Na, Null and Nan, and places and codes NA."""
SHORT_CODES = 3


def is_missing(word: str, *, semantic: Semantic | None, longest: int, typed: bool) -> bool:
    """Whether a word found in a column stands for a missing value there.

    `longest` is the length of the column's longest value, `typed` whether the rest of it is not text.
    """
    small = word.lower()
    if typed:
        return small in ANY
    if small in ALSO_NAMES and (semantic in PERSON_NAMES or longest <= SHORT_CODES):
        return False
    return small in ALWAYS
