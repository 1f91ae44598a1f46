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


SIDES = {"=": "exactly", "<>": "other than", ">": "more than", ">=": "at least", "<": "less than", "<=": "at most",
         "between": "between", "not between": "not between"}  # fmt: skip


def limit_words(line: Threshold) -> str:
    """`completeness of email at least 99 % (high)`."""
    about = f" of {line.column or line.rule}" if line.column or line.rule else ""
    to = f" and {amount(line, line.upper)}" if line.upper is not None else ""
    side = SIDES[line.side]
    return f"{line.metric.replace('_', ' ')}{about} {side} {amount(line, line.limit)}{to} ({line.severity.value})"


def amount(line: Threshold, value: float) -> str:
    """A limit with its unit: `98 %`, `24 h`, `1,000 rows`."""
    if line.metric == "freshness":
        return f"{value:,.10g} h"
    if line.metric == "row_count":
        return f"{value:,.10g} rows"
    return f"{100 * value:,.10g} %" if line.is_share else f"{value:,.10g}"
