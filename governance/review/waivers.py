"""What waivers cover. One about rows covers the rows that it was made for; one about rules covers every row that
breaks them, in this run and in later ones, as long as these are no more than its budget: else it covers none."""

from __future__ import annotations

from collections.abc import Sequence

from governance.engines.duckdb import Engine, literal, scan
from governance.review.choices import Action, Choice, breaks
from governance.tables import ROW, FailingTable, Frozen


class WaiverUse(Frozen):
    """How a waiver about rules is used in one revision: `rows` break its rules."""

    item: str
    rows: int
    budget: int

    @property
    def exceeded(self) -> bool:
        return self.rows > self.budget


def covered(failing: FailingTable, choices: Sequence[Choice]) -> str:
    """A query `_row, rule` of what is waived, empty text without a waiver."""
    waivers = [choice for choice in choices if choice.action is Action.WAIVE and choice.rules]
    return " UNION ALL ".join(
        f"SELECT {ROW}, unnest([{', '.join(map(literal, choice.rules))}]) AS rule FROM ({_rows(choice, failing)})"
        for choice in waivers
    )


def uses(engine: Engine, failing: FailingTable, choices: Sequence[Choice]) -> tuple[WaiverUse, ...]:
    """How the waivers about rules are used."""
    lasting = [choice for choice in choices if choice.action is Action.WAIVE and choice.lasts]
    if not lasting:
        return ()
    counts = engine.row(
        f"SELECT {', '.join(f'count(*) FILTER ({breaks(one.rules)})' for one in lasting)} FROM {scan(failing.path)}"
    )
    return tuple(
        WaiverUse(item=one.item, rows=rows, budget=one.terms.budget if one.terms else 0)
        for one, rows in zip(lasting, counts, strict=True)
    )


def _rows(choice: Choice, failing: FailingTable) -> str:
    if not choice.lasts:
        return choice.rows_sql()
    assert choice.terms
    broken = f"FROM {scan(failing.path)} WHERE {breaks(choice.rules)}"
    return f"SELECT {ROW} {broken} AND (SELECT count(*) {broken}) <= {int(choice.terms.budget)}"
