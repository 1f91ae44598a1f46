"""How you review: your own figures first; those of others, for auditors and approvers, as they were shown to them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.people import Verb
from governance.plural import many
from governance.reviewers import DAYS, MANY, Figures
from pages.parts.blocks import empty, guard, no_permission
from pages.parts.head import page_head
from pages.parts.session import me, workspace
from pages.parts.words import at, escape, number, share

HOW = f"""
- **Time**: the median from your decision before in the same run to the next. Ways of more than 15 minutes are pauses, and
  decisions made together with another have no time of their own; neither counts.
- **Overturned**: undone, or replaced by another decision, by somebody else. What you took back yourself does not count.
- **Agreement**: signatures that another person decided too, in any run of the dataset, and other items that somebody else
  decided again; alike is the same action, and for a fix the same fix.
- **Decided blind**: items for which an approved decision was kept back until you decided, if the installation does so
  (`GOVERNANCE_BLIND_SHARE`), each once; as known is the same action, and for a fix the same fix.
- **Within a minute**: {MANY:,} decisions and approvals or more. Deciding about everything in the filter counts too.

Nothing is blocked or decided by these figures. Auditors and approvers see them after you were shown them, as they
were then.
"""


def seconds(value: float | None) -> str:
    """`12 s`, `2 min 5 s`; a dash where nothing is known."""
    if value is None:
        return "–"
    whole = round(value)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def own(found: Figures) -> None:
    """The figures, and quietly what was very quick."""
    if not found.decisions:
        empty("No decision yet", f"What you decide is counted here, for {DAYS} days.", key="none")
        return
    with st.container(horizontal=True, gap="large", key="figures"):
        st.metric("Decisions", number(found.decisions), width="content")
        st.metric("Time for one", seconds(found.median), width="content")
        st.metric("Overturned by others", share(found.overturned, found.decisions), width="content")
        st.metric("Decided alike", share(found.agreed, found.twice) if found.twice else "–", width="content")
        if found.blind:
            st.metric("Decided blind, as known", share(found.as_known, found.blind), width="content")
    st.caption(
        f"The last {DAYS} days · {number(found.timed)} timed, {number(found.together)} made together with another · "
        f"{number(found.overturned)} overturned, {number(found.taken_back)} taken back by you · "
        f"{many(found.twice, 'item')} that another person decided too"
        + (f" · {many(found.blind, 'item')} decided blind" if found.blind else "")
    )
    for one in found.bursts:
        st.info(
            f"{number(one.items)} items within a minute, {at(one.at)}. That may be right: look at some of them again.",
            icon=":material/speed:",
        )


def others(found: Sequence[Figures], unseen: Sequence[str]) -> None:
    """A line a person, as they were shown it."""
    st.markdown("##### Others")
    if found:
        st.dataframe(
            {
                "who": [one.title for one in found],
                "decisions": [one.decisions for one in found],
                "time for one": [seconds(one.median) for one in found],
                "overturned": [share(one.overturned, one.decisions) for one in found],
                "decided alike": [share(one.agreed, one.twice) if one.twice else "–" for one in found],
                "blind, as known": [share(one.as_known, one.blind) if one.blind else "–" for one in found],
                f"minutes with {MANY:,} or more": [len(one.bursts) for one in found],
            },
            hide_index=True,
            height="content",
            key="others",
            alt="How others review, as they were shown it",
        )
        st.caption("As each of them was shown it last: what came later, they see first.")
    for name in unseen:
        st.caption(
            f":material/visibility_off: {escape(name)} has not been shown theirs, so they are not here yet."
        )
    if not found and not unseen:
        st.caption("Nobody else has decided anything.")


def page() -> None:
    page_head("My work")
    found = workspace().see.reviewing(me())
    if found.own:
        own(found.own)
    if not found.why_not_others:
        others(found.others, found.unseen)
    with st.expander("What the figures mean", icon=":material/help:"):
        st.markdown(HOW)


with guard():
    if not any(me().may(verb) for verb in (Verb.DECIDE, Verb.SEE_REVIEWERS)):
        no_permission(
            "My work is for those who decide",
            me().why_not(Verb.DECIDE),
            "Ask a steward about decisions, or an auditor about how they come about.",
        )
    page()
