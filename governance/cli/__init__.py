"""The same verbs as in the app, for terminals, CI and schedulers. Exit codes say what came of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

import typer

from governance import __version__
from governance.cli import (
    approving,
    deciding,
    downloads,
    failing,
    glass,
    mending_rows,
    parting,
    reading,
    review,
    runs,
    sample,
    services,
    versions,
    waiving,
)
from governance.cli.auditing import audit
from governance.cli.contracts import contract
from governance.cli.options import COMMAND
from governance.cli.recipes import recipes

__all__ = ["app", "main"]

CODES = (
    "Exit codes: 0 published, skipped or done · 1 refused by data, or a broken audit log · "
    "2 waiting for a person · 3 your input · 4 ours."
)
PANELS = {
    "A file's way": (reading.read, runs.run, review.review, deciding.decide, deciding.undo, deciding.keep,
                     deciding.mask, waiving.approve_waiver, approving.approve, approving.publish,
                     runs.reject, runs.resume, runs.status),
    "Rows by hand": (mending_rows.set_apart, parting.split, parting.merge_back, mending_rows.mend,
                     mending_rows.send_back, mending_rows.corrected),
    "Emergencies": (glass.break_glass, glass.sign_off),
    "What a run found": (downloads.findings, downloads.quarantine, downloads.unreadable, downloads.profile,
                         downloads.pii, downloads.report, downloads.deep),
    "Versions": (versions.versions, versions.rollback, versions.diff, versions.shelf),
    "The house": (sample.sample, services.worker, services.serve),
}  # fmt: skip

app = typer.Typer(
    name="governance",
    help="Assay: from a dirty file to a published, masked, provable version.",
    epilog=CODES,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(audit, name="audit", rich_help_panel="The house")
app.add_typer(contract, name="contract", rich_help_panel="The house")
app.add_typer(recipes, name="recipes", rich_help_panel="The house")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. What goes wrong becomes a sentence on stderr."""
    given = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        code = _tree().main(given, prog_name=COMMAND, standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (BrokenPipeError, SystemExit):  # typer makes the one out of the other
        failing.hush()
        return 0
    except typer.Abort:
        return failing.INTERRUPTED
    except Exception as error:
        return failing.fail(error, as_json="--json" in given)


@cache
def _tree() -> Any:
    """All commands with their options. Typer makes them anew for each call, which takes a tenth of a second."""
    return typer.main.get_command(app)


@app.callback(invoke_without_command=True)
def _about(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,
) -> None:
    if version:
        typer.echo(f"Assay {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
