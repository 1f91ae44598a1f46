"""How commands speak: text for people, or one JSON document for programs. Nothing else writes to stdout.

Names in files and in data may hold anything, so control characters never reach a terminal.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(value: object) -> str:
    """A value on one line, harmless to a terminal; nothing for None."""
    return (
        ""
        if value is None
        else CONTROL.sub("\N{REPLACEMENT CHARACTER}", re.sub(r"[\r\n\t]+", " ", str(value)))
    )


def document(answer: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2, default=str) + "\n")


def say(*lines: str) -> None:
    """Lines on stdout."""
    for line in lines:
        sys.stdout.write(CONTROL.sub("\N{REPLACEMENT CHARACTER}", line) + "\n")


def aside(*lines: str) -> None:
    """Lines beside the answer, on stderr."""
    for line in lines:
        sys.stderr.write(CONTROL.sub("\N{REPLACEMENT CHARACTER}", line) + "\n")


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table: drawn on a terminal, in aligned columns without one."""
    cells = [[plain(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        _drawn(names, cells)
        return
    widths = [max(len(row[at]) for row in (names, *cells)) for at in range(len(names))]
    for row in (names, *cells):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _drawn(names: Sequence[str], cells: Iterable[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*names, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in cells:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)
