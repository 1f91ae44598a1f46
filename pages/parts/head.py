"""The heads of pages: a title, and for pages of a run the strip that says where it stands."""

from __future__ import annotations

from html import escape as html

import streamlit as st

from governance.answers.runs import StageMark, Strip
from governance.people import title as name_of
from pages.parts.session import link, notices
from pages.parts.status import state_hue, state_markdown
from pages.parts.words import ago, at, escape, seconds

SIGNS = {"done": "✓", "running": "…", "failed": "!", "skipped": "–", "waiting": ""}
WORDS = {"done": "done", "running": "running", "failed": "failed", "skipped": "skipped", "waiting": "not yet"}

STYLE = """<style>
.stages {display:flex; gap:3px; list-style:none; margin:0; padding:2px 0 4px 0;}
.stages li {position:relative; flex:1 1 0; height:18px; min-width:12px; border-radius:3px; font-size:11px;
  line-height:18px; text-align:center; margin:0; padding:0; color:var(--ink); background:var(--mark);}
.stages li:focus-visible {outline:2px solid currentColor; outline-offset:1px;}
.stages li.waiting {background:transparent; box-shadow:inset 0 0 0 1px rgba(128,136,148,.45);}
.stages li.running {animation:stage-breath 1.4s ease-in-out infinite;}
@keyframes stage-breath {50% {opacity:.45;}}
@media (prefers-reduced-motion: reduce) {.stages li.running {animation:none;}}
.stages li .tip {display:none; position:absolute; top:24px; left:0; z-index:99; width:max-content;
  max-width:320px; padding:6px 10px; border-radius:6px; text-align:left; line-height:1.45; font-size:13px;
  color:#f4f5f7; background:#23272f; box-shadow:0 2px 10px rgba(0,0,0,.25); white-space:normal;}
.stages li:nth-child(n+10) .tip {left:auto; right:0;}
.stages li:hover .tip, .stages li:focus .tip {display:block;}
</style>"""


def page_head(title: str, caption: str = "", *, help: str | None = None) -> None:
    """Title and one line below it; shows the notices of the last verb."""
    notices()
    st.title(title, anchor=False, help=help)
    if caption:
        st.caption(caption)


def run_strip(strip: Strip, *, here: str = "") -> None:
    """The head of every page of a run: what it is, its state, the stages, who may act, where else to look.

    `here` is the page's own stem, whose link is left out.
    """
    notices()
    with st.container(key="run-strip", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"### {strip.dataset} · {escape(strip.file)}", width="content")
            st.markdown(state_markdown(strip.state) + _outcome(strip), width="content")
            st.caption(_small_print(strip), width="content",
                       help=f"Run {strip.run}, submitted {at(strip.submitted_at)}, changed {at(strip.changed_at)}")  # fmt: skip
        stage_marks(strip)
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(f":small[**Next:** {escape(strip.who_next)}]", width="stretch")
            _links(strip, here)
        if strip.error:
            st.error(escape(strip.error), icon=":material/error:")


def stage_marks(strip: Strip) -> None:
    """The seventeen stages as a row of marks; name, state, time and result on hover and focus."""
    items = "".join(_mark(mark) for mark in strip.stages)
    said = f"Stages: {strip.done} of {len(strip.stages)} done"
    st.html(f'{STYLE}<ol class="stages" aria-label="{said}">{items}</ol>')


def _mark(mark: StageMark) -> str:
    state = mark.state if mark.state in SIGNS else "waiting"
    took = f", {seconds(mark.seconds)}" if mark.seconds is not None else ""
    told = f"{mark.number}. {mark.name}: {WORDS[state]}{took}. {mark.summary or mark.purpose}"
    tip = (f"<b>{mark.number} · {html(mark.name)}</b> · {WORDS[state]}{took}"
           f"<br>{html(mark.summary or mark.purpose)}")  # fmt: skip
    colour = "transparent" if state == "waiting" else state_hue(state)
    return (
        f'<li class="{state}" style="--mark:{colour};--ink:#fff" tabindex="0" aria-label="{html(told)}">'
        f'{SIGNS[state]}<span class="tip" aria-hidden="true">{tip}</span></li>'
    )


def _outcome(strip: Strip) -> str:
    return f" :gray-badge[{escape(strip.outcome)}]" if strip.outcome and strip.outcome != strip.state else ""


def _small_print(strip: Strip) -> str:
    revision = f"revision {strip.revision} · " if strip.revision else ""
    return f"{revision}{name_of(strip.submitted_by)}, {ago(strip.submitted_at)} · {strip.run}"


def _links(strip: Strip, here: str) -> None:
    for page, label in (("run", "Run"), ("triage", "Triage"), ("privacy", "Privacy"), ("release", "Release"),
                        ("audit", "Audit")):  # fmt: skip
        if page != here:
            link(page, label, run=strip.run)
