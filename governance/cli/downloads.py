"""What a run found, as lists and files: cells, lines, profile, personal data, report."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.cli import telling
from governance.cli.desk import Desk, open_desk
from governance.cli.driving import work_until
from governance.cli.failing import files_of
from governance.cli.options import As, Form, Json, Out, RunId
from governance.errors import InputError, Stale
from governance.people import Verb
from governance.plural import many
from governance.scratch import scratch

if TYPE_CHECKING:
    from governance.answers.privacy import ColumnPrivacy
    from governance.profiling.model import ColumnProfile
    from governance.stages.profile import Profiled

Writer = Callable[..., int]


def findings(
    run_id: RunId, form: Form = "csv", out: Out = None, acting: As = "", as_json: Json = False
) -> None:
    """Every failing cell of a run: row, column, rule, severity, observed, expected."""
    desk = open_desk(acting, as_json=as_json)
    _cells(desk, desk.see.failing_cells, run_id, form=form, out=out)


def quarantine(
    run_id: RunId, form: Form = "csv", out: Out = None, acting: As = "", as_json: Json = False
) -> None:
    """Every failing cell of the rows that stay out, as the run stands."""
    desk = open_desk(acting, as_json=as_json)
    _cells(desk, desk.see.quarantine, run_id, form=form, out=out)


def unreadable(
    run_id: RunId,
    limit: Annotated[int, typer.Option(min=1, help="This many lines.")] = 200,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """The lines that could not be read: number, reason and text."""
    desk = open_desk(acting, as_json=as_json)
    lines = desk.see.unreadable(desk.person, run_id, limit=limit)
    if as_json:
        telling.document({"run": desk.house.run(run_id).id, "lines": lines})
    elif lines:
        telling.table(
            ("line", "reason", "text"), ((one["line"], one["reason"], one["text"]) for one in lines)
        )
    else:
        telling.say("Every line could be read.")


def pii(run_id: RunId, acting: As = "", as_json: Json = False) -> None:
    """What each column seems to be, why, and how the plan masks it."""
    desk = open_desk(acting, as_json=as_json)
    view = desk.see.privacy(desk.person, run_id)
    if view is None:
        raise Stale(f"Run {run_id} has no masking plan yet.", "Wait until stage 12 is done.")
    if as_json:
        plan = {
            "digest": view.plan_digest,
            "approved": view.approved,
            "approved_by": view.approved_by or None,
        }
        columns = [_column(line) for line in view.columns]
        warnings = [note.message for note in view.warnings]
        telling.document({"run": view.strip.run, "plan": plan, "columns": columns, "warnings": warnings})
        return
    for line in view.columns:
        said = line.verdict.semantic.words if line.verdict.personal else "nothing personal"
        telling.say(f"{line.verdict.column}: {said} ({line.verdict.confidence:.0%}), {line.describe}")
        telling.say(*(f"    {one.source}: {one.detail}" for one in line.verdict.evidence))
    telling.say("", *(f"warning: {note.message}" for note in view.warnings))
    state = f"approved by {view.approved_by}" if view.approved else "not approved"
    telling.say(f"Masking plan {view.plan_digest[:8]}: {state}.")


def profile(run_id: RunId, acting: As = "", as_json: Json = False) -> None:
    """What each column holds. Values are left out for who may not see them."""
    from governance.stages import Stage
    from governance.stages.profile import Profiled

    desk = open_desk(acting, as_json=as_json)
    result = desk.see.stage(desk.person, run_id, Stage.PROFILE, Profiled)
    if result is None:
        raise Stale(f"Run {run_id} has no profile.", "Stage 3 is not done, or the run was skipped.")
    if as_json:
        personal = {"columns": {"__all__": {"values", "numbers"}}}
        hidden = personal if desk.person.why_not(Verb.SEE_VALUES) else None
        document = result.model_dump(mode="json", include={"rows", "columns"}, exclude=hidden)
        telling.document({"run": desk.house.run(run_id).id, **document})
    else:
        _tell_profile(result)


def report(
    run_id: RunId,
    form: Annotated[str, typer.Option("--format", metavar="html|json|txt", help="Which report.")] = "txt",
    out: Out = None,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """The report of a run as it stands now."""
    desk = open_desk(acting, as_json=as_json)
    written = desk.see.report(desk.person, run_id)
    wanted = "json" if as_json and out is None else form
    if wanted not in written:
        raise InputError(f"There is no report as {form!r}.", f"Formats: {', '.join(written)}.")
    if out is None:
        sys.stdout.write(written[wanted].rstrip("\n") + "\n")
        return
    with files_of(out):
        out.write_text(written[wanted], encoding="utf-8")
    _written(desk, run_id, out, len(written[wanted].encode()), "byte")


def deep(
    run_id: RunId,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the HTML file goes.")],
    acting: As = "",
    as_json: Json = False,
) -> None:
    """The deep report of a run, by fg-data-profiling on a sample; made first if nobody asked for it yet."""
    desk = open_desk(acting, as_json=as_json)
    with files_of(out):
        out.open("a").close()
    desk.workspace.ask_deep_report(desk.person, run_id)

    def made() -> bool:
        found = desk.see.deep_report(desk.person, run_id)
        return found is None or not found.working

    work_until(desk.house, made, subject=f"The deep report of run {run_id}")
    written = desk.see.deep_report_html(desk.person, run_id)
    with files_of(out):
        out.write_text(written, encoding="utf-8")
    _written(desk, run_id, out, len(written.encode()), "byte")


def _cells(desk: Desk, write: Writer, run_id: str, *, form: str, out: Path | None) -> None:
    """Let the engine write the cells to a file, and pass that on when none was asked for."""
    if out is not None:
        with files_of(out):
            out.open("a").close()  # says early, and in our words, that this place cannot be written
        _written(desk, run_id, out, write(desk.person, run_id, out, form=form), "cell")
        return
    with scratch(desk.settings) as folder:
        path = folder / "cells"
        count = write(desk.person, run_id, path, form="jsonl" if desk.as_json else form)
        with path.open(encoding="utf-8", newline="") as lines:
            if desk.as_json:
                _as_document(desk.house.run(run_id).id, count, lines)
            else:
                shutil.copyfileobj(lines, sys.stdout)


def _as_document(run_id: str, count: int, lines: Any) -> None:
    """JSON lines as one document, without holding them all."""
    sys.stdout.write(f'{{"run": "{run_id}", "count": {count}, "cells": [')
    for number, line in enumerate(lines):
        sys.stdout.write(f"{',' if number else ''}\n{line.rstrip()}")
    sys.stdout.write("\n]}\n")


def _written(desk: Desk, run_id: str, out: Path, count: int, noun: str) -> None:
    if desk.as_json:
        telling.document({"run": desk.house.run(run_id).id, "out": str(out), "count": count})
    else:
        telling.aside(f"{many(count, noun)} written to {out}.")


def _column(line: ColumnPrivacy) -> dict[str, Any]:
    verdict = line.verdict.model_dump(mode="json", exclude={"proposed"})
    operator = line.mask.operator.model_dump(mode="json")
    return {**verdict, "personal": line.verdict.personal, "operator": operator, "does": line.describe,
            "reason": line.mask.reason, "changed": line.changed}  # fmt: skip


def _tell_profile(result: Profiled) -> None:
    names = ("column", "looks like", "values", "missing", "distinct", "shapes")
    telling.say(many(result.rows, "row"))
    telling.table(names, map(_line, result.columns))


def _line(one: ColumnProfile) -> tuple[object, ...]:
    kind = f"{one.inferred.value} ({one.inferred_share:.0%})"
    distinct = f"{'' if one.distinct_exact else '~'}{one.distinct:,}"
    shapes = ", ".join(shape for shape, _ in one.shapes[:3])
    return (one.name, kind, f"{one.count:,}", f"{one.nulls + one.blanks:,}", distinct, shapes)
