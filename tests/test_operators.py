"""Each masking operator on good values, odd values and NULL; and that the pseudonym is a true HMAC."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from governance.bench import Bench, open_bench
from governance.engines.duckdb import Engine, literal
from governance.errors import TerminalFault
from governance.privacy import keys
from governance.privacy.operators import (
    AnyOperator,
    Generalise,
    Keep,
    Partial,
    Pseudonym,
    Redact,
    Scrub,
)
from governance.privacy.patterns import ANY_FIND
from governance.settings import Settings

OPERATORS = TypeAdapter(AnyOperator)
TEXT = st.text(st.characters(exclude_characters="*\x00", exclude_categories=["Cs"]), min_size=3, max_size=40)
TEXTS = st.lists(TEXT, min_size=1, max_size=20)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def engine(bench: Bench) -> Iterator[Engine]:
    with bench.engine() as opened:
        keys.bind(opened, bench.vault, ["p1"])
        yield opened


def masked(
    engine: Engine, operator: AnyOperator, *values: str | None, sql_type: str = "VARCHAR"
) -> list[object]:
    column = f"CAST(v AS {sql_type})" if sql_type != "VARCHAR" else "v"
    source = f"SELECT {column} AS c FROM (SELECT unnest(?::VARCHAR[]) AS v)"
    rows = engine.rows(f"SELECT {operator.sql('c', sql_type)} FROM ({source})", [list(values)])
    return [row[0] for row in rows]


CASES = [
    ("redact", Redact(), "Ana", "[redacted]"),
    ("redact an empty text", Redact(), "", "[redacted]"),
    ("partial phone", Partial(), "202-555-0143", "********0143"),
    ("partial phone with a country", Partial(), "+1 (202) 555-0143", "*************0143"),
    ("partial phone, digits apart at the end", Partial(), "202-555-01-43", "*************"),
    ("partial phone too short to hide half", Partial(), "555-0143", "********"),
    ("partial phone that is a sentence", Partial(), "call Ana home", "*************"),
    ("partial phone with a name behind", Partial(), "2025550143 Ana", "**************"),
    ("partial phone with a line break", Partial(), "202-555-0143\n", "*************"),
    ("partial phone in other digits", Partial(), "٢٠٢٥٥٥٠١٤٣", "**********"),
    ("partial of a very long value", Partial(), "x" * 500, "*" * 32),
    ("partial card", Partial(), "4111 1111 1111 1111", "***************1111"),
    ("partial first", Partial(keep=3, side="first", signs="any"), "90210-1234", "902*******"),
    ("partial first, too short", Partial(keep=3, side="first", signs="any"), "90210", "*****"),
    ("partial first digits", Partial(keep=2, side="first"), "12 34 56", "12******"),
    ("partial emoji", Partial(keep=1, signs="any"), "🦊🦉", "*🦉"),
    ("year", Generalise(to="year"), "1987-03-14", "1987"),
    ("year of a time", Generalise(to="year"), "1987-03-14 10:00:00", "1987"),
    ("month", Generalise(to="month"), "1987-03-14", "1987-03"),
    ("decade", Generalise(to="decade"), "1987-03-14", "1980s"),
    ("year that is no date", Generalise(to="year"), "14.3.1987", "[unreadable]"),
    ("year that is impossible", Generalise(to="year"), "1987-02-31", "[unreadable]"),
    ("year before writing", Generalise(to="year"), "0044-03-15 (BC)", "[unreadable]"),
    ("year without end", Generalise(to="year"), "infinity", "[unreadable]"),
    ("band", Generalise(to="band", width=10_000), "52300.75", "50,000–59,999"),
    ("band from its edge", Generalise(to="band", width=10_000), "60000", "60,000–69,999"),
    ("band below zero", Generalise(to="band", width=100), "-1", "-100–-1"),
    ("band that is no number", Generalise(to="band", width=100), "Ana", "[unreadable]"),
    ("band of nan", Generalise(to="band", width=100), "nan", "[unreadable]"),
    ("band too large", Generalise(to="band", width=100), "1e300", "[unreadable]"),
    ("below the edges", Generalise(to="band", edges=(20_000, 50_000)), "1", "under 20,000"),
    ("between edges", Generalise(to="band", edges=(20_000, 50_000)), "49999.5", "20,000–49,999"),
    ("above the edges", Generalise(to="band", edges=(20_000, 50_000)), "50000", "50,000 or more"),
    ("scrub ssn", Scrub(), "SSN 000-12-3456 on file", "SSN [ssn] on file"),
    ("scrub e-mail", Scrub(), "from ana@example.com, thanks", "from [email] thanks"),
    ("scrub phone", Scrub(), "call (202) 555-0143 now", "call [phone] now"),
    ("scrub card", Scrub(), "paid with 4111 1111 1111 1111", "paid with [card]"),
    ("scrub iban", Scrub(), "to GB82 WEST 1234 5698 7654 32.", "to [iban]."),
    ("scrub ip", Scrub(), "from 192.0.2.1 at noon", "from [ip] at noon"),
    ("scrub a long number", Scrub(), "order 12345678", "order [number]"),
    ("scrub two in a row", Scrub(), "000-12-3456 000-98-7654", "[ssn] [ssn]"),
    ("scrub leaves words and small numbers", Scrub(), "3 regulators, bay 12", "3 regulators, bay 12"),
    ("scrub a book", Scrub(), "word " * 2_000, "[redacted]"),
]


@pytest.mark.parametrize(("operator", "value", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_masks(engine: Engine, operator: AnyOperator, value: str, expected: str) -> None:
    assert masked(engine, operator, value) == [expected]


EVERY = [
    Keep(), Redact(), Partial(), Generalise(to="year"), Generalise(to="band", width=5),
    Generalise(to="band", edges=(1, 2)), Pseudonym(), Pseudonym(fold=True), Scrub(),
]  # fmt: skip


@pytest.mark.parametrize("operator", EVERY, ids=lambda operator: operator.describe())
def test_null_stays_null_and_policies_survive_json(engine: Engine, operator: AnyOperator) -> None:
    assert masked(engine, operator, None) == [None]
    assert OPERATORS.validate_json(operator.model_dump_json()) == operator


TYPED = [
    (Generalise(to="year"), "1987-03-14", "DATE", "1987"),
    (Generalise(to="month"), "1987-03-14 10:00:00", "TIMESTAMP", "1987-03"),
    (Generalise(to="year"), "1987-03-14 10:00:00+00", "TIMESTAMP WITH TIME ZONE", "1987"),
    (Generalise(to="band", width=10), "34", "BIGINT", "30–39"),
    (Generalise(to="band", width=10), "34.5", "DECIMAL(18,2)", "30–39"),
    (Partial(), "2025550143", "BIGINT", "******0143"),
    (Redact(), "true", "BOOLEAN", "[redacted]"),
    (Scrub(), "2025550143", "BIGINT", "[number]"),
]


@pytest.mark.parametrize(("operator", "value", "sql_type", "expected"), TYPED)
def test_masks_typed_columns(
    engine: Engine, operator: AnyOperator, value: str, sql_type: str, expected: str
) -> None:
    assert masked(engine, operator, value, sql_type=sql_type) == [expected]


IMPOSSIBLE = [
    {"kind": "partial", "keep": 0},
    {"kind": "partial", "keep": 11},
    {"kind": "generalise", "to": "band"},
    {"kind": "generalise", "to": "band", "width": 1},
    {"kind": "generalise", "to": "band", "width": 5, "edges": [1]},
    {"kind": "generalise", "to": "band", "edges": [2, 1]},
    {"kind": "generalise", "to": "year", "width": 5},
    {"kind": "pseudonym", "key_id": "../raw"},
    {"kind": "pseudonym", "key_id": "a'b"},
    {"kind": "redact", "word": "x"},
    {"kind": "shuffle"},
]


@pytest.mark.parametrize("policy", IMPOSSIBLE, ids=str)
def test_refuses_impossible_policies(policy: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OPERATORS.validate_python(policy)


@given(values=TEXTS)
@settings(max_examples=40, deadline=None)
def test_pseudonym_is_hmac_sha_256(bench: Bench, engine: Engine, values: list[str]) -> None:
    key = keys.key_of(bench.vault, "p1")
    wanted = [f"p1_{hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32]}" for value in values]
    assert masked(engine, Pseudonym(), *values) == wanted


def test_pseudonym_folds_e_mail_addresses(engine: Engine) -> None:
    aliases = masked(engine, Pseudonym(fold=True), "Ana@Example.com ", "ana@example.com", "ben@example.com")
    assert aliases[0] == aliases[1] != aliases[2]


@pytest.mark.parametrize(
    "ends", ["", *map(chr, (*range(1, 33), 0x85, 0xA0, 0x1680, 0x2003, 0x200B, 0x3000))], ids=ascii
)
def test_what_is_folded_is_trimmed_as_the_engine_trims(engine: Engine, ends: str) -> None:
    for text in ("Ana@Example.com", "José", "", "a b"):
        for value in (ends + text, text + ends, ends + text + ends):
            folded = engine.value(f"SELECT lower(trim({literal(value)}))")
            assert masked(engine, Pseudonym(fold=True), value) == masked(engine, Pseudonym(), folded)


HIDING = [Redact(), Partial(), Partial(keep=2, side="first", signs="any"), Pseudonym(), Pseudonym(fold=True)]


@given(values=TEXTS)
@settings(max_examples=60, deadline=None)
def test_no_value_survives(engine: Engine, values: list[str]) -> None:
    for operator in (*HIDING, Generalise(to="year"), Generalise(to="band", width=1000)):
        assert not set(masked(engine, operator, *values)) & set(values), operator.describe()


@given(value=TEXT, keep=st.integers(1, 10), side=st.sampled_from(["first", "last"]))
@settings(max_examples=60, deadline=None)
def test_partial_hides_at_least_half(engine: Engine, value: str, keep: int, side: str) -> None:
    (shown,) = masked(engine, Partial(keep=keep, side=side, signs="any"), value)
    assert 2 * str(shown).count("*") >= len(str(shown))


SECRETS = st.sampled_from(
    ["000-12-3456", "000 12 3456", "(202) 555-0143", "+44 20 7946 0958", "ana@example.com",
     "4111111111111111", "GB82WEST12345698765432", "ssn is 000123456", "tel. 2025550143"]
)  # fmt: skip


@given(parts=st.lists(st.one_of(SECRETS, st.text(" ,.:;-()xé", max_size=4)), min_size=1, max_size=8))
@settings(max_examples=80, deadline=None)
def test_scrub_takes_out_all_that_detection_finds(engine: Engine, parts: list[str]) -> None:
    (clean,) = masked(engine, Scrub(), " ".join(parts))
    assert not engine.value(f"SELECT regexp_matches(?, {literal(ANY_FIND)})", [clean])
    assert not any(secret in str(clean) for secret in ("3456", "0143", "0958", "ana@", "1111", "5432"))


def test_keys_are_made_once_and_only_for_their_owner(bench: Bench) -> None:
    first = keys.key_of(bench.vault, "p2")
    path = bench.vault.key("pseudonym-p2")
    assert (len(first), keys.key_of(bench.vault, "p2"), path.stat().st_mode & 0o777) == (32, first, 0o600)
    assert [other.name for other in path.parent.iterdir() if other.name.startswith(".")] == []


def test_a_damaged_key_is_a_fault_that_does_not_show_it(tmp_path: Path) -> None:
    vault = open_bench(Settings(home=tmp_path)).vault
    vault.key("pseudonym-p1").write_bytes(b"short")
    with pytest.raises(TerminalFault, match="damaged") as fault:
        keys.key_of(vault, "p1")
    assert "short" not in str(fault.value)


def test_sql_never_holds_the_key(bench: Bench) -> None:
    key = keys.key_of(bench.vault, "p1")
    assert key.hex() not in Pseudonym().sql('"email"', "VARCHAR").lower()
