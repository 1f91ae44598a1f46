"""Stages 2 and 4: was this input seen before, and which of the file's columns is which of the contract's."""

from __future__ import annotations

from pathlib import Path

import pytest
from judged_tables import bronze, judged, promised

from governance.bench import Bench, open_bench
from governance.contract.model import Cleaning, Column, Contract
from governance.findings import Severity
from governance.intake import fetch
from governance.rules import kinds
from governance.settings import Settings
from governance.source import Source
from governance.stages.contract import Conformed, conform
from governance.stages.idempotency import fingerprint, recognise
from governance.stages.load import load
from governance.tables import RESERVED


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


PROMISED = promised(
    Column(name="id", primary_key=True), Column(name="e_mail", required=True), Column(name="Phone"), "note"
)


def against(bench: Bench, *file: str, contract: Contract = PROMISED) -> Conformed:
    return conform(bronze(bench, {name: [f"{name} of row 1"] for name in file}), contract)


def findings(done: Conformed) -> list[tuple[str, str, Severity]]:
    return [(note.rule, note.column, note.severity) for note in done.findings]


EXACT = ("id", "e_mail", "Phone", "note")

# the file's columns → what each column of the revision reads, and the findings
FILES: dict[str, tuple[tuple[str, ...], dict[str, str | None], list[tuple[str, str, Severity]]]] = {
    "as promised": (EXACT, {name: name for name in EXACT}, []),
    "in another order": (
        ("note", "Phone", "e_mail", "id"),
        {name: name for name in EXACT},
        [("order", "", Severity.LOW)],
    ),
    "a column may be missing": (
        ("id", "e_mail", "note"),
        {"id": "id", "e_mail": "e_mail", "Phone": None, "note": "note"},
        [("missing_column", "Phone", Severity.MEDIUM)],
    ),
    "a required column is missing": (
        ("id", "Phone", "note"),
        {"id": "id", "e_mail": None, "Phone": "Phone", "note": "note"},
        [("missing_column", "e_mail", Severity.CRITICAL)],
    ),
    "the key is missing": (
        ("e_mail", "Phone", "note"),
        {"id": None, "e_mail": "e_mail", "Phone": "Phone", "note": "note"},
        [("missing_column", "id", Severity.CRITICAL)],
    ),
    "other case and punctuation": (
        ("ID", "E-Mail", "phone", "note"),
        {"id": "ID", "e_mail": "E-Mail", "Phone": "phone", "note": "note"},
        [("renamed_column", name, Severity.LOW) for name in ("id", "e_mail", "Phone")],
    ),
    "more columns": (
        (*EXACT, "extra", "another one"),
        {**{name: name for name in EXACT}, "extra": "extra", "another one": "another one"},
        [("extra_column", "extra", Severity.MEDIUM), ("extra_column", "another one", Severity.MEDIUM)],
    ),
    "the exact name goes before a like one": (
        ("id", "E-MAIL", "e_mail", "Phone", "note"),
        {**{name: name for name in EXACT}, "E-MAIL": "E-MAIL"},
        [("extra_column", "E-MAIL", Severity.MEDIUM)],
    ),
    "the first of two like names": (
        ("id", "E-MAIL", "EMail", "Phone", "note"),
        {"id": "id", "e_mail": "E-MAIL", "Phone": "Phone", "note": "note", "EMail": "EMail"},
        [("renamed_column", "e_mail", Severity.LOW), ("extra_column", "EMail", Severity.MEDIUM)],
    ),
    "our own names": (
        (*EXACT, "_reasons", "_CLUSTER", "_key"),
        {**{name: name for name in EXACT}, "_reasons_": "_reasons", "_CLUSTER_": "_CLUSTER", "_key_": "_key"},
        [("extra_column", name, Severity.MEDIUM) for name in ("_reasons_", "_CLUSTER_", "_key_")],
    ),
    "our own name, and what it would become": (
        (*EXACT, "_reasons", "_reasons_"),
        {**{name: name for name in EXACT}, "_reasons_": "_reasons", "_reasons__": "_reasons_"},
        [("extra_column", "_reasons_", Severity.MEDIUM), ("extra_column", "_reasons__", Severity.MEDIUM)],
    ),
    "nothing that was promised": (
        ("🤿",),
        {**dict.fromkeys(EXACT), "🤿": "🤿"},
        [
            ("missing_column", "id", Severity.CRITICAL),
            ("missing_column", "e_mail", Severity.CRITICAL),
            ("missing_column", "Phone", Severity.MEDIUM),
            ("missing_column", "note", Severity.MEDIUM),
            ("extra_column", "🤿", Severity.MEDIUM),
        ],
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_columns_are_told_by_name(bench: Bench, case: str) -> None:
    file, names, notes = FILES[case]
    done = against(bench, *file)

    assert done.source.names == names
    assert findings(done) == notes
    assert done.refused is any(severity is Severity.CRITICAL for _, _, severity in notes)
    assert done.missing == tuple(name for name, theirs in names.items() if theirs is None)
    assert done.extra == tuple(name for name in names if name not in EXACT)
    assert set(names.values()) - {None} == set(file), "no column of the file is lost"
    assert type(done).model_validate_json(done.model_dump_json()) == done


@pytest.mark.parametrize("case", FILES)
def test_the_rows_come_under_the_contracts_names(bench: Bench, case: str) -> None:
    file, names, _ = FILES[case]
    source = against(bench, *file).source
    with bench.engine() as engine:
        (row,) = engine.dicts(f"SELECT * FROM {source.raw()}")

    assert row == {"_row": 1, **{ours: theirs and f"{theirs} of row 1" for ours, theirs in names.items()}}


def test_one_column_of_the_file_is_one_column_of_the_contract(bench: Bench) -> None:
    contract = promised("phone1", "phone_1", "PHONE-1")

    assert against(bench, "phone_1", contract=contract).source.names == {
        "phone1": None,
        "phone_1": "phone_1",
        "PHONE-1": None,
    }
    assert against(bench, "Phone 1", contract=contract).missing == ("phone_1", "PHONE-1")


def test_a_missing_column_is_read_as_missing_values(bench: Bench) -> None:
    rules = [kinds.NotNull(id="v.not_null", column="v"), kinds.Unique(id="v.unique", column="v")]
    found = judged(
        bench, {"w": ["a", "b"]}, promised(Column(name="v", cleaning=(Cleaning.TRIM,)), rules=rules)
    )

    assert found.reasons == {1: ("v.not_null",), 2: ("v.not_null",)}
    assert found.changes == []


def test_the_summary_counts_columns(bench: Bench) -> None:
    assert against(bench, *EXACT).summary == "4 of 4 columns found"
    assert against(bench, "id", "x", "y").summary == "1 of 4 columns found, 3 missing, 2 unexpected"
    assert against(bench, "id", contract=promised()).summary == "the contract names no columns"


HEADERS = {
    "ours": "_row,_reasons,file_row_number",
    "ours in capitals": "_ROW,_Reasons,FILE_ROW_NUMBER",
    "ours and what they become": "_row,_row_,_row_2",
    "twice by case": "email,EMAIL,Email",
    "blank and twice": ",name,name",
    "quotes": '"say ""hi""",it\'s,a;b',
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_file_with_any_header_keeps_its_values_through_the_stages(
    bench: Bench, tmp_path: Path, header: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_text(f"{HEADERS[header]}\na1,b1,c1\na2,b2,c2\n", encoding="utf-8")
    digest, name = fetch(bench, str(file))
    source = conform(load(bench, input_digest=digest, file=name).bronze, promised()).source
    with bench.engine() as engine:
        found = engine.rows(f"SELECT * FROM {source.raw()}")

    assert found == [(1, "a1", "b1", "c1"), (2, "a2", "b2", "c2")]
    assert not {column.casefold() for column in source.columns} & set(RESERVED)


def test_what_a_source_depends_on_does_not_say_where_it_is_kept(bench: Bench, tmp_path: Path) -> None:
    source = against(bench, *EXACT).source
    moved = Source(
        bronze=source.bronze.model_copy(update={"path": tmp_path / "elsewhere"}), names=source.names
    )

    assert moved.identity == source.identity
    assert against(bench, "id").source.identity != source.identity


# stage 2


def test_the_fingerprint_is_of_bytes_contract_and_plan() -> None:
    marks = {
        fingerprint(*parts) for parts in (("a", "b", "c"), ("b", "a", "c"), ("a", "b", ""), ("ab", "", "c"))
    }

    assert len(marks) == 4
    assert fingerprint("a", "b", "c") == fingerprint("a", "b", "c")


@pytest.mark.parametrize(
    ("earlier", "force", "same_as", "summary"),
    [
        ("", False, "", "new input"),
        ("", True, "", "new input"),
        ("R7", False, "R7", "seen before, in run R7"),
        ("R7", True, "", "seen before in run R7, run again by force"),
    ],
)
def test_what_was_seen_before_is_skipped_unless_forced(
    earlier: str, force: bool, same_as: str, summary: str
) -> None:
    asked: list[str] = []

    def look_up(mark: str) -> str:
        asked.append(mark)
        return earlier

    known = recognise("bytes", "contract", "plan", force=force, look_up=look_up)

    assert (known.same_as, known.summary) == (same_as, summary)
    assert asked == [known.fingerprint] == [fingerprint("bytes", "contract", "plan")]
