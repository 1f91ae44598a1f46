"""The rows of the Privacy page: what a column seems to be and why, how it is masked, and how it could be."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.privacy import ColumnPrivacy
from governance.plural import many
from governance.privacy.offers import Offer
from governance.privacy.plan import ColumnMask
from pages.parts.blocks import guard
from pages.parts.session import forget, me, notify, workspace
from pages.parts.words import escape, number, percent

WIDTHS = (2.1, 3.3, 3.6)
SHOWN = 26
"""Signs of a made-up value that are shown."""


def column_heads() -> None:
    for place, head in zip(
        st.columns(WIDTHS),
        ("Column", "What it seems to be, and why", "How it is masked, on made-up values"),
        strict=True,
    ):
        place.caption(head)


def column_row(line: ColumnPrivacy, run: str, plan: str, *, why_not: str) -> None:
    """One column. Choosing another way opens a form that asks why."""
    with st.container(border=True, key=f"column-{plan[:8]}-{line.verdict.column}"):
        name, meaning, masking = st.columns(WIDTHS)
        with name:
            st.markdown(f"##### {escape(line.verdict.column)}\n{_badges(line)}")
        with meaning:
            _meaning(line)
        with masking:
            chosen = _operator(line, plan, why_not=why_not)
            _examples(chosen)
            if line.changed:
                st.caption(
                    f"Approved before: {line.approved_as}."
                    if line.approved_as
                    else "The approved plan lacks it."
                )
            if chosen is not line.offers[0]:
                _change(line, chosen, run, plan)


def _badges(line: ColumnPrivacy) -> str:
    kept, personal = line.mask.operator.kind == "keep", line.verdict.personal
    if personal and kept:
        marks = [":red-badge[:material/visibility: published as it is]"]
    elif kept:
        marks = [":gray-badge[not masked]"]
    else:
        marks = [":green-badge[:material/shield: masked]"]
    if line.verdict.unexpected:
        marks.append(":orange-badge[:material/help: not in the contract]")
    if line.changed:
        marks.append(":violet-badge[:material/edit: changed]")
    return "  \n".join(marks)


def _meaning(line: ColumnPrivacy) -> None:
    verdict = line.verdict
    what = f"**{verdict.semantic.words[:1].upper()}{verdict.semantic.words[1:]}**"
    if verdict.evidence:
        what += f" :gray[· {verdict.confidence:.0%} sure]"
    kind = [f"{verdict.category.value}, {many(verdict.rows, 'cell')}"] if verdict.personal else []
    said = [*kind, *(one.detail for one in verdict.evidence)] or ["Nothing speaks for personal data."]
    why = "  \n".join(f":small[:gray[{escape(one[:1].upper() + one[1:])}]]" for one in said)
    st.markdown(f"{what}  \n{why}")


def _operator(line: ColumnPrivacy, plan: str, *, why_not: str) -> Offer:
    at = st.selectbox(
        f"How {line.verdict.column} is masked",
        range(len(line.offers)),
        format_func=lambda n: line.offers[n].words,
        key=f"mask-{plan[:8]}-{line.verdict.column}",
        disabled=bool(why_not),
        help=why_not or None,
        label_visibility="collapsed",
    )
    return line.offers[at or 0]


def _examples(offer: Offer) -> None:
    """Two made-up values before and after."""
    lines = "  \n".join(f"`{_cut(before)}` :gray[→] `{_cut(after)}`" for before, after in offer.samples[:2])
    st.markdown(f":small[{lines}]")


def _cut(value: str) -> str:
    shown = value.replace("`", "'")
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


def _change(line: ColumnPrivacy, chosen: Offer, run: str, plan: str) -> None:
    """Why, and the verb: a new revision is computed with it, and the plan needs approval again."""
    key = f"why-{plan[:8]}-{line.verdict.column}"
    with st.form(f"form-{key}", border=False):
        reason = st.text_input("Reason", key=key, placeholder="Why, in a few words")
        pressed = st.form_submit_button(
            f"Change the masking of {line.verdict.column}", type="primary", key=f"change-{key}"
        )
    if pressed:
        mask = ColumnMask(
            column=line.verdict.column,
            operator=chosen.operator,
            semantic=line.verdict.semantic,
            reason=reason,
        )
        with guard():
            workspace().change_plan(me(), run, mask)
            forget(key)
            notify(f"{line.verdict.column}: {chosen.words.lower()}. The candidate is computed again.")
            st.rerun()


def summary(columns: Sequence[ColumnPrivacy]) -> str:
    """`8 of 11 columns hold personal data, 1 of them is not in the contract. 8 are masked.`"""
    personal = [one for one in columns if one.verdict.personal]
    unexpected = sum(one.verdict.unexpected for one in personal)
    masked = sum(one.mask.operator.kind != "keep" for one in columns)
    verb = "holds" if len(personal) == 1 else "hold"
    more = f", {number(unexpected)} of them not in the contract" if unexpected else ""
    share = percent(masked / len(columns)) if columns else "–"
    return (
        f"**{number(len(personal))} of {many(len(columns), 'column')}** {verb} personal data{more}. "
        f"The plan masks **{number(masked)}** :gray[({share})]."
    )


def order(line: ColumnPrivacy) -> tuple[bool, bool, bool]:
    """Personal data first; among them what would be published as it is, then what nobody foresaw."""
    kept = line.mask.operator.kind == "keep"
    return not line.verdict.personal, not kept, not line.verdict.unexpected
