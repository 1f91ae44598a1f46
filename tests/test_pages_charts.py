"""Charts of the Run page: titled with what they say, kilobytes and not rows, and shapes alone for who may not
see values."""

from __future__ import annotations

import pytest
from published_house import ANA, DAN, Made, for_reading, page, text

from governance.errors import InputError, NotPermitted, UnknownName
from governance.people import Person
from governance.settings import Settings
from governance.stages import Stage
from governance.stages.profile import Profiled
from governance.statistics.model import (
    Drift,
    DriftFigures,
    Group,
    GroupFigures,
    Level,
    Matrix,
    Missing,
    Split,
)
from governance.workspace import Workspace
from pages.parts import drifting, patterns, splitting

house = pytest.fixture(for_reading)


@pytest.mark.parametrize("tab", ["Columns", "Patterns", "Outliers", "Drift"])
@pytest.mark.parametrize("who", [ANA, DAN], ids=["ana", "dan"])
def test_a_tab_sends_kilobytes(house: Made, who: Person, tab: str) -> None:
    seen = page("run", who, run=house.waiting, tab=tab)
    assert not seen.exception
    charts = [str(element.proto) for element in seen.get("plotly_chart")]
    assert charts
    assert sum(map(len, charts)) < 120_000


def test_a_range_is_typed_and_counted(house: Made) -> None:
    seen = page("run", ANA, run=house.waiting, tab="Outliers")
    low, high = (one for one in seen.number_input if one.label in ("From", "To"))
    low.set_value(0.0)
    high.set_value(1e12)
    seen.run()
    assert not seen.exception
    assert "rows** with" in text(seen)
    assert not any("range" in name or "low" in name for name in seen.query_params), "values are in no address"


def test_rows_between_are_counted_for_those_who_may_see_values(house: Made) -> None:
    asked = Workspace.open(Settings(home=house.home)).see
    profiled = asked.stage(ANA, house.waiting, Stage.PROFILE, Profiled)
    assert profiled
    income = next(one for one in profiled.columns if one.name == "income").numbers
    assert income
    found = asked.rows_between(ANA, house.waiting, "income", low=income.min, high=income.max)
    assert found.rows == income.count
    assert asked.rows_between(ANA, house.waiting, "income", low=income.max, high=income.max).rows >= 1
    with pytest.raises(InputError, match="range"):
        asked.rows_between(ANA, house.waiting, "income", low=2, high=1)
    with pytest.raises(UnknownName):
        asked.rows_between(ANA, house.waiting, 'in"come', low=1, high=2)
    with pytest.raises(NotPermitted):
        asked.rows_between(DAN, house.waiting, "income", low=1, high=2)


def group(label: str, n: int, outside: int, *, hidden: bool = False) -> Group:
    figures = GroupFigures(label=label, box=(0, 1, 2, 3, 4), lower=-2, upper=6)
    return Group(n=n, outside=outside, figures=None if hidden else figures)


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        pytest.param(
            [group("a", 90, 1), group("b", 40, 8)], "most outliers in “b”, 20.0 %", id="one stands out"
        ),
        pytest.param(
            [group("a", 90, 5), group("b", 90, 6)], "6.1 % outliers, in no group many more", id="none"
        ),
        pytest.param([group("a", 90, 0), group("b", 3, 3)], "in no group many more", id="a group too small"),
        pytest.param(
            [group("", 90, 1, hidden=True), group("", 40, 8, hidden=True)],
            "most outliers in one group",
            id="without its name",
        ),
    ],
)
def test_groups_are_titled_with_the_finding(groups: list[Group], says: str) -> None:
    split = Split(column="fee", by="town", groups=tuple(groups), groups_in_all=2)
    assert splitting.group_title(split).startswith("fee by town: ")
    assert says in splitting.group_title(split)
    for chart in (splitting.group_chart(split), splitting.time_chart(split)):
        shares = chart.layout.yaxis.title.text == "outliers"
        assert shares is not bool(groups[0].figures), "boxes for who may see values, shares for others"


def drift(**change: object) -> Drift:
    return Drift.model_validate(
        {
            "column": "fee",
            "psi": 0.3,
            "ks": 0.2,
            "level": Level.MAJOR,
            "message": "“fee”: moved.",
            "missing_before": 0,
            "missing_now": 0,
            "picture": "numbers",
            "bars_before": (0.1, 0.6, 0.2, 0.1),
            "bars_now": (0.2, 0.2, 0.3, 0.3),
            **change,
        }
    )


def test_both_outlines_have_the_same_bins_and_the_ends_are_cut() -> None:
    chart = drifting.shape_chart(drift(figures=DriftFigures(edges=(-900, 1, 2, 3, 9e9))), "version 1")
    before, now = chart.data
    assert list(before.x) == list(now.x) == [0, 1, 2, 3, 4]
    hidden = drifting.shape_chart(drift(), "version 1")
    assert list(hidden.data[0].x) == [0, 1, 2, 3, 4]
    assert not hidden.layout.xaxis.showticklabels


@pytest.mark.parametrize(
    ("picture", "figures", "labels"),
    [
        ("categories", DriftFigures(labels=("a", "b", "c", "x" * 40)), ["a", "b", "c", "x" * 23 + "…"]),
        ("categories", None, ["category 1", "category 2", "category 3", "category 4"]),
        ("weekdays", None, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
    ],
)
def test_bars_are_named_where_names_may_be_seen(
    picture: str, figures: DriftFigures | None, labels: list[str]
) -> None:
    assert drifting.labels_of(drift(picture=picture, figures=figures)) == labels


def test_patterns_are_titled_with_the_finding() -> None:
    matrix = Matrix(columns=("a", "b", "c"), values=((1, 0.2, None), (0.2, 1, -0.9), (None, -0.9, 1)), of=20)
    assert patterns.matrix_title(matrix, "numbers") == "Numbers: b and c go against each other most (-0.90)"
    assert "no two" in patterns.matrix_title(
        Matrix(columns=("a", "b"), values=((1, 0.1), (0.1, 1)), of=2), "x"
    )
    missing = Missing(columns=("a", "b"), shares=((0.0, 0.1), (0.5, 0.3)), patterns=((("a", "b"), 4),), of=2)
    assert patterns.missing_title(missing) == "Missing most: b, in 40.0 % of rows"
    assert patterns.bounded(3, 20, 1000) == "The first 3 of 20 such columns, 1,000 rows."
    assert len(patterns.matrix_chart(matrix, both_ways=True).data[0].z) == 2
