"""The desk: form and YAML of a contract side by side, held against the one in force while it is changed."""

from __future__ import annotations

import hashlib

import streamlit as st

from governance.answers.contracts import ContractLine
from governance.answers.promises import Checked
from governance.contract.form import ColumnForm, TableForm, columns_of, table_of, with_column, with_table
from governance.contract.model import Cleaning, LogicalType
from governance.errors import ContractError
from governance.findings import Severity
from governance.people import Verb
from governance.plural import many
from pages.parts.blocks import guard, reason_field, refused, verb_button
from pages.parts.contract_backtest import back_test
from pages.parts.contract_changes import changes_list
from pages.parts.contract_rules import try_out
from pages.parts.session import forget, keep, me, notify, stay, typed, workspace
from pages.parts.words import escape

TABLE = "The whole table"
HEIGHT = 560


def desk(line: ContractLine) -> None:
    """Form left, YAML right, and below what the change comes to."""
    ws, person = workspace(), me()
    in_force = ws.see.contract_text(person, line.dataset)
    draft = f"contract-{line.dataset}-{line.digest[:12]}"
    text = str(typed(draft, in_force))
    digest = hashlib.sha256(text.encode()).hexdigest()
    checked = ws.see.contract_check(person, text)
    left, right = st.columns([5, 6], gap="large")
    with right:
        _yaml(text, digest, draft)
        _verdict(checked, text)
    with left, guard():
        column = _form(text, digest, draft)
    if checked.error:
        return
    if checked.dataset != line.dataset:
        st.warning(f"This is a contract of {escape(checked.dataset)} now: it would begin another dataset.")
        return
    if column:
        st.markdown(f"##### What {escape(column)} promises")
        rules = [rule for rule in checked.rules if column in rule.reads]
        try_out(line.dataset, text, digest, rules, key="desk")
        if not rules:
            st.caption("No rule is about it.")
    if digest == line.digest:
        st.caption("Nothing has changed yet: use the form, or write in the YAML.")
        return
    st.markdown("##### What would change")
    changes_list(checked.changes)
    _propose(line, text, digest, draft)


def fixed_width() -> None:
    """YAML is indented, so its field has letters of one width."""
    st.html("<style>textarea[aria-label='The contract in YAML'] {font-family: monospace}</style>")


def _yaml(text: str, digest: str, draft: str) -> None:
    st.markdown("##### YAML")
    st.html(
        "<style>textarea[aria-label='The contract in YAML'] {font-family: var(--mono, monospace)}</style>"
    )
    typed_text = st.text_area(
        "The contract in YAML",
        text,
        height=HEIGHT,
        key=f"yaml-{digest[:12]}",
        label_visibility="collapsed",
        help="Checked when you leave the field or press Ctrl and Enter",
    )
    if typed_text is not None and typed_text != text:
        keep(draft, typed_text)
        st.rerun()


def _verdict(checked: Checked, text: str) -> None:
    """Below the YAML: usable or not; and where not, the line and those around it."""
    if checked.error:
        where = f"Line {checked.line}: " if checked.line else ""
        st.error(f"**{where}{escape(checked.error)}**  \n{escape(checked.hint)}", icon=":material/error:")
        if checked.line:
            lines = list(enumerate(text.splitlines(), start=1))[max(checked.line - 3, 0) : checked.line + 2]
            st.code(
                "\n".join(f"{at:>4}{'▸' if at == checked.line else ' '} {said}" for at, said in lines), None
            )
        return
    holds = f"{many(len(checked.rules), 'rule')}, {many(checked.thresholds, 'threshold')}"
    st.markdown(f":green[:material/check:] It can be used: {holds}.")


def _form(text: str, digest: str, draft: str) -> str:
    """The form of one column or of the table; returns the column."""
    st.markdown("##### Form")
    names = [*(one.name for one in columns_of(text)), TABLE]
    chosen = st.selectbox(
        "Column", names, key=f"{draft}-column", help=f"Or “{TABLE}”: thresholds and approvals"
    )
    column_form(text, digest, draft, chosen)
    return "" if chosen == TABLE else chosen


