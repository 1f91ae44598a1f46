"""Whether a column of text is a list of words, and how they are written."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from governance.contract.model import Cleaning

RARE = 0.005
"""Share of the values below which a word may be a slip rather than one of the list."""
COVER = 0.99
LONG_WORD = 40
MANY_ROWS = 1_000


@dataclass(frozen=True)
class WordList:
    """The words in order of frequency, how many values are one of them, and what case they are brought to."""

    words: tuple[str, ...]
    covered: int
    others: int
    """How many other words there are."""
    case: Cleaning | None


def word_list(texts: Mapping[str, int], filled: int, rows: int) -> WordList | None:
    """The list that nearly all values come from, if it is short and its words are used again and again."""
    case = common_case(texts, filled)
    counts: Counter[str] = Counter()
    for text, count in texts.items():
        counts[CASES[case](text) if case else text] += count
    ranked = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    words = [(word, count) for word, count in ranked if count >= max(2, RARE * filled)]
    covered = sum(count for _, count in words)
    most = 20 if rows >= MANY_ROWS else 12
    if not 2 <= len(words) <= most or covered < COVER * filled or filled < 10 * len(words):
        return None
    if max(len(word) for word, _ in words) > LONG_WORD:
        return None
    return WordList(tuple(word for word, _ in words), covered, len(ranked) - len(words), case)


def common_case(texts: Mapping[str, int], filled: int) -> Cleaning | None:
    """The case that most values are in already, where words are written in several; none that would change how
    a common word is mostly written."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, count in texts.items():
        forms[text.lower()][text] += count
    if all(len(written) == 1 for written in forms.values()):
        return None
    common = [written for written in forms.values() if written.total() >= RARE * filled]
    usual = [word for written in common for word, count in written.items() if 2 * count > written.total()]
    fitting = [case for case, change in CASES.items() if all(change(word) == word for word in usual)]
    unchanged = {
        case: sum(count for text, count in texts.items() if CASES[case](text) == text) for case in fitting
    }
    return max(fitting, key=unchanged.__getitem__, default=None)


def _name_case(text: str) -> str:
    """As `governance.rules.cleaning.name_case`."""
    if text not in (text.upper(), text.lower()):
        return text
    return re.sub(r"[^ '’-]+", lambda part: part[0][0].upper() + part[0][1:], text.lower())


CASES: dict[Cleaning, Callable[[str], str]] = {
    Cleaning.LOWER: str.lower,
    Cleaning.UPPER: str.upper,
    Cleaning.NAME_CASE: _name_case,
}
