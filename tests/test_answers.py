"""What each person is told: values only with a grant, and for every button a sentence why not."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from drive import ANA, BEN, CLEO, DAN, EVE, EVERYONE, SAM, Desk, Template

from governance.answers.itemrows import HIDDEN
from governance.errors import InputError, NotPermitted, Refused, UnknownName
from governance.people import Person, Verb
from governance.review.choices import Action, Fix
from governance.stages import Stage
from governance.stages.load import Loaded
from governance.stages.profile import Profiled
from governance.stages.statistical import Statistics
from governance.states import State
from storage.models import Run, Version

SEE = {
    "inbox": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.inbox(p)),
    "runs": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.runs(p)),
    "run": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.run(p, r)),
    "strip": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.strip(p, r)),
    "stage": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.stage(p, r, Stage.LOAD, Loaded)),
    "report": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.report(p, r)),
    "privacy": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.privacy(p, r)),
    "candidate": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.candidate(p, r)),
    "candidates": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.candidates(p, "customers")),
    "unreadable": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.unreadable(p, r)),
    "triage": (Verb.DECIDE, lambda d, p, r: d.ws.see.triage(p, r)),
    "item_rows": (Verb.DECIDE, lambda d, p, r: d.ws.see.item_rows(p, r, _cluster(d, r))),
    "proposals": (Verb.DECIDE, lambda d, p, r: d.ws.see.proposals(p, r, _cluster(d, r))),
    "recipes": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.recipes(p)),
    "recipe_offers": (Verb.DECIDE, lambda d, p, r: d.ws.see.recipe_offers(p, r)),
    "neighbours": (Verb.DECIDE, lambda d, p, r: d.ws.see.neighbours(p, r, _cluster(d, r), 5)),
    "item_columns": (Verb.DECIDE, lambda d, p, r: d.ws.see.item_columns(p, r, _cluster(d, r))),
    "seen_before": (Verb.DECIDE, lambda d, p, r: d.ws.see.seen_before(p, r, _cluster(d, r))),
    "happened": (Verb.DECIDE, lambda d, p, r: d.ws.see.happened(p, r, _cluster(d, r), seen=0)),
    "reviewing": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.reviewing(p)),
    "talk": (Verb.DECIDE, lambda d, p, r: d.ws.see.talk(p, r, _cluster(d, r))),
    "mine": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.mine(p)),
    "apart": (Verb.DECIDE, lambda d, p, r: d.ws.see.apart(p, r, _cluster(d, r))),
    "contracts": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.contracts(p)),
    "contract_text": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.contract_text(p, "customers")),
    "contract_check": (Verb.SEE_RUNS, lambda d, p, r: d.ws.see.contract_check(p, "kind: x")),
    "try_rules": (Verb.CONTRACT, lambda d, p, r: d.ws.see.try_rules(p, "customers", _contract(d), ())),
    "preview_file": (Verb.SUBMIT, lambda d, p, r: d.ws.see.preview_file(p, d.row(r).input_digest)),
    "versions": (Verb.SEE_MASKED, lambda d, p, r: d.ws.see.versions(p, "customers")),
    "difference": (Verb.SEE_MASKED, lambda d, p, r: d.ws.see.difference(p, "customers", None, 1)),
    "shelf": (Verb.SEE_MASKED, lambda d, p, r: d.ws.see.shelf(p, "customers", 1)),
    "deep_report": (Verb.SEE_VALUES, lambda d, p, r: d.ws.see.deep_report(p, r)),
    "rows_between": (Verb.SEE_VALUES, lambda d, p, r: d.ws.see.rows_between(p, r, "income", low=0, high=1e9)),
    "events": (Verb.AUDIT, lambda d, p, r: d.ws.see.events(p)),
    "event": (Verb.AUDIT, lambda d, p, r: d.ws.see.event(p, 1)),
    "event_count": (Verb.AUDIT, lambda d, p, r: d.ws.see.event_count(p)),
    "event_choices": (Verb.AUDIT, lambda d, p, r: d.ws.see.event_choices(p)),
    "event_lines": (Verb.AUDIT, lambda d, p, r: d.ws.see.event_lines(p)),
    "heads": (Verb.AUDIT, lambda d, p, r: d.ws.see.heads(p)),
    "unsigned": (Verb.AUDIT, lambda d, p, r: d.ws.see.unsigned(p)),
}  # fmt: skip
WITH_FILES = {"failing_cells": Verb.SEE_RUNS, "quarantine": Verb.SEE_RUNS, "shelf_csv": Verb.SEE_MASKED}
ELSEWHERE = {"deep_report_html", "item_file", "contract_change", "contract_between"}
"""Asked about in test_deep_report.py, where there is one, in test_item_rows.py and in test_contract_proposals.py."""
FOR_ALL = {"hurried", "house", "datasets", "guess_dataset"}
"""Answers that name columns and contracts only, and ask for nobody."""


def _contract(desk: Desk) -> str:
    return desk.ws.house.contract("customers").text.decode()


def _cluster(desk: Desk, run: str) -> str:
    return desk.items(run, "cluster")[0].key


@pytest.fixture(scope="module")
def shared(published: Template, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A home with version 1 and a run that waits, only read here."""
    return published.desk.copy(tmp_path_factory.mktemp("answers") / "home")


