"""Answers as JSON documents and as lines of text: the run, its items, its measures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from governance.cli.desk import Desk
from governance.cli.driving import exit_code
from governance.cli.failing import said
from governance.cli.options import COMMAND
from governance.people import PERSONAS, Verb
from governance.plural import many
from governance.states import State

if TYPE_CHECKING:
    from governance.answers.runs import Strip
    from governance.findings import Note
    from governance.stages.threshold import Measure

ROWS = ("in", "kept", "quarantined", "unreadable")
MOST_FINDINGS = 10


def run_document(desk: Desk, strip: Strip) -> dict[str, Any]:
    """What `run --json` prints. `version` and `digest` are null while there is none."""
    run = desk.house.run(strip.run)
    fault = said(run.error, "", run.outcome or str(run.state)) if run.error else None
    return {
        "run": strip.run,
        "dataset": strip.dataset,
        "file": strip.file,
        "state": strip.state.value,
        "outcome": strip.outcome,
        "same_as": strip.same_as or None,
        "revision": strip.revision,
        "digest": run.candidate or None,
        "version": strip.version if strip.state == State.PUBLISHED else None,
        "rows": {name: strip.rows.get(name, 0) for name in ROWS},
        "stages": [mark.model_dump(exclude={"purpose"}) for mark in strip.stages],
        "findings": [note.model_dump(mode="json") for note in refusing(desk, strip)],
        "who_next": strip.who_next,
        "error": fault,
        "exit_code": exit_code(strip.state, strip.outcome),
    }


def run_lines(desk: Desk, strip: Strip) -> list[str]:
    """How a run stands, in lines."""
    lines = [f"Run {strip.run} · {strip.dataset} · {strip.file} · {strip.state.value}"]
    if strip.same_as:
        lines.append(f"The same input was seen before, in run {strip.same_as}; `--force` runs it again.")
    if strip.rows.get("in") and strip.state != State.SKIPPED:
        lines.append(rows_line(strip.rows))
    if strip.state == State.PUBLISHED:
        lines.append(f"Published as version {strip.version} of {strip.dataset}.")
    candidate = desk.house.run(strip.run).candidate
    if candidate and strip.state in (State.AWAITING_REVIEW, State.APPROVED):
        lines.append(f"Candidate {candidate}")
    lines += [f"  {note.severity.value}: {note.message}" for note in refusing(desk, strip)[:MOST_FINDINGS]]
    lines += [f"error: {strip.error}"] if strip.error else []
    if not strip.ended:
        lines.append(f"Next: {strip.who_next}")
    return lines + [f"  {command}" for command in next_commands(desk, strip)]


def rows_line(rows: dict[str, int]) -> str:
    kept, out, unreadable = (f"{rows.get(name, 0):,} {name}" for name in ROWS[1:])
    return f"{many(rows.get('in', 0), 'row')} in = {kept} + {out} + {unreadable}"


def refusing(desk: Desk, strip: Strip) -> list[Note]:
    """Why a run was refused: its worst findings about the table, not those about rows."""
    if strip.state != State.REJECTED or strip.outcome != "refused":
        return []
    findings = desk.see.run(desk.person, strip.run).findings
    worst = [note for note in findings if note.kind in ("threshold", "schema", "contract")]
    return sorted(worst, key=lambda note: note.severity.rank)


def measures(before: Iterable[Measure], after: Iterable[Measure]) -> list[dict[str, Any]]:
    """Measures as they were before something and as they are after it."""
    first = {line.key: line for line in before}
    return [_measure(first.get(line.key, line), line) for line in after]


def flips(listed: list[dict[str, Any]]) -> list[str]:
    """The measures that are met now and were not, or the other way round, in lines."""
    changed = (line for line in listed if line["met"] != line["met_first"])
    return [f"  {'met now' if line['met'] else 'no longer met'}: {line['sentence']}" for line in changed]


def _measure(first: Measure, now: Measure) -> dict[str, Any]:
    return {
        "key": now.key,
        "metric": now.metric,
        "limit": now.limit,
        "severity": now.severity.value,
        "sentence": now.sentence,
        "value_first": first.value,
        "value": now.value,
        "met_first": first.met,
        "met": now.met,
    }


def next_commands(desk: Desk, strip: Strip) -> list[str]:
    """What could be typed next, ready to be copied."""
    if strip.state == State.AWAITING_REVIEW:
        return [
            f"{COMMAND} review {strip.run}",
            f"{COMMAND} approve {strip.run} --as {_another(desk, strip.run)}",
        ]
    commands = {
        State.APPROVED: f'publish {strip.run} --reason "…"',
        State.FAILED: f"resume {strip.run}",
        State.QUEUED: "worker --until-idle",
        State.PUBLISHED: f"versions {strip.dataset}",
    }
    return [f"{COMMAND} {commands[strip.state]}"] if strip.state in commands else []


def _another(desk: Desk, run_id: str) -> str:
    """Someone who may approve this run: who neither submitted nor decided."""
    from governance import approvals

    with desk.house.ledger.read() as session:
        out = approvals.involved(session, desk.house.run(run_id))
    return next((one.name for one in PERSONAS if one.may(Verb.APPROVE) and one.name not in out), "PERSON")
