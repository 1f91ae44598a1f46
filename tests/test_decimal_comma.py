"""Numbers with a decimal comma: how they are read, when a draft says so, and that a fix is read the same way."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.bench import Bench, open_bench
from governance.contract import odcs
from governance.contract.draft import draft
from governance.contract.model import Cleaning, Column, Contract, LogicalType
from governance.engines.duckdb import Engine
from governance.errors import ContractError
from governance.review.choices import Action, Choice, Fix
from governance.review.overlay import lay
from governance.settings import Settings
from governance.source import Source, cleaned
from governance.stages.load import load

COMMA = Column(name="v", type=LogicalType.NUMBER, cleaning=(Cleaning.TRIM, Cleaning.NUMBER_COMMA))
CONTRACT = Contract(dataset="made_up", digest="0" * 64, columns=(COMMA,), rules=())


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home"), threads=1))


@pytest.fixture(scope="module")
def engine(bench: Bench) -> Iterator[Engine]:
    with bench.engine() as engine:
        yield engine


def after(engine: Engine, values: Sequence[str | None]) -> list[str | None]:
    engine.register("written", pa.table({"_row": range(len(values)), "v": pa.array(values, pa.string())}))
    return [
        value
        for (value,) in engine.rows(f"SELECT v FROM {cleaned('written', ('v',), CONTRACT)} ORDER BY _row")
    ]


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("1,5", "1.5"),
        ("-1,5", "-1.5"),
        ("+1,5", "+1.5"),
        ("1.234,50", "1234.50"),
        ("12.345.678", "12345678"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),  # what French software writes
        ("1'234,5", "1234.5"),
        ("€ 1.234,50", "1234.50"),
        ("1.234,50 €", "1234.50"),
        ("-1,5€", "-1.5"),
        ("1.234", "1234"),
        ("007", "007"),
        ("7", "7"),
        ("1.5", "1.5"),  # no group of three: left as it is, for the rules
        ("1,234.5", "1,234.5"),
        ("1.23,5", "1.23,5"),
        ("1e5", "1e5"),
        ("NULL", "NULL"),
        ("drei", "drei"),
        ("", None),
        (None, None),
    ],
)
def test_what_it_becomes(engine: Engine, written: str | None, clean: str | None) -> None:
    assert after(engine, [written]) == [clean]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(numbers=st.lists(st.decimals(-10_000_000, 10_000_000, places=2), min_size=1, max_size=20))
def test_any_number_written_so_is_read(engine: Engine, numbers: list[object]) -> None:
    written = [f"{number:,}".translate(str.maketrans(",.", ".,")) for number in numbers]
    assert after(engine, written) == [str(number) for number in numbers]


def _drafted(bench: Bench, values: Sequence[str]) -> Column:
    data = "price\n" + "".join(f'"{value}"\n' for value in values)
    digest, _ = bench.vault.keep_bytes(io.BytesIO(data.encode()))
    contract = odcs.read(draft(bench, input_digest=digest, file="made_up.csv", dataset="made_up"))
    return contract.columns[0]


@pytest.mark.parametrize(
    ("values", "kind", "ways"),
    [
        pytest.param([f"{n}.{n:03},{n:02} €" for n in range(1, 99)], "number", "trim number_comma", id="euros"),
        pytest.param([f"{n},5" for n in range(1, 99)] + ["N/A"] * 3, "number", "trim number_comma", id="with N/A"),
        pytest.param([f"{n}.{n:03}.000" for n in range(100, 199)], "integer", "trim number_comma", id="millions"),
        pytest.param([f"{n},{n:03}.5" for n in range(100, 199)], "number", "trim number", id="a point"),
        pytest.param([f"{n},{n}" for n in range(100, 199)], "integer", "trim number", id="thousands"),
        pytest.param([f"{n}.{n}" for n in range(100, 199)], "number", "trim", id="three digits behind a point"),
        pytest.param([f"{n},5" for n in range(50)] + [f"{n} Stück" for n in range(50)], "string", "trim", id="words"),
    ],
)  # fmt: skip
def test_a_draft_recognises_it(bench: Bench, values: list[str], kind: str, ways: str) -> None:
    column = _drafted(bench, values)
    assert (column.type.value, " ".join(column.cleaning)) == (kind, ways)


def test_a_draft_says_on_what_it_rests_and_asks(bench: Bench) -> None:
    def text(values: Sequence[str]) -> str:
        digest, _ = bench.vault.keep_bytes(io.BytesIO(("price\n" + "\n".join(values) + "\n").encode()))
        return draft(bench, input_digest=digest, file="made_up.csv", dataset="made_up").decode()

    assert "99 of 99 values are numbers with a decimal comma only" in text([f'"{n},5"' for n in range(99)])
    assert "if it parts thousands, clean with number_comma" in text([f"{n}.{n}" for n in range(100, 199)])


def test_one_column_has_one_decimal_sign() -> None:
    text = b"""apiVersion: v3.1.0
kind: DataContract
id: x
version: 1.0.0
status: draft
schema:
  - name: x
    logicalType: object
    properties:
      - name: price
        logicalType: number
        customProperties:
          - { property: cleaning, value: [number, number_comma] }
"""
    with pytest.raises(ContractError, match="1,234 would be two numbers"):
        odcs.read(text)


@pytest.mark.parametrize(
    ("fix", "clean"),
    [
        (Fix(column="v", expression="CAST(1234.567 AS DOUBLE)"), "1234.567"),
        (Fix(column="v", expression="1.234"), "1.234"),
        (Fix(column="v", expression="'1.234,5'"), "1234.5"),
        (Fix(column="v", repair="set", value="2,5"), "2.5"),
        (Fix(column="v", repair="number_only"), "1234.50"),
    ],
)  # fmt: skip
def test_what_a_fix_computes_is_read_as_it_was_meant(
    bench: Bench, tmp_path: Path, fix: Fix, clean: str
) -> None:
    """A computed 1.234 must not become 1234 because the column's thousands have points."""
    digest, _ = bench.vault.keep_bytes(io.BytesIO(b"v\nabout 1.234;50\n".replace(b";", b",")))
    bronze = load(bench, input_digest=digest, file="file").bronze
    pq.write_table(
        pa.table({"_row": [1], "_reasons": [["r"]], "_cluster": ["c"]}), tmp_path / "failing.parquet"
    )
    choice = Choice(
        item="cluster-c",
        action=Action.FIX,
        cluster="c",
        failing=tmp_path / "failing.parquet",
        rules=("r",),
        fix=fix,
    )
    source = lay(bench, Source(bronze=bronze, names={"v": "v"}), [choice], contract=CONTRACT)
    with bench.engine() as engine:
        assert engine.value(f"SELECT v FROM {cleaned(source.raw(), ('v',), CONTRACT)}") == clean
