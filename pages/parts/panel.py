"""The panel of one action: what it needs, what it would do, why, and the verb. Nothing is applied unseen."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

import streamlit as st

from governance.answers.recipes import Offered
from governance.answers.triage import ItemLine
from governance.effect import Effect
from governance.errors import GovernanceError, Stale
from governance.plural import many
from governance.review.choices import Action, Fix, Terms
from pages.parts.actions import Desk, look_again
from pages.parts.blocks import reason_field, refused, verb_button
from pages.parts.editing import forget_edits
from pages.parts.effects import effect_preview
from pages.parts.keys import editing, focus, leave, letter
from pages.parts.recipes import taking
from pages.parts.repairs import chosen_fix
from pages.parts.session import forget, me, notify, stay, workspace
from pages.parts.waiving import waiver
from pages.parts.words import ago, escape

DONE = {
    Action.FIX: "Fixed",
    Action.WAIVE: "Waived",
    Action.REJECT: "Rejected",
    Action.SEND_BACK: "Sent back",
    Action.ACCEPT: "Accepted",
}
APPLY = "Alt+Enter"
"""The key of the verb while a grid is open: letters, and Ctrl+Enter, belong to the grid."""


@dataclass(frozen=True)
class Wish:
    """What a person has chosen so far. `waits`: the key of the field that must be filled before it can be said what it
    would do."""

    action: Action
    fix: Fix | None = None
    expires: date | None = None
    terms: Terms | None = None
    recipe: int = 0
    waits: str = ""

    @property
    def rows(self) -> int:
        """How many single rows it is about; 0 where it is about all of the item."""
        return len(self.fix.rows) if self.fix else 0


def panel(desk: Desk) -> None:
    """The panel of the action that is open, if one is."""
    if desk.action is None or (desk.why_not and not desk.about_rows):
        return
    with st.container(border=True, key="panel"):
        if desk.seen != desk.item.version:
            _changed(desk)
        wish = _wish(desk, desk.action)
        effect = _previewed(desk, wish)
        reason = _reason(desk, desk.action)
        cursor(desk, reason, waits=wish.waits)
        if _pressed(desk, wish, reason, known=effect is not None or not desk.about_rows):
            _apply(desk, wish, reason)


def _reason(desk: Desk, action: Action) -> str:
    """Why: with a recipe its own reason stands there at first, otherwise the last one for this action."""
    usual, recent = desk.view.usual.get(action.value, ""), desk.view.reasons
    if recipe := taking(desk, action):
        usual, recent = recipe.reason, (recipe.reason, *recent)
    return reason_field(f"reason-{desk.item.key}", recent, usual=usual)


def cursor(desk: Desk, reason: str, *, waits: str) -> None:
    """Where the cursor is, while keys are on: in the field that a repair waits for, then in the reason until it is
    given. What has no rows waits for Enter, so that keys walk past it; a grid keeps the cursor until it is let go."""
    field = f"reason-{desk.item.key}"
    grid = editing()
    if not desk.keys or (grid and (waits or reason)):
        return
    if waits:
        focus(waits, waits)
    elif reason:
        leave(field, f"{desk.item.key}-given")
    elif (desk.about_rows and not grid) or st.button(
        "Write the reason",
        key=f"write-{desk.item.key}",
        type="tertiary",
        shortcut=APPLY if grid else letter("Enter", on=True),
    ):
        focus(field, f"{desk.item.key}-{time.monotonic():.2f}")


def _changed(desk: Desk) -> None:
    """Someone was faster: who, what, why and when. What was typed here stays."""
    happened = workspace().see.happened(me(), desk.run, desk.item.key, seen=desk.seen)
    said = "  \n".join(
        f"**{one.person}** {one.action} {'it' if one.action != 'took back' else 'a decision'} {ago(one.at)}: "
        f"{escape(one.reason)}"
        for one in happened
    )
    st.warning(
        f"Someone decided about this since you opened it. What you typed is still here.  \n{said}",
        icon=":material/sync_problem:",
    )
    if st.button("Go on from how it is now", key="look-again"):
        look_again()
        st.rerun()


def _wish(desk: Desk, action: Action) -> Wish:
    recipe = taking(desk, action)
    if action is Action.FIX:
        fix = chosen_fix(desk.run, desk.item, desk.proposals, desk.offered)
        if isinstance(fix, Offered):
            return Wish(action, recipe=fix.recipe)
        return Wish(action, waits=fix) if isinstance(fix, str) else Wish(action, fix=fix)
    if action is Action.WAIVE:
        expires, terms = waiver(desk.item, most=desk.view.waiver_days)
        return Wish(action, expires=expires, terms=terms)
    if action is Action.REJECT:
        st.markdown("These rows stay out, whatever is fixed later. The report names the reason.")
    if action is Action.SEND_BACK:
        st.markdown(
            "These rows stay out until the supplier sends them corrected. Take the file for them below."
        )
    if recipe:
        st.caption(f"As the recipe proposes: {recipe.does}")
    return Wish(action, recipe=recipe.recipe if recipe else 0)


def _previewed(desk: Desk, wish: Wish) -> Effect | None:
    """The figures, or the refusal in their place; nothing for what touches no row."""
    if not desk.about_rows or wish.waits or desk.why_not:
        return None
    fix = wish.fix.model_dump_json() if wish.fix else ""
    mark = (desk.run, desk.view.strip.revision, me().name)
    try:
        with st.spinner("Working out the effect…"):
            terms = wish.terms.model_dump_json() if wish.terms else ""
            effect = _effect(mark, desk.item.key, wish.action.value, fix, terms, wish.recipe)
    except GovernanceError as error:
        refused(error)
        return None
    effect_preview(effect, wish.action, wish.rows or desk.item.rows)
    return effect


@st.cache_data(show_spinner=False, max_entries=50)
def _effect(mark: tuple[str, int, str], item: str, action: str, fix: str, terms: str, recipe: int) -> Effect:
    """A preview; the same for one person as long as the revision is. `mark` is (run, revision, person)."""
    wanted = Fix.model_validate_json(fix) if fix else None
    agreed = Terms.model_validate_json(terms) if terms else None
    return workspace().preview(me(), mark[0], item, Action(action), fix=wanted, terms=agreed, recipe=recipe)


def _pressed(desk: Desk, wish: Wish, reason: str, *, known: bool) -> bool:
    """The verb's button and, for rows, the way back."""
    why_not = desk.why_not
    if not why_not and not known:
        why_not = "There is nothing to apply until the effect is known."
    if not why_not and not reason:
        why_not = "Give a reason first: it stands in the audit log."
    with st.container(horizontal=True, gap="small"):
        pressed = verb_button(
            _verb(wish, desk.item),
            key=f"apply-{desk.item.key}",
            primary=desk.about_rows or desk.item.required,
            why_not=why_not,
            shortcut=APPLY if desk.keys and editing() else letter("A", on=desk.keys),
            caption=False,
        )
        if desk.about_rows:
            close = {"do": "", "repair": ""}
            st.button("Cancel", key=f"cancel-{desk.item.key}", type="tertiary", on_click=stay, kwargs=close)
    if why_not:
        st.caption(why_not)
    return pressed


