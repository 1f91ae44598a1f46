"""Release: what publishing a run's candidate would change, what still blocks it, and the verbs that do it."""

from __future__ import annotations

import streamlit as st

from governance.answers.runs import RunView
from governance.answers.versions import Difference
from governance.states import State
from pages.parts.bars import WHERE, rows_bar
from pages.parts.blocks import empty, guard, need_run
from pages.parts.difference import difference, known_difference
from pages.parts.live import live_strip
from pages.parts.release_verbs import approve, break_glass, plan_button, publish, reject_button, reject_dialog
from pages.parts.releasing import (
    checklist,
    decisions,
    last_stages,
    masking,
    published,
    release_progress,
    thresholds,
    undecided,
)
from pages.parts.session import dialog, go, me, workspace
from pages.parts.status import state_markdown
from pages.parts.words import escape, percent, share


def candidate_difference(view: RunView) -> Difference | None:
    """Against the shelf as it is now; computed once for a candidate and a current version."""
    person, asked = me(), workspace().see
    current = asked.versions(person, view.strip.dataset).versions
    content = current[0].content if current else ""
    with st.spinner("Comparing with the shelf …"):
        return known_difference(
            lambda: asked.candidate(person, view.strip.run),
            str(workspace().house.settings.root),
            view.strip.dataset,
            view.candidate,
            content,
            str(current[0].number if current else 0),
        )


def changes(view: RunView, found: Difference | None) -> None:
    """What the approver reads, most important first."""
    if found is None:
        return
    shelf = f"version {found.before}" if found.before is not None else "an empty shelf"
    st.markdown(f"#### What would change on the shelf, against {shelf}")
    difference(found, key=f"candidate-{view.candidate[:8]}")


def evidence(view: RunView) -> None:
    st.markdown("#### Where the rows went")
    rows_bar(view.strip.rows, said="Where the rows went", labels=False)
    facts, rows = view.facts, view.strip.rows
    total = rows.get("in", 0)
    parts = (f"{state_markdown(one)} {share(rows.get(one, 0), total)}" for one in WHERE)
    st.markdown("  ".join(parts))
    raw, waived = percent(facts.pass_rate_raw), percent(facts.pass_rate_waived)
    left, right = st.columns(2)
    left.metric("Pass every rule (raw)", raw)
    below = f"{rows.get('waived', 0):,} rows waived"
    right.metric("Kept, with waivers", waived, below, delta_color="off", delta_arrow="off")
    st.markdown("#### Thresholds")
    thresholds(view)
    st.markdown("#### Decisions")
    decisions(facts.decisions)
    st.markdown("#### Rows that stay in quarantine, undecided")
    undecided(view)
    st.markdown("#### Masking")
    masking(facts.masking)


def desk(view: RunView, found: Difference | None) -> None:
    """The checklist and the verbs, beside the evidence."""
    with st.container(border=True, key="desk"):
        version = found.after if found else "…"
        st.markdown(f"#### {view.strip.dataset}: towards version {version}")
        checklist(view)
        if not view.plan_approved and not view.open_required:
            plan_button(view)
        if view.strip.state == State.APPROVED:
            publish(view, version)
        else:
            approve(view)
        st.markdown(f":small[:gray[Candidate]  \n`{view.candidate}`]")
    break_glass(view)
    reject_button(view)


def nothing(view: RunView) -> None:
    """No candidate: still on its way, or ended without one."""
    text = {
        State.SKIPPED: "The same input was seen before, so there is nothing new to publish.",
        State.REJECTED: f"The run was rejected: {escape(view.strip.error) or 'the contract refuses it'}.",
        State.FAILED: "The run stopped before its candidate was computed. Resume it on its page.",
    }.get(
        view.strip.state,
        "The candidate is what stages 1–12 come to. This page fills by itself when they are done.",
    )
    button = "" if view.strip.working else "Open the run"
    if empty("No candidate to release", text, icon=":material/rocket_launch:", button=button, key="release"):
        go("run", run=view.strip.run)


run = need_run("release")
with guard():
    view = workspace().see.run(me(), run)
    live_strip(view.strip, here="release")
    state = view.strip.state
    if state == State.PUBLISHED:
        published(view)
        last_stages(view.strip)
        st.divider()
        evidence(view)
    elif state == State.RELEASING:
        release_progress(run)
    elif not view.candidate or view.strip.ended:
        nothing(view)
    else:
        found = candidate_difference(view)
        left, right = st.columns((2.1, 1), gap="large")
        with right:
            desk(view, found)
        with left:
            changes(view, found)
            evidence(view)
    name, facts = dialog()
    if name == "reject":
        reject_dialog(**facts)
