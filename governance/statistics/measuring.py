"""The one scan of stage 6: every question to a batch of columns, and the answers as figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from governance.engines.duckdb import Engine, quote
from governance.profiling.asking import Facts, ask
from governance.profiling.model import ColumnProfile, Numbers
from governance.profiling.reading import ascending, counted, counts_of, day, moment, number, stripped
from governance.statistics.dates import ask_dates, date_range
from governance.statistics.drift import MOST_CATEGORIES, ask_categories, drift_of
from governance.statistics.model import DateRange, Drift, Measure, Outliers
from governance.statistics.outliers import ask_outliers, outliers

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
    def numbers(self) -> Numbers | None:
        return self.profile.numbers if self.numeric else None

    @property
    def categorical(self) -> bool:
        once = bool(self.before and self.before.categories)
        most = COUNTABLE if once else MOST_CATEGORIES
        return not self.numeric and 0 < self.profile.distinct <= most


@dataclass(frozen=True)
class Measured:
    """What came of one column."""

    measure: Measure
    outliers: Outliers | None
    dates: DateRange | None
    drift: Drift | None


def measure(
    engine: Engine, source: str, subjects: Sequence[Subject], *, today: date, rows: int
) -> list[Measured]:
    """Ask a FROM item about a batch of columns, once."""
    asked = [_ask(one, place, today) for place, one in enumerate(subjects)]
    answers = ask(engine, _relation(source, subjects), asked)
    return [_measured(one, facts, rows) for one, facts in zip(subjects, answers, strict=True)]


def _relation(source: str, subjects: Sequence[Subject]) -> str:
    """`d` numbers, `t` days, `c` categories, each as `letter<place>` for who is looked at so."""
    names = ", ".join(f"{quote(one.profile.name)} AS v{place}" for place, one in enumerate(subjects))
    columns = ["1 AS one"]
    for place, one in enumerate(subjects):
        text = stripped(f"v{place}")
        if one.numeric:
            columns.append(f"{number(f'v{place}')} AS d{place}")
        if one.dated:
            columns.append(f"coalesce({day(text)}, ({moment(text)})::DATE) AS t{place}")
        if one.categorical:
            columns.append(f"nullif({text}, '') AS c{place}")
    return f"(SELECT {', '.join(columns)} FROM (SELECT {names} FROM {source}))"


def _ask(one: Subject, place: int, today: date) -> dict[str, str]:
    asked: dict[str, str] = {}
    if one.numbers:
        asked |= ask_outliers(f"d{place}", one.numbers)
        asked["own"] = counted(f"d{place}", ascending(one.numbers.deciles))
        if one.before and one.before.shares:
            asked["base"] = counted(f"d{place}", one.before.edges)
    if one.dated:
        asked |= ask_dates(f"t{place}", today)
    if one.categorical:
        asked["categories"] = ask_categories(one.profile.name, f"c{place}")
    return asked


def _measured(one: Subject, facts: Facts, rows: int) -> Measured:
    name = one.profile.name
    now = _measure_of(one, facts, rows)
    shares = None
    if "base" in facts and one.before:
        shares = _shares(counts_of(facts["base"], one.before.edges))
    return Measured(
        measure=_kept(now),
        outliers=outliers(name, one.numbers, facts) if one.numbers else None,
        dates=date_range(name, facts) if one.dated else None,
        drift=drift_of(one.before, now, shares, distinct=one.profile.distinct) if one.before else None,
    )


def _measure_of(one: Subject, facts: Facts, rows: int) -> Measure:
    missing = 1 - one.profile.filled / rows if rows else 0.0
    if one.numbers:
        edges = tuple(ascending(one.numbers.deciles))
        return Measure(
            column=one.profile.name,
            n=one.numbers.count,
            missing=missing,
            mean=one.numbers.mean,
            edges=edges,
            shares=_shares(counts_of(facts["own"], edges)),
        )
    categories = None
    if one.categorical:
        found = {pair["key"]: int(pair["n"]) for pair in facts["categories"] or ()}
        categories = dict(zip(found, _shares(list(found.values())), strict=True))
    return Measure(column=one.profile.name, n=one.profile.filled, missing=missing, categories=categories)


def _kept(measured: Measure) -> Measure:
    """What the next version is held against: more than 50 categories are none."""
    if measured.categories is None or len(measured.categories) <= MOST_CATEGORIES:
        return measured
    return measured.model_copy(update={"categories": None})


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    total = sum(counts)
    return tuple(count / total if total else 0.0 for count in counts)
