"""The form writes only the places that changed: comments, unknown keys and every other byte stay."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.contract import odcs
from governance.contract.document import parse, plain_tree
from governance.contract.editing import REMOVE, Edit, edited
from governance.contract.form import ColumnForm, columns_of, table_of, with_column, with_table
from governance.contract.places import line_of
from governance.errors import ContractError
from governance.settings import PROJECT

TEXT = """\
# kept at the top
apiVersion: v3.1.0   # the standard
kind: DataContract
id: orders
version: 1.0.0
status: active
team: { name: "Sales", members: [] }          # not read by us
schema:
  - name: orders
    properties:
      # which order
      - name: order_id
        logicalType: integer
        primaryKey: true
      - name: 'a "b" 🤿'     # hostile
        tags: [x,   y]
        logicalTypeOptions: {minLength: 2,  maxLength: 9}
        customProperties:
        - {property: cleaning, value: [trim]}   # indented otherwise
        - {property: elsewhere, value: 1, vendor: other}
      - name: state
        enum:
          - { value: new }    # just in
          # a remark between
          - value: paid
            description: with money
          - { value: sent }
        quality:
          - { name: state_there, metric: nullValues, mustBe: 0 }
      - name: amount
        logicalType: number
    customProperties:
      - property: thresholds
        value:
          - { metric: accuracy, mustBeGreaterOrEqualTo: 0.98 }
          - { metric: accuracy, mustBeGreaterOrEqualTo: 50, unit: percent, severity: critical }
      - { property: minApprovals, value: 1 }
price:
  priceAmount: 9.95
