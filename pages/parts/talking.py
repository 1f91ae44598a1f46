"""Who looks after the chosen item, until when, and what people say about it."""

from __future__ import annotations

from datetime import date

import streamlit as st

from governance.answers.triage import ItemLine, TriageView
from governance.people import PERSONAS, Verb
from governance.people import title as name_of
from governance.plural import many
from governance.talk import LONGEST, Talk
from pages.parts.blocks import guard
from pages.parts.session import forget, me, notify, workspace
from pages.parts.words import ago, escape

MAY = tuple(one.name for one in PERSONAS if one.may(Verb.DECIDE))


def talking(view: TriageView, item: ItemLine) -> None:
    """One line that says where it stands; opened, the fields and what was said."""
    with guard():
        talk = workspace().see.talk(me(), view.strip.run, item.key)
        key = f"talk-{item.key}"
        with st.expander(summary(talk), key=key, icon=":material/forum:", on_change="rerun") as opened:
            if opened.open:
                said(talk)
                say(view.strip.run, item)
                look_after(view.strip.run, item, talk)


def summary(talk: Talk) -> str:
    """`Ben looks after it, until 2026-12-01 · 2 comments`."""
    parts = []
    if talk.assignee:
        until = f", until {talk.due:%Y-%m-%d}" if talk.due else ""
        late = " · :red[overdue]" if talk.overdue else ""
        parts.append(f"{name_of(talk.assignee)} looks after it{until}{late}")
    if talk.comments:
        parts.append(many(len(talk.comments), "comment"))
    return " · ".join(parts) or "Comments and who looks after it"


def said(talk: Talk) -> None:
    """The comments, the oldest first."""
    for one in talk.comments:
        st.markdown(f"**{one.person}** :small[:gray[{ago(one.at)}]]  \n{escape(one.text)}")


def say(run: str, item: ItemLine) -> None:
    """A comment. What was typed stays when it is refused."""
    with st.form(f"say-{item.key}", border=False):
        text = st.text_area(
            "Comment",
            key=f"comment-{item.key}",
            max_chars=LONGEST,
            height=80,
            placeholder="@ben puts it into Ben's inbox",
        )
        pressed = st.form_submit_button("Comment", key=f"say-it-{item.key}")
    if pressed:
        with guard():
            workspace().comment(me(), run, item.key, text)
            forget(f"comment-{item.key}")
            st.rerun()


def look_after(run: str, item: ItemLine, talk: Talk) -> None:
    """Give it to someone, with a day or without."""
    with st.form(f"assign-{item.key}", border=False):
        first, second, third = st.columns([2, 2, 1], vertical_alignment="bottom")
        options = ["", *MAY]
        who = first.selectbox(
            "Who looks after it",
            options,
            index=options.index(talk.assignee) if talk.assignee in options else 0,
            format_func=lambda name: name_of(name) if name else "nobody",
            key=f"assignee-{item.key}",
        )
        due = second.date_input("Due", talk.due, format="YYYY-MM-DD", key=f"due-{item.key}")
        pressed = third.form_submit_button("Assign", key=f"assign-it-{item.key}", width="stretch")
    if pressed:
        with guard():
            until = due if isinstance(due, date) else None
            workspace().assign(me(), run, item.key, to=who, due=until if who else None)
            notify(f"{name_of(who)} looks after it." if who else "Nobody looks after it.")
            st.rerun()
