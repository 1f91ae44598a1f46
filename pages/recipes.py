"""Recipes: what was decided about a signature and approved, how often it was taken since, and files of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from governance.answers.recipes import RecipeLine
from governance.people import Verb
from governance.plural import many
from pages.parts.blocks import empty, guard, no_permission, reason_field, verb_button
from pages.parts.head import page_head
from pages.parts.recipes import counted
from pages.parts.session import me, notify, stay, url, workspace
from pages.parts.status import state_markdown
from pages.parts.words import escape

SHOWN = 30
"""Recipes listed at once."""
HELP = (
    "When a run is published that another person approved, its decisions on signatures become recipes. They are "
    "proposed on later runs with the same signature and never applied by themselves."
)


def listed(lines: Sequence[RecipeLine]) -> None:
    """A line a recipe; the one in the address is open."""
    shown = lines if url("all") else lines[:SHOWN]
    for line in shown:
        with st.container(border=True, key=f"recipe-{line.id}"):
            what, does, state, opens = st.columns([10, 14, 5, 2.6], vertical_alignment="center")
            what.markdown(
                f"**{escape(line.title)}**  \n:small[:gray[{escape(line.dataset)} · {line.signature}]]"
            )
            does.markdown(f"{escape(line.does)}  \n:small[:gray[{counted(line.counts)}]]")
            state.markdown(f"{state_markdown(line.state)}  \n:small[:gray[version {line.version}]]")
            chosen = url("recipe") == str(line.id)
            if opens.button("Close" if chosen else "Open", key=f"open-{line.id}", help=line.title):
                stay(recipe="" if chosen else str(line.id))
                st.rerun()
            if chosen:
                one(line)
    if len(lines) > len(shown) and st.button(f"Show all {len(lines):,}", key="show-all"):
        stay(all="1")
        st.rerun()


def one(line: RecipeLine) -> None:
    """Whence it comes, and what can be done about it."""
    st.markdown(f"{escape(line.said)}: {escape(line.does)}")
    if line.reason:
        st.markdown(f":gray[Decided because] {escape(line.reason)}")
    if line.changed:
        st.markdown(f":gray[{escape(line.changed)}]")
    if line.earlier:
        with st.expander(f"Earlier versions · {len(line.earlier):,}", key=f"earlier-{line.id}"):
            for old in line.earlier:
                st.markdown(
                    f"**{old.version}** · {escape(old.said)}: {escape(old.does)}  \n"
                    f":small[:gray[{counted(old.counts)}]]"
                )
    may = me().why_not(Verb.DECIDE)
    reason = "" if may else reason_field(f"recipe-reason-{line.id}")
    why_not = may or ("" if reason else "Give a reason first: it stands in the audit log.")
    with st.container(horizontal=True, gap="small"):
        if line.state == "waiting":
            approve(line, reason)
        if line.state == "retired":
            verb(line, "Bring it back", ":material/undo:", why_not, reason)
        else:
            words = "Turn it down" if line.state == "waiting" else "Retire it"
            verb(line, words, ":material/block:", why_not, reason)
    for said in dict.fromkeys([line.why_not if line.state == "waiting" else "", why_not]):
        if said:
            st.caption(said)


def approve(line: RecipeLine, reason: str) -> None:
    """The second person's yes to an imported recipe."""
    pressed = verb_button(
        "Approve it", key=f"approve-{line.id}", why_not=line.why_not, primary=True, icon=":material/verified:",
        caption=False,
    )  # fmt: skip
    if pressed:
        with guard():
            workspace().approve_recipe(me(), line.id, digest=line.digest, reason=reason)
            done(f"“{line.title}”: the recipe is proposed from now on")


def verb(line: RecipeLine, words: str, icon: str, why_not: str, reason: str) -> None:
    """Retire, turn down or bring back."""
    if verb_button(words, key=f"change-{line.id}", why_not=why_not, icon=icon, caption=False):
        with guard():
            if line.state == "retired":
                workspace().bring_back_recipe(me(), line.id, reason=reason)
                done(f"“{line.title}”: the recipe is back")
            else:
                workspace().retire_recipe(me(), line.id, reason=reason)
                done(f"“{line.title}”: the recipe is proposed no more")


def done(words: str) -> None:
    notify(words)
    stay(recipe="")
    st.rerun()


def files(dataset: str) -> None:
    """All recipes as a file, and a file of recipes read."""
    person = me()
    why_not = person.why_not(Verb.DECIDE) or person.why_not(Verb.SEE_VALUES)
    with st.expander("As a file", key="files"):
        st.markdown(
            "A file has each recipe in force: dataset, signature, what it does, who decided and approved. "
            "**What a fix writes stands in it**, so it may hold a value that somebody typed."
        )
        if why_not:
            st.caption(f":material/lock: {why_not}")
            return
        st.download_button(
            "Export as YAML",
            lambda: workspace().export_recipes(person, dataset),
            file_name=f"recipes{'-' + dataset if dataset else ''}.yaml",
            mime="text/yaml",
            icon=":material/download:",
            key="export",
            on_click="ignore",
        )
        given = st.file_uploader("Import a file of recipes", type=["yaml", "yml"], key="import-file")
        st.caption("Imported recipes are proposed when another person has approved them.")
        if given and st.button("Import", key="import", icon=":material/upload_file:"):
            take(given.getvalue())


def take(text: bytes) -> None:
    """Read a file, and say what became of it."""
    with guard():
        came = workspace().import_recipes(me(), text)
        known = f", {many(came.known, 'recipe')} here already" if came.known else ""
        st.success(f"{many(len(came.waiting), 'recipe waits', 'recipes wait')} for a second person{known}.")
        for said in came.left[:SHOWN]:
            st.warning(f"Left out: {escape(said)}", icon=":material/block:")
        if came.waiting:
            st.button("Show them", key="imported")


def chosen_dataset(names: Sequence[str]) -> str:
    """The dataset in the address; all without one."""
    wanted = url("dataset")
    if len(names) < 2 and wanted not in names:
        return ""
    options = ["", *names]
    chosen = st.selectbox(
        "Dataset",
        options,
        index=options.index(wanted) if wanted in options else 0,
        format_func=lambda name: name or "All datasets",
        key=f"recipes-of-{wanted}",
        label_visibility="collapsed",
        width=260,
    )
    if chosen != wanted:
        stay(dataset=chosen or "", recipe="")
    return chosen or ""


person = me()
page_head("Recipes", "Approved decisions, proposed where the same signature comes again.", help=HELP)
if not person.may(Verb.SEE_RUNS):
    no_permission("Recipes are not shown here", person.why_not(Verb.SEE_RUNS), "Choose another person.")
with guard():
    every = workspace().see.recipes(person)
    dataset = chosen_dataset(sorted({line.dataset for line in every}))
    if every:
        listed([line for line in every if dataset in ("", line.dataset)])
    else:
        empty("No recipe yet", HELP, icon=":material/menu_book:", key="no-recipe")
    files(dataset)
