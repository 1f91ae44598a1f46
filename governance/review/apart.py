"""What sets the rows of a cluster apart from those that pass: the columns whose values are spread most differently.

The measure is the total variation distance, ½ Σ |p − q|, over the parts of a column: its commonest values, its
months where it holds days, tenths of what passes where it holds many numbers, and what is missing. A distance
counts where it is beyond twice what two samples of these sizes differ by when nothing sets them apart: the mean
of |p̂ − p| is √(2p(1−p)/πn) for large n (de Moivre). Rows come from a sample that is made once for a judged table.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.source import Source
from governance.tables import ROW, FailingTable, Frozen

PASSING, EACH = 5_000, 1_000
"""Rows of the sample: that pass, and of one cluster."""
VALUES = 12
"""Values of a column that are parts of their own."""
LEAST, NOISE = 0.2, 2.0
"""Distance below which nothing is said, and how many times it must be beyond chance."""
FEWEST = 5
"""Rows of a cluster below which nothing can be said."""
MISSING, ANOTHER = "missing", "another value"


class Apart(Frozen):
    """One column: the part of it in which the rows differ most, with its share in both groups.

    `part` may be a person's value; `distance` 0 to 1; the shares too.
    """

    column: str
    distance: float
    part: str
    share: float
    passing: float


class Spread(Frozen):
    """What was found for one cluster, the column that differs most first; from how many rows of how many."""

    columns: tuple[Apart, ...] = ()
    rows: int = 0
    passing: int = 0


def apart(
    bench: Bench, source: Source, failing: FailingTable, *, cluster: str, without: Sequence[str]
) -> Spread:
    """How a cluster's rows differ from passing ones in the columns that its rules do not read.

    Kept in the vault: asked again it is read, not computed.
    """
    name = name_of("apart", source.identity, failing.name, cluster, sorted(without))
    kept = bench.vault.table(name)
    columns = [one for one in source.columns if one not in without]
    with bench.engine() as engine:
        if not kept.exists():
            sample = _sample(bench, engine, source, failing)
            with bench.vault.writing(name) as path:
                engine.write(_parts(sample, columns, cluster), path, width=4)
        rows = engine.rows(f'SELECT "column", part, mine, passing FROM {scan(kept)}')
    return _told(rows)


def _sample(bench: Bench, engine: Engine, source: Source, failing: FailingTable) -> Path:
    """Rows as read with `_cluster`, none for those that pass: those whose numbers have the smallest hashes."""
    name = name_of("sample for apart", source.identity, failing.name, PASSING, EACH)
    if not bench.vault.table(name).exists():
        chosen = (
            f"SELECT {ROW}, _cluster FROM {scan(failing.path)} "
            f"QUALIFY row_number() OVER (PARTITION BY _cluster ORDER BY hash({ROW})) <= {EACH}"
        )
        passing = (
            f"SELECT {ROW}, NULL AS _cluster FROM range(1, {source.bronze.rows + 1}) AS every({ROW}) "
            f"WHERE {ROW} NOT IN (SELECT {ROW} FROM {scan(failing.path)}) ORDER BY hash({ROW}) LIMIT {PASSING}"
        )
        with bench.vault.writing(name) as path:
            query = f"SELECT * FROM {source.read()} JOIN (({chosen}) UNION ALL ({passing})) USING ({ROW})"
            engine.write(query, path, width=len(source.columns) + 2)
    return bench.vault.table(name)


def _parts(sample: Path, columns: Sequence[str], cluster: str) -> str:
    """A query `column, part, mine, passing`: how many rows of either group are in each part of each column."""
    if not columns:
        return "SELECT '' AS \"column\", '' AS part, 0 AS mine, 0 AS passing WHERE false"
    long = " UNION ALL ".join(
        f'SELECT {literal(name)} AS "column", _cluster IS NOT NULL AS mine, {quote(name)} AS value FROM chosen'
        for name in columns
    )
    return f"""
WITH chosen AS MATERIALIZED (
  SELECT * FROM {scan(sample)} WHERE _cluster IS NULL OR _cluster = {literal(cluster)}),
long AS MATERIALIZED (
  SELECT *, TRY_CAST(value AS DOUBLE) AS number, TRY_CAST(left(value, 10) AS DATE) AS day FROM ({long})),
kinds AS (
  SELECT "column", count(value) AS filled, count(DISTINCT value) AS different,
    count(number) FILTER (isfinite(number)) >= 0.9 * count(value) AS numeric, count(day) >= 0.9 * count(value) AS days,
    quantile_cont(number, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
      FILTER (NOT mine AND isfinite(number)) AS edges
  FROM long GROUP BY 1),
common AS (
  SELECT "column", value FROM long WHERE value IS NOT NULL GROUP BY 1, 2
  QUALIFY row_number() OVER (PARTITION BY "column" ORDER BY count(*) DESC, value) <= {VALUES}),
placed AS (
  SELECT long."column", mine, CASE
    WHEN value IS NULL THEN {literal(MISSING)}
    WHEN days THEN coalesce(strftime(day, '%Y-%m'), {literal(ANOTHER)})
    WHEN numeric AND different > {2 * VALUES} AND isfinite(number) AND len(edges) = 9 THEN CASE
      WHEN number < edges[1] THEN 'below ' || format('{{:g}}', edges[1])
      WHEN number >= edges[9] THEN 'from ' || format('{{:g}}', edges[9])
      ELSE 'from ' || format('{{:g}}', list_last(list_filter(edges, lambda edge: edge <= number)))
        || ' to below ' || format('{{:g}}', list_first(list_filter(edges, lambda edge: edge > number))) END
    WHEN common.value IS NOT NULL THEN long.value
    ELSE {literal(ANOTHER)} END AS part
  FROM long JOIN kinds USING ("column") LEFT JOIN common USING ("column", value))
SELECT "column", part, count(*) FILTER (mine) AS mine, count(*) FILTER (NOT mine) AS passing
FROM placed GROUP BY 1, 2"""


def _told(rows: Iterable[tuple[Any, ...]]) -> Spread:
    parts: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for column, part, mine, passing in rows:
        parts[column].append((part, mine, passing))
    sizes = [(sum(p[1] for p in one), sum(p[2] for p in one)) for one in parts.values()]
    mine, passing = sizes[0] if sizes else (0, 0)
    if mine < FEWEST or passing < FEWEST:
        return Spread(rows=mine, passing=passing)
    found = (_column(name, one, mine, passing) for name, one in sorted(parts.items()))
    columns = sorted((one for one in found if one), key=lambda one: -one.distance)
    return Spread(columns=tuple(columns), rows=mine, passing=passing)


def _column(name: str, parts: list[tuple[str, int, int]], mine: int, passing: int) -> Apart | None:
    """One column, where it differs by more than chance would have it."""
    shares = [(part, a / mine, b / passing) for part, a, b in parts]
    distance = sum(abs(p - q) for _, p, q in shares) / 2
    together = ((a + b) / (mine + passing) for _, a, b in parts)
    chance = sum(math.sqrt(2 * p * (1 - p) / math.pi * (1 / mine + 1 / passing)) for p in together) / 2
    if distance < max(LEAST, NOISE * chance):
        return None
    part, share, other = max(shares, key=lambda one: abs(one[1] - one[2]))
    return Apart(column=name, distance=distance, part=part, share=share, passing=other)
