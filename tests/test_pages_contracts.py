"""The Contracts page against a real installation: list, desk, rules, proposal, approval, back-test."""

from __future__ import annotations

from pathlib import Path

import pytest
from published_house import ANA, BEN, CLEO, DAN, for_reading, page, press, text, to_change
from streamlit.testing.v1 import AppTest

from governance.contract import odcs
from governance.workspace import Workspace

for_reading = pytest.fixture(for_reading)
fresh = pytest.fixture(to_change)


def open_at(who: object, **query: str) -> AppTest:
    test = page("contracts", who, **query)  # type: ignore[arg-type]
    assert not test.exception
    return test


def yaml_of(test: AppTest) -> str:
    return str(test.text_area[0].value)


def test_the_list_names_every_dataset(for_reading: object) -> None:
    said = text(open_at(DAN))
    assert "Customers" in said
    assert "Divers" in said
    assert "Contract 1" in said


def test_an_analyst_sees_none(for_reading: object) -> None:
    assert "may not see runs" in text(open_at(CLEO))


def test_the_desk_shows_form_yaml_and_the_rules_of_a_column(for_reading: object) -> None:
    test = open_at(ANA, dataset="customers")
    said = text(test)
    assert "It can be used" in said
    labels = " ".join(one.label for one in test.expander).replace("\\", "")
    assert "customer_id.unique" in labels
    assert "line 24" in labels
    assert "Nothing has changed yet" in said
    assert yaml_of(test).startswith("apiVersion")


def test_a_mistake_is_shown_with_its_line_while_typing(for_reading: object) -> None:
    test = open_at(ANA, dataset="customers")
    test.text_area[0].set_value(yaml_of(test).replace("logicalType: integer", "logicalType: intger", 1)).run()
    assert "Line 20: " in text(test)
    assert "logicalType: intger" in test.code[0].value
    test.text_area[0].set_value("a: [").run()
    assert not test.exception
    assert "not valid YAML" in text(test)


def field(test: AppTest, kind: str, label: str) -> object:
    return next(one for one in getattr(test, kind) if one.label == label)


def test_the_form_writes_one_place_and_the_change_is_graded(for_reading: object) -> None:
    test = open_at(ANA, dataset="customers")
    before = yaml_of(test)
    field(test, "selectbox", "Column").set_value("first_name").run()  # type: ignore[attr-defined]
    field(test, "number_input", "At most, characters").set_value(5)  # type: ignore[attr-defined]
    press(test, "Apply to the YAML")
    assert not test.exception
    after = yaml_of(test)
    assert after == before.replace("maxLength: 50", "maxLength: 5", 1)
    said = text(test)
    assert "tightening" in said
    assert "first_name.length: high was 50 and is 5" in said
    assert "fail]" in " ".join(one.label for one in test.expander)
    press(test, "Back-test on the last 5 versions")
    assert "would newly be blocked" in text(test)
    press(test, "Start over")
    assert yaml_of(test) == before


def test_the_table_s_form(for_reading: object) -> None:
    test = open_at(ANA, dataset="customers")
    field(test, "selectbox", "Column").set_value("The whole table").run()  # type: ignore[attr-defined]
    field(test, "number_input", "People who must approve a publish").set_value(2)  # type: ignore[attr-defined]
    press(test, "Apply to the YAML")
    assert odcs.read(yaml_of(test).encode()).min_approvals == 2


def test_values_are_shown_to_those_who_may_see_them(for_reading: object) -> None:
    for who, shown in ((ANA, True), (BEN, False)):
        test = open_at(who, dataset="customers", show="Rules")
        assert not test.exception
        assert "email.email" in " ".join(one.label for one in test.expander).replace("\\", "")
        assert shown or not test.dataframe


def test_a_change_is_proposed_by_one_and_approved_by_another(fresh: Workspace, tmp_path: Path) -> None:
    test = open_at(ANA, dataset="customers")
    test.text_area[0].set_value(yaml_of(test).replace("maxLength: 50", "maxLength: 40", 1)).run()
    assert test.button(key="propose").disabled
    test.text_input(key="propose-reason-customers").set_value("shorter names").run()
    test.button(key="propose").click().run()
    assert not test.exception
    (change,) = next(line for line in fresh.see.contracts(ANA) if line.dataset == "customers").waiting
    assert test.button(key=f"approve-{change.id}").disabled, "its author"
    assert "cannot approve it" in text(test)
    other = open_at(BEN, dataset="customers", change=change.id)
    assert "shorter names" in text(other)
    other.button(key=f"approve-{change.id}").click().run()
    assert not other.exception
    assert fresh.house.contract("customers").number == 2
    versions = open_at(DAN, dataset="customers", show="Versions")
    assert "approved by Ben" in " ".join(one.label for one in versions.expander)


def test_a_change_is_turned_down_with_a_reason(fresh: Workspace) -> None:
    text_ = fresh.house.contract("divers").text
    change = fresh.add_contract(ANA, text_ + b"# other\n").change
    test = open_at(BEN, dataset="divers")
    assert test.button(key=f"withdraw-{change}").disabled
    test.text_input(key=f"change-reason-{change}").set_value("no need").run()
    test.button(key=f"withdraw-{change}").click().run()
    assert fresh.see.contract_change(ANA, change).state == "withdrawn"


def test_an_unknown_dataset_shows_the_list(for_reading: object) -> None:
    assert "Customers" in text(open_at(ANA, dataset="nope"))
