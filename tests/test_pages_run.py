"""The Run page: every tab for every role, every way a run can end, and what may be downloaded."""

from __future__ import annotations

import csv
import io
import re

import pytest
from published_house import (
    ANA,
    BEN,
    CLEO,
    DAN,
    Made,
    for_reading,
    made,
    page,
    press,
    text,
    to_change,
    unfold,
    work,
)
from streamlit.testing.v1 import AppTest

from governance.answers.triage import ItemLine
from governance.findings import Note, Severity
from governance.people import Person
from governance.profiling.model import Bin
from governance.stages.expectations import Expected
from governance.stages.threshold import Measure
from governance.statistics.model import Drift, Figures, Level, Outliers
from governance.workspace import Workspace
from pages.parts import (
    bars,
    comparing,
    drifting,
    fences,
    findings,
    measures,
    one_column,
    outliers,
    overview,
    reports,
)
from storage.models import Run

house, own = pytest.fixture(for_reading), pytest.fixture(to_change)
TABS = ("Overview", "Stages", "Columns", "Patterns", "Outliers", "Drift", "Expectations", "Reports")


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("who", [ANA, BEN, DAN], ids=lambda who: who.name)
def test_every_tab_for_everyone_who_sees_runs(house: Made, who: Person, tab: str) -> None:
    seen = page("run", who, run=house.waiting, tab=tab)
    assert not seen.exception
    assert {
        "Overview": "What came in",
        "Stages": "12 of 17 stages done",
        "Columns": "11 columns of 300 rows",
        "Patterns": "Missing most",
        "Outliers": "Days",
        "Drift": "rows**, where version 3 had",
        "Expectations": "generated from the contract",
        "Reports": "byte for byte",
    }[tab] in text(seen)


@pytest.mark.parametrize(
    ("who", "run", "says"),
    [
        pytest.param(CLEO, "waiting", "Cleo (analyst) may not see runs", id="no permission"),
        pytest.param(ANA, "", "Choose a run", id="no run in the address"),
        pytest.param(ANA, "no-such-run", "There is no run", id="a run that does not exist"),
        pytest.param(ANA, "queued", "Leaving this page is safe", id="a run at work shows its stages"),
    ],
)
def test_what_cannot_be_shown(house: Made, who: Person, run: str, says: str) -> None:
    seen = page("run", who, **({"run": getattr(house, run, run)} if run else {}))
    assert not seen.exception
    assert says in text(seen)


@pytest.mark.parametrize(
    ("run", "label", "to"),
    [
        pytest.param("unplanned", "Review", "triage", id="a breach is open"),
        pytest.param("waiting", "Look at the release", "release", id="everything decided, plan approved"),
        pytest.param("published", "See the versions", "versions", id="published"),
    ],
)
def test_one_next_step(house: Made, run: str, label: str, to: str) -> None:
    seen = page("run", ANA, run=getattr(house, run))
    press(seen, label)
    assert seen.session_state["going"][0] == to
    assert sum(one.proto.type == "primary" for one in seen.button) == 1


def test_an_auditor_cannot_review_and_is_told_why(house: Made) -> None:
    seen = page("run", DAN, run=house.unplanned)
    assert seen.button(key="next").disabled
    assert "Dan (auditor) may not decide about rows" in text(seen)


@pytest.mark.parametrize(("who", "hidden"), [pytest.param(ANA, False), pytest.param(BEN, True)])
def test_values_only_for_those_who_may_see_them(house: Made, who: Person, hidden: bool) -> None:
    seen = page("run", who, run=house.waiting, tab="Columns", column="account_status")
    assert ("Values are hidden" in text(seen)) is hidden
    tables = [list(frame.value.columns) for frame in seen.dataframe]
    assert ["Shapes of values", "Share", "Rows"] in tables
    assert any("Most common values" in columns for columns in tables) is not hidden
    days = page("run", who, run=house.waiting, tab="Outliers")
    assert ("•••" in text(days)) is hidden


def end(own: Workspace, data: bytes, file: str) -> str:
    run = own.submit(ANA, "customers", input_digest=own.keep_upload(ANA, data), file=file)
    work(own)
    return run


def test_a_picture_is_rejected_in_words(own: Workspace) -> None:
    seen = page("run", ANA, run=end(own, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "photo.csv"))
    assert "Not a table we can read" in text(seen)
    press(seen, "Submit another file")
    assert seen.session_state["going"][0] == "submit"
    assert page("run", DAN, run=own.see.runs(ANA)[0].run).button(key="next").disabled


def test_a_refusal_names_some_reasons(own: Workspace) -> None:
    seen = page("run", ANA, run=end(own, b"a,b\n1,2\n", "two.csv"))
    said = text(seen)
    assert "Refused by the contract" in said
    assert "more, below" in said


