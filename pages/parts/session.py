"""What belongs to one visitor: who it is, what was typed and not yet sent, notices shown once, open dialogs.

The only file that touches `st.session_state`. Where a page stands is in its URL, what is true in the ledger.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st
from streamlit.errors import StreamlitAPIException

from governance.people import PERSONAS, Person, person
from governance.settings import Settings, settings
from governance.workspace import Workspace

PERSON = "person"
GOING = "going"
_NOTICE, _DIALOG, _TYPED, _SET = "notice", "dialog", "typed:", "address"
SHOWN = 5
"""Seconds for which a notice is shown."""
LAG = 2.0
"""Seconds within which the browser has learned of an address that the page set."""
RECENT = 30.0
"""Seconds for which a fragment's own address may be older than the page's."""


def workspace() -> Workspace:
    """The installation that GOVERNANCE_HOME names, opened once a process."""
    chosen = settings()
    return _open(str(chosen.root), chosen)


@st.cache_resource(show_spinner=False)
def _open(root: str, _chosen: Settings) -> Workspace:
    return Workspace.open(_chosen)


def me() -> Person:
    """Who looks: the persona chosen in the sidebar, at first the one that GOVERNANCE_PERSON names."""
    return person(str(st.session_state.get(PERSON) or settings().person))


def persona_switch(label: str, says: Callable[[Person], str]) -> None:
    """The select box that changes who looks. Anything typed and not sent is forgotten with the change."""
    names = [one.name for one in PERSONAS]

    def change() -> None:
        _become(st.session_state["persona"])

    st.selectbox(
        label,
        names,
        index=names.index(me().name),
        key="persona",
        on_change=change,
        format_func=lambda name: says(person(name)),
        label_visibility="collapsed",
    )


def next_persona() -> None:
    """Become the next one of the list, around its end."""
    names = [one.name for one in PERSONAS]
    chosen = names[(names.index(me().name) + 1) % len(names)]
    st.session_state["persona"] = chosen
    _become(chosen)


def _become(name: str) -> None:
    for key in [key for key in st.session_state if str(key) not in ("persona", PERSON)]:
        del st.session_state[key]
    st.session_state[PERSON] = name


def url(name: str, default: str = "") -> str:
    """A part of the page's address, `?name=…`.

    What `stay` or `go` set a moment ago counts before what the browser says: a fragment that refreshes itself
    may still send the address of before, and would put the page back to where it was.
    """
    value, since = st.session_state.get(_SET, {}).get(name, ("", -LAG))
    if time.monotonic() - since < LAG:
        return str(value or default)
    return str(st.query_params.get(name, default))


def address(page: str, **query: str) -> str:
    """The full address of a page, to copy and send."""
    here = urlsplit(str(st.context.url or ""))
    return urlunsplit((here.scheme, here.netloc, f"/{page}", urlencode(query), ""))


def stay(**query: str) -> None:
    """Change parts of the address without leaving the page; an empty value takes a part away. The browser hears of it
    once: a step back takes all of it back."""
    _remember(query)
    here = st.query_params.to_dict()
    there = {name: value for name, value in {**here, **query}.items() if value}
    if there != here:
        st.query_params.from_dict(there)


def watch(draw: Callable[[bool], None], *, every: float) -> None:
    """Draw a part of the page now, and every so many seconds again. `draw` is told whether it is drawn by itself: only
    then may it run the page again. In the middle of a page that would take away the click or key for which the page
    runs, before the button is reached that was meant."""
    itself = itertools.chain([False], itertools.repeat(True))
    st.fragment(lambda: draw(next(itself)), run_every=every)()


def rerun_here() -> NoReturn:
    """Run the whole page again from a fragment, at the address that the page set last: the fragment's own may
    be older, and the page would jump back to where it was."""
    known, now = st.session_state.get(_SET, {}), time.monotonic()
    stay(**{name: value for name, (value, since) in known.items() if now - since < RECENT})
    st.rerun()


def _remember(query: dict[str, str]) -> None:
    known = st.session_state.setdefault(_SET, {})
    known.update({name: (value, time.monotonic()) for name, value in query.items()})


def go(page: str, **query: str) -> NoReturn:
    """Open another page (its file's stem) at `?query`. A page that stands alone, in a test, remembers where
    it would have gone in `st.session_state["going"]` as (page, query) and stops."""
    at = {name: value for name, value in query.items() if value}
    st.session_state.pop(_SET, None)
    _remember(at)
    st.session_state[GOING] = (page, at)
    try:
        st.switch_page(f"{page}.py", query_params=at)
    except StreamlitAPIException:
        st.stop()


def link(page: str, label: str, *, icon: str | None = None, help: str | None = None, **query: str) -> None:
    """A link to another page, which a browser can open in a new tab too."""
    at = {name: value for name, value in query.items() if value}
    try:
        st.page_link(f"{page}.py", label=label, icon=icon, help=help, query_params=at)
    except (StreamlitAPIException, KeyError):
        st.markdown(f":small[{icon or ''} {label}]", help=help)


@dataclass
class _Notice:
    """What is to be said, and since when it is."""

    text: str
    icon: str
    since: float = 0.0


def notify(text: str, *, icon: str = ":material/check:") -> None:
    """Say something for a moment, after the next rerun or on the next page."""
    st.session_state.setdefault(_NOTICE, []).append(_Notice(text, icon))


def notices() -> None:
    """Show what `notify` was told, in one toast, for SHOWN seconds over however many reruns: one that comes at once,
    or one that was cut short, takes nothing away before it was read. Called once in a page, outside of fragments."""
    now = time.monotonic()
    told = [one for one in st.session_state.get(_NOTICE, []) if not one.since or now - one.since < SHOWN]
    st.session_state[_NOTICE] = told
    if told:
        st.toast("  \n".join(one.text for one in told), icon=told[-1].icon, duration=SHOWN)
    for one in told:
        one.since = one.since or now


def typed(key: str, default: Any = "") -> Any:
    """What this person chose or typed and has not submitted. The key carries the object's id."""
    return st.session_state.get(_TYPED + key, default)


def keep(key: str, value: Any) -> None:
    """Remember for `typed`."""
    st.session_state[_TYPED + key] = value


def held(key: str) -> Any:
    """What the widget of a key holds, for its own callback."""
    return st.session_state[key]


def forget(*keys: str) -> None:
    """Forget what `keep` was told, and the state of widgets with these keys."""
    for key in keys:
        st.session_state.pop(_TYPED + key, None)
        st.session_state.pop(key, None)


def open_dialog(name: str, **facts: Any) -> None:
    """Open a dialog on the next rerun; the page calls its body when `dialog()` says its name."""
    st.session_state[_DIALOG] = (name, facts)


def dialog() -> tuple[str, dict[str, Any]]:
    """(name, facts) of the dialog that is open; an empty name when none is."""
    name, facts = st.session_state.get(_DIALOG, ("", {}))
    return name, facts


def close_dialog() -> None:
    """For `on_dismiss`, and after the dialog's verb."""
    st.session_state.pop(_DIALOG, None)
