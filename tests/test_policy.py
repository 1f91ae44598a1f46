"""`--no-review`: an explicit policy with a name of its own in everything it decides; never silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from drive import ANA, BEN, DAN, Desk

from governance.errors import IllegalMove
from governance.people import NO_REVIEW
from governance.policy import REASON, decide_without_review
from governance.settings import PROJECT
from governance.states import State
from storage.models import Approval, AuditEvent, Decision, MaskingPlan, Run, Version

CUSTOMERS = (PROJECT / "contracts" / "customers.yaml").read_bytes()
REVIEW_ONLY = CUSTOMERS.replace(
    b"- { property: minApprovals, value: 1 }",
    b"- { property: minApprovals, value: 1 }\n      - { property: allowNoReview, value: false }",
)


@pytest.fixture
def unreviewed(empty: Desk, samples: tuple[Path, Path]) -> str:
    return empty.run(samples[1], no_review=True)


def test_the_run_is_published_and_the_policy_is_named_everywhere(empty: Desk, unreviewed: str) -> None:
    assert empty.state(unreviewed) is State.PUBLISHED
    (version,) = empty.rows_of(Version)
    assert (version.requested_by, version.approved_by, version.reason) == ("ana", NO_REVIEW, REASON)
    assert {one.person for one in empty.rows_of(Approval)} == {NO_REVIEW}
    assert {one.kind for one in empty.rows_of(Approval)} == {"masking", "publish"}
    assert {(one.person, one.action) for one in empty.rows_of(Decision)} == {(NO_REVIEW, "accept")}
    assert {one.approved_by for one in empty.rows_of(MaskingPlan)} == {NO_REVIEW}


def test_the_audit_names_it_and_nobody_else_decided(empty: Desk, unreviewed: str) -> None:
    said = [(event.actor, event.action) for event in empty.events(unreviewed) if event.actor != "worker"]
    assert said == [
        ("ana", "run submitted"),
        (NO_REVIEW, "decision accept"),
        (NO_REVIEW, "masking plan approved"),
        (NO_REVIEW, "publish approved"),
        (NO_REVIEW, "run approved"),
        (NO_REVIEW, "run releasing"),
    ]
    submitted = next(event for event in empty.events(unreviewed) if event.action == "run submitted")
    assert json.loads(submitted.data)["no_review"] is True
    assert any(REASON in event.sentence for event in empty.ws.see.events(DAN, actor=NO_REVIEW))


def test_rows_that_fail_stay_out(empty: Desk, unreviewed: str) -> None:
    rows = empty.row(unreviewed).rows
    assert rows["quarantined"] > 0
    assert empty.rows_of(Version)[0].rows == rows["kept"] == rows["passing"]


def test_it_shows_in_the_report_and_to_those_who_ask(empty: Desk, unreviewed: str) -> None:
    report = (empty.home / "reports" / unreviewed / "report.txt").read_text()
    assert NO_REVIEW in report
    (line,) = empty.ws.see.versions(BEN, "customers").versions
    assert line.approved_by == NO_REVIEW


def test_a_contract_may_forbid_it(empty: Desk, samples: tuple[Path, Path]) -> None:
    proposed = empty.ws.add_contract(ANA, REVIEW_ONLY)
    empty.ws.approve_contract(BEN, proposed.change, digest=proposed.digest)
    with pytest.raises(IllegalMove, match="customers does not allow --no-review") as refusal:
        empty.submit(samples[1], no_review=True)
    assert refusal.value.hint
    assert empty.rows_of(Run) == []


def test_a_contract_that_comes_with_the_file_may_forbid_it(empty: Desk, samples: tuple[Path, Path]) -> None:
    with pytest.raises(IllegalMove):
        empty.submit(samples[1], no_review=True, contract=REVIEW_ONLY)
    assert empty.rows_of(Run) == []


def test_it_does_not_run_under_a_change_that_nobody_approved(empty: Desk, samples: tuple[Path, Path]) -> None:
    with pytest.raises(IllegalMove, match="--no-review asks nobody"):
        empty.submit(samples[1], no_review=True, contract=CUSTOMERS + b"# changed\n")
    assert empty.rows_of(Run) == []


def test_a_refused_file_stays_refused(empty: Desk, tmp_path: Path) -> None:
    """The policy accepts what a person could accept, not what the contract refuses outright."""
    lines = [
        "customer_id,first_name,last_name,email,phone,date_of_birth,address,income,account_status,created_date"
    ]
    lines += [f"{n},A,B,no,no,no,no,no,no,no" for n in range(1, 6)]
    (tmp_path / "bad.csv").write_text("\n".join(lines) + "\n")
    run = empty.run(tmp_path / "bad.csv", no_review=True)
    assert (empty.state(run), empty.row(run).outcome) == (State.REJECTED, "refused")
    assert empty.rows_of(Version) == []
    assert NO_REVIEW not in {event.actor for event in empty.rows_of(AuditEvent)}


def test_without_it_a_run_waits_for_ever(desk: Desk, run: str) -> None:
    assert desk.work() == 0
    assert desk.state(run) is State.AWAITING_REVIEW
    assert desk.rows_of(Decision) == desk.rows_of(Approval) == []


def test_it_decides_once(empty: Desk, unreviewed: str) -> None:
    events = len(empty.events())
    decide_without_review(empty.ws.house, unreviewed)
    assert len(empty.events()) == events
    assert len(empty.rows_of(Version)) == 1
