"""Pieces of a page: buttons that say why not, empty states, refusals, reasons, and the choice of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import streamlit as st

from governance.errors import EngineFault, GovernanceError, NotPermitted
from pages.parts.session import me, stay, url, workspace
from pages.parts.status import state_markdown
from pages.parts.words import ago, at, escape, prose


def verb_button(
    label: str,
    *,
    key: str,
    why_not: str = "",
    primary: bool = False,
    shortcut: str | None = None,
    icon: str | None = None,
    help: str = "",
    stretch: bool = False,
    caption: bool = True,
    on_click: Callable[[], None] | None = None,
) -> bool:
    """A button for one verb, true when pressed. With `why_not` it is disabled and the sentence stands below
    it (and in its help); `caption=False` where the page says the sentence elsewhere."""
    pressed = st.button(
        label,
        key=key,
        icon=icon,
        disabled=bool(why_not),
        help=why_not or help or None,
        type="primary" if primary else "secondary",
        shortcut=None if why_not else shortcut,
        width="stretch" if stretch else "content",
        on_click=on_click,
    )
    if why_not and caption:
        st.caption(why_not)
    return pressed and not why_not


def empty(
    title: str, text: str, *, icon: str = ":material/inbox:", button: str = "", key: str = "empty"
) -> bool:
    """What a page shows when it has nothing, with the next step; true when its button is pressed."""
    with st.container(border=True, horizontal_alignment="center", key=f"empty-{key}"):
        st.space("small")
        st.markdown(f"### {icon} {title}", text_alignment="center")
        st.markdown(text, text_alignment="center")
        pressed = bool(button) and st.button(button, key=f"{key}-button", type="primary")
        st.space("small")
    return pressed


def refused(error: GovernanceError) -> None:
    """An error as a sentence and what to do next; never a traceback."""
    text = f"**{prose(error.message)}**" + (f"  \n{prose(error.hint)}" if error.hint else "")
    if isinstance(error, NotPermitted):
        st.info(text, icon=":material/lock:")
    elif isinstance(error, EngineFault):
        st.error(text, icon=":material/error:")
    else:
        st.warning(text, icon=":material/block:")


def age(moment: datetime, *, stretch: bool = False) -> None:
    """How long ago, small and grey, with the absolute time on hover."""
    style = "display:block; text-align:right; font-size:.87rem; opacity:.65; white-space:nowrap"
    when = f'datetime="{moment:%Y-%m-%dT%H:%M:%S}Z" title="{at(moment)}"'
    st.html(f'<time {when} style="{style}">{ago(moment)}</time>', width="stretch" if stretch else 92)


@contextmanager
def guard() -> Iterator[None]:
    """Draw a GovernanceError instead of raising it; what follows the block still runs."""
    try:
        yield
    except GovernanceError as error:
        refused(error)


def no_permission(title: str, reason: str, advice: str) -> None:
    """For a page that this role may not open: why, and what to do. Stops the page."""
    empty(title, f"{reason}  \n{advice}", icon=":material/lock:", key="no-permission")
    st.stop()


def reason_field(key: str, recent: Sequence[str] = (), *, label: str = "Reason", usual: str = "") -> str:
    """A reason in a few words: one of the last used, or a new one. Empty until given, unless there is a usual
    one: it stands there already, to be read and changed."""
    if not recent:
        return st.text_input(label, key=key, placeholder="Why, in a few words").strip()
    options = list(dict.fromkeys([usual, *recent] if usual else recent))
    chosen = st.selectbox(
        label,
        options,
        index=0 if usual else None,
        key=key,
        accept_new_options=True,
        placeholder="Why, in a few words, or one of the last",
    )
    return (chosen or "").strip()


def need_run(page: str) -> str:
    """The run that the address names. Without one: the newest runs to choose from, and the page stops."""
    if run := url("run"):
        return run
    with guard():
        strips = workspace().see.runs(me(), limit=12)
        if not strips:
            empty("No run yet", "Submit a file, and it appears here.", key=f"no-run-{page}")
            st.stop()
        st.markdown("##### Choose a run")
        for strip in strips:
            with st.container(horizontal=True, vertical_alignment="center", key=f"choose-{strip.run}"):
                st.markdown(f"**{strip.dataset}** · {escape(strip.file)}", width=360)
                st.markdown(state_markdown(strip.state), width=150)
                st.caption(f"{ago(strip.submitted_at)} · {strip.run}", width=200)
                if st.button("Open", key=f"choose-{page}-{strip.run}"):
                    stay(run=strip.run)
                    st.rerun()
    st.stop()
