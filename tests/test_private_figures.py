"""Fences, extremes, quantiles and labels are people's values: they stay in the vault, and only those who may
see values get them back."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest
from drive import ANA, BEN, DAN, Desk, Template
from published_house import page, text
from streamlit.testing.v1 import AppTest

from governance.people import Person
from governance.stages import Stage
from governance.stages.profile import Profiled
from governance.stages.statistical import Statistics
from storage.models import AuditEvent, Delivery, Finding, Item, Run, StageResult, Version

TOLD = (StageResult, Finding, Item, Version, AuditEvent, Run, Delivery)
"""Tables of the ledger that hold what stages said. A contract is a steward's own words."""
TOWNS = ("Überlingen", "Meersburg", "Lindau")


def payments(path: Path, seed: int) -> Path:
    """Amounts of nine digits, so that none is found by chance, days, and a column of words."""
    draw = random.Random(seed)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["amount", "fee", "paid_on", "town"])
        for row in range(300):
            amount = draw.gauss(50_000_000, 9_000_000) if row % 40 else draw.uniform(2e8, 9e8)
            fee = draw.choice([1234.5678, 9876.5432, draw.uniform(1e5, 2e5)])
            day = f"2024-0{1 + row % 6}-{10 + draw.randrange(18)}"
            out.writerow([f"{amount:.2f}", f"{fee:.4f}", day, draw.choice(TOWNS)])
    return path


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Version 1 of the payments, and a second file that awaits review."""
    folder = tmp_path_factory.mktemp("payments")
    desk = Desk.at(folder / "home")
    first, second = payments(folder / "payments.csv", 1), payments(folder / "later.csv", 2)
    digest, name = desk.ws.fetch(ANA, str(first))
    desk.ws.add_contract(ANA, desk.ws.draft_contract(ANA, digest, name, "payments"))
    desk.publish(desk.run(first, "payments"))
    return Template(desk, desk.run(second, "payments"))


def cells(paid: Template, *columns: str) -> set[str]:
    """Every cell of these columns in both files, as written."""
    files = (paid.desk.home.parent / name for name in ("payments.csv", "later.csv"))
    rows = [row for path in files for row in csv.DictReader(path.open())]
    return {row[column] for row in rows for column in columns}


def found_in(words: set[str], said: str) -> set[str]:
    return {word for word in words if word in said or word.rstrip("0").rstrip(".") in said}


def test_the_ledger_holds_no_figure_label_or_day_of_a_column(paid: Template) -> None:
    for table in TOLD:
        rows = [row.model_dump(mode="json") for row in paid.desk.rows_of(table)]
        said = json.dumps(rows, ensure_ascii=False).replace("\\", "")
        assert rows or table in (Delivery, Item)
        assert not found_in(cells(paid, "amount", "fee"), said), table
        assert not found_in({*TOWNS, *(town.encode("unicode_escape").decode() for town in TOWNS)}, said), (
            table
        )
        assert not found_in(cells(paid, "paid_on"), said), table


def test_the_ledger_holds_counts(paid: Template) -> None:
    results = {row.number: row.result for row in paid.desk.rows_of(StageResult) if row.run == paid.run}
    assert sum(results[3]["columns"][0]["number_counts"]["bars"]) == 300
    assert sum(results[6]["outliers"][0]["bars"]) == 300


@pytest.mark.parametrize("form", ["html", "json", "txt"])
def test_reports_hold_none_for_anyone(paid: Template, form: str) -> None:
    said = paid.desk.ws.see.report(ANA, paid.run)[form]
    assert not found_in(cells(paid, "amount", "fee"), said)


@pytest.mark.parametrize(
    ("who", "sees"), [(ANA, True), (BEN, False), (DAN, False)], ids=["ana", "ben", "dan"]
)
def test_results_come_whole_for_those_who_may_see_values(paid: Template, who: Person, sees: bool) -> None:
    profiled = paid.desk.ws.see.stage(who, paid.run, Stage.PROFILE, Profiled)
    statistics = paid.desk.ws.see.stage(who, paid.run, Stage.STATISTICAL, Statistics)
    assert profiled
    assert statistics
    amount = profiled.columns[0]
    assert bool(amount.numbers) is bool(amount.values) is sees
    assert amount.number_counts
    assert sum(amount.number_counts.bars) == 300
    one = statistics.outliers[0]
    assert (one.above > 0, sum(one.bars), bool(one.figures)) == (True, 300, sees)
    assert bool(statistics.measures) is sees
    assert all(
        bool(found.figures) is sees
        for found in statistics.drift
        if found.picture in ("numbers", "categories")
    )


@pytest.mark.parametrize("tab", ["Columns", "Outliers", "Drift"])
@pytest.mark.parametrize(
    ("who", "sees"), [(ANA, True), (BEN, False), (DAN, False)], ids=["ana", "ben", "dan"]
)
def test_pages_show_figures_only_to_those_who_may(
    paid: Template, monkeypatch: pytest.MonkeyPatch, who: Person, tab: str, sees: bool
) -> None:
    monkeypatch.setenv("GOVERNANCE_HOME", str(paid.desk.home))
    seen = page("run", who, run=paid.run, tab=tab, column="amount")
    assert not seen.exception
    assert ("hidden" in everything(seen)) is not sees
    if not sees:
        assert not found_in(cells(paid, "amount", "fee") | set(TOWNS), everything(seen))


def everything(seen: AppTest) -> str:
    """Words, tables and charts."""
    charts = [str(element.proto) for element in seen.get("plotly_chart")]
    tables = [frame.value.to_string() for frame in seen.dataframe]
    return "\n".join([text(seen), *charts, *tables])
