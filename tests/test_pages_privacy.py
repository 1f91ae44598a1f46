"""The Privacy and Release pages: what each role sees in each state, and that the buttons call the verbs."""

from __future__ import annotations

import itertools

import pytest
from published_house import ANA, BEN, CLEO, DAN, Made, for_reading, made, page, press, text, to_change, work
from sqlmodel import Session

from governance.answers import runs
from governance.answers.runs import Strip
from governance.people import Person
from governance.states import State
from governance.workspace import Workspace
from storage.models import Run

house, own = pytest.fixture(for_reading), pytest.fixture(to_change)


@pytest.mark.parametrize(
    ("who", "says", "may"),
    [
        pytest.param(BEN, "The plan was proposed from the evidence", True, id="an approver may"),
        pytest.param(ANA, "Ana submitted or decided here", False, id="four eyes: not who submitted"),
        pytest.param(DAN, "Dan (auditor) may not approve", False, id="an auditor only reads"),
    ],
)
def test_a_plan_that_waits(house: Made, who: Person, says: str, may: bool) -> None:
    seen = page("privacy", who, run=house.unplanned)
    assert not seen.exception
    assert says in text(seen)
    assert seen.button(key="approve-plan").disabled is not may
    assert all(one.disabled is (who is DAN) for one in seen.selectbox)


def test_the_unexpected_comes_first_with_its_evidence(house: Made) -> None:
    seen = page("privacy", BEN, run=house.waiting)
    columns = [one.value for one in seen.markdown if one.value.startswith("##### ")]
    assert columns[0].replace("\\", "").startswith("##### notes\n")
    assert "not in the contract" in columns[0]
    assert "9 of 11 columns" in text(seen) or "8 of 11 columns" in text(seen)
    assert "approved by Ben" in text(seen)


@pytest.mark.parametrize("name", ["privacy", "release"])
def test_before_there_is_anything(house: Made, name: str) -> None:
    seen = page(name, ANA, run=house.queued)
    assert not seen.exception
    assert {"privacy": "No masking plan yet", "release": "No candidate to release"}[name] in text(seen)


@pytest.mark.parametrize("name", ["privacy", "release"])
@pytest.mark.parametrize(
    ("who", "run", "says"),
    [
        pytest.param(CLEO, "waiting", "Cleo (analyst) may not see runs", id="no permission"),
        pytest.param(ANA, "", "Choose a run", id="no run in the address"),
        pytest.param(ANA, "no-such-run", "There is no run", id="a run that does not exist"),
    ],
)
def test_what_cannot_be_shown(house: Made, name: str, who: Person, run: str, says: str) -> None:
    seen = page(name, who, **({"run": getattr(house, run, run)} if run else {}))
    assert not seen.exception
    assert says in text(seen)


def test_changing_an_operator_takes_a_reason_and_a_new_revision(own: Workspace) -> None:
    run = made().unplanned
    seen = page("privacy", ANA, run=run)
    before = own.see.privacy(ANA, run)
    assert before
    column = next(line for line in before.columns if line.verdict.column == "email")
    wanted = next(at for at, offer in enumerate(column.offers) if offer.operator.kind == "redact")
    box = next(one for one in seen.selectbox if one.label == "How email is masked")
    box.set_value(wanted).run()
    press(seen, "Change the masking of email")
    assert "Changing the plan needs a reason." in text(seen)
    next(one for one in seen.text_input if one.key and one.key.endswith("-email")).set_value("Not needed")
    press(seen, "Change the masking of email")
    assert not seen.exception
    after = own.see.privacy(ANA, run)
    assert after
    assert after.strip.revision == before.strip.revision + 1
    assert after.strip.state == State.REVISING
    changed = next(line for line in after.columns if line.verdict.column == "email")
    assert (changed.mask.operator.kind, changed.mask.reason) == ("redact", "Not needed")
    events = own.see.events(DAN, run=run, action="masking plan changed")
    assert events[0].sentence == "Ana changed the masking of email to “redact”: Not needed"


def test_approving_the_plan(own: Workspace) -> None:
    run = made().unplanned
    seen = page("privacy", BEN, run=run)
    seen.button(key="approve-plan").click().run()
    assert "approved by Ben" in text(seen)
    plan = own.see.privacy(BEN, run)
    assert plan
    assert plan.approved


def test_a_click_is_not_lost_when_the_worker_ends_while_the_page_is_drawn(
    own: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is asked for by a click; at its top the worker was still at it, a moment later no more."""
    run = made().unplanned
    seen = page("privacy", BEN, run=run)
    true, asked = runs.strip_of, itertools.count()

    def strip_of(session: Session, row: Run) -> Strip:
        found = true(session, row)
        return found if next(asked) else found.model_copy(update={"state": State.REVISING})

    monkeypatch.setattr(runs, "strip_of", strip_of)
    seen.button(key="approve-plan").click().run()
    assert next(asked)
    plan = own.see.privacy(BEN, run)
    assert plan
    assert plan.approved


def test_a_release_says_what_blocks_it(house: Made) -> None:
    seen = page("release", DAN, run=house.unplanned)
    said = text(seen)
    assert "1 breach to decide" in said
    assert "Masking plan not approved" in said
    assert "0 of 1 approval given" in said
    assert "it is the first version" in said
    assert seen.button(key="approve").disabled


def test_a_release_shows_what_it_would_change(house: Made) -> None:
    seen = page("release", BEN, run=house.waiting)
    assert not seen.exception
    assert "against version 3" in text(seen)
    assert [one.label for one in seen.metric][:3] == ["Rows added", "Rows removed", "Rows changed"]
    assert "Known and small" in text(seen)
    assert not seen.button(key="approve").disabled


def test_approve_publish_and_its_end(own: Workspace) -> None:
    run = made().waiting
    seen = page("release", BEN, run=run)
    seen.button(key="approve").click().run()
    assert own.see.strip(BEN, run).state == State.APPROVED
    seen = page("release", ANA, run=run)
    assert "Approved by Ben" in text(seen)
    next(one for one in seen.text_input).set_value("March")
    seen.button(key="publish").click().run()
    assert "Version 4 is being published" in text(seen)
    work(own)
    seen = page("release", ANA, run=run)
    assert not seen.exception
    assert "Version 4 is published" in text(seen)
    assert "Reason: March" in text(seen)


def test_who_submitted_cannot_approve(house: Made) -> None:
    seen = page("release", ANA, run=house.waiting)
    assert seen.button(key="approve").disabled
    assert "Ana submitted or decided here" in text(seen)


def test_rejecting_a_run(own: Workspace) -> None:
    run = made().waiting
    seen = page("release", ANA, run=run)
    seen.button(key="reject").click().run()
    press(seen, "Reject the run")
    assert "Rejecting a run needs a reason." in text(seen)
    next(one for one in seen.text_input if one.key == f"reject-{run}").set_value("Wrong month")
    press(seen, "Reject the run")
    assert own.see.strip(ANA, run).state == State.REJECTED
    assert own.see.events(DAN, run=run, action="run rejected")[0].sentence.endswith(": Wrong month")
