"""The back-test on the page: what a changed contract would have blocked and let through, by rule."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from governance.backtest import AT_ONCE, BackTest, Trial, summary
from governance.people import Verb
from governance.plural import many
from pages.parts.blocks import guard, verb_button
from pages.parts.session import keep, me, typed, workspace


def back_test(dataset: str, text: str, digest: str, *, key: str) -> None:
    """A button, and what came of it for exactly this text."""
    person = me()
    why_not = person.why_not(Verb.CONTRACT)
    kept = f"backtest-{key}-{digest[:12]}"
    if verb_button(
        "Back-test on the last 5 versions",
        key=f"backtest-{key}",
        icon=":material/science:",
        why_not=why_not,
        help="Judge their inputs again, kept and quarantined rows alike, and show what would differ",
    ):
        _run(dataset, text, kept, most=AT_ONCE)
    found: BackTest | None = typed(kept, None)
    if found is not None:
        _show(found)
        if found.sampled and st.button("On all rows", key=f"backtest-all-{key}", icon=":material/dataset:"):
            _run(dataset, text, kept, most=None)
            st.rerun()


def _run(dataset: str, text: str, kept: str, *, most: int | None) -> None:
    with guard(), st.spinner("Judging the old inputs again"):
        keep(kept, workspace().back_test(me(), dataset, text.encode(), most=most))


def _show(found: BackTest) -> None:
    if not found.trials:
        st.caption("There is no version and no run yet to try it on.")
        return
    st.markdown(f"**{summary(found.trials)}**")
    if found.sampled:
        st.caption("Of a sample, evenly spread over each input; repeated values are found within it only.")
    if not found.published:
        st.caption("Nothing is published yet: tried on the last runs.")
    st.dataframe(pd.DataFrame([_line(trial) for trial in found.trials]), hide_index=True)
    shifts = [(trial, shift) for trial in found.trials for shift in trial.shifts]
    if shifts:
        rows = [
            {"Input": _name(trial), "Rule": shift.rule, "Newly blocked": shift.blocks, "Newly let through": shift.lets}
            for trial, shift in shifts
        ]  # fmt: skip
        st.dataframe(pd.DataFrame(rows), hide_index=True, height=min(35 * (len(rows) + 1) + 3, 300))
    for trial in found.trials:
        if trial.refused:
            st.markdown(f":red[:material/block:] {_name(trial)} would be refused: {trial.refused}")


def _name(trial: Trial) -> str:
    return f"version {trial.version}" if trial.version else f"run {trial.run}"


def _line(trial: Trial) -> dict[str, object]:
    return {
        "Input": f"{_name(trial)}, {trial.file}",
        "Rows tried": trial.rows if trial.rows == trial.of else f"{trial.rows:,} of {trial.of:,}",
        "Fixes": many(trial.fixes, "fix", "fixes") if trial.fixes else "as read",
        "Blocked then": trial.blocked_before,
        "Blocked now": trial.blocked_after,
        "Newly blocked": trial.newly_blocked,
        "Newly let through": trial.newly_let,
    }
