"""The house: contracts on record, names found, and a home that works wherever it lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from drive import ANA, BEN, CLEO, Desk

from governance.decisions import choice_of
from governance.errors import ContractError, UnknownName
from governance.house import add_contract, dataset_name, open_house
from governance.people import PERSONAS, Role, Verb, person, title
from governance.review.choices import Action
from governance.settings import PROJECT, Settings
from governance.states import State
from governance.workspace import Workspace
from storage.models import ContractVersion, Decision, Item, Version

CUSTOMERS = (PROJECT / "contracts" / "customers.yaml").read_bytes()


def test_a_first_visitor_finds_the_projects_contracts(empty: Desk) -> None:
    house = empty.ws.house
    assert house.datasets() == ["customers", "divers"]
    first = house.contract("customers")
    assert (first.number, first.added_by, first.text) == (1, "system", CUSTOMERS)
    assert {folder.name for folder in empty.home.iterdir()} >= {
        "vault",
        "shelf",
        "reports",
        "logs",
        "metrics",
    }


def test_opening_again_adds_nothing(empty: Desk) -> None:
    before = empty.rows_of(ContractVersion), len(empty.events())
    again = open_house(Settings(home=empty.home))
    assert len(again.datasets()) == 2
    assert (empty.rows_of(ContractVersion), len(empty.events())) == before


def test_contracts_come_from_the_folder_that_is_set(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert open_house(Settings(home=tmp_path / "home", contracts=tmp_path / "none")).datasets() == []


def test_a_contract_is_kept_byte_for_byte_and_versioned(empty: Desk) -> None:
    house = empty.ws.house
    text = CUSTOMERS + "\n# é, and a space at the end \n".encode()
    second = add_contract(house, text, by="ana")
    assert (second.number, house.contract("customers").text) == (2, text)
    assert add_contract(house, text, by="ben").number == 2, "the same bytes are recorded once"
    assert add_contract(house, CUSTOMERS, by="ana").number == 3, "going back is a version of its own"
    assert house.contract_by_digest(second.digest).dataset == "customers"
    added = [(event.actor, event.subject) for event in empty.events() if event.action == "contract added"]
    assert added[-2:] == [("ana", "contract 2"), ("ana", "contract 3")]


def test_a_contract_with_a_typo_is_refused_and_not_recorded(empty: Desk) -> None:
    before = empty.rows_of(ContractVersion)
    with pytest.raises(ContractError) as refusal:
        add_contract(
            empty.ws.house, CUSTOMERS.replace(b"logicalType: integer", b"logicalType: intger"), by="ana"
        )
    assert "intger" in str(refusal.value)
    assert empty.rows_of(ContractVersion) == before


def test_unknown_names_say_which_are_known(empty: Desk) -> None:
    house = empty.ws.house
    with pytest.raises(UnknownName, match=r"'nope'.*customers, divers"):
        house.contract("nope")
    with pytest.raises(UnknownName, match="status"):
        house.run("nope")
    with pytest.raises(UnknownName, match="12345678"):
        house.contract_by_digest("123456789")


def test_a_run_is_found_by_a_beginning_that_only_it_has(desk: Desk, run: str) -> None:
    digest = desk.row(run).input_digest
    others = {desk.ws.submit(ANA, "customers", input_digest=digest, file="f.csv") for _ in range(40)}
    house = desk.ws.house
    assert house.run(run).id == run
    assert house.run(run[:9]).id == run
    several = next(one[0] for one in others if sum(other[0] == one[0] for other in others) > 1)
    for unclear in (several, "", "%", "_" * 10):
        with pytest.raises(UnknownName):
            house.run(unclear)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("customers.csv", "customers"),
        ("s3://bucket/2024/Dirty Cafe-Sales.csv.gz", "dirty_cafe_sales"),
        ("2024.csv", "table_2024"),
        ("été.csv", "t"),
        ("---.csv", "table"),
        ("", "table"),
    ],
)
def test_a_datasets_name_from_a_files(file: str, name: str) -> None:
    assert dataset_name(file) == name


# people


def test_personas_have_a_role_each() -> None:
    assert [(one.name, one.role) for one in PERSONAS] == [
        ("ana", Role.STEWARD), ("ben", Role.APPROVER), ("cleo", Role.ANALYST), ("dan", Role.AUDITOR),
        ("ida", Role.ADMIN),
    ]  # fmt: skip
    assert person(" ANA ") == ANA
    assert (title("ben"), title("policy:no-review")) == ("Ben", "policy:no-review")
    with pytest.raises(UnknownName, match=r"zoe.*ana \(steward\), ben"):
        person("zoe")


NEEDED = {Verb.BREAK_GLASS: "admin", Verb.SEE_REVIEWERS: "approver or auditor"}


@pytest.mark.parametrize("one", PERSONAS, ids=lambda one: one.name)
@pytest.mark.parametrize("verb", Verb, ids=lambda verb: verb.name)
def test_may_and_why_not_agree(one: object, verb: Verb) -> None:
    from governance.errors import NotPermitted
    from governance.people import Person

    assert isinstance(one, Person)
    assert one.may(verb) == (one.why_not(verb) == "")
    if one.may(verb):
        one.must(verb)
        return
    with pytest.raises(NotPermitted) as refusal:
        one.must(verb)
    assert verb.value in refusal.value.message
    assert NEEDED.get(verb, "steward") in refusal.value.message
    assert refusal.value.hint


def test_only_stewards_see_personal_data() -> None:
    assert [one.name for one in PERSONAS if one.may(Verb.SEE_VALUES)] == ["ana"]


# a home that was moved


def test_a_moved_home_goes_on_in_the_middle_of_a_review(desk: Desk, run: str, tmp_path: Path) -> None:
    """Decided here, moved, and revised, previewed, published and rolled back there; the old place is gone."""
    clusters = desk.items(run, "cluster")
    waived = next(item for item in clusters if item.waivable)
    desk.ws.decide(ANA, run, waived.key, Action.WAIVE, reason="seen")
    desk.close()
    there = tmp_path / "another disk" / "home é"
    shutil.move(desk.home, there)
    moved = Desk.at(there)
    assert moved.work() == 1
    assert moved.state(run) is State.AWAITING_REVIEW
    assert moved.row(run).rows["waived"] == waived.rows
    other = next(item for item in clusters if item.key != waived.key)
    assert moved.ws.preview(ANA, run, other.key, Action.REJECT).after.rejected == other.rows
    assert len(moved.ws.see.item_rows(ANA, run, other.key).rows) == other.rows
    assert moved.ws.see.failing_cells(ANA, run, tmp_path / "cells.csv")
    assert moved.publish(run) is State.PUBLISHED
    assert moved.ws.see.shelf(CLEO, "customers", 1).total == moved.row(run).rows["kept"]
    moved.close()


def test_a_moved_home_rolls_back_to_a_version_from_before(later: Desk, second: str, tmp_path: Path) -> None:
    later.close()
    there = tmp_path / "moved"
    shutil.move(later.home, there)
    moved = Desk.at(there)
    assert moved.publish(second) is State.PUBLISHED
    moved.roll_back(1)
    first, _, third = moved.rows_of(Version)
    assert third.content == first.content
    assert moved.ws.see.difference(BEN, "customers", 1, 3).same
    assert moved.ws.verify_audit(ANA).whole
    moved.close()


def test_no_path_into_the_old_home_is_followed(desk: Desk, run: str, tmp_path: Path) -> None:
    """The records still name the first place; every way to a table goes by the vault of now."""
    item = next(item for item in desk.rows_of(Item) if item.kind == "cluster")
    assert not item.details["failing"].startswith(str(desk.home)), "this home is a copy of the template"
    desk.ws.decide(ANA, run, item.key, Action.REJECT, reason="no")
    desk.work()
    (decision,) = desk.rows_of(Decision)
    table = choice_of(desk.ws.house, decision).failing
    assert table
    assert table.is_relative_to(desk.home)
    assert desk.state(run) is State.AWAITING_REVIEW


def test_two_workspaces_on_one_home_see_the_same(desk: Desk, run: str) -> None:
    other = Workspace.open(Settings(home=desk.home))
    item = next(item for item in desk.items(run, "cluster"))
    other.decide(ANA, run, item.key, Action.REJECT, reason="no")
    assert desk.state(run) is State.REVISING
