"""What a person can do about an item, and the panel that shows the effect before it is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from governance.answers.triage import ItemLine, Proposal, TriageView
from governance.effect import Effect
from governance.errors import GovernanceError, Stale
from governance.review.choices import Action, Fix
from governance.workspace import MOST_WAIVED_DAYS
from pages.parts.blocks import reason_field, refused, verb_button
from pages.parts.effects import effect_preview
from pages.parts.keys import letter
from pages.parts.repairs import chosen_fix
from pages.parts.session import forget, keep, me, notify, stay, typed, url, workspace
from pages.parts.words import many

VERBS = {
    Action.FIX: ("Fix", "F", ":material/build:"),
    Action.WAIVE: ("Waive", "W", ":material/schedule:"),
    Action.REJECT: ("Reject", "X", ":material/block:"),
    Action.ACCEPT: ("Accept", "A", ":material/check:"),
}
DONE = {Action.FIX: "Fixed", Action.WAIVE: "Waived", Action.REJECT: "Rejected", Action.ACCEPT: "Accepted"}
NOT_WAIVABLE = (
    "These rows cannot be waived: the published table could not hold them, or the rule is critical."
)


@dataclass(frozen=True)
class Desk:
    """The item on the desk: its page, what may be done, and where to go afterwards."""

    view: TriageView
    item: ItemLine
    proposals: Sequence[Proposal]
    next: str
    keys: bool

    @property
    def run(self) -> str:
        return self.view.strip.run

    @property
    def why_not(self) -> str:
        if self.view.why_not:
            return self.view.why_not
        return "" if self.item.state == "open" else "It is decided: undo that first."

    @property
    def seen(self) -> int:
        """The version of the item that was on the screen when its card was opened."""
        name, mark = "seen", (self.run, self.item.key)
        at = typed(name, None)
        if at is None or at[0] != mark:
            keep(name, (mark, self.item.version))
            return self.item.version
        return int(at[1])


def action_buttons(desk: Desk) -> None:
    """Fix, waive, reject; or accept for what has no rows of its own. A pressed one opens its panel."""
    about_rows = desk.item.kind == "cluster"
    actions = (Action.FIX, Action.WAIVE, Action.REJECT) if about_rows else (Action.ACCEPT,)
    opened = url("do")
    if not about_rows and not desk.why_not and opened != Action.ACCEPT.value:
        opened = Action.ACCEPT.value
        stay(do=opened)
    if about_rows:
        with st.container(horizontal=True, gap="small", key="actions"):
            for action in actions:
                _button(desk, action, opened)
    why = desk.why_not or ("" if desk.item.waivable or not about_rows else NOT_WAIVABLE)
    if why:
        st.caption(why)


def _button(desk: Desk, action: Action, opened: str) -> None:
    label, key, icon = VERBS[action]
    why_not = desk.why_not or (NOT_WAIVABLE if action is Action.WAIVE and not desk.item.waivable else "")
    if verb_button(
        label,
        key=f"do-{action}",
        why_not=why_not,
        shortcut=letter(key, on=desk.keys),
        icon=icon,
        caption=False,
    ):
        stay(do="" if opened == action else action.value, repair="")
        st.rerun()


def panel(desk: Desk) -> None:
    """The panel of the action in `?do=`: what it needs, what it would do, why, and the verb."""
    try:
        action = Action(url("do"))
    except ValueError:
        return
    if (desk.item.kind == "cluster") == (action is Action.ACCEPT):
        return
    with st.container(border=True, key="panel"):
        changed = desk.seen != desk.item.version
        if changed:
            _changed(desk)
        fix, expires, ready = _wanted(desk, action)
        effect = (
            _previewed(desk, action, fix)
            if ready and action is not Action.ACCEPT and not desk.why_not
            else None
        )
        reason = reason_field(f"reason-{desk.item.key}", desk.view.reasons)
        why_not = desk.why_not or _missing(ready, reason)
        with st.container(horizontal=True, gap="small"):
            pressed = verb_button(
                _verb(action, desk.item),
                key="apply",
                primary=True,
                why_not=why_not,
                shortcut=letter("A", on=desk.keys),
                caption=False,
            )
            if desk.item.kind == "cluster":
                st.button(
                    "Cancel", key="cancel", type="tertiary", on_click=stay, kwargs={"do": "", "repair": ""}
                )
        if why_not:
            st.caption(why_not)
        if pressed and (effect is not None or action is Action.ACCEPT):
            _apply(desk, action, reason, fix, expires)


def _verb(action: Action, item: ItemLine) -> str:
    rows = many(item.rows, "row")
    return {
        Action.FIX: f"Apply fix to {rows}",
        Action.WAIVE: f"Waive {rows}",
        Action.REJECT: f"Reject {rows}",
        Action.ACCEPT: "Accept the breach" if item.kind == "breach" else "Accept",
    }[action]


def _missing(ready: bool, reason: str) -> str:
    if not ready:
        return "Choose what to do with the value first."
    return "" if reason else "Give a reason first: it stands in the audit log."


def _changed(desk: Desk) -> None:
    """Someone was faster. What was typed here stays."""
    st.warning(
        "Someone decided about this since you opened it. What you typed is still here.",
        icon=":material/sync_problem:",
    )
    if st.button("Go on from how it is now", key="look-again"):
        forget("seen")
        st.rerun()


def _wanted(desk: Desk, action: Action) -> tuple[Fix | None, date | None, bool]:
    """(fix, last day of a waiver, whether that is enough for a preview)."""
    if action is Action.FIX:
        fix = chosen_fix(desk.item, desk.proposals)
        return fix, None, fix is not None
    if action is Action.WAIVE:
        st.markdown(
            f"Keep {many(desk.item.rows, 'row')} although the rule is broken, until a day you choose. "
            "The report names them as waived."
        )
        today = date.today()  # noqa: DTZ011 - the visitor's calendar is what the field shows
        until = st.date_input(
            "Until",
            today + timedelta(days=30),
            min_value=today,
            format="YYYY-MM-DD",
            width=200,
            max_value=today + timedelta(days=MOST_WAIVED_DAYS),
            key=f"until-{desk.item.key}",
            help=f"At most {MOST_WAIVED_DAYS} days",
        )
        return None, until if isinstance(until, date) else None, True
    if action is Action.REJECT:
        st.markdown("These rows stay out, whatever is fixed later. The report names the reason.")
    return None, None, True


def _previewed(desk: Desk, action: Action, fix: Fix | None) -> Effect | None:
    """The figures, or the refusal in their place."""
    try:
        with st.spinner("Working out the effect…"):
            effect = _effect(
                desk.run,
                desk.view.strip.revision,
                desk.item.key,
                action.value,
                fix.model_dump_json() if fix else "",
                me().name,
            )
    except GovernanceError as error:
        refused(error)
        return None
    effect_preview(effect, action, desk.item.rows)
    return effect


@st.cache_data(show_spinner=False, max_entries=50)
def _effect(run: str, revision: int, item: str, action: str, fix: str, person: str) -> Effect:
    """A preview, the same for one person as long as the revision is."""
    wanted = Fix.model_validate_json(fix) if fix else None
    return workspace().preview(me(), run, item, Action(action), fix=wanted)


def _apply(desk: Desk, action: Action, reason: str, fix: Fix | None, expires: date | None) -> None:
    item = desk.item
    try:
        workspace().decide(
            me(), desk.run, item.key, action, reason=reason, fix=fix, expires=expires, seen=desk.seen
        )
    except Stale as conflict:
        refused(conflict)
        st.caption("Nothing is lost: your reason and your choice are still here.")
        return
    except GovernanceError as error:
        refused(error)
        return
    about = f" {many(item.rows, 'row')}" if item.kind == "cluster" else ""
    notify(f"{DONE[action]}{about}: {item.title}. U takes it back.")
    forget("seen", f"reason-{item.key}")
    stay(item=desk.next or item.key, do="", repair="")
    st.rerun()
