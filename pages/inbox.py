"""What waits for this person, what runs, and how quality went."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import streamlit as st

from governance.answers.inbox import Inbox, QualityLine, Waiting
from governance.answers.runs import DatasetLine, Strip
from governance.people import Verb
from governance.plural import many
from pages.parts.bars import trend
from pages.parts.blocks import age, empty, guard, verb_button
from pages.parts.head import page_head
from pages.parts.session import go, link, me, stay, url, workspace
from pages.parts.status import state_markdown
from pages.parts.words import escape, number, percent, seconds

EVERY, IDLE = 1.0, 4.0
"""Seconds between two looks at the runs, while one is at work and while none is."""
RECENT = 12
person = me()
ws = workspace()


def first_visit(inbox: Inbox) -> None:
    """Nothing was ever submitted: two datasets to try, one of them as the next step."""
    st.markdown(
        "Nothing has been submitted yet. Run a sample file to see a whole run, or submit a file of your own."
    )
    samples = [line for line in ws.see.datasets() if line.has_sample]
    for column, line in zip(st.columns(max(len(samples), 1)), samples, strict=False):
        with column, st.container(border=True, height="stretch"):
            dataset_card(line, primary=line is samples[0])
    if st.button(
        "Submit your own file",
        icon=":material/upload_file:",
        type="tertiary",
        disabled=not person.may(Verb.SUBMIT),
    ):
        go("submit")


def dataset_card(line: DatasetLine, *, primary: bool) -> None:
    st.markdown(f"#### {escape(line.title or line.name)}")
    st.markdown(escape(line.description))
    st.caption(f"{many(len(line.columns), 'column')} · {many(line.rules, 'rule')} · contract {line.contract}")
    if verb_button(
        "Run the sample file",
        key=f"sample-{line.name}",
        primary=primary,
        icon=":material/play_arrow:",
        why_not=person.why_not(Verb.SUBMIT),
    ):
        with guard():
            digest, file = ws.keep_sample(person, line.name)
            run = ws.submit(person, line.name, input_digest=digest, file=file, source="sample")
            go("submit", run=run)


def waiting_list(lines: list[Waiting]) -> None:
    mine = [line for line in lines if line.mine]
    others = [line for line in lines if not line.mine]
    st.markdown(f"##### Waiting for you :gray[{len(mine)}]")
    if not mine:
        st.caption("Nothing waits for you." + (" Others can go on with what is below." if others else ""))
    for number_, line in enumerate(mine):
        waiting_line(line, primary=number_ == 0)
    if others:
        st.markdown(f"##### Waiting for others :gray[{len(others)}]")
    for line in others:
        waiting_line(line, primary=False)


def waiting_line(line: Waiting, *, primary: bool) -> None:
    """Dataset, file, what waits, since when, and the one button that opens the right page."""
    key = line.run or line.rollback or line.change or f"{line.page}-{line.dataset}"
    why_not = f"  \n:small[:gray[{escape(line.why_not)}]]" if line.why_not else ""
    about = (line.dataset, line.file, escape(line.what) + why_not)
    if card(key, *about, since=line.since, button=line.action, primary=primary):
        open_line(line)


def card(
    key: str, dataset: str, file: str, words: str, *, since: datetime, button: str, primary: bool = False
) -> bool:
    """One line of the inbox, in columns that are the same for all; true when its button is pressed."""
    with st.container(border=True, key=f"line-{key}"):
        name, what, when, action = st.columns([2.2, 5.6, 1.1, 1.4], vertical_alignment="center")
        name.markdown(f"**{escape(dataset)}**  \n:small[:gray[{escape(file)}]]")
        what.markdown(words)
        with when:
            age(since, stretch=True)
        style: Literal["primary", "secondary"] = "primary" if primary else "secondary"
        return action.button(button, key=f"open-{key}", type=style, width="stretch")


def open_line(line: Waiting) -> None:
    if line.rollback:
        go(line.page, dataset=line.dataset, rollback=line.rollback)
    if line.change:
        go(line.page, dataset=line.dataset, change=line.change)
    if line.recipes:
        go(line.page, dataset=line.dataset)
    go(line.page, run=line.run)


def states(strips: tuple[Strip, ...]) -> str:
    return ",".join(f"{strip.run}:{strip.state}:{strip.revision}" for strip in strips)


def running(drawn: str) -> None:
    """Runs at work, from the ledger; when one starts, moves or stops, the whole page is drawn again."""
    now = ws.see.runs(me(), limit=30)
    if states(now) != drawn:
        st.rerun()
    at_work = [strip for strip in now if strip.working]
    if at_work:
        st.markdown(f"##### Running :gray[{len(at_work)}]")
    for strip in at_work:
        with st.container(border=True, key=f"running-{strip.run}", gap="xsmall"):
            link(
                "submit" if person.may(Verb.SUBMIT) else "run",
                f"{strip.dataset} · {strip.file}",
                run=strip.run,
            )
            st.progress(strip.done / len(strip.stages), text=progress(strip))


def progress(strip: Strip) -> str:
    at_it = next((mark for mark in strip.stages if mark.state == "running"), None)
    took = sum(mark.seconds or 0 for mark in strip.stages)
    name = f"{at_it.name} · " if at_it else f"{strip.state} · "
    return f":small[{strip.done} of {len(strip.stages)} · {name}{seconds(took)}]"


def recent(strips: tuple[Strip, ...]) -> None:
    st.markdown("##### Recent runs")
    with st.container(gap="xsmall", key="recent"):
        for strip in strips[:RECENT]:
            recent_line(strip)


def recent_line(strip: Strip) -> None:
    file, state, rows, since = st.columns([3, 1.8, 3.6, 1.3], vertical_alignment="center")
    with file:
        link("run", f"{strip.dataset} · {strip.file}", run=strip.run)
    state.markdown(state_markdown(strip.state))
    published = f" · version {strip.version}" if strip.version else ""
    rows.markdown(f":small[{rows_text(strip)}{published}]")
    with since:
        age(strip.submitted_at, stretch=True)


def rows_text(strip: Strip) -> str:
    if not strip.rows.get("in"):
        return ":gray[–]"
    out = strip.rows.get("quarantined", 0)
    share = percent(out / strip.rows["in"])
    return f"{number(strip.rows.get('kept', 0))} kept · {number(out)} quarantined :gray[{share}]"


def quality(inbox: Inbox) -> None:
    """Share of rows kept over the last runs of each dataset, and how much is open."""
    st.markdown("##### Quality")
    if inbox.quality:
        for column, line in zip(st.columns(max(len(inbox.quality), 2)), inbox.quality, strict=False):
            with column:
                quality_line(line)
    ages = " · ".join(f"{number(count)} {age}" for age, count in inbox.open_items.items() if count)
    decided = many(inbox.decisions_this_week, "decision")
    total = many(sum(inbox.open_items.values()), "open item")
    st.caption(f"{total}{f' ({ages})' if ages else ''} · {decided} in the last seven days")


def quality_line(line: QualityLine) -> None:
    last = line.points[-1].share
    below = line.threshold is not None and last < line.threshold
    title = f"{line.dataset}: {percent(last)} of rows kept" + (", below its promise" if below else "")
    st.markdown(f":small[**{escape(title)}**]")
    trend(line.points, line.threshold, said=title)


def filtered(inbox: Inbox) -> Inbox:
    """Only what the address names: a dataset, what waits for who looks, runs in one state."""
    name, state = url("dataset"), url("state")
    there = {strip.run for strip in inbox.recent if state in ("", strip.state)}
    return inbox.model_copy(
        update={
            "waiting": tuple(
                line
                for line in inbox.waiting
                if name in ("", line.dataset)
                and (line.mine or not url("mine"))
                and (not state or line.run in there)
            ),
            "recent": tuple(
                strip for strip in inbox.recent if name in ("", strip.dataset) and strip.run in there
            ),
            "quality": tuple(line for line in inbox.quality if name in ("", line.dataset)),
        }
    )


def items_of_mine() -> None:
    """Items that are assigned to who looks, or whose comments name them."""
    found = [line for line in ws.see.mine(person) if url("dataset") in ("", line.dataset)]
    if not found or not person.may(Verb.DECIDE):
        return
    st.markdown(f"##### Yours to look at :gray[{len(found)}]")
    for line in found:
        key = f"mine-{line.run}-{line.item}"
        due = f" · due {line.due:%Y-%m-%d}" if line.due else ""
        words = f"{escape(line.title)}  \n:small[:gray[{escape(line.why)}{due}]]"
        if card(key, line.dataset, line.file, words, since=line.at, button="Open"):
            go("triage", run=line.run, item=line.item)


def choose_more(inbox: Inbox) -> None:
    """What waits for who looks only, and runs in one state."""
    names = sorted({str(strip.state) for strip in inbox.recent})
    now = url("state") if url("state") in names else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="filters"):
        mine = st.toggle("Mine only", value=bool(url("mine")), key="inbox-mine")
        state = st.selectbox(
            "State",
            names,
            index=names.index(now) if now else None,
            format_func=lambda name: name.replace("_", " ").lower(),
            placeholder="Any state",
            key=f"inbox-state-{now}",
            label_visibility="collapsed",
            width=190,
        )
    if mine != bool(url("mine")) or (state or "") != (now or ""):
        stay(mine="1" if mine else "", state=state or "")
        st.rerun()


def choose_dataset(names: tuple[str, ...]) -> None:
    now = url("dataset") or "All datasets"
    choices = ["All datasets", *names]
    chosen = st.selectbox(
        "Dataset",
        choices,
        index=choices.index(now) if now in choices else 0,
        key=f"inbox-dataset-{now}",
        label_visibility="collapsed",
    )
    if chosen != now:
        stay(dataset="" if chosen == "All datasets" else chosen)
        st.rerun()


if not person.may(Verb.SEE_RUNS):
    page_head("Inbox")
    if empty(
        "Runs are for stewards, approvers and auditors",
        f"{person.why_not(Verb.SEE_RUNS)}  \nWhat is published, masked, is open to you.",
        icon=":material/lock:",
        button="See versions",
        key="no-permission",
    ):
        go("versions")
    st.stop()

with guard():
    inbox = ws.see.inbox(person)
    if inbox.empty:
        page_head("Inbox")
        first_visit(inbox)
        st.stop()
    title, choice = st.columns([3, 1], vertical_alignment="bottom")
    with title:
        page_head("Inbox")
    with choice:
        choose_dataset(inbox.datasets)
    choose_more(inbox)
    shown = filtered(inbox)
    waiting_list(list(shown.waiting))
    items_of_mine()
    every = EVERY if inbox.running else IDLE
    st.fragment(running, run_every=every)(states(inbox.recent))
    recent(shown.recent)
    quality(shown)
