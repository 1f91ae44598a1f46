"""The value that goes with another column's: `usual` takes what every good row with the same key has.

A dependency that the contract promises is believed for every key. One that only the data show must rule out chance.
"""

from __future__ import annotations

from math import log

from sqlglot import exp

from governance.contract.model import Contract
from governance.engines.duckdb import quote
from governance.review.choices import Fix
from governance.review.ground import Ground, column_of, due, mending
from governance.rules import cleaning, kinds, sql
from governance.tables import ROW

LEAST = 10
"""Good rows that must agree before the data alone say what goes with a key."""
CHANCE = 1e-6
"""How likely that agreement may be by accident, were the column independent of the key: its share to the power of n."""


def usual(step: Fix, ground: Ground) -> str:
    """A query `_row, _found`: the value of the good rows with the same key, where they all agree."""
    now = f"(SELECT * FROM {mending(ground, (step.column, *step.on))} WHERE {due(step.column, ground)})"
    on = " AND ".join(f"usual._k{n} = {_same(ground.contract, name)}" for n, name in enumerate(step.on))
    agreed = ground.usual.get(step) or f"({usual_values(step, ground)})"
    return (
        f"SELECT cleaned.{ROW}, usual._v AS _found FROM {now} AS cleaned JOIN {agreed} AS usual ON {on} "
        f"WHERE {_same(ground.contract, step.column)} IS DISTINCT FROM usual._same"
    )


def usual_values(step: Fix, ground: Ground) -> str:
    """A query `_k0…, _v, _same, _n`: the keys whose good rows all have one value, how it is written and compared, and
    how many rows say so. Where the contract does not promise the dependency, chance must be ruled out."""
    keys = ", ".join(f"{_same(ground.contract, name)} AS _k{n}" for n, name in enumerate(step.on))
    places = ", ".join(f"_k{n}" for n in range(len(step.on)))
    there = " AND ".join(f"cleaned.{quote(name)} IS NOT NULL" for name in (step.column, *step.on))
    counted = (
        f"SELECT {keys}, {_same(ground.contract, step.column)} AS _same, min(cleaned.{quote(step.column)}) AS _v, "
        f"count(*) AS _n FROM {ground.good} AS cleaned WHERE {there} GROUP BY ALL"
    )
    agreed = (
        f"SELECT *, count(*) OVER (PARTITION BY {places}) AS _ways, "
        f"sum(_n) OVER (PARTITION BY _same) / sum(_n) OVER () AS _share FROM ({counted})"
    )
    sure = (
        "true" if promised(step, ground.contract) else f"_n >= {LEAST} AND _n * ln(_share) <= {log(CHANCE)}"
    )
    return f"SELECT {places}, _v, _same, _n FROM ({agreed}) WHERE _ways = 1 AND {sure}"


def promised(step: Fix, contract: Contract) -> bool:
    """Whether the contract says that these columns decide this one."""
    return any(
        isinstance(rule, kinds.Depends) and rule.column == step.column and {*rule.on} == {*step.on}
        for rule in contract.rules
    )


def _same(contract: Contract, name: str) -> str:
    column = exp.column(name, table="cleaned", quoted=True)
    return sql.render(cleaning.same(column_of(contract, name), column))
