"""A draft's suggestions on the page: each with its support and counter-examples, to accept, edit or reject."""

from __future__ import annotations

import hashlib

import streamlit as st

from governance.contract.drafting.suggestions import Drafted, Suggestion, left, without
from governance.people import Verb
from governance.plural import many
from pages.parts.blocks import guard
from pages.parts.contract_desk import column_form
from pages.parts.session import keep, me, notify, typed, workspace
from pages.parts.words import escape, share

TEXT, FOUND, ACCEPTED, EDITED = "submit-draft", "submit-suggestions", "submit-accepted", "submit-edited"


def suggestions(dataset: str) -> None:
    """The list; what is rejected leaves the YAML at once and is remembered for the dataset."""
    found: Drafted | None = typed(FOUND, None)
    if found is None:
        return
    accepted: frozenset[str] = typed(ACCEPTED, frozenset())
    open_ = [one for one in found.suggestions if one.key not in accepted]
    st.markdown(f"##### Suggestions :gray[{len(open_):,} to look at]")
    st.caption(
        "Those you do not reject stay in the contract. A rejected one does not come back in later drafts."
    )
    with st.container(height=420 if len(found.suggestions) > 4 else "content", key="suggestions"):
        for one in sorted(found.suggestions, key=lambda one: (one.key in accepted, -one.failing)):
            _suggestion(dataset, one, accepted=one.key in accepted)
    for key in found.rejected:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":small[:gray[Left out, because it was rejected: {escape(key)}]]", width="content")
            if st.button("Suggest it again", key=f"again-{key}", type="tertiary"):
                workspace().allow_suggestion(me(), dataset, key)
                notify("The next draft may suggest it again")
                keep(
                    FOUND, found.model_copy(update={"rejected": tuple(k for k in found.rejected if k != key)})
                )
                st.rerun()


def _suggestion(dataset: str, one: Suggestion, *, accepted: bool) -> None:
    mark = ":green[:material/check:] " if accepted else ""
    note = f"  \n:small[:gray[{escape(one.note)}]]" if one.note else ""
    st.markdown(f"{mark}**{escape(one.column)}** {escape(one.words)} · {_kept(one)}{note}")
    with st.container(horizontal=True, key=f"suggestion-{_short(one.key)}"):
        if not accepted and st.button(
            "Accept", key=f"accept-{one.key}", icon=":material/check:", help=one.key, type="tertiary"
        ):
            keep(ACCEPTED, frozenset({*typed(ACCEPTED, frozenset()), one.key}))
            st.rerun()
        if st.button("Edit", key=f"edit-{one.key}", icon=":material/edit:", help=one.key, type="tertiary"):
            keep(EDITED, "" if typed(EDITED) == one.key else one.key)
            st.rerun()
        if st.button(
            "Reject", key=f"reject-{one.key}", icon=":material/close:", help=one.key, type="tertiary"
        ):
            _reject(dataset, one)
    if one.failing:
        with st.expander(f"{many(one.failing, 'row')} would fail", key=f"counter-{one.key}"):
            _examples(one)
    if typed(EDITED) == one.key:
        text = str(typed(TEXT))
        with guard():
            column_form(text, hashlib.sha256(text.encode()).hexdigest(), TEXT, one.column)


def _kept(one: Suggestion) -> str:
    if one.support is None:
        return ":gray[judges no row]"
    kept = share(one.rows - one.failing, one.rows)
    return f":green[all {one.rows:,} rows keep it]" if not one.failing else f":orange[{kept} keep it]"


def _examples(one: Suggestion) -> None:
    if one.examples:
        cells = [f"`{escape(value)}`" if value is not None else "*no value*" for value in one.examples]
        st.markdown(f"For example {', '.join(cells)}")
    else:
        st.caption(f"The rows are not shown. {me().why_not(Verb.SEE_VALUES)}")


def _reject(dataset: str, one: Suggestion) -> None:
    found: Drafted = typed(FOUND)
    with guard():
        text, _ = without(str(typed(TEXT)), [one.key])
        workspace().reject_suggestion(me(), dataset, one.key)
        others = left([other for other in found.suggestions if other.key != one.key], text)
        keep(TEXT, text)
        keep(FOUND, found.model_copy(update={"suggestions": others, "rejected": (*found.rejected, one.key)}))
        st.rerun()


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:10]
