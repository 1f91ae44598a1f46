"""A recipe on the card of its signature: what was decided before, said and offered, never done by itself."""

from __future__ import annotations

import streamlit as st

from governance.answers.recipes import Counts, Offered
from governance.plural import many
from governance.review.choices import Action
from pages.parts.actions import RECIPE, Desk
from pages.parts.blocks import verb_button
from pages.parts.keys import letter
from pages.parts.session import me, stay, url, workspace
from pages.parts.words import escape


def offers_of(run: str, item: str = "") -> dict[str, Offered]:
    """What recipes propose for the open items of a run, or for one of them, by item."""
    return {one.item: one for one in workspace().see.recipe_offers(me(), run, item)}


def offered(desk: Desk) -> None:
    """What the recipe proposes, by whose decision, how often it was taken, and a button that opens the panel with it."""
    one = desk.offered
    if one is None or desk.why_not:
        return
    with st.container(key="recipe"):
        said, button = st.columns([5, 1.4], vertical_alignment="center")
        said.markdown(f":gray[Recipe] {escape(one.said)}")
    with button:
        verb_button(
            "Take it",
            key=f"take-{desk.item.key}",
            shortcut=letter("T", on=desk.keys),
            icon=":material/menu_book:",
            help="Opens the panel with it: the effect first, then you apply it or not.",
            on_click=lambda: stay(do=one.action.value, repair=RECIPE),
        )


def taking(desk: Desk, action: Action) -> Offered | None:
    """The recipe that the open panel is filled with."""
    return (
        desk.offered if url("repair") == RECIPE and desk.offered and desk.offered.action is action else None
    )


def counted(counts: Counts) -> str:
    """`proposed 9 times: taken 7, changed 1, declined 1`."""
    if not counts.proposed:
        return "not proposed yet"
    parts = [("taken", counts.accepted), ("changed", counts.changed), ("declined", counts.declined)]
    said = ", ".join(f"{word} {number:,}" for word, number in parts if number or word == "taken")
    return f"proposed {many(counts.proposed, 'time')}: {said}"
