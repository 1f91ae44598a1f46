"""The workbench: one item at a time, the effect always in sight. `?run=&item=`, a panel at `?do=&repair=`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from governance.answers.runs import Strip
from governance.answers.triage import ItemLine, TriageView
from governance.errors import Stale
from governance.people import Verb
from governance.plural import many
from pages.parts.actions import Desk, action_buttons
from pages.parts.blocks import empty, guard, need_run, no_permission, verb_button
from pages.parts.byhand import by_hand, export_button
from pages.parts.cards import card_head, proposals_of, proposed
from pages.parts.decided import bulk, decisions_list, undo
from pages.parts.editing import edit_button
from pages.parts.effects import effect_bar
from pages.parts.history import seen_before, sets_apart
from pages.parts.itemrows import all_rows, examples, rows_button
from pages.parts.items import OTHERS, gathered, item_list, label, neighbour, next_open
from pages.parts.keys import editing, keyboard, keyboard_switch, keys_help, letter
from pages.parts.live import PREPARING, live_strip
from pages.parts.panel import panel
from pages.parts.parting import parting, split_button
from pages.parts.recipes import offered, offers_of
from pages.parts.session import go, me, stay, url, workspace
from pages.parts.talking import talking
from pages.parts.together import together
from pages.parts.words import percent


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
    quick()
    if view.items:
        bench(view)
    else:
        empty(
            "Nothing to decide",
            "Every row passes and every promise is met.",
            icon=":material/check:",
            key="nothing",
        )


def quick() -> None:
    """A quiet word after very many decisions within a minute; nothing is held up."""
    burst = workspace().see.hurried(me())
    if burst:
        st.caption(
            f":material/speed: {burst.items:,} items within a minute. That may be right: look at some of them again. "
            "Only you see this here."
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
    """The list on the left, the chosen card on the right; its head is drawn first, for that is what a step leads to."""
    left, right = st.columns([4, 8], gap="medium")
    with left:
        chosen = chosen_item(view.items)
    every, gathers = url("do") == "all", chosen.key == OTHERS
    with right:
        slots, keys = toolbar()
        place = st.container(border=True, key="together" if every else "card")
    if not every and not gathers:
        with place:
            card_head(view, chosen)
    with left:
        ordered, found = item_list(view.items, chosen.key, keys=keys)
        all_button(found, keys=keys)
        decisions_fold(view)
        with st.expander("The rest of the list", key="rest", on_change="rerun") as opened:
            if opened.open:
                bulk(view)
    fill(slots, view, ordered, chosen, keys=keys)
    with place:
        if every:
            together(view, found, keys=keys)
        elif gathers:
            gathered_card(view, found, keys=keys)
        else:
            card(view, chosen, after=next_open(ordered, chosen.key), keys=keys)


def decisions_fold(view: TriageView) -> None:
    """What was decided, folded away; not where a decision needs another look."""
    doubtful = sum(bool(one.look_again) for one in view.decisions)
    made = f"Decisions · {len(view.decisions):,}" + (f" · {doubtful:,} to look at again" if doubtful else "")
    with st.expander(made, key="decisions", expanded=bool(doubtful), on_change="rerun") as opened:
        if opened.open:
            decisions_list(view)


def all_button(found: Sequence[ItemLine], *, keys: bool) -> None:
    """Opens the panel that decides about everything in the filter."""
    left = sum(item.state == "open" for item in found)
    verb_button(
        f"Decide about all {left:,} in the filter",
        key="all",
        why_not="" if left else "Nothing in the filter is open.",
        shortcut=letter("Shift+A", on=keys),
        icon=":material/done_all:",
        stretch=True,
        on_click=lambda: stay(do="all", repair=""),
    )


def chosen_item(items: Sequence[ItemLine]) -> ItemLine:
    """The item in the address; at first, and when that is gone, the first one."""
    if url("item") == OTHERS and (last := gathered(items)[-1]).key == OTHERS:
        return last
    found = next((item for item in items if item.key == url("item")), None)
    if found is None and url("item"):
        st.caption(":material/info: The item you had open is gone: no row has that signature any more.")
    return found or items[0]


def toolbar() -> tuple[list[DeltaGenerator], bool]:
    """Places for previous, next, undo and help, and whether keys are on."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="toolbar"):
        slots = [st.container(width="content") for _ in range(4)]
        st.space("stretch")
        return slots, keyboard_switch()


