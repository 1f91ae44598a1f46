"""Deciding about all items in the filter at once: what would become of each, the effect of all, one reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import streamlit as st

from governance.answers.recipes import Offered
from governance.answers.triage import ItemLine, TriageView
from governance.deciding import Wish
from governance.effect import Effect
from governance.errors import GovernanceError
from governance.plural import many
from governance.review import following
from governance.review.choices import Action
from governance.together import One
from pages.parts.actions import look_again
from pages.parts.blocks import reason_field, refused, verb_button
from pages.parts.cards import proposals_of
from pages.parts.effects import effect_preview
from pages.parts.keys import focus, leave, letter
from pages.parts.recipes import offers_of
from pages.parts.session import forget, me, notify, stay, workspace
from pages.parts.status import severity_markdown
from pages.parts.words import escape


class More(StrEnum):
    """Ways beside the single actions: each takes what is proposed for each item, and leaves the others open."""

    RECIPE = "recipe"
    FOLLOWS = "follows"


Way = Action | More
WAYS: dict[Way, str] = {
    Action.FIX: "Fix, with the repair that mends most rows",
    Action.WAIVE: "Waive, until the last day that is possible",
    Action.REJECT: "Reject: the rows stay out",
    Action.ACCEPT: "Accept what has no rows of its own",
    More.RECIPE: "Take what recipes propose: what was decided and approved before",
    More.FOLLOWS: "Accept what follows: the arithmetic and the usual values proposed, in every cluster",
}

LABELS: dict[Way, str] = {More.RECIPE: "Take the recipes of", More.FOLLOWS: "Accept what follows for"}
MOST = 12
"""So many items are listed."""


def together(view: TriageView, found: Sequence[ItemLine], *, keys: bool) -> None:
    """The panel that takes the card's place while `?do=all`."""
    items = [item for item in found if item.state == "open"]
    st.markdown(f"#### All {len(items):,} open items in the filter")
    if not items or view.why_not:
        st.info(view.why_not or "Nothing in the filter is open.", icon=":material/info:")
        _back()
        return
    way = st.radio("What becomes of them", list(WAYS), format_func=WAYS.get, key="all-way", index=2)
    offers = offers_of(view.strip.run) if way is More.RECIPE else {}
    wanted = wishes(view, items, way, offers)
    listed(items, wanted, offers)
    effect = _effect(view, wanted, way)
    usual = view.usual.get(Action.FIX.value if isinstance(way, More) else way.value, "")
    reason = reason_field("all-reason", view.reasons, label="Reason for all", usual=usual)
    if keys:
        (leave if reason else focus)("all-reason", way.value)
    why_not = "" if wanted else "None of them can be decided so."
    why_not = why_not or ("" if reason else "Give a reason first: it stands in the audit log.")
    why_not = why_not or ("" if effect or way is Action.ACCEPT else "The effect is not known.")
    with st.container(horizontal=True, gap="small"):
        pressed = verb_button(
            f"{LABELS.get(way, way.value.title())} {many(len(wanted), 'item')}",
            key="apply-all",
            primary=True,
            why_not=why_not,
            shortcut=letter("A", on=keys),
            caption=False,
        )
        _back()
    if why_not:
        st.caption(why_not)
    if pressed:
        _apply(view, wanted, reason)


def wishes(view: TriageView, items: Sequence[ItemLine], way: Way, offers: Mapping[str, Offered]) -> list[One]:
    """What is wanted for each item that can be decided this way."""
    wanted = []
    for item in items:
        about_rows = item.kind == "cluster"
        wish = None
        if way is Action.FIX and about_rows:
            best = next((one for one in proposals_of(view, item) if one.passes), None)
            wish = Wish(way, fix=best.fix) if best else None
        elif way is More.FOLLOWS:
            filling = [one for one in proposals_of(view, item) if one.changes and following.follows(one.fix)]
            widest = max(filling, key=lambda one: (one.changes or 0, one.passes or 0), default=None)
            wish = Wish(Action.FIX, fix=widest.fix) if widest else None
        elif way is More.RECIPE:
            offer = offers.get(item.key)
            wish = Wish(offer.action, recipe=offer.recipe) if offer else None
        elif about_rows:
            wish = Wish(way) if way is Action.REJECT or (way is Action.WAIVE and item.waivable) else None
        elif way is Action.ACCEPT:
            wish = Wish(way)
        if wish:
            wanted.append(One(item.key, wish, item.version))
    return wanted


def listed(items: Sequence[ItemLine], wanted: Sequence[One], offers: Mapping[str, Offered]) -> None:
    """Each item, and what would become of it."""
    by_key = {one.item: one.wish for one in wanted}
    lines = []
    for item in items:
        wish = by_key.get(item.key)
        how = _how(wish, offers.get(item.key)) if wish else ""
        fate = f"**{wish.action.value}**{how}" if wish else ":gray[stays open]"
        rows = f" · {item.rows:,}" if item.rows else ""
        lines.append(f"{severity_markdown(item.severity, word=False)} {escape(item.title)}{rows} → {fate}")
    more = [f":gray[and {len(lines) - MOST:,} more]"] if len(lines) > MOST else []
    st.markdown("  \n".join([*lines[:MOST], *more]))


def _how(wish: Wish, offer: Offered | None) -> str:
    """By which repair, or what the recipe does."""
    if offer:
        return "" if wish.action is not Action.FIX else f": {escape(offer.does)}"
    return f" by {wish.fix.repair.replace('_', ' ')}" if wish.fix and wish.fix.repair else ""


def _effect(view: TriageView, wanted: Sequence[One], way: Way) -> Effect | None:
    if not wanted or way is Action.ACCEPT:
        return None
    try:
        with st.spinner("Working out the effect…"):
            effect = workspace().preview_all(me(), view.strip.run, wanted)
    except GovernanceError as error:
        refused(error)
        return None
    rows = sum(item.rows for item in view.items if item.key in {one.item for one in wanted})
    effect_preview(effect, way if isinstance(way, Action) else Action.FIX, rows)
    return effect


def _apply(view: TriageView, wanted: Sequence[One], reason: str) -> None:
    try:
        came = workspace().decide_all(me(), view.strip.run, wanted, reason=reason)
    except GovernanceError as error:
        refused(error)
        return
    notify(f"Decided about {many(len(came.decided), 'item')}. Each can be undone alone.")
    for said in came.left[:3]:
        notify(f"Left as it is: {said}", icon=":material/sync_problem:")
    look_again()
    forget("all-reason")
    stay(do="")
    st.rerun()


def _back() -> None:
    st.button("Cancel", key="cancel-all", type="tertiary", on_click=stay, kwargs={"do": ""})
