"""What a draft says of one column, each suggestion with the evidence it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field

from governance.contract.model import Cleaning, LogicalType
from governance.privacy.meaning import Semantic


@dataclass(frozen=True)
class Said:
    """A value to be written, and the comment behind it."""

    value: object
    note: str = ""


@dataclass(frozen=True)
class Proposal:
    name: str
    type: LogicalType
    support: str
    """Behind the type: how many values have it."""
    required: str = ""
    """Behind `required: true`; empty: it is not."""
    key: str = ""
    """Behind `primaryKey: true`; empty: it is not."""
    options: dict[str, Said] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    words_note: str = ""
    cleaning: tuple[Cleaning, ...] = (Cleaning.TRIM,)
    custom: dict[str, Said] = field(default_factory=dict)
    semantic: Semantic = Semantic.NONE
    remarks: tuple[str, ...] = ()
    """Lines for the steward above the column."""


def of(count: int, total: int, what: str = "values") -> str:
    """`9,521 of 9,533 values`."""
    return f"{count:,} of {total:,} {what}"
