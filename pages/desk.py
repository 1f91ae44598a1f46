"""What every page has around it: theme, who looks, and the pages that this person may open."""

from __future__ import annotations

import streamlit as st

from governance.people import Person, Verb
from governance.settings import PROJECT
from pages.parts import worker
from pages.parts.keys import keyboard, letter
from pages.parts.session import link, me, next_persona, persona_switch
from pages.parts.status import is_dark

PAGES: tuple[tuple[str, str, str, Verb, str], ...] = (
    ("inbox", "Inbox", "inbox", Verb.SEE_RUNS, "Work"),
    ("submit", "Submit", "upload_file", Verb.SUBMIT, "Work"),
    ("run", "Run", "checklist", Verb.SEE_RUNS, "One run"),
    ("triage", "Triage", "rule", Verb.DECIDE, "One run"),
    ("privacy", "Privacy", "shield_person", Verb.SEE_RUNS, "One run"),
    ("release", "Release", "rocket_launch", Verb.SEE_RUNS, "One run"),
    ("contracts", "Contracts", "contract_edit", Verb.SEE_RUNS, "Published"),
    ("recipes", "Recipes", "menu_book", Verb.SEE_RUNS, "Published"),
    ("versions", "Versions", "history", Verb.SEE_MASKED, "Published"),
    ("audit", "Audit", "fact_check", Verb.AUDIT, "Published"),
    ("reviewing", "My work", "timer", Verb.SEE_RUNS, "Yours"),
    ("settings", "Settings", "keyboard", Verb.SEE_MASKED, "Yours"),
)
"""File stem, title, icon, the verb it takes to open it, section. Others are reached by their address only,
where the page says why it shows nothing."""

CAN = (
    (Verb.SUBMIT, "submit files"),
    (Verb.DECIDE, "decide about rows"),
    (Verb.SEE_VALUES, "see personal data"),
    (Verb.APPROVE, "approve what others did"),
    (Verb.PUBLISH, "publish"),
    (Verb.SEE_RUNS, "see runs"),
    (Verb.SEE_MASKED, "see published, masked data"),
    (Verb.AUDIT, "read the audit log"),
)
LOCAL = (
    "Assay is in local mode: it listens on this machine only, and whoever sits at it chooses who to be. "
    "Every event in the audit log says who that was. Four eyes still means two names."
)


def navigation(person: Person) -> None:
    """The pages by section. A visitor who sees no runs starts at the published versions."""
    start = "inbox" if person.may(Verb.SEE_RUNS) else "versions"
    sections: dict[str, list[st.Page]] = {}
    for stem, title, icon, verb, section in PAGES:
        pages = sections.setdefault(section, [])
        if stem == start:  # the start page has no address of its own, so it is there twice
            pages.append(
                st.Page(f"{stem}.py", title=title, icon=f":material/{icon}:", url_path="start", default=True)
            )
        listed = person.may(verb) and stem != start
        pages.append(
            st.Page(
                f"{stem}.py",
                title=title,
                icon=f":material/{icon}:",
                url_path=stem,
                visibility="visible" if listed else "hidden",
            )
        )
    chosen = st.navigation(sections)
    with st.sidebar:
        if not person.may(Verb.SEE_RUNS):
            link("versions", "Versions", icon=":material/history:")  # one page alone gets no menu
        sidebar(person)
        st.html(LISTS, unsafe_allow_javascript=True)
    chosen.run()


LISTS = """<script>
for (const after of [0, 400, 1500]) setTimeout(() => {
  const nav = document.querySelector('[data-testid="stSidebarNavItems"]');
  if (!nav) return;
  nav.setAttribute('role', 'group');
  nav.setAttribute('aria-label', 'Pages');
  for (const section of nav.children) section.setAttribute('role', 'list');
}, after);
</script>"""
"""Streamlit puts the sections of its menu into one `ul`, between it and its `li`: told to screen readers as what
they are, a list each (axe: list, listitem)."""


CHOSEN = """<style>
[data-testid="stButtonGroup"] button[data-selected="true"] p {color:#93a5f5;}
</style>"""
"""In dark, what is chosen of several is written in the colour of links: the accent, which white is read on, is
too dark to be read itself (WCAG 1.4.3)."""


def sidebar(person: Person) -> None:
    """Who looks, what that person may do, and what local mode means."""
    st.space("stretch")
    st.badge("Local mode", icon=":material/computer:", color="gray", help=LOCAL)
    persona_switch("Who you are", lambda one: f"{one.title} · {one.role}")
    if keyboard().on:  # the switch above can be reached by Tab; this is its key
        key = letter("P", on=True)
        st.button("Next person", key="next-person", type="tertiary", shortcut=key, on_click=next_persona)
    st.caption(f"May {', '.join(said for verb, said in CAN if person.may(verb))}.")
    if not worker.is_working():
        st.warning("No worker runs, so nothing moves. `logs/worker.log` says why.", icon=":material/pause:")


st.set_page_config(page_title="Assay", page_icon=str(PROJECT / "static" / "icon.svg"), layout="wide")
if is_dark():
    st.html(CHOSEN)
st.logo(str(PROJECT / "static" / "logo.svg"), size="large")
worker.start_worker()
navigation(me())
