"""A file comes in: how it would be read, which contract holds it, and then its seventeen stages, live."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from governance.answers.files import Guess
from governance.house import dataset_name
from governance.intake import safe_source
from governance.people import Verb
from governance.plural import many
from governance.reading.choice import ReadingChoice
from governance.reading.preview import Preview
from pages.parts.blocks import empty, guard, no_permission, verb_button
from pages.parts.contract_desk import fixed_width
from pages.parts.head import page_head, run_strip
from pages.parts.keys import keyboard, letter
from pages.parts.marks import stage_lines
from pages.parts.next_step import next_step
from pages.parts.reading import choice_form, how_read
from pages.parts.session import (
    address,
    forget,
    keep,
    me,
    notices,
    notify,
    stay,
    typed,
    url,
    watch,
    workspace,
)
from pages.parts.suggestions import suggestions
from pages.parts.words import escape

EVERY = 1.0
UPLOAD, PLACE, SAMPLE = "Upload", "Path or S3", "Sample"
person = me()
ws = workspace()


def choose_file() -> None:
    """Left: where the file comes from. What was chosen is in the address, its bytes in the vault."""
    ways = [UPLOAD, PLACE, SAMPLE]
    way = st.segmented_control("Where the file comes from", ways, default=UPLOAD, key="submit-way") or UPLOAD
    with guard():
        {UPLOAD: from_upload, PLACE: from_place, SAMPLE: from_sample}[way]()


def from_upload() -> None:
    got = st.file_uploader(
        "File",
        key="submit-upload",
        label_visibility="collapsed",
        help="Text with delimiters in any encoding, Excel, Parquet or JSON Lines, also in gzip, zstd or ZIP. "
        "Give the path of a file beyond 500 MB.",
    )
    if got is not None and typed("submit-taken") != got.file_id:
        with st.spinner("Keeping the bytes"):
            digest = ws.keep_upload(person, got)
        keep("submit-taken", got.file_id)
        took(digest, got.name, "upload")


def from_place() -> None:
    with st.form("submit-place", border=False):
        place = st.text_input(
            "Path on this machine, s3:// address, or database",
            placeholder="/data/march.csv, s3://bucket/in/*.csv or postgresql://…?table=…",
            key="submit-source",
            help="A pattern such as /data/*.csv reads many files as one table. A database is only read.",
        )
        query = st.text_input("Query, for a database without ?table=", key="submit-query")
        if st.form_submit_button("Look at it", icon=":material/search:") and place.strip():
            with st.spinner("Fetching"):
                digest, file = ws.fetch(person, place.strip(), query=query.strip())
            took(digest, file, safe_source(place.strip()))


def from_sample() -> None:
    names = [line.name for line in ws.see.datasets() if line.has_sample]
    name = st.selectbox("Dataset", names, key="submit-sample")
    seed = st.number_input(
        "Seed",
        min_value=1,
        max_value=1_000_000,
        value=1,
        key="submit-seed",
        help="The same seed gives the same file",
    )
    if name and st.button("Make the sample", icon=":material/science:"):
        with st.spinner("Making it"):
            digest, file = ws.keep_sample(person, name, seed=int(seed))
        took(digest, file, "sample")


def took(digest: str, file: str, source: str) -> None:
    forget("submit-dataset", "submit-draft")
    stay(input=digest, file=file, source=source, run="")
    st.rerun()


def show_file(digest: str, file: str) -> None:
    """Right: how the file was read and may be read otherwise, which contract holds it, and Start."""
    above, fields, below = (
        st.container(),
        st.expander("Read it otherwise", icon=":material/tune:"),
        st.container(),
    )
    with fields, guard():
        choice = choice_form(digest)
        with above, guard():
            show_reading(digest, file, choice)
            with below:
                show_contract(digest, file, choice)


def show_reading(digest: str, file: str, choice: ReadingChoice) -> None:
    """The file as this choice reads it."""
    seen = ws.see.preview_file(person, digest, choice=choice)
    st.markdown(f"### {escape(file)}")
    st.markdown(how_read(seen))
    if choice.said:
        st.markdown(f":blue[:material/tune:] As you say: {escape(choice.words)}")
    for doubt in (*seen.reading.doubts, *seen.reading.renamed):
        st.markdown(f":orange[:material/info:] {escape(doubt)}")
    first_rows(seen)


def show_contract(digest: str, file: str, choice: ReadingChoice) -> None:
    """Which contract holds it, or a draft of one; and Start."""
    columns = ws.see.preview_file(person, digest, choice=choice).reading.columns
    st.markdown("##### Contract")
    dataset = choose_dataset(ws.see.guess_dataset(columns), file)
    if dataset is None:
        draft_contract(digest, file, choice)
    else:
        start(dataset, digest, file, choice)


def first_rows(seen: Preview) -> None:
    if why_not := person.why_not(Verb.SEE_VALUES):
        st.caption(f"The first lines are not shown. {why_not}")
        st.markdown("Columns: " + ", ".join(f"`{name}`" for name in seen.reading.columns))
    elif seen.rows:
        frame = pd.DataFrame(list(seen.rows), columns=list(seen.reading.columns), dtype="string")
        st.dataframe(
            frame,
            hide_index=True,
            height=min(260, 40 + 35 * len(frame)),
            alt=f"The first {len(seen.rows)} rows",
        )
        st.caption(f"The first {many(len(seen.rows), 'row')} with a field for each column, as they stand.")
    else:
        st.caption("No row below the header has a value for each column.")


def choose_dataset(guesses: tuple[Guess, ...], file: str) -> str | None:
    """The dataset that holds the file, the best guess first; None to draft a new contract."""
    names = [guess.dataset for guess in guesses]
    draft = "Draft a contract from this file"
    likely = bool(guesses) and guesses[0].likely
    wanted = typed("submit-added") or (names[0] if likely else draft)
    options = [*names, draft]
    chosen = st.selectbox(
        "Dataset",
        options,
        index=options.index(wanted) if wanted in options else 0,
        key="submit-dataset",
        label_visibility="collapsed",
    )
    if chosen == draft:
        if not likely:
            st.caption("No contract fits these columns.")
        return None
    guess = next(guess for guess in guesses if guess.dataset == chosen)
    st.caption(f"{'Chosen because ' if likely and guess is guesses[0] else ''}{why(guess)}.")
    return str(chosen)


def why(guess: Guess) -> str:
    said = guess.reason
    if guess.missing:
        said += f"; missing: {escape(', '.join(guess.missing[:6]))}"
    if guess.extra:
        said += f"; not promised: {escape(', '.join(guess.extra[:6]))}"
    return said


def start(dataset: str, digest: str, file: str, choice: ReadingChoice) -> None:
    with st.expander("Options"):
        force = st.checkbox("Run again though the same file was seen before", key="submit-force")
    if verb_button(
        "Start",
        key="submit-start",
        primary=True,
        icon=":material/play_arrow:",
        why_not=person.why_not(Verb.SUBMIT),
        shortcut=letter("A", on=keyboard().on),
    ):
        run = ws.submit(
            person,
            dataset,
            input_digest=digest,
            file=file,
            source=url("source", "upload"),
            force=force,
            reading=choice,
        )
        stay(run=run, input="", file="", source="")
        st.rerun()


def draft_contract(digest: str, file: str, choice: ReadingChoice) -> None:
    """A contract drafted from the file, to read and change before it is added."""
    if typed("submit-draft-how", choice.words) != choice.words:
        forget("submit-draft")
    keep("submit-draft-how", choice.words)
    name = st.text_input("Name of the new dataset", value=dataset_name(file), key=f"submit-name-{digest[:8]}")
    if verb_button(
        "Draft a contract",
        key="submit-draft-it",
        icon=":material/edit_document:",
        primary=not typed("submit-draft"),
        why_not=person.why_not(Verb.CONTRACT) or ("" if name else "Give the dataset a name."),
    ):
        with st.spinner("Reading the whole file and describing its columns"):
            found = ws.suggestions(person, digest, file, name, reading=choice)
        forget("submit-accepted", "submit-edited")
        keep("submit-draft", found.text)
        keep("submit-suggestions", found)
        st.rerun()
    if not typed("submit-draft"):
        return
    suggestions(name)
    drafted = str(typed("submit-draft"))
    st.markdown("##### The contract")
    fixed_width()
    text = st.text_area(
        "The contract in YAML",
        drafted,
        height=380,
        key=f"submit-yaml-{hash(drafted)}",
        label_visibility="collapsed",
    )
    if text != drafted:
        keep("submit-draft", text)
        st.rerun()
    if st.button("Add this contract", type="primary", icon=":material/add:"):
        added = ws.add_contract(person, text.encode())
        forget("submit-draft", "submit-suggestions", "submit-dataset")
        keep("submit-added", added.dataset)
        waits = "added" if added.in_force else "proposed; another person must approve it"
        notify(f"Contract {added.number} of {added.dataset} {waits}")
        st.rerun()


def show_run(run: str) -> None:
    """The run's stages, live until it stands still; then what to do next."""
    notices()
    strip = ws.see.strip(person, run)
    if strip.working:
        watch(partial(live, run), every=EVERY)
    else:
        run_strip(strip, here="submit")
        next_step(ws.see.run(person, run))
        with st.container(border=True):
            stage_lines(strip)
    if st.button("Submit another file", icon=":material/upload_file:", type="tertiary"):
        forget("submit-taken", "submit-added", "submit-force")
        stay(run="")
        st.rerun()


def live(run: str, itself: bool) -> None:
    strip = ws.see.strip(me(), run)
    if itself and not strip.working:
        st.rerun()
    run_strip(strip, here="submit")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "Leaving the page is safe: the worker goes on, and the inbox shows where it stands.", width=330
        )
        st.code(address("run", run=run), language=None, width="stretch")
    stage_lines(strip)


if not person.may(Verb.SUBMIT):
    page_head("Submit")
    no_permission(
        "Files are submitted by stewards and approvers",
        person.why_not(Verb.SUBMIT),
        "Send the file to one of them, or choose another person in the sidebar.",
    )

with guard():
    if url("run"):
        show_run(url("run"))
    else:
        page_head(
            "Submit", "A file is read and checked on a copy. Nothing is published until two people agree."
        )
        left, right = st.columns([1, 2.2], gap="large")
        with left:
            choose_file()
        with right, guard():
            if url("input"):
                show_file(url("input"), url("file", "file"))
            else:
                empty(
                    "No file yet",
                    "How it is read, its first lines and the contract that fits appear here.",
                    icon=":material/description:",
                    key="submit-none",
                )