def fill(
    slots: Sequence[DeltaGenerator],
    view: TriageView,
    ordered: Sequence[ItemLine],
    chosen: ItemLine,
    *,
    keys: bool,
) -> None:
    """Previous, next, undo, help."""
    with slots[0]:
        step("Previous", "K", "upward", neighbour(ordered, chosen.key, -1), keys=keys)
    with slots[1]:
        step("Next", "J", "downward", neighbour(ordered, chosen.key, 1), keys=keys)
    with slots[2]:
        undo_last(view, keys=keys)
    with slots[3]:
        if verb_button("Help", key="help", shortcut=letter("H", on=keys), icon=":material/keyboard:"):
            keys_help()


def step(label: str, key: str, way: str, to: str, *, keys: bool) -> None:
    """A button to another item."""
    st.button(
        label,
        key=f"step-{label.lower()}",
        shortcut=letter(key, on=keys),
        icon=f":material/arrow_{way}:",
        on_click=stay,
        kwargs={"item": to, "do": "", "repair": "", "rows": "", "page": ""},
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
    """Everything about one item below its head, and what can be done about it."""
    cluster = item.kind == "cluster"
    if cluster:
        seen_before(view, item)
    compared = st.container(key="apart")
    recipe = offers_of(view.strip.run, item.key).get(item.key) if cluster else None
    desk = Desk(view, item, proposals_of(view, item), after, keys, recipe)
    offered(desk)
    proposed(desk.proposals)
    action_buttons(desk)
    panel(desk)
    if desk.about_rows:
        more(desk)
    by_hand(view, item)
    if cluster:
        parting(view, item)
        if not editing():
            all_rows(view, item) if url("rows") else examples(view, item)
    talking(view, item)
    if cluster:
        with compared:  # last, so that the card can be worked with before the comparison is there
            sets_apart(view, item)


def more(desk: Desk) -> None:
    """What else can be done with the rows of an item."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="more"):
        if desk.item.kind == "cluster":
            rows_button(desk.item, keys=desk.keys)
        if not desk.why_not:
            edit_button(desk.item, keys=desk.keys)
        if desk.item.kind == "cluster":
            split_button(desk.view, desk.item)
        export_button(desk.view, desk.item)


def gathered_card(view: TriageView, found: Sequence[ItemLine], *, keys: bool) -> None:
    """What the card of the smallest signatures holds, and how to open them."""
    shown = {item.key for item in gathered(found)}
    small = [item for item in found if item.key not in shown]
    st.markdown(f"#### {many(len(small), 'other signature')}")
    rows = sum(item.rows for item in small)
    part = percent(rows / max(view.failing, 1))
    st.markdown(f"**{many(rows, 'row')}** · {part} of all failing rows. The largest of them:")
    st.markdown("  \n".join(label(item) for item in small[:12]))
    verb_button(
        "Show them in the list",
        key="show-others",
        primary=True,
        shortcut=letter("Enter", on=keys),
        icon=":material/unfold_more:",
        on_click=lambda: stay(all="1", item=small[0].key),
    )


def next_step(view: TriageView) -> None:
    """When everything required is decided: where the run goes from here."""
    if view.why_not:
        st.info(f"{view.why_not} Nothing more is decided here.", icon=":material/lock:")
    elif not any(item.required and item.state == "open" for item in view.items):
        run = workspace().see.run(me(), view.strip.run)
        words, to = ("Release", "release") if run.plan_approved else ("Masking plan", "privacy")
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="decided"):
            rest = sum(item.kind == "cluster" and item.state == "open" for item in view.items)
            left = (
                f" {many(rest, 'cluster')} may stay undecided: their rows stay in quarantine." if rest else ""
            )
            st.markdown(f":material/check: **Everything required is decided.**{left}", width="stretch")
            key = letter("N", on=keyboard().on)
            if verb_button(
                words, key="next", primary=not url("do"), shortcut=key, icon=":material/arrow_forward:"
            ):
                go(to, run=view.strip.run)


with guard():
    if reason := me().why_not(Verb.DECIDE):
        no_permission("Triage is for those who decide", reason, "Ask a steward, or switch to one.")
    page(need_run("triage"))
