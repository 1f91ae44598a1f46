"""Yellow taxi, January → February 2019: what drift says, against NumPy and plain Python on the same files."""

from __future__ import annotations

import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from drive import ANA, DAN, Desk
from published_house import page, text

from governance.stages import Stage
from governance.stages.statistical import Statistics
from governance.statistics.model import Drift, Level
from governance.statistics.shares import FLOOR
from storage.models import Finding

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"
MONTHS = tuple(REAL / f"yellow_tripdata_2019-0{month}.csv" for month in (1, 2))
pytestmark = pytest.mark.skipif(
    not all(month.exists() for month in MONTHS), reason="../shared/data/real has no yellow taxi files"
)
NUMBERS = (
    "passenger_count", "trip_distance", "fare_amount", "extra", "mta_tax", "tip_amount", "tolls_amount",
    "improvement_surcharge", "total_amount", "congestion_surcharge",
)  # fmt: skip
CATEGORIES = ("vendor_id", "rate_code_id", "store_and_fwd_flag", "payment_type")
MOVED = {
    "congestion_surcharge": Level.MAJOR,
    "extra": Level.MAJOR,
    "total_amount": Level.MAJOR,
    "passenger_count": Level.MAJOR,
    "tip_amount": Level.MODERATE,
}
"""Everything that moved, and why: the surcharge of 2.50 came into force on 2 February and is part of the total,
of which tips are a share; one vendor books it under `extra`; and February has trips with no passenger."""


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    """A contract drafted from January, January published as version 1, February run."""
    desk = Desk.at(tmp_path_factory.mktemp("taxi") / "home")
    digest, name = desk.ws.fetch(ANA, str(MONTHS[0]))
    desk.ws.add_contract(ANA, desk.ws.draft_contract(ANA, digest, name, "yellow_taxi"))
    desk.publish(desk.run(MONTHS[0], "yellow_taxi"))
    return desk, desk.run(MONTHS[1], "yellow_taxi")


@pytest.fixture(scope="module")
def statistics(february: tuple[Desk, str]) -> Statistics:
    found = february[0].ws.see.stage(ANA, february[1], Stage.STATISTICAL, Statistics)
    assert found
    return found


@pytest.fixture(scope="module")
def drift(statistics: Statistics) -> dict[str, Drift]:
    return {one.column: one for one in statistics.drift}