"""
HOSTILE = 'a "b" 🤿'


def column(name: str, text: str = TEXT) -> ColumnForm:
    return next(one for one in columns_of(text) if one.name == name)


def changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and not line.startswith(("---", "+++"))]


def changed(name: str, **fields: object) -> list[str]:
    text = with_column(TEXT, column(name).model_copy(update=fields))
    odcs.read(text.encode())
    assert column(name, text) == column(name).model_copy(update=fields)
    return changes(TEXT, text)


FORM = {
    "required": ("amount", {"required": True}, ["+        required: true"]),
    "a bound": ("amount", {"minimum": "0"}, ["+        logicalTypeOptions: { minimum: 0 }"]),
    "a broken bound": ("amount", {"maximum": "12.5"}, ["+        logicalTypeOptions: { maximum: 12.5 }"]),
    "in a flow mapping": (
        HOSTILE, {"max_length": 40},
        ["-        logicalTypeOptions: {minLength: 2,  maxLength: 9}", "+        logicalTypeOptions: {minLength: 2,  maxLength: 40}"],
    ),
    "out of a flow mapping": (
        HOSTILE, {"min_length": None},
        ["-        logicalTypeOptions: {minLength: 2,  maxLength: 9}", "+        logicalTypeOptions: {maxLength: 9}"],
    ),
    "a pattern": (
        HOSTILE, {"pattern": "[a-z]+: #x"},
        ["-        logicalTypeOptions: {minLength: 2,  maxLength: 9}",
         '+        logicalTypeOptions: {minLength: 2,  maxLength: 9, pattern: "[a-z]+: #x"}'],
    ),
    "cleaning": (
        HOSTILE, {"cleaning": ("trim", "lower")},
        ["-        - {property: cleaning, value: [trim]}   # indented otherwise",
         "+        - {property: cleaning, value: [trim, lower]}   # indented otherwise"],
    ),
    "severity": (HOSTILE, {"severity": "low"}, ["+        - { property: severity, value: low }"]),
    "a first custom property": (
        "amount", {"missing": ("N/A", "null")},
        ['+        customProperties: [{ property: missingValues, value: [N/A, "null"] }]'],
    ),
    "a word more": ("state", {"words": ("new", "paid", "sent", "no")}, ['+          - { value: "no" }']),
    "a word less": ("state", {"words": ("new", "sent")}, ["-          - value: paid", "-            description: with money"]),
    "type": ("amount", {"type": "integer"}, ["-        logicalType: number", "+        logicalType: integer"]),
    "a type that was not said": ("state", {"type": "string", "unique": True}, ["+        unique: true"]),
    "nothing": ("order_id", {}, []),
}  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "expected"), FORM.values(), ids=FORM)
def test_a_field_changes_its_place_and_nothing_else(
    name: str, fields: dict[str, object], expected: list[str]
) -> None:
    assert changed(name, **fields) == expected


def test_what_the_form_sets_it_takes_away_again() -> None:
    for case, (name, fields, _) in FORM.items():
        text = with_column(TEXT, column(name).model_copy(update=fields))
        back = with_column(text, column(name))
        if case != "a word less":  # what was said of the word went with it
            assert plain_tree(back.encode()) == plain_tree(TEXT.encode()), case
        assert column(name, back) == column(name)


TABLE = {
    "a share": ({"accuracy": 97.5}, "+          - { metric: accuracy, mustBeGreaterOrEqualTo: 0.975 }"),
    "in percent": ({"refuse_below": 60.0}, "mustBeGreaterOrEqualTo: 60, unit: percent, severity: critical }"),
    "a new line": ({"duplicates": 1.0}, "+          - { metric: duplicates, mustBeLessOrEqualTo: 1, unit: percent, severity: high }"),
    "no line": ({"accuracy": None}, "-          - { metric: accuracy, mustBeGreaterOrEqualTo: 0.98 }"),
    "approvals": ({"min_approvals": 2}, "+      - { property: minApprovals, value: 2 }"),
    "review only": ({"allow_no_review": False}, "+      - { property: allowNoReview, value: false }"),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "line"), TABLE.values(), ids=TABLE)
def test_the_table_s_lines(fields: dict[str, object], line: str) -> None:
    wanted = table_of(TEXT).model_copy(update=fields)
    text = with_table(TEXT, wanted)
    odcs.read(text.encode())
    assert table_of(text) == wanted
    assert len(changes(TEXT, text)) <= 2
    assert any(line in change for change in changes(TEXT, text)), changes(TEXT, text)


def test_a_table_without_thresholds_gets_them() -> None:
    bare = TEXT[: TEXT.index("    customProperties:\n      - property: thresholds")]
    text = with_table(bare, table_of(bare).model_copy(update={"accuracy": 98.0, "min_approvals": 3}))
    assert [line.key for line in odcs.read(text.encode()).thresholds] == ["accuracy"]
    assert odcs.read(text.encode()).min_approvals == 3


def test_anchors_are_left_to_a_round_trip_that_keeps_comments() -> None:
    text = TEXT.replace("{minLength: 2,  maxLength: 9}", "&bounds {minLength: 2,  maxLength: 9}")
    text = text.replace(
        "      - name: state\n", "      - name: state   # where it is\n        logicalTypeOptions: *bounds\n"
    )
    after = edited(text, [Edit(path=("schema", 0, "properties", 3, "required"), value=True)])
    assert "&bounds" in after
    assert "# where it is" in after


def test_what_cannot_be_done_without_loss_is_refused() -> None:
    for path in (("d", "e"), ("a", "b", "c")):
        with pytest.raises(ContractError, match="There is no place"):
            edited("a: {b: 1}\n", [Edit(path=path, value=1)])
    with pytest.raises(ContractError, match="no column"):
        with_column(TEXT, ColumnForm(name="nobody"))
    with pytest.raises(ContractError, match="no number"):
        with_column(TEXT, column("amount").model_copy(update={"minimum": "twelve"}))
    for odd in ("- a\n", "schema: 3\n", "schema: [{name: x, properties: [3]}]\n", "a: [", ""):
        with pytest.raises(ContractError):
            columns_of(odd)


def test_line_endings_and_a_missing_last_one() -> None:
    windows = TEXT.replace("\n", "\r\n")
    text = with_column(windows, column("amount").model_copy(update={"required": True}))
    assert text.count("\r\n") == windows.count("\r\n") + 1
    short = "schema:\n  - name: t\n    properties:\n      - name: a"
    assert with_column(short, ColumnForm(name="a", required=True)).endswith(
        "- name: a\n        required: true\n"
    )


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
VALUES = st.one_of(
    WORDS, st.integers(-(10**12), 10**12), st.booleans(), st.floats(-1e6, 1e6), st.lists(WORDS, max_size=3)
)


def paths(tree: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(tree, dict):
        found += [one for key, value in tree.items() for one in paths(value, (*path, key))]
    if isinstance(tree, list):
        found += [one for at, value in enumerate(tree) for one in paths(value, (*path, at))]
    return found


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_place_can_be_changed_and_every_other_stays(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(paths(plain_tree(TEXT.encode()))))
    value = data.draw(st.one_of(VALUES, st.just(REMOVE)))
    before = plain_tree(TEXT.encode())
    try:
        after = edited(TEXT, [Edit(path=path, value=value)])
    except ContractError:
        return
    expected: object = before
    for part in path[:-1]:
        expected = expected[part]  # type: ignore[index]
    if value is REMOVE:
        del expected[path[-1]]  # type: ignore[attr-defined]
    else:
        expected[path[-1]] = value  # type: ignore[index]
    assert plain_tree(after.encode()) == before
    assert "# kept at the top" in after


@pytest.mark.parametrize("name", ["customers", "divers"])
def test_our_contracts_through_the_form(name: str) -> None:
    text = (PROJECT / "contracts" / f"{name}.yaml").read_text()
    for one in columns_of(text):
        assert with_column(text, one) == text
        assert len(changes(text, with_column(text, one.model_copy(update={"severity": "low"})))) <= 2
    assert with_table(text, table_of(text)) == text


def test_each_rule_knows_its_line() -> None:
    document, contract = parse(TEXT.encode()), odcs.read(TEXT.encode())
    lines = TEXT.splitlines()
    found = {rule.id: lines[line_of(document, rule) - 1].strip() for rule in contract.rules}
    assert found == {
        "order_id.not_null": "primaryKey: true",
        "order_id.type": "logicalType: integer",
        "order_id.unique": "primaryKey: true",
        f"{HOSTILE}.length": "logicalTypeOptions: {minLength: 2,  maxLength: 9}",
        "state.one_of": "enum:",
        "state_there": "- { name: state_there, metric: nullValues, mustBe: 0 }",
        "amount.type": "logicalType: number",
    }
