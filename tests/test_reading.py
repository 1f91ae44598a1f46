"""Reading a CSV: how it is written, and that every record of it ends up as a row or as an unreadable line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.bench import Bench, open_bench
from governance.engines.duckdb import Engine, scan_rows
from governance.errors import UnreadableInput
from governance.reading import records
from governance.reading.dialect import Reading, find_out
from governance.reading.preview import preview
from governance.reading.unreadable import NO_TEXT, NOT_CLOSED, TOO_LONG
from governance.settings import Settings

Rows = list[tuple[Any, ...]]
FEW, MANY = "too few fields for {} columns", "too many fields for {} columns"
CRLF = b"\r\n"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home"), threads=1))


@pytest.fixture(scope="module")
def engine(bench: Bench) -> Iterator[Engine]:
    with bench.engine() as engine:
        yield engine


@pytest.fixture
def ask(tmp_path: Path, engine: Engine) -> Any:
    """The reading of some bytes."""

    def find(data: bytes, expected: tuple[str, ...] = ()) -> Reading:
        (tmp_path / "file").write_bytes(data)
        return find_out(tmp_path / "file", engine=engine, expected=expected)

    return find


@pytest.fixture
def table(tmp_path: Path, bench: Bench, engine: Engine) -> Any:
    """(rows, unreadable rows) of some bytes."""

    def load(data: bytes) -> tuple[Rows, Rows]:
        (tmp_path / "file").write_bytes(data)
        reading = find_out(tmp_path / "file", engine=engine)
        return _read(tmp_path / "file", reading, bench, engine)

    return load


def _read(path: Path, reading: Reading, bench: Bench, engine: Engine) -> tuple[Rows, Rows]:
    bronze, unreadable = records.read(path, reading, engine=engine, bench=bench, name="aa11")
    found = _rows(bronze.path), _rows(unreadable.path)
    assert (bronze.rows, unreadable.rows) == (len(found[0]), len(found[1]))
    assert bronze.columns == reading.columns == tuple(pq.read_schema(bronze.path).names)
    assert [row[0] for row in found[1]] == sorted(row[0] for row in found[1])
    return found


def _rows(path: Path) -> Rows:
    return list(zip(*pq.read_table(path).to_pydict().values(), strict=True))


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        pytest.param(b"a,b\n1,2\n", {"delimiter": ",", "header": True, "columns": ("a", "b")}, id="comma"),
        pytest.param(b"a;b\n1,5;2,5\n", {"delimiter": ";"}, id="decimal comma"),
        pytest.param(b"a\tb\n1,5\t2;5\n", {"delimiter": "\t"}, id="tab"),
        pytest.param(b"a|b\n1|2\n", {"delimiter": "|"}, id="pipe"),
        pytest.param(b"note\nhi, you\nwell\n", {"columns": ("note",), "delimiter": ";"}, id="one column"),
        pytest.param(b"n\na,;\t|\n", {"columns": ("n",), "delimiter": "\x1f"}, id="no delimiter is free"),
        pytest.param(b"a,b\r\n1,2\r\n", {"newline": "\r\n"}, id="CR LF"),
        pytest.param(b"a,b\r1,2\r", {"newline": "\r", "columns": ("a", "b")}, id="CR alone"),
        pytest.param(b"sep=;\na;b\n1;2\n", {"delimiter": ";", "skip": 1, "columns": ("a", "b")}, id="sep="),
        pytest.param(b"Report\n\na,b,c,d\n1,2,3,4\n5,6,7,8\n", {"skip": 2}, id="title before the table"),
        pytest.param(b"# by x, y, z\na,b\n1,2\n3,4\n", {"skip": 1, "columns": ("a", "b")}, id="comment"),
        pytest.param(b"a,b\n'x, y','2'\n'z','it''s'\n", {"quote": "'", "escape": "'"}, id="single quotes"),
        pytest.param(b'a,b\n1,"x \\"y\\", z"\n2,"q"\n', {"escape": "\\"}, id="backslash"),
        pytest.param(b"a,b\n1,C:\\dir\n", {"escape": '"'}, id="backslash in a path"),
        pytest.param(b"1,ana@example.com\n2,b@example.com\n", {"header": False}, id="no header"),
        pytest.param(b"Ana,2020-01-02\nBen,2020-01-03\n", {"header": False}, id="no header, dates"),
        pytest.param(b"land,2019,2020\nX,1,2\n", {"header": True}, id="years are names"),
        pytest.param(b"0,1,2\n5,6,7\n", {"header": True}, id="ordinals are names"),
        pytest.param(b"a,b\n1,2,\n3,4,\n5,6,\n7,8,\n", {"columns": ("a", "b")}, id="delimiter at line ends"),
        pytest.param(b"a\n1,2\n3,4\n5,6\n7,8\n", {"columns": ("a",)}, id="narrow header stays one column"),
        pytest.param(b"a,b\n" + b"1,2,3\n" * 9, {"columns": ("a", "b", "column_3")}, id="header too short"),
    ],
)  # fmt: skip
def test_dialect(ask: Any, data: bytes, wanted: dict[str, Any]) -> None:
    assert ask(data).model_dump(include=set(wanted)) == wanted


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        pytest.param("a,b\n1,é\n".encode(), "utf-8", id="UTF-8"),
        pytest.param("a,b\n1,é\n".encode("utf-8-sig"), "utf-8", id="UTF-8 with a mark"),
        pytest.param("a,b\n1,é\n".encode("utf-16"), "utf-16-le", id="UTF-16 with a mark"),
        pytest.param(b"\xfe\xff" + "a,b\n1,é\n".encode("utf-16-be"), "utf-16-be", id="UTF-16 BE with a mark"),
        pytest.param("a,b\n1,é\n".encode("utf-16-le"), "utf-16-le", id="UTF-16 without a mark"),
        pytest.param("a,b\n1,Béjaïa\n".encode("cp1252"), "cp1252", id="Latin-1"),
        pytest.param("a,b\n1,5 € “x”\n".encode("cp1252"), "cp1252", id="Windows-1252"),
        pytest.param(b"a,b\n" + "Иван Петров,Москва Казань\n".encode("cp1251") * 20, "cp1251", id="Cyrillic"),
        pytest.param("a\nJosé\nLeón\n".encode() + b"\xff\n", "utf-8", id="mostly UTF-8"),
        pytest.param(b"a,b\n" + b"1,2\n" * 400_000 + b"1,\xe9t\xe9\n", "cp1252", id="far behind the sample"),
    ],
)
def test_encoding(ask: Any, data: bytes, codec: str) -> None:
    reading = ask(data)
    assert (reading.encoding, reading.columns[0]) == (codec, "a")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "blank"),
        (b"\n \r\n\t\n", "blank"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG picture"),
        (b"PK\x03\x04" + bytes(50), "ZIP archive"),
        (b"PK\x03\x04" + bytes(50) + b"[Content_Types].xml", "Excel workbook"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08" + bytes(9), "gzip"),
        (bytes(range(256)) * 9, "binary"),
        (b"ab" + bytes(400), "binary"),
    ],
)
def test_not_a_table(ask: Any, data: bytes, word: str) -> None:
    with pytest.raises(UnreadableInput, match=word) as caught:
        ask(data)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("header", "columns", "renamed"),
    [
        ("a,a,A", ("a", "a_2", "A_3"), 2),
        ("a,,b", ("a", "column_2", "b"), 1),
        ("a,,column_2", ("a", "column_2_2", "column_2"), 1),
        ("name,name_2,name", ("name", "name_2", "name_3"), 1),
        ("_row,file_row_number,x", ("_row_2", "file_row_number_2", "x"), 2),
        (' id ,"two\nlines",c', ("id", "two lines", "c"), 2),
        ('"say ""hi""",😀,it\'s', ('say "hi"', "😀", "it's"), 0),
    ],
)
def test_column_names(ask: Any, header: str, columns: tuple[str, ...], renamed: int) -> None:
    reading = ask(f"{header}\n1,2,3\n".encode())
    assert (reading.columns, len(reading.renamed)) == (columns, renamed)


