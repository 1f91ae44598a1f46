"""Contracts: which there are, what waits for a second person, and a desk to change one and try the change."""

from __future__ import annotations

import streamlit as st

from governance.answers.contracts import ContractLine
from governance.people import Verb, title
from governance.plural import many
from pages.parts.blocks import empty, guard, no_permission
from pages.parts.contract_changes import change_card, changes_list
from pages.parts.contract_desk import desk
from pages.parts.contract_rules import rules_list
from pages.parts.head import page_head
from pages.parts.session import link, me, stay, url, workspace
from pages.parts.words import ago, escape

EDIT, RULES, VERSIONS = "Change it", "Rules", "Versions"


def every(lines: tuple[ContractLine, ...]) -> None:
    """One line a dataset; what waits stands first."""
    page_head("Contracts", "What each dataset promises. A change needs a second person.")
    if not lines:
        empty("No contract yet", "Submit a file: a contract can be drafted from it.", key="no-contract")
        link("submit", "Submit a file", icon=":material/upload_file:")
        return
    for line in sorted(lines, key=lambda line: not line.waiting):
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key=f"line-{line.dataset}"
        ):
            st.markdown(f"**{escape(line.title)}**  \n:small[:gray[{escape(line.dataset)}]]", width=220)
            holds = f"{many(line.columns, 'column')} · {many(line.rules, 'rule')}"
            st.markdown(f"{said_of(line)}  \n:small[:gray[{holds}]]", width="stretch")
            if line.waiting:
                waits = many(len(line.waiting), "change waits", "changes wait")
                st.markdown(f":blue-badge[:material/visibility: {waits}]", width="content")
            if st.button("Open", key=f"open-{line.dataset}", help=f"The contract of {line.dataset}"):
                stay(dataset=line.dataset)
                st.rerun()


def said_of(line: ContractLine) -> str:
    return (
        f"Contract {line.number} · `{line.digest[:8]}` · {escape(title(line.added_by))}, {ago(line.added_at)}"
    )


def one(line: ContractLine) -> None:
    """One dataset's contract: what waits, then the desk, its rules, or its versions."""
    with st.container(horizontal=True, vertical_alignment="center"):
        page_head(line.title)
        if st.button("All contracts", icon=":material/arrow_back:", type="tertiary"):
            stay(dataset="", change="", show="")
            st.rerun()
    st.markdown(said_of(line))
    for change in line.waiting:
        change_card(change, chosen=change.id == url("change"))
    ways = [EDIT, RULES, VERSIONS]
    wanted = url("show")
    show = st.segmented_control(
        "Show",
        ways,
        default=wanted if wanted in ways else EDIT,
        key=f"show-{line.dataset}",
        label_visibility="collapsed",
    )
    if show and show != (wanted or EDIT):
        stay(show=show)
    with guard():
        {EDIT: desk, RULES: rules_list, VERSIONS: versions}[show or EDIT](line)


def versions(line: ContractLine) -> None:
    """Every contract that is or was in force, and what each changed."""
    for version in line.versions:
        by = f"{title(version.added_by)}, {ago(version.added_at)}"
        approved = f" · approved by {title(version.approved_by)}" if version.approved_by else ""
        with st.expander(f"Contract {version.number} · {version.digest[:8]} · {by}{approved}", on_change="rerun",
                         key=f"version-{line.dataset}-{version.number}") as opened:  # fmt: skip
            if opened.open:
                if version.number > 1:
                    changes_list(ws.see.contract_between(person, line.dataset, version.number))
                text = ws.see.contract_text(person, line.dataset, version.number)
                st.code(text, language="yaml", height=380, line_numbers=True)
                st.download_button(
                    "Download", text, file_name=f"{line.dataset}-{version.number}.yaml", mime="text/yaml",
                    icon=":material/download:", key=f"download-{line.dataset}-{version.number}",
                )  # fmt: skip


person, ws = me(), workspace()
if not person.may(Verb.SEE_RUNS):
    page_head("Contracts")
    no_permission("Contracts are not shown here", person.why_not(Verb.SEE_RUNS), "Choose another person.")
with guard():
    known = ws.see.contracts(person)
    chosen = next((line for line in known if line.dataset == url("dataset")), None)
    if chosen is None:
        every(known)
    else:
        one(chosen)
