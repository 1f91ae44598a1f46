"""The Versions page: the timeline, differences, rollbacks by two people, and the shelf for analysts."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from published_house import ANA, BEN, CLEO, DAN, Made, for_reading, page, press, text, to_change, work
from streamlit.testing.v1 import AppTest

from governance.people import Person
from governance.workspace import Workspace

house, own = pytest.fixture(for_reading), pytest.fixture(to_change)


def labels(test: AppTest) -> list[str]:
    return [one.label for one in test.button]


@pytest.mark.parametrize("who", [ANA, BEN, CLEO, DAN], ids=lambda who: who.name)
def test_everyone_sees_the_timeline_and_the_masked_rows(house: Made, who: Person) -> None:
    seen = page("versions", who, dataset="customers")
    assert not seen.exception
    said = text(seen)
    assert "restored from 1" in said
    assert "equals version 1 row for row" in said
    assert "“Second delivery”" in said
    rows = seen.dataframe[0].value
    assert len(rows) == 50
    assert rows["email"].str.startswith("p1_").all()
    assert rows["address"].eq("[redacted]").all()


def test_an_analyst_sees_no_runs_and_asks_for_nothing(house: Made) -> None:
    seen = page("versions", CLEO)
    assert "Open the release" not in labels(seen)
    assert seen.button(key="back-1").disabled
    assert "Cleo (analyst) may not ask for a rollback" in text(seen)


def test_candidates_wait_above_the_timeline(house: Made) -> None:
    seen = page("versions", BEN, dataset="customers")
    assert "customers-3.csv" in text(seen)
    seen.button(key=f"release-{house.waiting}").click().run()
    assert seen.session_state["going"] == ("release", {"run": house.waiting})


def test_before_the_first_version(house: Made) -> None:
    for who, submits in ((ANA, True), (CLEO, False)):
        seen = page("versions", who, dataset="divers")
        assert "No version yet" in text(seen)
        assert ("Submit a file" in labels(seen)) is submits


@pytest.mark.parametrize(
    ("version", "since", "says"),
    [
        pytest.param("2", "1", "Changed cells by column", id="two deliveries differ"),
        pytest.param(
            "3", "1", "Version 3 equals version 1, row for row", id="a rollback is the version it restores"
        ),
        pytest.param("2", "no", "Changed cells by column", id="nonsense in the address: the one before"),
    ],
)
def test_what_changed_between_two(house: Made, version: str, since: str, says: str) -> None:
    seen = page("versions", CLEO, dataset="customers", version=version, show="changes", **{"from": since})
    assert not seen.exception
    assert says in text(seen)


def test_an_unknown_version_shows_the_current_one(house: Made) -> None:
    assert "#### Version 3" in text(page("versions", ANA, dataset="customers", version="99"))


def test_a_rollback_takes_two_people(own: Workspace) -> None:
    seen = page("versions", ANA, dataset="customers")
    seen.button(key="back-2").click().run()
    assert "as version **4**" in text(seen)
    press(seen, "Ask to roll back to 2")
    assert "A rollback needs a reason." in text(seen)
    next(one for one in seen.text_input if "rollback-reason" in (one.key or "")).set_value("It was right")
    press(seen, "Ask to roll back to 2")
    wish = own.see.versions(BEN, "customers").rollbacks[0]
    assert seen.button(key=f"approve-{wish.id}").disabled
    assert "Ana asked for this rollback" in text(seen)

    seen = page("versions", CLEO, dataset="customers")
    assert f"approve-{wish.id}" not in [one.key for one in seen.button]
    seen = page("versions", BEN, dataset="customers")
    assert "“It was right”" in text(seen)
    seen.button(key=f"approve-{wish.id}").click().run()
    assert own.see.versions(BEN, "customers").rollbacks[0].state == "releasing"
    work(own)
    seen = page("versions", BEN, dataset="customers")
    assert not seen.exception
    assert "restored from 2" in text(seen)
    assert "equals version 2 row for row" in text(seen)
    assert "#### Version 4" in text(seen)


def test_a_rollback_can_be_withdrawn(own: Workspace) -> None:
    wish = own.ask_rollback(ANA, "customers", 1, reason="Perhaps")
    seen = page("versions", ANA, dataset="customers")
    seen.button(key=f"withdraw-{wish}").click().run()
    assert not own.see.versions(ANA, "customers").rollbacks


def test_a_rollback_that_another_version_overtook(own: Workspace) -> None:
    overtaken = own.ask_rollback(ANA, "customers", 1, reason="Perhaps")
    other = own.ask_rollback(ANA, "customers", 2, reason="Rather this")
    own.approve_rollback(BEN, other, digest=own.see.versions(BEN, "customers").rollbacks[0].digest)
    work(own)
    seen = page("versions", BEN, dataset="customers")
    assert seen.button(key=f"approve-{overtaken}").disabled
    assert "Version 4 was published since this was asked for" in text(seen)


def test_the_shelf_as_a_file(house: Made, own: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "shelf.csv"
    lines = own.see.shelf_csv(CLEO, "customers", 1, out)
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == lines == own.see.shelf(CLEO, "customers", 1).total
    assert all(row["email"].startswith("p1_") for row in rows)
