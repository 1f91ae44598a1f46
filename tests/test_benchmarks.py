"""The measuring itself, on a thousand rows: everything runs, all validators name the same rows, the page tells."""

from __future__ import annotations

import csv
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from drive import Desk

from benchmarks import latency, machine, measure, page
from benchmarks.__main__ import DETECTING, PROFILING, VALIDATING
from benchmarks.browsing import browser, parcels, steward
from benchmarks.job import failing
from benchmarks.measure import measured
from benchmarks.page import Results
from benchmarks.running import Bench, Failed, Said, _in_units
from benchmarks.sample import made
from benchmarks.truth import misjudged
from governance.settings import PROJECT

ROWS, FEW = 1_000, 10
TODAY = date(2025, 11, 21)
SLOW = {"detecting.presidio", "profiling.data_profiling"}
"""Milliseconds a cell, or seconds to import: they get a few rows, or a run of `make test-all`."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"), today=TODAY)


@pytest.fixture(autouse=True)
def _warmed_on_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "WARM_ROWS", 200)


@pytest.fixture(scope="module")
def ours(bench: Bench) -> Said:
    return take(bench, "validating.ours")


def take(bench: Bench, name: str, rows: int = ROWS) -> Said:
    """A measurement in this process, so that tools are imported once for all tests."""
    said = measured(name, made(bench.folder, rows=rows, today=TODAY), rows=rows, today=TODAY)
    if "skipped" in said:
        pytest.skip(said["skipped"])
    assert json.loads(json.dumps(said)) == said
    assert said["seconds"] > 0
    assert said["peak_megabytes"] > 10
    return said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", VALIDATING)
def test_every_validator_names_the_same_rows_and_as_many_reasons(bench: Bench, name: str, ours: Said) -> None:
    said = take(bench, name)

    assert said["counts"] == ours["counts"]
    assert said["fingerprint"] == ours["fingerprint"]
    assert 50 < said["counts"]["failing"] < said["counts"]["reasons"] < ROWS


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.exhaustive) if "data_profiling" in name else name
        for name in PROFILING
    ],
)
def test_every_profile_sees_the_same_columns_and_nulls(bench: Bench, name: str) -> None:
    assert take(bench, name)["counts"] == {
        "columns": 10,
        "nulls": take(bench, "profiling.ours")["counts"]["nulls"],
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", DETECTING)
def test_every_detector_finds_personal_columns(bench: Bench, name: str) -> None:
    said = take(bench, name, FEW if name in SLOW else ROWS)

    assert 5 <= said["counts"]["personal columns"] <= 10


@pytest.mark.parametrize("name", ["act_one", pytest.param("warm_worker", marks=pytest.mark.exhaustive)])
def test_a_whole_act_runs_in_a_process_of_its_own_beside_the_unit(bench: Bench, name: str) -> None:
    (said,) = bench.measure_beside([name], FEW * 10)

    assert said["ratio"] == pytest.approx(said["seconds"] / said["unit"])
    assert [number for number, _, _ in said["stages"]] == list(range(1, 13))
    assert said["counts"]["wrong_cells"] > 0
    assert [said["counts"][name] for name in page.MISJUDGED] == [0, 0, 0, 0]


def test_what_stops_is_said_with_its_last_lines(bench: Bench) -> None:
    with pytest.raises(Failed, match=r"No module named 'benchmarks\.nothing'"):
        bench.measure("nothing", FEW)


def test_a_false_alarm_and_a_miss_are_seen(desk: Desk, run: str, samples: Any, tmp_path: Path) -> None:
    with samples[0].with_suffix(".truth.csv").open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))
    place = next(n for n, line in enumerate(truth) if line["verdict"] == "wrong")
    mended = [*truth[:place], truth[place] | {"verdict": "normalised"}, *truth[place + 1 :]]
    invented = [*truth, truth[place] | {"row": "200000"}]

    assert astray(desk, run, truth, tmp_path) == (0, 0)
    assert astray(desk, run, mended, tmp_path) == (1, 0)
    assert astray(desk, run, invented, tmp_path) == (0, 1)


def astray(desk: Desk, run: str, truth: list[dict[str, str]], folder: Path) -> tuple[int, int]:
    """False alarms and misses of the run, by this truth."""
    path = folder / "truth.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, truth[0].keys())
        writer.writeheader()
        writer.writerows(truth)
    found = misjudged(desk.ws.house, run, path)
    return found["false_positives"], found["false_negatives"]


def test_a_tool_that_is_not_there_is_skipped_and_a_fault_of_ours_is_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made(bench.folder, rows=ROWS, today=TODAY)
    monkeypatch.setitem(sys.modules, "polars", None)
    said = measured("validating.polars_by_hand", data, rows=ROWS, today=TODAY)
    assert said["skipped"].startswith("polars is not installed here")

    monkeypatch.setattr(measure, "PEERS", set())
    with pytest.raises(ModuleNotFoundError):
        measured("validating.polars_by_hand", data, rows=ROWS, today=TODAY)


def test_fewer_rows_are_scaled_to_all_of_them() -> None:
    said = _in_units({"rows": 1_000_000, "measured_rows": 100_000, "seconds": 3.0}, 2.0)

    assert (said["whole_seconds"], said["ratio"]) == (30.0, 15.0)


def test_two_answers_have_one_fingerprint_when_they_name_the_same_rows() -> None:
    one, other, third = (failing(rows, reasons=None) for rows in ([3, 1, 3], iter((1, 3)), [1, 2]))

    assert one.fingerprint == other.fingerprint != third.fingerprint
    assert one.counts == {"failing": 2}


def said(name: str, **more: Any) -> Said:
    """A measurement of a million rows as `measure_beside` gives it."""
    counts = {
        "failing": 7,
        "reasons": 9,
        "wrong_cells": 5,
        "wrong_rows": 4,
        **dict.fromkeys(page.MISJUDGED, 0),
    }
    plain = {
        "name": name, "title": name, "delivers": "rows", "rows": 1_000_000, "measured_rows": 1_000_000,
        "seconds": 24.0, "whole_seconds": 24.0, "unit": 2.0, "ratio": 12.0, "peak_megabytes": 900.0,
        "megabytes": 153.0, "counts": counts, "fingerprint": "a", "parts": {"load": 1.0}, "stages": [[1, "load", 1.0]],
    }  # fmt: skip
    return plain | more


def steward_said(**more: Any) -> Said:
    """What a steward waits for on a million rows, each action exactly as long as it may."""
    times = {name: float(most or 10) for name, (_, most) in latency.ACTIONS.items()}
    plain = {
        "chromium": "150.0",
        "actions": times,
        "bytes": dict.fromkeys(("triage", *steward.PAGES), 250_000),
    }
    return said("browsing.steward") | plain | more


def slower(action: str, times: float) -> list[Said]:
    """The same on both sizes, one action longer on the large run."""
    small = steward_said(rows=10_000)
    return [small, steward_said(actions=small["actions"] | {action: times})]


def results(**more: Any) -> Results:
    plain: dict[str, Any] = {
        "load": 0.2, "imports": (0.8, 0.02), "warm": said("warm_worker", rows=10_000, seconds=2.5),
        "acts": [said("act_one")], "part": said("validating.ours", rows=100_000, measured_rows=100_000),
        "validating": [said("validating.ours", ratio=2.4), said("validating.other")],
        "profiling": [said("profiling.ours"), said("profiling.sql_by_hand")],
        "detecting": [said("detecting.ours"), said("detecting.other")],
        "browsing": [steward_said(rows=10_000), steward_said()],
    }  # fmt: skip
    return Results(**(plain | more))


def test_what_is_within_its_budget_is_said_to_be() -> None:
    written = page.page(results())

    assert "✗" not in written
    assert "**12.0** | ≤ 12 ✓" in written
    assert "2.4 | ≤ 2.5 ✓" in written
    assert "**nothing is astray**" in written
    assert "Warning" not in written


PAGES = {
    "busy": ({"load": 1.7}, "**Warning.** The machine was busy when this run began (load average 1.70)"),
    "slow start": ({"imports": (1.4, 0.02)}, "**1.40 s** (≤ 1 s ✗ **missed**)"),
    "slow warm": ({"warm": said("w", rows=10_000, seconds=3.2)}, "**3.20 s**, ≤ 3 s ✗ **missed**"),
    "slow act": ({"acts": [said("a", ratio=12.1)]}, "**12.1** | ≤ 12 ✗ **missed**"),
    "large act": ({"acts": [said("a", ratio=10.1, rows=10_000_000)]}, "**10.1** | ≤ 10 ✗ **missed**"),
    "memory": ({"acts": [said("a", peak_megabytes=2_100.0)]}, "2,100 | ≤ 2,000 ✗ **missed**"),
    "astray": ({"acts": [said("a", counts=said("a")["counts"] | {"missed_rows": 2})]}, "**2 are astray**"),
    "growth": (
        {"acts": [said("a", rows=100_000, seconds=3.0), said("a", seconds=24.0)]},
        "| 100,000 | 3.00 | 30.00 |\n| 1,000,000 | 24.00 | 24.00 |",
    ),
    "other rows": (
        {"validating": [said("validating.ours"), said("b", fingerprint="b")]},
        "**no**: 7 by ours",
    ),
    "part": (
        {"validating": [said("validating.ours"), said("b", measured_rows=100_000, seconds=2.4)]},
        "† b was measured on the first 100,000 rows (2.40 s) and its time multiplied by 10",
    ),
    "not there": (
        {"detecting": [said("detecting.ours"), {"title": "b", "skipped": "b is not installed here"}]},
        "| b | – | – | – | – | – | b is not installed here |",
    ),
    "slow card": (
        {"browsing": slower("card", 450)},
        "next card's heading stands | 300 | **450** | 1.5 × | ≤ 300 ✗ **missed** |",
    ),
    "slow apply": (
        {"browsing": slower("apply", 5_001)},
        "| 5,000 | **5,001** | 1.0 × | ≤ 5,000 ✗ **missed** |",
    ),
    "heavy page": (
        {"browsing": [steward_said(), steward_said(bytes={"triage": 250_600})]},
        "| triage | 250 | **251** | ≤ 250 ✗ **missed** |",
    ),
    "no browser": (
        {"browsing": [{"title": "a steward", "skipped": "Chromium is not installed here"}]},
        "## A steward in the browser\n\nChromium is not installed here.",
    ),
    "slow profile": (
        {"profiling": [said("profiling.ours"), said("profiling.sql_by_hand", whole_seconds=12.0)]},
        "2.00 × | ≤ 1.25 × ✗ **missed**",
    ),
}


@pytest.mark.parametrize(("found", "line"), PAGES.values(), ids=PAGES)
def test_the_page_says_what_was_found(found: dict[str, Any], line: str) -> None:
    assert line in page.page(results(**found))


def test_the_page_names_the_machine_the_versions_and_the_data() -> None:
    written = page.page(results())

    for known in (machine.described(), machine.versions(), "sample customers --seed 7"):
        assert known in written


def test_budgets_of_the_browser_are_those_of_a_million_rows() -> None:
    written = latency.latency([steward_said(rows=1_000), steward_said(rows=10_000)])

    assert "| 300 | **300** | 1.0 × | – |" in written


def test_one_parcel_in_five_fails_and_half_of_them_alike(tmp_path: Path) -> None:
    with parcels.made(tmp_path, rows=2_000).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    faults = [
        (name, "x" in value.partition(" ")[2])
        for line in lines
        for name, value in line.items()
        if not re.fullmatch("[a-z]{2}[0-9]{3}", value)
    ]

    assert (len(lines), len(faults), len(set(faults))) == (2_000, 400, 20)
    assert faults.count(("code_0", True)) == 200


def test_a_machine_without_chromium_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "NAMES", ("no-such-browser",))
    said = measured("browsing.steward", parcels.made(tmp_path, rows=200), rows=200, today=TODAY)

    assert said["skipped"].startswith("Chromium is not installed here")


def test_everyone_has_the_same_environment() -> None:
    there = machine.environment()

    assert there["GOVERNANCE_THREADS"] == there["POLARS_MAX_THREADS"] == "2"
    assert there["GOVERNANCE_MEMORY_LIMIT"] == "1GB"


def test_what_is_measured_is_what_is_installed() -> None:
    """Whoever changes a version locks all three files: `make lock`."""
    product, beside = (
        set(re.findall(r"^[a-z0-9_.-]+==[^ ;]+", (PROJECT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.txt", "requirements-bench.txt")
    )

    assert product - beside == set()
