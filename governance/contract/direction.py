"""In which direction a change of one field goes: whether more rows can fail after it, fewer, or nobody knows.

Fields are known by their name, so that a rule kind with a `low`, a `values` or a `tolerance` is compared without
more ado. What is not known is `UNKNOWN`, never a guess.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from governance.findings import Severity


class Way(Enum):
    STRICTER = auto()
    LOOSER = auto()
    SAME = auto()
    """No row is judged otherwise."""
    UNKNOWN = auto()
    BROKEN = auto()


LOWER_BOUNDS = {"low", "minimum", "at_least", "years_ago_at_least"}
"""Higher is stricter, and none is no bound."""
UPPER_BOUNDS = {"high", "maximum", "at_most", "days_ago_at_most"}
SLACK = {"tolerance", "fence", "margin"}
"""More of it lets more rows pass."""
SWITCHES = {"exclusive_low", "exclusive_high", "not_future", "required"}
"""On is stricter."""
WORDS = {"label", "dimension", "description", "business_name", "note"}
MASKS = ("", "keep", "partial", "generalise", "scrub", "pseudonym", "redact")
"""From nothing hidden to everything. What lies between the ends depends on the values."""


def of_rule(field: str, old: Any, new: Any) -> Way:
    """A field of a rule. NULL bounds are none."""
    if field in WORDS:
        return Way.SAME
    if field == "severity":
        return _severity(old, new)
    if field in LOWER_BOUNDS:
        return _bound(old, new, up=True)
    if field in UPPER_BOUNDS:
        return _bound(old, new, up=False)
    if field in SLACK and _both_numbers(old, new):
        return Way.LOOSER if new > old else Way.STRICTER
    if field in SWITCHES:
        return Way.STRICTER if new else Way.LOOSER
    if field == "values":
        return _words(set(old), set(new))
    return Way.UNKNOWN


def of_column(field: str, old: Any, new: Any) -> Way:
    """A field of a column."""
    if field == "type":
        return Way.BROKEN
    if field in WORDS:
        return Way.SAME
    if field == "required":
        return Way.STRICTER if new else Way.LOOSER
    if field == "masking":
        return _masking(old, new)
    if field in ("semantic", "classification"):
        nothing = ("", "none")
        if old in nothing and new in nothing:
            return Way.SAME
        return Way.STRICTER if old in nothing else Way.LOOSER if new in nothing else Way.UNKNOWN
    return Way.UNKNOWN


def of_threshold(field: str, side: str, old: Any, new: Any) -> Way:
    """A line's limit or severity; `side` is the operator that the measure is compared with."""
    if field == "severity":
        return _severity(old, new)
    if field == "limit" and side in (">", ">=", "<", "<="):
        return Way.STRICTER if (new > old) == (side[0] == ">") else Way.LOOSER
    return Way.UNKNOWN


def of_contract(field: str, old: Any, new: Any) -> Way:
    """A field of the whole contract."""
    if field == "min_approvals":
        return Way.STRICTER if new > old else Way.LOOSER
    if field == "waiver_approval_rows":
        return Way.STRICTER if new < old else Way.LOOSER
    if field == "allow_no_review":
        return Way.LOOSER if new else Way.STRICTER
    return Way.UNKNOWN


def _severity(old: Severity, new: Severity) -> Way:
    return Way.STRICTER if Severity(new).rank < Severity(old).rank else Way.LOOSER


def _bound(old: Any, new: Any, *, up: bool) -> Way:
    if old is None or new is None:
        return Way.STRICTER if old is None else Way.LOOSER
    return Way.STRICTER if (new > old) == up else Way.LOOSER


def _both_numbers(old: Any, new: Any) -> bool:
    return all(isinstance(one, int | float) for one in (old, new))


def _words(old: set[str], new: set[str]) -> Way:
    if old == new:
        return Way.SAME
    return Way.STRICTER if new < old else Way.LOOSER if new > old else Way.UNKNOWN


def _masking(old: str, new: str) -> Way:
    """Only from hiding nothing, or to hiding everything, is it known that more is hidden."""
    first, then = (MASKS.index(kind) if (kind := wish.split()[0] if wish else "") in MASKS else -1
                   for wish in (old, new))  # fmt: skip
    if first <= 1 and then <= 1 and -1 not in (first, then):
        return Way.SAME
    if -1 not in (first, then) and (first <= 1 or then == len(MASKS) - 1):
        return Way.STRICTER
    if -1 not in (first, then) and (then <= 1 or first == len(MASKS) - 1):
        return Way.LOOSER
    return Way.UNKNOWN
