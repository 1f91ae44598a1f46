"""Audit: who did what and why, one line an event; whether the log is whole; and the log to take away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from governance.answers.ledgers import EventChoices, EventLine
from governance.people import Verb
from governance.plural import many
from pages.parts.blocks import empty, guard, no_permission, reason_field, verb_button
from pages.parts.events import event_panel, verdict_panel
from pages.parts.head import page_head
from pages.parts.session import keep, me, notify, stay, typed, url, workspace
from pages.parts.words import at, escape, local

PAGE = 100
"""Events shown at once."""
TIMES = {"": "At any time", "1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days"}


def filters(choices: EventChoices) -> dict[str, Any]:
    """What is shown, from the address; a changed filter changes the address."""
    titles = dict(choices.actors)
    people = [name for name, _ in choices.actors]
    who, data, run, action, time, only = st.columns((1, 1, 1, 1.2, 1, 1), vertical_alignment="bottom")
    with who:
        actor = _choice("actor", "Person", people, "Everyone", titles)
    with data:
        dataset = _choice("dataset", "Dataset", list(choices.datasets), "Every dataset")
    with run:
        run_id = _choice("run", "Run", list(choices.runs), "Every run")
    with action:
        named = _choice("action", "Action", list(choices.actions), "Every action")
    with time:
        days = _choice("days", "Time", list(TIMES)[1:], TIMES[""], TIMES)
    with only:
        everyone = st.toggle("People only", value=url("all") != "1", key="people-only",
                             help="Leaves out what the worker recorded by itself")  # fmt: skip
        stay(all="" if everyone else "1")
    since = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=int(days)) if days else None
    return {"actor": actor, "dataset": dataset, "run": run_id, "action": named, "since": since,
            "people_only": everyone and not actor}  # fmt: skip


def _choice(
    name: str, label: str, options: list[str], every: str, titles: dict[str, str] | None = None
) -> str:
    """One filter. What the address says is chosen even when the log does not know it."""
    wanted = url(name)
    known = ["", *options, *([wanted] if wanted and wanted not in options else [])]
    chosen = st.selectbox(label, known, index=known.index(wanted), key=f"filter-{name}-{wanted}",
                          format_func=lambda one: (titles or {}).get(one, one) if one else every)  # fmt: skip
    if chosen != wanted:
        stay(**{name: chosen, "event": ""})
        st.rerun()
    return chosen


def event_table(events: tuple[EventLine, ...]) -> None:
    """The lines; choosing one opens it beside them."""
    found = st.dataframe(
        {
            "No.": [event.seq for event in events],
            "When": [local(event.at) for event in events],
            "What happened": [event.sentence for event in events],
            "Dataset": [event.dataset for event in events],
            "Run": [event.run for event in events],
        },
        column_config={
            "No.": st.column_config.NumberColumn(width=60, format="localized"),
            "When": st.column_config.DatetimeColumn(width=155, format="D MMM YYYY, HH:mm:ss"),
            "What happened": st.column_config.TextColumn(width=None if url("event") else 560),
            "Dataset": st.column_config.TextColumn(width=90),
            "Run": st.column_config.TextColumn(width=100),
        },
        hide_index=True,
        height=min(620, 38 + 35 * len(events)),
        on_select="rerun",
        selection_mode="single-cell",
        key=f"events-{url('event')}-{events[0].seq}",
        alt="Events, newest first",
    )
    chosen = [events[row].seq for row, _ in found.selection.cells]
    if chosen and str(chosen[0]) != url("event"):
        stay(event=str(chosen[0]))
        st.rerun()


def log(asked: dict[str, Any]) -> None:
    see, person = workspace().see, me()
    total = see.event_count(person, **asked)
    if not total:
        empty("No event fits", "Take a filter away, or turn off “People only”.", icon=":material/fact_check:")
        return
    opened = see.event(person, int(url("event"))) if url("event").isdigit() else None
    lines, panel = st.columns((1.9, 1), gap="medium") if opened else (st.container(), None)
    with lines:
        pages = -(-total // PAGE)
        page = st.pagination(pages, key=f"page-{total}") if pages > 1 else 1
        st.caption(f"{many(total, 'event')}, newest first. Choose one to open it.")
        event_table(see.events(person, **asked, limit=PAGE, offset=(page - 1) * PAGE))
    if opened and panel:
        with panel:
            event_panel(opened)


def broken_glass() -> None:
    """In red: what was published without a second person and nobody signed off yet."""
    for one in workspace().see.unsigned(me()):
        with st.container(border=True, key=f"glass-{one.run}"):
            st.error(
                f"**{escape(one.person)} published version {one.version} of {escape(one.dataset)} without a second "
                f"person** {at(one.at)}: {escape(one.reason)}",
                icon=":material/emergency_home:",
            )
            reason = "" if one.why_not else reason_field(f"sign-{one.run}")
            why_not = one.why_not or ("" if reason else "Give a reason first: it stands in the audit log.")
            if verb_button("Sign it off", key=f"sign-off-{one.run}", why_not=why_not):
                with guard():
                    workspace().sign_off(me(), one.run, reason=reason)
                    notify("Signed off.")
                    st.rerun()


def verify() -> None:
    """The verb, its verdict, and the exports."""
    see, person = workspace().see, me()

    def signed() -> str:
        return "".join(f"{head.model_dump_json()}\n" for head in see.heads(person))

    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Verify the log", key="verify", type="primary", icon=":material/verified_user:"):
            with st.spinner(f"Checking {many(see.event_count(person), 'event')}, one by one …"):
                keep("verdict", (workspace().verify_audit(person), datetime.now(UTC).replace(tzinfo=None)))
        st.download_button(
            "Export the log", lambda: "".join(see.event_lines(person)), file_name="audit.jsonl", key="export",
            mime="application/jsonl", icon=":material/download:", on_click="ignore",
            help="Every event as one line of JSON with its hash, so that it can be verified elsewhere",
        )  # fmt: skip
        st.download_button(
            "Export the signed heads", signed,
            file_name="audit-heads.jsonl", key="heads", mime="application/jsonl", icon=":material/key:",
            on_click="ignore", help="Keep them elsewhere: they show if the log is ever cut behind them",
        )  # fmt: skip
    if found := typed("verdict", None):
        verdict, when = found
        verdict_panel(verdict, f"Checked {at(when)}.")


page_head("Audit", "Every decision, approval and release, in order. Nothing here can be changed, by anyone.")
if why_not := me().why_not(Verb.AUDIT):
    no_permission("The audit log is not yours to read", why_not, "Ask an auditor, a steward or an approver.")
with guard():
    broken_glass()
    verify()
    log(filters(workspace().see.event_choices(me())))
