"""Numeric columns by the groups of another column, and by periods of a column of times: one query each.

The groups are those of the table `picture`, which `governance.statistics.picturing` makes. A group's fences and
scores are its own, as in `governance.statistics.outliers`; a period is held against the whole column's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from governance.engines.duckdb import Engine, literal
from governance.profiling.reading import double
from governance.statistics.model import Clock, Figures, Group, GroupFigures, Split
from governance.statistics.outliers import MODIFIED, REACH, SCORE

MOST_GROUPS = 12
MOST_PERIODS = 100
UNITS = ((3, "hour"), (100, "day"), (3_000, "month"))
"""Periods of a column of times that spans at most so many days; longer ones go by year."""


def by_group(engine: Engine, numbers: Mapping[str, str], letter: str, by: str) -> list[Split]:
    """Every numeric column by the groups of one other, the largest groups first."""
    asked = {own: name for own, name in numbers.items() if name != by}
    if not asked:
        return []
    count = int(engine.value(f"SELECT count(DISTINCT {letter}) FROM picture"))
    rows = engine.rows(_by_group(list(asked), letter))
    return [
        Split(
            column=name,
            by=by,
            groups=tuple(_group(label, found) for place, label, found in rows if place == at),
            groups_in_all=count,
        )
        for at, name in enumerate(asked.values())
    ]


def _by_group(letters: Sequence[str], group: str) -> str:
    """The numbers stacked on one another (`k` is the column's place, `v` the value) and looked at three times:
    quartiles and moments, distances from the median, counts against both."""
    places = ", ".join(map(str, range(len(letters))))
    away = f"abs(v - a) > {SCORE} * s"
    far = f"abs(v - q[2]) > CASE WHEN m > 0 THEN {MODIFIED} * m / 0.6745 ELSE {MODIFIED} * 1.253314 * w END"
    return (
        f"WITH top AS (SELECT {group} AS g, count(*) AS size FROM picture WHERE {group} IS NOT NULL "
        f"GROUP BY g ORDER BY size DESC, g LIMIT {MOST_GROUPS}), "
        f"stacked AS (SELECT * FROM (SELECT g, size, unnest([{places}]) AS k, unnest([{', '.join(letters)}]) AS v "
        f"FROM picture JOIN top ON {group} = g) WHERE v IS NOT NULL), "
        "moments AS (SELECT k, g, any_value(size) AS size, quantile_cont(v, [0.25, 0.5, 0.75]) AS q, avg(v) AS a, "
        "coalesce(stddev_samp(v), 0) AS s FROM stacked GROUP BY ALL), "
        "distances AS (SELECT k, g, quantile_cont(abs(v - q[2]), 0.5) AS m, avg(abs(v - q[2])) AS w "
        "FROM stacked JOIN moments USING (k, g) GROUP BY ALL), "
        f"known AS (SELECT *, q[1] - {REACH} * (q[3] - q[1]) AS low, q[3] + {REACH} * (q[3] - q[1]) AS high "
        "FROM moments JOIN distances USING (k, g)) "
        "SELECT k, g, {'n': count(*), 'q': any_value(q), 'low': any_value(low), 'high': any_value(high), "
        "'least': min(v) FILTER (v >= low), 'most': max(v) FILTER (v <= high), "
        "'outside': count(*) FILTER (v < low OR v > high), "
        f"'z': count(*) FILTER (s > 0 AND {away}), 'away': count(*) FILTER (w > 0 AND {far})}} "
        "FROM stacked JOIN known USING (k, g) GROUP BY k, g ORDER BY k, any_value(known.size) DESC, g"
    )


def over_time(
    engine: Engine,
    numbers: Mapping[str, str],
    time: str,
    clock: Clock | None,
    figures: Mapping[str, Figures | None],
) -> tuple[Split, ...]:
    """Every numeric column by hour, day, month or year, in order of time; at most 100 periods, the fullest."""
    asked = {letter: found for letter, name in numbers.items() if (found := figures.get(name))}
    if not asked or not clock:
        return ()
    unit = next((unit for days, unit in UNITS if clock.span <= days), "year")
    columns = ", ".join(_period(letter, found) for letter, found in asked.items())
    period = f"date_trunc({literal(unit)}, t)"
    rows = engine.rows(
        f"SELECT * EXCLUDE (size) FROM (SELECT strftime({period}, {literal(_form(unit))}) AS p, {columns}, "
        f"count(*) AS size FROM picture WHERE t IS NOT NULL GROUP BY p ORDER BY size DESC LIMIT {MOST_PERIODS}) "
        "ORDER BY p"
    )
    count = int(engine.value(f"SELECT count(DISTINCT {period}) FROM picture"))
    return tuple(
        Split(
            column=numbers[letter],
            by=time,
            unit=unit,
            groups=tuple(_group(row[0], row[1 + at]) for row in rows if row[1 + at]["n"]),
            groups_in_all=count,
        )
        for at, letter in enumerate(asked)
    )


def _form(unit: str) -> str:
    return {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "month": "%Y-%m"}.get(unit, "%Y")


def _period(d: str, figures: Figures) -> str:
    low, high = double(figures.lower), double(figures.upper)
    return (
        f"{{'n': count({d}), 'q': quantile_cont({d}, [0.25, 0.5, 0.75]), 'low': {low}, 'high': {high}, "
        f"'least': min({d}) FILTER ({d} >= {low}), 'most': max({d}) FILTER ({d} <= {high}), "
        f"'outside': count(*) FILTER ({d} < {low} OR {d} > {high}), 'z': 0, 'away': 0}}"
    )


def _group(label: str, found: Mapping[str, Any]) -> Group:
    q1, median, q3 = found["q"]
    least, most = (found[end] if found[end] is not None else median for end in ("least", "most"))
    return Group(
        n=found["n"],
        outside=found["outside"],
        z_beyond_3=found["z"],
        modified_beyond=found["away"],
        figures=GroupFigures(
            label=str(label),
            box=(min(least, q1), q1, median, q3, max(most, q3)),
            lower=found["low"],
            upper=found["high"],
        ),
    )
