"""A change of a contract needs a second person, on whichever way it comes."""

from __future__ import annotations

from pathlib import Path

import pytest
from drive import ANA, BEN, CLEO, DAN, EVE, SAM, Desk

from governance import approvals
from governance.errors import FourEyes, IllegalMove, InputError, NotPermitted, Stale, UnknownName
from governance.people import Person
from governance.proposals import Proposed
from governance.settings import PROJECT
from governance.states import State
from storage.models import Approval, AuditEvent, ContractChange, ContractVersion

CUSTOMERS = (PROJECT / "contracts" / "customers.yaml").read_bytes()
STRICT = CUSTOMERS.replace(b"maxLength: 50", b"maxLength: 20", 1)
LOOSE = CUSTOMERS.replace(b"maxLength: 50", b"maxLength: 90", 1)
FIRST = b"""\
apiVersion: v3.1.0
kind: DataContract
id: t
version: 1.0.0
status: active
schema:
  - name: t
    properties:
      - name: a
        logicalType: integer
      - name: b
"""


def propose(desk: Desk, text: bytes = STRICT, *, by: Person = ANA) -> Proposed:
    return desk.ws.add_contract(by, text, reason="too long")


def numbers(desk: Desk, dataset: str = "customers") -> list[int]:
    return [one.number for one in desk.rows_of(ContractVersion) if one.dataset == dataset]


def waiting(desk: Desk, who: Person) -> list[tuple[str, bool]]:
    return [(line.change, line.mine) for line in desk.ws.see.inbox(who).waiting if line.change]


def test_a_change_is_proposed_and_not_in_force(empty: Desk) -> None:
    proposed = propose(empty)
    assert (proposed.in_force, proposed.number, numbers(empty)) == (False, 2, [1])
    assert empty.ws.house.contract("customers").text == CUSTOMERS
    (change,) = empty.rows_of(ContractChange)
    assert (change.text, change.state, change.reason) == (STRICT, "waiting", "too long"), "byte for byte"


def test_another_person_brings_it_into_force(empty: Desk) -> None:
    proposed = propose(empty)
    assert empty.ws.approve_contract(BEN, proposed.change, digest=proposed.digest, reason="right") == 2
    assert empty.ws.house.contract("customers").text == STRICT
    line = next(line for line in empty.ws.see.contracts(BEN) if line.dataset == "customers")
    assert (line.number, line.waiting) == (2, ())
    assert (line.versions[0].added_by, line.versions[0].approved_by) == ("ana", "ben")
    assert [(one.kind, one.person, one.digest) for one in empty.rows_of(Approval)] == [
        ("contract", "ben", proposed.digest)
    ]


def test_each_step_is_in_the_audit_log(empty: Desk) -> None:
    proposed = propose(empty)
    empty.ws.approve_contract(BEN, proposed.change, digest=proposed.digest)
    other = propose(empty, LOOSE, by=BEN)
    empty.ws.withdraw_contract(ANA, other.change, reason="not now")
    said = [event.sentence for event in reversed(empty.ws.see.events(DAN, dataset="customers"))]
    assert said[1:] == [
        "Ana proposed a contract of customers: too long",
        "Ana added contract 2 of customers",
        "Ben approved contract 2 of customers",
        "Ben proposed a contract of customers: too long",
        "Ana turned down a proposed contract of customers: not now",
    ]


def test_the_same_bytes_are_proposed_once(empty: Desk) -> None:
    assert propose(empty).change == propose(empty).change == propose(empty, by=SAM).change
    assert len(empty.rows_of(ContractChange)) == 1
    again = propose(empty, CUSTOMERS)
    assert (again.in_force, again.change, again.number) == (True, "", 1)


def test_going_back_is_a_change_of_its_own(empty: Desk) -> None:
    one = propose(empty)
    empty.ws.approve_contract(BEN, one.change, digest=one.digest)
    back = propose(empty, CUSTOMERS)
    assert not back.in_force
    empty.ws.approve_contract(BEN, back.change, digest=back.digest)
    assert (numbers(empty), empty.ws.house.contract("customers").text) == ([1, 2, 3], CUSTOMERS)


REFUSALS = {
    "its author": (ANA, "", FourEyes, "proposed this contract"),
    "an analyst": (CLEO, "", NotPermitted, "may not approve"),
    "an auditor": (DAN, "", NotPermitted, "may not approve"),
    "another digest": (BEN, "0" * 64, Stale, "not 00000000"),
    "no digest": (BEN, " ", Stale, "not"),
}


@pytest.mark.parametrize(("who", "digest", "error", "words"), REFUSALS.values(), ids=REFUSALS)
def test_an_approval_that_does_not_count(
    empty: Desk, who: Person, digest: str, error: type[Exception], words: str
) -> None:
    proposed = propose(empty)
    with pytest.raises(error, match=words) as refusal:
        empty.ws.approve_contract(who, proposed.change, digest=digest.strip() if digest else proposed.digest)
    assert getattr(refusal.value, "hint", "")
    assert numbers(empty) == [1]
    assert empty.rows_of(Approval) == []


