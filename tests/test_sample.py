"""Samples: every wrong cell is named in the truth, and none else. The judge below is independent."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from governance.errors import InputError
from governance.sample import Kind, SampleReport, make_sample

TODAY = date(2025, 11, 21)
ROWS = 5_000
KINDS = get_args(Kind)
SEEDS = (1, 7, 2_024)
STATUS = {"active", "inactive", "suspended"}
LEVELS = {"Open Water", "Advanced Open Water", "Rescue Diver", "Divemaster", "Instructor"}

Row = dict[str, str]
Cell = tuple[int, str]


def day(value: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def is_name(value: str) -> bool:
    return 2 <= len(value) <= 50 and all(part.isalpha() for part in re.split("[ '-]", value))


def is_email(value: str) -> bool:
    local, _, domain = value.partition("@")
    parts = [*local.split("."), *domain.split(".")]
    return len(domain.split(".")) > 1 and all(re.fullmatch(r"[a-z0-9_]+", part) for part in parts)


def is_income(value: str) -> bool:
    return not value or (re.fullmatch(r"-?\d+", value) is not None and 0 <= int(value) <= 10_000_000)


def is_past(value: str) -> bool:
    found = day(value)
    return found is not None and found <= TODAY


def is_ten_years_ago(value: str) -> bool:
    found = day(value)
    return found is not None and found <= TODAY.replace(year=TODAY.year - 10)


PROMISES: dict[str, dict[str, Callable[[str], bool]]] = {
    "customers": {
        "customer_id": lambda value: re.fullmatch(r"[1-9]\d*", value) is not None,
        "first_name": is_name,
        "last_name": is_name,
        "email": is_email,
        "phone": lambda value: re.fullmatch(r"\d{3}-\d{3}-\d{4}", value) is not None,
        "date_of_birth": is_past,
        "address": lambda value: 10 <= len(value) <= 200,
        "income": is_income,
        "account_status": STATUS.__contains__,
        "created_date": is_past,
    },
    "divers": {
        "first_name": lambda value: 2 <= len(value) <= 50,
        "last_name": lambda value: 2 <= len(value) <= 50,
        "email": is_email,
        "date_of_birth": is_ten_years_ago,
        "certification_level": LEVELS.__contains__,
        "membership_date": is_past,
        "status": STATUS.__contains__,
    },
}


def normal(column: str, value: str) -> str:
    """The value in its normal form; as it is where there is none."""
    value = " ".join(value.split())
    if column in {"first_name", "last_name", "certification_level"} and value in {
        value.upper(),
        value.lower(),
    }:
        return "".join(part.capitalize() for part in re.split("([ '-])", value))
    if column in {"email", "status", "account_status"}:
        return value.lower()
    if column == "phone":
        return normal_phone(value)
    return normal_day(value) if "date" in column else value


def normal_phone(value: str) -> str:
    digits = re.sub(r"[ ().+-]", "", value)
    found = re.fullmatch(r"1?(\d{3})(\d{3})(\d{4})", digits)
    return "-".join(found.groups()) if found else value


def normal_day(value: str) -> str:
    if found := re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2})", value):
        year, month, number = map(int, found.groups())
    elif found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", value):
        month, number, year = map(int, found.groups())
        if number <= 12 and number != month:
            return value
    else:
        return value
    return f"{year:04}-{month:02}-{number:02}"


def broken(kind: str, rows: list[Row]) -> set[Cell]:
    """Every cell that breaks a promise, row by row."""
    cells = {
        (number, column)
        for number, row in enumerate(rows, 1)
        for column, holds in PROMISES[kind].items()
        if not holds(normal(column, row[column]))
    }
    return cells | (repeated(rows) if kind == "customers" else superseded(rows))


def places(rows: list[Row], column: str) -> list[list[int]]:
    """Rows that have the same value, in order."""
    found = defaultdict(list)
    for number, row in enumerate(rows, 1):
        if value := normal(column, row[column]):
            found[value].append(number)
    return list(found.values())


def repeated(rows: list[Row]) -> set[Cell]:
    groups = (group for group in places(rows, "customer_id") if len(group) > 1)
    return {(number, "customer_id") for group in groups for number in group}


def superseded(rows: list[Row]) -> set[Cell]:
    return {(number, "email") for group in places(rows, "email") for number in group[:-1]}


class Sample:
    def __init__(self, folder: Path, kind: Kind, seed: int, *, rows: int = ROWS, **options: Any) -> None:
        self.out, self.truth_path = folder / f"{kind}.csv", folder / "truth" / f"{kind}.csv"
        self.report: SampleReport = make_sample(
            kind, rows=rows, seed=seed, out=self.out, truth=self.truth_path, today=TODAY, **options
        )
        with self.out.open(encoding="utf-8", newline="") as file:
            self.header, *self.lines = list(csv.reader(file))
        width = len(self.header)
        self.rows = [dict(zip(self.header, line, strict=True)) for line in self.lines if len(line) == width]
        with self.truth_path.open(encoding="utf-8", newline="") as file:
            self.truth = list(csv.DictReader(file))

    def cells(self, verdict: str) -> dict[Cell, Row]:
        found = (line for line in self.truth if line["verdict"] == verdict and line["row"])
        return {(int(line["row"]), line["column"]): line for line in found}


@pytest.fixture(
    scope="module", params=[(kind, seed) for seed in SEEDS for kind in KINDS], ids="{0[0]} {0[1]}".format
)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Kind, Sample]:
    kind, seed = request.param
    return kind, Sample(tmp_path_factory.mktemp("sample"), kind, seed)


def test_the_truth_names_every_wrong_cell_and_none_else(made: tuple[Kind, Sample]) -> None:
    kind, sample = made
    assert sample.header == list(PROMISES[kind])
    assert len(sample.rows) == ROWS
    assert set(sample.cells("wrong")) == broken(kind, sample.rows)


def test_normalised_cells_are_written_otherwise_and_all_others_are_in_normal_form(
    made: tuple[Kind, Sample],
) -> None:
    _, sample = made
    mended = sample.cells("normalised")
    for (_, column), line in mended.items():
        assert line["written"] != line["right"] == normal(column, line["written"])
    dirty = mended.keys() | sample.cells("wrong").keys()
    for number, row in enumerate(sample.rows, 1):
        odd = [name for name, value in row.items() if normal(name, value) != value]
        assert all((number, name) in dirty for name in odd)


def test_the_truth_says_what_is_written_and_what_would_be_right(made: tuple[Kind, Sample]) -> None:
    kind, sample = made
    cells = sample.cells("wrong") | sample.cells("normalised")
    assert len(cells) == len(sample.truth)
    for (number, column), line in cells.items():
        assert sample.rows[number - 1][column] == line["written"]
        assert PROMISES[kind][column](line["right"])
        assert normal(column, line["right"]) == line["right"]


def test_the_kinds_of_dirt_are_what_they_say(made: tuple[Kind, Sample]) -> None:
    _, sample = made
    wrong = sample.cells("wrong")
    for (_, column), line in wrong.items():
        assert (line["kind"] == "missing") == (line["written"] == "")
        assert (line["kind"] == "duplicate") <= (column == "customer_id")
        if line["kind"] == "ambiguous_date":
            assert re.fullmatch(r"\d\d/\d\d/\d{4}", line["written"])
        if line["kind"] == "superseded":
            assert line["written"].lower() == line["right"]


def test_the_report_counts_what_the_truth_names(made: tuple[Kind, Sample]) -> None:
    _, sample = made
    wrong = sample.cells("wrong")
    assert sample.report == SampleReport(
        rows=ROWS,
        wrong_cells=len(wrong),
        wrong_rows=len({number for number, _ in wrong}),
        by_kind=Counter(line["kind"] for line in wrong.values()),
    )


def test_shares_are_such_that_files_need_review_and_are_not_refused(made: tuple[Kind, Sample]) -> None:
    kind, sample = made
    wrong = sample.cells("wrong")
    low, high = {"customers": (0.03, 0.055), "divers": (0.05, 0.08)}[kind]
    assert low < sample.report.wrong_rows / ROWS < high
    assert 0.11 < len({number for number, _ in sample.cells("normalised")}) / ROWS < 0.18
    assert max(Counter(number for number, _ in wrong).values()) in {2, 3}
    if kind == "customers":
        assert sample.report.by_kind["duplicate"] < 0.01 * ROWS
        assert 0.02 < sum(not row["income"] for row in sample.rows) / ROWS < 0.04


def test_the_newest_customer_is_valid_and_of_today(made: tuple[Kind, Sample]) -> None:
    kind, sample = made
    bad = {number for number, _ in sample.cells("wrong")}
    if kind == "customers":
        kept = [row["created_date"] for number, row in enumerate(sample.rows, 1) if number not in bad]
        assert max(filter(day, kept)) == TODAY.isoformat()


def test_divers_come_again_in_other_case_and_more_than_twice(tmp_path: Path) -> None:
    sample = Sample(tmp_path, "divers", 7)
    again = [line for line in sample.truth if line["kind"] == "superseded"]
    assert {line["written"] == line["right"] for line in again} == {True, False}
    assert max(Counter(line["right"] for line in again).values()) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_arguments_give_the_same_bytes(kind: Kind, tmp_path: Path) -> None:
    def made_of(seed: int, folder: str) -> tuple[bytes, bytes]:
        sample = Sample(tmp_path / folder, kind, seed, rows=500, unreadable=3)
        return sample.out.read_bytes(), sample.truth_path.read_bytes()

    assert made_of(1, "a") == made_of(1, "b")
    assert made_of(1, "c")[0] != made_of(7, "d")[0]


def test_the_batches_of_a_large_file_are_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.sample.ROWS_A_BATCH", 700)
    for kind in KINDS:
        sample = Sample(tmp_path, kind, 7, rows=3_000, unreadable=20)
        assert len(sample.rows) == 3_000
        assert set(sample.cells("wrong")) == broken(kind, sample.rows)


@pytest.mark.parametrize("rows", [1, 2, 3, 40])
@pytest.mark.parametrize("kind", KINDS)
def test_small_files(kind: Kind, rows: int, tmp_path: Path) -> None:
    for seed in SEEDS:
        sample = Sample(tmp_path, kind, seed, rows=rows, unreadable=1)
        assert len(sample.rows) == rows
        assert set(sample.cells("wrong")) == broken(kind, sample.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_unreadable_lines_have_too_few_or_too_many_fields_and_change_nothing_else(
    kind: Kind, tmp_path: Path
) -> None:
    plain = Sample(tmp_path / "plain", kind, 1, rows=1_000)
    sample = Sample(tmp_path / "odd", kind, 1, rows=1_000, unreadable=9)
    odd = [line for line in sample.lines if len(line) != len(sample.header)]
    told = [line for line in sample.truth if line["kind"] == "unreadable"]
    assert {len(line) < len(sample.header) for line in odd} == {True, False}
    assert [next(csv.reader([line["written"]])) for line in told] == odd
    assert len(odd) == 9
    assert {(line["row"], line["column"], line["right"]) for line in told} == {("", "", "")}
    assert sample.rows == plain.rows
    assert sample.report == plain.report


def test_notes_hold_personal_data_in_a_few_rows_and_change_nothing_else(tmp_path: Path) -> None:
    plain = Sample(tmp_path / "plain", "customers", 1)
    sample = Sample(tmp_path / "notes", "customers", 1, notes=True)
    notes = [row.pop("notes") for row in sample.rows]
    assert sample.header[-1] == "notes"
    assert sample.rows == plain.rows
    assert sample.truth == plain.truth
    patterns = (r"SSN.* (?!666)[1-8]\d\d-\d\d-\d{4}$", r"\S@example\.(com|org|net)$", r" \d{3}-555-\d{4}$")
    counts = [sum(bool(re.search(pattern, note)) for note in notes) for pattern in patterns]
    assert all(counts)
    assert 0.01 < sum(counts) / ROWS < 0.03
    assert sum(any(map(str.isdigit, note)) for note in notes) == sum(counts)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param("customers", {"rows": 0}, id="no rows"),
        pytest.param("customers", {"seed": -1}, id="negative seed"),
        pytest.param("customers", {"unreadable": -1}, id="negative count"),
        pytest.param("divers", {"notes": True}, id="notes of divers"),
        pytest.param("fish", {}, id="unknown kind"),
        pytest.param("customers", {"truth": "out.csv"}, id="one file for both"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(
    kind: Any, options: dict[str, Any], tmp_path: Path
) -> None:
    truth = tmp_path / options.pop("truth", "truth.csv")
    with pytest.raises(InputError):
        make_sample(
            kind, **{"rows": 5, "seed": 1} | options, out=tmp_path / "out.csv", truth=truth, today=TODAY
        )
    assert not list(tmp_path.iterdir())
