"""The workbench: one item at a time, the effect always in sight. `?run=&item=`, a panel at `?do=&repair=`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.runs import Strip
from governance.answers.triage import ItemLine, TriageView
from governance.errors import Stale
from governance.people import Verb
from pages.parts.actions import Desk, action_buttons
from pages.parts.blocks import empty, guard, need_run, no_permission, verb_button
from pages.parts.cards import card_head, examples, proposals_of, proposed
from pages.parts.decided import bulk, decisions_list, undo
from pages.parts.effects import effect_bar
from pages.parts.items import item_list, neighbour, next_open
from pages.parts.keys import keyboard_switch, keys_help, letter
from pages.parts.live import PREPARING, live_strip
from pages.parts.panel import panel
from pages.parts.session import go, me, stay, url, workspace
from pages.parts.words import many


def page(run_id: str) -> None:
    see = workspace().see
    strip = see.strip(me(), run_id)
    live_strip(strip, here="triage")
    if strip.state in PREPARING:
        return
    try:
        view = see.triage(me(), strip.run)
    except Stale:
        not_judged(strip)
        return
    effect_bar(view)
    next_step(view)
    if view.items:
        bench(view)
    else:
        empty(
            "Nothing to decide",
            "Every row passes and every promise is met.",
            icon=":material/check:",
            key="nothing",
        )


def not_judged(strip: Strip) -> None:
    """A run that ended before stage 7 has no items."""
    earlier = strip.same_as
    text = "The file was seen before, so nothing was judged again. The earlier run has the items."
    label = "Open the earlier run" if earlier else "Open the run"
    if not earlier:
        text = "The run ended before its rows were judged."
    if empty("Nothing to decide", text, icon=":material/rule:", button=label, key="not-judged"):
        go("triage" if earlier else "run", run=earlier or strip.run)


def bench(view: TriageView) -> None:
    """The list on the left, the chosen card on the right."""
    left, right = st.columns([4, 8], gap="medium")
    chosen = chosen_item(view.items)
    with left:
        ordered = item_list(view.items, chosen.key)
        with st.expander(f"Decisions · {len(view.decisions):,}", key="decisions"):
            decisions_list(view)
        with st.expander("The rest of the list", key="rest"):
            bulk(view)
    with right:
        keys = toolbar(view, ordered, chosen)
        card(view, chosen, after=next_open(ordered, chosen.key), keys=keys)


def chosen_item(items: Sequence[ItemLine]) -> ItemLine:
    """The item in the address; at first, and when that is gone, the first one."""
    found = next((item for item in items if item.key == url("item")), None)
    if found is None and url("item"):
        st.caption(":material/info: The item you had open is gone: no row has that signature any more.")
    return found or items[0]


def toolbar(view: TriageView, ordered: Sequence[ItemLine], chosen: ItemLine) -> bool:
    """Previous, next, undo, help; returns whether keys are on."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="toolbar"):
        slots = [st.container(width="content") for _ in range(4)]
        st.space("stretch")
        keys = keyboard_switch()
    with slots[0]:
        step("Previous", "K", "upward", neighbour(ordered, chosen.key, -1), keys=keys)
    with slots[1]:
        step("Next", "J", "downward", neighbour(ordered, chosen.key, 1), keys=keys)
    with slots[2]:
        undo_last(view, keys=keys)
    with slots[3]:
        if verb_button("Help", key="help", shortcut=letter("H", on=keys), icon=":material/keyboard:"):
            keys_help()
    return keys


def step(label: str, key: str, way: str, to: str, *, keys: bool) -> None:
    """A button to another item."""
    st.button(
        label,
        key=f"step-{label.lower()}",
        shortcut=letter(key, on=keys),
        icon=f":material/arrow_{way}:",
        on_click=stay,
        kwargs={"item": to, "do": "", "repair": ""},
    )


def undo_last(view: TriageView, *, keys: bool) -> None:
    """Take this person's newest decision back."""
    mine = next((one for one in view.decisions if one.person == me().title), None)
    why_not = view.why_not or ("" if mine else "You have decided nothing here that could be undone.")
    pressed = verb_button(
        "Undo",
        key="undo",
        why_not=why_not,
        shortcut=letter("U", on=keys),
        icon=":material/undo:",
        help=mine.title if mine else "",
        caption=False,
    )
    if pressed and mine:
        undo(view.strip.run, mine.id, mine.title)


def card(view: TriageView, item: ItemLine, *, after: str, keys: bool) -> None:
    """Everything about one item, and what can be done about it."""
    with st.container(border=True, key="card"):
        card_head(view, item)
        desk = Desk(view, item, proposals_of(view, item), after, keys)
        proposed(desk.proposals)
        action_buttons(desk)
        panel(desk)
        examples(view, item)


def next_step(view: TriageView) -> None:
    """When everything required is decided: where the run goes from here."""
    if view.why_not:
        st.info(f"{view.why_not} Nothing more is decided here.", icon=":material/lock:")
    elif not any(item.required and item.state == "open" for item in view.items):
        run = workspace().see.run(me(), view.strip.run)
        label, to = ("Release", "release") if run.plan_approved else ("Masking plan", "privacy")
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="decided"):
            rest = sum(item.kind == "cluster" and item.state == "open" for item in view.items)
            left = (
                f" {many(rest, 'cluster')} may stay undecided: their rows stay in quarantine." if rest else ""
            )
            st.markdown(f":material/check: **Everything required is decided.**{left}", width="stretch")
            if verb_button(label, key="next", primary=not url("do"), icon=":material/arrow_forward:"):
                go(to, run=view.strip.run)


with guard():
    if reason := me().why_not(Verb.DECIDE):
        no_permission("Triage is for those who decide", reason, "Ask a steward, or switch to one.")
    page(need_run("triage"))
