"""What decisions do: the bar on top of triage, always true, and the preview of one before it is applied."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.triage import TriageView
from governance.effect import Effect
from governance.plural import many
from governance.review.choices import Action
from governance.stages.threshold import Measure
from governance.states import State
from pages.parts.bars import rows_bar
from pages.parts.measures import measure_markdown, measure_name, shown
from pages.parts.words import escape, number

CELL = 40


def effect_bar(view: TriageView) -> None:
    """Where the rows stand after the decisions so far, and each promise before and after them."""
    with st.container(border=True, key="effect-bar", gap="small"):
        left, right = st.columns([5, 6], gap="large", vertical_alignment="center")
        with left:
            said = _rows_said(view)
            st.markdown(said)
            rows_bar(view.rows, said=said.replace("*", ""), labels=False)
        with right:
            st.markdown("  \n".join(_promises(view.measures, view.measures_first)))
        if view.strip.state == State.REVISING:
            st.caption(
                f":material/progress_activity: Computing revision {view.strip.revision}. "
                "The figures are those of the last one; go on deciding."
            )


def _rows_said(view: TriageView) -> str:
    rows = view.rows
    total, kept = rows.get("in", 0), rows.get("kept", 0)
    first = total - rows.get("unreadable", 0) - view.failing
    if kept == first:
        moved = f"**{number(kept)}** kept"
    else:
        moved = f"{number(first)} kept → after your decisions **{number(kept)}** ({kept - first:+,})"
    return f"{many(total, 'row')}: {moved} · **{number(rows.get('quarantined', 0))}** in quarantine"


def _promises(now: Sequence[Measure], first: Sequence[Measure]) -> list[str]:
    """A line for each promise that is broken or that decisions moved; the others together in one."""
    before = {line.key: line for line in first}
    moved = [line for line in now if not line.met or before.get(line.key, line).value != line.value]
    said = [measure_markdown(line, before.get(line.key)) for line in sorted(moved, key=lambda line: line.met)]
    rest = [f"{escape(measure_name(line))} {shown(line, line.value)}" for line in now if line not in moved]
    return [*said, f":small[:gray[:material/check: {' · '.join(rest)}]]"] if rest else said


def effect_preview(effect: Effect, action: Action, rows: int) -> None:
    """The figures of a decision that is not made yet."""
    kept, out = effect.after.kept - effect.before.kept, effect.after.quarantined - effect.before.quarantined
    with st.container(border=True, key="preview"):
        st.markdown(":small[:gray[What this would do]]")
        first, second, third = st.columns(3)
        first.metric("Rows kept", number(effect.after.kept), _change(kept))
        second.metric(*_second(effect, action, rows))
        third.metric("In quarantine", number(effect.after.quarantined), _change(out), delta_color="inverse")
        st.markdown("  \n".join(_consequences(effect)))
        _sample(effect)


def _change(difference: int) -> str | None:
    return f"{difference:+,}" if difference else None


def _second(effect: Effect, action: Action, rows: int) -> tuple[str, str]:
    if action is Action.FIX:
        return "Still failing", f"{effect.touched - effect.mended:,} of {rows:,}"
    if action is Action.WAIVE:
        return "Kept by waiver", number(effect.after.waived)
    if action is Action.SEND_BACK:
        return "Sent back", number(effect.after.sent_back)
    return "Rejected by a person", number(effect.after.rejected)


def _consequences(effect: Effect) -> list[str]:
    """Promises that change, those that flip first."""
    before = {line.key: line for line in effect.measures_before}
    flips = {line.key for line in effect.flips}
    said = []
    for line in sorted(effect.measures_after, key=lambda line: line.key not in flips):
        old = before.get(line.key)
        if old is None or old.value == line.value:
            continue
        if line.key in flips:
            verdict = "is met then" if line.met else "would be broken"
            said.append(f"{measure_markdown(line, old)} · **{verdict}**")
        else:
            still = "still met" if line.met else "still broken"
            said.append(
                f"{escape(measure_name(line))} {shown(old, old.value)} → {shown(line, line.value)}, {still}"
            )
    return said or [":gray[No promise changes.]"]


def _sample(effect: Effect) -> None:
    """A few cells before and after, for those who may see values."""
    if not effect.sample:
        return
    st.dataframe(
        {
            "Row": [cell.row for cell in effect.sample],
            "Column": [cell.column for cell in effect.sample],
            "Before": [_cut(cell.before) for cell in effect.sample],
            "After": [_cut(cell.after) for cell in effect.sample],
            "": ["✓ passes" if cell.passes else "✕ still fails" for cell in effect.sample],
        },
        column_config={
            "Row": st.column_config.NumberColumn(width=64, format="localized"),
            "Column": st.column_config.TextColumn(width=110),
            "": st.column_config.TextColumn(width=100),
        },
        hide_index=True,
        height="content",
        placeholder="(nothing)",
        alt="Cells before and after the fix",
    )


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= CELL else text[:CELL] + "…"
