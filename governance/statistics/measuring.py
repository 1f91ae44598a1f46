"""The scans of stage 6, in batches of columns: a first question that bounds the second, and one count of each
column's values over all edges that anything needs.

Up to 200,000 rows a batch is read and converted once. Of longer files the first question sees a sample spread
evenly, the second every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from governance.engines.duckdb import Engine, quote
from governance.profiling.asking import Facts, ask
from governance.profiling.counting import Counting, EachRow, EachValue, different
from governance.profiling.model import ColumnProfile, Numbers
from governance.profiling.reading import bins, counted, counts_of, day, moment, number, stripped
from governance.profiling.sampling import FEW_OF_ROWS
from governance.statistics.categories import MOST_CATEGORIES, ask_categories, category
from governance.statistics.dates import ask_dates, ask_days, clock_edges, clock_of, date_range, day_number
from governance.statistics.drift import drift_of
from governance.statistics.model import DateRange, Drift, Measure, Outliers
from governance.statistics.outliers import ask_distance, ask_outliers, chart_edges, limit_of, outliers
from governance.statistics.rows import Rows
from governance.statistics.shares import cuts, regroup, shares_of, union

FEW_NUMBERS = 20
COUNTABLE = 1_000
"""Columns with more distinct values are not counted as categories, even if they once were categories."""


@dataclass(frozen=True)
class Subject:
    """A column, what it is looked at as, and what it was in the last version."""

    profile: ColumnProfile
    numeric: bool
    dated: bool
    before: Measure | None

    @property
    def name(self) -> str:
        return self.profile.name

    @property
    def numbers(self) -> Numbers | None:
        return self.profile.numbers if self.numeric else None

    @property
    def categorical(self) -> bool:
        """Whether its values are counted one by one: words, and numbers that are few."""
        once = bool(self.before and self.before.categories)
        most = COUNTABLE if once else FEW_NUMBERS if self.numbers else MOST_CATEGORIES
        return not self.dated and 0 < self.profile.distinct <= most

    @property
    def few(self) -> bool:
        """Days or times that repeat so often that they are better counted value by value."""
        return self.dated and not self.numbers and self.profile.distinct <= FEW_OF_ROWS * self.profile.count


@dataclass(frozen=True)
class Known:
    """What the first question said: MAD and its limit, the percentiles of days, and the edges to count over."""

    mad: float = 0.0
    limit: float = 0.0
    days: tuple[float, ...] = ()
    edges: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """What came of one column."""

    measure: Measure
    outliers: Outliers | None
    dates: DateRange | None
    drift: Drift | None


def measure(
    engine: Engine, source: Rows, subjects: Sequence[Subject], *, today: date, than: str
) -> list[Measured]:
    """Ask about a batch of columns. `than` names the last version in words."""
    every, some = relation(source.every, subjects), relation(source.some, subjects)
    if source.whole:
        engine.run(f"CREATE OR REPLACE TEMP TABLE looked AS SELECT * FROM {every}")
        every = some = "looked"
    first = ask(engine, some, [_ask_first(one, place) for place, one in enumerate(subjects)])
    known = [_known(one, facts) for one, facts in zip(subjects, first, strict=True)]
    asked = [
        _ask(one, place, bounds, today, EachRow(exact=True)) if source.whole or not one.few else {}
        for place, (one, bounds) in enumerate(zip(subjects, known, strict=True))
    ]
    answers = ask(engine, every, asked)
    for place, (one, bounds) in enumerate(zip(subjects, known, strict=True)):
        if one.few and not source.whole:
            answers[place] = _ask_values(engine, source, one, bounds, today)
    return [
        _measured(one, bounds, facts, source.rows, than)
        for one, bounds, facts in zip(subjects, known, answers, strict=True)
    ]


def relation(source: str, subjects: Sequence[Subject]) -> str:
    """`d` numbers, `t` times, `c` categories, each as `letter<place>` for who is looked at so."""
    names = ", ".join(f"{quote(one.name)} AS v{place}" for place, one in enumerate(subjects))
    columns = ["1 AS one"]
    for place, one in enumerate(subjects):
        text = stripped(f"v{place}")
        if one.numbers:
            columns.append(f"{number(f'v{place}')} AS d{place}")
        if one.dated:
            columns.append(f"{as_time(text)} AS t{place}")
        if one.categorical:
            value = category(text) if not one.numbers else f"format('{{:g}}', {number(f'v{place}')})"
            columns.append(f"{value} AS c{place}")
    return f"(SELECT {', '.join(columns)} FROM (SELECT {names} FROM {source}))"


def as_time(text: str) -> str:
    """A stripped text as TIMESTAMP: a time, or the beginning of a day."""
    return f"coalesce({moment(text)}, ({day(text)})::TIMESTAMP)"


def _ask_first(one: Subject, place: int) -> dict[str, str]:
    asked = ask_distance(f"d{place}", one.numbers) if one.numbers else {}
    return asked | (ask_days(f"t{place}") if one.dated else {})


def _known(one: Subject, facts: Facts) -> Known:
    before = one.before
    if one.numbers:
        mad, limit = limit_of(facts)
        old = (before.edges, [bar.high for bar in before.bins[:-1]]) if before else ()
        return Known(mad, limit, edges=union(cuts(one.numbers.percentiles), chart_edges(one.numbers), *old))
    days = tuple(float(found) for found in facts.get("days") or ())
    old_days = before.clock.edges if before and before.clock else ()
    return Known(days=days, edges=union(clock_edges(days), old_days))


def _ask_values(engine: Engine, source: Rows, one: Subject, known: Known, today: date) -> Facts:
    """A column of few days or times is read once, as its different values and how often each is there."""
    values = different(source.every, one.name, "v")
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE days AS SELECT {as_time(stripped('v'))} AS t0, n FROM ({values})"
    )
    (facts,) = ask(engine, "days", [_ask(one, 0, known, today, EachValue("days"))])
    engine.run("DROP TABLE days")
    return facts


def _ask(one: Subject, place: int, known: Known, today: date, counting: Counting) -> dict[str, str]:
    asked: dict[str, str] = {}
    if one.numbers:
        asked |= ask_outliers(f"d{place}", one.numbers, known.limit)
        asked["counts"] = counted(f"d{place}", known.edges)
    elif one.dated:
        asked |= ask_dates(f"t{place}", today, counting)
        asked["counts"] = counting.upto(day_number(f"t{place}"), known.edges)
    if one.categorical:
        asked["categories"] = ask_categories(f"c{place}")
    return asked


def _measured(one: Subject, known: Known, facts: Facts, rows: int, than: str) -> Measured:
    counts = counts_of(facts.get("counts"), known.edges)
    now = _measure_of(one, known, facts, counts, rows)
    found = None
    if one.numbers:
        chart = regroup(counts, known.edges, chart_edges(one.numbers))
        found = outliers(one.name, one.numbers, facts, mad=known.mad, counts=chart)
    return Measured(
        measure=_kept(now),
        outliers=found,
        dates=date_range(one.name, facts) if one.dated and not one.numbers else None,
        drift=drift_of(one.before, now, counts, known.edges, distinct=one.profile.distinct, than=than)
        if one.before
        else None,
    )


def _measure_of(one: Subject, known: Known, facts: Facts, counts: Sequence[int], rows: int) -> Measure:
    now = Measure(
        column=one.name,
        n=one.numbers.count if one.numbers else one.profile.filled,
        missing=1 - one.profile.filled / rows if rows else 0.0,
    )
    update: dict[str, object] = {}
    if one.numbers:
        update |= _numeric(one.numbers, known, counts)
    elif one.dated:
        update["clock"] = clock_of(known.days, facts, regroup(counts, known.edges, clock_edges(known.days)))
    if one.categorical:
        found = {pair["key"]: int(pair["n"]) for pair in facts["categories"] or ()}
        update["categories"] = dict(zip(found, shares_of(list(found.values())), strict=True))
    return now.model_copy(update=update)


def _numeric(numbers: Numbers, known: Known, counts: Sequence[int]) -> dict[str, object]:
    edges, chart = cuts(numbers.percentiles), chart_edges(numbers)
    return {
        "mean": numbers.mean,
        "std": numbers.std,
        "edges": tuple(edges),
        "tenths": tuple(cuts(numbers.deciles)),
        "counts": tuple(regroup(counts, known.edges, edges)),
        "bins": bins(numbers.min, numbers.max, chart, regroup(counts, known.edges, chart)),
    }


def _kept(measured: Measure) -> Measure:
    """What the next version is held against: more than 50 categories, or 20 numbers, are none."""
    most = FEW_NUMBERS if measured.edges else MOST_CATEGORIES
    if measured.categories is None or len(measured.categories) <= most:
        return measured
    return measured.model_copy(update={"categories": None})
