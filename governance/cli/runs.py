"""Runs: submit a file and follow it, see how runs stand, resume or reject one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from governance.cli import driving, shapes, telling
from governance.cli.desk import Desk, open_desk
from governance.cli.failing import files_of
from governance.cli.options import (
    As,
    Dataset,
    Delimiter,
    Detach,
    Encoding,
    Footer,
    Header,
    HeaderLines,
    Json,
    Query,
    Quote,
    Reason,
    RunId,
    Sheet,
    Skip,
)
from governance.errors import InputError

if TYPE_CHECKING:
    from governance.answers.runs import Strip
    from governance.reading.choice import ReadingChoice

LIKE = 0.6
"""Share of a contract's columns that a file must have to be taken for that dataset."""


def run(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A file, s3://bucket/key, a pattern, or a database's address."),
    ],
    *,
    dataset: Dataset = "",
    contract: Annotated[
        Path | None, typer.Option(metavar="PATH.yaml", help="Add this contract first, and run under it.")
    ] = None,
    no_review: Annotated[
        bool, typer.Option("--no-review", help="Let the policy decide, as the actor policy:no-review.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Run even what was seen before.")] = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    quote: Quote = "",
    header: Header = None,
    header_lines: HeaderLines = 1,
    skip: Skip = None,
    footer: Footer = 0,
    sheet: Sheet = "",
    query: Query = "",
    detach: Detach = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Take a file through act 1; with --no-review publish it too. Waits until a person is needed."""
    from governance.reading.choice import reading_choice

    desk = open_desk(acting, as_json=as_json)
    choice = reading_choice(
        encoding=encoding, delimiter=delimiter, quote=quote, header=header, header_lines=header_lines,
        skip=skip, footer=footer, sheet=sheet,
    )  # fmt: skip
    terms = _terms(contract, dataset) if contract else None
    digest, name = desk.fetch(file, query=query)
    wanted = dataset or (terms[0] if terms else _guess(desk, digest, name, choice))
    run_id = desk.workspace.submit(
        desk.person,
        wanted,
        input_digest=digest,
        file=name,
        source=file,
        force=force,
        no_review=no_review,
        contract=terms[1] if terms else None,
        reading=choice,
    )
    if not detach:
        driving.drive(desk, run_id)
    show(desk, run_id, detached=detach)


def status(
    run_id: Annotated[str, typer.Argument(metavar="[RUN]", help="One run; all of them without.")] = "",
    dataset: Dataset = "",
    limit: Annotated[int, typer.Option(min=1, help="This many runs, the newest first.")] = 20,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """How runs stand, and who is to act next."""
    desk = open_desk(acting, as_json=as_json)
    if run_id:
        strip = desk.see.strip(desk.person, run_id)
        telling.document(shapes.run_document(desk, strip)) if as_json else telling.say(
            *shapes.run_lines(desk, strip)
        )
        return
    strips = desk.see.runs(desk.person, dataset=dataset, limit=limit)
    if as_json:
        telling.document({"runs": [shapes.run_document(desk, strip) for strip in strips]})
    elif strips:
        telling.table(("run", "dataset", "state", "rows", "kept", "file", "next"), map(_line, strips))
    else:
        telling.say("There are no runs yet.")


def resume(run_id: RunId, detach: Detach = False, acting: As = "", as_json: Json = False) -> None:
    """Go on with a run that failed, after the last stage that finished."""
    desk = open_desk(acting, as_json=as_json)
    name = desk.house.run(run_id).id
    desk.workspace.resume(desk.person, name)
    if not detach:
        driving.drive(desk, name)
    show(desk, name, detached=detach)


def reject(run_id: RunId, reason: Reason, acting: As = "", as_json: Json = False) -> None:
    """End a run without publishing it."""
    desk = open_desk(acting, as_json=as_json)
    name = desk.house.run(run_id).id
    desk.workspace.reject_run(desk.person, name, reason=reason)
    strip = desk.see.strip(desk.person, name)
    desk.tell(shapes.run_document(desk, strip), f"Run {name} is rejected: {reason}")


def show(desk: Desk, run_id: str, *, detached: bool = False) -> None:
    """Print how a run ended or where it waits, and leave with its exit code."""
    strip = desk.see.strip(desk.person, run_id)
    code = 0 if detached else driving.exit_code(strip.state, strip.outcome)
    if desk.as_json:
        telling.document({**shapes.run_document(desk, strip), "exit_code": code})
    else:
        telling.say(*shapes.run_lines(desk, strip))
    if code:
        raise typer.Exit(code)


def _line(strip: Strip) -> tuple[object, ...]:
    rows = (f"{strip.rows.get(name, 0):,}" if strip.rows else "" for name in ("in", "kept"))
    return (strip.run, strip.dataset, strip.state.value, *rows, strip.file, strip.who_next)


def _terms(path: Path, dataset: str) -> tuple[str, bytes]:
    """(dataset, bytes) of a contract file. Raises ContractError, and InputError when it is another's."""
    from governance.contract import odcs

    with files_of(path, "Check the spelling."):
        text = path.read_bytes()
    promised = odcs.read(text).dataset
    if dataset and promised != dataset:
        raise InputError(f"{path} is the contract of {promised}, not of {dataset}.", "Leave --dataset out.")
    return promised, text


def _guess(desk: Desk, digest: str, file: str, choice: ReadingChoice) -> str:
    """The one dataset that the file seems to be of, by its columns or else by its name."""
    datasets = desk.see.datasets()
    found = set(desk.see.preview_file(desk.person, digest, choice=choice).reading.columns)
    like = [one.name for one in datasets if len(found & set(one.columns)) >= LIKE * len(one.columns)]
    named = [one.name for one in datasets if one.name in file.lower()]
    for candidates in (like, [name for name in named if name in like] if like else named):
        if len(candidates) == 1:
            telling.aside(f"Taken for the dataset {candidates[0]}; --dataset says otherwise.")
            return candidates[0]
    known = ", ".join(one.name for one in datasets) or "none yet"
    raise InputError(
        f"It is not plain which dataset {file} belongs to.",
        f"Name it with --dataset. Known: {known}. A new one begins with `contract draft {file}`.",
    )
