"""Names for columns: is the first record a header, and what are the columns called?"""

from __future__ import annotations

import re

from governance.tables import ROW

RESERVED = (ROW, "file_row_number")
LONGEST = 200
NUMBER = r"[-+]?[$€£]?\d[\d ,.']*%?"
DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}.*)?"
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
DATA = re.compile(rf"\s*(?:{NUMBER}|{DATE}|{EMAIL})\s*")
YEAR = re.compile(r"\s*(?:19|20)\d\d\s*")


def is_header(first: list[str], expected: tuple[str, ...]) -> bool:
    """A header unless the first record clearly is data: numbers, dates or e-mails where words should be.

    One name that the contract expects settles it; so do years, and 0, 1, 2, … as table software writes.
    """
    known = {name.strip().casefold() for name in expected}
    if known & {name.strip().casefold() for name in first}:
        return True
    numbered = [str(index) for index in range(len(first))]
    if len(first) > 1 and first in (numbered, ["", *numbered[:-1]]):
        return True
    return not any(DATA.fullmatch(name) and not YEAR.fullmatch(name) for name in first)


def numbered(count: int) -> tuple[str, ...]:
    """The names of columns in a file without a header."""
    return tuple(f"column_{index}" for index in range(1, count + 1))


def unique(written: list[str], count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`count` names, distinct whatever their case, and a sentence for each that is not as written.

    The engine does not tell names apart by case, and keeps some names for itself.
    """
    taken = {name.casefold() for name in RESERVED} | {_tidy(name).casefold() for name in written}
    seen: set[str] = set()
    columns: list[str] = []
    renamed: list[str] = []
    for index in range(1, count + 1):
        name = _tidy(written[index - 1]) if index <= len(written) else ""
        wanted = name or f"column_{index}"
        used = wanted
        if (
            wanted.casefold() in seen
            or wanted.casefold() in RESERVED
            or (not name and wanted.casefold() in taken)
        ):
            used = _free(wanted, taken | seen)
        seen.add(used.casefold())
        columns.append(used)
        if used != (written[index - 1] if index <= len(written) else ""):
            renamed.append(_sentence(index, name, used))
    return tuple(columns), tuple(renamed)


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}_{number}".casefold() in taken:
        number += 1
    return f"{name}_{number}"


def _tidy(name: str) -> str:
    """A name on one line, without spaces around it."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", name).strip()[:LONGEST]


def _sentence(index: int, name: str, used: str) -> str:
    if not name:
        return f"Column {index:,} has no name; it is called {used}."
    if name == used:
        return f"The name of column {index:,} is tidied to {used}."
    return f"Column {index:,} is called {used}, because {name} is taken."
