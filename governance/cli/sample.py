"""Sample files: made-up dirty tables with a truth file beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from governance.cli import telling
from governance.cli.failing import files_of
from governance.cli.options import COMMAND, Force, Json
from governance.errors import InputError
from governance.plural import many


def sample(
    kind: Annotated[str, typer.Argument(metavar="customers|divers", help="What the rows are about.")],
    *,
    rows: Annotated[int, typer.Option(metavar="N", help="Rows of data.")] = 10_000,
    seed: Annotated[
        int, typer.Option(metavar="S", help="The same seed gives the same bytes, on one day.")
    ] = 1,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="./KIND.csv when it is not given.")] = None,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Names every wrong cell; beside the sample, .truth.csv."),
    ] = None,
    unreadable: Annotated[int, typer.Option(metavar="N", help="Lines that cannot be read.")] = 0,
    notes: Annotated[bool, typer.Option("--notes", help="customers: an unexpected column of notes.")] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a dirty CSV, and a truth file that names every wrong cell in it."""
    from governance.sample import KINDS, make_sample

    if kind not in KINDS:
        raise InputError(f"There is no sample of {kind!r}.", f"Choose one of: {', '.join(KINDS)}.")
    data = out or Path(f"{kind}.csv")
    answers = truth or data.with_name(f"{data.stem}.truth.csv")
    for path in (data, answers):
        if path.exists() and not force:
            raise InputError(
                f"{path} is there already.", "Name another with --out, or write over it with --force."
            )
    with files_of(data):
        made = make_sample(
            kind,
            rows=rows,
            seed=seed,
            out=data,
            truth=answers,
            today=datetime.now(UTC).date(),
            unreadable=unreadable,
            notes=notes,
        )
    if as_json:
        telling.document(
            {"kind": kind, "seed": seed, "out": str(data), "truth": str(answers), **made.model_dump()}
        )
        return
    wrong = f"{many(made.wrong_cells, 'wrong cell')} in {many(made.wrong_rows, 'row')}"
    telling.say(f"{data}: {many(made.rows, 'row')}, {wrong}; {answers} names them.")
    telling.say(f"  {COMMAND} run {quote(str(data))} --dataset {kind}")
