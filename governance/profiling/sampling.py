"""A first look at a few rows spread over the file: what a column seems to be, its shapes, its repeats.

It saves the full scan from trying every conversion on every value, which is what costs most.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance.engines.duckdb import Engine, Row, literal, quote, scan
from governance.profiling.counting import LONGEST_TOP
from governance.profiling.model import Counted, Kind
from governance.profiling.reading import day, moment, number, stripped, truth
from governance.profiling.shapes import shape

RUN = 2_048
"""Rows of a run in a sample: DuckDB's vector, so that it can skip between them."""
RUNS = 5
SAMPLE = RUNS * RUN
"""Rows looked at."""
FEW = 100
"""With fewer values than this in the sample, every conversion stays in question."""
SHOWN = 80
"""Characters of a value that a profile keeps."""
FEW_OF_ROWS, MOST_FEW = 0.3, 1_000_000
"""A column has few values when they are at most this share of the rows, and at most so many."""
CONVERTIBLE = (Kind.NUMBER, Kind.BOOLEAN, Kind.DATE, Kind.TIMESTAMP)


@dataclass(frozen=True)
class FirstLook:
    """What the sample says about one column. `repeated` are values met more than once, in full: at least
    three times when the sample is not the whole table, where two of a kind are often chance."""

    plausible: frozenset[Kind]
    repeated: tuple[str, ...]
    examples: tuple[str, ...]
    shapes: tuple[Counted, ...]
    different: int = 0
    """About how many different values the whole column has."""

    def few(self, rows: int) -> bool:
        """Whether the column's values repeat so often that they are better counted value by value."""
        return self.different <= min(FEW_OF_ROWS * rows, MOST_FEW)


def first_looks(
    engine: Engine, path: Path, names: Sequence[str], *, rows: int
) -> tuple[int, list[FirstLook]]:
    """How many rows were looked at, and the first look at each column.

    The columns are stacked on one another, so that the queries are planned once and not for each column.
    """
    sampled, whole = min(rows, SAMPLE), rows <= SAMPLE
    engine.run(f"CREATE OR REPLACE TEMP TABLE stacked AS {_stacked(path, names, rows)}")
    counts = {row[0]: row[1:] for row in engine.rows(_COUNTS)}
    shapes = _listed(engine.rows(_SHAPES))
    repeated = _listed(engine.rows(_REPEATED, [2 if whole else 3]))
    looks = [
        _look(counts.get(place, _NOTHING), repeated[place], shapes[place], whole=whole)
        for place in range(len(names))
    ]
    engine.run("DROP TABLE stacked")
    return sampled, looks


def spread(path: Path, rows: int, *, runs: int) -> str:
    """A FROM item of runs of 2,048 rows, spread evenly over a file of so many `rows` (one at least), each with its
    `file_row_number`. They are asked for as ranges, so that row groups without any of them are not read."""
    starts = range(0, rows, math.ceil(rows / runs))
    wanted = " OR ".join(f"file_row_number BETWEEN {start} AND {start + RUN - 1}" for start in starts)
    return f"(SELECT * FROM read_parquet({literal(path)}, file_row_number = true) WHERE {wanted})"


def _stacked(path: Path, names: Sequence[str], rows: int) -> str:
    """The distinct values of each column in the sample: its place, the value, how often, whether it is more than white
    space, what it converts to, its shape. Asked here, as values leave the grouping on every core: a table of so few
    rows is read by one."""
    relation = spread(path, rows, runs=RUNS) if rows > SAMPLE else scan(path)
    values = ", ".join(quote(name) for name in names)
    places = ", ".join(str(place) for place in range(len(names)))
    return (
        f"SELECT place, v, n, {_SEEN} FROM (SELECT place, v, n, {stripped('v')} AS s FROM ("
        f"SELECT place, v, count(*) AS n "
        f"FROM (SELECT unnest([{places}]) AS place, unnest([{values}]) AS v FROM {relation}) "
        f"WHERE v IS NOT NULL GROUP BY ALL))"
    )


def _sum(condition: str) -> str:
    return f"coalesce(sum(n) FILTER ({condition}), 0)::BIGINT"


_NOTHING: tuple[Any, ...] = (0, 0, 0, 0, 0, 0, 0, 0, [])
_TESTS = {
    "filled": "s <> ''",
    "number": f"({number('v')}) IS NOT NULL",
    "truth": truth("s"),
    "day": f"({day('s')}) IS NOT NULL",
    "moment": f"({moment('s')}) IS NOT NULL",
}
_SEEN = ", ".join(f"{sql} AS {name}" for name, sql in (_TESTS | {"shape": shape("s")}).items())
_COUNTS = (
    f"SELECT place, {', '.join(map(_sum, _TESTS))}, count(*), count(*) FILTER (n = 1), count(*) FILTER (n = 2)"
    f", arg_min(left(v, {SHOWN}), hash(v), 5) FILTER (filled) FROM stacked GROUP BY place"
)
_RANKED = (
    "QUALIFY row_number() OVER (PARTITION BY place ORDER BY n DESC, found) <= 10 "
    "ORDER BY place, n DESC, found"
)
_SHAPES = (
    f"SELECT * FROM (SELECT place, shape AS found, sum(n)::BIGINT AS n "
    f"FROM stacked WHERE filled GROUP BY ALL) {_RANKED}"
)
_REPEATED = f"SELECT place, v AS found, n FROM stacked WHERE n >= ? AND strlen(v) <= {LONGEST_TOP} {_RANKED}"


def _listed(rows: list[Row]) -> defaultdict[int, list[Counted]]:
    lists: defaultdict[int, list[Counted]] = defaultdict(list)
    for place, text, count in rows:
        lists[place].append((text, count))
    return lists


def _look(counts: Row, repeated: list[Counted], shapes: list[Counted], *, whole: bool) -> FirstLook:
    filled, *converted, values, once, twice, examples = counts
    unsure = filled < FEW and not whole
    return FirstLook(
        plausible=frozenset(CONVERTIBLE) if unsure else _plausible(filled, converted),
        repeated=tuple(text for text, _ in repeated),
        examples=tuple(examples or ()),
        shapes=tuple(shapes),
        different=_different(values, once, twice),
    )


def _different(values: int, once: int, twice: int) -> int:
    """How many different values there are, seen and unseen, from those met once and twice in a sample (the lower
    bound of Chao 1984, bias-corrected form)."""
    return values + once * (once - 1) // (2 * (twice + 1))


def _plausible(filled: int, converted: Sequence[int]) -> frozenset[Kind]:
    """What at least half of the values convert to. Days are times too, and cost less to read."""
    counts = dict(zip(CONVERTIBLE, converted, strict=True))
    if counts[Kind.TIMESTAMP] <= counts[Kind.DATE]:
        del counts[Kind.TIMESTAMP]
    return frozenset(kind for kind, count in counts.items() if count and count >= filled / 2)
