"""Pieces of the Release page: what still blocks, the measures, what was decided, and the end of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from governance.answers import Answers
from governance.answers.runs import RunView, Strip
from governance.errors import NotPermitted
from governance.people import Person, title
from governance.plural import many
from governance.release import DecisionLine, MaskLine
from governance.stages import Stage
from governance.stages.threshold import Judged
from governance.states import State
from pages.parts.measures import measure_name, promise, shown
from pages.parts.session import link, me, workspace
from pages.parts.stages import stage_table
from pages.parts.status import severity_markdown
from pages.parts.words import at, escape, number, short

LARGEST = 10
"""Undecided clusters that are listed."""

DONE = ":green[:material/check_circle:]"
OPEN = ":orange[:material/radio_button_unchecked:]"


def checklist(view: RunView) -> None:
    """What publishing takes, each line met or with the page that mends it."""
    run = view.strip.run
    computed = bool(view.candidate) and view.strip.state != State.REVISING
    _line(
        computed,
        f"Candidate `{short(view.candidate)}` computed, revision {view.strip.revision}",
        "Candidate being computed",
    )
    breaches = many(view.open_required, "breach", "breaches")
    _line(not view.open_required, "No breach left to decide", f"{breaches} to decide", page="triage", run=run)
    plan = f"Masking plan `{short(view.plan_digest)}` approved"
    _line(view.plan_approved, plan, "Masking plan not approved", page="privacy", run=run)
    given, needed = len(view.approvals), view.needed_approvals
    by = f" by {', '.join(title(name) for name in view.approvals)}" if given else ""
    _line(given >= needed, f"Approved{by}", f"{given} of {many(needed, 'approval')} given{by}")


def _line(met: bool, yes: str, no: str, *, page: str = "", run: str = "") -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.markdown(f"{DONE if met else OPEN} {yes if met else no}", width="stretch")
        if page and not met:
            link(page, page.capitalize(), icon=":material/arrow_forward:", run=run)


def thresholds(view: RunView) -> None:
    """Every promise: as the file came, and as it stands with the decisions."""
    raw = workspace().see.stage(me(), view.strip.run, Stage.THRESHOLD, Judged)
    first = {line.key: line for line in raw.measures} if raw else {}
    rows = ["| | Promise | As read | With decisions |", "|---|---|---:|---:|"]
    for line in view.measures:
        sign = ":green[:material/check:]" if line.met else ":red[:material/close:]"
        before = first.get(line.key)
        rows.append(
            f"| {sign} | {escape(measure_name(line))} {promise(line)} "
            f"| {shown(before, before.value) if before else '–'} | **{shown(line, line.value)}** |"
        )
    st.markdown("\n".join(rows))


def decisions(lines: Sequence[DecisionLine]) -> None:
    if not lines:
        st.caption("Nobody decided anything: every failing row stays in quarantine.")
        return
    words = {"fix": "fixed", "waive": "waived", "reject": "rejected", "accept": "accepted"}
    for line in lines:
        st.markdown(
            f"**{escape(title(line.person))}** {words.get(line.action, line.action)} "
            f"“{escape(line.title)}”  \n"
            f":small[:gray[{escape(' · '.join(part for part in (line.reason, line.terms) if part))}]]"
        )


def undecided(view: RunView) -> None:
    """Clusters that nobody decided about: their rows stay out."""
    try:
        items = workspace().see.triage(me(), view.strip.run).items
    except NotPermitted:
        st.caption(
            f"{many(view.open_items, 'item')} open. Rows that nobody decided about stay in quarantine."
        )
        return
    clusters = [item for item in items if item.kind == "cluster" and item.state == "open" and item.rows]
    if not clusters:
        st.caption("None: every cluster of failing rows was decided.")
        return
    st.markdown(f"{many(len(clusters), 'cluster')}, {many(sum(item.rows for item in clusters), 'row')}:")
    lines = [
        f"| {severity_markdown(item.severity)} | {escape(item.title)} | {number(item.rows)} |"
        for item in clusters[:LARGEST]
    ]
    st.markdown("\n".join(("| Severity | Cluster | Rows |", "| :--- | :--- | ---: |", *lines)))
    if more := len(clusters) - len(lines):
        link("triage", f"{number(more)} more in triage", icon=":material/arrow_forward:", run=view.strip.run)


def masking(lines: Sequence[MaskLine]) -> None:
    """One line a column: those that are masked first."""
    ordered = sorted(lines, key=lambda line: line.operator == "keep")
    half = -(-len(ordered) // 2)
    for place, part in zip(st.columns(2), (ordered[:half], ordered[half:]), strict=True):
        with place:
            st.markdown(
                "  \n".join(f"**{escape(line.column)}** :gray[{escape(line.description)}]" for line in part)
            )


@st.fragment(run_every=1.0)
def release_progress(run: str) -> None:
    """Stages 13–17 while the worker is at them; the strip above reruns the page at the end."""
    strip = workspace().see.strip(me(), run)
    st.markdown(f"#### Version {strip.version} is being published")
    last_stages(strip)
    st.caption(
        "Leaving this page is safe: the work goes on, and a release is done once however often it is tried."
    )


def last_stages(strip: Strip) -> None:
    """Act 2 as it goes, or as it went."""
    stage_table([mark for mark in strip.stages if mark.number >= Stage.VERSION.number])


def published(view: RunView) -> None:
    """The end: where the version is, and its report."""
    facts = view.facts
    with st.container(border=True, key="published"):
        st.markdown(f"### :green[:material/flag:] Version {view.strip.version} is published")
        approved = ", ".join(title(name.strip()) for name in facts.approved_by.split(","))
        said = f"{many(facts.rows.get('kept', 0), 'row')}, asked for by {title(facts.requested_by)}, "
        said += f"approved by {approved}, {at(facts.moment.replace(tzinfo=None)) if facts.moment else ''}"
        st.markdown(escape(said) + (f"  \nReason: {escape(facts.reason)}" if facts.reason else ""))
        with st.container(horizontal=True, vertical_alignment="center"):
            at_version = {"dataset": view.strip.dataset, "version": str(view.strip.version)}
            link("versions", "See it among the versions", icon=":material/history:", **at_version)
            report_buttons(view.strip.run)


FORMS = (
    ("html", "text/html", "Report (HTML)"),
    ("json", "application/json", "JSON"),
    ("txt", "text/plain", "Text"),
)


def report_buttons(run: str) -> None:
    """Downloads of a run's report; it is written when a button is pressed."""
    person, asked = me(), workspace().see
    for form, mime, label in FORMS:
        st.download_button(
            label, partial(_report, asked, person, run, form), file_name=f"report-{run}.{form}", mime=mime,
            key=f"report-{run}-{form}", icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _report(asked: Answers, person: Person, run: str, form: str) -> str:
    return asked.report(person, run)[form]
