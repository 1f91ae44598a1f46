"""The workbench: one item at a time, the effect always in sight. `?run=&item=`, a panel at `?do=&repair=`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

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
    except Stale as early:
        empty(
            "Nothing to decide", f"{early.message} {strip.who_next}", icon=":material/rule:", key="not-judged"
        )
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
        card(Desk(view, chosen, proposals_of(view, chosen), next_open(ordered, chosen.key), keys))


def chosen_item(items: Sequence[ItemLine]) -> ItemLine:
    """The item in the address; at first, and when that is gone, the first one."""
    found = next((item for item in items if item.key == url("item")), None)
    if found is None and url("item"):
        st.caption(":material/info: The item you had open is gone: no row has that signature any more.")
    return found or items[0]


def toolbar(view: TriageView, ordered: Sequence[ItemLine], chosen: ItemLine) -> bool:
    """Previous, next, undo, help; returns whether keys are on."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="toolbar"):
        mine = next((one for one in view.decisions if one.person == me().title), None)
        slots = [st.container(width="content") for _ in range(4)]
        st.space("stretch")
        keys = keyboard_switch()
    with slots[0]:
        if verb_button(
            "Previous", key="previous", shortcut=letter("K", on=keys), icon=":material/arrow_upward:"
        ):
            open_item(neighbour(ordered, chosen.key, -1))
    with slots[1]:
        if verb_button(
            "Next", key="following", shortcut=letter("J", on=keys), icon=":material/arrow_downward:"
        ):
            open_item(neighbour(ordered, chosen.key, 1))
    with slots[2]:
        why_not = view.why_not or ("" if mine else "You have decided nothing here that could be undone.")
        if (
            verb_button(
                "Undo",
                key="undo",
                why_not=why_not,
                shortcut=letter("U", on=keys),
                icon=":material/undo:",
                help=mine.title if mine else "",
                caption=False,
            )
            and mine
        ):
            undo(view.strip.run, mine.id, mine.title)
    with slots[3]:
        if verb_button("Help", key="help", shortcut=letter("H", on=keys), icon=":material/keyboard:"):
            keys_help()
    return keys


def open_item(key: str) -> None:
    stay(item=key, do="", repair="")
    st.rerun()


def card(desk: Desk) -> None:
    """Everything about one item, and what can be done about it."""
    with st.container(border=True, key="card"):
        card_head(desk.view, desk.item)
        proposed(desk.proposals)
        action_buttons(desk)
        panel(desk)
        examples(desk.view, desk.item)


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
