"""The first tab of a run: what came in, where each row went, what was promised, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.runs import RunView
from governance.answers.triage import ItemLine
from governance.people import title
from governance.plural import many
from governance.stages.load import Loaded
from governance.stages.threshold import Measure
from pages.parts.bars import WHERE, bullets, rows_bar
from pages.parts.findings import findings_list
from pages.parts.next_step import next_step
from pages.parts.words import ago, bytes_, escape, number, percent, short


def overview(view: RunView, loaded: Loaded | None, items: Sequence[ItemLine]) -> None:
    """Where the rows went and what was promised on the left, the next step and the input on the right."""
    left, right = st.columns([7, 4], gap="large")
    with left:
        _rows(view)
        _promises(view.measures)
    with right:
        next_step(view)
        _input(view, loaded)
    st.markdown("##### Findings by dimension")
    if view.findings:
        findings_list(view.strip.run, view.findings, items)
    else:
        st.caption("Nothing was found.")


def _rows(view: RunView) -> None:
    rows = view.strip.rows
    total = rows.get("in", 0)
    if not total:
        st.caption("No row was read.")
        return
    if sum(rows.get(where, 0) for where in WHERE) != total:
        st.markdown(f"##### {many(total, 'row')} came in; none was judged")
        return
    st.markdown(f"##### {rows_said(rows)}")
    rows_bar(rows, said=rows_said(rows))
    if view.strip.same_as:
        st.caption("Nothing was computed again: these are the figures of the earlier run.")
    if rows.get("waived"):
        st.caption(f"{many(rows['waived'], 'kept row')} break a rule that was waived.")


def rows_said(rows: dict[str, int]) -> str:
    """Where the rows went, as one sentence."""
    total = rows.get("in", 0)
    kept = rows.get("kept", 0)
    out = [f"{rows[key]:,} {key}" for key in ("quarantined", "unreadable") if rows.get(key)]
    rest = f"; {', '.join(out)}" if out else "; nothing stays out"
    return f"{number(kept)} of {many(total, 'row')} kept ({percent(kept / total)}){rest}"


def _promises(measures: Sequence[Measure]) -> None:
    if not measures:
        return
    broken = sum(not line.met for line in measures)
    said = f"{broken} of {many(len(measures), 'promise')} broken" if broken else "Every promise is met"
    st.markdown(f"##### {said}")
    bullets(measures)


def _input(view: RunView, loaded: Loaded | None) -> None:
    strip, facts = view.strip, view.facts
    st.markdown("##### What came in")
    lines = [f"**{escape(strip.file)}**"]
    if loaded:
        reading = loaded.reading
        lines[0] += f" · {bytes_(loaded.size)}"
        lines.append(
            f"{many(len(reading.columns), 'column')} · {escape(reading.words)}, "
            f"{'with' if reading.header else 'without'} header"
        )
    lines += [
        f":gray[Contract] {escape(facts.contract_title or strip.dataset)} {escape(view.contract_version)}",
        f":gray[Submitted by] {escape(title(strip.submitted_by))}, {ago(strip.submitted_at)}",
        f":gray[Bytes] `{short(view.input_digest)}`"
        + (f" :gray[· candidate] `{short(view.candidate)}`" if view.candidate else ""),
    ]
    st.markdown("  \n".join(lines))
    for doubt in loaded.reading.doubts if loaded else ():
        st.caption(f":material/info: {escape(doubt)}")
