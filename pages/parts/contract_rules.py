"""A contract's rules on the page: each with its line, the rows that break it, and the SQL it runs as."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from governance.answers.contracts import ContractLine
from governance.answers.promises import RuleLine, RuleTry
from governance.people import Verb
from pages.parts.session import keep, me, typed, workspace
from pages.parts.status import severity_markdown
from pages.parts.words import escape, share

SHOWN = 40
"""Rules tried and drawn at once."""


def rules_list(line: ContractLine) -> None:
    """Every rule of the contract in force."""
    text = workspace().see.contract_text(me(), line.dataset)
    checked = workspace().see.contract_check(me(), text)
    wanted = st.text_input(
        "Find a rule", key=f"find-{line.dataset}", placeholder="A column, a rule or its words"
    )
    found = [one for one in checked.rules if wanted.casefold() in f"{one.id} {one.words}".casefold()]
    st.caption(f"{len(found):,} of {len(checked.rules):,} rules")
    try_out(line.dataset, text, line.digest, found[:SHOWN], key="all")
    if len(found) > SHOWN:
        st.caption(f"The first {SHOWN} are shown: type to find others.")
    for words in checked.not_run:
        st.markdown(f":gray-badge[kept, not run] {escape(words)}")


def try_out(dataset: str, text: str, digest: str, rules: Sequence[RuleLine], *, key: str) -> None:
    """The rules with what breaks them, on a sample at once and on all rows when asked."""
    person = me()
    if why_not := person.why_not(Verb.CONTRACT):
        for rule in rules:
            st.markdown(_said(rule, None))
        st.caption(why_not)
        return
    kept = f"whole-{key}-{digest[:12]}"
    whole = bool(typed(kept, False))
    names = tuple(rule.id for rule in rules)
    with st.spinner("Trying the rules on the newest run's rows"):
        tried = {
            one.rule: one for one in workspace().see.try_rules(person, dataset, text, names, whole=whole)
        }
    first = next(iter(tried.values()), None)
    for rule in rules:
        _rule(rule, tried.get(rule.id), key=key)
    if first is None:
        st.caption("No run has been judged yet, so the rules cannot be tried on rows.")
    elif first.rows < first.of:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"On the first {first.rows:,} of {first.of:,} rows of {first.file}, as read.", width="content"
            )
            if st.button("On all rows", key=f"try-all-{key}", icon=":material/dataset:", type="tertiary"):
                keep(kept, True)
                st.rerun()
    else:
        st.caption(f"On all {first.of:,} rows of {first.file}, as read.")


def _rule(rule: RuleLine, tried: RuleTry | None, *, key: str) -> None:
    if tried is None:
        st.markdown(_said(rule, None))
        return
    with st.expander(_said(rule, tried), key=f"rule-{key}-{rule.id}", on_change="rerun") as opened:
        if opened.open:
            _rows(tried)
            st.code(tried.sql, language="sql", wrap_lines=True, height=140)
            st.caption("It runs as printed, in DuckDB, where this installation keeps its files.")


def _rows(tried: RuleTry) -> None:
    if tried.examples:
        frame = pd.DataFrame(
            [[row, *cells] for row, cells in tried.examples], columns=["row", *tried.columns], dtype="string"
        )
        st.dataframe(frame, hide_index=True, alt=f"The first {len(frame)} failing rows")
    elif tried.failing:
        st.caption(f"The rows are not shown. {me().why_not(Verb.SEE_VALUES)}")


def _said(rule: RuleLine, tried: RuleTry | None) -> str:
    """A rule on one line: how grave, what it promises, where it stands, and how many rows break it."""
    fails = ""
    if tried is not None:
        fails = f" · :orange[{share(tried.failing, tried.rows)} fail]" if tried.failing else " · none fail"
    return (
        f"{severity_markdown(rule.severity, word=False)} **{escape(rule.id)}** should be {escape(rule.words)}"
        f" · line {rule.line}{fails}"
    )
