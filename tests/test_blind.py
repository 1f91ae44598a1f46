"""Items decided blind: what is known is kept back until a decision, then it is counted and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from drive import ANA, DAN, Desk
from published_house import page, text
from test_cli import at_home, call
from test_recipes import SECRET, Taught, offers, taught, third

from governance.blind import is_blind
from governance.deciding import Wish
from governance.errors import Stale
from governance.review.choices import Action, Fix
from governance.settings import Settings

pytestmark = pytest.mark.usefixtures("without_expectations")
__all__ = ["taught"]


@pytest.fixture
def blind(taught: Taught, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A copy of the home in which every item with a recipe is decided blind."""
    desk = taught.desk.copy(tmp_path / "home", blind_share=1.0)
    monkeypatch.setenv("GOVERNANCE_HOME", str(desk.home))
    monkeypatch.setenv("GOVERNANCE_BLIND_SHARE", "1")
    yield desk
    desk.close()


def known(taught: Taught, action: Action) -> tuple[str, Fix | None]:
    """An item whose recipe does this, and its fix."""
    return next((key, fix) for key, (does, fix) in taught.done.items() if does is action)


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.2, 120, 280), (1.0, 1000, 1000)])
def test_the_share_of_items(share: float, least: int, most: int) -> None:
    settings = Settings(blind_share=share)
    found = [is_blind(settings, "r1", f"cluster-{n}") for n in range(1000)]
    assert least <= sum(found) <= most
    assert found == [is_blind(settings, "r1", f"cluster-{n}") for n in range(1000)], "the same for everybody"


def test_nothing_is_blind_unless_it_is_wished(taught: Taught) -> None:
    assert Settings().blind_share == 0
    assert offers(taught.desk, taught.second)
    assert not taught.desk.ws.see.seen_before(ANA, taught.second, next(iter(taught.done))).blind


def test_what_is_known_is_kept_back_until_a_decision(blind: Desk, taught: Taught) -> None:
    run, (item, fix) = taught.second, known(taught, Action.FIX)
    assert offers(blind, run) == {}
    before = blind.ws.see.seen_before(ANA, run, item)
    assert (before.blind, before.actions, before.last) == (True, (), "")
    recipe = next(iter(offers(taught.desk, run).values())).recipe
    with pytest.raises(Stale, match="is not proposed"):
        blind.ws.decide(ANA, run, item, Action.FIX, recipe=recipe, reason="so")
    number = blind.ws.decide(ANA, run, item, Action.FIX, fix=fix, reason="so")
    blind.work()
    told = blind.ws.see.seen_before(ANA, run, item)
    assert not told.blind
    assert told.actions
    blind.ws.undo(ANA, run, number)
    assert blind.ws.see.seen_before(ANA, run, item).blind, "taken back, it is kept back again"


def test_each_item_counts_once_and_as_it_was_decided_first(blind: Desk, taught: Taught) -> None:
    run = taught.second
    (mended, fix), (refused, _) = known(taught, Action.FIX), known(taught, Action.REJECT)
    first = blind.ws.decide(ANA, run, mended, Action.REJECT, reason="no")
    blind.ws.undo(ANA, run, first)
    blind.ws.decide(ANA, run, mended, Action.FIX, fix=fix, reason="now that I know")
    blind.ws.decide(ANA, run, refused, Action.REJECT, reason="no")
    own = blind.ws.see.reviewing(ANA).own
    assert own
    assert (own.blind, own.as_known) == (2, 1)
    (shown,) = blind.ws.see.reviewing(DAN).others
    assert (shown.blind, shown.as_known) == (2, 1)
    terms = {one.item: one.terms for one in blind.ws.see.triage(ANA, run).decisions}
    assert terms[refused].startswith("decided blind, as recipe ")


def test_the_log_says_so_and_nothing_of_a_value(blind: Desk, taught: Taught) -> None:
    run, (item, _) = taught.second, known(taught, Action.REJECT)
    blind.ws.decide(ANA, run, item, Action.SEND_BACK, reason="so")
    event = next(one for one in blind.events(run) if one.action.startswith("decision "))
    told = json.loads(event.data)
    assert (told["proposal"], told["blind"]) == ("declined", True)
    sentences = "\n".join(one.sentence for one in blind.ws.see.events(DAN, run=run, limit=100))
    assert f"decided blind, other than recipe {told['recipe']} says" in sentences
    assert SECRET not in "".join(one.data for one in blind.events())


def test_many_at_once_take_no_recipe_that_is_kept_back(blind: Desk, taught: Taught) -> None:
    from governance.together import One

    recipe = next(iter(offers(taught.desk, taught.second).values()))
    wish = Wish(recipe.action, recipe=recipe.recipe)
    done = blind.ws.decide_all(ANA, taught.second, [One(item=recipe.item, wish=wish, seen=0)], reason="so")
    assert done.decided == ()
    assert "is not proposed" in done.left[0]


def test_the_card_and_my_work(blind: Desk, taught: Taught) -> None:
    run, (item, _) = taught.second, known(taught, Action.REJECT)
    seen = page("triage", ANA, run=run, item=item)
    assert not seen.exception
    assert "told when you have decided" in text(seen)
    assert "recipe" not in " ".join(one.label.lower() for one in seen.button)
    assert "Decided blind, as known" not in {one.label for one in page("reviewing", ANA).metric}
    blind.ws.decide(ANA, run, item, Action.REJECT, reason="so")
    blind.work()
    assert "told when you have decided" not in text(page("triage", ANA, run=run, item=item))
    seen = page("reviewing", ANA)
    assert "1 · 100.0 %" in {one.value for one in seen.metric}
    assert "1 item decided blind" in text(seen)


def test_the_command_line_proposes_none(blind: Desk, taught: Taught) -> None:
    with at_home(blind.home):
        run = third(blind, taught, 5)
        listed = call("review", run, "--json").json["items"]
        assert not any(one.get("recipe") for one in listed)
        refused = call("decide", run, next(iter(taught.done)), "reject", "--recipe", "--reason", "so")
        assert refused.code == 3
        assert "No recipe is proposed" in refused.err
