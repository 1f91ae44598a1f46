"""Pieces of the Audit page: one event whole with its links, and what verifying came to."""

from __future__ import annotations

from typing import Any

import streamlit as st

from governance.answers.ledgers import EventLine, Verdict
from governance.plural import many
from pages.parts.session import link, me, stay, workspace
from pages.parts.words import ago, at, escape, number

LINK = "Each event carries the fingerprint (SHA-256) of the one before, so no event can be changed alone."


def event_panel(event: EventLine) -> None:
    """Everything about one event, and its place in the chain."""
    with st.container(border=True, key="event"):
        st.markdown(f"#### Event {event.seq:,}")
        st.markdown(f"{escape(event.sentence)}")
        st.caption(f"{at(event.at)} · {ago(event.at)}")
        _facts(event)
        if event.run:
            link("run", f"Run {event.run}", icon=":material/arrow_forward:", run=event.run)
        st.markdown("###### Its links in the chain", help=LINK)
        st.markdown(f":small[:gray[follows]] {_before(event)}  \n`{event.previous}`")
        st.markdown(f":small[:gray[its own fingerprint]]  \n`{event.hash}`")
        _neighbours(event)
        with st.expander("As it is stored"):
            st.json(event.model_dump(mode="json", exclude={"sentence"}), expanded=True)


def _facts(event: EventLine) -> None:
    named = {"by": event.actor, "action": event.action, "dataset": event.dataset, "about": event.subject}
    facts: dict[str, Any] = {**{name: value for name, value in named.items() if value}, **event.data}
    lines = [
        f"| {escape(name)} | {escape(_shown(value))} |"
        for name, value in facts.items()
        if value not in ("", None)
    ]
    st.markdown("\n".join(["| | |", "|---|---|", *lines]))


def _shown(value: Any) -> str:
    text = number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text if " " in text or len(text) <= 24 else text[:16] + "…"


def _before(event: EventLine) -> str:
    return f"event {event.seq - 1:,}" if event.seq > 1 else "nothing: it is the first"


def _neighbours(event: EventLine) -> None:
    with st.container(horizontal=True):
        if st.button("Earlier", key="event-earlier", icon=":material/arrow_back:", disabled=event.seq <= 1):
            stay(event=str(event.seq - 1))
            st.rerun()
        later = workspace().see.event(me(), event.seq + 1)
        if st.button("Later", key="event-later", icon=":material/arrow_forward:", disabled=later is None):
            stay(event=str(event.seq + 1))
            st.rerun()
        if st.button("Close", key="event-close", type="tertiary"):
            stay(event="")
            st.rerun()


def verdict_panel(found: Verdict, when: str) -> None:
    """What verifying came to, in words for everyone."""
    if found.whole:
        fit = "fits" if found.heads == 1 else "fit"
        st.success(
            f"**The log is whole.** {escape(when)}  \n"
            f"{many(found.events, 'event')} follow one another without a gap, and each fits the fingerprint "
            "that the next one holds of it: none was edited, removed or moved. "
            f"{many(found.heads, 'signed head')} {fit} too.",
            icon=":material/verified_user:",
        )
        st.caption(
            "What this cannot show: who holds both the signing key and the database could cut off the newest "
            "events, back to the last head that someone keeps elsewhere. So keep copies of the signed heads."
        )
        return
    st.error(
        f"**The log was tampered with.** {escape(when)}  \n{escape(found.sentence)} Events before it fit. "
        "Publish nothing more, keep the database as it is, and compare it with the last exported log.",
        icon=":material/gpp_bad:",
    )
