"""Stage 1: what it says about a file, the files that others have collected, and where files come from."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import storage.objects
from governance.bench import Bench, open_bench
from governance.errors import GovernanceError, InputError, TerminalFault, TransientFault, UnreadableInput
from governance.findings import Severity
from governance.intake import fetch
from governance.settings import Settings
from governance.stages.load import Loaded, load

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL = {
    "dirty_cafe_sales": (10_000, 8),
    "npi_small": (18_649, 7),
    "government_contracts": (6_422, 10),
    "yellow_tripdata_2019-01": (10_000, 18),
    "yellow_tripdata_2019-02": (10_000, 18),
}
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no test files at {SHARED}")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


def _load(bench: Bench, data: bytes, expected: tuple[str, ...] = ()) -> Loaded:
    digest, _ = bench.vault.keep_bytes(io.BytesIO(data))
    return load(bench, input_digest=digest, file="customers.csv", expected=expected)


@needs_shared
@pytest.mark.parametrize("name", REAL)
def test_real_files(bench: Bench, name: str) -> None:
    loaded = _load(bench, (SHARED / "real" / f"{name}.csv").read_bytes())
    assert (loaded.bronze.rows, len(loaded.bronze.columns)) == REAL[name]
    assert (loaded.unreadable.rows, loaded.findings) == (0, ())


@pytest.mark.parametrize(
    ("data", "summary"),
    [
        (b"a,b\n1,2\n", "1 row and 2 columns read as UTF-8, comma"),
        (b"a,b\n", "0 rows and 2 columns read as UTF-8, comma"),
        (b"a\n1\n2\n", "2 rows and 1 column read as UTF-8, one column"),
        (
            b"a;b\n" + b"1;2\n" * 1_234 + b"3\n",
            "1,234 rows and 2 columns read as UTF-8, semicolon; 1 line unreadable",
        ),
        (b"a\tb\nJos\xe9\t2\n", "1 row and 2 columns read as Windows-1252, tab"),
    ],
)
def test_summary(bench: Bench, data: bytes, summary: str) -> None:
    assert _load(bench, data).summary == summary


def test_outcome_is_small_and_can_be_written_down(bench: Bench) -> None:
    loaded = _load(bench, b"a,a,\n1,2,3\nsecret\n4,5,6,7\n")
    assert Loaded.model_validate_json(loaded.model_dump_json()) == loaded
    assert (loaded.rows_in, loaded.rows_out, loaded.size) == (3, 1, 26)
    first, *others = loaded.findings
    assert (first.kind, first.severity, first.rows, first.column) == ("unreadable", Severity.HIGH, 2, "")
    assert first.details == {
        "reasons": {"too few fields for 3 columns": 1, "too many fields for 3 columns": 1}
    }
    assert {(note.kind, note.severity) for note in others} == {("reading", Severity.LOW)}
    assert "secret" not in loaded.model_dump_json()


def test_loading_again_names_the_same_tables(bench: Bench) -> None:
    first, second = _load(bench, b"a,b\n1,2\n3\n"), _load(bench, b"a,b\n1,2\n3\n")
    assert first == second
    assert _load(bench, b"a,b\n1,2\n4\n").bronze.name != first.bronze.name


def test_nothing_is_left_behind(bench: Bench) -> None:
    _load(bench, b'a,b\n1,"2\n3\n')
    with pytest.raises(UnreadableInput):
        _load(bench, b"")
    assert not list((bench.settings.root / "spill").iterdir())
    assert not list(bench.vault.root.glob("**/.*"))


def test_bytes_that_are_not_there(bench: Bench) -> None:
    with pytest.raises(UnreadableInput, match=r"customers\.csv"):
        load(bench, input_digest="0" * 64, file="customers.csv")


def test_fetch_keeps_the_bytes(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "my file.csv").write_bytes(b"a\n1\n")
    digest, name = fetch(bench, str(tmp_path / "my file.csv"))
    assert (name, bench.vault.raw(digest).read_bytes()) == ("my file.csv", b"a\n1\n")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("none.csv", "no file"), (".", "is a folder"), ("a\0b", "no file"), ("x/y.csv", "no file")],
)
def test_fetch_says_what_is_wrong(bench: Bench, tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        fetch(bench, f"{tmp_path}/{name}")
    assert caught.value.hint


def test_fetch_a_file_that_may_not_be_read(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    (tmp_path / "secret.csv").write_text("a\n")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="may not be read"):
        fetch(bench, str(tmp_path / "secret.csv"))


def test_fetch_from_s3(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    def open_object(url: str, **where: str) -> io.BytesIO:
        asked.append((url, where))
        return io.BytesIO(b"a\n1\n")

    monkeypatch.setattr(storage.objects, "open_object", open_object)
    digest, name = fetch(bench, "s3://bucket/in/customers.csv")
    assert (name, bench.vault.raw(digest).read_bytes()) == ("customers.csv", b"a\n1\n")
    assert asked == [("s3://bucket/in/customers.csv", {"endpoint": "", "region": ""})]


@pytest.mark.parametrize(
    ("trouble", "ours"),
    [
        (storage.objects.ObjectMissing("no such key"), InputError),
        (storage.objects.ObjectStoreFault("slow down", transient=True), TransientFault),
        (storage.objects.ObjectStoreFault("no credentials", transient=False), TerminalFault),
    ],
    ids=["missing", "busy", "refused"],
)
def test_fetch_from_an_object_store_in_trouble(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, trouble: Exception, ours: type[GovernanceError]
) -> None:
    def open_object(url: str, **where: str) -> io.BytesIO:
        raise trouble

    monkeypatch.setattr(storage.objects, "open_object", open_object)
    with pytest.raises(ours, match=str(trouble)):
        fetch(bench, "s3://bucket/customers.csv")
