"""The item on the desk, and the buttons for what a person can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from governance.answers.recipes import Offered
from governance.answers.repairing import Proposal
from governance.answers.triage import ItemLine, TriageView
from governance.review.choices import Action
from pages.parts.blocks import verb_button
from pages.parts.keys import letter
from pages.parts.session import forget, keep, stay, typed, url

VERBS = {
    Action.FIX: ("Fix", "F", ":material/build:"),
    Action.WAIVE: ("Waive", "W", ":material/schedule:"),
    Action.REJECT: ("Reject", "X", ":material/block:"),
    Action.SEND_BACK: ("Send back", "", ":material/undo:"),
    Action.ACCEPT: ("Accept", "", ":material/check:"),
}
RECIPE = "recipe"
"""The repair in the address that stands for what the item's recipe proposes."""
NOT_WAIVABLE = (
    "These rows cannot be waived: the published table could not hold them, or the rule is critical."
)


@dataclass(frozen=True)
class Desk:
    """The item that is open: its page, repairs tried on it, which item comes next, whether keys work, and what a
    recipe proposes for it."""

    view: TriageView
    item: ItemLine
    proposals: Sequence[Proposal]
    next: str
    keys: bool
    offered: Offered | None = None

    @property
    def run(self) -> str:
        return self.view.strip.run

    @property
    def about_rows(self) -> bool:
        return self.item.kind in ("cluster", "selection")

    @property
    def verbs(self) -> tuple[Action, ...]:
        """What can be done about it, in the order of the buttons."""
        if self.item.kind == "selection":
            return (Action.FIX, Action.REJECT, Action.SEND_BACK, Action.ACCEPT)
        return (Action.FIX, Action.WAIVE, Action.REJECT, Action.SEND_BACK)

    @property
    def action(self) -> Action | None:
        """The action whose panel is open: the one in `?do=`; what has no rows can only be accepted."""
        if not self.about_rows:
            return Action.ACCEPT
        return next((action for action in self.verbs if action.value == url("do")), None)

    @property
    def why_not(self) -> str:
        if self.view.why_not:
            return self.view.why_not
        if self.item.state == "split":
            return "It is split: decide about its parts, or merge them back."
        return "" if self.item.state == "open" else "It is decided: undo that first."

    @property
    def seen(self) -> int:
        """The version of the item that was on the screen when its card was opened."""
        mark, version = typed(SEEN, ("", 0))
        if mark != f"{self.run}/{self.item.key}":
            keep(SEEN, (f"{self.run}/{self.item.key}", self.item.version))
            return self.item.version
        return int(version)


SEEN = "seen"


def look_again() -> None:
    """Take the item as it is now for the one on the screen."""
    forget(SEEN)


def action_buttons(desk: Desk) -> None:
    """Fix, waive, reject. A pressed one opens its panel, pressed again it closes it."""
    if desk.about_rows:
        with st.container(horizontal=True, gap="small", key="actions"):
            for action in desk.verbs:
                _button(desk, action)
    why_not = desk.why_not or ("" if desk.item.waivable or not desk.about_rows else NOT_WAIVABLE)
    if why_not != desk.view.why_not:
        st.caption(why_not)


def _button(desk: Desk, action: Action) -> None:
    label, key, icon = VERBS[action]
    refused = NOT_WAIVABLE if action is Action.WAIVE and not desk.item.waivable else ""
    to = "" if desk.action is action else action.value
    verb_button(
        label,
        key=f"do-{action.value}",
        why_not=desk.why_not or refused,
        shortcut=letter(key, on=desk.keys) if key else None,
        icon=icon,
        caption=False,
        on_click=lambda: stay(do=to, repair=""),
    )
