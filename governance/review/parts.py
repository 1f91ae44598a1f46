"""A cluster parted: which part each of its rows is in, by the values of a column or by a range of its numbers.

Parts are about whose rows are decided together, never about where a row goes: what a revision keeps and what stays
out is cut without them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.review.apart import ANOTHER, MISSING
from governance.tables import ROW, FailingTable, Frozen

VALUES, RANGES = 8, 5
"""Values that are parts of their own, and ranges of a column that holds many different numbers."""
BARS = 30
"""Bars of the picture in which a range is chosen."""
MOSTLY = 0.9
"""Share of the filled cells that are numbers, or days, in a column of numbers, or of days."""


class Group(Frozen):
    """One part: which rows, in words that may hold a person's value, and how many there are."""

    label: str
    rows: int
    mark: str = ""
    """How the part is named among its likes, inside the engine."""


class Parting(Frozen):
    """The parts that a column makes of a cluster. `bars`, of a column of numbers: low, high and rows of each."""

    column: str
    groups: tuple[Group, ...]
    bars: tuple[tuple[float, float, int], ...] = ()


class Cut(Frozen):
    """A split that stands: `table` says of rows of `cluster`, by `_row`, of which part they are, by `_cluster`."""

    cluster: str
    table: Path


def relabel(bench: Bench, engine: Engine, failing: FailingTable, cuts: Sequence[Cut]) -> FailingTable:
    """Failing rows with the keys of their parts in place of their cluster's."""
    name = name_of("parted", failing.name, [[one.cluster, one.table.stem] for one in cuts])
    path = bench.vault.table(name)
    if not path.exists():
        query = f"SELECT {ROW}, _reasons, _cluster, _shape FROM {scan(failing.path)}"
        for cut in cuts:
            query = (
                f"SELECT {ROW}, _reasons, CASE WHEN _cluster = {literal(cut.cluster)} THEN coalesce(_part, _cluster) "
                f"ELSE _cluster END AS _cluster, _shape FROM ({query}) "
                f"LEFT JOIN (SELECT {ROW}, _cluster AS _part FROM {scan(cut.table)}) USING ({ROW})"
            )
        with bench.vault.writing(name) as partial:
            engine.write(f"{query} ORDER BY {ROW}", partial)
    return failing.model_copy(update={"name": name, "path": path, "digest": ""})


def place(engine: Engine, rows: str, column: str, *, within: tuple[float, float] | None = None) -> Parting:
    """Put each row of a FROM item into one part, in the table `placed`; `within`: in a range, or outside it.

    The commonest values are parts of their own, many different numbers are ranges of about equal size, many
    different days are months or years, and the rest is one part. The parts with most rows come first, ranges
    in their order.
    """
    value = f"CAST({quote(column)} AS VARCHAR)"
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE cells AS SELECT {ROW}, {value} AS value, "
        f"TRY_CAST({value} AS DOUBLE) AS number, TRY_CAST(left({value}, 10) AS DATE) AS day FROM {rows}"
    )
    engine.run("UPDATE cells SET number = NULL WHERE NOT isfinite(number)")
    numbers, edges = _numbers(engine)
    if within:
        part, edges = _inside(*within), list(within)
    elif len(edges) > 2:
        part = _ranges(edges)
    else:
        part = _days(engine) or _values()
    engine.run(f"CREATE OR REPLACE TEMP TABLE placed AS SELECT {ROW}, {part} AS part FROM cells")
    counted = engine.rows("SELECT part, count(*) FROM placed GROUP BY 1")
    groups = [Group(label=_label(mark, edges), rows=rows, mark=mark) for mark, rows in counted]
    return Parting(
        column=column, groups=tuple(sorted(groups, key=_order)), bars=_bars(engine) if numbers else ()
    )


