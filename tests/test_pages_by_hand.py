"""Lines and rows mended by hand, and broken glass, as the pages show them."""

from __future__ import annotations

import pytest
from published_house import ANA, BEN, DAN, made, page, press, text, to_change, unfold, work

from governance.answers.triage import ItemLine
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


def phones(own: Workspace, run: str) -> ItemLine:
    """The largest open cluster of one column."""
    found = [one for one in own.see.triage(ANA, run).items if one.kind == "cluster" and one.state == "open"]
    return max((one for one in found if len(one.columns) == 1), key=lambda one: one.rows)


def test_cells_are_edited_without_the_grid_too(own: Workspace) -> None:
    run = made().unplanned
    item = phones(own, run)
    column = item.columns[0]
    first, second = (row[0] for row in own.see.item_rows(ANA, run, item.key, limit=2).rows)
    seen = page("triage", ANA, run=run, item=item.key)
    seen.button(key=f"edit-{item.key}").click().run()
    assert not seen.exception
    assert not [one.key for one in seen.button if one.key == f"open-rows-{item.key}" and one.shortcut]
    assert "Apply fix" in " ".join(one.label for one in seen.button if one.disabled)
    unfold(seen, f"form-{item.key}")
    for row, text_ in ((first, "a1"), (second, "b2"), (second, "")):
        seen.selectbox(key=f"cell-row-{item.key}").set_value(row)
        seen.selectbox(key=f"cell-column-{item.key}").set_value(column)
        seen.text_input(key=f"cell-value-{item.key}").set_value(text_)
        seen.button(key=f"cell-set-{item.key}").click().run()
        assert not seen.exception
    assert "**2 cells** in 2 rows edited" in text(seen)
    assert "2 of 2" in {one.value for one in seen.metric}
    seen.button(key=f"throw-{item.key}").click().run()
    assert "edited" not in text(seen)
    seen.selectbox(key=f"cell-row-{item.key}").set_value(first)
    seen.selectbox(key=f"cell-column-{item.key}").set_value(column)
    seen.text_input(key=f"cell-value-{item.key}").set_value("a1")
    seen.button(key=f"cell-set-{item.key}").click().run()
    reason = next(one for one in (*seen.text_input, *seen.selectbox) if one.key == f"reason-{item.key}")
    reason.set_value(reason.options[0] if hasattr(reason, "options") else "called them").run()
    press(seen, "Apply fix to 1 row")
    assert own.see.triage(ANA, run).decisions[0].terms == "1 cell in 1 row, by hand"


def test_who_sees_no_values_edits_no_cells(own: Workspace) -> None:
    run = made().unplanned
    item = phones(own, run)
    seen = page("triage", BEN, run=run, item=item.key, do="fix")
    assert f"edit-{item.key}" not in {one.key for one in seen.button}
    how = next(one for one in seen.selectbox if (one.key or "").startswith(f"how-{item.key}"))
    assert "Edit cells by hand" not in how.options


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