def test_every_answer_is_in_a_table(shared: Desk) -> None:
    assert set(vars(shared.ws.see)) == {*SEE, *WITH_FILES, *ELSEWHERE, *FOR_ALL}


@pytest.mark.parametrize("name", [*SEE, *WITH_FILES])
@pytest.mark.parametrize("who", [ANA, BEN, CLEO, DAN], ids=lambda who: who.name)
def test_who_may_ask_what(shared: Desk, second: str, tmp_path: Path, who: Person, name: str) -> None:
    if name in SEE:
        verb, ask = SEE[name]
    elif name == "shelf_csv":
        verb, ask = (
            WITH_FILES[name],
            lambda d, p, r: d.ws.see.shelf_csv(p, "customers", 1, tmp_path / "out.csv"),
        )
    else:
        verb, ask = WITH_FILES[name], lambda d, p, r: getattr(d.ws.see, name)(p, r, tmp_path / "out.csv")
    if who.may(verb):
        ask(shared, who, second)
        return
    with pytest.raises(NotPermitted) as refusal:
        ask(shared, who, second)
    assert verb.value in refusal.value.message
    assert not (tmp_path / "out.csv").exists()


def test_an_analyst_sees_masked_versions_and_nothing_else() -> None:
    allowed = {name for name, (verb, _) in SEE.items() if CLEO.may(verb)}
    assert allowed == {"versions", "difference", "shelf"}


# values of rows


def test_rows_of_an_item_are_hidden_without_a_grant(shared: Desk, second: str) -> None:
    item = next(item for item in shared.items(second, "cluster") if "missing" not in item.title)
    seen, hidden = (shared.ws.see.item_rows(who, second, item.key) for who in (ANA, BEN))
    assert seen.columns == hidden.columns
    assert seen.columns[:3] == ("row", "why", item.columns[0]), "the column at fault comes first"
    assert (seen.total, len(seen.rows)) == (hidden.total, len(hidden.rows)) == (item.rows, item.rows)
    for shown, covered in zip(seen.rows, hidden.rows, strict=True):
        assert shown[:2] == covered[:2], "number and reason are no one's value"
        assert set(covered[2:]) <= {HIDDEN, None}
        assert [value is None for value in shown] == [value is None for value in covered]
        assert HIDDEN not in shown


def test_pages_of_rows_are_the_items_rows_in_order(shared: Desk, second: str) -> None:
    item = max(shared.items(second, "cluster"), key=lambda item: item.rows)
    pages = [
        shared.ws.see.item_rows(ANA, second, item.key, offset=at, limit=1).rows for at in range(item.rows + 1)
    ]
    assert pages[-1] == ()
    assert (
        tuple(row for page in pages for row in page)
        == shared.ws.see.item_rows(ANA, second, item.key, limit=100).rows
    )


