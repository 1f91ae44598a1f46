"""Sample files: made-up dirty tables, each with a truth file that names every wrong cell.

Two sorts of dirt. *Wrong* cells break the contract. *Normalised* cells are written otherwise, and cleaning
gives back their normal form; they are no fault. What the truth file does not name is clean.
A file is made a batch of rows at a time, in columns, so memory does not grow with the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Literal, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from governance.engines.duckdb import Engine
from governance.errors import InputError
from governance.sample import customers, divers, remarks
from governance.sample.dirt import TRUTH
from governance.sample.pools import Batch, make_pools
from governance.sample.writing import lines, places, truth_lines, with_unreadable
from governance.tables import Frozen

__all__ = ["KINDS", "Kind", "SampleReport", "make_sample"]

Kind = Literal["customers", "divers"]
KINDS: dict[Kind, ModuleType] = {"customers": customers, "divers": divers}
ROWS_A_BATCH = 100_000


class SampleReport(Frozen):
    """What was made. `by_kind` counts the wrong cells by kind; a row with two of them is one wrong row."""

    rows: int
    wrong_cells: int
    wrong_rows: int
    by_kind: dict[str, int]


def make_sample(
    kind: Kind,
    *,
    rows: int,
    seed: int,
    out: Path,
    truth: Path,
    today: date,
    engine: Engine | None = None,
    unreadable: int = 0,
    notes: bool = False,
) -> SampleReport:
    """Write `rows` dirty rows to `out` and the truth about them to `truth`, both as CSV with a header.

    The same arguments give the same bytes. `truth` has one line a dirtied cell: `row` (from 1, unreadable
    lines not counted), `column`, `verdict` (wrong, normalised), `kind`, `written` and `right`, the value
    before it was dirtied. `unreadable` lines with too few or too many fields are put between the rows; in
    the truth their `row` is empty and `written` is their text. `notes` gives customers an unexpected last
    column. `engine` is not needed. Raises InputError when there can be no such sample.
    """
    _check(kind, rows=rows, seed=seed, unreadable=unreadable, notes=notes)
    if out == truth:
        raise InputError(f"The sample and its truth cannot both be {out}.", "Give them two names.")
    names = (*KINDS[kind].COLUMNS, *(("notes",) if notes else ()))
    after = places(unreadable, rows, _random(kind, seed, "unreadable"))
    tally = _Tally()
    with _create(out, names) as data, _create(truth, TRUTH) as answers:
        for batch in _batches(kind, rows=rows, seed=seed, today=today):
            sheet = KINDS[kind].make(batch)
            if notes:
                aside = replace(batch, rng=_random(kind, seed, "notes", batch.first))
                sheet.columns["notes"] = remarks.notes(aside)
            written, spoilt = with_unreadable(lines(sheet.columns.values()), _within(batch, after))
            _append(data, written)
            book = sheet.truth()
            _append(answers, truth_lines(book.select(TRUTH), spoilt))
            tally.add(book)
    return tally.report(rows)


class _Tally:
    """Wrong cells by kind and wrong rows, over the batches."""

    def __init__(self) -> None:
        self.by_kind: Counter[str] = Counter()
        self.wrong_rows = 0

    def add(self, book: pa.Table) -> None:
        wrong = book.filter(pc.equal(book["verdict"], "wrong"))
        self.by_kind.update(wrong["kind"].to_pylist())
        self.wrong_rows += pc.count_distinct(wrong["row"]).as_py()

    def report(self, rows: int) -> SampleReport:
        return SampleReport(
            rows=rows,
            wrong_cells=self.by_kind.total(),
            wrong_rows=self.wrong_rows,
            by_kind=dict(self.by_kind.most_common()),
        )


def _check(kind: str, *, rows: int, seed: int, unreadable: int, notes: bool) -> None:
    if kind not in KINDS:
        raise InputError(f"There is no sample of {kind!r}.", f"Choose one of: {', '.join(KINDS)}.")
    for name, value, least in (("rows", rows, 1), ("seed", seed, 0), ("unreadable", unreadable, 0)):
        if value < least:
            raise InputError(f"A sample cannot have {name} {value:,}.", f"Give {least} or more.")
    if notes and kind != "customers":
        raise InputError(f"A sample of {kind} has no notes.", "Only customers have them.")


def _batches(kind: Kind, *, rows: int, seed: int, today: date) -> Iterator[Batch]:
    pools = make_pools(seed)
    for first in range(1, rows + 1, ROWS_A_BATCH):
        count = min(ROWS_A_BATCH, rows - first + 1)
        yield Batch(pools, first, count, today, _random(kind, seed, "rows", first))


def _random(kind: Kind, seed: int, purpose: str, first: int = 0) -> np.random.Generator:
    """Random numbers for one purpose alone: asking for notes must not change the rows."""
    return np.random.default_rng([seed, first, *f"{kind} {purpose}".encode()])


def _within(batch: Batch, after: list[int]) -> list[int]:
    """Places in the file that lie in the batch, counted from its first row as 1."""
    counted = (place - batch.first + 1 for place in after)
    return [place for place in counted if 1 <= place <= batch.count]


def _create(path: Path, header: tuple[str, ...]) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w", encoding="utf-8", newline="")
    _append(file, [",".join(header)])
    return file


def _append(file: TextIO, written: list[str]) -> None:
    file.writelines(f"{line}\n" for line in written)
