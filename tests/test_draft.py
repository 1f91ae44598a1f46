"""Drafting: one file with many columns for what is suggested, hostile files for what must not break, and the
real files judged by their own drafts."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from governance.bench import Bench, open_bench
from governance.contract import odcs
from governance.contract.draft import draft
from governance.contract.drafting.codes import code_shape, label, pattern
from governance.contract.drafting.missing import is_missing
from governance.contract.drafting.personal import masking
from governance.contract.drafting.words import word_list
from governance.contract.drafting.writing import business_name, comment, scalar
from governance.contract.model import Column, Contract, LogicalType
from governance.errors import ContractError
from governance.privacy import choice
from governance.privacy.meaning import Semantic
from governance.rules.kinds import OneOf, Pattern, Range
from governance.sample import make_sample
from governance.settings import Settings
from governance.stages.contract import conform
from governance.stages.load import load
from governance.stages.threshold import Judged, judge
from governance.stages.validate import Validated, validate

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
TODAY = date(2025, 6, 1)
ROWS = 400


class Draft(NamedTuple):
    text: str
    contract: Contract
    validated: Validated
    judged: Judged

    def column(self, name: str) -> Column:
        found = self.contract.column(name)
        assert found is not None
        return found

    def rules(self, name: str) -> set[str]:
        return {rule.kind for rule in self.contract.rules if rule.column == name}

    def line(self, start: str, after: str = "") -> str:
        """The first line that starts so (spaces aside) after a text."""
        rest = self.text[self.text.index(after) :]
        return next(line.strip() for line in rest.splitlines() if line.strip().startswith(start))


def drafted(bench: Bench, data: bytes, file: str = "made_up.csv", dataset: str = "made_up") -> Draft:
    """A draft, and the file judged by it as a run would."""
    digest, _ = bench.vault.keep_bytes(io.BytesIO(data))
    text = draft(bench, input_digest=digest, file=file, dataset=dataset)
    contract = odcs.read(text)
    loaded = load(bench, input_digest=digest, file=file)
    conformed = conform(loaded.bronze, contract)
    validated = validate(bench, conformed.source, contract=contract, today=TODAY)
    judged = judge(
        bench,
        conformed,
        validated,
        contract=contract,
        unreadable=loaded.unreadable.rows,
        now=datetime(2025, 6, 1),
    )
    return Draft(text.decode(), contract, validated, judged)


def table(columns: dict[str, list[Any]]) -> bytes:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return sheet.getvalue().encode()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


def _day(row: int) -> date:
    return date(2024, 1, 1) + timedelta(days=row % 366)


COLUMNS: dict[str, Callable[[int], object]] = {
    "order_id": lambda row: f"TX_{row:05d}",
    "quantity": lambda row: ["ERROR", "UNKNOWN", "", row % 9][row % 4],
    "price": lambda row: f"{row / 4}",
    "amount": lambda row: f"${row * 1000:,}.50",
    "balance": lambda row: row - 5,
    "latitude": lambda row: 45.5 + row / 1000,
    "agency": lambda row: f"{row % 50:03d}",
    "long_number": lambda row: 10**20 + row,
    "agreed": lambda row: "yes" if row % 3 else "No",
    "only_f": lambda row: "F",
    "iso_day": lambda row: _day(row).isoformat(),
    "midnight": lambda row: f"{_day(row)} 00:00:00",
    "moment": lambda row: f"{_day(row)} 10:{row % 60:02d}:00",
    "us_day": lambda row: f"{_day(row).month}/{_day(row).day}/2024",
    "eu_day": lambda row: f"{_day(row).day}/{_day(row).month}/2024",
    "open_day": lambda row: f"{row % 12 + 1}/{row * 5 % 12 + 1}/2024",
    "payment": lambda row: ["Cash", "Credit Card", "cash", "N/A"][row % 4],
    "state": lambda row: ["active", "Active", "ACTIVE", "inactive", "inactive"][row % 5],
    "country": lambda row: ["NA", "US", "DE"][row % 3],
    "hue": lambda row: ["none", "red", "blue"][row % 3],
    "size": lambda row: ["none", 1, 2][row % 3],
    "remark": lambda row: f"remark {row} of many",
    "nothing": lambda row: "",
    "dash": lambda row: "-",
    "first_name": lambda row: ["Ana", "ben", "Cleo", "Null"][row % 4],
    "LAST_NAME": lambda row: ["EXAMPLE", "SAMPLE", "STANDIN"][row % 3],
    "email": lambda row: f"person.{row}@example.org",
    "phone": lambda row: ["(212) 555-", "212.555."][row % 2] + f"{row:04d}",
    "mobile": lambda row: f"212555{row:04d}",
    "zip": lambda row: f"{10000 + row}",
    "salary": lambda row: -1 if row == 7 else 30_000 + row,
    "date_of_birth": lambda row: f"19{40 + row % 50}-03-04",
    "complete_to_999": lambda row: "" if row == 3 else "x",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    bench = open_bench(Settings(home=tmp_path_factory.mktemp("made")))
    return drafted(bench, table({name: [make(row) for row in range(ROWS)] for name, make in COLUMNS.items()}))


TYPES = [
    ("order_id", "string", "trim"),
    ("quantity", "integer", "trim"),  # once the words for missing are set aside
    ("price", "number", "trim"),
    ("amount", "number", "trim number"),  # $1,000.50
    ("balance", "integer", "trim"),
    ("agency", "string", "trim"),  # leading zeros
    ("long_number", "string", "trim"),  # no BIGINT
    ("agreed", "boolean", "trim"),
    ("only_f", "string", "trim"),  # as much a sex as an answer
    ("iso_day", "date", "trim date"),
    ("midnight", "date", "trim date"),
    ("moment", "timestamp", "trim"),
    ("us_day", "date", "trim date"),
    ("eu_day", "date", "trim date"),
    ("open_day", "string", "trim"),  # a person must say the order
    ("payment", "string", "trim name_case"),
    ("state", "string", "trim lower"),
    ("nothing", "string", "trim"),
    ("first_name", "string", "trim name_case"),
    ("LAST_NAME", "string", "trim"),  # capitals throughout are a way of writing
    ("email", "string", "trim lower"),
    ("phone", "string", "trim phone"),
    ("mobile", "string", "trim phone"),  # ten digits, but nobody adds them up
    ("zip", "string", "trim"),
    ("date_of_birth", "date", "trim date"),
]


@pytest.mark.parametrize(("name", "kind", "cleaning"), TYPES, ids=[case[0] for case in TYPES])
def test_type_and_cleaning(made: Draft, name: str, kind: str, cleaning: str) -> None:
    column = made.column(name)
    assert (column.type.value, " ".join(column.cleaning)) == (kind, cleaning)


def test_names_are_those_of_the_file_in_its_order(made: Draft) -> None:
    assert [column.name for column in made.contract.columns] == list(COLUMNS)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("quantity", {"ERROR", "UNKNOWN"}),
        ("payment", {"N/A"}),
        ("dash", {"-"}),
        ("size", {"none"}),  # among numbers it says nothing
        ("hue", set()),  # among words it may be an answer
        ("country", set()),  # Namibia
        ("first_name", set()),  # there are people called Null
        ("remark", set()),
    ],
)
def test_words_for_missing(made: Draft, name: str, words: set[str]) -> None:
    assert set(made.column(name).missing_values) == words


@pytest.mark.parametrize(
    ("name", "order"), [("us_day", "mdy"), ("eu_day", "dmy"), ("iso_day", ""), ("open_day", "")]
)
def test_order_of_days(made: Draft, name: str, order: str) -> None:
    assert made.column(name).date_order == order


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("payment", ("Cash", "Credit Card")),
        ("state", ("active", "inactive")),
        ("country", ("NA", "DE", "US")),
        ("hue", ("none", "blue", "red")),
        ("LAST_NAME", ()),  # people, however few
        ("agency", ()),  # 50 codes are no list of words
        ("remark", ()),
        ("open_day", ()),
        ("only_f", ()),
    ],
)
def test_list_of_words(made: Draft, name: str, words: tuple[str, ...]) -> None:
    rules = [rule for rule in made.contract.rules if isinstance(rule, OneOf) and rule.column == name]
    assert (set(rules[0].values) if rules else set()) == set(words)


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("price", (0, None)),
        ("quantity", (0, None)),
        ("latitude", (-90, 90)),
        ("balance", None),  # negative values, so no bound
        ("salary", (0, None)),  # one negative among hundreds is a slip
    ],
)
def test_bounds(made: Draft, name: str, bounds: tuple[float | None, float | None] | None) -> None:
    rules = [rule for rule in made.contract.rules if isinstance(rule, Range) and rule.column == name]
    assert (rules[0].low, rules[0].high) == bounds if bounds else not rules


@pytest.mark.parametrize(
    ("name", "code"), [("order_id", r"[A-Z]+_\d{5}"), ("agency", r"\d{3}"), ("remark", None)]
)
def test_codes(made: Draft, name: str, code: str | None) -> None:
    rules = [rule for rule in made.contract.rules if isinstance(rule, Pattern) and rule.column == name]
    assert (rules[0].pattern if rules else None) == code


def test_a_value_is_required_where_nearly_all_rows_have_one(made: Draft) -> None:
    missing = {"quantity", "payment", "size", "nothing", "dash"}
    required = {column.name for column in made.contract.columns if column.required}
    assert required == set(COLUMNS) - missing  # one gap in 400 rows is a gap, not a habit
    assert made.line("required", "name: complete_to_999") == "required: true  # 399 of 400 rows"


def test_one_column_is_the_key(made: Draft) -> None:
    assert made.contract.key == ("order_id",)
    assert made.line("primaryKey: ") == "primaryKey: true  # 400 of 400 values are distinct"


@pytest.mark.parametrize(
    ("name", "semantic", "wish", "rating"),
    [
        ("first_name", "given_name", "pseudonym", "restricted"),
        ("LAST_NAME", "family_name", "pseudonym", "restricted"),
        ("email", "email", "pseudonym", "restricted"),
        ("phone", "phone", "partial", "restricted"),
        ("zip", "postcode", "partial first 3", ""),
        ("salary", "income", "generalise 10000", "confidential"),
        ("date_of_birth", "date_of_birth", "generalise", "restricted"),
        ("order_id", "identifier", "", ""),
        ("price", "", "", ""),
    ],
)
def test_personal_columns(made: Draft, name: str, semantic: str, wish: str, rating: str) -> None:
    column = made.column(name)
    assert (column.semantic, column.masking, column.classification) == (semantic, wish, rating)


def test_special_rules_of_personal_columns(made: Draft) -> None:
    assert "email" in made.rules("email")
    assert "pattern" in made.rules("phone")
    assert "date_range" in made.rules("date_of_birth")


def test_comments_say_what_each_line_rests_on(made: Draft) -> None:
    assert made.line("logicalType", "name: quantity") == "logicalType: integer  # 100 of 100 values"
    assert made.line("# Not required", "name: order_id") == "# Not required: 100 of 400 rows have a value."
    assert "have leading zeros: a code, not a number." in made.text
    assert "5 of 400 values are negative: no minimum is suggested." in made.text
    assert "say which (dateOrder) and make it a date." in made.text


def test_limits_are_what_the_file_keeps(made: Draft) -> None:
    assert made.judged.gate == "needs review"  # the salary below zero, and the gap
    assert not made.judged.breaches
    limits = {line.key: round(100 * line.limit) for line in made.contract.thresholds}
    assert limits == {"completeness": 98, "accuracy": 98, "duplicates": 1, "accuracy-critical": 50}


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    data = table(
        {"id": list(range(30)), "d": [f"{n % 28 + 1}/2/2024" for n in range(30)], "x": ["a", "b", "?"] * 10}
    )
    first, second = (drafted(open_bench(Settings(home=tmp_path / home)), data) for home in "ab")
    assert first.text == second.text


def _dirty(row: int, place: int) -> object:
    return "x" if (row + place) % 25 == 0 else row


NASTY: dict[str, bytes] = {
    "one column": table({"value": list(range(50))}),
    "one row": table({"id": [1], "d": ["3/4/2024"]}),
    "no row": b"a,b c,\xc3\xb6\n",
    "all empty": table({"a": [""] * 20, "b": [" "] * 20, "c": ["x"] * 20}),
    "hostile names": table(
        {
            name: [place, "a", "3/4/2024", "N/A"] * 5
            for place, name in enumerate(
                [
                    'na"me',
                    "💧 level",
                    "it's; drop table",
                    "yes",
                    "null",
                    "- x",
                    "a: b",
                    "#hash",
                    "1e3",
                    "[a]",
                    "%",
                    "~",
                ]
            )
        }
    ),
    "names of ours": table({name: list(range(20)) for name in ("_KEY", "_reasons", "_row", "key")}),
    "hostile values": table({"a": ["#x", "a: b", "- y", "yes"] * 50, "b": ["null ", '"', "\\", "{"] * 50}),
    "every row wrong somewhere": table(
        {f"c{place}": [_dirty(row, place) for row in range(100)] for place in range(12)}
    ),
    "unreadable lines": table({"a": list(range(50)), "b": ["x", "y"] * 25}) + b"1,2,3,4\n" * 30,
}


@pytest.mark.parametrize("data", NASTY.values(), ids=NASTY)
def test_a_nasty_file_has_a_draft_that_does_not_refuse_it(bench: Bench, data: bytes) -> None:
    made = drafted(bench, data)
    assert made.judged.gate == ("refused" if made.validated.rows_in == 0 else made.judged.gate)
    assert made.judged.gate != "refused" or made.validated.rows_in == 0
    assert not made.judged.breaches


@pytest.mark.slow
@pytest.mark.parametrize("columns", [300, pytest.param(2_000, marks=pytest.mark.exhaustive)])
def test_many_columns(bench: Bench, columns: int) -> None:
    """A draft of 2,000 takes a minute; that 2,000 are read in the memory there is, test_reading shows."""
    data = table(
        {f"c{n}": [(row * n) % 7 if n % 2 else f"w{row % 5}" for row in range(40)] for n in range(columns)}
    )
    digest, _ = bench.vault.keep_bytes(io.BytesIO(data))
    contract = odcs.read(draft(bench, input_digest=digest, file="wide.csv", dataset="wide"))
    assert len(contract.columns) == columns


def test_a_file_of_another_name_cannot_write_into_the_draft(bench: Bench) -> None:
    file = 'evil"\nschema: []\u2028#.csv'
    made = drafted(bench, table({"a": [1, 2, 3]}), file=file)
    assert yaml.safe_load(made.text)["description"]["purpose"].startswith(f"Drafted from {file}.")


def test_a_bad_dataset_name_is_refused(bench: Bench) -> None:
    with pytest.raises(ContractError, match="cannot be the name of a dataset"):
        drafted(bench, table({"a": [1]}), dataset="my table")


def test_a_first_column_called_an_id_is_a_key_with_some_doubles(bench: Bench) -> None:
    made = drafted(bench, table({"customer_id": [*range(297), 5, 6, 7], "n": [1] * 300}))
    assert made.contract.key == ("customer_id",)
    assert made.validated.failed("customer_id.unique") == 6
    assert not made.judged.breaches  # 2 % doubles are promised, not 1 %


@pytest.mark.parametrize("kind", ["customers", "divers"])
def test_the_samples(bench: Bench, tmp_path: Path, kind: Any) -> None:
    out = tmp_path / "sample.csv"
    made_up = make_sample(
        kind, rows=600, seed=3, out=out, truth=tmp_path / "t.csv", today=TODAY, unreadable=2
    )
    made = drafted(bench, out.read_bytes(), dataset=kind)
    promised = odcs.read((Settings().contracts / f"{kind}.yaml").read_bytes())
    types = {column.name: column.type for column in promised.columns}
    found = {column.name: column.type for column in made.contract.columns}
    assert {name: LogicalType.NUMBER if name == "income" else kind for name, kind in found.items()} == types
    assert {c.name: c.semantic for c in made.contract.columns if c.masking} == {
        c.name: c.semantic for c in promised.columns if c.masking and c.masking != "keep"
    }
    assert made.judged.gate == "needs review"
    assert 0 < made.validated.failing.rows <= 1.2 * made_up.wrong_rows


REAL_FILES = [
    # file, rows, rows that fail, the rules they break, gate
    ("dirty_cafe_sales.csv", 10_000, {}, "clear"),
    ("npi_small.csv", 18_649, {}, "clear"),
    (
        "government_contracts.csv",
        6_422,
        {"Type of Contract.not_null": 14, "Date of Award.type": 19},
        "needs review",
    ),
    ("yellow_tripdata_2019-01.csv", 10_000, {}, "clear"),
]


@pytest.mark.parametrize(("file", "rows", "failed", "gate"), REAL_FILES, ids=[case[0] for case in REAL_FILES])
def test_a_real_file_keeps_its_draft(
    bench: Bench, file: str, rows: int, failed: dict[str, int], gate: str
) -> None:
    if not (REAL / file).is_file():
        pytest.skip(f"{file} is not here")
    made = drafted(bench, (REAL / file).read_bytes(), file=file)
    assert made.validated.rows_in == rows
    assert {count.rule: count.rows for count in made.validated.rules if count.rows} == failed
    assert made.judged.gate == gate
    if file == "dirty_cafe_sales.csv":
        assert made.contract.key == ("transaction_id",)
        assert made.column("transaction_date").date_order == "mdy"
        for column in made.contract.columns[1:]:
            assert set(column.missing_values) == {"ERROR", "UNKNOWN"}, column.name
            assert not column.required


@given(st.text())
def test_any_text_is_written_so_that_yaml_reads_it_back(text: str) -> None:
    line = f"{{ a: {scalar(text)}, b: [{scalar(text)}] }}"
    assert yaml.safe_load(line) == {"a": text, "b": [text]}


@given(st.text())
def test_a_comment_is_one_line_of_comment(text: str) -> None:
    assert yaml.safe_load(f"a: 1  {comment(text)}\nb: 2") == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("price_per_unit", "Price per unit"),
        ("Last_Name", "Last name"),
        ("NPI", ""),
        ("Contract ID", ""),
        ("Quantity", ""),
        ("💧_level", ""),
    ],
)
def test_business_names(name: str, title: str) -> None:
    assert business_name(name) == title


@pytest.mark.parametrize("semantic", Semantic)
def test_the_masking_that_is_written_is_the_one_that_stage_11_would_propose(semantic: Semantic) -> None:
    wish = masking(semantic)
    kind = LogicalType.DATE if semantic is Semantic.DATE_OF_BIRTH else LogicalType.STRING
    meant = choice.by_wish(wish, semantic, kind) if wish else choice.by_wish("keep", semantic, kind)
    assert meant == choice.by_semantic(semantic)


@pytest.mark.parametrize(
    ("word", "semantic", "longest", "typed", "expected"),
    [
        ("Unknown", None, 20, False, True),
        ("n/a", None, 20, False, True),
        ("NA", None, 20, False, True),
        ("NA", None, 2, False, False),
        ("Null", Semantic.FAMILY_NAME, 20, False, False),
        ("ERROR", Semantic.FAMILY_NAME, 20, False, True),
        ("None", None, 20, False, False),
        ("None", None, 20, True, True),
        ("TBD", None, 20, True, True),
        ("zero", None, 20, True, False),
    ],
)
def test_what_stands_for_missing(
    word: str, semantic: Semantic | None, longest: int, typed: bool, expected: bool
) -> None:
    assert is_missing(word, semantic=semantic, longest=longest, typed=typed) is expected


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("A_9999999", r"[A-Z]+_\d{7}"),
        ("999-99", r"\d{3}-\d{2}"),
        ("99.99/9", r"\d{2}\.\d{2}/\d{1}"),
        ("Aa", ""),  # words
        ("A", ""),  # no digit
        ("A 99", ""),
        ("9" * 40, ""),  # the profile cut it
    ],
)
def test_code_shapes(shape: str, expected: str) -> None:
    found = code_shape(((shape, 5),))
    assert (pattern(found) if found else "") == expected


def test_a_code_in_words() -> None:
    assert label("A_99") == "written like A_99 (9: a digit, A: capitals)"
    assert label("99-9") == "written like 99-9 (9: a digit)"


def test_words_are_listed_by_frequency_in_the_case_they_mostly_have() -> None:
    texts = {"Open Water": 500, "open water": 20, "OPEN WATER": 5, "Rescue": 400, "rescue": 3, "Rescu": 1}
    found = word_list(texts, sum(texts.values()), 929)
    assert found is not None
    assert (found.words, found.covered, found.others, found.case) == (
        ("Open Water", "Rescue"),
        928,
        1,
        "name_case",
    )


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"a": 100},  # one word is no list
        {f"w{n}": 50 for n in range(21)},
        {"a": 5, "b": 5},  # too few to know
        {"x" * 41: 500, "y": 500},
        {"a": 900, **{f"rare {n}": 1 for n in range(50)}},
    ],
    ids=["nothing", "one word", "too many", "too few rows", "sentences", "too many others"],
)
def test_what_is_no_list_of_words(texts: dict[str, int]) -> None:
    assert word_list(texts, sum(texts.values()), 2_000) is None


def test_random_files_have_drafts(bench: Bench) -> None:
    rng = random.Random(5)
    pieces = [
        "",
        "ERROR",
        "1",
        "-2.5",
        "01",
        "3/4/2024",
        "13/1/2024",
        "2024-02-30",
        "yes",
        "F",
        "ü💧",
        "a b",
        "1e9",
        "$3",
    ]
    for _ in range(2):
        columns = {f"c{n}": [rng.choice(rng.sample(pieces, 3)) for _ in range(60)] for n in range(6)}
        assert drafted(bench, table(columns)).judged.gate != "refused"
