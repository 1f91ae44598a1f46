"""The heads of pages: a title, and for pages of a run the strip that says where it stands."""

from __future__ import annotations

from html import escape as html

import streamlit as st

from governance.answers.runs import Strip
from governance.people import title as name_of
from pages.parts.marks import stage_marks
from pages.parts.session import link, notices
from pages.parts.status import state_markdown, status
from pages.parts.words import ago, at, escape


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
    with st.container(key="run-strip", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            heading(f"{strip.dataset} · {strip.file}")
            st.markdown(state_markdown(strip.state) + _outcome(strip), width="content")
            st.caption(
                _small_print(strip),
                width="content",
                help=f"Run {strip.run}, submitted {at(strip.submitted_at)}, changed {at(strip.changed_at)}",
            )
        stage_marks(strip)
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(f":small[**Next:** {escape(strip.who_next)}]", width="stretch")
            _links(strip, here)
        if strip.error:
            st.error(escape(strip.error), icon=":material/error:")


def heading(text: str) -> None:
    """A page's first heading where other things stand on the same line."""
    style = "margin:0; padding:0; font-size:1.3rem; font-weight:640; line-height:1.3; letter-spacing:-.01em"
    st.html(f'<h1 style="{style}">{html(text)}</h1>', width="content")


def _outcome(strip: Strip) -> str:
    said = {strip.state.value, status(strip.state).word, ""}
    return "" if strip.outcome in said else f" :gray-badge[{escape(strip.outcome)}]"


def _small_print(strip: Strip) -> str:
    revision = f"revision {strip.revision} · " if strip.revision else ""
    return f"{revision}{name_of(strip.submitted_by)}, {ago(strip.submitted_at)} · {strip.run}"


def _links(strip: Strip, here: str) -> None:
    for page, label in (
        ("run", "Run"),
        ("triage", "Triage"),
        ("privacy", "Privacy"),
        ("release", "Release"),
        ("audit", "Audit"),
    ):
        if page != here:
            link(page, label, run=strip.run)
