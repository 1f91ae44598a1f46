"""Read a file as a run would, and write what was read as plain CSV: to see it before trusting it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.cli import telling
from governance.cli.failing import files_of
from governance.cli.options import (
    Delimiter,
    Encoding,
    Footer,
    Force,
    Header,
    HeaderLines,
    Json,
    Query,
    Quote,
    Sheet,
    Skip,
)
from governance.errors import InputError
from governance.plural import many
from governance.settings import settings

if TYPE_CHECKING:
    from governance.reading.dialect import Reading
    from governance.stages.load import Loaded

MOST = 20
"""Unreadable lines named on the terminal; all of them go to --unreadable."""


def read(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A file, s3://bucket/key, a pattern, or a database's address."),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="OUT.csv", help="Write the rows there: UTF-8, comma, CR LF."),
    ] = None,
    unreadable: Annotated[
        Path | None,
        typer.Option(
            "--unreadable",
            metavar="FILE",
            help="Write the lines that could not be read there, with their text.",
        ),
    ] = None,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    quote: Quote = "",
    header: Header = None,
    header_lines: HeaderLines = 1,
    skip: Skip = None,
    footer: Footer = 0,
    sheet: Sheet = "",
    query: Query = "",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write what was read of a file as plain CSV (RFC 4180), and say how it was read. Records nothing."""
    from governance.bench import open_bench
    from governance.intake import fetch, safe_source
    from governance.reading.choice import reading_choice
    from governance.reading.unreadable import COLUMNS
    from governance.reading.writing import write_csv
    from governance.stages.load import load

    choice = reading_choice(
        encoding=encoding, delimiter=delimiter, quote=quote, header=header, header_lines=header_lines,
        skip=skip, footer=footer, sheet=sheet,
    )  # fmt: skip
    for path in (out, unreadable):
        _may_write(path, file, force=force)
    with (
        files_of(out.parent if out else Path()),
        tempfile.TemporaryDirectory(
            dir=out.parent if out else None, prefix=".assay-", ignore_cleanup_errors=True
        ) as home,
    ):
        bench = open_bench(settings().model_copy(update={"home": Path(home)}))
        digest, name = fetch(bench, file, query=query)
        loaded = load(bench, input_digest=digest, file=name, choice=choice)
        if out:
            write_csv(loaded.bronze.path, out, columns=loaded.bronze.columns)
        if unreadable:
            write_csv(loaded.unreadable.path, unreadable, columns=COLUMNS)
        lines = _lines(loaded)
    if as_json:
        telling.document(_document(safe_source(file), loaded, lines, out, unreadable))
    else:
        _tell(safe_source(file), loaded, lines, out, unreadable)


def _may_write(path: Path | None, source: str, *, force: bool) -> None:
    if path is None:
        return
    if path.exists() and Path(source).exists() and path.samefile(source):
        raise InputError(f"{path} is the file that is read.", "Name another file.")
    if path.exists() and not force:
        raise InputError(f"{path} is there already.", "Name another, or write over it with --force.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}.", "Make it first, or choose another place.")


def _lines(loaded: Loaded) -> list[dict[str, Any]]:
    """Number and reason of the first lines that could not be read. Their text is for a file of its own."""
    import pyarrow.parquet as pq

    first = next(pq.ParquetFile(loaded.unreadable.path).iter_batches(MOST, columns=["line", "reason"]), None)
    return first.to_pylist() if first else []


def _document(
    source: str, loaded: Loaded, lines: list[dict[str, Any]], out: Path | None, unreadable: Path | None
) -> dict[str, Any]:
    reading = loaded.reading
    reasons: dict[str, int] = next(
        (note.details["reasons"] for note in loaded.findings if note.kind == "unreadable"), {}
    )
    return {
        "file": source,
        "rows": loaded.bronze.rows,
        "columns": list(reading.columns),
        "reading": {**_facts(reading), "skipped_lines": reading.skip, "footer_lines": reading.footer},
        "doubts": [*reading.doubts, *reading.renamed],
        "files": [part.model_dump(exclude={"digest"}) for part in loaded.parts],
        "unreadable": {"lines": loaded.unreadable.rows, "reasons": reasons, "first": lines},
        "out": out and str(out),
        "unreadable_out": unreadable and str(unreadable),
    }


def _facts(reading: Reading) -> dict[str, Any]:
    """How it was read, in words; what does not apply to the format is left out."""
    from governance.reading.choice import NO_QUOTE
    from governance.reading.encoding import display
    from governance.reading.sniff import DELIMITERS

    facts: dict[str, Any] = {"format": reading.format, "packing": reading.packing, "sheet": reading.sheet}
    if reading.format == "text":
        facts |= {
            "encoding": display(reading.encoding),
            "byte_order_mark": reading.bom,
            "delimiter": DELIMITERS.get(reading.delimiter, reading.delimiter)
            if len(reading.columns) > 1
            else "",
            "quote": "none" if reading.quote == NO_QUOTE else reading.quote,
            "line_end": {"\n": "LF", "\r\n": "CR LF", "\r": "CR"}[reading.newline],
        }
    if reading.format in ("text", "excel"):
        facts |= {"header": reading.header, "header_lines": reading.header_lines if reading.header else 0}
    return {name: value for name, value in facts.items() if value != ""}


def _tell(
    source: str, loaded: Loaded, lines: list[dict[str, Any]], out: Path | None, unreadable: Path | None
) -> None:
    reading = loaded.reading
    telling.say(f"{source}: {many(loaded.bronze.rows, 'row')}, {many(len(reading.columns), 'column')}")
    facts = {
        **_facts(reading),
        "lines before the table": reading.skip or "",
        "lines after it": reading.footer or "",
    }
    for name, value in facts.items():
        if value not in ("", False) or name == "header":
            said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
            telling.say(f"  {name.replace('_', ' ')}: {said}")
    telling.say(*(f"  doubt: {doubt}" for doubt in (*reading.doubts, *reading.renamed)))
    if loaded.unreadable.rows:
        telling.say(f"{many(loaded.unreadable.rows, 'line')} could not be read:")
        telling.table(("line", "reason"), ((one["line"], one["reason"]) for one in lines))
        if loaded.unreadable.rows > len(lines):
            telling.say(f"… and {loaded.unreadable.rows - len(lines):,} more")
    if out:
        telling.say(f"Written to {out} as UTF-8, comma, CR LF (RFC 4180).")
    if unreadable:
        telling.say(f"The lines that could not be read are in {unreadable}.")
