"""Properties of a review, over random decisions: a preview is what happens, no row is lost, undo gives all back.

Great Expectations is left out here (it judges a revision and changes nothing in it), which leaves time for more
examples.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from drive import ANA, Desk, customers
from effort import examples
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from governance.answers.triage import ItemLine
from governance.duties import Durable
from governance.effect import Effect
from governance.journal import Journal
from governance.review.by_hand import by_hand
from governance.review.choices import Action, Cell, Fix, Scope, Terms
from governance.stages import Stage
from governance.stages.mask import Masked
from governance.stages.quarantine import REJECTED, Split
from governance.states import State

pytestmark = pytest.mark.usefixtures("without_expectations")

ROWS, UNREAD = 160, 2
MENDED = "{},Mara,Lind,mara.lind@example.com,{},1980-02-03,1 Long Road,52000,active,2024-05-06"
"""A line as the sample's columns want it, with a number and a phone."""
REPAIRS = ("clear", "set", "drop_extension", "single_dots", "remove_digits", "drop_sign", "number_only")
EXPRESSIONS = ("'2020-01-02'", "upper({})", "concat({}, 'x')", "'active'", "NULL", "first_name")

CELLS = (None, "", "555-123-4567", "mara.lind@example.com", "2020-01-02", "7", "x'y")


@dataclass(frozen=True)
class Start:
    """The home that every example is a copy of."""

    desk: Desk
    run: str
    folder: Path


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    folder = tmp_path_factory.mktemp("review")
    desk = Desk.at(folder / "home")
    return Start(desk, desk.run(customers(folder, seed=11, rows=ROWS, unreadable=UNREAD)), folder)


class Review:
    """One example's own home."""

    made = 0

    def __init__(self, start: Start) -> None:
        Review.made += 1
        self.desk = start.desk.copy(start.folder / f"example-{Review.made}")
        self.run = start.run
        self.standing: list[int] = []

    def open(self) -> list[ItemLine]:
        return [item for item in self.desk.items(self.run, "cluster") if item.state == "open" and item.rows]

    def decide(self, item: ItemLine, action: Action, fix: Fix | None, terms: Terms | None = None) -> None:
        decision = self.desk.ws.decide(
            ANA, self.run, item.key, action, reason="so", fix=fix, terms=terms, seen=item.version
        )
        self.standing.append(decision)

    def unread(self) -> list[int]:
        """Lines that nobody has mended."""
        return [one.line for one in self.desk.ws.unread_lines(ANA, self.run) if one.mended is None]

    def mend(self, line: int, text: str) -> None:
        self.standing.append(self.desk.ws.mend_line(ANA, self.run, line, text, reason="so"))

    def undo(self, place: int) -> None:
        self.desk.ws.undo(ANA, self.run, self.standing.pop(place % len(self.standing)))

    def preview(self, item: ItemLine, action: Action, fix: Fix | None, terms: Terms | None = None) -> Effect:
        before = self.desk.row(self.run), len(self.desk.events()), self.desk.items(self.run)
        shown = self.desk.ws.preview(ANA, self.run, item.key, action, fix=fix, terms=terms)
        assert (self.desk.row(self.run), len(self.desk.events()), self.desk.items(self.run)) == before
        return shown

    def whole(self) -> None:
        """Every row of the file is in exactly one place, in the tables as in the counts."""
        row = self.desk.row(self.run)
        assert row.state == State.AWAITING_REVIEW
        assert row.computed == row.revision
        counts = row.rows
        assert counts["in"] == counts["kept"] + counts["quarantined"] + counts["unreadable"] == ROWS + UNREAD
        journal = Journal(self.desk.ws.house, self.run, row.dataset, row.computed)
        split, masked = journal.known(Stage.QUARANTINE, Split), journal.known(Stage.MASK, Masked)
        assert split
        assert masked
        kept, held = pq.read_table(split.kept.path), pq.read_table(split.quarantine.path)
        assert (kept.num_rows, held.num_rows) == (counts["kept"], counts["quarantined"])
        numbers = sorted(kept["_row"].to_pylist() + held["_row"].to_pylist())
        assert numbers[:ROWS] == list(range(1, ROWS + 1))
        assert (
            len({*numbers[ROWS:]})
            == len(numbers[ROWS:])
            == split.counts.mended
            == UNREAD - counts["unreadable"]
        )
        assert all(held["_reasons"].to_pylist()), "nobody stays out without a reason"
        rejected = sum(REJECTED in reasons for reasons in held["_reasons"].to_pylist())
        assert rejected == split.counts.rejected
        assert (masked.masked.rows, masked.quarantine.rows) == (kept.num_rows, held.num_rows)

    def came_true(self, shown: Effect) -> None:
        """The revision is what the preview said."""
        row, view = self.desk.row(self.run), self.desk.ws.see.run(ANA, self.run)
        after = shown.after
        assert (after.kept, after.quarantined, after.waived) == tuple(
            row.rows[name] for name in ("kept", "quarantined", "waived")
        )
        assert shown.passing_after == row.rows["passing"]
        assert shown.measures_after == view.measures
        breaches = {item.key: item.state for item in self.desk.items(self.run, "breach")}
        for line in view.measures:
            if f"breach-{line.key}" in breaches:
                assert breaches[f"breach-{line.key}"] == ("met" if line.met else "open")


