"""Kinds of rules about a row among the others: each reads a helper relation made of all rows."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field
from sqlglot import exp

from governance.findings import Dimension
from governance.rules import sql
from governance.rules.rule import NO_SHAPE, Helper, Key, Rule
from governance.tables import ROW


def _alias(what: str, names: tuple[str, ...]) -> str:
    """A name for a helper relation that no other has: columns `a b` are not the columns `a` and `b`."""
    return " ".join((what, *map(sql.quoted, names)))


class _Repeated(Rule):
    """Rules about values that come more than once in the columns `_keys`."""

    dimension: Dimension = Dimension.UNIQUENESS

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def _alias(self) -> str:
        return _alias("repeated", self.keys)

    def helper(self, key: Key) -> Helper:
        """`_last`: the last row with the values, which every repeated group has one of."""
        places = range(len(self.keys))
        listed = ", ".join(f"{key(name, 'rows')} AS k{n}" for n, name in zip(places, self.keys, strict=True))
        there = " AND ".join(f"{sql.quoted(name)} IS NOT NULL" for name in self.keys)
        alias = sql.quoted(self._alias)
        groups = ", ".join(str(n + 1) for n in places)
        return Helper(
            alias=self._alias,
            query=lambda rows: (
                f"SELECT {listed}, max({ROW}) AS _last FROM {rows} AS rows WHERE {there} "
                f"GROUP BY {groups} HAVING count(*) > 1"
            ),
            on=" AND ".join(
                f"{key(name, 'cleaned')} = {alias}.k{n}" for n, name in zip(places, self.keys, strict=True)
            ),
        )

    @property
    def _last(self) -> exp.Expression:
        return exp.column("_last", table=self._alias, quoted=True)

    def shape(self) -> exp.Expression:
        return NO_SHAPE


class Unique(_Repeated):
    """No other row has the same value; every row of the group fails, for a person to choose."""

    kind: Literal["unique"] = "unique"
    wrong: ClassVar[str] = "duplicate"

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(":last IS NOT NULL", last=self._last)

    @property
    def words(self) -> str:
        return "a value that no other row has"


class UniqueTogether(_Repeated):
    """No other row has the same values in several columns; a row without one of them is not compared."""

    kind: Literal["unique_together"] = "unique_together"
    wrong: ClassVar[str] = "duplicate together"
    others: tuple[str, ...] = Field(min_length=1)

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.column, *self.others)

    @property
    def reads(self) -> tuple[str, ...]:
        return self.keys

    @property
    def subject(self) -> str:
        return ", ".join(self.keys)

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(":last IS NOT NULL", last=self._last)

    @property
    def words(self) -> str:
        return "values that no other row has together"


class Superseded(_Repeated):
    """Of several rows with one value the last one in the batch wins; the earlier ones fail."""

    kind: Literal["superseded"] = "superseded"
    wrong: ClassVar[str] = "superseded by a later row"

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(
            ":row < :last", row=exp.column(ROW, table="cleaned", quoted=True), last=self._last
        )

    @property
    def words(self) -> str:
        return "the latest row with this value"

    @property
    def waivable(self) -> bool:
        return False  # two rows with one key could not both be published


class Depends(Rule):
    """One value for each value of other columns (`zip → city`): a functional dependency.

    Where rows disagree, those fail that do not have the value of more than half of them; without such a
    value all of them fail, for a person to choose.
    """

    kind: Literal["depends"] = "depends"
    wrong: ClassVar[str] = "not what the others have"
    dimension: Dimension = Dimension.CONSISTENCY
    on: tuple[str, ...] = Field(min_length=1)

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.column, *self.on)

    @property
    def _alias(self) -> str:
        return _alias("depends", self.reads)

    def helper(self, key: Key) -> Helper:
        places = [f"k{n}" for n in range(len(self.on))]
        named = list(zip(self.on, places, strict=True))
        listed = ", ".join(f"{key(name, 'rows')} AS {place}" for name, place in named)
        there = " AND ".join(f"{sql.quoted(name)} IS NOT NULL" for name in self.reads)
        group, alias = ", ".join(places), sql.quoted(self._alias)
        return Helper(
            alias=self._alias,
            query=lambda rows: (
                f"SELECT {group}, true AS _odd, max(v) FILTER (2 * n > total) AS _usual FROM ("
                f"SELECT {group}, v, n, sum(n) OVER (PARTITION BY {group}) AS total, "
                f"count(*) OVER (PARTITION BY {group}) AS ways FROM ("
                f"SELECT {listed}, {key(self.column, 'rows')} AS v, count(*) AS n FROM {rows} AS rows "
                f"WHERE {there} GROUP BY ALL)) WHERE ways > 1 GROUP BY ALL"
            ),
            on=" AND ".join(f"{key(name, 'cleaned')} = {alias}.{place}" for name, place in named)
            + f" AND {key(self.column, 'cleaned')} IS DISTINCT FROM {alias}._usual",
        )

    def failing(self, today: date) -> exp.Expression:
        odd = exp.column("_odd", table=self._alias, quoted=True)
        return sql.fragment(":odd AND :v IS NOT NULL", odd=odd, v=self.value)

    def shape(self) -> exp.Expression:
        return NO_SHAPE

    @property
    def words(self) -> str:
        return f"the same wherever {' and '.join(self.on)} is the same"


SLACK = 1e-12
"""How far outside of a fence a number may lie, as a share of the largest number that the fence is made of."""
LEAST_SPREAD = {"iqr": 2.0**-1022, "zscore": 2.0**-511, "mad": 2.0**-1022}
"""Below 2⁻¹⁰²² (IEEE 754: subnormal) a double loses its digits one by one; a standard deviation comes of a square."""


class Outlier(Rule):
    """A number inside fences that the data themselves set, in the whole table or within each group.

    `iqr`: quartiles ± factor × interquartile range (Tukey 1977; 1.5 or 3). `zscore`: mean ± factor × standard
    deviation. `mad`: modified z-score, 0.6745 × (x − median) ÷ MAD (Iglewicz and Hoaglin 1993; 3.5). Groups of
    fewer than `least` numbers, and numbers that do not spread as far as a double can tell in full (2.2 × 10⁻³⁰⁸, for
    a standard deviation 1.5 × 10⁻¹⁵⁴), have no fences. A number no farther outside than one part in 10¹² of what its
    fence is made of is on it: with binary fractions 2.6 would lie beyond 1.7 + 1.5 × 0.6.
    """

    kind: Literal["outlier"] = "outlier"
    wrong: ClassVar[str] = "outlier"
    method: Literal["iqr", "zscore", "mad"] = "iqr"
    factor: float = Field(default=3.0, gt=0)
    by: str = ""
    least: int = Field(default=8, ge=3)

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.column, self.by) if self.by else (self.column,)

    @property
    def _alias(self) -> str:
        return _alias(f"fences {self.method} {self.factor!r} {self.least}", self.reads)

    def helper(self, key: Key) -> Helper:
        group, alias = (key(self.by, "rows") if self.by else "true"), sql.quoted(self._alias)
        number = sql.render(sql.as_number(self.value))
        return Helper(
            alias=self._alias,
            query=lambda rows: (
                f"SELECT k, below - reach - slack AS _low, above + reach + slack AS _high FROM ("
                f"SELECT *, {SLACK} * greatest(abs(below), abs(above), reach) AS slack FROM ("
                f"SELECT k, {self._fences()} FROM (SELECT {group} AS k, {number} AS n FROM {rows} AS rows) "
                f"WHERE n IS NOT NULL AND k IS NOT NULL GROUP BY k HAVING count(*) >= {self.least})) "
                f"WHERE spread >= {LEAST_SPREAD[self.method]!r} AND isfinite(spread)"
            ),
            on=f"{key(self.by, 'cleaned') if self.by else 'true'} = {alias}.k",
        )

    def _fences(self) -> str:
        """`below` and `above`, from where the fences `reach` out, and the `spread` they are measured in."""
        low, high, spread, unit = {
            "iqr": (
                "quantile_cont(n, 0.25)",
                "quantile_cont(n, 0.75)",
                "quantile_cont(n, 0.75) - quantile_cont(n, 0.25)",
                1,
            ),
            "zscore": ("avg(n)", "avg(n)", "stddev_samp(n)", 1),
            "mad": ("median(n)", "median(n)", "mad(n)", 0.6745),
        }[self.method]
        factor = sql.render(sql.number(self.factor))
        return f"{low} AS below, {high} AS above, {spread} AS spread, {factor} * ({spread}) / {unit} AS reach"

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment(
            ":n < :low OR :n > :high",
            n=sql.as_number(self.value),
            low=self._bound("_low"),
            high=self._bound("_high"),
        )

    def _bound(self, name: str) -> exp.Expression:
        return exp.column(name, table=self._alias, quoted=True)

    def shape(self) -> exp.Expression:
        return NO_SHAPE

    @property
    def words(self) -> str:
        names = {"iqr": "interquartile ranges", "zscore": "standard deviations", "mad": "modified z-score"}
        return f"within {self.factor:g} {names[self.method]}" + (f" of its {self.by}" if self.by else "")


class Reference(Rule):
    """A value that another dataset's newest version has in a column (a foreign key).

    `files` are bound when a run is ordered; before that, nothing is there to compare with and nothing fails.
    """

    kind: Literal["reference"] = "reference"
    wrong: ClassVar[str] = "not found in the other dataset"
    dimension: Dimension = Dimension.CONSISTENCY
    dataset: str
    target: str
    version: int = 0
    files: tuple[str, ...] = ()

    @property
    def _alias(self) -> str:
        return _alias("reference", (self.column, self.dataset, self.target))

    def helper(self, key: Key) -> Helper | None:
        if not self.files:
            return None
        listed, alias = ", ".join(sql.render(sql.text(file)) for file in self.files), sql.quoted(self._alias)
        name, target = sql.quoted(self.column), sql.quoted(self.target)
        return Helper(
            alias=self._alias,
            query=lambda rows: (
                f"SELECT DISTINCT {key(self.column, 'rows')} AS k FROM "
                f"(SELECT CAST({target} AS VARCHAR) AS {name} FROM read_parquet([{listed}])) AS rows "
                f"WHERE {name} IS NOT NULL"
            ),
            on=f"{key(self.column, 'cleaned')} = {alias}.k",
        )

    def failing(self, today: date) -> exp.Expression:
        if not self.files:
            return sql.fragment("false")
        found = exp.column("k", table=self._alias, quoted=True)
        return sql.fragment(":v IS NOT NULL AND :k IS NULL", v=self.value, k=found)

    @property
    def words(self) -> str:
        return f"found in {self.dataset}.{self.target}"
