"""Versions: what was published and who decided, what changed between two, rollbacks, and the shelf."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from governance.answers.versions import VersionLine, VersionsView
from governance.people import Verb
from governance.plural import many
from pages.parts.blocks import empty, guard
from pages.parts.difference import difference
from pages.parts.head import page_head
from pages.parts.releasing import report_buttons
from pages.parts.rollbacks import rollback_dialog, under_way_still, wish_line
from pages.parts.session import dialog, go, me, stay, url, watch, workspace
from pages.parts.timeline import CHANGES, ROWS, candidates, compared, version_line
from pages.parts.words import at, escape

PAGE = 50
"""Rows of the shelf shown at once."""


def choose_dataset() -> str:
    """The dataset that the address names, or another one from the list."""
    names = workspace().house.datasets()
    wanted = url("dataset")
    with st.container(horizontal=True, vertical_alignment="center"):
        page_head("Versions")
        chosen = st.selectbox(
            "Dataset",
            names,
            index=names.index(wanted) if wanted in names else 0,
            key=f"dataset-{wanted}",
            label_visibility="collapsed",
            width=260,
        )
    if chosen and chosen != wanted:
        stay(dataset=chosen, **({"version": "", "show": "", "from": ""} if wanted else {}))
    return chosen or ""


def timeline(view: VersionsView, chosen: int) -> None:
    st.markdown("#### Timeline")
    for line in view.versions:
        version_line(view, line, chosen=line.number == chosen)
    if view.why_not_roll_back and len(view.versions) > 1:
        st.caption(f":material/lock: {view.why_not_roll_back}")


def detail(view: VersionsView, line: VersionLine) -> None:
    """The chosen version: its rows, or what changed since another."""
    st.markdown(f"#### Version {line.number}")
    show = url("show", ROWS)
    others = [one.number for one in view.versions if one.number != line.number]
    labels = {ROWS: "Rows on the shelf", CHANGES: "What changed"}
    if others:
        picked = st.segmented_control(
            "Show",
            list(labels),
            format_func=lambda one: labels[one],
            key=f"show-{line.number}-{show}",
            default=show if show in labels else ROWS,
            label_visibility="collapsed",
            required=True,
        )
        if picked and picked != show:
            stay(show=picked)
            st.rerun()
    if show == CHANGES and others:
        changed(view, line, others)
    else:
        shelf(view.dataset, line)
    with st.expander("Its digests and report", key=f"about-{line.number}"):
        about(line)


def changed(view: VersionsView, line: VersionLine, others: list[int]) -> None:
    wanted = url("from")
    before = max((one for one in others if one < line.number), default=others[0])
    default = int(wanted) if wanted in map(str, others) else before
    since = st.selectbox(
        "Compared with",
        others,
        index=others.index(default),
        key=f"from-{line.number}-{default}",
        format_func=lambda one: f"version {one}",
        width=220,
    )
    if since and since != default:
        stay(**{"from": str(since)})
        st.rerun()
    if found := compared(view, since or default, line.number):
        difference(found, key=f"{since}-{line.number}")


def shelf(dataset: str, line: VersionLine) -> None:
    """A page of masked rows, and all of them as a file."""
    pages = max(1, -(-line.rows // PAGE))
    place = st.empty()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        page = st.pagination(pages, key=f"page-{dataset}-{line.number}") if pages > 1 else 1
        download(dataset, line)
    rows = workspace().see.shelf(me(), dataset, line.number, limit=PAGE, offset=(page - 1) * PAGE)
    first = (page - 1) * PAGE + 1
    with place.container():
        st.caption(f"Rows {first:,}–{first + len(rows.rows) - 1:,} of {rows.total:,}, masked.")
        columns = {name: [row[at_] for row in rows.rows] for at_, name in enumerate(rows.columns)}
        st.dataframe(
            columns,
            hide_index=True,
            height=560,
            column_config=narrow(rows.columns),
            placeholder="missing",
            key=f"shelf-{line.number}-{page}",
            alt=f"Masked rows of version {line.number}",
        )


def narrow(names: tuple[str, ...]) -> dict[str, Any]:
    """Columns of one width, so that more of them are seen at once; few columns share the whole width."""
    return {name: st.column_config.Column(width=130) for name in names} if len(names) > 5 else {}


def download(dataset: str, line: VersionLine) -> None:
    person, asked = me(), workspace().see

    def file() -> bytes:
        with TemporaryDirectory() as folder:
            out = Path(folder) / "shelf.csv"
            asked.shelf_csv(person, dataset, line.number, out)
            return out.read_bytes()

    st.download_button(
        f"Download {many(line.rows, 'row')} as CSV",
        file,
        file_name=f"{dataset}-version-{line.number}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"csv-{dataset}-{line.number}",
        on_click="ignore",
    )


def about(line: VersionLine) -> None:
    st.markdown(
        f"Published {at(line.published_at)} · candidate `{line.digest}`  \n"
        f"Content `{line.content}`, the fingerprint of its masked rows."
    )
    if me().may(Verb.SEE_RUNS):
        with st.container(horizontal=True):
            report_buttons(line.run)


def waiting(view: VersionsView) -> None:
    """What may become the next version, and rollbacks that wait or went wrong."""
    if me().may(Verb.SEE_RUNS):
        candidates(workspace().see.candidates(me(), view.dataset))
    for wish in view.rollbacks:
        wish_line(view, wish)
    under_way = tuple(wish.id for wish in view.rollbacks if wish.state == "releasing")
    if under_way:
        watch(partial(under_way_still, view.dataset, under_way), every=1.0)


with guard():
    dataset = choose_dataset()
    view = workspace().see.versions(me(), dataset)
    waiting(view)
    if not view.versions:
        text = f"Nothing of {escape(dataset)} was published. A run becomes version 1 when two people agree."
        button = "Submit a file" if me().may(Verb.SUBMIT) else ""
        if empty("No version yet", text, icon=":material/history:", button=button):
            go("submit", dataset=dataset)
    else:
        wanted = url("version")
        numbers = {str(line.number): line for line in view.versions}
        chosen = numbers.get(wanted, view.versions[0])
        left, right = st.columns((1, 1.6), gap="large")
        with left:
            timeline(view, chosen.number)
        with right:
            detail(view, chosen)
    name, facts = dialog()
    if name == "roll back":
        rollback_dialog(**facts)
