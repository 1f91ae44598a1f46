"""From words on a command line to a repair or a masking operator; never a choice that nobody made."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from governance.cli.desk import Desk
from governance.errors import InputError
from governance.plural import many

if TYPE_CHECKING:
    from governance.answers.repairing import Proposal
    from governance.answers.triage import ItemLine
    from governance.privacy.operators import AnyOperator
    from governance.privacy.verdict import ColumnVerdict
    from governance.review.choices import Cell, Fix


def document(proposal: Proposal) -> dict[str, Any]:
    """A proposal as JSON; `words` is its line of text."""
    from governance.review import following  # reads contracts, which takes half a second to import

    derived = following.follows(proposal.fix)
    about = following.label(proposal.fix) if derived else proposal.fix.column
    count = (
        "give --value"
        if proposal.passes is None
        else f"{proposal.passes:,} of {many(proposal.of, 'row')} would pass"
    )
    if proposal.changes is not None and proposal.changes != proposal.passes:
        count += f", {proposal.changes:,} get a value"
    return {
        "repair": proposal.fix.repair,
        "column": proposal.fix.column,
        "columns": list(proposal.fix.columns),
        "label": proposal.label,
        "passes": proposal.passes,
        "changes": proposal.changes,
        "steps": list(proposal.steps),
        "of": proposal.of,
        "needs_value": proposal.needs_value,
        "words": f"{proposal.fix.repair} ({about}): {count}",
    }


def fix(
    desk: Desk, run_id: str, item: ItemLine, *, repair: str, expression: str, column: str, value: str
) -> Fix:
    """The fix that was asked for; without any, the only ready-made repair that mends rows.

    Raises InputError, listing what there is, when that leaves a choice.
    """
    from governance.review import following  # reads contracts, which takes half a second to import
    from governance.review.choices import Fix

    if expression and repair not in ("", following.COMPUTE):
        raise InputError("A fix is a repair or an expression, not both.", "Leave one of them out.")
    if expression:
        return Fix(column=column or _only_column(item), repair=repair, expression=expression)
    proposals = desk.see.proposals(desk.person, run_id, item.key)
    name = repair or ("set" if value else "")
    if not name:
        mending = [one for one in proposals if (one.passes or one.changes) and column in ("", one.fix.column)]
        return _only(item, mending)
    if name in (following.COMPUTE, following.USUAL, following.FOLLOW):
        return _only(
            item, [one for one in proposals if one.fix.repair == name and column in ("", one.fix.column)]
        )
    columns = {one.fix.column for one in proposals if one.fix.repair == name}
    at = column or (columns.pop() if len(columns) == 1 else _only_column(item))
    return Fix(column=at, repair=name, value=value)


CELLS = ("row", "column", "value")
"""The columns of a file of cells; without a value a cell is to be missing."""


def cells(file: Path) -> Fix:
    """The cells of a CSV file. Raises InputError for what is no such file, never with a value of it."""
    from governance.review.by_hand import by_hand

    if not file.is_file():
        raise InputError(f"There is no file {file}.", "Name one with the columns row,column,value.")
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            lines = csv.DictReader(text, strict=True)
            if tuple(lines.fieldnames or ()) != CELLS:
                raise InputError(f"{file} is no file of cells.", f"Its columns are {','.join(CELLS)}.")
            return by_hand(_cell(line) for line in lines)
    except (csv.Error, UnicodeDecodeError, TypeError, ValueError) as error:
        raise InputError(
            f"{file} is no file of cells: near line {lines.line_num:,} something else stands.",
            "Each line is the row's number, the column's name and the value, as UTF-8 CSV.",
        ) from error


def _cell(line: dict[str, str]) -> Cell:
    """Raises ValueError for a line that has more than the three."""
    from governance.review.choices import Cell

    row, column, value = (line.pop(name) for name in CELLS)
    if line:
        raise ValueError("too many fields")
    return Cell(row=int(row), column=column, text=value or None)


def told(fix: Fix) -> dict[str, Any]:
    """A fix as JSON: of one by hand its columns and how many cells."""
    if not fix.cells:
        return fix.model_dump(exclude={"cells"})
    return {"repair": fix.repair, "columns": list(fix.columns), "cells": len(fix.cells)}


def operator(desk: Desk, dataset: str, verdict: ColumnVerdict, wish: str) -> AnyOperator:
    """The masking operator of those words for this column. Raises InputError when it does not fit."""
    from governance.contract.model import LogicalType
    from governance.privacy.choice import WISHES, by_wish

    contract = desk.house.contract_by_digest(desk.house.contract(dataset).digest)
    promised = contract.column(verdict.column)
    made = by_wish(wish, verdict.semantic, promised.type if promised else LogicalType.STRING)
    if made is None or made.kind != WISHES[wish.lower().split()[0]]:
        known = ", ".join(dict.fromkeys(WISHES.values()))
        raise InputError(f"{verdict.column} cannot be masked by {wish!r}.", f"Operators: {known}.")
    return made


def _only(item: ItemLine, mending: list[Proposal]) -> Fix:
    if len(mending) == 1:
        return mending[0].fix
    if not mending:
        raise InputError(
            f"No ready-made repair mends the rows of {item.key}.",
            "Give --value V, or --expression SQL with --column C; or waive or reject them.",
        )
    listed = "; ".join(document(one)["words"] for one in mending)
    raise InputError(
        f"{len(mending)} repairs mend rows of {item.key}: {listed}.",
        "Choose one with --repair NAME, and --column C where a name is there twice; of two formulas, give "
        "one with --repair compute --expression SQL.",
    )


def _only_column(item: ItemLine) -> str:
    if len(item.columns) == 1:
        return item.columns[0]
    raise InputError(
        f"Which column of {item.key}?", f"Name it with --column: {', '.join(item.columns) or 'none'}."
    )
