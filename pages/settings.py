"""Settings of one person: the keyboard."""

from __future__ import annotations

import streamlit as st

from governance.preferences import KEYS, Keyboard
from pages.parts.blocks import guard
from pages.parts.head import page_head
from pages.parts.keys import keyboard, keyboard_changed
from pages.parts.session import me, notify, workspace


def keys_form(now: Keyboard) -> None:
    """A key for each action; kept together, so that two can change places."""
    with st.form("keys", border=True):
        st.markdown("##### Keys")
        on = st.toggle("Single keys work while no field is being typed in", value=now.on, key="keys-on")
        chosen: dict[str, str] = {}
        columns = st.columns(2, gap="large")
        for at, (name, words) in enumerate(KEYS.items()):
            with columns[at % 2]:
                chosen[name] = st.text_input(
                    words, value=now.key(name), key=f"key-{name}", max_chars=9, help=f"At first {name}"
                )
        saved = st.form_submit_button("Save the keys", type="primary", key="save-keys")
    if saved:
        keep(Keyboard(on=on, keys=chosen), "Your keys are saved.")


def keep(wanted: Keyboard, words: str) -> None:
    with guard():
        workspace().set_keyboard(me(), wanted)
        keyboard_changed()
        notify(words)
        st.rerun()


page_head("Settings")
st.caption(
    f"They are {me().title}'s own and change nothing for others. C and R belong to the browser's frame."
)
current = keyboard()
keys_form(current)
if current.keys and st.button("Back to the first keys", key="first-keys", icon=":material/restart_alt:"):
    keep(Keyboard(on=current.on), "The keys are as they were at first.")
