"""Aggregates over a column's values, in SQL: each row counted by itself, or each different value with its weight.

A column whose values repeat is read once, as its different values with how often each is there (`n`); whatever
is asked of it then costs what the different values cost, and is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from governance.engines.duckdb import literal, quote
from governance.profiling.asking import most_frequent
from governance.profiling.reading import counted, double

PERCENTS = range(1, 100)
LONGEST_TOP = 200
"""Longest value in bytes that may be among the most frequent."""
MOST_TOP = 10


class Counting(Protocol):
    """How rows are counted. Every method gives the SQL of one figure; `value` is a text, `found` a number."""

    def there(self, value: str) -> str: ...

    def where(self, condition: str) -> str: ...

    def total(self, found: str) -> str: ...

    def distinct(self, value: str) -> str: ...

    def by(self, key: str) -> str:
        """How many rows have each key, as a map."""

    def points(self, found: str) -> str:
        """The 1 %, 2 % … 99 % points."""

    def upto(self, found: str, edges: Sequence[float]) -> str:
        """How many lie up to each edge, and (under infinity) beyond the last; read it with `counts_of`."""

    def top(self, value: str, repeated: Sequence[str] | None) -> str:
        """The most frequent texts, of all or of these; read it with `frequencies`."""


@dataclass(frozen=True)
class EachRow:
    """Every row counts one. Distinct counts and quantiles are estimates unless they are to be `exact`."""

    exact: bool

    def there(self, value: str) -> str:
        return f"count({value})"

    def where(self, condition: str) -> str:
        return f"coalesce(count_if({condition}), 0)::BIGINT"

    def total(self, found: str) -> str:
        return f"sum({found})"

    def distinct(self, value: str) -> str:
        return f"count(DISTINCT {value})" if self.exact else f"approx_count_distinct({value})"

    def by(self, key: str) -> str:
        return f"histogram({key})"

    def points(self, found: str) -> str:
        asked = ", ".join(str(percent / 100) for percent in PERCENTS)
        return f"{'quantile_cont' if self.exact else 'approx_quantile'}({found}, [{asked}])"

    def upto(self, found: str, edges: Sequence[float]) -> str:
        return counted(found, edges)

    def top(self, value: str, repeated: Sequence[str] | None) -> str:
        if repeated is None:
            return most_frequent(value, f"strlen({value}) <= {LONGEST_TOP}")
        each = (
            f"{{'m': -count(*) FILTER ({value} = {literal(text)}), 'v': {literal(text)}}}"
            for text in repeated
        )
        return f"list_sort([{', '.join(each)}])"


def different(source: str, column: str, name: str) -> str:
    """A query of a column's different values, as `name`, with `n`, how often each is there: what `EachValue` counts."""
    return f"SELECT {quote(column)} AS {name}, count(*) AS n FROM {source} GROUP BY 1"


@dataclass(frozen=True)
class EachValue:
    """Every row of `relation` stands for `n` rows of the file. Everything is exact; quantiles are those of
    Hyndman & Fan (1996), type 7, as of the rows themselves."""

    relation: str

    def there(self, value: str) -> str:
        return self.where(f"{value} IS NOT NULL")

    def where(self, condition: str) -> str:
        return f"coalesce(sum(n) FILTER ({condition}), 0)::BIGINT"

    def total(self, found: str) -> str:
        return f"sum({found} * n)"

    def distinct(self, value: str) -> str:
        return f"count({value})"

    def by(self, key: str) -> str:
        return self._map(key, f"{self.relation} WHERE {key} IS NOT NULL")

    def points(self, found: str) -> str:
        """The weights are added up in the order of the numbers; a point lies between the first two numbers up to
        which there are more rows than lie below it."""
        last = f"(SELECT sum(n) - 1 FROM {self.relation} WHERE {found} IS NOT NULL)"
        percents = f"range({PERCENTS.start}, {PERCENTS.stop}) AS percents(p)"
        wanted = f"SELECT p, {last} * p / 100.0::DOUBLE AS h FROM {percents}"
        upto = (
            f"SELECT DISTINCT {found} AS d, sum(n) OVER (ORDER BY {found}) AS upto "
            f"FROM {self.relation} WHERE {found} IS NOT NULL"
        )
        return (
            f"(WITH upto AS MATERIALIZED ({upto}), wanted AS ({wanted}) "
            f"SELECT list(below.d * (1 - (h - floor(h))) + above.d * (h - floor(h)) ORDER BY p) FROM wanted "
            f"ASOF JOIN upto AS below ON floor(h) < below.upto ASOF JOIN upto AS above ON ceil(h) < above.upto)"
        )

    def upto(self, found: str, edges: Sequence[float]) -> str:
        listed = ", ".join(map(double, [*edges, float("inf")]))
        binned = f"{self.relation} ASOF JOIN (SELECT unnest([{listed}]) AS edge) ON {found} <= edge"
        return self._map("edge", binned)

    def top(self, value: str, repeated: Sequence[str] | None) -> str:
        return f"min({{'m': -n, 'v': {value}}}, {MOST_TOP}) FILTER (strlen({value}) <= {LONGEST_TOP})"

    def _map(self, key: str, source: str) -> str:
        counts = f"SELECT {key} AS key, sum(n)::BIGINT AS n FROM {source} GROUP BY 1"
        return f"(SELECT map(list(key), list(n)) FROM ({counts}))"
