"""What a table may be packed in, and what else than text it may be: archives, workbooks, Parquet, JSON Lines."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from workbooks import Cell, workbook

import storage.objects
from governance.bench import Bench, open_bench
from governance.errors import InputError, TransientFault, UnreadableInput
from governance.intake import fetch, safe_source
from governance.reading import excel, unpack
from governance.reading.choice import NOTHING, ReadingChoice, reading_choice
from governance.reading.preview import preview
from governance.settings import Settings
from governance.stages.load import Loaded, load

CSV = b"id,name\n007,Ana\n2,Ben\n"
TABLE = [{"id": "007", "name": "Ana"}, {"id": "2", "name": "Ben"}]
Row = dict[str, str | None]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home"), threads=1))


@pytest.fixture
def read(bench: Bench) -> Callable[..., tuple[list[Row], list[Row], Loaded]]:
    """(rows, unreadable lines, the outcome) of some bytes; the preview must have said the same."""

    def work(data: bytes, choice: ReadingChoice = NOTHING) -> tuple[list[Row], list[Row], Loaded]:
        digest, path = bench.vault.keep_bytes(io.BytesIO(data))
        loaded = load(bench, input_digest=digest, file="file", choice=choice)
        rows = pq.read_table(loaded.bronze.path).to_pylist()
        with bench.engine() as engine:
            seen = preview(path, engine=engine, choice=choice)
        assert seen.reading == loaded.reading
        assert list(seen.rows) == [tuple(row.values()) for row in rows][:20]
        assert path.read_bytes() == data
        assert not list((bench.settings.root / "spill").iterdir())
        return rows, pq.read_table(loaded.unreadable.path).to_pylist(), loaded

    return work


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, "zstd", asbytes=True))


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "packing"),
    [
        pytest.param(gzip.compress(CSV), "gzip", id="gzip"),
        pytest.param(gzip.compress(CSV[:10]) + gzip.compress(CSV[10:]), "gzip", id="gzip in two members"),
        pytest.param(zstd(CSV), "zstd", id="zstd"),
        pytest.param(zstd(CSV[:10]) + zstd(CSV[10:]), "zstd", id="zstd in two frames"),
        pytest.param(zipped(**{"a.csv": CSV}), "zip", id="zip"),
        pytest.param(
            zipped(**{"in/": b"", "in/a.csv": CSV, "__MACOSX/._a.csv": b"x", ".DS_Store": b"y"}),
            "zip",
            id="litter",
        ),
        pytest.param(
            gzip.compress(workbook({"S": [["id", "name"], ["007", "Ana"], [2, "Ben"]]})), "gzip", id="xlsx"
        ),
        pytest.param(gzip.compress(parquet(pa.Table.from_pylist(TABLE))), "gzip", id="parquet in gzip"),
    ],
)
def test_archives(read: Any, data: bytes, packing: str) -> None:
    rows, unreadable, loaded = read(data)
    assert (rows, unreadable, loaded.reading.packing) == (TABLE, [], packing)
    assert packing in loaded.summary


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(gzip.compress(CSV)[:-9], "gzip archive is damaged", id="gzip cut off"),
        pytest.param(zstd(CSV)[:-3], "zstd archive is damaged", id="zstd cut off"),
        pytest.param(zipped(**{"a.csv": CSV})[:-30], "zip archive is damaged", id="zip cut off"),
        pytest.param(gzip.compress(b""), "empty", id="nothing inside"),
        pytest.param(zipped(), "no file in it", id="no file inside"),
        pytest.param(zipped(**{"a.csv": CSV, "b.csv": CSV}), r"2 files: a\.csv, b\.csv", id="several tables"),
        pytest.param(gzip.compress(gzip.compress(CSV)), "gzip archive", id="packed twice"),
        pytest.param(gzip.compress(b"\x89PNG\r\n\x1a\n"), "PNG picture", id="a picture inside"),
        pytest.param(b'[\n {"a": 1}]', "JSON array", id="a JSON array"),
        pytest.param(b"PAR1" + bytes(50), "Parquet file is damaged", id="no Parquet"),
        pytest.param(workbook({"S": []}), "no sheet with anything", id="an empty workbook"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(bench: Bench, data: bytes, sentence: str) -> None:
    digest, path = bench.vault.keep_bytes(io.BytesIO(data))
    with pytest.raises(UnreadableInput, match=sentence) as caught:
        load(bench, input_digest=digest, file="file")
    assert caught.value.hint
    with bench.engine() as engine, pytest.raises(UnreadableInput):
        preview(path, engine=engine)


def test_one_file_of_a_zip_can_be_named(read: Any) -> None:
    data = zipped(**{"a/one.csv": CSV, "b/two.csv": b"x\n1\n"})
    assert read(data, reading_choice(sheet="two.csv"))[0] == [{"x": "1"}]
    with pytest.raises(UnreadableInput, match=r"no file three\.csv"):
        read(data, reading_choice(sheet="three.csv"))


def test_an_archive_made_to_fill_the_disk(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "FREE", 1 << 20)
    digest, _ = bench.vault.keep_bytes(io.BytesIO(gzip.compress(bytes(20 << 20))))
    with pytest.raises(UnreadableInput, match="times its own size"):
        load(bench, input_digest=digest, file="bomb.gz")
    assert not list((bench.settings.root / "spill").iterdir())


def test_a_large_archive_is_only_looked_into(bench: Bench) -> None:
    data = b"id,name\n" + b"".join(b"%07d,some longer name\n" % number for number in range(500_000))
    _, path = bench.vault.keep_bytes(io.BytesIO(zipped(**{"a.csv": data})))
    with bench.engine() as engine:
        seen = preview(path, engine=engine)
    assert abs(seen.estimated_rows - 500_000) < 1_000
    assert seen.rows[0] == ("0000000", "some longer name")


MAY: list[list[Cell]] = [
    ["Report for May", None, None, None, None, None],
    [],
    ["id", "day", "at", "n", "ok", "said"],
    ["007", date(2024, 5, 1), datetime(2024, 5, 1, 13, 30), 1200, True, 'a "q",\n b'],
    ["0800", None, None, 0.1, False, " x "],
    [None, None, None, 1e-7, None, None],
]


def test_workbook(read: Any) -> None:
    rows, unreadable, loaded = read(workbook({"Empty": [], "May": MAY, "June": [["a"]]}))
    assert [tuple(row.values()) for row in rows] == [
        ("007", "2024-05-01", "2024-05-01 13:30:00", "1200", "true", 'a "q",\n b'),
        ("0800", None, None, "0.1", "false", " x "),
        (None, None, None, "0.0000001", None, None),
    ]
    assert (unreadable, loaded.reading.words, loaded.reading.skip) == ([], "Excel, sheet May", 2)
    assert loaded.reading.doubts[0] == "The sheet May is read; the workbook has 2 more: Empty, June."


def test_a_sheet_can_be_named(read: Any) -> None:
    data = workbook({"May": [["a"], [1]], "June": [["b"], ["x"]]})
    assert read(data, reading_choice(sheet="june"))[0] == [{"b": "x"}]
    with pytest.raises(UnreadableInput, match="no sheet July") as caught:
        read(data, reading_choice(sheet="July"))
    assert "May, June" in caught.value.hint


def test_an_error_is_kept_as_its_text(read: Any) -> None:
    """In the sheet that is read, wherever the table begins, with or without a formula."""
    sheets = {
        "A & B": [
            [None, None],
            [None, "id", "price"],
            [None, 1, "#N/A"],
            [None, "#REF!", 2.5],
            [None, 3, "#DIV/0!"],
        ],
        "Other": [["id"], ["#NUM!"], [7]],
    }
    data = workbook(sheets)
    rows = [{"id": "1", "price": "#N/A"}, {"id": "#REF!", "price": "2.5"}, {"id": "3", "price": "#DIV/0!"}]
    assert read(data)[0] == rows
    formula = b't="e"><f>' + b"A1/0+" * 1_500 + b"</f><v>#REF!"
    assert read(changed(data, b't="e"><v>#REF!', formula))[0] == rows
    assert read(data, reading_choice(sheet="Other"))[0] == [{"id": "#NUM!"}, {"id": "7"}]


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook in which something is written otherwise."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as package:
        for name in source.namelist():
            package.writestr(name, source.read(name).replace(old, new))
    return out.getvalue()


def test_a_cell_at_the_far_corner_is_refused_before_it_is_read(bench: Bench, tmp_path: Path) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    data = changed(workbook({"S": [["a"]]}), b"</sheetData>", far)
    (tmp_path / "far.xlsx").write_bytes(data)
    with pytest.raises(UnreadableInput, match="spans more than 40,000,000 cells"):
        excel.to_text(tmp_path / "far.xlsx", tmp_path / "sheet")


@pytest.mark.parametrize(
    ("number", "text"), [(1200.0, "1200"), (7, "7"), (0.1, "0.1"), (1e-7, "0.0000001"), (1e20, "1" + "0" * 20),
                         (-2.50, "-2.5"), (float("inf"), "inf"), (123456789012345680.0, "123456789012345680")],
)  # fmt: skip
def test_numbers_are_plain(number: float, text: str) -> None:
    assert excel.number_text(number) == text


def test_parquet(read: Any) -> None:
    table = pa.table(
        {
            "day": [date(2020, 1, 2), None],
            "x": [1.0, 1e-7],
            "y": [1.5e20, 0.1],
            "deep": [[1, 2], None],
            "so": [{"a": "é"}, {"a": None}],
            "money": [Decimal("1.50"), None],
            "text": ["007", ""],
            "ok": [True, False],
            "_row": [1, 2],
        }
    )
    rows, unreadable, loaded = read(parquet(table))
    assert [tuple(row.values()) for row in rows] == [
        ("2020-01-02", "1", "1" "50000000000000000000", "[1,2]", '{"a":"é"}', "1.50", "007", "true", "1"),
        (None, "0.0000001", "0.1", None, '{"a":null}', None, None, "false", "2"),
    ]  # fmt: skip
    assert (unreadable, loaded.reading.words, loaded.reading.columns[-1]) == ([], "Parquet", "_row_2")


def test_json_lines(read: Any) -> None:
    data = (
        b'{"id":"007","n":1.25,"deep":{"k":[1,"\xc3\xa9"]},"x/y~":null}\r\n\n'
        b'{"id":"","big":12345678901234567890123,"ID":true}\n'
        b'[1]\n{"id":\n\xff{}\n{}\n'
    )
    rows, unreadable, loaded = read(data)
    assert loaded.reading.columns == ("id", "n", "deep", "x/y~", "big", "ID_2")
    assert [tuple(row.values()) for row in rows] == [
        ("007", "1.25", '{"k":[1,"é"]}', None, None, None),
        (None, None, None, None, "12345678901234567890123", "true"),
        (None,) * 6,
    ]
    assert [(line["line"], line["reason"]) for line in unreadable] == [
        (4, "the line is JSON, but not an object"),
        (5, "the line is not valid JSON"),
        (6, "bytes that are not UTF-8"),
    ]
    assert [line["text"] for line in unreadable] == ["[1]", '{"id":', "\\xff{}"]


def test_json_lines_without_a_key(bench: Bench) -> None:
    digest, _ = bench.vault.keep_bytes(io.BytesIO(b"{}\n{}\n"))
    with pytest.raises(UnreadableInput, match="with a key"):
        load(bench, input_digest=digest, file="file")


def test_many_files_are_one_table(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "m-1.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "m-2.csv.gz").write_bytes(gzip.compress(b"b;a\n6;5\n7\n"))
    (tmp_path / "m-3.jsonl").write_text(json.dumps({"a": "8", "b": "9"}) + "\n")
    digest, name = fetch(bench, str(tmp_path / "m-*"))
    loaded = load(bench, input_digest=digest, file=name)
    rows = [tuple(row.values()) for row in pq.read_table(loaded.bronze.path).to_pylist()]
    assert rows == [("1", "2"), ("3", "4"), ("5", "6"), ("8", "9")]
    assert [(part.file, part.first_row, part.rows, part.unreadable) for part in loaded.parts] == [
        ("m-1.csv", 1, 2, 0), ("m-2.csv.gz", 3, 1, 1), ("m-3.jsonl", 4, 1, 0),
    ]  # fmt: skip
    (lost,) = pq.read_table(loaded.unreadable.path).to_pylist()
    assert lost == {"line": 3, "reason": "too few fields for 2 columns (m-2.csv.gz)", "text": "7"}
    assert (name, loaded.reading.doubts[0]) == ("m-_", "3 files are read as one table.")
    assert load(bench, input_digest=digest, file=name) == loaded


def test_files_with_other_columns_are_refused(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("a,c\n1,2\n")
    digest, _ = fetch(bench, str(tmp_path / "*.csv"))
    with pytest.raises(UnreadableInput, match=r"2\.csv has other columns than 1\.csv: it lacks b and has c"):
        load(bench, input_digest=digest, file="files")


def test_a_pattern_that_names_one_file_or_none(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_bytes(CSV)
    assert fetch(bench, str(tmp_path / "o*.csv")) == fetch(bench, str(tmp_path / "one.csv"))
    with pytest.raises(InputError, match="No file is named like"):
        fetch(bench, str(tmp_path / "x*.csv"))


def test_a_pattern_in_s3(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = {"s3://b/in/1.csv": b"a\n1\n", "s3://b/in/2.csv": b"a\n2\n", "s3://b/in/x.txt": b"?"}
    monkeypatch.setattr(
        storage.objects, "list_objects", lambda url, **_: [key for key in objects if key.startswith(url)]
    )
    monkeypatch.setattr(storage.objects, "open_object", lambda url, **_: io.BytesIO(objects[url]))
    digest, name = fetch(bench, "s3://b/in/*.csv")
    loaded = load(bench, input_digest=digest, file=name)
    assert (loaded.bronze.rows, [part.file for part in loaded.parts]) == (2, ["1.csv", "2.csv"])
    with pytest.raises(InputError, match="No file is named like"):
        fetch(bench, "s3://b/out/")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("database") / "shop.db"
    with sqlite3.connect(path) as raw:
        raw.execute('CREATE TABLE "the people" (id INTEGER PRIMARY KEY, name TEXT, x REAL, b BLOB)')
        raw.executemany(
            'INSERT INTO "the people" VALUES (?, ?, ?, ?)', [(2, "Ben", 1.0, b"\x01"), (1, "007", None, None)]
        )
    raw.close()
    return f"sqlite:///{path}"


def test_a_table_of_a_database(bench: Bench, database: str) -> None:
    digest, name = fetch(bench, f"{database}?table=the+people")
    loaded = load(bench, input_digest=digest, file=name)
    assert (name, [tuple(row.values()) for row in pq.read_table(loaded.bronze.path).to_pylist()]) == (
        "the_people.parquet", [("1", "007", None, None), ("2", "Ben", "1", "01")],
    )  # fmt: skip
    assert fetch(bench, f"{database}?table=the+people") == (digest, name)


def test_what_a_query_answers(bench: Bench, database: str) -> None:
    digest, name = fetch(
        bench, database, query='SELECT id, id, upper(name) AS n FROM "the people" WHERE id > 1'
    )
    loaded = load(bench, input_digest=digest, file=name)
    assert pq.read_table(loaded.bronze.path).to_pylist() == [{"id": "2", "id_2": "2", "n": "BEN"}]
    assert name.startswith("query-")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("DELETE FROM x", "not one SELECT"),
        ("SELECT 1; SELECT 2", "not one SELECT"),
        ("what?", "not one SELECT"),
        ("SELECT * FROM nothing", "lacks that table"),
        ("", "which table, or which query"),
    ],
)
def test_queries_that_are_refused(bench: Bench, database: str, query: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        fetch(bench, database, query=query)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://ana:s3cret@127.0.0.1:1/shop?table=t", TransientFault),
        ("postgresql://ana:s3cret?@127.0.0.1:1/shop?table=t", (TransientFault, InputError)),
        ("oracle://ana:s3cret@host/shop?table=t", InputError),
        ("nosuchthing://ana:s3cret@host/shop?table=t", InputError),
        ("sqlite:////no/such/file.db?table=t", InputError),
    ],
)
def test_a_password_is_never_said(bench: Bench, url: str, kind: Any) -> None:
    with pytest.raises(kind) as caught:
        fetch(bench, url)
    seen: BaseException | None = caught.value
    assert "s3cret" not in str(seen)
    assert "s3cret" not in safe_source(url)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("postgresql://ana:p@h:5432/db?table=t&sslpassword=x", "postgresql://ana@h:5432/db?table=t"),
        ("mysql+pymysql://ana:p@ss/w?rd@h/db", "mysql+pymysql://ana@h/db"),
        ("postgresql://h/db?user=ana&password=p", "postgresql://h/db"),
        ("sqlite:///x.db?table=t", "sqlite:///x.db?table=t"),
        ("s3://bucket/a?b", "s3://bucket/a?b"),
        ("/data/a b.csv", "/data/a b.csv"),
        ("upload", "upload"),
    ],
)
def test_sources_as_they_are_shown(source: str, said: str) -> None:
    assert safe_source(source) == said