def test_seen_before_leads_to_the_earlier_run(own: Workspace) -> None:
    earlier = own.house.run(made().published)
    run = own.submit(ANA, "customers", input_digest=earlier.input_digest, file="again.csv")
    work(own)
    seen = page("run", ANA, run=run)
    assert "these are the figures of the earlier run" in text(seen)
    press(seen, "Open the earlier run")
    assert seen.session_state["going"][0] == "run"


@pytest.mark.parametrize(("who", "may"), [pytest.param(ANA, True), pytest.param(DAN, False)])
def test_a_failed_run_is_resumed(own: Workspace, who: Person, may: bool) -> None:
    with own.house.ledger.write() as session:
        run = session.get_one(Run, made().unplanned)
        run.state, run.error = "failed", "Stage clean: OSError."
        session.add(run)
    seen = page("run", who, run=made().unplanned)
    assert "Stage clean: OSError." in text(seen)
    button = seen.button(key="next")
    assert button.disabled is not may
    if may:
        button.click().run()
        assert own.house.run(made().unplanned).state == "revising"


def test_a_first_version_has_nothing_to_compare(house: Made) -> None:
    seen = page("run", ANA, run=house.unplanned, tab="Drift")
    assert "First version: nothing to compare" in text(seen)


def downloads(seen: AppTest) -> list[str]:
    return [one.proto.label for one in seen.get("download_button")]


def test_downloads_are_offered(house: Made) -> None:
    seen = page("run", ANA, run=house.waiting, tab="Reports")
    wanted = ["HTML", "JSON", "Text", "Findings, CSV", "Quarantine, CSV", "Contract, YAML"]
    assert downloads(seen) == wanted


@pytest.mark.parametrize(("who", "hidden"), [pytest.param(ANA, False), pytest.param(BEN, True)])
def test_cells_are_written_when_asked(own: Workspace, who: Person, hidden: bool) -> None:
    cells = reports._cells(own.see.failing_cells, who, made().waiting)()
    rows = list(csv.DictReader(io.StringIO(cells.decode())))
    assert rows
    assert set(rows[0]) == {"row", "column", "rule", "severity", "observed", "expected"}
    assert all(row["observed"] == "•••" for row in rows) is hidden
    assert reports._report(own, who, made().waiting, "html")().startswith("<!")


# words and figures


def measure(metric: str, value: float | None, limit: float, *, met: bool = True) -> Measure:
    return Measure(
        key=metric,
        metric=metric,
        value=value,
        limit=limit,
        met=met,
        severity=Severity.HIGH,
        sentence=f"{metric.title()}: x",
    )


@pytest.mark.parametrize(
    ("line", "value", "promise"),
    [
        pytest.param(measure("accuracy", 0.96, 0.98), "96.0 %", "at least 98.0 %", id="a share"),
        pytest.param(measure("duplicates", 0.002, 0.01), "0.2 %", "at most 1.0 %", id="a share at most"),
        pytest.param(measure("freshness", 30.5, 24), "30.5 h", "at most 24.0 h", id="hours"),
        pytest.param(measure("row_count", 1204, 1000), "1,204", "at least 1,000", id="rows"),
        pytest.param(measure("completeness", None, 0.95), "–", "at least 95.0 %", id="nothing to measure"),
    ],
)
def test_measures_in_words(monkeypatch: pytest.MonkeyPatch, line: Measure, value: str, promise: str) -> None:
    assert measures.shown(line, line.value) == value
    assert measures.promise(line) == promise
    bodies: list[str] = []
    monkeypatch.setattr(bars.st, "html", bodies.append)
    bars.bullets([line])
    (body,) = bodies
    assert (body.count("<i style="), body.count("<b style=")) == (1, 1), "a bar, and the promise on it"
    assert f"<b>{value}</b>" in body
    assert f"promised {promise}" in body
    assert all(0 <= float(one) <= 100 for one in re.findall(r"(?:left|width):([\d.]+)%", body))


def test_a_measure_that_moved_says_both() -> None:
    said = measures.measure_markdown(
        measure("accuracy", 0.987, 0.98), measure("accuracy", 0.96, 0.98, met=False)
    )
    assert "96.0 % → **98.7 %**" in said


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            {"in": 10, "kept": 8, "quarantined": 1, "unreadable": 1},
            "8 of 10 rows kept (80.0 %); 1 quarantined, 1",
        ),
        ({"in": 10, "kept": 10}, "10 of 10 rows kept (100.0 %); nothing stays out"),
    ],
)
def test_where_rows_went(rows: dict[str, int], says: str) -> None:
    assert overview.rows_said(rows).startswith(says)


