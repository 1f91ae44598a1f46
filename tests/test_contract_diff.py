"""Two contracts compared: each kind of change with its words and its grade, and the diff's own laws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.contract import odcs
from governance.contract.diff import Change, Grade, diff, worst
from governance.contract.model import Contract, Threshold
from governance.findings import Severity
from governance.rules import kinds
from governance.settings import PROJECT

BASE = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: Orders
version: 1.0.0
status: active
schema:
  - name: orders
    description: One row an order.
    properties:
      - name: order_id
        logicalType: integer
        primaryKey: true
      - name: email
        logicalType: string
        logicalTypeOptions: { format: email }
        customProperties:
          - { property: cleaning, value: [trim, lower] }
          - { property: masking, value: pseudonym }
      - name: amount
        logicalType: number
        logicalTypeOptions: { minimum: 0, maximum: 100 }
      - name: state
        enum: [{ value: new }, { value: paid }]
    customProperties:
      - { property: minApprovals, value: 2 }
      - property: thresholds
        value:
          - { metric: accuracy, mustBeGreaterOrEqualTo: 98, unit: percent }
"""


def read(text: str) -> Contract:
    return odcs.read(text.encode())


@dataclass(frozen=True)
class Case:
    """`old` is replaced by `new` in the contract above; `words` is in the change that is said."""

    name: str
    old: str
    new: str
    grade: Grade
    area: str
    words: str