TERMS = st.one_of(
    st.none(),
    st.builds(Terms, scope=st.sampled_from([Scope.RULE, Scope.DATASET]), budget=st.sampled_from([1, 5, 500])),
)


def fixes(column: str) -> st.SearchStrategy[Fix]:
    repair = st.sampled_from(REPAIRS).map(
        lambda name: Fix(column=column, repair=name, value="Example" if name == "set" else "")
    )
    written = st.sampled_from(EXPRESSIONS).map(
        lambda text: Fix(column=column, expression=text.format(column))
    )
    return repair | written


def by_cells(review: Review, item: ItemLine, data: st.DataObject) -> Fix:
    """Some cells of some rows of an item, each with a text of its own."""
    rows = [row[0] for row in review.desk.ws.see.item_rows(ANA, review.run, item.key, limit=500).rows]
    places = st.tuples(st.sampled_from(rows), st.sampled_from((*item.columns, "phone", "email")))
    chosen = data.draw(st.lists(places, min_size=1, max_size=4, unique=True), label="cells")
    texts = [data.draw(st.sampled_from(CELLS), label="text") for _ in chosen]
    return by_hand(
        Cell(row=row, column=name, text=text) for (row, name), text in zip(chosen, texts, strict=True)
    )


def step(review: Review, data: st.DataObject) -> None:
    """One decision, previewed and made, or one taken back."""
    items = review.open()
    if review.standing and (not items or data.draw(st.integers(0, 3), label="undo when 0") == 0):
        review.undo(data.draw(st.integers(0, 9), label="which"))
        review.desk.work()
        return
    if (unread := review.unread()) and (not items or data.draw(st.integers(0, 4), label="mend when 0") == 0):
        line = unread[data.draw(st.integers(0, len(unread) - 1), label="line")]
        text = MENDED.format(line, data.draw(st.sampled_from(["555-123-4567", "12", ""]), label="phone"))
        shown = review.desk.ws.preview_line(ANA, review.run, line, text)
        review.mend(line, text)
        review.desk.work()
        review.came_true(shown.effect)
        return
    if not items:
        return
    item = items[data.draw(st.integers(0, len(items) - 1), label="item")]
    action = data.draw(
        st.sampled_from(
            [Action.FIX, Action.REJECT, Action.SEND_BACK, *([Action.WAIVE] if item.waivable else [])]
        ),
        label="action",
    )
    fix = None
    if action is Action.FIX and data.draw(st.booleans(), label="by hand"):
        fix = by_cells(review, item, data)
    elif action is Action.FIX:
        fix = data.draw(fixes(data.draw(st.sampled_from(item.columns))), label="fix")
    terms = data.draw(TERMS, label="terms") if action is Action.WAIVE else None
    shown = review.preview(item, action, fix, terms)
    now = review.desk.row(review.run).rows
    assert (shown.before.kept, shown.before.quarantined) == (now["kept"], now["quarantined"])
    review.decide(item, action, fix, terms)
    review.desk.work()
    review.came_true(shown)


