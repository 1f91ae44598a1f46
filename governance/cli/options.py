"""The arguments and options that commands share, so that they are spelt and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

COMMAND = "python -m governance"

RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or a beginning of it.")]
Dataset = Annotated[str, typer.Option("--dataset", metavar="NAME", help="The dataset's name.")]
As = Annotated[
    str, typer.Option("--as", metavar="PERSON", help="Who acts; GOVERNANCE_PERSON when it is not given.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for those who ask later.")]
Form = Annotated[str, typer.Option("--format", metavar="csv|jsonl", help="How lines are written.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write there instead of to the terminal.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")]
Detach = Annotated[bool, typer.Option("--detach", help="Leave the work to a worker, and do not wait for it.")]

Encoding = Annotated[
    str, typer.Option("--encoding", metavar="NAME", help="Not what is found out, but this encoding.")
]
Delimiter = Annotated[
    str, typer.Option("--delimiter", metavar="SIGN", help="One sign, or comma, semicolon, tab, pipe.")
]
Quote = Annotated[str, typer.Option("--quote", metavar="SIGN", help="One sign, or none.")]
Header = Annotated[
    bool | None, typer.Option("--header/--no-header", help="Whether the first line has names.")
]
HeaderLines = Annotated[
    int, typer.Option("--header-lines", metavar="N", help="The names stand in so many lines.")
]
Skip = Annotated[
    int | None, typer.Option("--skip", metavar="N", help="Lines before the header that are not part of it.")
]
Footer = Annotated[
    int, typer.Option("--footer", metavar="N", help="Lines at the end that are not part of the table.")
]
Sheet = Annotated[
    str, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook, or the file in a ZIP.")
]
Query = Annotated[
    str, typer.Option("--query", metavar="SELECT", help="What to read of a database, instead of ?table=.")
]
