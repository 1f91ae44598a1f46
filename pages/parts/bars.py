"""Where rows went, promises against their limits, the quality of the last runs: a few marks, in HTML.

Charts with axes are in charts.py. These stand on pages that are opened hundreds of times a day, and a page that
shows nothing else must not wait for a chart library. Colours are named for both themes, and the browser chooses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Protocol

import streamlit as st

from governance.stages.threshold import Measure
from pages.parts.measures import measure_name, promise, scale, shown
from pages.parts.status import either, status
from pages.parts.words import number, percent, share

WHERE = ("kept", "quarantined", "unreadable")
LABELLED = 0.24
"""The least share of a bar that has room for its words below it."""
LEAST_RUNS, BELOW, ABOVE = 8, 0.25, 0.15
"""A trend has room for so many runs at least; its scale begins and ends so far beyond what is shown, in spans."""

STYLE = """<style>
.rows-bar {display:flex; gap:2px; font-size:.86rem; font-variant-numeric:tabular-nums;}
.rows-bar > div {min-width:3px; overflow:hidden; white-space:nowrap; text-overflow:ellipsis;}
.rows-bar i {display:block; height:12px; border-radius:3px; background:var(--mark);}
.bullets {display:grid; grid-template-columns:max-content 1fr; gap:10px 14px; align-items:center;
  font-size:.86rem; line-height:1.35; font-variant-numeric:tabular-nums;}
.bullets .of {opacity:.72;}
.bullets .track {position:relative; height:24px; border-radius:4px; background:rgba(139,148,158,.22);}
.bullets .track i {position:absolute; left:0; top:6px; height:12px; border-radius:3px; background:var(--mark);}
.bullets .track b {position:absolute; top:-3px; bottom:-3px; width:2px; margin-left:-1px; background:currentColor;}
.trend {position:relative; height:92px; margin-right:64px; font-size:.8rem; font-variant-numeric:tabular-nums;}
.trend i {position:absolute; width:8px; height:8px; margin:0 0 -4px -4px; border-radius:50%; background:var(--mark);}
.trend b {position:absolute; margin:0 0 -.6em 10px; white-space:nowrap;}
.trend hr {position:absolute; left:0; right:-64px; margin:0; border:0; border-top:1px dashed currentColor; opacity:.5;}
.trend span {position:absolute; left:0; opacity:.72;}
</style>"""


class Point(Protocol):
    """A point of a trend: a moment and a share 0–1."""

    @property
    def at(self) -> datetime: ...
    @property
    def share(self) -> float: ...


def rows_bar(rows: Mapping[str, int], *, said: str, labels: bool = True) -> None:
    """Where each row went, as one bar: kept, quarantined, unreadable. `said` is what a screen reader says."""
    st.html(
        f'{STYLE}<div class="rows-bar" role="img" aria-label="{escape(said)}">{_parts(rows, labels)}</div>'
    )


def _parts(rows: Mapping[str, int], labels: bool) -> str:
    total = sum(rows.get(state, 0) for state in WHERE)
    return "".join(
        f'<div title="{word}: {share(count, total)}" style="flex:{count} 1 0;--mark:{either(status(state).colour)}">'
        f"<i></i>{f'{number(count)} {word}' if labels and count >= total * LABELLED else ''}</div>"
        for state in WHERE
        if (count := rows.get(state, 0))
        for word in [status(state).word]
    )


def bullets(lines: Sequence[Measure]) -> None:
    """One bar a measure on its own scale, the promise as an upright line, both in words beside it."""
    st.html(f'{STYLE}<div class="bullets">{"".join(map(_bullet, lines))}</div>')


def _bullet(line: Measure) -> str:
    low, high = scale(line)
    part = within(line.value or 0.0, low, high, least=0.004)
    colour = either("gray" if line.value is None else "green" if line.met else "red")
    sign = "" if line.value is None else " ✓" if line.met else " ✕"
    title = f"{line.sentence}. Shown from {shown(line, low)} to {shown(line, high)}."
    return (
        f"<div>{escape(measure_name(line))}{sign} <b>{shown(line, line.value)}</b>"
        f'<br><span class="of">promised {promise(line)}</span></div>'
        f'<div class="track" title="{escape(title)}" aria-hidden="true">'
        f'<i style="width:{part:.2%};--mark:{colour}"></i><b style="left:{within(line.limit, low, high):.2%}"></b></div>'
    )


def within(value: float, low: float, high: float, *, least: float = 0.0) -> float:
    """Where a value lies from low to high, as a share 0–1."""
    return min(max((value - low) / ((high - low) or 1.0), least), 1.0)


def trend(points: Sequence[Point], threshold: float | None = None, *, said: str) -> None:
    """Shares over the last runs against the threshold; points below it are red, and the last one is labelled."""
    lowest = min([*(point.share for point in points), threshold if threshold is not None else 1.0])
    span = max(1 - lowest, 0.02)
    low, high = lowest - span * BELOW, 1 + span * ABOVE
    line = "" if threshold is None else _promised(threshold, within(threshold, low, high))
    room = max(len(points), LEAST_RUNS)
    places = [
        f"left:{at / room:.2%};bottom:{within(point.share, low, high):.2%}"
        for at, point in enumerate(points, 1)
    ]
    marks = "".join(_dot(point, place, threshold) for point, place in zip(points, places, strict=True))
    last = f'<b style="{places[-1]}">{percent(points[-1].share)}</b>'
    st.html(f'{STYLE}<div class="trend" role="img" aria-label="{escape(said)}">{line}{marks}{last}</div>')


def _promised(threshold: float, height: float) -> str:
    return f'<hr style="bottom:{height:.2%}"><span style="bottom:{height:.2%}">promised {percent(threshold)}</span>'


def _dot(point: Point, place: str, threshold: float | None) -> str:
    below = threshold is not None and point.share < threshold
    return (
        f'<i title="{percent(point.share)} · {point.at:%d %b, %H:%M}" '
        f'style="{place};--mark:{either("red" if below else "blue")}"></i>'
    )