@pytest.fixture(scope="module")
def files() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Both months by column, as text."""
    before, now = ([dict(row) for row in csv.DictReader(month.open())] for month in MONTHS)
    return tuple({name: [row[name] for row in rows] for name in rows[0]} for rows in (before, now))  # type: ignore[return-value]


def floats(values: list[str]) -> np.ndarray:
    return np.array([float(value) for value in values if value.strip()])


def test_what_moved_and_nothing_else(drift: dict[str, Drift]) -> None:
    assert {name: one.level for name, one in drift.items() if one.level is not Level.STABLE} == MOVED
    assert len(drift) == 18


def test_the_surcharge_is_told_in_plain_words(drift: dict[str, Drift], february: tuple[Desk, str]) -> None:
    one = drift["congestion_surcharge"]
    assert one.message.startswith(
        "“congestion_surcharge”: filled in 100.0 % of rows, 36.7 % in version 1; values: 2 new; values spread otherwise"
    )
    assert one.causes[0] == "missing"
    note = next(note for note in found_notes(february) if note.column == "congestion_surcharge")
    assert (note.severity, note.dimension, note.message) == ("medium", "completeness", one.message)


def found_notes(february: tuple[Desk, str]) -> list[Finding]:
    desk, run = february
    return [note for note in desk.rows_of(Finding) if note.run == run and note.kind == "drift"]


@pytest.mark.parametrize("column", ["pickup_datetime", "dropoff_datetime"])
def test_times_move_on_with_the_calendar(drift: dict[str, Drift], column: str) -> None:
    one = drift[column]
    assert one.moved_days == (date(2019, 2, 1) - date(2019, 1, 1)).days == 31
    assert one.level is Level.STABLE
    assert one.psi is not None
    assert one.psi < 0.02
    assert one.message.startswith(f"“{column}”: moved on by 31 days; ")


@pytest.mark.parametrize("column", NUMBERS)
def test_the_distance_is_that_of_a_two_sample_test(
    drift: dict[str, Drift], files: tuple[dict[str, list[str]], dict[str, list[str]]], column: str
) -> None:
    before, now = (np.sort(floats(month[column])) for month in files)
    points = np.unique(np.concatenate([before, now]))
    old, new = (np.searchsorted(values, points, side="right") / len(values) for values in (before, now))
    assert drift[column].ks == pytest.approx(np.abs(old - new).max(), abs=0.01)


@pytest.mark.parametrize("column", NUMBERS)
def test_the_index_is_that_of_numpy_over_the_same_bins(
    drift: dict[str, Drift], files: tuple[dict[str, list[str]], dict[str, list[str]]], column: str
) -> None:
    before, now = (floats(month[column]) for month in files)
    points = np.quantile(before, np.arange(1, 10) / 10)
    atoms = {a for a, b in pairwise(points) if a == b}
    edges = np.array(sorted({*points, *(np.nextafter(atom, -np.inf) for atom in atoms)}))
    old, new = (
        np.maximum(np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) / len(values), FLOOR)
        for values in (before, now)
    )
    assert drift[column].psi == pytest.approx(((new - old) * np.log(new / old)).sum(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("column", CATEGORIES)
def test_categories_are_those_of_plain_python(
    drift: dict[str, Drift], files: tuple[dict[str, list[str]], dict[str, list[str]]], column: str
) -> None:
    before, now = ({value.strip() for value in month[column] if value.strip()} for month in files)
    one = drift[column]
    assert one.figures
    assert (set(one.figures.new), set(one.figures.vanished)) == (now - before, before - now)
    assert (one.new_categories, one.vanished_categories) == (len(now - before), len(before - now))


@pytest.mark.parametrize("column", [*NUMBERS, *CATEGORIES])
def test_completeness_is_counted(
    drift: dict[str, Drift], files: tuple[dict[str, list[str]], dict[str, list[str]]], column: str
) -> None:
    before, now = (sum(not value.strip() for value in month[column]) / len(month[column]) for month in files)
    assert (drift[column].missing_before, drift[column].missing_now) == pytest.approx((before, now))


def test_both_outlines_lie_over_the_same_bins(
    drift: dict[str, Drift], files: tuple[dict[str, list[str]], dict[str, list[str]]]
) -> None:
    one = drift["fare_amount"]
    assert one.figures
    inner = np.array(one.figures.edges[1:-1])
    for month, bars in zip(files, (one.bars_before, one.bars_now), strict=True):
        values = floats(month["fare_amount"])
        counted = np.bincount(np.searchsorted(inner, values), minlength=len(inner) + 1) / len(values)
        assert bars == pytest.approx(tuple(counted))


def test_pictures_are_those_of_numpy(
    statistics: Statistics, files: tuple[dict[str, list[str]], dict[str, list[str]]]
) -> None:
    pictures, month = statistics.pictures, files[1]
    assert pictures.rows == len(month["fare_amount"])
    at = [pictures.numbers.columns.index(name) for name in ("fare_amount", "total_amount")]
    expected = np.corrcoef(floats(month["fare_amount"]), floats(month["total_amount"]))[0, 1]
    assert pictures.numbers.values[at[0]][at[1]] == pytest.approx(expected)
    split = next(one for one in pictures.by_group if (one.column, one.by) == ("fare_amount", "payment_type"))
    for group in split.groups:
        assert group.figures
        pairs = zip(month["fare_amount"], month["payment_type"], strict=True)
        values = np.array([float(fare) for fare, paid in pairs if paid == group.figures.label])
        q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
        low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
        mad = np.median(np.abs(values - median))
        assert group.n == len(values)
        assert group.outside == int(((values < low) | (values > high)).sum())
        assert group.z_beyond_3 == int((np.abs(values - values.mean()) > 3 * values.std(ddof=1)).sum())
        assert group.modified_beyond == int((0.6745 * np.abs(values - median) / mad > 3.5).sum())
    days = next(one for one in pictures.over_time if one.column == "fare_amount")
    assert (days.by, days.unit, len(days.groups)) == ("pickup_datetime", "day", 28)
    assert sum(group.n for group in days.groups) == len(month["fare_amount"])


def test_the_drift_tab_says_it(february: tuple[Desk, str], monkeypatch: pytest.MonkeyPatch) -> None:
    desk, run = february
    monkeypatch.setenv("GOVERNANCE_HOME", str(desk.home))
    for who in (ANA, DAN):
        seen = page("run", who, run=run, tab="Drift")
        assert not seen.exception
        assert "5 columns moved against version 1" in text(seen)
        assert "congestion_surcharge”: filled in 100.0 % of rows, 36.7 % in version 1" in text(seen)