def column_form(text: str, digest: str, draft: str, chosen: str) -> None:
    """The form of one column, or of the table; applied, only what differs is written into the kept text."""
    columns = {one.name: one for one in columns_of(text)}
    place = list(columns).index(chosen) if chosen in columns else len(columns)
    with st.form(f"form-{digest[:12]}-{place}", border=True):
        wanted = _column(columns[chosen]) if chosen in columns else _table(table_of(text))
        said = st.form_submit_button(
            "Apply to the YAML", icon=":material/arrow_forward:", help="Only what you changed is written"
        )
    if said:
        try:
            changed = with_table(text, wanted) if isinstance(wanted, TableForm) else with_column(text, wanted)
        except ContractError as error:
            refused(error)
        else:
            keep(draft, changed)
            st.rerun()


def _column(one: ColumnForm) -> ColumnForm:
    """Fields for what is usually said of a column; those that its type has no use for are left out."""
    types = [kind.value for kind in LogicalType]
    top = st.columns(2)
    kind = top[0].selectbox("Type", types, index=types.index(one.type) if one.type in types else 0)
    severities = ["", *(severity.value for severity in Severity)]
    severity = top[1].selectbox(
        "Severity of its rules", severities, index=severities.index(one.severity),
        format_func=lambda word: word or "as usual",
    )  # fmt: skip
    with st.container(horizontal=True):
        required = st.checkbox("Required", value=one.required)
        unique = st.checkbox("Unique", value=one.unique)
    asked: dict[str, object] = {}
    bounds = st.columns(2)
    if one.type == "string":
        for place, (field, label) in zip(
            bounds,
            (("min_length", "At least, characters"), ("max_length", "At most, characters")),
            strict=True,
        ):
            asked[field] = place.number_input(label, min_value=0, value=getattr(one, field), step=1)
        asked["pattern"] = st.text_input(
            "Pattern", one.pattern, help="RE2; the whole value must match it"
        ).strip()
    else:
        for place, (field, label) in zip(
            bounds, (("minimum", "At least"), ("maximum", "At most")), strict=True
        ):
            asked[field] = place.text_input(label, getattr(one, field)).strip()
    ways = [way.value for way in Cleaning]
    words = st.multiselect("One of", list(one.words), default=list(one.words), accept_new_options=True)
    cleaning = st.multiselect(
        "Cleaning, in this order", ways, default=[way for way in one.cleaning if way in ways]
    )
    missing = st.multiselect(
        "Words for a missing value", list(one.missing), default=list(one.missing), accept_new_options=True
    )
    return one.model_copy(
        update={**asked, "type": kind, "severity": severity, "required": required, "unique": unique,
                "words": tuple(words), "cleaning": tuple(cleaning), "missing": tuple(missing)}
    )  # fmt: skip


SHARES = (
    ("accuracy", "Rows passing, at least %"),
    ("refuse_below", "Refuse the file below %"),
    ("completeness", "Required cells there, at least %"),
    ("duplicates", "Duplicates, at most %"),
)


def _table(one: TableForm) -> TableForm:
    fields: dict[str, object] = {}
    places = [place for _ in range(2) for place in st.columns(2)]
    for place, (field, label) in zip(places, SHARES, strict=True):
        fields[field] = place.number_input(
            label,
            min_value=0.0,
            max_value=100.0,
            value=getattr(one, field),
            step=0.5,
            placeholder="no such line",
        )
    approvals = st.number_input(
        "People who must approve a publish", min_value=1, value=one.min_approvals, step=1
    )
    allowed = st.checkbox("--no-review may publish", value=one.allow_no_review)
    return one.model_copy(update={**fields, "min_approvals": approvals, "allow_no_review": allowed})


def _propose(line: ContractLine, text: str, digest: str, draft: str) -> None:
    back_test(line.dataset, text, digest, key="desk")
    reason = reason_field(f"propose-reason-{line.dataset}")
    why_not = me().why_not(Verb.CONTRACT) or ("" if reason else "Say in a few words why.")
    with st.container(horizontal=True):
        proposed = verb_button(
            "Propose this change", key="propose", primary=True, icon=":material/send:", why_not=why_not
        )
        if st.button("Start over", key="start-over", icon=":material/undo:", type="tertiary"):
            forget(draft)
            st.rerun()
    if proposed:
        with guard():
            added = workspace().add_contract(me(), text.encode(), reason=reason)
            forget(draft, f"propose-reason-{line.dataset}")
            notify("It is proposed. Another person must approve it.")
            stay(change=added.change)
            st.rerun()