def test_contract_settles_the_header(ask: Any) -> None:
    assert ask(b"id,2\n3,4\n", ("ID",)).header
    assert not ask(b"x,2\n3,4\n", ("id",)).header
    assert any("expected" in doubt for doubt in ask(b"foo,bar\n1,2\n", ("id",)).doubts)
    assert not ask(b"foo,bar\n1,2\n", ("bar",)).doubts


UNREADABLE = [
    pytest.param(b"a,b\n1\n3,4\n5,6,7\n", [("3", "4")], [(2, FEW), (4, MANY)], id="widths"),
    pytest.param(b"\n\na,b\n\n1,2\n\n\n3\n", [("1", "2")], [(8, FEW)], id="blank lines count as lines"),
    pytest.param(b'a,b\n1,"x\ny\nz"\n2\n', [("1", "x\ny\nz")], [(5, FEW)], id="after a cell of three lines"),
    pytest.param(b"a,b\r\n1,x\r\n2\r\n3,y\r\n", [("1", "x"), ("3", "y")], [(3, FEW)], id="CR LF"),
    pytest.param(b"a,b\n1,2\r\n3\n4,5\r\n", [("1", "2"), ("4", "5")], [(3, FEW)], id="CR LF and LF"),
    pytest.param(b"a,b\r1,2\r3\r4,5\r", [("1", "2"), ("4", "5")], [(3, FEW)], id="CR alone"),
    pytest.param(b'a,b\r\n1,"x\ny"\r\n2,3\r\n', [("1", "x\ny"), ("2", "3")], [], id="LF in a CR LF file"),
    pytest.param(b"a,b\n1,x\ry\n", [("1", "x\ry")], [], id="CR in a value"),
    pytest.param(b'a,b\n1,"x\n2,y\n3,z\n', [("2", "y"), ("3", "z")], [(2, NOT_CLOSED)], id="open quote"),
    pytest.param(b'a,b\n1,"x\n2,"y\n3,z\n', [("3", "z")], [(2, NOT_CLOSED), (3, NOT_CLOSED)], id="two"),
    pytest.param(b'a,b\n1,"x" y\n2,z\n', [("2", "z")], [(2, NOT_CLOSED)], id="quote not doubled"),
    pytest.param(b'a,b\n1, "x"\n2,5" y\n', [("1", ' "x"'), ("2", '5" y')], [], id="stray quotes are kept"),
    pytest.param(b"a,b\n 1 ,007\n", [(" 1 ", "007")], [], id="spaces and zeros are kept"),
    pytest.param(b'a,b\n"",\n,x\n', [(None, None), (None, "x")], [], id="empty is NULL"),
    pytest.param(b"a,b\n1,x\x00y\n\x00\n", [("1", "x\x00y")], [(3, FEW)], id="NUL"),
    pytest.param("a,b\né,1\n".encode() + b"x,\xff\n", [("é", "1")], [(3, NO_TEXT + "UTF-8")], id="bad UTF-8"),
    pytest.param(b"a,b\nJos\xe9,1\n\x81,2\n", [("José", "1")], [(3, NO_TEXT + "Windows-1252")], id="1252"),
    pytest.param(b"a\n\nx\n\n", [(None,), ("x",), (None,)], [], id="one column: blank lines are cells"),
    pytest.param(b'a\n"x\n\ny\n', [(None,), ("y",)], [(2, NOT_CLOSED)], id="one column, quote not closed"),
    pytest.param(b'a,b\n1,"x \\"y\\", z"\n2,"q"\n', [("1", 'x "y", z'), ("2", "q")], [], id="backslash"),
    pytest.param(b"a,b\n1,2\n3,4,\n", [("1", "2"), ("3", "4")], [], id="nothing after a last delimiter"),
    pytest.param(b"a,b\n1,2", [("1", "2")], [], id="no line end at the end"),
    pytest.param(b"a,b", [], [], id="header only"),
    pytest.param(b'a,b\n"p\nq",1,2\n3,4\n', [("3", "4")], [(2, MANY)], id="too many fields over two lines"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "rows", "lost"), UNREADABLE)
