"""The generator's truth against the engine: no false alarm, no miss, and cleaning gives back what was there."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
from judged_tables import TODAY, Judged, judged_table, known, rows

from governance.bench import Bench, open_bench
from governance.intake import fetch
from governance.rules.kinds import Unique
from governance.sample import Kind, make_sample
from governance.settings import Settings
from governance.stages.load import Loaded, load

ROWS = 3_000
UNREADABLE = 20
Cell = tuple[int, str]


@dataclass(frozen=True)
class Sample:
    truth: list[dict[str, str]]
    loaded: Loaded
    judged: Judged

    def truly(self, verdict: str) -> dict[Cell, dict[str, str]]:
        return {
            (int(line["row"]), line["column"]): line
            for line in self.truth
            if line["row"] and line["verdict"] == verdict
        }

    def found(self) -> dict[Cell, set[str]]:
        """The failing cells, with the rules they break."""
        cells: dict[Cell, set[str]] = {}
        for row, reasons in self.judged.reasons.items():
            for reason in reasons:
                rule = self.judged.contract.rule(reason)
                assert rule
                cells.setdefault((row, rule.column), set()).add(rule.kind)
        return cells


@pytest.fixture(
    scope="module", params=[("customers", 1), ("customers", 2024), ("divers", 1), ("divers", 2024)], ids=str
)
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    kind: Kind
    kind, seed = request.param
    home = tmp_path_factory.mktemp(kind)
    bench = open_bench(Settings(home=home))
    make_sample(
        kind, rows=ROWS, seed=seed, out=home / "s.csv", truth=home / "t.csv", today=TODAY,
        unreadable=UNREADABLE, notes=kind == "customers",
    )  # fmt: skip
    with (home / "t.csv").open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))
    contract = known(kind)
    loaded = read_file(bench, home / "s.csv", tuple(column.name for column in contract.columns))
    return Sample(truth, loaded, judged_table(bench, loaded.bronze, contract))


def read_file(bench: Bench, path: Path, expected: tuple[str, ...]) -> Loaded:
    digest, name = fetch(bench, str(path))
    return load(bench, input_digest=digest, file=name, expected=expected)


def test_every_line_is_a_row_or_kept_as_unreadable(sample: Sample) -> None:
    spoilt = [line["written"] for line in sample.truth if line["kind"] == "unreadable"]

    assert sample.loaded.bronze.rows == ROWS
    assert sorted(row["text"] for row in rows(sample.loaded.unreadable)) == sorted(spoilt)
    assert len(spoilt) == UNREADABLE


def test_the_failing_cells_are_the_wrong_cells(sample: Sample) -> None:
    wrong, found = set(sample.truly("wrong")), set(sample.found())

    assert found - wrong == set(), "false alarms"
    assert wrong - found == set(), "misses"
    assert len(wrong) > 100


REASONS = {
    "missing": "not_null",
    "duplicate": "unique",
    "superseded": "superseded",
    "ambiguous_date": "ambiguous_date",
    "impossible_date": "type",
    "id_text": "type",
    "id_negative": "range",
    "income_text": "type",
    "income_above": "range",
    "income_negative": "range",
    "future_date": "date_range",
    "too_young": "date_range",
    "address_short": "length",
    "name_short": "length",
    "name_digits": "pattern",
    "unknown_status": "one_of",
    "unknown_level": "one_of",
    **dict.fromkeys(("phone_letters", "phone_short", "phone_extension"), "pattern"),
    **dict.fromkeys(("email_no_at", "email_space", "email_dots"), "email"),
}


def test_a_wrong_cell_fails_for_the_reason_it_is_wrong(sample: Sample) -> None:
    found = sample.found()
    for cell, line in sample.truly("wrong").items():
        assert found[cell] == {REASONS[line["kind"]]}, (cell, line["kind"])


def test_cleaning_gives_back_the_right_value_of_every_normalised_cell(sample: Sample) -> None:
    clean = {row["_row"]: row for row in rows(sample.judged.cleaned.clean)}
    normalised = sample.truly("normalised")
    astray = {
        cell: (clean[cell[0]][cell[1]], line["right"])
        for cell, line in normalised.items()
        if clean[cell[0]][cell[1]] != line["right"]
    }

    assert astray == {}
    assert len(normalised) > 300


def test_cleaning_touches_no_cell_that_the_truth_does_not_name(sample: Sample) -> None:
    """But for the case of an address that is superseded, every change is one that the truth calls normalised."""
    named = sample.truly("normalised").keys() | sample.truly("wrong").keys()
    changes = {(row, column): (before, after) for row, column, before, after, _ in sample.judged.changes}

    assert changes.keys() - named == set()
    assert sample.truly("normalised").keys() - changes.keys() == set()
    for cell in changes.keys() & sample.truly("wrong").keys():
        assert changes[cell][0].lower() == changes[cell][1], cell  # type: ignore[union-attr]


def test_kept_and_quarantined_are_all_the_rows(sample: Sample) -> None:
    kept, out = sample.judged.kept, sample.judged.out

    assert sorted([*kept, *out]) == list(range(1, ROWS + 1))
    assert set(out) == {row for row, _ in sample.truly("wrong")}


def test_no_two_kept_rows_share_a_key(sample: Sample) -> None:
    keys = [rule.column for rule in sample.judged.contract.rules if isinstance(rule, Unique)]
    for column in keys:
        values = [row[column] for row in sample.judged.kept.values()]

        assert len(values) == len(set(values))