def test_it_is_void_when_another_came_between(empty: Desk) -> None:
    one, other = propose(empty), propose(empty, LOOSE)
    empty.ws.approve_contract(BEN, one.change, digest=one.digest)
    with pytest.raises(Stale, match="came into force since"):
        empty.ws.approve_contract(BEN, other.change, digest=other.digest)
    assert empty.ws.see.contract_change(BEN, other.change).stale
    again = propose(empty, LOOSE)
    assert again.change != other.change, "proposed again on the one in force"
    empty.ws.approve_contract(BEN, again.change, digest=again.digest)
    assert numbers(empty) == [1, 2, 3]


def test_it_is_approved_once_and_withdrawn_once(empty: Desk) -> None:
    one, other = propose(empty), propose(empty, LOOSE)
    empty.ws.approve_contract(BEN, one.change, digest=one.digest)
    empty.ws.withdraw_contract(ANA, other.change, reason="no")
    for change in (one, other):
        with pytest.raises(IllegalMove):
            empty.ws.approve_contract(EVE, change.change, digest=change.digest)
        with pytest.raises(IllegalMove):
            empty.ws.withdraw_contract(ANA, change.change, reason="no")
    with pytest.raises(InputError, match="reason"):
        empty.ws.withdraw_contract(ANA, other.change, reason=" ")
    with pytest.raises(UnknownName):
        empty.ws.approve_contract(BEN, "nope", digest="")


def test_the_inbox_says_what_would_change_and_to_whom_it_falls(empty: Desk) -> None:
    proposed = propose(empty)
    assert waiting(empty, ANA) == [(proposed.change, False)]
    assert waiting(empty, BEN) == [(proposed.change, True)]
    (line,) = [line for line in empty.ws.see.inbox(BEN).waiting if line.change]
    assert (line.what, line.page, line.action) == ("proposed: 1 tightening", "contracts", "Approve")
    empty.ws.approve_contract(BEN, proposed.change, digest=proposed.digest)
    assert waiting(empty, BEN) == []


# the first contract of a dataset


def test_a_first_contract_is_in_force_at_once_and_waits_to_be_confirmed(empty: Desk) -> None:
    first = empty.ws.add_contract(ANA, FIRST)
    assert (first.in_force, first.number) == (True, 1)
    assert waiting(empty, BEN) == [(first.change, True)]
    assert empty.ws.add_contract(ANA, FIRST) == first
    with pytest.raises(IllegalMove, match="in force already"):
        empty.ws.withdraw_contract(ANA, first.change, reason="no")
    assert empty.ws.approve_contract(BEN, first.change, digest=first.digest) == 1
    assert waiting(empty, BEN) == []
    assert numbers(empty, "t") == [1]


def test_contracts_of_the_folder_wait_for_nobody(empty: Desk) -> None:
    assert empty.rows_of(ContractChange) == []
    assert all(not line.waiting for line in empty.ws.see.contracts(ANA))


def test_a_lone_author_counts_as_one_who_decided(empty: Desk, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{n},x\n" for n in range(30)))
    first = empty.ws.add_contract(BEN, FIRST)
    run = empty.run(tmp_path / "t.csv", "t")
    with empty.ws.house.ledger.read() as session:
        assert approvals.involved(session, empty.row(run)) == {"ana", "ben"}
    with pytest.raises(FourEyes, match="Ben submitted or decided"):
        empty.ws.approve_plan(BEN, run, digest=empty.row(run).plan_digest)
    empty.ws.approve_contract(ANA, first.change, digest=first.digest)
    assert empty.publish(run) is State.PUBLISHED


# a contract that comes with a file


def test_a_run_under_a_proposed_contract_is_published_when_it_is_approved(
    empty: Desk, samples: tuple[Path, Path]
) -> None:
    run = empty.run(samples[0], contract=STRICT)
    (change,) = empty.rows_of(ContractChange)
    assert empty.state(run) is State.AWAITING_REVIEW
    assert empty.row(run).contract_digest == change.digest
    empty.accept_breaches(run)
    with pytest.raises(FourEyes):
        empty.ws.approve_plan(ANA, run, digest=empty.row(run).plan_digest)
    empty.approve_plan(run)
    with pytest.raises(IllegalMove, match="proposed and not approved"):
        empty.ws.approve(BEN, run, digest=empty.row(run).candidate)
    empty.ws.approve_contract(BEN, change.id, digest=change.digest)
    empty.ws.approve(BEN, run, digest=empty.row(run).candidate)
    empty.ws.publish(BEN, run)
    empty.work()
    assert empty.state(run) is State.PUBLISHED


def test_a_contract_with_a_mistake_is_not_proposed(empty: Desk) -> None:
    events = len(empty.rows_of(AuditEvent))
    with pytest.raises(InputError, match="line"):
        empty.ws.add_contract(ANA, STRICT.replace(b"logicalType: integer", b"logicalType: intger"))
    assert (empty.rows_of(ContractChange), len(empty.rows_of(AuditEvent))) == ([], events)
