"""The card of the chosen item: what it is, examples, evidence, and what was proposed or decided."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from governance.answers.repairing import Proposal
from governance.answers.triage import ItemLine, TriageView
from governance.plural import many
from pages.parts.session import me, stay, workspace
from pages.parts.status import severity_markdown, state_markdown
from pages.parts.words import escape, number, percent

SHOWN = 3
"""Proposals that stand on the card; the panel has all."""

ABOUT = {
    "breach": "A promise of the contract about the whole table is broken. Mend rows until it is met: then "
    "this closes by itself. Or accept it: the data may be published although the promise is broken. No "
    "row changes, and your reason stands in the audit log and in the report.",
    "unreadable": "These lines are no rows of this table. They are kept with number and text (Run, Reports), "
    "and stay out of what is published. Accepting says that you have seen them.",
}
NOTE = "This changes no row. Accepting says that you have seen it; approval does not wait for it."


def card_head(view: TriageView, item: ItemLine) -> None:
    """Title, severity, how many rows, the promise in words, and what was decided."""
    st.markdown(f"#### {escape(item.title)}")
    lines = [_small_print(view, item)]
    for _, promise in item.rules:
        column, _, words = promise.partition(": ")
        lines.append(f":gray[Rule] **{escape(column)}** should be {escape(words)}")
    if item.shape:
        lines.append(f":gray[Shape] `{item.shape}`")
    st.markdown(
        "  \n".join(lines), help="In shapes 9 stands for digits, a for letters" if item.shape else None
    )
    if item.why:
        st.warning(escape(item.why), icon=":material/replay:")
    if item.decided:
        st.info(escape(item.decided), icon=":material/how_to_reg:")
    if not item.rules:
        st.markdown(ABOUT.get(item.kind, NOTE))
    if item.kind == "breach" and (short := missing_rows(view, item)):
        st.markdown(f"**{many(short, 'more row')}** must be kept to meet it.")


def _small_print(view: TriageView, item: ItemLine) -> str:
    parts = [severity_markdown(item.severity)]
    if item.rows:
        parts.append(f"**{many(item.rows, 'row')}**")
    if item.kind == "cluster":
        parts.append(f"{percent(item.rows / max(view.failing, 1))} of all failing rows")
    if item.required:
        parts.append("approval waits for this")
    if item.state != "open":
        parts.append(state_markdown(item.state))
    return " · ".join(parts)


def missing_rows(view: TriageView, item: ItemLine) -> int:
    """How many more rows must be kept until a breach of the pass rate is met; 0 for other breaches."""
    line = next((line for line in view.measures if item.key == f"breach-{line.key}"), None)
    if line is None or line.metric != "accuracy":
        return 0
    return max(0, math.ceil(line.limit * view.rows.get("in", 0)) - view.rows.get("kept", 0))


def proposals_of(view: TriageView, item: ItemLine) -> Sequence[Proposal]:
    """Repairs tried on the item's rows. Kept a revision long: they depend on what stands and nothing else."""
    if item.kind != "cluster" or item.state != "open" or view.why_not:
        return ()
    return _tried(view.strip.run, view.strip.revision, item.key, me().name)


@st.cache_data(show_spinner=False, max_entries=200)
def _tried(run: str, revision: int, item: str, _person: str) -> tuple[Proposal, ...]:
    return workspace().see.proposals(me(), run, item)


def proposal_name(one: Proposal) -> str:
    """`Drop the extension (phone) · 395 of 412 would pass`."""
    tried = "" if one.passes is None else f" · {number(one.passes)} of {number(one.of)} would pass"
    filled = one.changes is not None and one.changes != one.passes
    return f"{one.label}{tried}" + (f", {number(one.changes or 0)} get a value" if filled else "")


def proposal_key(one: Proposal) -> str:
    """A proposal's name in the address: columns and formulas, never a value of a row."""
    more = one.fix.expression or ",".join(one.fix.on)
    return f"{one.fix.column}/{one.fix.repair}" + (f"/{more}" if more else "")


def proposed(found: Sequence[Proposal]) -> None:
    """The repairs that mend most rows, each one a button that opens its preview."""
    mending = [one for one in found if one.passes or one.changes]
    if not mending:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="proposed"):
        st.markdown(":gray[Proposed]", width="content")
        for one in mending[:SHOWN]:
            st.button(
                proposal_name(one),
                key=f"propose-{proposal_key(one)}",
                icon=":material/auto_fix_high:",
                on_click=stay,
                kwargs={"do": "fix", "repair": proposal_key(one)},
            )
