"""Lines and rows mended by hand, and broken glass, as the pages show them."""

from __future__ import annotations

import pytest
from published_house import ANA, BEN, DAN, made, page, text, to_change, work

from governance.people import person
from governance.review.choices import Action
from governance.workspace import Workspace

own = pytest.fixture(to_change)


def test_a_row_goes_back_and_the_card_asks_for_the_corrected_file(own: Workspace) -> None:
    run = made().unplanned
    item = next(
        one for one in own.see.triage(ANA, run).items if one.kind == "cluster" and one.state == "open"
    )
    seen = page("triage", ANA, run=run, item=item.key)
    seen.button(key="do-send back").click().run()
    assert "stay out until the supplier" in text(seen)
    assert "Sent back" in {one.label for one in seen.metric}
    own.decide(ANA, run, item.key, Action.SEND_BACK, reason="no use")
    work(own)
    seen = page("triage", ANA, run=run, item=item.key)
    assert not seen.exception
    assert any("corrected file" in one.label for one in seen.get("file_uploader"))
    assert not page("triage", BEN, run=run, item=item.key).get("file_uploader"), "he may not see values"


def test_terms_of_a_waiver_are_chosen_on_the_card(own: Workspace) -> None:
    run = made().unplanned
    item = next(
        one
        for one in own.see.triage(ANA, run).items
        if one.kind == "cluster" and one.waivable and one.state == "open"
    )
    seen = page("triage", ANA, run=run, item=item.key, do="waive")
    seen.selectbox(key=f"code-{item.key}").set_value("accepted risk").run()
    seen.selectbox(key=f"scope-{item.key}").set_value("rule").run()
    assert not seen.exception
    assert seen.number_input(key=f"budget-{item.key}").value == item.rows


def test_broken_glass_is_red_in_the_audit_page(own: Workspace) -> None:
    run = made().waiting
    own.break_glass(person("ida"), run, digest=own.see.run(BEN, run).candidate, reason="the wages are due")
    work(own)
    seen = page("audit", DAN)
    assert any("without a second" in one.value for one in seen.error)
    assert seen.button(key=f"sign-off-{run}").disabled
    seen = page("audit", BEN)
    seen.text_input(key=f"sign-{run}").set_value("they were due").run()
    seen.button(key=f"sign-off-{run}").click().run()
    assert own.see.unsigned(DAN) == ()


def test_only_an_admin_sees_the_glass(own: Workspace) -> None:
    run = made().waiting
    assert "Emergency" not in " ".join(one.label for one in page("release", ANA, run=run).expander)
    seen = page("release", person("ida"), run=run)
    assert not seen.exception
    assert any("Emergency" in one.label for one in seen.expander)
