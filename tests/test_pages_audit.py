"""The Audit page: sentences, filters, one event, verifying, and exports that can be verified elsewhere."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from published_house import ANA, BEN, CLEO, DAN, Made, for_reading, page, text, to_change
from sqlalchemy import text as sql

from governance.answers.telling import sentence
from governance.errors import NotPermitted
from governance.people import Person
from governance.workspace import Workspace
from storage.audit import GENESIS
from storage.models import AuditEvent

house, own = pytest.fixture(for_reading), pytest.fixture(to_change)


@pytest.mark.parametrize("who", [ANA, BEN, DAN], ids=lambda who: who.name)
def test_people_come_first(house: Made, who: Person) -> None:
    seen = page("audit", who)
    assert not seen.exception
    said = list(seen.dataframe[0].value["What happened"])
    assert "Ana submitted divers-5.csv to divers" in said
    assert not any(one.startswith("Stage ") for one in said)


def test_no_permission(house: Made) -> None:
    seen = page("audit", CLEO)
    assert "Cleo (analyst) may not read the audit log" in text(seen)
    assert not seen.dataframe


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(
            {"actor": "ben"}, {"Ben approved the rollback of customers from version 2 to 1"}, id="person"
        ),
        pytest.param({"all": "1", "action": "version restored"}, {"customers version 3 was"}, id="action"),
        pytest.param({"dataset": "divers"}, {"Ana submitted divers-4.csv to divers"}, id="dataset"),
        pytest.param(
            {"days": "1", "actor": "ana"}, {"Ana submitted customers-1.csv to customers"}, id="time"
        ),
    ],
)
def test_filters_stand_in_the_address(house: Made, query: dict[str, str], expected: set[str]) -> None:
    said = list(page("audit", DAN, **query).dataframe[0].value["What happened"])
    assert all(any(one.startswith(wanted) for one in said) for wanted in expected)


def test_choosing_a_filter(house: Made) -> None:
    seen = page("audit", DAN, run=house.waiting)
    assert set(seen.dataframe[0].value["Run"]) == {house.waiting}
    next(one for one in seen.selectbox if one.label == "Person").set_value("ben").run()
    assert "No event fits" in text(seen)
    assert seen.query_params["actor"] in ("ben", ["ben"])


def test_one_event_and_its_links(house: Made, own: Workspace) -> None:
    line = own.see.events(DAN, action="masking plan approved")[0]
    seen = page("audit", DAN, event=str(line.seq))
    assert not seen.exception
    assert f"Event {line.seq}" in text(seen)
    assert line.hash in text(seen)
    assert line.previous in text(seen)
    seen.button(key="event-earlier").click().run()
    assert f"Event {line.seq - 1}" in text(seen)
    seen.button(key="event-close").click().run()
    assert "event" not in seen.query_params


def test_a_whole_log(house: Made) -> None:
    seen = page("audit", DAN)
    seen.button(key="verify").click().run()
    assert "The log is whole." in seen.success[0].value
    assert "signed heads fit" in text(seen)


def test_a_log_that_was_tampered_with(own: Workspace) -> None:
    with own.house.ledger.write() as session:
        session.connection().execute(sql("DROP TRIGGER audit_update"))
        session.connection().execute(sql("UPDATE audit SET actor = 'ben' WHERE seq = 5"))
    seen = page("audit", DAN)
    seen.button(key="verify").click().run()
    assert "tampered" in seen.error[0].value
    assert "event 5" in seen.error[0].value


def test_the_export_can_be_verified_elsewhere(house: Made, own: Workspace) -> None:
    previous = GENESIS
    hashes: dict[int, str] = {}
    for line in own.see.event_lines(DAN):
        event = json.loads(line)
        stated = event.pop("hash")
        canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == stated
        assert event["previous"] == previous
        previous = hashes[event["seq"]] = stated
    assert len(hashes) == own.see.event_count(DAN)
    heads = own.see.heads(DAN)
    assert heads
    assert all(hashes[head.seq] == head.hash for head in heads)
    with pytest.raises(NotPermitted):
        own.see.event_lines(CLEO)


def event(
    action: str, actor: str = "ana", subject: str = "", **data: Any
) -> tuple[AuditEvent, dict[str, Any]]:
    row = AuditEvent(seq=1, at="", actor=actor, action=action, dataset="customers", run="r1", subject=subject,
                     data="", previous="", hash="")  # fmt: skip
    return row, data


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            event("decision waive", title="income: out of range", rows=1, expires="2027-02-01", reason="VIP"),
            "Ana waived 1 row of “income: out of range” until 2027-02-01: VIP",
            id="waiver",
        ),
        pytest.param(
            event("run releasing", reason="March"),
            "Ana started the release of run r1 of customers: March",
            id="publish",
        ),
        pytest.param(event("run failed", "worker"), "Run r1 of customers stopped with a fault", id="worker"),
        pytest.param(
            event("masking plan changed", subject="notes", operator="redact", reason="{odd} words"),
            "Ana changed the masking of notes to “redact”: {odd} words",
            id="braces in a reason",
        ),
        pytest.param(
            event("something new", subject="x"), "Ana: something new x", id="an action nobody foresaw"
        ),
        pytest.param(
            event("notification failed", "worker", "slack"), "A message by slack failed:", id="facts missing"
        ),
    ],
)
def test_sentences(told: tuple[AuditEvent, dict[str, Any]], expected: str) -> None:
    assert sentence(*told) == expected
