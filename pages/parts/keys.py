"""The keyboard: which key does what for who looks, the switch that turns it off, the help, and where the cursor
goes. Keys are chosen on the Settings page."""

from __future__ import annotations

import re
import time
from typing import cast

import streamlit as st

from governance.preferences import KEYS, Keyboard
from pages.parts.session import forget, keep, link, me, typed, url, workspace

BY_HAND = "by-hand"
"""The repair in the address while a grid is open in which cells are typed."""
KNOWN, FRESH = "keyboard known", 5.0
"""Seconds for which keys are known."""
FOCUS = """<script>/* {mark} */
(function look(left) {{
  const field = document.querySelector('.st-key-{key} :is(input, textarea, canvas)');
  if (field && left < 50) {{ if (document.activeElement !== field) field.focus(); }}
  else if (left) setTimeout(look, 60, left - 1);
}})(50);
</script>"""
"""Puts the cursor into a field, or into a grid once it is loaded. It holds a widget's key, never a value."""
LEAVE = """<script>/* {mark} */
setTimeout(() => {{
  const here = document.activeElement;
  if (here && here.closest('.st-key-{key}')) here.blur();
}}, 60);
</script>"""
"""Takes it out again, so that keys do what they say once the field is filled."""


def keyboard() -> Keyboard:
    """The keys of who looks, asked for again after a moment: every button of a page names one."""
    known, since = typed(KNOWN, (None, -FRESH))
    if known is None or time.monotonic() - since > FRESH:
        known, since = workspace().see.keyboard(me()), time.monotonic()
        keep(KNOWN, (known, since))
    return cast(Keyboard, known)


def keyboard_changed() -> None:
    """What was known of the keys is no more."""
    forget(KNOWN)


def keyboard_switch() -> bool:
    """Whether single keys do something; for the visit, from what Settings says."""
    return st.toggle(
        "Keys",
        value=keyboard().on,
        key="keyboard",
        persist_state="session",
        help="Single keys work while no field is being typed in. H lists them, Settings changes them.",
    )


def letter(action: str, *, on: bool) -> str | None:
    """The shortcut of a button, while keys are on; `action` is the key as it is at first. None while a grid is open:
    a letter belongs to the cell then."""
    return keyboard().key(action) if on and not editing() else None


def editing() -> bool:
    """Whether cells are edited in a grid."""
    return url("do") == "fix" and url("repair") == BY_HAND


def focus(key: str, mark: str) -> None:
    """Put the cursor into the field of a widget's key; once for each `mark`."""
    st.html(FOCUS.format(key=_class(key), mark=_class(mark)), unsafe_allow_javascript=True)


def leave(key: str, mark: str) -> None:
    """Take the cursor out of that field; once for each `mark`."""
    st.html(LEAVE.format(key=_class(key), mark=_class(mark)), unsafe_allow_javascript=True)


def _class(key: str) -> str:
    """A widget's key as Streamlit writes it into the page."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key)


@st.dialog("Keys")
def keys_help() -> None:
    """What each key does."""
    mine = keyboard()
    st.markdown("  \n".join(f"`{mine.key(key)}` &ensp; {words}" for key, words in KEYS.items()))
    st.caption("Keys do nothing while you type in a field. The switch “Keys” turns them off.")
    link("settings", "Change the keys", icon=":material/keyboard:")
