"""Status is word + icon + colour, the same everywhere; severity is a filled to hollow mark and a word."""

from __future__ import annotations

from typing import Literal, NamedTuple

import streamlit as st

Colour = Literal["red", "orange", "blue", "green", "violet", "gray"]


class Status(NamedTuple):
    word: str
    icon: str
    colour: Colour


STATES: dict[str, Status] = {
    # where a row went
    "kept": Status("kept", ":material/check:", "green"),
    "quarantined": Status("quarantined", ":material/inventory_2:", "orange"),
    "unreadable": Status("unreadable", ":material/broken_image:", "gray"),
    # where a run stands
    "queued": Status("queued", ":material/hourglass_empty:", "gray"),
    "running": Status("running", ":material/progress_activity:", "blue"),
    "revising": Status("revising", ":material/progress_activity:", "blue"),
    "releasing": Status("releasing", ":material/progress_activity:", "blue"),
    "awaiting review": Status("needs review", ":material/visibility:", "blue"),
    "needs review": Status("needs review", ":material/visibility:", "blue"),
    "approved": Status("approved", ":material/verified:", "green"),
    "published": Status("published", ":material/flag:", "green"),
    "skipped": Status("seen before", ":material/redo:", "gray"),
    "rejected": Status("rejected", ":material/block:", "red"),
    "refused": Status("refused", ":material/block:", "red"),
    "failed": Status("failed", ":material/error:", "red"),
    # where an item stands
    "open": Status("open", ":material/radio_button_unchecked:", "blue"),
    "met": Status("met meanwhile", ":material/check:", "green"),
    "fixed": Status("fixed", ":material/build:", "green"),
    "waived": Status("waived", ":material/schedule:", "violet"),
    "sent back": Status("sent back", ":material/outgoing_mail:", "orange"),
    "mended": Status("mended", ":material/build:", "green"),
    "split": Status("split into parts", ":material/call_split:", "violet"),
    "covered": Status("decided with another", ":material/link:", "violet"),
    "accepted": Status("accepted", ":material/check:", "violet"),
    # other
    "clear": Status("clear", ":material/check:", "green"),
    "waiting": Status("waiting", ":material/hourglass_empty:", "gray"),
    "done": Status("done", ":material/check:", "green"),
    "current": Status("current", ":material/flag:", "green"),
    "in force": Status("in force", ":material/check:", "green"),
    "retired": Status("retired", ":material/block:", "gray"),
    "replaced": Status("replaced", ":material/history:", "gray"),
    "withdrawn": Status("withdrawn", ":material/undo:", "gray"),
    "gone": Status("gone", ":material/delete:", "gray"),
}

MARKS = {"critical": "●", "high": "◕", "medium": "◑", "low": "○"}
_TINT: dict[str, Colour] = {"critical": "red", "high": "orange", "medium": "gray", "low": "gray"}

LIGHT = {
    "green": "#1a7f4b",
    "orange": "#b8690a",
    "gray": "#8a9099",
    "blue": "#2f6feb",
    "red": "#c4392f",
    "violet": "#7a56d0",
}
DARK = {
    "green": "#4cc38a",
    "orange": "#f0a24b",
    "gray": "#7d8590",
    "blue": "#6ea8fe",
    "red": "#f2776d",
    "violet": "#a98bf0",
}


def status(state: str) -> Status:
    """How a state is shown; one that is not known is shown as its word, in grey."""
    return STATES.get(state, Status(state, ":material/circle:", "gray"))


def is_dark() -> bool:
    """Whether the visitor looks at the dark theme."""
    return getattr(st.context.theme, "type", None) == "dark"


def hue(colour: str) -> str:
    """A status colour as #rrggbb, for the theme that is shown."""
    return (DARK if is_dark() else LIGHT)[colour]


def either(colour: Colour) -> str:
    """A status colour in CSS, for whichever theme is shown: the browser chooses."""
    return f"light-dark({LIGHT[colour]},{DARK[colour]})"


def state_badge(state: str, *, word: str = "", help: str | None = None) -> None:
    """Draw a state as a badge; `word` says it otherwise."""
    shown = status(state)
    st.badge(word or shown.word, icon=shown.icon, color=shown.colour, help=help)


def state_markdown(state: str, *, word: str = "") -> str:
    """A state as a badge inside Markdown."""
    shown = status(state)
    return f":{shown.colour}-badge[{shown.icon} {word or shown.word}]"


def severity_mark(severity: str) -> str:
    """`● critical`, plain text: for labels and tables."""
    return f"{MARKS.get(str(severity), '○')} {severity}"


def severity_markdown(severity: str, *, word: bool = True) -> str:
    """The same in Markdown, with colour."""
    text = severity_mark(severity) if word else MARKS.get(str(severity), "○")
    return f":{_TINT.get(str(severity), 'gray')}[{text}]"
