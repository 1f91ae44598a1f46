"""Lines mended by hand, rows for the supplier, and the file that comes back."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from governance.answers.triage import ItemLine, TriageView
from governance.people import Person, Verb
from governance.plural import many
from governance.workspace import Workspace
from pages.parts.actions import look_again
from pages.parts.blocks import guard, reason_field, verb_button
from pages.parts.session import me, notify, workspace
from pages.parts.words import escape, number


def by_hand(view: TriageView, item: ItemLine) -> None:
    """What can be done about the item by who may see people's values; nothing for others."""
    if not _allowed(view):
        return
    with guard():
        if item.kind == "unreadable":
            _lines(view, item)
        elif item.kind in ("cluster", "selection") and item.state == "sent back":
            _corrected(view, item)


def _allowed(view: TriageView) -> bool:
    return not (view.why_not or me().why_not(Verb.SEE_VALUES))


def _lines(view: TriageView, item: ItemLine) -> None:
    """One line at a time: its text, the row that it becomes, the verdict, and the verb."""
    run = view.strip.run
    waiting = [one for one in workspace().unread_lines(me(), run, limit=200) if one.mended is None]
    if not waiting:
        return
    st.markdown("##### Mend a line")
    names = {one.line: f"Line {one.line:,}: {one.reason}" for one in waiting}
    line = st.selectbox("Line", list(names), format_func=lambda one: names[one], key=f"line-{item.version}")
    text = next(one.text for one in waiting if one.line == line)
    typed = st.text_area("As it should read", text, key=f"text-{line}", height=90)
    reason = reason_field(f"mend-{line}", view.reasons)
    if typed == text:
        st.caption("Change the line: what it becomes is shown before anything is applied.")
        return
    with st.spinner("Reading the line again…"):
        found = workspace().preview_line(me(), run, line, typed)
    st.dataframe({name: [cell] for name, cell in found.cells}, hide_index=True, alt="The row it becomes")
    verdict = "; ".join(found.fails)
    st.markdown(f":orange[It still fails: {escape(verdict)}]" if verdict else ":green[It passes every rule.]")
    if verb_button("Mend this line", key=f"mend-go-{line}", why_not="" if reason else "Give a reason first."):
        workspace().mend_line(me(), run, line, typed, reason=reason)
        look_again()
        notify(f"Line {line:,} is a row now. Undo makes it unreadable again.")
        st.rerun()


def export_button(view: TriageView, item: ItemLine) -> None:
    """The item's rows as a file for who delivers them; nothing for those who may not see people's values."""
    if not _allowed(view):
        return
    person, house, run = me(), workspace(), view.strip.run
    st.download_button(
        "Rows for the supplier (CSV)",
        lambda: _csv(house, person, run, item.key),
        file_name=f"{run}-{item.key}.csv",
        mime="text/csv",
        key=f"export-{item.key}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        help="With row ids and reasons. It holds people's values, and the audit log says that you took it.",
    )


def _csv(house: Workspace, person: Person, run: str, key: str) -> bytes:
    with tempfile.TemporaryDirectory(dir=house.house.settings.root) as folder:
        out = Path(folder) / "rows.csv"
        house.export_rows(person, run, key, out)
        return out.read_bytes()


def _corrected(view: TriageView, item: ItemLine) -> None:
    """The corrected file: how it matches, what it would change, and the verb."""
    file = st.file_uploader("The corrected file", type="csv", key=f"corrected-{item.key}-{item.version}")
    if file is None:
        return
    run = view.strip.run
    digest = workspace().keep_upload(me(), file.getvalue())
    found = workspace().preview_corrections(me(), run, item.key, digest)
    st.markdown(
        f"**{many(found.matched, 'row')}** match, {number(found.changed)} of them changed · {number(found.missing)} "
        f"missing · {number(found.unknown)} unknown ids · {number(found.doubled)} ids twice"
    )
    kept = found.effect.after.kept - found.effect.before.kept
    st.markdown(f"Rows kept: {number(found.effect.after.kept)} ({kept:+,}).")
    reason = reason_field(f"take-{item.key}", view.reasons)
    why_not = "" if reason else "Give a reason first."
    if verb_button(
        f"Take {many(found.matched, 'corrected row')}", key=f"take-go-{item.key}", why_not=why_not
    ):
        workspace().take_corrections(me(), run, item.key, digest, reason=reason, seen=item.version)
        look_again()
        notify(f"{many(found.matched, 'row')} taken. Undo sends them back again.")
        st.rerun()
