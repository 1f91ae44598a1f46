"""Stage 11: personal data is found on evidence, one cell in many included, and codes are left alone."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from faker import Faker
from privacy_tables import contract, kept

from governance.bench import Bench, open_bench
from governance.contract.model import Column
from governance.findings import Severity
from governance.privacy import by_name, checksums
from governance.privacy.meaning import Category, Semantic
from governance.privacy.verdict import ColumnVerdict
from governance.settings import Settings
from governance.stages.detect import Detected, detect

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
faker = Faker("en_US")
Faker.seed(7)
chance = random.Random(7)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


def judged(
    bench: Bench, name: str, values: Sequence[object], promised: Column | None = None
) -> ColumnVerdict:
    table = kept(bench, {name: values})
    found = detect(bench, table, contract=contract(promised) if promised else contract())
    return found.columns[0]


NAMES = [
    ("dob", Semantic.DATE_OF_BIRTH),
    ("DateOfBirth", Semantic.DATE_OF_BIRTH),
    ("e_mail", Semantic.EMAIL),
    ("EMailAddress", Semantic.EMAIL),
    ("customer email", Semantic.EMAIL),
    ("email_verified", None),
    ("address_id", Semantic.IDENTIFIER),
    ("ip_address", Semantic.IP),
    ("email_address", Semantic.EMAIL),
    ("phone_type", None),
    ("First Name", Semantic.GIVEN_NAME),
    ("LNAME", Semantic.FAMILY_NAME),
    ("SSN", Semantic.SSN),
    ("credit_card_number", Semantic.CARD),
    ("payment_method", None),
    ("organization_name", None),
    ("item", None),
    ("annual_income", Semantic.INCOME),
    ("created_date", None),
    ("customer_id", Semantic.IDENTIFIER),
    ("zip_code", Semantic.POSTCODE),
    ("", None),
    ("🦊", None),
]


@pytest.mark.parametrize(("name", "expected"), NAMES, ids=[name for name, _ in NAMES])
def test_reads_column_names(name: str, expected: Semantic | None) -> None:
    assert by_name.semantic_of(name) is expected


CHECKS = [
    (checksums.luhn, "4111 1111 1111 1111", True),
    (checksums.luhn, "4111 1111 1111 1112", False),
    (checksums.luhn, "0000000000000000", False),
    (checksums.luhn, "18", False),
    (checksums.iban, "GB82 WEST 1234 5698 7654 32", True),
    (checksums.iban, "GB82 WEST 1234 5698 7654 33", False),
    (checksums.iban, "", False),
    (checksums.iban, "ÄÖ82WEST12345698765432", False),
]


@pytest.mark.parametrize(("check", "value", "passes"), CHECKS)
def test_check_digits(check: object, value: str, passes: bool) -> None:
    assert callable(check)
    assert check(value) is passes


def numbers(count: int, low: int, high: int) -> list[str]:
    return [str(chance.randint(low, high)) for _ in range(count)]


BY_VALUE = [
    ("c1", [faker.email() for _ in range(60)], Semantic.EMAIL, "pseudonym"),
    ("c2", [f"202-555-{n:04}" for n in range(60)], Semantic.PHONE, "partial"),
    ("c3", [f"(202) 555-{n:04}" for n in range(60)], Semantic.PHONE, "partial"),
    ("c4", [f"000-{n:02}-1234" for n in range(60)], Semantic.SSN, "redact"),
    ("c5", [faker.credit_card_number("visa16") for _ in range(60)], Semantic.CARD, "partial"),
    ("c6", [faker.iban() for _ in range(60)], Semantic.IBAN, "redact"),
    ("c7", [faker.ipv4() for _ in range(60)], Semantic.IP, "redact"),
    ("c8", [f"{n} Example Street, Sampletown" for n in range(60)], Semantic.ADDRESS, "redact"),
    ("phone", [str(2025550000 + n) for n in range(60)], Semantic.PHONE, "partial"),
    ("ssn", ["XXX-XX-1234", "n/a", "on file"], Semantic.SSN, "redact"),
    ("dob", [date(1980, 1, 1) + timedelta(days=n) for n in range(60)], Semantic.DATE_OF_BIRTH, "generalise"),
    ("first_name", ["Zoë", "O'Neil", "Anne-Marie", "李"], Semantic.GIVEN_NAME, "pseudonym"),
    ("salary", [n * 1000.5 for n in range(60)], Semantic.INCOME, "generalise"),
    ("email", [None, None], Semantic.EMAIL, "pseudonym"),
    ('odd "name" 🦊', [faker.email() for _ in range(9)], Semantic.EMAIL, "pseudonym"),
]


@pytest.mark.parametrize(("name", "values", "semantic", "operator"), BY_VALUE, ids=[c[0] for c in BY_VALUE])
def test_finds(bench: Bench, name: str, values: list[object], semantic: Semantic, operator: str) -> None:
    found = judged(bench, name, values)
    assert (found.semantic, found.proposed.kind, found.unexpected) == (semantic, operator, True)
    assert found.category is not Category.NONE
    assert found.evidence


NOT_PERSONAL = [
    ("card-long numbers by chance", "c1", numbers(500, 4 * 10**15, 6 * 10**15)),
    ("card-long numbers as numbers", "c1", [chance.randint(4 * 10**15, 6 * 10**15) for _ in range(500)]),
    ("ten digits", "npi", [str(1_200_000_000 + n) for n in range(100)]),
    ("nine digits", "order", [str(100_000_000 + n) for n in range(100)]),
    ("order numbers", "order_no", [f"ORD-202-555-{n:04}-7" for n in range(100)]),
    ("project numbers", "project", [f"005-03-01-01-{n:02}-1000-00" for n in range(100)]),
    ("items", "item", ["Coffee", "Cake", "Cookie", "Salad", "Smoothie", "Juice", "Tea"] * 20),
    ("places of sale", "location", ["Takeaway", "In-store"] * 20),
    ("dates", "created", ["2024-01-15", "2023-12-01"] * 20),
    ("times", "created", [f"2019-01-15 03:{n:02}:12" for n in range(60)]),
    ("yes and no", "has_email", ["yes", "no"] * 20),
    ("kinds of phone", "phone", ["home", "work"] * 20),
    ("money", "total", [f"{n}.95" for n in range(100)]),
    ("codes", "taxonomy_code", [f"{n}N00000X" for n in range(100)]),
    ("nothing", "empty", [None, None, None]),
]


@pytest.mark.parametrize(("name", "values"), [c[1:] for c in NOT_PERSONAL], ids=[c[0] for c in NOT_PERSONAL])
def test_leaves_alone(bench: Bench, name: str, values: list[object]) -> None:
    found = judged(bench, name, values)
    assert (found.category, found.proposed.kind) == (Category.NONE, "keep"), found.evidence


HIDDEN = [
    ("ssn", "SSN 000-12-3456 on file", Semantic.SSN),
    ("ssn with spaces", "gave 000 12 3456 as number", Semantic.SSN),
    ("ssn without dashes", "ssn: 000123456", Semantic.SSN),
    ("e-mail", "write to ana.example@example.com please", Semantic.EMAIL),
    ("phone", "call back (202) 555-0143", Semantic.PHONE),
    ("phone abroad", "at +44 20 7946 0958", Semantic.PHONE),
    ("bare phone", "tel 2025550143", Semantic.PHONE),
    ("card", "paid by 4111 1111 1111 1111.", Semantic.CARD),
    ("iban", "to GB82 WEST 1234 5698 7654 32", Semantic.IBAN),
]


@pytest.mark.parametrize(("text", "kind"), [case[1:] for case in HIDDEN], ids=[case[0] for case in HIDDEN])
def test_one_cell_in_many_counts(bench: Bench, text: str, kind: Semantic) -> None:
    notes: list[object] = ["no remarks", None, "left a tip"] * 10_000
    notes[20_000] = text
    found = judged(bench, "notes", notes)
    assert (found.semantic, found.proposed.kind, found.rows) == (Semantic.FREE_TEXT, "scrub", 1)
    assert any(kind.words in evidence.detail and "1 cell" in evidence.detail for evidence in found.evidence)


def test_reads_names_where_nothing_else_speaks(bench: Bench) -> None:
    people = judged(bench, "c1", [faker.name() for _ in range(80)])
    firms = judged(bench, "c1", [f"{word} SUPPLY INC".upper() for word in faker.words(60)])
    assert (people.semantic, people.evidence[-1].source) == (Semantic.FULL_NAME, "presidio")
    assert firms.semantic is Semantic.NONE


SAID = [
    (Column(name="x", semantic="email"), Semantic.EMAIL, Severity.HIGH),
    (Column(name="x", semantic="email", classification="restricted"), Semantic.EMAIL, Severity.LOW),
    (Column(name="x", classification="restricted"), Semantic.SPECIAL, Severity.LOW),
    (Column(name="x", classification="internal"), Semantic.NONE, None),
    (
        Column(name="x", semantic="date of birth"),
        Semantic.DATE_OF_BIRTH,
        Severity.HIGH,
    ),
    (Column(name="x", semantic="none of our words"), Semantic.NONE, None),
    (Column(name="x", primary_key=True), Semantic.IDENTIFIER, None),
]


@pytest.mark.parametrize(("promised", "semantic", "severity"), SAID)
def test_hears_the_contract(
    bench: Bench, promised: Column, semantic: Semantic, severity: Severity | None
) -> None:
    found = detect(bench, kept(bench, {"x": ["a", "b", "b"]}), contract=contract(promised))
    assert (found.columns[0].semantic, found.columns[0].unexpected) == (semantic, False)
    assert [note.severity for note in found.findings] == ([severity] if severity else [])


def test_answers_small_and_without_values(bench: Bench) -> None:
    secrets = ["ana.example@example.com", "000-12-3456"]
    table = kept(bench, {"email": [secrets[0]], "notes": [f"SSN {secrets[1]}"], "item": ["Cake"]})
    found = detect(bench, table, contract=contract("email", "item"))
    text = found.model_dump_json()
    assert Detected.model_validate_json(text) == found
    assert not any(secret in text for secret in (*secrets, "Cake"))
    assert found.summary == "2 of 3 columns hold personal data, 1 of them not in the contract"
    assert {note.severity for note in found.findings} == {Severity.HIGH}
    assert found == detect(bench, table, contract=contract("email", "item"))


def test_a_table_without_rows(bench: Bench) -> None:
    found = detect(bench, kept(bench, {"email": [], "item": []}), contract=contract("email", "item"))
    assert [verdict.semantic for verdict in found.columns] == [Semantic.EMAIL, Semantic.NONE]


REAL_FILES = [
    ("dirty_cafe_sales.csv", {}),
    ("government_contracts.csv", {}),
    ("yellow_tripdata_2019-01.csv", {}),
    ("npi_small.csv", {"Last_Name": Semantic.FAMILY_NAME, "First_Name": Semantic.GIVEN_NAME}),
]


@pytest.mark.parametrize(("file", "personal"), REAL_FILES, ids=[case[0] for case in REAL_FILES])
def test_real_files(bench: Bench, file: str, personal: dict[str, Semantic]) -> None:
    if not (REAL / file).exists():
        pytest.skip(f"needs {REAL / file}")
    with (REAL / file).open() as lines:
        rows = list(csv.DictReader(lines))
    table = kept(bench, {name: [row[name] or None for row in rows] for name in rows[0]})
    found = detect(bench, table, contract=contract(*rows[0]))
    assert {v.column: v.semantic for v in found.columns if v.personal} == personal
