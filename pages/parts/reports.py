"""Downloads of a run. Each is made when its button is pressed, so that opening the tab costs nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from governance.answers.runs import RunView
from governance.export import safe_name
from governance.people import Person
from governance.plural import many
from governance.stages.load import Loaded
from governance.workspace import Workspace
from pages.parts.deep import deep_report
from pages.parts.session import me, workspace

MOST_LINES = 200


def reports_tab(view: RunView, loaded: Loaded | None, *, judged: bool) -> None:
    """The report in three forms, the failing cells, the contract, and the lines that could not be read."""
    run, stem = view.strip.run, safe_name(f"{view.strip.dataset}-{view.strip.run}")
    left, middle, right = st.columns(3, gap="large")
    with left:
        _head(
            "Report",
            "What came in, every stage with its time, findings, decisions, masking and digests, "
            "as it stands now.",
        )
        for form, name, mime in (
            ("html", "HTML", "text/html"),
            ("json", "JSON", "application/json"),
            ("txt", "Text", "text/plain"),
        ):
            _download(
                name, _report(workspace(), me(), run, form), f"{stem}.{form}", mime, key=f"report-{form}"
            )
    with middle:
        hidden = " Values are hidden from you." if view.why_not_values else ""
        _head(
            "Cells",
            f"One line for every cell that breaks a rule: row, column, rule, severity, observed, "
            f"expected.{hidden}",
        )
        see = workspace().see
        if judged:
            _download(
                "Findings, CSV",
                _cells(see.failing_cells, me(), run),
                f"{stem}-findings.csv",
                "text/csv",
                key="findings-csv",
            )
        if view.candidate:
            _download(
                "Quarantine, CSV",
                _cells(see.quarantine, me(), run),
                f"{stem}-quarantine.csv",
                "text/csv",
                key="quarantine-csv",
            )
        if not judged:
            st.caption("The rows have not been judged.")
    with right:
        _head(
            "Contract", f"The promises this run was held to, version {view.contract_version}, byte for byte."
        )
        _contract(view)
    deep_report(view, stem)
    if loaded and loaded.unreadable.rows:
        _unreadable(run, loaded.unreadable.rows)


def _head(title: str, text: str) -> None:
    st.markdown(f"##### {title}")
    st.caption(text)


def _download(label: str, make: Callable[[], str | bytes], file: str, mime: str, *, key: str) -> None:
    st.download_button(
        label,
        make,
        file_name=file,
        mime=mime,
        key=key,
        on_click="ignore",
        width="stretch",
        icon=":material/download:",
    )


def _report(house: Workspace, person: Person, run: str, form: str) -> Callable[[], str]:
    return lambda: house.see.report(person, run)[form]


def _cells(write: Callable[..., int], person: Person, run: str) -> Callable[[], bytes]:
    """Cells as CSV, written by the engine to a file that is gone afterwards."""

    def make() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "cells.csv"
            write(person, run, out)
            return out.read_bytes()

    return make


def _contract(view: RunView) -> None:
    newest = workspace().house.contract(view.strip.dataset)
    if newest.digest == view.contract_digest:
        _download(
            "Contract, YAML",
            lambda: newest.text,
            f"{safe_name(view.strip.dataset)}.yaml",
            "application/yaml",
            key="contract-yaml",
        )
    else:
        st.caption(
            "The dataset has a newer contract by now; this one is in the ledger under "
            f"`{view.contract_digest[:8]}`."
        )


def _unreadable(run: str, count: int) -> None:
    st.markdown(f"##### {many(count, 'line')} could not be read")
    lines = workspace().see.unreadable(me(), run, limit=MOST_LINES)
    st.dataframe(
        {name.capitalize(): [line[name] for line in lines] for name in ("line", "reason", "text")},
        column_config={
            "Line": st.column_config.NumberColumn(width=70, format="localized"),
            "Reason": st.column_config.TextColumn(width=220),
            "Text": st.column_config.TextColumn(width="large"),
        },
        hide_index=True,
        height="content" if len(lines) <= 10 else 400,
        alt="Lines that could not be read",
    )
    if count > len(lines):
        st.caption(f"The first {len(lines):,} of {count:,}.")