def write(engine: Engine, rows: str, keys: Mapping[str, str], path: Path) -> int:
    """The rows of a FROM item with the keys of their parts, by the marks that `place` gave; returns their number."""
    engine.register("keys", pa.table({"part": list(keys), "key": list(keys.values())}))
    return engine.write(
        f"SELECT {ROW}, _reasons, key AS _cluster, _shape FROM {rows} JOIN placed USING ({ROW}) "
        f"JOIN keys USING (part) ORDER BY {ROW}",
        path,
    )


def _numbers(engine: Engine) -> tuple[bool, list[float]]:
    """Whether the column holds numbers, and the edges of its ranges where they are many and different."""
    at = ", ".join(str(one / RANGES) for one in range(RANGES + 1))
    filled, numeric, different, edges = engine.row(
        f"SELECT count(value), count(number), count(DISTINCT value), quantile_disc(number, [{at}]) FROM cells"
    )
    if not numeric or numeric < MOSTLY * filled:
        return False, []
    return True, sorted(set(edges)) if different > VALUES else []


def _ranges(edges: Sequence[float]) -> str:
    """From an edge on, to below the next; the last one includes its end."""
    inner = " ".join(f"WHEN number < {edge!r}::DOUBLE THEN 'r{at}'" for at, edge in enumerate(edges[1:-1]))
    return (
        f"CASE WHEN value IS NULL THEN 'm' WHEN number IS NULL THEN 'o' {inner} ELSE 'r{len(edges) - 2}' END"
    )


def _inside(low: float, high: float) -> str:
    return (
        f"CASE WHEN coalesce(number BETWEEN {float(low)!r}::DOUBLE AND {float(high)!r}::DOUBLE, false) "
        "THEN 'i' ELSE 'x' END"
    )


def _days(engine: Engine) -> str:
    """By months, or by years, where the column holds many days; else empty text."""
    filled, days, different, months, years = engine.row(
        "SELECT count(value), count(day), count(DISTINCT value), count(DISTINCT strftime(day, '%Y-%m')), "
        "count(DISTINCT year(day)) FROM cells"
    )
    if not days or days < MOSTLY * filled or different <= VALUES or years == months == different:
        return ""
    said = "strftime(day, '%Y-%m')" if months <= VALUES else "strftime(day, '%Y')"
    return _common(said)


def _values() -> str:
    return _common("value")


def _common(said: str) -> str:
    """The commonest of what an expression says, each by itself; equally common ones in their order."""
    common = f"SELECT {said} FROM cells WHERE {said} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {VALUES}"
    return (
        f"CASE WHEN value IS NULL THEN 'm' WHEN coalesce({said} IN ({common}), false) THEN 'v' || {said} "
        "ELSE 'o' END"
    )


def _bars(engine: Engine) -> tuple[tuple[float, float, int], ...]:
    low, high = engine.row("SELECT min(number), max(number) FROM cells")
    step = high / BARS - low / BARS
    if not math.isfinite(step) or step <= 0:
        return ()
    counted = engine.rows(
        f"SELECT least({BARS - 1}, CAST(floor((number - {low!r}::DOUBLE) / {step!r}::DOUBLE) AS INTEGER)) AS at, "
        "count(*) FROM cells WHERE number IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return tuple((low + at * step, low + (at + 1) * step, rows) for at, rows in counted)


def _label(mark: str, edges: Sequence[float]) -> str:
    kind, rest = mark[0], mark[1:]
    if kind == "v":
        return f"“{rest}”"
    if kind == "r":
        low, high = edges[int(rest)], edges[int(rest) + 1]
        return f"{low:,.6g} to {'' if int(rest) == len(edges) - 2 else 'below '}{high:,.6g}"
    if kind in "ix":
        return f"{'in' if kind == 'i' else 'outside'} {edges[0]:,.6g} to {edges[1]:,.6g}"
    return MISSING if kind == "m" else ANOTHER


def _order(group: Group) -> tuple[int, int, int, str]:
    kind = group.mark[0]
    at = int(group.mark[1:]) if kind == "r" else 0
    return ("vrixom".index(kind), at, -group.rows if kind == "v" else 0, group.label)
