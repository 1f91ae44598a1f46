"""The keyboard of triage: which key does what, the switch that turns it off, and the help."""

from __future__ import annotations

import streamlit as st

KEYS = {
    "J": "Next item",
    "K": "Previous item",
    "F": "Fix the rows",
    "W": "Waive the rule for these rows",
    "X": "Reject the rows",
    "A": "Accept, or apply what the panel shows",
    "U": "Undo your last decision",
    "H": "This help",
}


def keyboard_switch() -> bool:
    """Whether single keys do something; remembered for the visit."""
    return st.toggle(
        "Keys",
        value=True,
        key="keyboard",
        persist_state="session",
        help="Single keys work while no field is being typed in. H lists them.",
    )


def letter(key: str, *, on: bool) -> str | None:
    """The shortcut of a button, while keys are on."""
    return key if on else None


@st.dialog("Keys")
def keys_help() -> None:
    """What each key does."""
    st.markdown("  \n".join(f"`{key}` &ensp; {words}" for key, words in KEYS.items()))
    st.caption("Keys do nothing while you type in a field. The switch “Keys” turns them off.")