def _verb(wish: Wish, item: ItemLine) -> str:
    rows = many(wish.rows or item.rows, "row")
    return {
        Action.FIX: f"Apply fix to {rows}",
        Action.WAIVE: f"Waive {rows}",
        Action.REJECT: f"Reject {rows}",
        Action.SEND_BACK: f"Send {rows} back",
        Action.ACCEPT: "Accept the breach" if item.kind == "breach" else "Accept",
    }[wish.action]


def _apply(desk: Desk, wish: Wish, reason: str) -> None:
    """Decide, and open the next item. A refusal leaves everything as it was typed."""
    item = desk.item
    try:
        workspace().decide(
            me(),
            desk.run,
            item.key,
            wish.action,
            reason=reason,
            fix=wish.fix,
            expires=wish.expires,
            terms=wish.terms,
            recipe=wish.recipe,
            seen=desk.seen,
        )
    except GovernanceError as error:
        refused(error)
        if isinstance(error, Stale):
            st.caption("Nothing is lost: your reason and your choice are still here.")
        return
    about = f" {many(wish.rows or item.rows, 'row')}" if desk.about_rows else ""
    notify(f"{DONE[wish.action]}{about}: {item.title}. Undo takes it back.")
    look_again()
    forget(f"reason-{item.key}")
    forget_edits(item)
    stay(item=desk.next or item.key, do="", repair="")
    st.rerun()