B, T, L, C = Grade.BREAKING, Grade.TIGHTENING, Grade.LOOSENING, Grade.COSMETIC
CASES = (
    Case("column removed", "      - name: state\n        enum: [{ value: new }, { value: paid }]\n", "", B, "columns", "state is removed"),
    Case("column renamed", "name: state", "name: status", B, "columns", "state is called status"),
    Case("type", "logicalType: number\n        logicalTypeOptions: { minimum: 0, maximum: 100 }", "logicalType: integer\n        logicalTypeOptions: { minimum: 0, maximum: 100 }", B, "columns", "amount: type was number and is integer"),
    Case("key", "        primaryKey: true\n", "", B, "columns", "The key was order_id and is none"),
    Case("column added", "      - name: state", "      - name: note\n      - name: state", T, "columns", "note is added, with 0 rules"),
    Case("required", "- name: state", "- name: state\n        required: true", T, "columns", "state: required was no and is yes"),
    Case("lower maximum", "maximum: 100", "maximum: 50", T, "rules", "high was 100 and is 50"),
    Case("higher maximum", "maximum: 100", "maximum: 1000", L, "rules", "high was 100 and is 1,000"),
    Case("no maximum", ", maximum: 100", "", L, "rules", "high was 100 and is none"),
    Case("higher minimum", "minimum: 0", "minimum: 5", T, "rules", "low was 0 and is 5"),
    Case("above the minimum", "minimum: 0", "exclusiveMinimum: 0", T, "rules", "exclusive low was no and is yes"),
    Case("rule removed", "        logicalTypeOptions: { format: email }\n", "", L, "rules", "email.email is removed: email should be a valid e-mail"),
    Case("rule added", "format: email", "format: email, maxLength: 9", T, "rules", "email.length is added"),
    Case("another word", "{ value: paid }", "{ value: paid }, { value: sent }", L, "rules", "values was new, paid and is new, paid, sent"),
    Case("a word less", ", { value: paid }", "", T, "rules", "values was new, paid and is new"),
    Case("other words", "{ value: paid }", "{ value: sent }", T, "rules", "is not known"),
    Case("severity down", "- { property: masking, value: pseudonym }", "- { property: masking, value: pseudonym }\n          - { property: severity, value: low }", L, "rules", "severity was high and is low"),
    Case("severity up", "- { property: masking, value: pseudonym }", "- { property: masking, value: pseudonym }\n          - { property: severity, value: critical }", T, "rules", "severity was high and is critical"),
    Case("cleaning", "[trim, lower]", "[trim]", T, "cleaning", "cleaning was trim, lower and is trim"),
    Case("masking off", "value: pseudonym", "value: keep", L, "privacy", "masking was pseudonym and is keep"),
    Case("masking harder", "value: pseudonym", "value: redact", T, "privacy", "masking was pseudonym and is redact"),
    Case("masking otherwise", "value: pseudonym", "value: scrub", T, "privacy", "is not known"),
    Case("threshold up", "mustBeGreaterOrEqualTo: 98", "mustBeGreaterOrEqualTo: 99", T, "thresholds", "at least 98 % (high); now accuracy at least 99 %"),
    Case("threshold down", "mustBeGreaterOrEqualTo: 98", "mustBeGreaterOrEqualTo: 90", L, "thresholds", "now accuracy at least 90 %"),
    Case("threshold milder", "unit: percent }", "unit: percent, severity: low }", L, "thresholds", "severity was high and is low"),
    Case("threshold added", "unit: percent }", "unit: percent }\n          - { metric: duplicates, mustBeLessOrEqualTo: 1, unit: percent }", T, "thresholds", "duplicates at most 1 %"),
    Case("fewer approvals", "value: 2 }", "value: 1 }", L, "approvals", "min approvals was 2 and is 1"),
    Case("more approvals", "value: 2 }", "value: 3 }", T, "approvals", "min approvals was 2 and is 3"),
    Case("review only", "value: 2 }", "value: 2 }\n      - { property: allowNoReview, value: false }", T, "approvals", "allow no review was yes and is no"),
    Case("title", "name: Orders", "name: All orders", C, "texts", "title was Orders and is All orders"),
    Case("description", "One row an order.", "An order a row.", C, "texts", "description is changed"),
    Case("version", "version: 1.0.0", "version: 1.0.1", C, "texts", "version was 1.0.0 and is 1.0.1"),
    Case("comment", "status: active", "status: active  # said the board", C, "texts", "Only comments"),
    Case("a key that is not read", "status: active", "status: active\ndomain: sales", C, "texts", "keys that Assay does not read"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_change_has_its_grade_and_words(case: Case) -> None:
    assert case.old in BASE
    changes = diff(read(BASE), read(BASE.replace(case.old, case.new, 1)))
    found = [change for change in changes if case.words in change.words]
    assert found, [change.words for change in changes]
    assert (found[0].grade, found[0].area) == (case.grade, case.area)
    assert found[0].words.endswith(".")
    assert worst(changes) is case.grade


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_change_is_told_once(case: Case) -> None:
    changes = diff(read(BASE), read(BASE.replace(case.old, case.new, 1)))
    expected = 4 if case.name == "key" else 1  # the rules of a key go with it
    assert len(changes) <= expected, [change.words for change in changes]


def test_the_gravest_comes_first() -> None:
    changed = BASE.replace("name: Orders", "name: X").replace("maximum: 100", "maximum: 900")
    changed = changed.replace("minimum: 0", "minimum: 1").replace("name: state", "name: status")
    assert [change.grade for change in diff(read(BASE), read(changed))] == list(Grade)


def test_a_renamed_column_keeps_its_rules() -> None:
    changes = diff(read(BASE), read(BASE.replace("name: amount", "name: total")))
    assert [change.words for change in changes] == ["The column amount is called total."]


def test_two_like_columns_are_not_taken_for_a_renaming() -> None:
    two = BASE.replace("- name: state", "- name: a\n      - name: b\n      - name: state")
    other = two.replace("- name: a\n", "- name: c\n").replace("- name: b\n", "- name: d\n")
    assert "is removed" in " ".join(change.words for change in diff(read(two), read(other)))


def test_a_rule_of_another_name_is_the_same_rule() -> None:
    check = "        quality:\n          - { name: NAME, metric: duplicateValues, mustBe: 0 }\n"
    texts = [
        BASE.replace("- name: state\n", f"- name: state\n{check.replace('NAME', name)}") for name in "ab"
    ]
    (change,) = diff(*map(read, texts))
    assert (change.grade, change.words) == (Grade.COSMETIC, "The rule a is called b.")


SEVERITIES = st.sampled_from(list(Severity))


def bounded(kind: type[kinds.Range | kinds.Length], bounds: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """Rules with a lower bound, an upper one, or both."""
    two = st.tuples(bounds, bounds).map(sorted)
    sides = st.one_of(two, bounds.map(lambda low: [low, None]), bounds.map(lambda high: [None, high]))
    name = f"a.{kind.model_fields['kind'].default}"
    return st.builds(
        lambda severity, found: kind(id=name, column="a", severity=severity, low=found[0], high=found[1]),
        SEVERITIES,
        sides,
    )


def rules() -> st.SearchStrategy[kinds.AnyRule]:
    return st.one_of(
        bounded(kinds.Range, st.integers(-50, 50)),
        bounded(kinds.Length, st.integers(0, 9)),
        st.builds(kinds.OneOf, id=st.just("a.one_of"), column=st.just("a"), severity=SEVERITIES,
                  values=st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(tuple)),
        st.builds(kinds.NotNull, id=st.just("a.not_null"), column=st.just("a"), severity=SEVERITIES),
        st.builds(kinds.Pattern, id=st.just("a.pattern"), column=st.just("a"), pattern=st.sampled_from(["a", "b+"])),
    )  # fmt: skip


def lines() -> st.SearchStrategy[Threshold]:
    metrics = st.sampled_from(["completeness", "accuracy", "duplicates"])
    return st.builds(Threshold, metric=metrics, limit=st.sampled_from([0.1, 0.5, 0.9]), severity=SEVERITIES)


def contracts() -> st.SearchStrategy[Contract]:
    return st.builds(
        Contract,
        dataset=st.just("d"),
        title=st.sampled_from(["", "T"]),
        digest=st.uuids().map(str),
        columns=st.just(read(BASE).columns[1:2]),
        rules=st.lists(rules(), unique_by=lambda rule: rule.id).map(tuple),
        thresholds=st.lists(lines(), unique_by=lambda line: line.key).map(tuple),
        min_approvals=st.integers(1, 3),
        allow_no_review=st.booleans(),
    )


@given(contracts())
@settings(max_examples=60, deadline=None)
def test_a_contract_does_not_differ_from_itself(one: Contract) -> None:
    assert diff(one, one) == ()
    same = one.model_copy(update={"digest": "another"})
    assert [change.grade for change in diff(one, same)] == [Grade.COSMETIC]


MIRROR = {
    Grade.TIGHTENING: Grade.LOOSENING,
    Grade.LOOSENING: Grade.TIGHTENING,
    Grade.COSMETIC: Grade.COSMETIC,
}


def _subjects(changes: tuple[Change, ...], *, mirrored: bool = False) -> list[tuple[str, str, str]]:
    return sorted(
        (change.area, change.subject, str(MIRROR[change.grade] if mirrored and change.sure else change.grade))
        for change in changes
    )


@given(contracts(), contracts())
@settings(max_examples=200, deadline=None)
def test_swapping_turns_tightening_into_loosening(a: Contract, b: Contract) -> None:
    assert _subjects(diff(a, b)) == _subjects(diff(b, a), mirrored=True)


@pytest.mark.parametrize("name", ["customers", "divers"])
def test_our_own_contracts_can_be_compared(name: str) -> None:
    text = (PROJECT / "contracts" / f"{name}.yaml").read_bytes()
    contract = odcs.read(text)
    assert diff(contract, contract) == ()
    other = odcs.read((PROJECT / "contracts" / "customers.yaml").read_bytes())
    if name != "customers":
        assert worst(diff(other, contract)) is Grade.BREAKING