def test_every_line_is_read_or_kept(table: Any, data: bytes, rows: Rows, lost: Rows) -> None:
    found, unreadable = table(data)
    assert found == rows
    assert [row[:2] for row in unreadable] == [(line, reason.format(2)) for line, reason in lost]
    eol = b"\r" if b"\n" not in data else b"\n"
    for line, reason, text in unreadable:
        if "bytes" not in reason and "\n" not in text:
            assert text.encode() == data.split(eol)[line - 1].rstrip(b"\r")


def test_the_bytes_of_an_unreadable_line_can_be_seen(table: Any) -> None:
    assert table("a,b\né,1\n".encode() + b"what?\xff,2\n")[1][0][2] == "what?\\xff,2"


@pytest.mark.parametrize(
    ("cell", "lines"),
    [
        pytest.param(b"x" * 50_000_000, 1, id="one line"),
        pytest.param(b'"' + b"x\n" * 25_000_000 + b'"', 25_000_001, id="many lines"),
    ],
)
def test_fifty_megabytes_in_a_cell(table: Any, cell: bytes, lines: int) -> None:
    rows, unreadable = table(b"a,b\n1,2\n3," + cell + b"\n4,5\n6\n")
    assert rows == [("1", "2"), ("4", "5")]
    assert [row[:2] for row in unreadable] == [(3, TOO_LONG), (3 + lines + 1, FEW.format(2))]
    assert len(unreadable[0][2]) < 66_000
    assert "bytes in all" in unreadable[0][2]


