"""No exemption for admins: one act of its own, with a reason, in red until another person has signed it off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from drive import ANA, BEN, CLEO, DAN, EVE, SAM, Desk

from governance.errors import FourEyes, GovernanceError, IllegalMove, InputError, NotPermitted, Stale
from governance.people import Person, person
from governance.review.choices import Action
from governance.states import State
from storage.models import Version

IDA = person("ida")


def ready(desk: Desk, run: str) -> str:
    desk.accept_breaches(run)
    desk.approve_plan(run)
    return desk.row(run).candidate


def broken(desk: Desk, run: str) -> None:
    desk.ws.break_glass(IDA, run, digest=ready(desk, run), reason="the branch cannot pay wages")
    desk.work()
    assert desk.state(run) is State.PUBLISHED


def test_it_publishes_and_is_red_until_someone_else_signed_it_off(desk: Desk, run: str) -> None:
    broken(desk, run)
    assert desk.rows_of(Version)[0].approved_by == ""
    (line,) = desk.ws.see.unsigned(DAN)
    assert (line.run, line.person, line.reason) == (run, "Ida", "the branch cannot pay wages")
    html = (desk.home / "reports" / run / "report.html").read_text()
    assert 'class="glass bad"' in html
    assert "Nobody signed it off yet" in html
    assert "WITHOUT A SECOND PERSON" in " ".join(one.sentence for one in desk.ws.see.events(DAN, run=run))
    told = [one.sentence for one in desk.ws.see.events(DAN, run=run)]
    assert not any("has the approvals it needs" in one for one in told), "nobody approved it"
    desk.ws.sign_off(BEN, run, reason="wages were due")
    assert desk.ws.see.unsigned(DAN) == ()
    html = (desk.home / "reports" / run / "report.html").read_text()
    assert 'class="glass bad"' not in html
    assert "Signed off by Ben: wages were due" in html
    assert desk.ws.see.report(BEN, run)["txt"].count("Signed off by Ben") >= 1
    assert desk.ws.verify_audit(DAN).whole


@pytest.mark.parametrize("who", [ANA, BEN, CLEO, DAN, EVE, SAM], ids=lambda who: who.name)
def test_only_an_admin_can_break_the_glass(desk: Desk, run: str, who: Person) -> None:
    candidate = ready(desk, run)
    with pytest.raises(NotPermitted, match="publish without a second person"):
        desk.ws.break_glass(who, run, digest=candidate, reason="hurry")
    assert desk.state(run) is State.AWAITING_REVIEW


def test_an_admin_can_do_nothing_else(desk: Desk, run: str) -> None:
    candidate = ready(desk, run)
    cluster = next(one.key for one in desk.items(run, "cluster"))
    asks: tuple[Callable[[], object], ...] = (
        lambda: desk.ws.approve(IDA, run, digest=candidate),
        lambda: desk.ws.publish(IDA, run),
        lambda: desk.ws.decide(IDA, run, cluster, Action.REJECT, reason="so"),
        lambda: desk.ws.approve_plan(IDA, run, digest=desk.row(run).plan_digest),
        lambda: desk.ws.sign_off(IDA, run, reason="mine"),
    )
    for ask in asks:
        with pytest.raises(NotPermitted):
            ask()


def test_what_no_emergency_stands_in_for(desk: Desk, run: str) -> None:
    def refused(kind: type[GovernanceError], why: str, *, digest: str = "", reason: str = "hurry") -> None:
        with pytest.raises(kind, match=why) as refusal:
            desk.ws.break_glass(IDA, run, digest=digest or desk.row(run).candidate, reason=reason)
        assert refusal.value.hint

    refused(InputError, "needs a reason", reason=" ")
    refused(IllegalMove, "open breaches")
    desk.accept_breaches(run)
    refused(IllegalMove, "masking plan")
    desk.approve_plan(run)
    refused(Stale, "has changed", digest="0" * 64)
    broken(desk, run)
    refused(IllegalMove, "is published")


def test_who_may_sign_off(desk: Desk, run: str) -> None:
    with pytest.raises(IllegalMove, match="not published without"):
        desk.ws.sign_off(BEN, run, reason="so")
    broken(desk, run)
    assert "had a hand in it" in desk.ws.see.unsigned(ANA)[0].why_not
    refused: tuple[tuple[Person, type[GovernanceError]], ...] = (
        (ANA, FourEyes), (CLEO, NotPermitted), (DAN, NotPermitted), (IDA, NotPermitted),
    )  # fmt: skip
    for who, kind in refused:
        with pytest.raises(kind):
            desk.ws.sign_off(who, run, reason="so")
    with pytest.raises(InputError, match="needs a reason"):
        desk.ws.sign_off(EVE, run, reason=" ")
    desk.ws.sign_off(EVE, run, reason="looked at it")
    with pytest.raises(IllegalMove, match="already"):
        desk.ws.sign_off(BEN, run, reason="so")


def test_every_other_publish_has_no_red(desk: Desk, run: str) -> None:
    desk.publish(run)
    assert desk.ws.see.unsigned(DAN) == ()
    assert 'class="glass' not in (desk.home / "reports" / run / "report.html").read_text()
