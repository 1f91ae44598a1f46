"""What a fix does: a ready-made repair, a value, or an expression."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.recipes import Offered
from governance.answers.repairing import Proposal
from governance.answers.triage import ItemLine
from governance.people import Verb
from governance.review.choices import Action, Fix
from pages.parts.actions import RECIPE
from pages.parts.cards import proposal_key, proposal_name
from pages.parts.editing import edited_fix
from pages.parts.keys import BY_HAND
from pages.parts.session import held, me, stay, url
from pages.parts.words import escape

EXPRESSION = "expression"


def chosen_fix(
    run: str, item: ItemLine, proposals: Sequence[Proposal], offered: Offered | None = None
) -> Fix | Offered | str:
    """What the recipe proposes, a ready-made repair, a value, an expression, or cells edited by hand; while it is not
    whole, the key of the field that must be filled first."""
    by_key = {proposal_key(one): one for one in proposals}
    recipe = {RECIPE: offered} if offered and offered.action is Action.FIX else {}
    options = [*recipe, *by_key, EXPRESSION, *([] if me().why_not(Verb.SEE_VALUES) else [BY_HAND])]
    names = {key: f"Recipe: {one.does}" for key, one in recipe.items()}
    names |= {key: proposal_name(one) for key, one in by_key.items()}
    names |= {EXPRESSION: "Write a SQL expression", BY_HAND: "Edit cells by hand"}
    at = options.index(url("repair")) if url("repair") in options else len(recipe)
    field = f"how-{item.key}-{url('repair')}"
    how = st.selectbox(
        "How", options, index=at, key=field, format_func=lambda key: names[key], on_change=_how, args=(field,)
    )
    if how == BY_HAND:
        return edited_fix(run, item)
    if how == RECIPE:
        return recipe[RECIPE]
    if how == EXPRESSION:
        return _expression(item)
    chosen = by_key[str(how)]
    if chosen.steps:
        st.markdown("\n".join(f"1. {escape(step)}" for step in chosen.steps))
    if not chosen.needs_value:
        return chosen.fix
    key = f"value-{item.key}-{how}"
    value = st.text_input("Value", key=key, placeholder="The value to set").strip()
    return chosen.fix.model_copy(update={"value": value}) if value else key


def _how(field: str) -> None:
    """The way to the grid and back is in the address: letters are no keys while it is open. A browser may still speak
    of the field when its panel is closed."""
    if url("do") and BY_HAND in (url("repair"), chosen := held(field)):
        stay(repair=chosen)


def _expression(item: ItemLine) -> Fix | str:
    column = item.columns[0]
    if len(item.columns) > 1:
        column = str(st.selectbox("Column", item.columns, key=f"column-{item.key}"))
    key = f"expression-{item.key}"
    text = st.text_input(
        f"New value of {column}",
        key=key,
        placeholder="trim(…), lower(…), regexp_replace(…)",
        help="One value over the row, in SQL: columns by name, text in single quotes, no SELECT.",
    ).strip()
    return Fix(column=column, expression=text) if text else key
