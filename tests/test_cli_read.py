"""`read`: what was read as plain CSV, with a report; and what a person says about how a file is written."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import workbook

from governance.bench import Bench, open_bench
from governance.cli import main
from governance.errors import InputError
from governance.reading.choice import NOTHING, ReadingChoice, reading_choice
from governance.reading.header import unique
from governance.reading.writing import write_csv
from governance.settings import Settings
from governance.stages.load import Loaded, load
from governance.workspace import Workspace

Rows = list[tuple[str | None, ...]]
PLAIN = reading_choice(encoding="utf-8", delimiter=",", quote='"', header=True, skip=0)
MESSY = 'id;name;when\n007;Ana;2024-05-01\n1,5;"x; y";\n3;z\n\n4;a;b;c\n'


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home"), threads=1))


def _load(bench: Bench, data: bytes, choice: ReadingChoice = NOTHING) -> Loaded:
    digest, _ = bench.vault.keep_bytes(io.BytesIO(data))
    return load(bench, input_digest=digest, file="file", choice=choice)


def _rows(loaded: Loaded) -> Rows:
    names = loaded.bronze.columns
    return [tuple(row[name] for name in names) for row in pq.read_table(loaded.bronze.path).to_pylist()]


def _read(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["read", *map(str, arguments), "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_what_was_read_is_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.csv").write_bytes(b"\xef\xbb\xbf" + MESSY.encode())
    out, lost = tmp_path / "out.csv", tmp_path / "lost.csv"
    told = _read(capsys, tmp_path / "in.csv", "--out", out, "--unreadable", lost)
    assert out.read_bytes() == b'id,name,when\r\n007,Ana,2024-05-01\r\n"1,5",x; y,\r\n'
    assert list(csv.reader(lost.open(newline=""))) == [
        ["line", "reason", "text"],
        ["4", "too few fields for 3 columns", "3;z"],
        ["6", "too many fields for 3 columns", "4;a;b;c"],
    ]
    assert (told["rows"], told["columns"]) == (2, ["id", "name", "when"])
    assert told["reading"] == {
        "format": "text", "encoding": "UTF-8", "byte_order_mark": True, "delimiter": "semicolon", "quote": '"',
        "line_end": "LF", "header": True, "header_lines": 1, "skipped_lines": 0, "footer_lines": 0,
    }  # fmt: skip
    assert told["unreadable"] == {
        "lines": 2,
        "reasons": {"too few fields for 3 columns": 1, "too many fields for 3 columns": 1},
        "first": [
            {"line": 4, "reason": "too few fields for 3 columns"},
            {"line": 6, "reason": "too many fields for 3 columns"},
        ],
    }
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_on_the_terminal_no_value_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.csv").write_text(MESSY.replace("3;z", "secret;z"))
    assert main(["read", str(tmp_path / "in.csv")]) == 0
    said = capsys.readouterr().out
    assert "delimiter: semicolon" in said
    assert "2 lines could not be read:" in said
    assert "4     too few fields for 3 columns" in said
    assert "secret" not in said


def test_a_workbook_on_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.xlsx").write_bytes(workbook({"May": [["a", "b"], ["007", 1]], "June": [["c"], ["x"]]}))
    told = _read(capsys, tmp_path / "in.xlsx", "--sheet", "June", "--out", tmp_path / "out.csv")
    assert (told["reading"]["format"], told["reading"]["sheet"], told["columns"]) == ("excel", "June", ["c"])
    assert (tmp_path / "out.csv").read_bytes() == b"c\r\nx\r\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["IN", "--encoding", "klingon"], "There is no encoding 'klingon'"),
        (["IN", "--delimiter", "||"], "The delimiter '||' cannot be used"),
        (["IN", "--quote", ",", "--delimiter", ","], "the same sign"),
        (["IN", "--skip", "99"], "no line after the first 99"),
        (["IN", "--skip", "-1"], "not possible"),
        (["IN", "--footer", "100000"], "not possible"),
        (["IN", "--header-lines", "0"], "not possible"),
        (["IN", "--no-header", "--header-lines", "2"], "cannot both be"),
        (["IN", "--out", "IN"], "is the file that is read"),
        (["IN", "--out", "OUT"], "is there already"),
        (["IN", "--out", "no/such/folder/x.csv"], "There is no folder"),
        (["nothing.csv"], "There is no file"),
    ],
)
def test_what_cannot_be_meant_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    names = {"IN": tmp_path / "in.csv", "OUT": tmp_path / "out.csv"}
    for path in names.values():
        path.write_text("a,b\n1,2\n")
    assert main(["read", *(str(names.get(one, one)) for one in arguments)]) == 3
    assert sentence in capsys.readouterr().err
    assert names["OUT"].read_text() == "a,b\n1,2\n"


def test_it_is_written_over_by_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("in.csv", "out.csv"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    _read(capsys, tmp_path / "in.csv", "--out", tmp_path / "out.csv", "--force")
    assert (tmp_path / "out.csv").read_bytes() == b"a,b\r\n1,2\r\n"


CHOICES = [
    pytest.param("a;b\n1;2\n", {"delimiter": ","}, ["a;b"], [("1;2",)], id="delimiter"),
    pytest.param("a,b\n1,2\n", {"header": False}, ["column_1", "column_2"], [("a", "b"), ("1", "2")], id="no header"),
    pytest.param("1,x@y.z\n3,b@c.d\n", {"header": True}, ["1", "x@y.z"], [("3", "b@c.d")], id="header"),
    pytest.param("a,b\n'1,5',2\n", {"quote": "'"}, ["a", "b"], [("1,5", "2")], id="quote"),
    pytest.param('a,b\n"1,2\n', {"quote": "none"}, ["a", "b"], [('"1', "2")], id="no quotes"),
    pytest.param("x,y\na,b\n1,2\n", {"skip": 1}, ["a", "b"], [("1", "2")], id="skip"),
    pytest.param('"x,y\na,b\n1,2\n', {"skip": 1}, ["a", "b"], [("1", "2")], id="skip an open quote"),
    pytest.param("a,b\n1,2\nSum,3\n\n", {"footer": 1}, ["a", "b"], [("1", "2")], id="footer"),
    pytest.param("a,b\n1,2\n", {"footer": 5}, ["a", "b"], [], id="all is footer"),
    pytest.param("2024,\nsales,cost\n1,2\n", {"header_lines": 2}, ["2024 sales", "cost"], [("1", "2")], id="two"),
    pytest.param("a,b\n1,2", {"delimiter": "tab", "header": True}, ["a,b"], [("1,2",)], id="tab"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "columns", "rows"), CHOICES)
def test_what_a_person_says_is_done(
    bench: Bench, text: str, said: dict[str, Any], columns: list[str], rows: Rows
) -> None:
    choice = reading_choice(**said)
    loaded = _load(bench, text.encode(), choice)
    assert (list(loaded.reading.columns), _rows(loaded), loaded.unreadable.rows) == (columns, rows, 0)
    assert any(note.message.startswith("Read as the person who submitted") for note in loaded.findings)
    assert ReadingChoice.model_validate(json.loads(json.dumps(choice.said))) == choice


@pytest.mark.parametrize(
    ("name", "codec"),
    [("Windows-1252", "cp1252"), ("latin-1", "cp1252"), ("utf8", "utf-8"), ("utf-8-sig", "utf-8"),
     ("UTF-16", "utf-16-le"), ("shift-jis", "shift_jis"), ("euc-jp", "euc_jp"), ("Big5", "big5"), ("gb18030", "gb18030")],
)  # fmt: skip
def test_encodings_by_their_names(bench: Bench, name: str, codec: str) -> None:
    choice = reading_choice(encoding=name)
    assert choice.encoding == codec
    text = "a,b\n日本,2\n" if codec in ("shift_jis", "euc_jp", "big5", "gb18030") else "a,b\né,2\n"
    written = text.encode("utf-16" if codec.startswith("utf-16") else codec)
    assert _rows(_load(bench, written, choice)) == [(text[4:].partition(",")[0], "2")]


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "idna"])
def test_what_is_no_encoding_of_text(name: str) -> None:
    with pytest.raises(InputError, match="no encoding"):
        reading_choice(encoding=name)


DOUBTS = [
    pytest.param("a,b,c\n1,2,3\n4,5,6\nTotal,7,\n", "The last line looks like a footer", id="total"),
    pytest.param("a,b,c\n1,2,3\n4,5,6\n2 rows\n", "The last line looks like a footer", id="a narrow line"),
    pytest.param("a,b,c\n1,2,3\n4,5,6\n\nend of file\nsource: x\n", "The last 2 lines look", id="two lines"),
    pytest.param("a,b,c\n1,2,3\n4,5,6\nTotal,x,9\n", "", id="a row that is called Total"),
    pytest.param("a,b,c\n1,2,3\n4,5,6\n7,8\n", "", id="a row that is cut off"),
    pytest.param(
        "n,w,h\n,kg,m\n" + "x,2,3\n" * 5, "Line 2 looks like a second line of the header", id="units"
    ),
    pytest.param("n,w,h\nx,ERROR,3\n" + "x,2,3\n" * 5, "", id="a bad first row"),
]


@pytest.mark.parametrize(("text", "doubt"), DOUBTS)
def test_what_may_be_meant_otherwise_is_told(bench: Bench, text: str, doubt: str) -> None:
    doubts = " ".join(_load(bench, text.encode()).reading.doubts)
    assert doubt in doubts if doubt else "looks like" not in doubts


CELL = st.text(
    st.one_of(st.sampled_from('",;\n\r ab\x00é\ufeff={[#'), st.characters(exclude_categories=["Cs"])),
    max_size=6,
)


@settings(max_examples=examples(15, 80), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), width=st.integers(1, 4))
def test_what_is_written_reads_back_equal(
    bench: Bench, tmp_path: Path, data: st.DataObject, width: int
) -> None:
    """Whatever is in the cells and in the names."""
    names, _ = unique(data.draw(st.lists(CELL, min_size=width, max_size=width)), width)
    rows: Rows = data.draw(st.lists(st.tuples(*[st.none() | CELL] * width), max_size=6))
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)] or [
        pa.array([], pa.string()) for _ in names
    ]
    pq.write_table(pa.Table.from_arrays(columns, names=list(names)), tmp_path / "table.parquet")
    assert write_csv(tmp_path / "table.parquet", tmp_path / "out.csv", columns=names) == len(rows)
    loaded = _load(bench, (tmp_path / "out.csv").read_bytes(), PLAIN)
    assert loaded.bronze.columns == names
    assert _rows(loaded) == [tuple(cell or None for cell in row) for row in rows]
    assert loaded.unreadable.rows == 0


def test_what_is_written_is_found_out(bench: Bench, tmp_path: Path) -> None:
    """Without being told anything: the same table, and reading it again changes nothing."""
    first = _load(bench, MESSY.encode())
    write_csv(first.bronze.path, tmp_path / "once.csv", columns=first.bronze.columns)
    second = _load(bench, (tmp_path / "once.csv").read_bytes())
    write_csv(second.bronze.path, tmp_path / "twice.csv", columns=second.bronze.columns)
    assert (_rows(second), second.reading.newline, second.reading.doubts) == (_rows(first), "\r\n", ())
    assert (tmp_path / "once.csv").read_bytes() == (tmp_path / "twice.csv").read_bytes()


def test_a_draft_and_a_run_read_as_they_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
    (tmp_path / "stock.csv").write_text("Depot report\na;b\nx;1,5\ny;2,5\nz;3,5\nSum;7,5\n")
    said = ["--skip", "1", "--footer", "1", "--delimiter", "semicolon"]
    assert main(["contract", "draft", str(tmp_path / "stock.csv"), *said]) == 0
    assert "3 of 3 rows" in capsys.readouterr().out
    code = main(["run", str(tmp_path / "stock.csv"), "--dataset", "stock", "--detach", "--json", *said])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    run = Workspace.open(Settings(home=tmp_path / "home")).house.run(told["run"])
    assert run.options["reading"] == {"skip": 1, "footer": 1, "delimiter": ";"}