BARS = ((-9e6, -40, 3), (-40, 100, 585), (100, 9e9, 412))
FIGURES = Figures(
    q1=20,
    q3=40,
    iqr=20,
    lower=-10,
    upper=70,
    mean=30,
    std=10,
    mad=8,
    box=(1, 20, 30, 40, 69),
    histogram=tuple(Bin(low=low, high=high, count=count) for low, high, count in BARS),
    view=(-40, 100),
)
OUTLIERS = Outliers(
    column="income",
    n=1000,
    below=3,
    above=412,
    z_beyond_3=5,
    modified_beyond=7,
    flat=False,
    bars=(3, 585, 412),
    inside=(1, 2),
    figures=FIGURES,
)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "income: 412 values above the upper fence, 3 below the lower"),
        ({"below": 0, "above": 1}, "income: 1 value above the upper fence"),
        ({"above": 0}, "income: 3 values below the lower fence"),
        ({"below": 0, "above": 0}, "income: no value outside the fences"),
    ],
)
def test_outliers_are_titled_with_the_finding(change: dict[str, int], says: str) -> None:
    assert outliers.finding(OUTLIERS.model_copy(update=change)) == says


def test_the_fence_chart_gathers_what_lies_beyond_the_view() -> None:
    chart = fences.fence_chart(FIGURES)
    low, high = chart.layout.xaxis.range
    assert -60 < low < high < 120
    assert [one.text for one in chart.layout.annotations][:2] == [
        "3 down to -9,000,000",
        "412 up to 9,000,000,000",
    ]
    said = " ".join(outliers.words_of(OUTLIERS))
    assert "about 3 would be" in said
    assert "Half of the 1,000 values lie between **20** and **40**" in said


def test_without_figures_there_are_counts_and_a_shape() -> None:
    hidden = OUTLIERS.hidden()
    said = " ".join(outliers.words_of(hidden))
    assert "41.5 %" in said
    assert not any(f"**{figure}**" in said for figure in (20, 40, -10, 70))
    chart = fences.shape(hidden)
    assert chart.data[0].y == (3, 585, 412)
    assert not chart.layout.xaxis.showticklabels


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (251000.4, "251,000"), (12.0, "12"), (0.01324, "0.01324"), (-3.5, "-3.5")],
)
def test_figures(value: float | None, said: str) -> None:
    assert one_column.figure_words(value) == said


def test_expectations_and_drift_in_words() -> None:
    assert comparing.spoken("ExpectColumnValuesToNotBeNull") == "expect column values to not be null"
    drift = Drift(
        column="a",
        psi=0.3,
        level=Level.MAJOR,
        message="“a”: mean higher by 0.50 standard deviations.",
        missing_before=0,
        missing_now=0,
    )
    assert drifting.words(drift) == "Mean higher by 0.50 standard deviations."
    assert drifting.shape_title(drift, "version 1") == "a: moved against version 1"
    assert Expected(summary="", suite="", sampled=0, results=()).met == 0


def item(key: str, *rules: str, rows: int = 1) -> ItemLine:
    return ItemLine(
        key=key,
        kind="cluster",
        severity="high",
        title=key,
        rows=rows,
        required=False,
        state="open",
        version=0,
        waivable=True,
        rules=tuple((rule, rule) for rule in rules),
    )


@pytest.mark.parametrize(
    ("note", "found"),
    [
        pytest.param({"kind": "rule", "rule": "a.type"}, ["big", "small"], id="clusters of the rule"),
        pytest.param({"kind": "threshold", "rule": "accuracy"}, ["breach-accuracy"], id="a breach"),
        pytest.param({"kind": "schema", "column": "notes"}, ["schema-notes"], id="a note"),
        pytest.param({"kind": "pii", "column": "email"}, [], id="nothing to decide"),
    ],
)
def test_findings_lead_to_items(note: dict[str, str], found: list[str]) -> None:
    items = [item("small", "a.type"), item("big", "a.type", "b.type", rows=9), item("breach-accuracy"),
             item("schema-notes")]  # fmt: skip
    about = Note(severity=Severity.HIGH, message="…", **note)
    assert [one.key for one in findings.items_about(about, items)] == found


def test_the_worst_findings_stand_on_the_page_and_all_in_a_table(house: Made) -> None:
    seen = page("run", ANA, run=house.unplanned)
    facets = seen.button_group[0]
    total = sum(int(one.split()[-1]) for one in facets.options)
    marked = [
        one.value
        for one in seen.markdown
        if re.match(r"(?::small\[ )?:(?:red|orange|gray)\[[●◕◑○]", one.value)
    ]
    assert len(marked) == min(total, findings.SHOWN)
    ranks = ["●◕◑○".index(re.search("[●◕◑○]", one).group()) for one in marked]  # type: ignore[union-attr]
    assert ranks == sorted(ranks)
    assert not seen.dataframe, "a grid is loaded when it is unfolded"
    assert total > findings.SHOWN
    unfold(seen, "all-findings")
    assert len(seen.dataframe[0].value) == total
