"""The terms of a waiver: why in a word, how far it goes, until when, for how many rows. And its second person."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from governance.answers.triage import DecisionView, ItemLine, TriageView
from governance.plural import many
from governance.review.choices import LASTING, Code, Scope, Terms
from pages.parts.blocks import guard, reason_field, verb_button
from pages.parts.session import me, notify, workspace

SCOPES = {
    Scope.CLUSTER: "These rows, in this run",
    Scope.ROW: "Single rows of them, in this run",
    Scope.RULE: "Every row that breaks this rule, in later runs too",
    Scope.DATASET: "Every rule that may be waived, in later runs too",
}


def waiver(item: ItemLine, *, most: int) -> tuple[date | None, Terms]:
    """The fields of a waiver; the first choice of each is the usual one."""
    st.markdown(
        f"Keep {many(item.rows, 'row')} although the rule is broken, until a day you choose. "
        "The report counts them as waived."
    )
    left, right = st.columns(2)
    code = left.selectbox("Reason code", list(Code), format_func=str.capitalize, key=f"code-{item.key}")
    scope = right.selectbox(
        "Goes for", [*SCOPES], format_func=lambda one: SCOPES[one], key=f"scope-{item.key}"
    )
    until, budget, ticket = st.columns(3)
    with until:
        day = _until(item, most=most)
    rows = _rows(item) if scope is Scope.ROW else ()
    limit = 0
    if scope in LASTING:
        limit = int(
            budget.number_input(
                "Rows at most", min_value=1, value=max(item.rows, 1), step=1, key=f"budget-{item.key}",
                help="When more rows break the rule the waiver covers none, and somebody must look again.",
            )
        )  # fmt: skip
    link = ticket.text_input("Ticket", key=f"ticket-{item.key}", placeholder="A link, if there is one")
    return day, Terms(scope=scope, code=code, ticket=link.strip(), budget=limit, rows=rows)


def _until(item: ItemLine, *, most: int) -> date | None:
    today = date.today()  # noqa: DTZ011 - the visitor's calendar is what the field shows
    until = st.date_input(
        "Until",
        today + timedelta(days=min(30, most)),
        min_value=today,
        max_value=today + timedelta(days=most),
        format="YYYY-MM-DD",
        key=f"until-{item.key}",
        help=f"At most {most} days from today",
    )
    return until if isinstance(until, date) else None


def _rows(item: ItemLine) -> tuple[int, ...]:
    said = st.text_input("Rows", key=f"rows-{item.key}", placeholder="12, 15, 20", help="Numbers as below")
    parts = said.replace(",", " ").split()
    return tuple(int(part) for part in parts if part.isdecimal())


def second_person(view: TriageView, one: DecisionView) -> None:
    """A large waiver that waits for another person: its terms, and the verb."""
    why_not = view.why_not or view.why_not_approve
    reason = "" if why_not else reason_field(f"approve-waiver-reason-{one.id}")
    if verb_button("Approve this waiver", key=f"approve-waiver-{one.id}", why_not=why_not):
        with guard():
            workspace().approve_waiver(me(), view.strip.run, one.id, digest=one.waiver, reason=reason)
            notify(f"The waiver of {one.title} is approved.")
            st.rerun()


def kept(view: TriageView, one: DecisionView) -> None:
    """A decision that needs another look: the verb that keeps it."""
    st.warning(one.look_again, icon=":material/visibility:")
    reason = reason_field(f"keep-reason-{one.id}", view.reasons, label="Why it is right still")
    why_not = view.why_not or ("" if reason else "Give a reason first.")
    if verb_button("Keep it", key=f"keep-{one.id}", why_not=why_not):
        with guard():
            workspace().confirm(me(), view.strip.run, one.id, reason=reason)
            notify(f"Kept: {one.title}.")
            st.rerun()
