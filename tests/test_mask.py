"""Stage 12 and the plan: what leaves the vault has no personal value in it, whatever the rows hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from privacy_tables import Columns, contract, kept, quarantine
from pydantic import ValidationError

from governance.bench import Bench, open_bench
from governance.contract.model import Column, LogicalType
from governance.engines.duckdb import scan
from governance.findings import Severity
from governance.privacy import aliases, bands, choice
from governance.privacy.meaning import Semantic
from governance.privacy.names import name_patterns
from governance.privacy.operators import (
    AnyOperator,
    Generalise,
    Keep,
    Partial,
    Pseudonym,
    Redact,
    Scrub,
)
from governance.privacy.plan import ColumnMask, Plan, conceals, propose
from governance.privacy.verdict import ColumnVerdict
from governance.settings import Settings
from governance.stages.detect import Detected, detect
from governance.stages.mask import Masked, mask, samples
from governance.tables import Table
from storage.vault import content_digest


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home")))


def plan(**operators: AnyOperator) -> Plan:
    masks = (ColumnMask(column=name, operator=operator) for name, operator in operators.items())
    return Plan(dataset="people", columns=tuple(masks))


def rows(bench: Bench, table: Table) -> list[dict[str, object]]:
    with bench.engine() as engine:
        return engine.dicts(f"SELECT * FROM {scan(table.path)}")


PEOPLE = {
    "customer_id": [1, 2, 3],
    "email": ["ana@example.com", None, "ben@example.com"],
    "phone": ["202-555-0143", "202-555-0178", None],
    "born": [date(1987, 3, 14), None, date(2001, 6, 30)],
    "notes": ["Ana Example called from 202-555-0143", "fine", None],
}
ODD = {
    "customer_id": ["ana@example.com", "000-12-3456"],
    "email": ["ana at example", "ANA@EXAMPLE.COM"],
    "phone": ["ring Ana 0143", "0143"],
    "born": ["14.3.1987", "about 1987"],
    "notes": ["SSN 000-12-3456", None],
}
WHOLE = plan(
    customer_id=Keep(), email=Pseudonym(fold=True), phone=Partial(), born=Generalise(to="year"), notes=Scrub()
)


def masked_people(bench: Bench, with_plan: Plan = WHOLE) -> Masked:
    return mask(bench, kept(bench, PEOPLE), quarantine(bench, ODD), plan=with_plan)


def test_masks_the_kept_rows(bench: Bench) -> None:
    result = masked_people(bench)
    found = rows(bench, result.masked)
    assert result.masked.columns == tuple(PEOPLE) == tuple(found[0])
    assert [row["customer_id"] for row in found] == [1, 2, 3]
    assert [row["phone"] for row in found] == ["********0143", "********0178", None]
    assert [row["born"] for row in found] == ["1987", None, "2001"]
    assert [row["notes"] for row in found][1:] == ["fine", None]
    assert "Ana" not in str(found)
    assert found[1]["email"] is None


def test_masks_odd_values_in_quarantine(bench: Bench) -> None:
    result = masked_people(bench)
    found = rows(bench, result.quarantine)
    assert list(found[0])[:3] == ["_row", "_reasons", "_cluster"]
    assert [row["customer_id"] for row in found] == ["[email]", "[ssn]"]
    assert [row["phone"] for row in found] == ["*************", "****"]
    assert [row["born"] for row in found] == ["[unreadable]", "[unreadable]"]
    assert [row["notes"] for row in found] == ["SSN [ssn]", None]
    assert found[1]["email"] == rows(bench, result.masked)[0]["email"]


def test_answers_with_digests_and_counts(bench: Bench) -> None:
    result = masked_people(bench)
    assert Masked.model_validate_json(result.model_dump_json()) == result
    assert result.summary == "4 of 5 columns masked in 3 rows and 2 quarantined rows"
    assert (result.columns_masked, result.plan_digest) == (4, WHOLE.digest)
    assert result.masked.digest == content_digest(result.masked.path)
    assert result == masked_people(bench)


def test_what_the_plan_does_not_know_is_redacted(bench: Bench) -> None:
    result = masked_people(bench, plan(customer_id=Keep()))
    for table in (result.masked, result.quarantine):
        for name in ("email", "phone", "born", "notes"):
            assert {row[name] for row in rows(bench, table)} <= {"[redacted]", None}
    assert {note.column for note in result.findings} == {"email", "phone", "born", "notes"}


def test_hostile_column_names(bench: Bench) -> None:
    name = "e\"mail'; DROP TABLE x --🦊"
    table = kept(bench, {name: ["ana@example.com"]})
    result = mask(bench, table, quarantine(bench, {name: ["ana@"]}), plan=plan(**{name: Pseudonym()}))
    assert str(rows(bench, result.masked)[0][name]).startswith("p1_")


def test_no_rows(bench: Bench) -> None:
    empty: dict[str, Sequence[object]] = {"email": []}
    result = mask(bench, kept(bench, empty), quarantine(bench, empty), plan=plan(email=Scrub()))
    assert (result.masked.rows, result.quarantine.rows) == (0, 0)


VALUES = st.lists(
    st.none() | st.text(st.characters(exclude_characters="*\x00", exclude_categories=["Cs"]), min_size=3),
    min_size=1,
    max_size=12,
)
HIDING = st.sampled_from(
    [Redact(), Partial(), Partial(keep=1, side="first", signs="any"), Pseudonym(), Pseudonym(fold=True),
     Generalise(to="year"), Generalise(to="band", width=10), None]
)  # fmt: skip


@given(values=VALUES, operator=HIDING)
@settings(max_examples=examples(15, 80), deadline=None, suppress_health_check=list(HealthCheck))
def test_no_value_of_a_masked_column_leaves(
    bench: Bench, values: list[str | None], operator: AnyOperator | None
) -> None:
    columns = {"order": list(range(len(values))), "secret": values}
    chosen = {"secret": operator} if operator else {}
    result = mask(bench, kept(bench, columns), quarantine(bench, columns), plan=plan(order=Keep(), **chosen))
    for table in (result.masked, result.quarantine):
        found = rows(bench, table)
        assert [row["order"] for row in found] == columns["order"]
        assert [row["secret"] is None for row in found] == [value is None for value in values]
        assert not {row["secret"] for row in found} & ({*values} - {None})


def both(
    bench: Bench,
    limit: tuple[ModuleType, str, int],
    clean: Columns,
    dirty: Columns,
    operator: AnyOperator,
) -> list[list[list[dict[str, object]]]]:
    """The two tables masked by one operator, as they come out when a limit of a module is 0 and when it is so much;
    one of the two looks masked values up and the other computes them."""
    module, name, much = limit
    answers = []
    for value in (0, much):
        with mock.patch.object(module, name, value):
            chosen = plan(**dict.fromkeys(clean, operator))
            done = mask(bench, kept(bench, clean), quarantine(bench, dirty), plan=chosen)
        answers.append([rows(bench, done.masked), rows(bench, done.quarantine)])
    return answers


@given(
    numbers=st.lists(st.none() | st.floats(-1e17, 1e17) | st.integers(-50, 50).map(float), max_size=12),
    width=st.integers(2, 1000),
)
@settings(max_examples=examples(15, 80), deadline=None, suppress_health_check=list(HealthCheck))
def test_a_band_that_is_looked_up_is_the_one_that_is_computed(
    bench: Bench, numbers: list[float | None], width: int
) -> None:
    clean, dirty = {"income": [1.5, *numbers]}, {"income": ["12", "x"]}
    computed, looked_up = both(
        bench, (bands, "MOST_BANDS", 50_000), clean, dirty, Generalise(to="band", width=width)
    )

    assert looked_up == computed


@given(values=VALUES, fold=st.booleans())
@settings(max_examples=examples(10, 60), deadline=None, suppress_health_check=list(HealthCheck))
def test_an_alias_that_is_looked_up_is_the_one_that_is_computed(
    bench: Bench, values: list[str | None], fold: bool
) -> None:
    clean, dirty = {"first": [*values, "", "O'Brien"]}, {"first": ["Zoë 'x'"]}
    looked_up, computed = both(bench, (aliases, "FEWEST_ROWS", 1_000_000), clean, dirty, Pseudonym(fold=fold))

    assert looked_up == computed


def test_order_is_kept_in_a_long_table(bench: Bench) -> None:
    columns = {"order": list(range(300_000)), "notes": ["spoke with Ana Example", None] * 150_000}
    few = {"order": ["1"], "notes": ["Ana Example"]}
    chosen = plan(order=Keep(), notes=Scrub())
    result = mask(bench, kept(bench, columns), quarantine(bench, few), plan=chosen)
    found = rows(bench, result.masked)
    assert [row["order"] for row in found] == columns["order"]
    assert {row["notes"] for row in found} == {"spoke with [name]", None}


def test_free_text_loses_the_names_of_its_own_row(bench: Bench) -> None:
    columns = {
        "first": ["Zubizarreta", "Bo"],
        "notes": ["asked ZUBIZARRETA about the zubizarreta case", "Bo"],
    }
    chosen = Plan(
        dataset="people",
        columns=(
            ColumnMask(column="first", operator=Pseudonym(), semantic=Semantic.GIVEN_NAME),
            ColumnMask(column="notes", operator=Scrub(), semantic=Semantic.FREE_TEXT),
        ),
    )
    result = mask(bench, kept(bench, columns), quarantine(bench, columns), plan=chosen)
    assert "zubizarreta" not in str(rows(bench, result.masked)).lower()


NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), max_size=30)


@given(names=NAMES)
@settings(max_examples=60, deadline=None)
def test_any_name_makes_a_pattern_that_finds_it(bench: Bench, names: list[str]) -> None:
    with bench.engine() as engine:
        for pattern in name_patterns(["O’Brien 🦊", "Ana_B", *names]):
            for name in ("O’Brien 🦊", "Ana_B"):
                assert "n_B" not in engine.value("SELECT regexp_replace(?, ?, 'x', 'g')", [name, pattern])


def test_too_many_texts_are_redacted_whole_and_said(bench: Bench) -> None:
    words = ["".join(chr(97 + int(digit)) for digit in str(n)) for n in range(2_100)]
    columns = {"notes": [*words, None]}
    result = mask(bench, kept(bench, columns), quarantine(bench, {"notes": ["x"]}), plan=plan(notes=Scrub()))
    assert {row["notes"] for row in rows(bench, result.masked)} == {"[redacted]", None}
    assert {row["notes"] for row in rows(bench, result.quarantine)} == {"[redacted]"}
    assert "2,000 texts" in result.findings[0].message


def test_samples_are_made_up(bench: Bench) -> None:
    shown = samples(bench, kept(bench, PEOPLE), WHOLE, "phone", 2)
    assert shown == (("first value", "***********"), ("second value", "************"))
    told = WHOLE.changed(ColumnMask(column="phone", operator=Partial(), semantic=Semantic.PHONE))
    assert samples(bench, kept(bench, PEOPLE), told, "phone")[0] == ("202-555-0143", "********0143")


def verdict(column: str, semantic: Semantic = Semantic.NONE, **more: bool) -> ColumnVerdict:
    return ColumnVerdict(
        column=column,
        semantic=semantic,
        category=semantic.category,
        confidence=0.9,
        proposed=choice.by_semantic(semantic),
        **more,
    )


def detected(*verdicts: ColumnVerdict) -> Detected:
    return Detected(summary="", columns=verdicts)


WISHES = [
    ("", Semantic.EMAIL, LogicalType.STRING, Pseudonym(fold=True)),
    ("redact", Semantic.EMAIL, LogicalType.STRING, Redact()),
    ("partial", Semantic.PHONE, LogicalType.STRING, Partial()),
    ("partial first 2", Semantic.NONE, LogicalType.STRING, Partial(keep=2, side="first", signs="any")),
    ("generalise", Semantic.DATE_OF_BIRTH, LogicalType.DATE, Generalise(to="year")),
    ("generalise month", Semantic.NONE, LogicalType.DATE, Generalise(to="month")),
    ("generalise", Semantic.INCOME, LogicalType.NUMBER, Generalise(to="band", width=10_000)),
    ("generalise 500", Semantic.NONE, LogicalType.NUMBER, Generalise(to="band", width=500)),
    ("generalise 10 20 30", Semantic.NONE, LogicalType.NUMBER, Generalise(to="band", edges=(10, 20, 30))),
    ("generalise", Semantic.ADDRESS, LogicalType.STRING, Redact()),
    ("keep", Semantic.EMAIL, LogicalType.STRING, Keep()),
    ("keep", Semantic.FREE_TEXT, LogicalType.STRING, Scrub()),
    ("hide somehow", Semantic.EMAIL, LogicalType.STRING, Pseudonym(fold=True)),
    ("generalise 1", Semantic.INCOME, LogicalType.NUMBER, Generalise(to="band", width=10_000)),
    ("", Semantic.NONE, LogicalType.STRING, Keep()),
]


@pytest.mark.parametrize(("wish", "semantic", "kind", "operator"), WISHES)
def test_proposes_as_asked_or_as_found(
    wish: str, semantic: Semantic, kind: LogicalType, operator: AnyOperator
) -> None:
    promised = contract(Column(name="x", masking=wish, type=kind))
    proposed = propose(promised, detected(verdict("x", semantic)), approved=None)
    assert proposed.columns[0].operator == operator
    assert proposed.columns[0].reason


def test_an_approved_plan_is_carried_over() -> None:
    found = detected(verdict("email", Semantic.EMAIL), verdict("item"))
    approved = plan(email=Redact(), item=Keep(), gone=Keep())
    proposed = propose(contract("email", "item"), found, approved=approved)
    assert proposed.digest == approved.digest


def test_a_kept_column_that_turns_personal_is_proposed_anew_once() -> None:
    approved = plan(notes=Keep())
    found = detected(verdict("notes", Semantic.FREE_TEXT))
    proposed = propose(contract("notes"), found, approved=approved)
    assert proposed.columns[0].operator == Scrub()
    insisted = proposed.changed(proposed.columns[0].model_copy(update={"operator": Keep()}))
    assert insisted.digest not in (approved.digest, proposed.digest)
    assert propose(contract("notes"), found, approved=insisted) == insisted


def test_warns_of_personal_data_that_is_kept() -> None:
    found = detected(verdict("email", Semantic.EMAIL), verdict("city", Semantic.CITY), verdict("item"))
    notes = conceals(plan(email=Keep(), city=Keep(), item=Keep()), found)
    assert [(note.column, note.severity) for note in notes] == [
        ("email", Severity.HIGH),
        ("city", Severity.LOW),
    ]
    assert conceals(plan(email=Redact(), city=Redact()), found) == ()


def test_the_digest_is_of_what_the_plan_does() -> None:
    one = plan(a=Keep(), b=Redact())
    assert one.digest == plan(b=Redact(), a=Keep()).digest
    assert one.digest == one.changed(one.columns[0].model_copy(update={"reason": "because"})).digest
    assert one.digest != one.changed(ColumnMask(column="a", operator=Redact())).digest
    assert Plan.model_validate_json(one.model_dump_json()) == one
    with pytest.raises(ValidationError, match="once"):
        Plan(dataset="people", columns=one.columns * 2)


def test_an_unexpected_notes_column_is_not_waved_through(bench: Bench, tmp_path: Path) -> None:
    columns = {"status": ["active"] * 1_000, "notes": ["fine"] * 999 + ["SSN 000-12-3456 is wrong"]}
    table = kept(bench, columns)
    found = detect(bench, table, contract=contract("status"))
    chosen = propose(contract("status"), found, approved=plan(status=Keep()))
    result = mask(bench, table, quarantine(bench, {"status": ["x"], "notes": ["y"]}), plan=chosen)
    assert rows(bench, result.masked)[999]["notes"] == "SSN [ssn] is wrong"