def test_a_preview_shows_cells_to_those_who_may_see_them(shared: Desk, second: str) -> None:
    item = next(item for item in shared.items(second, "cluster") if item.waivable)
    fix = Fix(column=item.columns[0], repair="set", value="Example")
    ana, ben = (shared.ws.preview(who, second, item.key, Action.FIX, fix=fix) for who in (ANA, BEN))
    assert len(ana.sample) == ana.touched == item.rows
    assert ben.sample == ()
    assert ben.model_copy(update={"sample": ana.sample}) == ana, "counts and measures are for both"
    before = {row[0]: row[2] for row in shared.ws.see.item_rows(ANA, second, item.key, limit=100).rows}
    assert {cell.row: cell.before for cell in ana.sample} == before


@pytest.mark.parametrize("name", ["failing_cells", "quarantine"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_failing_cells_are_hidden_without_a_grant(
    shared: Desk, second: str, tmp_path: Path, name: str, form: str
) -> None:
    def cells(who: Person) -> list[dict[str, str]]:
        out = tmp_path / f"{who.name}.{form}"
        lines = getattr(shared.ws.see, name)(who, second, out, form=form)
        text = out.read_text(encoding="utf-8-sig")
        found = (
            list(csv.DictReader(text.splitlines()))
            if form == "csv"
            else list(map(json.loads, text.splitlines()))
        )
        assert len(found) == lines
        return found

    ana, dan = cells(ANA), cells(DAN)
    assert len(ana) == len(dan) >= shared.row(second).rows["quarantined"]
    assert {cell["observed"] for cell in dan} == {HIDDEN}
    assert HIDDEN not in {cell["observed"] for cell in ana}
    same = ("row", "column", "rule", "severity", "expected")
    assert [[cell[key] for key in same] for cell in ana] == [[cell[key] for key in same] for cell in dan]


def test_failing_cells_are_what_the_file_says(
    shared: Desk, second: str, samples: tuple[Path, Path], tmp_path: Path
) -> None:
    shared.ws.see.failing_cells(ANA, second, tmp_path / "cells.jsonl", form="jsonl")
    rows = list(csv.DictReader(samples[1].read_text().splitlines()))
    for line in (tmp_path / "cells.jsonl").read_text().splitlines():
        cell = json.loads(line)
        assert (cell["observed"] or "") == rows[cell["row"] - 1][cell["column"]]


def test_every_truly_wrong_cell_is_among_them(
    shared: Desk, second: str, samples: tuple[Path, Path], tmp_path: Path
) -> None:
    """The truth file names what was spoilt; what was only written otherwise is no fault."""
    shared.ws.see.failing_cells(ANA, second, tmp_path / "cells.jsonl", form="jsonl")
    found = {
        (c["row"], c["column"]) for c in map(json.loads, (tmp_path / "cells.jsonl").read_text().splitlines())
    }
    truth = list(csv.DictReader(samples[1].with_suffix(".truth.csv").read_text().splitlines()))
    wrong = {(int(line["row"]), line["column"]) for line in truth if line["verdict"] == "wrong"}
    assert found == wrong


def test_a_list_in_no_known_format_is_refused(shared: Desk, second: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="xlsx") as refusal:
        shared.ws.see.failing_cells(ANA, second, tmp_path / "x", form="xlsx")
    assert "csv, jsonl" in refusal.value.hint


def test_unreadable_lines_are_hidden_without_a_grant(shared: Desk, run: str) -> None:
    ana, ben = (shared.ws.see.unreadable(who, run) for who in (ANA, BEN))
    assert len(ana) == 3
    assert [(line["line"], line["reason"]) for line in ana] == [
        (line["line"], line["reason"]) for line in ben
    ]
    assert {line["text"] for line in ben} == {HIDDEN}
    assert all("," in line["text"] for line in ana)


def test_a_previewed_file_shows_rows_to_those_who_may_see_them(shared: Desk, second: str) -> None:
    digest = shared.row(second).input_digest
    ana, ben = (shared.ws.see.preview_file(who, digest) for who in (ANA, BEN))
    assert ana.rows
    assert ben.rows == ()
    for digest in ("0" * 64, "../keys/audit.pem", ""):
        with pytest.raises(UnknownName):
            shared.ws.see.preview_file(ANA, digest)


@pytest.mark.parametrize(
    ("who", "sees"), [(ANA, True), (BEN, False), (DAN, False)], ids=["ana", "ben", "dan"]
)
def test_profiles_and_days_come_without_values_for_others(
    shared: Desk, second: str, who: Person, sees: bool
) -> None:
    profiled = shared.ws.see.stage(who, second, Stage.PROFILE, Profiled)
    statistics = shared.ws.see.stage(who, second, Stage.STATISTICAL, Statistics)
    assert profiled
    assert statistics
    assert [bool(column.values) for column in profiled.columns] == [sees] * 10
    born = next(one for one in statistics.dates if one.column == "date_of_birth")
    assert (str(born.min)[:2] in ("18", "19", "20")) is sees
    assert born.n > 200, "counts are for all"


def test_the_shelf_is_what_analysts_see(shared: Desk, samples: tuple[Path, Path], tmp_path: Path) -> None:
    page = shared.ws.see.shelf(CLEO, "customers", 1, limit=1_000)
    assert page.total == len(page.rows) == shared.rows_of(Version)[0].rows
    at = page.columns.index("email")
    original = {
        (row["email"] or "").strip().lower() for row in csv.DictReader(samples[0].read_text().splitlines())
    }
    assert not {row[at] for row in page.rows} & original
    assert shared.ws.see.shelf_csv(CLEO, "customers", 1, tmp_path / "shelf.csv") == page.total
    with pytest.raises(UnknownName, match="no version 9"):
        shared.ws.see.shelf(CLEO, "customers", 9)


def test_a_difference_shows_masked_cells(later: Desk, second: str) -> None:
    later.publish(second)
    lines = later.ws.see.difference(CLEO, "customers", 1, 2)
    assert lines.keyed
    assert lines.rows_before + lines.added - lines.removed == lines.rows_after
    masked = {cell.before for cell in lines.sample if cell.column == "email"}
    assert masked
    assert all(str(value).startswith("p1_") for value in masked)
    assert later.ws.see.difference(CLEO, "customers", 1, 1).same


# why not


def _ready(desk: Desk, run: str) -> None:
    desk.accept_breaches(run)
    desk.approve_plan(run)


def _accepted(desk: Desk, run: str) -> None:
    desk.ws.decide(BEN, run, "unreadable", Action.ACCEPT, reason="seen")


WAYS: dict[str, tuple[Callable[[Desk, str], object], State]] = {
    "waits": (lambda desk, run: None, State.AWAITING_REVIEW),
    "ready": (_ready, State.AWAITING_REVIEW),
    "approved": (lambda desk, run: desk.approve(run), State.APPROVED),
    "its approver decided": (lambda desk, run: (desk.approve(run), _accepted(desk, run)), State.APPROVED),
    "revising": (
        lambda desk, run: desk.ws.decide(ANA, run, _cluster(desk, run), Action.REJECT, reason="no"),
        State.REVISING,
    ),
    "rejected": (lambda desk, run: desk.ws.reject_run(ANA, run, reason="no"), State.REJECTED),
    "published": (lambda desk, run: desk.publish(run), State.PUBLISHED),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_answer_can_be_given_in_every_state(desk: Desk, run: str, way: str) -> None:
    """And what it says of buttons is what the verbs do."""
    before, state = WAYS[way]
    before(desk, run)
    assert desk.state(run) is state
    for who in EVERYONE:
        if not who.may(Verb.SEE_RUNS):
            continue
        view = desk.ws.see.run(who, run)
        assert view.strip.state is state
        assert view.strip.who_next.endswith(".")
        _agrees(view.why_not_approve, lambda who=who: _try(desk, run, "approve", who))
        _agrees(view.why_not_publish, lambda who=who: _try(desk, run, "publish", who))
        assert bool(view.why_not_decide) == (
            not who.may(Verb.DECIDE) or state in (State.REJECTED, State.PUBLISHED)
        )
        assert bool(view.why_not_values) == (not who.may(Verb.SEE_VALUES))
        privacy = desk.ws.see.privacy(who, run)
        assert privacy
        _agrees(privacy.why_not_approve, lambda who=who: _try(desk, run, "approve_plan", who))
        for kind in ("html", "json", "txt"):
            assert desk.ws.see.report(who, run)[kind]
    assert desk.ws.see.triage(ANA, run).why_not == (
        f"The run is {state.value}." if state in (State.REJECTED, State.PUBLISHED) else ""
    )


class Undo(Exception):
    """Ends a transaction that was only tried."""


def _try(desk: Desk, run: str, verb: str, who: Person) -> None:
    """What the verb would do, taken back: the rules are asked in a transaction that is not kept."""
    from governance import approvals

    who.must(Verb.PUBLISH if verb == "publish" else Verb.APPROVE)
    house = desk.ws.house
    contract = house.contract_by_digest(desk.row(run).contract_digest)
    try:
        with house.ledger.write() as session:
            row = session.get_one(Run, run)
            if verb == "approve":
                approvals.approve(session, row, contract, who.name, digest=row.candidate, reason="")
            elif verb == "publish":
                approvals.publish(session, row, contract, who.name, reason="")
            else:
                approvals.approve_plan(session, row, who.name, digest=row.plan_digest, reason="")
            raise Undo
    except Undo:
        pass


def _agrees(why_not: str, go: Callable[[], None]) -> None:
    """A sentence exactly where the verb refuses."""
    try:
        go()
    except Refused:
        assert why_not.endswith("."), why_not
    else:
        assert why_not == ""


@pytest.mark.parametrize(
    ("way", "who", "action", "mine"),
    [
        ("waits", ANA, "Review", True),
        ("waits", BEN, "Review", True),
        ("waits", DAN, "Open", False),
        ("ready", ANA, "Open", False),
        ("ready", BEN, "Approve", True),
        ("approved", ANA, "Publish", True),
        ("approved", BEN, "Publish", True),
        ("approved", DAN, "Open", False),
    ],
    ids=str,
)
def test_the_inbox_says_whose_move_it_is(
    desk: Desk, run: str, way: str, who: Person, action: str, mine: bool
) -> None:
    WAYS[way][0](desk, run)
    inbox = desk.ws.see.inbox(who)
    (line,) = inbox.waiting
    assert (line.run, line.action, line.mine, line.why_not == "") == (run, action, mine, mine)
    assert not inbox.empty
    assert [strip.run for strip in inbox.recent] == [run]


def test_the_inbox_of_a_dataset_whose_plan_waits(desk: Desk, run: str) -> None:
    desk.accept_breaches(run)
    (line,) = desk.ws.see.inbox(BEN).waiting
    assert (line.action, line.page, line.mine) == ("Approve plan", "privacy", True)
    assert "masking plan to approve" in line.what
    assert not desk.ws.see.inbox(ANA).waiting[0].mine


def test_the_inbox_shows_rollbacks_to_the_other_person(later: Desk, second: str) -> None:
    later.publish(second)
    later.ws.ask_rollback(ANA, "customers", 1, reason="wrong month")
    for who, mine in ((ANA, False), (BEN, True), (DAN, False)):
        line = next(line for line in later.ws.see.inbox(who).waiting if line.rollback)
        assert (line.mine, line.why_not == "") == (mine, mine)
        assert "wrong month" in line.what
        (wish,) = later.ws.see.versions(who, "customers").rollbacks
        assert (wish.why_not_approve == "", wish.mine) == (mine, who is ANA)


def test_an_empty_house_has_an_empty_inbox(empty: Desk) -> None:
    inbox = empty.ws.see.inbox(ANA)
    assert inbox.empty
    assert (inbox.waiting, inbox.running, inbox.quality) == ((), (), ())
    assert inbox.datasets == ("customers", "divers")
    assert empty.ws.see.versions(CLEO, "customers").versions == ()


def test_a_queued_run_shows_as_running_and_answers_what_it_can(
    empty: Desk, samples: tuple[Path, Path]
) -> None:
    run = empty.submit(samples[1])
    assert [strip.run for strip in empty.ws.see.inbox(ANA).running] == [run]
    view = empty.ws.see.run(ANA, run)
    assert (view.candidate, view.measures, view.findings) == ("", (), ())
    assert empty.ws.see.privacy(ANA, run) is empty.ws.see.candidate(ANA, run) is None
    assert {mark.state for mark in view.strip.stages} == {"waiting"}
    with pytest.raises(Refused, match="has not been judged yet") as refusal:
        empty.ws.see.triage(ANA, run)
    assert refusal.value.hint


# the audit in words


def test_events_are_filtered_and_counted_alike(shared: Desk, run: str) -> None:
    for wanted in (
        {}, {"actor": "ben"}, {"run": run}, {"dataset": "divers"}, {"action": "decision"}, {"people_only": True},
    ):  # fmt: skip
        lines = shared.ws.see.events(DAN, limit=1_000, **wanted)
        assert len(lines) == shared.ws.see.event_count(DAN, **wanted)
        assert [line.seq for line in lines] == sorted((line.seq for line in lines), reverse=True)
    assert {line.actor for line in shared.ws.see.events(DAN, actor="ben", limit=1_000)} == {"Ben"}
    assert not {"worker", "system"} & {line.actor for line in shared.ws.see.events(DAN, people_only=True)}
    first = shared.ws.see.events(DAN, limit=3)
    assert shared.ws.see.events(DAN, limit=2, offset=1) == first[1:]
    assert shared.ws.see.event(DAN, first[0].seq) == first[0]
    assert shared.ws.see.event(DAN, 10_000) is None


def test_sentences_are_whole(shared: Desk) -> None:
    for line in shared.ws.see.events(DAN, limit=1_000):
        assert line.sentence
        assert "{" not in line.sentence
        assert "  " not in line.sentence


def test_a_decision_reads_as_one(desk: Desk, run: str) -> None:
    item = next(item for item in desk.items(run, "cluster") if item.waivable)
    desk.ws.decide(ANA, run, item.key, Action.WAIVE, reason="called them")
    line = next(line for line in desk.ws.see.events(DAN, action="decision"))
    assert line.sentence.startswith(f"Ana waived {item.rows} row")
    assert item.title in line.sentence
    assert line.sentence.endswith(": called them")


def test_reasons_are_offered_again(desk: Desk, run: str) -> None:
    items = desk.items(run, "cluster")
    for item, reason in zip(items, ("one", "two", "one"), strict=False):
        desk.ws.decide(ANA, run, item.key, Action.REJECT, reason=reason)
    desk.work()
    assert desk.ws.see.triage(ANA, run).reasons == ("one", "two")
    assert desk.ws.see.triage(SAM, run).reasons == ()
    assert [one.reason for one in desk.ws.see.triage(EVE, run).decisions] == ["one", "two", "one"]


def test_proposals_are_tried_before_they_are_offered(shared: Desk, second: str) -> None:
    """What a proposal says would pass is what its preview says passes."""
    tried = 0
    for item in shared.items(second, "cluster"):
        for one in shared.ws.see.proposals(ANA, second, item.key):
            if one.passes:
                shown = shared.ws.preview(ANA, second, item.key, Action.FIX, fix=one.fix)
                assert (shown.mended, shown.touched) == (one.passes, one.of), one
                tried += 1
    assert tried


def test_a_breach_has_no_rows_and_no_proposals(shared: Desk, second: str) -> None:
    breach = next(item for item in shared.items(second) if item.kind == "breach")
    assert shared.ws.see.proposals(ANA, second, breach.key) == ()
    assert shared.ws.see.item_rows(ANA, second, breach.key).total == 0
