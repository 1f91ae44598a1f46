"""What to do next with a run: one sentence in words, and one primary button."""

from __future__ import annotations

import streamlit as st

from governance.answers.runs import RunView, Strip
from governance.people import Verb
from governance.plural import many
from governance.states import State
from pages.parts.blocks import guard, verb_button
from pages.parts.keys import keyboard, letter
from pages.parts.session import go, me, notify, workspace
from pages.parts.words import escape


def next_step(view: RunView) -> None:
    """The box beside the overview."""
    with st.container(border=True, key="next-step"):
        match view.strip.state:
            case State.AWAITING_REVIEW | State.REVISING:
                _review(view)
            case State.APPROVED:
                _say("Approved", "This candidate may be published.")
                _to("release", "Publish it", view)
            case State.PUBLISHED:
                _say(
                    f"Published as version {view.strip.version}",
                    "The shelf shows it; the vault keeps the clean rows.",
                )
                if verb_button("See the versions", key="next", primary=True, icon=":material/flag:"):
                    go("versions", dataset=view.strip.dataset)
            case State.SKIPPED:
                _skipped(view.strip)
            case State.FAILED:
                _failed(view.strip)
            case State.REJECTED:
                _rejected(view)
            case _:
                _say("At work", "Nothing to do now: the worker is at it. Leaving this page is safe.")


def _say(title: str, text: str) -> None:
    st.markdown(f"##### {title}")
    st.markdown(text)


def _to(page: str, label: str, view: RunView, *, why_not: str = "") -> None:
    shortcut = letter("N", on=keyboard().on)
    if verb_button(
        label, key="next", primary=True, why_not=why_not, shortcut=shortcut, icon=":material/arrow_forward:"
    ):
        go(page, run=view.strip.run)


def _review(view: RunView) -> None:
    optional = view.open_items - view.open_required
    rest = (
        f"{many(optional, 'other item')} may stay as they are: their rows stay in quarantine."
        if optional
        else ""
    )
    if view.open_required:
        _say(
            f"{many(view.open_required, 'breach', 'breaches')} to decide",
            f"Mend rows until the promise is met, or accept it with a reason. {rest}",
        )
        _to("triage", "Review", view, why_not=view.why_not_decide)
    elif not view.plan_approved:
        _say("Masking plan to approve", f"Everything required is decided. {rest}")
        _to("privacy", "Look at the masking plan", view)
    else:
        _say("Waits for approval", f"{view.strip.who_next} {rest}")
        _to("release", "Look at the release", view)


def _skipped(strip: Strip) -> None:
    _say(
        "Seen before",
        "The same bytes, contract and masking plan went through before, so nothing was computed again. "
        "To run it all the same, submit it with “run again”.",
    )
    if verb_button("Open the earlier run", key="next", primary=True, icon=":material/arrow_forward:"):
        go("run", run=strip.same_as)


def _failed(strip: Strip) -> None:
    stopped = next((mark for mark in strip.stages if mark.state in ("failed", "running")), None)
    where = f"Stage {stopped.number}, {stopped.name}, stopped." if stopped else "The run stopped."
    _say(
        where,
        f"The {many(strip.done, 'stage')} that finished are kept; nothing was published by halves. "
        "Resuming goes on after the last one that finished.",
    )
    if verb_button(
        "Resume", key="next", primary=True, why_not=me().why_not(Verb.SUBMIT), icon=":material/play_arrow:"
    ):
        with guard():
            workspace().resume(me(), strip.run)
            notify("The run goes on.")
            st.rerun()


MOST = 4
"""So many reasons of a refusal are listed."""

WHY_REJECTED = {
    "refused": (
        "Refused by the contract",
        "What was promised is broken so far that the contract lets nobody accept it:",
        "Ask the sender for a corrected file, and submit that. If the promise is wrong, change the contract.",
    ),
    "input": (
        "Not a table we can read",
        "The sentence above says why.",
        "Nothing is lost: the bytes are kept. Save it as CSV with one header line, and submit it again.",
    ),
    "rejected": (
        "Rejected by a person",
        "The reason stands above.",
        "Submit a corrected file when there is one.",
    ),
}


def _rejected(view: RunView) -> None:
    title, why, advice = WHY_REJECTED.get(view.strip.outcome, ("Rejected", "", "Submit a corrected file."))
    _say(title, why)
    reasons = _reasons(view)
    more = [f"- and {len(reasons) - MOST:,} more, below"] if len(reasons) > MOST else []
    st.markdown("\n".join([*(f"- {escape(reason)}" for reason in reasons[:MOST]), *more]))
    st.caption(advice)
    if verb_button("Submit another file", key="next", primary=True, why_not=me().why_not(Verb.SUBMIT)):
        go("submit")


def _reasons(view: RunView) -> list[str]:
    """The critical findings of a refusal; otherwise the strip says why."""
    if view.strip.outcome != "refused":
        return []
    critical = [note.message for note in view.findings if note.severity.rank == 0 and note.kind != "rule"]
    return critical or [note.message for note in view.findings if note.severity.rank == 0]
