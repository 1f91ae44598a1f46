"""Values of a contract as people say them."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any

from governance.contract.model import Threshold

MOST = 8
"""Entries of a list that are said; the others are counted."""


def shown(value: Any) -> str:
    """A value of a contract's field in a few words; never empty."""
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return f"{value:,.10g}"
    if isinstance(value, tuple | list | set | frozenset):
        said = [shown(one) for one in value]
        more = len(said) - MOST
        return ", ".join(said[:MOST]) + (f" and {more:,} more" if more > 0 else "")
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def limit_words(line: Threshold) -> str:
    """`completeness of email at least 99 % (high)`."""
    side = "at least" if line.metric in ("completeness", "accuracy", "row_count") else "at most"
    about = f" of {line.column}" if line.column else ""
    return f"{line.metric.replace('_', ' ')}{about} {side} {amount(line)} ({line.severity.value})"


def amount(line: Threshold) -> str:
    """A limit with its unit: `98 %`, `24 h`, `1,000 rows`."""
    if line.metric == "freshness":
        return f"{line.limit:,.10g} h"
    if line.metric == "row_count":
        return f"{line.limit:,.10g} rows"
    return f"{100 * line.limit:,.10g} %"