QUICK = settings(
    max_examples=examples(5, 25), deadline=None, database=None, derandomize=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@QUICK
@given(steps=st.integers(1, 3), data=st.data())
def test_previews_come_true_and_undoing_all_gives_the_first_candidate_back(
    start: Start, steps: int, data: st.DataObject
) -> None:
    review = Review(start)
    first, items = review.desk.row(review.run), review.desk.items(review.run)
    for _ in range(steps):
        step(review, data)
        review.whole()
    while review.standing:
        review.undo(data.draw(st.integers(0, 9), label="undo"))
    review.desk.work()
    review.whole()
    last = review.desk.row(review.run)
    assert (last.candidate, last.plan_digest, last.rows) == (first.candidate, first.plan_digest, first.rows)
    assert [(item.key, item.state, item.rows) for item in review.desk.items(review.run)] == [
        (item.key, item.state, item.rows) for item in items
    ]
    assert review.desk.ws.verify_audit(ANA).whole
    review.desk.close()


@QUICK
@given(
    chosen=st.lists(
        st.tuples(st.integers(0, 30), st.booleans()), min_size=2, max_size=4, unique_by=lambda one: one[0]
    )
)
def test_several_decisions_at_once_are_what_they_are_one_by_one(
    start: Start, chosen: list[tuple[int, bool]]
) -> None:
    """The worker comes late: one revision is computed, the newest, with the same candidate."""
    slow, quick = Review(start), Review(start)
    items = slow.open()
    for place, waive in chosen:
        item = items[place % len(items)]
        if any(item.key == one.key and one.state != "open" for one in slow.desk.items(slow.run)):
            continue
        action = Action.WAIVE if waive and item.waivable else Action.REJECT
        slow.decide(item, action, None)
        slow.desk.work()
        quick.decide(item, action, None)
    assert quick.desk.state(quick.run) is State.REVISING
    quick.desk.work()
    quick.whole()
    one, other = slow.desk.row(slow.run), quick.desk.row(quick.run)
    assert (one.candidate, one.rows, one.revision) == (other.candidate, other.rows, other.revision)
    assert len([e for e in quick.desk.events(quick.run) if e.subject == "clean"]) == 2, (
        "the first and the newest"
    )
    for review in (slow, quick):
        review.desk.close()


class Killed(BaseException):
    """What ends a worker in the middle of its work."""


@QUICK
@given(data=st.data())
def test_interrupted_is_uninterrupted(start: Start, data: st.DataObject) -> None:
    """A worker that dies before or after any step of a revision, several times, and one that does not."""
    dying, living = Review(start), Review(start)
    items = dying.open()
    at = data.draw(st.integers(0, len(items) - 1), label="item")
    action = Action.WAIVE if items[at].waivable and data.draw(st.booleans(), label="waive") else Action.REJECT
    text = MENDED.format(7_000_000, "12")
    for review in (dying, living):
        review.decide(items[at], action, None)
        review.mend(review.unread()[0], text)
    living.desk.work()
    for place, late in data.draw(
        st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=3), label="deaths"
    ):
        with contextlib.suppress(Killed):
            dying.desk.work(step=_killed_at(place, late=late))
    dying.desk.work()
    for review in (dying, living):
        review.whole()
    one, other = dying.desk.row(dying.run), living.desk.row(living.run)
    assert (one.candidate, one.plan_digest, one.rows) == (other.candidate, other.plan_digest, other.rows)
    assert _told(dying) == _told(living)
    assert dying.desk.ws.verify_audit(ANA).whole
    for review in (dying, living):
        review.desk.close()


def _killed_at(place: int, *, late: bool) -> Durable:
    """Steps of which the one at a place is never begun, or done and not recorded."""
    steps = itertools.count()

    def step(_name: str, work: Callable[[], str]) -> str:
        mine = next(steps) == place
        if mine and not late:
            raise Killed
        done = work()
        if mine:
            raise Killed
        return done

    return step


def _told(review: Review) -> tuple[list[tuple[str, str, int]], list[tuple[str, str]]]:
    """The items as they stand, and what was recorded of each stage."""
    items = [(item.key, item.state, item.rows) for item in review.desk.items(review.run)]
    return items, sorted((one.action, one.subject) for one in review.desk.events(review.run))


@QUICK
@given(order=st.permutations(range(4)))
def test_the_order_of_waivers_and_rejections_does_not_move_a_row(start: Start, order: list[int]) -> None:
    review = Review(start)
    items = review.open()[:4]
    for place in order:
        item = items[place]
        review.decide(item, Action.WAIVE if item.waivable and place % 2 else Action.REJECT, None)
    review.desk.work()
    review.whole()
    rows = review.desk.row(review.run).rows
    waived = sum(item.rows for place, item in enumerate(items) if item.waivable and place % 2)
    assert rows["waived"] == waived
    assert rows["kept"] == start.desk.row(start.run).rows["kept"] + waived
    review.desk.close()


def test_a_fix_that_makes_rows_fail_otherwise_opens_new_items(start: Start) -> None:
    """What still fails under another signature is something new to decide; nothing passes unseen."""
    review = Review(start)
    item = next(item for item in review.open() if "email" in item.columns and "missing" not in item.title)
    before = {one.key for one in review.desk.items(review.run)}
    review.decide(item, Action.FIX, Fix(column="email", repair="clear"))
    review.desk.work()
    review.whole()
    after = {one.key: one for one in review.desk.items(review.run)}
    assert after[item.key].state == "fixed"
    missing = next(one for one in after.values() if one.title == "email: missing")
    assert missing.state == "open"
    assert missing.rows >= item.rows
    assert before <= set(after)
    review.desk.close()


def test_an_item_of_a_fix_that_was_taken_back_is_gone(start: Start) -> None:
    """Found by the property above: fixed, its new item rejected, then both taken back, the fix first."""
    review = Review(start)
    items = review.desk.items(review.run)
    item = next(item for item in review.open() if item.title.startswith("customer_id: wrong type"))
    review.decide(item, Action.FIX, Fix(column="customer_id", repair="clear"))
    review.desk.work()
    new = next(one for one in review.open() if one.key not in {old.key for old in items})
    review.decide(new, Action.REJECT, None)
    for _ in range(2):
        review.undo(0)
        review.desk.work()
    assert [one.key for one in review.desk.items(review.run)] == [one.key for one in items]
    review.desk.close()
