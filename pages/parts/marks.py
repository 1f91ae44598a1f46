"""The seventeen stages: as a row of marks, and as lines with one result each."""

from __future__ import annotations

from html import escape

import streamlit as st

from governance.answers.runs import StageMark, Strip
from pages.parts.status import either, status
from pages.parts.words import seconds

SIGNS = {"done": "✓", "running": "…", "failed": "!", "skipped": "–", "waiting": ""}
WORDS = {"done": "done", "running": "running", "failed": "failed", "skipped": "skipped", "waiting": "not yet"}

STYLE = """<style>
.stages {display:flex; gap:3px; padding:2px 0 4px;}
.stages > div {position:relative; flex:1 1 0; height:18px; min-width:12px; border-radius:4px;
  font-size:11px; line-height:18px; text-align:center; color:light-dark(#fff,#10141a); background:var(--mark);}
.stages > div:focus-visible {outline:2px solid currentColor; outline-offset:1px;}
.stages > .waiting {box-shadow:inset 0 0 0 1px rgba(128,136,148,.4);}
.stages > .running, .stage-lines .running td:first-child {animation:stage-breath 1.4s ease-in-out infinite;}
@keyframes stage-breath {50% {opacity:.4;}}
@media (prefers-reduced-motion: reduce) {.stages > .running, .stage-lines .running td:first-child
  {animation:none;}}
.stages .tip {display:none; position:absolute; top:24px; left:0; z-index:99; width:max-content;
  max-width:320px; padding:6px 10px; border-radius:6px; text-align:left; line-height:1.45; font-size:13px;
  color:#f4f5f7; background:#23272f; box-shadow:0 2px 10px rgba(0,0,0,.25);}
.stages > div:nth-child(n+10) .tip {left:auto; right:0;}
.stages > div:hover .tip, .stages > div:focus .tip {display:block;}
.stage-lines {width:100%; border-collapse:collapse; font-variant-numeric:tabular-nums; font-size:.92rem;}
.stage-lines td {padding:5px 8px; border:0; border-bottom:1px solid rgba(128,136,148,.18); text-align:left;
  vertical-align:baseline;}
.stage-lines tr:last-child td {border-bottom:0;}
.stage-lines td:nth-child(1) {width:26px; text-align:center; font-weight:600;}
.stage-lines td:nth-child(2) {width:28px; text-align:right; opacity:.6;}
.stage-lines td:nth-child(3) {width:120px; font-weight:550; white-space:nowrap;}
.stage-lines td:nth-child(4) {width:84px; text-align:right; opacity:.75; white-space:nowrap;}
.stage-lines .waiting td {opacity:.5;}
</style>"""


def stage_marks(strip: Strip) -> None:
    """The stages as a row of marks; name, state, time and result on hover and focus."""
    items = "".join(_mark(mark) for mark in strip.stages)
    said = f"Stages: {strip.done} of {len(strip.stages)} done"
    st.html(f'{STYLE}<div class="stages" role="list" aria-label="{said}">{items}</div>')


def stage_lines(strip: Strip) -> None:
    """One line a stage: mark, number, name, time, result; what is not done yet says what it will do."""
    rows = "".join(_row(mark) for mark in strip.stages)
    st.html(f'{STYLE}<table class="stage-lines" aria-label="Stages"><tbody>{rows}</tbody></table>')


def _state(mark: StageMark) -> str:
    return mark.state if mark.state in SIGNS else "waiting"


def _mark(mark: StageMark) -> str:
    state = _state(mark)
    took = f", {seconds(mark.seconds)}" if mark.seconds is not None else ""
    result = mark.summary or mark.purpose
    told = f"{mark.number}. {mark.name}: {WORDS[state]}{took}. {result}"
    tip = f"<b>{mark.number} · {escape(mark.name)}</b> · {WORDS[state]}{took}<br>{escape(result)}"
    colour = "transparent" if state == "waiting" else either(status(state).colour)
    return (
        f'<div class="{state}" role="listitem" style="--mark:{colour}" tabindex="0" '
        f'aria-label="{escape(told)}">{SIGNS[state]}<span class="tip" aria-hidden="true">{tip}</span></div>'
    )


def _row(mark: StageMark) -> str:
    state = _state(mark)
    took = seconds(mark.seconds) if mark.seconds is not None else ""
    sign, colour = SIGNS[state] or "○", either(status(state).colour)
    return (
        f'<tr class="{state}"><td style="color:{colour}" aria-label="{WORDS[state]}">{sign}</td>'
        f"<td>{mark.number}</td><td>{escape(mark.name)}</td><td>{took}</td>"
        f"<td>{escape(mark.summary or mark.purpose)}</td></tr>"
    )
