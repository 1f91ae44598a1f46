"""CSV that a spreadsheet cannot be tricked with, and names that are safe in paths and keys."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from governance.bench import open_bench
from governance.engines.duckdb import Engine
from governance.export import FORMULA_STARTS, safe_cell, safe_name, safe_sql, write_csv
from governance.settings import Settings

CELLS = [
    pytest.param("=1+1", "'=1+1", id="formula"),
    pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
    pytest.param("+1 555 0100", "'+1 555 0100", id="plus"),
    pytest.param("-2+3", "'-2+3", id="minus that is no number"),
    pytest.param("--1", "'--1", id="two minus signs"),
    pytest.param("-1.2.3", "'-1.2.3", id="nearly a number"),
    pytest.param("-12.50\n=1", "'-12.50\n=1", id="number with a second line"),
    pytest.param("-12\n", "'-12\n", id="number with a line break"),
    pytest.param("\t=1", "'\t=1", id="tab"),
    pytest.param("\r=1", "'\r=1", id="carriage return"),
    pytest.param("\n=1", "'\n=1", id="line feed"),
    pytest.param("＝1", "'＝1", id="full-width"),
    pytest.param("-12.50", "-12.50", id="negative number"),
    pytest.param("-1e-5", "-1e-5", id="negative exponent"),
    pytest.param("Ana O'Example", "Ana O'Example", id="name"),
    pytest.param("a=b", "a=b", id="sign in the middle"),
    pytest.param("", "", id="empty"),
    pytest.param("😀", "😀", id="emoji"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_bench(Settings(home=tmp_path_factory.mktemp("home"))).engine() as engine:
        yield engine


@pytest.mark.parametrize(("text", "safe"), CELLS)
def test_a_cell_is_harmless_in_python_and_in_sql(engine: Engine, text: str, safe: str) -> None:
    assert safe_cell(text) == safe
    assert engine.value(f"SELECT {safe_sql('?1')}", [text]) == safe


@profile(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from([*FORMULA_STARTS, *"0123456789.eE aé'\"\x0b"]), max_size=8))
def test_sql_and_python_agree_on_every_text(engine: Engine, text: str) -> None:
    assert engine.value(f"SELECT {safe_sql('?1')}", [text]) == safe_cell(text)


def test_a_table_becomes_csv(engine: Engine, tmp_path: Path) -> None:
    table = pa.table(
        {
            "n": pa.array([-5, None]),
            "=cmd": pa.array(["=1", None]),
            'a "b", 😀': pa.array(["", "x;=y"]),
            "reasons": pa.array([["-a", "b"], []]),
        }
    )
    engine.register("t", table)
    assert write_csv(engine, "t", tmp_path / "new" / "t.csv") == 2
    raw = (tmp_path / "new" / "t.csv").read_text(encoding="utf-8")
    assert list(csv.reader(raw.splitlines())) == [
        ["n", "'=cmd", 'a "b", 😀', "reasons"],
        ["-5", "'=1", "", "'-a; b"],
        ["", "", "x;=y", ""],
    ]
    assert raw.splitlines()[1:] == ['-5,"\'=1","","\'-a; b"', ',,"x;=y",""'], "missing differs from empty"


def test_a_failed_csv_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="could not run"):
        write_csv(engine, "(SELECT error('no') AS x)", tmp_path / "t.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["..", "", "a/b", "a b", "Ünïcode", "x" * 300, ".hidden", "a\x00b"])
def test_a_name_is_safe(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", safe_name(name))
    assert len(safe_name(name)) <= 109


def test_two_names_stay_two() -> None:
    assert safe_name("customers") == "customers"
    assert safe_name("a/b") != safe_name("a_b") != safe_name("a b")
