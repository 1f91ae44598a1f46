"""Suggestions of a draft: support and counter-examples as counted by hand, and rejections that are remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from drive import ANA, BEN, Desk

from governance.contract import odcs
from governance.contract.drafting.suggestions import Drafted, Suggestion, left, without
from governance.errors import InputError, UnknownName
from storage.models import RejectedSuggestion

ROWS = 300


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """300 orders: one id is a word, one mail has no @, one state is odd, every tenth note is N/A."""
    lines = ["order_id,email,state,day,note"]
    for n in range(ROWS):
        mail = "nobody" if n == 7 else f"u{n}@x.example"
        state = "odd" if n == 9 else ("new", "paid")[n % 2]
        lines.append(f"{n + 1},{mail},{state},2026-01-{n % 28 + 1:02},{'N/A' if n % 10 == 0 else n}")
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def drafted(desk: Desk, file: Path, who: object = ANA) -> Drafted:
    digest, name = desk.ws.fetch(ANA, str(file))
    return desk.ws.suggestions(who, digest, name, "orders")  # type: ignore[arg-type]


def named(found: Drafted, key: str) -> Suggestion:
    return next(one for one in found.suggestions if one.key == key)


def test_each_suggestion_has_its_support_and_counter_examples(empty: Desk, file: Path) -> None:
    found = drafted(empty, file)
    mail = named(found, "email: format")
    assert (mail.failing, mail.rows, mail.examples) == (1, ROWS, ("nobody",))
    assert mail.support == pytest.approx(1 - 1 / ROWS)
    words = named(found, "state: words")
    assert (words.failing, words.examples) == (1, ("odd",))
    assert named(found, "order_id: key").support == 1.0
    assert named(found, "note: missing").support is None
    odcs.read(found.text.encode())


def test_every_rule_of_the_draft_is_a_suggestion(empty: Desk, file: Path) -> None:
    found = drafted(empty, file)
    rules = {rule.id for rule in odcs.read(found.text.encode()).rules if rule.kind != "ambiguous_date"}
    assert {one.rule for one in found.suggestions if one.rule} == rules


def test_examples_are_for_those_who_may_see_values(empty: Desk, file: Path) -> None:
    assert all(one.examples == () for one in drafted(empty, file, BEN).suggestions)


def test_a_rejected_one_does_not_come_back(empty: Desk, file: Path) -> None:
    before = drafted(empty, file)
    for one in before.suggestions:
        empty.ws.reject_suggestion(ANA, "orders", one.key, reason="not promised")
    after = drafted(empty, file)
    assert after.suggestions == ()
    assert set(after.rejected) == {one.key for one in before.suggestions}
    contract = odcs.read(after.text.encode())
    assert contract.rules == ()
    assert [column.name for column in contract.columns] == ["order_id", "email", "state", "day", "note"]
    assert {column.semantic for column in contract.columns} == {""}


@pytest.mark.parametrize("place", range(16))
def test_rejecting_one_leaves_the_others(empty: Desk, file: Path, place: int) -> None:
    before = drafted(empty, file)
    if place >= len(before.suggestions):
        pytest.skip("fewer suggestions than that")
    one = before.suggestions[place]
    text, gone = without(before.text, [one.key])
    assert gone == (one.key,)
    rules = {rule.id for rule in odcs.read(text.encode()).rules}
    others = {other.rule for other in before.suggestions if other.rule and other.column != one.column}
    assert {other.rule for other in left(before.suggestions, text) if other.rule} <= rules
    keyed = one.key == "order_id: required"  # a key is present anyway
    assert one.rule not in rules or not one.rule or keyed
    assert others <= rules
    assert without(text, [one.key]) == (text, ()), "once"


def test_a_rejection_is_kept_once_told_and_taken_back(empty: Desk, file: Path) -> None:
    for _ in range(2):
        empty.ws.reject_suggestion(ANA, "orders", "state: words", reason="others will come")
    assert len(empty.rows_of(RejectedSuggestion)) == 1
    assert "state: words" not in {one.key for one in drafted(empty, file).suggestions}
    empty.ws.allow_suggestion(BEN, "orders", "state: words")
    assert named(drafted(empty, file), "state: words")
    said = [event.sentence for event in empty.ws.see.events(ANA, dataset="orders")]
    assert said[::-1] == [
        "Ana rejected the suggestion state: words for orders: others will come",
        "Ben lets state: words be suggested again for orders",
    ]
    with pytest.raises(UnknownName):
        empty.ws.allow_suggestion(ANA, "orders", "state: words")
    with pytest.raises(InputError):
        empty.ws.reject_suggestion(ANA, "orders", "nonsense")


def test_one_dataset_s_rejections_are_not_another_s(empty: Desk, file: Path) -> None:
    empty.ws.reject_suggestion(ANA, "others", "state: words")
    assert named(drafted(empty, file), "state: words")
