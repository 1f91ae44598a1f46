"""Numbers, sizes and moments as shown. Stored times are naive UTC; shown times are the visitor's own."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

_SPANS = ((60, "s"), (60, "min"), (24, "h"), (7, "days"), (5, "weeks"))


def number(n: float | None) -> str:
    """`1,204`; a dash for nothing."""
    return "–" if n is None else f"{n:,.0f}" if float(n).is_integer() else f"{n:,.2f}"


def percent(x: float | None) -> str:
    """A share 0–1 with one decimal: `4.1 %`. What is not whole is never shown as 100.0 or 0.0."""
    if x is None:
        return "–"
    shown = f"{100 * x:.1f}"
    if x < 1 and shown == "100.0":
        shown = "99.9"
    elif x > 0 and shown == "0.0":
        shown = "< 0.1"
    return f"{shown} %"


def share(n: float, total: float) -> str:
    """The absolute beside the share: `1,204 · 4.1 %`."""
    return f"{number(n)} · {percent(n / total)}" if total else number(n)


def ago(moment: datetime | None, *, now: datetime | None = None) -> str:
    """`12 min ago`, `2 days ago`; after 35 days the date."""
    if moment is None:
        return "–"
    left = ((now or datetime.now(UTC).replace(tzinfo=None)) - moment).total_seconds()
    if left < 0:
        return ahead(moment, now=now)
    if left < 5:
        return "just now"
    for size, unit in _SPANS:
        if left < size:
            return f"{_counted(int(left), unit)} ago"
        left /= size
    return f"{moment:%d %b %Y}".lstrip("0")


def ahead(moment: datetime, *, now: datetime | None = None) -> str:
    """`in 3 days`."""
    left = max((moment - (now or datetime.now(UTC).replace(tzinfo=None))).total_seconds(), 0)
    for size, unit in _SPANS[:4]:
        if left < size:
            return f"in {_counted(int(left), unit)}"
        left /= size
    return f"on {moment:%d %b %Y}"


def _counted(n: int, unit: str) -> str:
    return f"{n} {unit[:-1] if n == 1 and unit.endswith('s') and len(unit) > 1 else unit}"


def at(moment: datetime | None) -> str:
    """The absolute time where the visitor is: `12 Mar 2026, 14:05:09 CET`."""
    if moment is None:
        return "–"
    here = moment.replace(tzinfo=UTC).astimezone(_zone())
    return f"{here:%d %b %Y, %H:%M:%S} {here.tzname()}".lstrip("0")


def local(moment: datetime) -> datetime:
    """The same moment on the visitor's clock, without zone, for tables and charts."""
    return moment.replace(tzinfo=UTC).astimezone(_zone()).replace(tzinfo=None)


def _zone() -> tzinfo:
    try:
        return ZoneInfo(str(st.context.timezone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def seconds(s: float | None) -> str:
    """`0.04 s`, `8.2 s`, `3 min 12 s`."""
    if s is None:
        return "–"
    if s >= 60:
        return f"{int(s // 60):,} min {int(s % 60)} s"
    return f"{s:.1f} s" if s >= 1 else f"{s:.2f} s"


def short(digest: str) -> str:
    """The first eight digits of a digest; a dash for none."""
    return digest[:8] or "–"


def bytes_(n: float | None) -> str:
    """`12 bytes`, `1.4 MB` (powers of 1,000)."""
    if n is None:
        return "–"
    for unit in ("bytes", "kB", "MB", "GB"):
        if n < 1000:
            return f"{n:,.0f} bytes" if unit == "bytes" else f"{n:,.1f} {unit}"
        n /= 1000
    return f"{n:,.1f} TB"


def escape(text: str) -> str:
    """Text from a file, so that Markdown shows it as it is."""
    for mark in "\\`*_{}[]()#+-.!|~<>$:":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", " ")


def prose(text: str) -> str:
    """A sentence of ours that may hold names from outside: Markdown-safe, with code in backticks."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    return "".join(f"`{piece}`" if turn % 2 else escape(piece) for turn, piece in enumerate(pieces))
