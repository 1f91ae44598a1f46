"""What charts show beyond one column: by group, over time, together, missing. From one table of a bounded
number of columns: every row up to 200,000, of longer files a sample of 51,200 spread evenly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.engines.duckdb import Engine, quote
from governance.profiling.model import ColumnProfile
from governance.profiling.reading import number, stripped
from governance.statistics.categories import MOST_CATEGORIES, category
from governance.statistics.grouping import by_group, over_time
from governance.statistics.measuring import Measured, Subject, as_time
from governance.statistics.missing import missing
from governance.statistics.model import Pictures
from governance.statistics.rows import Rows
from governance.statistics.together import categories_together, numbers_together
from governance.tables import Frozen

MOST_NUMBERS = 12
"""Numeric columns by group, over time and in the correlation: the first of the file."""
MOST_GROUPINGS = 3
GROUPS = range(2, 13)
"""A column with so many distinct values may group others."""
MOST_CATEGORICAL = 8
MOST_MISSING = 40
LARGEST = 1e150
"""Larger numbers are left out of charts: their squares would not be finite."""

Letters = dict[str, str]


class Cast(Frozen):
    """Who is in the pictures: letter in the table → name. `time` is the name of the column of times."""

    numbers: Letters
    categories: Letters
    groupings: Letters
    missing: Letters
    time: str
    of: tuple[int, int, int]
    """How many numbers, categories and columns with missing values there were to choose from."""


def pictures(
    engine: Engine, source: Rows, subjects: Sequence[Subject], found: Sequence[Measured]
) -> Pictures:
    """Everything that charts show beyond one column."""
    if not source.rows or not subjects:
        return Pictures()
    cast = cast_of(subjects, source.rows)
    engine.run(f"CREATE OR REPLACE TEMP TABLE picture AS {_table(source, cast)}")
    figures = {one.outliers.column: one.outliers.figures for one in found if one.outliers}
    clocks = {one.measure.column: one.measure.clock for one in found}
    made = Pictures(
        rows=int(engine.value("SELECT count(*) FROM picture")),
        over_time=over_time(engine, cast.numbers, cast.time, clocks.get(cast.time), figures),
        by_group=tuple(
            split
            for letter, name in cast.groupings.items()
            for split in by_group(engine, cast.numbers, letter, name)
        ),
        numbers=numbers_together(engine, cast.numbers, of=cast.of[0]),
        categories=categories_together(engine, cast.categories, of=cast.of[1]),
        missing=missing(engine, cast.missing, source.rows, of=cast.of[2]),
    )
    engine.run("DROP TABLE picture")
    return made


def cast_of(subjects: Sequence[Subject], rows: int) -> Cast:
    """Who is in the pictures. Numbers may be grouped by a column of 2 to 12 values that fills half the rows,
    words and codes before quantities, those with most values first; the column of times is the one that is
    filled most."""
    place = {one.name: at for at, one in enumerate(subjects)}
    numbers = [one.name for one in subjects if one.numbers]
    words = [one.profile for one in subjects if not one.dated and one.profile.distinct in GROUPS]
    groupings = [one for one in words if one.filled >= rows / 2]
    categories = [
        one.name
        for one in subjects
        if (one.categorical and 2 <= one.profile.distinct <= MOST_CATEGORIES) or one.profile in words
    ]
    dated = [one.profile for one in subjects if one.dated and not one.numbers and one.profile.filled]
    gaps = sorted((one.profile for one in subjects if one.profile.filled < rows), key=_filled)
    quantities = {one.name for one in subjects if one.numeric}
    groupings.sort(key=lambda one: (one.name in quantities, -one.distinct, place[one.name]))
    return Cast(
        numbers=_letters("d", numbers[:MOST_NUMBERS], place),
        categories=_letters("c", categories[:MOST_CATEGORICAL], place),
        groupings=_letters("c", [one.name for one in groupings[:MOST_GROUPINGS]], place),
        missing=_letters("m", [one.name for one in gaps[:MOST_MISSING]], place),
        time=max(dated, key=_filled).name if dated else "",
        of=(len(numbers), len(categories), len(gaps)),
    )


def _filled(profile: ColumnProfile) -> int:
    return profile.filled


def _letters(letter: str, names: Sequence[str], place: Mapping[str, int]) -> Letters:
    return {f"{letter}{place[name]}": name for name in sorted(names, key=lambda name: place[name])}


def _table(source: Rows, cast: Cast) -> str:
    """`row` from 0, `d` numbers, `c` categories, `m` whether a value is missing, each under its place, and
    `t`, the time of the row."""
    letters = {**cast.numbers, **cast.categories, **cast.groupings, **cast.missing}
    if cast.time:
        letters["t"] = cast.time
    values = {name: f"v{at}" for at, name in enumerate(dict.fromkeys(letters.values()))}
    named = ", ".join(f"{quote(name)} AS {value}" for name, value in values.items())
    columns = [f"{_as(letter, values[name])} AS {letter}" for letter, name in letters.items()]
    inner = ", ".join(["file_row_number", *([named] if named else [])])
    return (
        f"SELECT {', '.join(['file_row_number AS row', *columns])} FROM (SELECT {inner} FROM {source.some})"
    )


def _as(letter: str, value: str) -> str:
    text = stripped(value)
    if letter[0] == "d":
        return f"CASE WHEN abs({number(value)}) <= {LARGEST!r} THEN {number(value)} END"
    if letter[0] == "c":
        return category(text)
    if letter[0] == "t":
        return as_time(text)
    return f"coalesce({value} < '!' AND {text} = '', true)"