def test_a_five_megabyte_cell_is_read(table: Any) -> None:
    rows, unreadable = table(b'a,b\n1,"' + b"x\n" * 2_500_000 + b'"\n3\n')
    assert [len(rows[0][1]), unreadable[0][0]] == [5_000_000, 2_500_003]


def test_two_thousand_columns(table: Any) -> None:
    line = ",".join(str(number) for number in range(2_000))
    rows, unreadable = table(f"{line.replace(',', ',c')}\n{line}\n1,2\n".encode())
    assert (len(rows[0]), unreadable[0][1]) == (2_000, FEW.format("2,000"))


def test_many_bad_lines_are_kept_in_bounded_time(table: Any) -> None:
    rows, unreadable = table(b"a,b,c\n1,2,3\n" + b'1,2\n"x,y",\xc3\xa9\n' * 30_000 + b"1,2,3\n")
    assert (len(rows), len(unreadable)) == (2, 60_000)


def test_row_numbers_follow_the_file(bench: Bench, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a,b\n" + "".join(f"{number},x\n" for number in range(1, 200_001)))
    bronze, _ = records.read(file, find_out(file, engine=engine), engine=engine, bench=bench, name="bb22")
    assert engine.row(f"SELECT count(*), max(abs(_row - a::INT)) FROM {scan_rows(bronze.path)}") == (
        200_000,
        0,
    )


def test_preview(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("id,name\n" + "".join(f"{number:07},\n" for number in range(500_000)) + "x\n")
    seen = preview(file, engine=engine)
    assert (len(seen.rows), seen.rows[0], seen.size) == (20, ("0000000", None), file.stat().st_size)
    assert abs(seen.estimated_rows - 500_000) < 100
    file.write_text("id,name\n1,2\n3\n")
    assert (preview(file, engine=engine).estimated_rows, preview(file, engine=engine).rows) == (
        2,
        (("1", "2"),),
    )


slow_ok = settings(max_examples=examples(25, 200), deadline=None, suppress_health_check=list(HealthCheck))
CELL = st.text(
    st.one_of(st.sampled_from('",;\n\r ab\x00é'), st.characters(exclude_categories=["Cs"])), max_size=6
)


def _reading(columns: int, newline: str = "\n", delimiter: str = ",") -> Reading:
    names = tuple(f"c{index}" for index in range(columns))
    return Reading(
        encoding="utf-8", bom=False, delimiter=delimiter, quote='"', escape='"', header=False, skip=0,
        columns=names, newline=newline,
    )  # fmt: skip


@slow_ok
@given(
    rows=st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[CELL] * n), min_size=1, max_size=8)),
    newline=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from(",;"),
)
def test_what_is_written_is_read(
    bench: Bench, engine: Engine, tmp_path: Path, rows: Rows, newline: str, delimiter: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(rows)
    (tmp_path / "file").write_bytes(out.getvalue().encode())
    found = _read(tmp_path / "file", _reading(len(rows[0]), newline, delimiter), bench, engine)
    assert found == ([tuple(cell or None for cell in row) for row in rows], [])


@slow_ok
@given(
    data=st.lists(
        st.sampled_from([b"a", b"b", b",", b'"', b'""', b"\n", b"\r", b" ", b"\xff", b"\0"]), min_size=1
    ).map(b"".join),
    columns=st.integers(1, 3),
)
def test_the_engine_and_the_mender_agree(
    bench: Bench, engine: Engine, tmp_path: Path, data: bytes, columns: int
) -> None:
    """Whatever the bytes: both ways of reading give the same rows and the same unreadable lines."""
    (tmp_path / "file").write_bytes(data)
    usual = _read(tmp_path / "file", _reading(columns), bench, engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_sound", lambda *_: False)
        assert _read(tmp_path / "file", _reading(columns), bench, engine) == usual


@slow_ok
@given(data=st.lists(st.sampled_from([b"a", b"b", b",", b",", b"\n", b" "]), min_size=1).map(b"".join))
def test_records_in_are_rows_and_unreadable_lines(
    bench: Bench, engine: Engine, tmp_path: Path, data: bytes
) -> None:
    """Against plain Python, where there are no quotes to argue about."""
    (tmp_path / "file").write_bytes(data)
    rows, unreadable = _read(tmp_path / "file", _reading(2), bench, engine)
    lines = [(number, line) for number, line in enumerate(data.decode().split("\n"), 1) if line]
    good = [line for _, line in lines if "," in line and "," not in line.split(",", 1)[1].rstrip(",")]
    assert rows == [tuple(cell or None for cell in line.split(",")[:2]) for line in good]
    assert [(row[0], row[2]) for row in unreadable] == [pair for pair in lines if pair[1] not in good]
