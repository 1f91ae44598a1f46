"""A run's kept rows against Great Expectations: a second opinion by somebody else's code."""

from __future__ import annotations

import re

import streamlit as st

from governance.plural import many
from governance.stages.expectations import Checked, Expected
from pages.parts.blocks import empty


def expectations_tab(expected: Expected) -> None:
    """Each expectation of the generated suite, the failed ones first."""
    failed = sum(not one.success and not one.waived for one in expected.results)
    said = (
        f"{many(failed, 'expectation')} failed"
        if failed
        else f"All {many(len(expected.results), 'expectation')} hold"
    )
    if not expected.results:
        empty(
            "No expectation was checked",
            "No rule of the contract has one, or no row was kept.",
            icon=":material/rule:",
            key="no-expectations",
        )
        return
    st.markdown(f"##### {said}")
    sampled = "" if expected.sampled == (expected.rows_in or 0) else ", a sample spread evenly"
    st.caption(
        f"Suite `{expected.suite}`, generated from the contract and run by Great Expectations on "
        f"{many(expected.sampled, 'kept row')}{sampled}: a second opinion by somebody else's code."
    )
    results = sorted(expected.results, key=lambda one: (one.success, one.waived))
    st.dataframe(
        {
            "Result": [_result(one) for one in results],
            "Column": [one.column for one in results],
            "Expectation": [spoken(one.expectation) for one in results],
            "Unexpected": [one.unexpected or None for one in results],
            "Rule": [one.rule for one in results],
        },
        column_config={
            "Result": st.column_config.TextColumn(width=90),
            "Column": st.column_config.TextColumn(width=150),
            "Expectation": st.column_config.TextColumn(width=330),
            "Unexpected": st.column_config.NumberColumn(width=100, format="localized"),
            "Rule": st.column_config.TextColumn(width="medium"),
        },
        hide_index=True,
        height="content" if len(results) <= 15 else 560,
        placeholder="",
        alt="Results of the expectations",
    )


def _result(one: Checked) -> str:
    return "✓ met" if one.success else "◷ waived" if one.waived else "✕ failed"


def spoken(name: str) -> str:
    """`ExpectColumnValuesToNotBeNull` → `expect column values to not be null`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
