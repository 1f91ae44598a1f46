"""Files that others have collected, valid and malformed: each gives the rows that its truth tells, or a
report that names line and reason. Read from ../shared/data; skipped, and said so, where it is missing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from governance.bench import Bench, open_bench
from governance.errors import UnreadableInput
from governance.settings import Settings
from governance.stages.load import Loaded, load

CSV = Path(__file__).resolve().parents[2] / "shared" / "data" / "csv"
pytestmark = pytest.mark.skipif(not CSV.is_dir(), reason=f"no test files at {CSV}")

FILES = sorted(path for path in CSV.rglob("*") if path.suffix in (".csv", ".tsv"))
EXPECTED = ("foo", "bar", "baz")
"""The columns that a contract of the malformed files would promise."""
REPORTED = {
    "all-empty": "The file has only blank lines.",
    "bad-header-no-header": "The file is empty: it has no bytes.",
    "bad-header-less-fields": "the first is line 2: too few fields for 3 columns",
    "bad-header-more-fields": "the first is line 2: too many fields for 3 columns",
    "bad-header-wrong-header": "None of the expected columns is named in the header, line 1.",
    "bad-missing-quote": "the first is line 2: a quote is not closed",
    "bad-quotes-with-unescaped-quote": "the first is line 2: a quote is not closed, or not doubled",
    "bad-unescaped-quote": "a quote inside a value that is not quoted, the first in line 2",
}
"""What is said about those that have no truth, or whose truth is two rows of nothing (`all-empty`)."""
CONTRADICTS = "location_coordinates"
"""Its JSON tells another phone number than its CSV has, and its CSV has U+FFFD where a degree sign was."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home"), threads=1))


def _load(bench: Bench, path: Path, expected: tuple[str, ...] = ()) -> Loaded:
    digest, _ = bench.vault.keep_bytes(io.BytesIO(path.read_bytes()))
    return load(bench, input_digest=digest, file=path.name, expected=expected)


def _rows(loaded: Loaded) -> list[dict[str, Any]]:
    return pq.read_table(loaded.bronze.path).to_pylist()


def _truth(path: Path) -> list[dict[str, Any]]:
    """The rows that the file's JSON tells, as objects; an empty string is no value."""
    told = json.loads((path.parent.with_name(path.parent.name + "-json") / f"{path.stem}.json").read_text())
    told = [told] if isinstance(told, dict) else told
    if told and isinstance(told[0], list):
        told = [dict(zip(told[0], row, strict=True)) for row in told[1:]]
    return [{key: value or None for key, value in row.items()} for row in told]


def test_there_are_as_many_as_we_think() -> None:
    malformed = [path for path in FILES if path.stem.startswith("bad-")]
    assert (len(FILES), len(malformed)) == (39, 7)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_file_gives_its_rows_or_a_report(bench: Bench, path: Path) -> None:
    if path.stem in REPORTED:
        assert REPORTED[path.stem] in _report(bench, path)
        return
    loaded = _load(bench, path)
    assert loaded.unreadable.rows == 0
    if path.suffix == ".tsv":
        assert loaded.reading.delimiter == "\t"
        assert [row["Location"][:18] for row in _rows(loaded)] == ["Tizi Ouzou, Béjaïa", "Near Béjaïa, Tizi "]
    elif path.stem == CONTRADICTS:
        truth, (row,) = _truth(path)[0], _rows(loaded)
        phone = "Contact Phone Number"
        assert (row.pop(phone), truth.pop(phone)) == ("2095257564", "1234567890")
        assert row == truth
    else:
        assert (_rows(loaded), loaded.findings) == (_truth(path), ())


def _report(bench: Bench, path: Path) -> str:
    """All that is said about a file: the refusal, or the findings; the lines are kept with their text."""
    try:
        loaded = _load(bench, path, EXPECTED)
    except UnreadableInput as error:
        return error.message
    lines = path.read_text().split("\n")
    for kept in pq.read_table(loaded.unreadable.path).to_pylist():
        assert kept["text"] == lines[kept["line"] - 1]
    return " ".join(note.message for note in loaded.findings)
