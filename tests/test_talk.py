"""Who looks after an item, comments with mentions, keys of one's own, and many items decided about at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from drive import ANA, BEN, CLEO, DAN, Desk
from hypothesis import given
from hypothesis import strategies as st

from governance.deciding import Wish
from governance.errors import InputError, NotPermitted
from governance.people import Person
from governance.preferences import KEYS, Keyboard, checked
from governance.review.choices import Action
from governance.talk import LONGEST, mentions
from governance.together import One
from storage.models import now


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("@ben please look", ["ben"], id="a person"),
        pytest.param("@Ben and @ana, @ben", ["ben", "ana"], id="several, once each, in any case"),
        pytest.param("mail ben@example.org", [], id="an address is no mention"),
        pytest.param("@nobody @benjamin", [], id="nobody we know"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_who_is_named(text: str, named: list[str]) -> None:
    assert mentions(text) == named


def test_an_item_is_looked_after_and_talked_about(desk: Desk, run: str) -> None:
    item = desk.items(run, "cluster")[0].key
    due = now().date() + timedelta(days=3)
    desk.ws.assign(ANA, run, item, to="ben", due=due)
    desk.ws.comment(ANA, run, item, "  @ben the branch says it is fine ")
    talk = desk.ws.see.talk(BEN, run, item)
    assert (talk.assignee, talk.due, talk.overdue) == ("ben", due, False)
    assert [(one.person, one.text) for one in talk.comments] == [("Ana", "@ben the branch says it is fine")]
    (mine,) = desk.ws.see.mine(BEN)
    assert (mine.item, mine.why, mine.due) == (item, "assigned by Ana", due)
    assert desk.ws.see.mine(ANA) == ()
    desk.ws.assign(BEN, run, item, to="")
    (named,) = desk.ws.see.mine(BEN)
    assert named.why == "Ana named you"
    said = [(one.actor, one.action) for one in desk.events(run) if one.action in ("item assigned", "comment")]
    assert said == [("ana", "item assigned"), ("ana", "comment"), ("ben", "item assigned")]
    assert not any("branch says" in one.data for one in desk.events(run)), "the log has no words of a comment"
    desk.ws.decide(ANA, run, item, Action.REJECT, reason="cannot be used")
    assert desk.ws.see.mine(BEN) == (), "what is decided waits for nobody"


@pytest.mark.parametrize("who", [CLEO, DAN], ids=lambda one: one.name)
def test_who_may_not_decide_is_refused(desk: Desk, run: str, who: Person) -> None:
    item = desk.items(run, "cluster")[0].key
    for verb in (
        lambda: desk.ws.comment(who, run, item, "hello"),
        lambda: desk.ws.assign(who, run, item, to="ana"),
        lambda: desk.ws.assign(ANA, run, item, to=who.name),
        lambda: desk.ws.decide_all(who, run, [], reason="so"),
        lambda: desk.ws.preview_all(who, run, []),
    ):
        with pytest.raises(NotPermitted):
            verb()


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST + 1)], ids=["empty", "blank", "too long"])
def test_no_comment(desk: Desk, run: str, text: str) -> None:
    with pytest.raises(InputError):
        desk.ws.comment(ANA, run, desk.items(run, "cluster")[0].key, text)


def test_due_in_the_past(desk: Desk, run: str) -> None:
    with pytest.raises(InputError):
        desk.ws.assign(ANA, run, desk.items(run)[0].key, to="ana", due=now().date() - timedelta(days=1))


# keys


def test_keys_are_ones_own(desk: Desk) -> None:
    assert desk.ws.see.keyboard(ANA) == Keyboard()
    desk.ws.set_keyboard(ANA, Keyboard(on=False, keys={"J": "n", "N": "j", "K": "K"}))
    assert desk.ws.see.keyboard(ANA) == Keyboard(on=False, keys={"J": "N", "N": "J"})
    assert desk.ws.see.keyboard(BEN) == Keyboard()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"J": "K"}, "cannot do two things"),
        ({"J": "C"}, "taken by"),
        ({"J": "Ctrl+J"}, "no key"),
        ({"J": ""}, "no key"),
        ({"J": "é"}, "no key"),
        ({"Z": "Q"}, "No key does"),
    ],
    ids=lambda one: str(one),
)
def test_keys_that_cannot_be(keys: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        checked(Keyboard(keys=keys))


@given(st.permutations(list(KEYS)))
def test_keys_may_change_places(order: list[str]) -> None:
    wanted = Keyboard(keys=dict(zip(KEYS, order, strict=True)))
    kept = checked(wanted)
    assert [kept.key(name) for name in KEYS] == order
    assert checked(kept) == kept


# many at once


def test_all_at_once_previews_what_it_does(desk: Desk, run: str) -> None:
    items = desk.items(run, "cluster")
    wanted = [One(item.key, Wish(Action.REJECT), item.version) for item in items]
    effect = desk.ws.preview_all(ANA, run, wanted)
    came = desk.ws.decide_all(ANA, run, wanted, reason="cannot be used")
    assert len(came.decided) == len(items)
    assert came.left == ()
    desk.work()
    rows = desk.row(run).rows
    assert (effect.after.kept, effect.after.quarantined) == (rows["kept"], rows["quarantined"])
    for number in came.decided:
        desk.ws.undo(ANA, run, number)


def test_what_changed_meanwhile_stays(desk: Desk, run: str) -> None:
    first, second, *_ = desk.items(run, "cluster")
    wanted = [One(item.key, Wish(Action.REJECT), item.version) for item in (first, second)]
    desk.ws.decide(BEN, run, first.key, Action.REJECT, reason="faster")
    came = desk.ws.decide_all(ANA, run, wanted, reason="cannot be used")
    assert len(came.decided) == 1
    assert "someone decided about this" in came.left[0]
    happened = desk.ws.see.happened(ANA, run, first.key, seen=first.version)
    assert [(one.person, one.action, one.reason) for one in happened] == [("Ben", "rejected", "faster")]
