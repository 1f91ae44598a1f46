"""What a column's values look like: shares of distinct values in a sample, taken by the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from governance.engines.duckdb import Engine, literal, quote, scan
from governance.privacy import checksums
from governance.privacy.patterns import WHOLE
from governance.tables import ROW

DISTINCT = 2_000
"""Distinct values looked at in one column, at most."""
SAMPLE_ROWS = 20_000
SAMPLE_CELLS = 2_000_000
AT_ONCE = 50
"""Columns looked at in one query."""
LONGEST = 1_000
"""Signs of a value that are looked at."""

MEASURES = {
    "letters": r"count_if(regexp_matches(v, '\pL'))",
    "coded": r"count_if(regexp_matches(v, '[0-9_]'))",
    "words": r"sum(length(v) - length(replace(v, ' ', '')) + 1)",
    "length": "sum(length(v))",
}


@dataclass(frozen=True)
class Look:
    """One column's sample: `rows` not-null cells, `distinct` values of them, and the share of distinct
    values (0–1) that match each pattern of `patterns.WHOLE`, or the mean for `words` and `length`."""

    sql_type: str
    rows: int
    distinct: int
    shares: dict[str, float] = field(default_factory=dict)
    checked: dict[str, float] = field(default_factory=dict)
    """Share of all distinct values that also pass the checksum, for `card` and `iban`."""

    def share(self, name: str) -> float:
        return self.checked.get(name, self.shares.get(name, 0.0))

    @property
    def is_text(self) -> bool:
        return self.sql_type == "VARCHAR"

    @property
    def repeats(self) -> bool:
        """Few values, each of them often: a category, whatever its name says."""
        return self.distinct < 30 and self.distinct * 2 <= self.rows


def take_sample(engine: Engine, path: Path, rows: int, columns: int) -> str:
    """Make a table of some of the rows, the same ones each time; returns its name."""
    wanted = max(DISTINCT, min(SAMPLE_ROWS, SAMPLE_CELLS // max(columns, 1)))
    step = max(1, rows // wanted)
    some = f"WHERE hash({ROW}) % {step} = 0" if step > 1 else ""
    engine.run(f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT * FROM {scan(path)} {some}")
    return "sampled"


def look(engine: Engine, sample: str, types: Mapping[str, str]) -> dict[str, Look]:
    """What columns (name to type) look like, from a sample made by `take_sample`."""
    names = list(types)
    found: dict[str, Look] = {}
    for start in range(0, len(names), AT_ONCE):
        found.update(_look(engine, sample, {name: types[name] for name in names[start : start + AT_ONCE]}))
    return found


def _look(engine: Engine, sample: str, types: Mapping[str, str]) -> Iterator[tuple[str, Look]]:
    """One query for several columns, over a table of their values: each branch of a union prepares every
    pattern anew, which costs more than matching, and planning over thousands of columns takes a second."""
    some = ", ".join(quote(name) for name in types)
    engine.run(f"CREATE OR REPLACE TEMP TABLE some_columns AS SELECT {ROW}, {some} FROM {sample}")
    queries = (distinct_values("some_columns", name, DISTINCT) for name in types)
    tagged = " UNION ALL ".join(f"SELECT {n} AS i, v FROM ({query})" for n, query in enumerate(queries))
    engine.run(f"CREATE OR REPLACE TEMP TABLE their_values AS {tagged}")
    matches = {name: f"count_if({_matches(name)})" for name in WHOLE}
    measures = {**matches, **MEASURES}
    answer = engine.rows(f"SELECT i, count(*), {', '.join(measures.values())} FROM their_values GROUP BY i")
    counts = {row[0]: row[1:] for row in answer}
    filled = engine.row(f"SELECT {', '.join(f'count({quote(name)})' for name in types)} FROM some_columns")
    for number, (name, sql_type) in enumerate(types.items()):
        distinct, *sums = counts.get(number, (0,) * (len(measures) + 1))
        shares = {key: float(total) / max(distinct, 1) for key, total in zip(measures, sums, strict=True)}
        yield (
            name,
            Look(sql_type, int(filled[number]), int(distinct), shares, _checked(engine, number, shares)),
        )


def distinct_values(sample: str, column: str, most: int) -> str:
    """A query of one column `v`: the first distinct values as text, in the order they come."""
    text = f"left(CAST({quote(column)} AS VARCHAR), {LONGEST})"
    return (
        f"SELECT v FROM (SELECT {text} AS v, min({ROW}) AS first_row FROM {sample} "
        f"WHERE {quote(column)} IS NOT NULL GROUP BY ALL) WHERE trim(v) <> '' ORDER BY first_row LIMIT {most}"
    )


def _checked(engine: Engine, number: int, shares: dict[str, float]) -> dict[str, float]:
    """Shares after the checksum, for the patterns that have one and match often enough to ask."""
    checked = {}
    for name, passes in (("card", checksums.luhn), ("iban", checksums.iban)):
        if shares[name] >= 0.1:
            found = engine.rows(f"SELECT v FROM their_values WHERE i = {number} AND {_matches(name)}")
            checked[name] = shares[name] * sum(passes(row[0]) for row in found) / len(found)
    return checked


def _matches(name: str) -> str:
    whole = rf"\A\s*(?:{WHOLE[name]})\s*\z"
    return f"regexp_matches(v, {literal(whole)})"
