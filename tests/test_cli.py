"""The command line: the whole journey in one home, exit codes, bad input, JSON documents."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance import logs
from governance.cli import driving, failing, main, progress, services, telling
from governance.errors import InputError, TransientFault
from governance.review.choices import Action
from governance.settings import PROJECT, Settings
from governance.states import State

DIVERS = PROJECT / "contracts" / "divers.yaml"
SECRET = "ana.example@example.org"


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def call(*words: object) -> Answer:
    """One command, in this process: importing the engine takes seconds."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(word) for word in words])
    return Answer(code, out.getvalue(), err.getvalue())


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    """The settings read anew with that home, and logging as it was afterwards."""
    loggers = [logging.getLogger(name) for name in ("", *logs.LIBRARIES)]
    before = [(list(logger.handlers), logger.propagate, logger.level) for logger in loggers]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVERNANCE_HOME", str(home))
        try:
            yield
        finally:
            for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
                logger.handlers, logger.propagate = handlers, propagate
                logger.setLevel(level)


@dataclass
class Journey:
    """What each step of the steward's way answered."""

    folder: Path
    run: str
    steps: dict[str, Answer]
    item: dict[str, str]
    rollback: str = ""

    @property
    def log(self) -> str:
        return (self.folder / "home" / "logs" / "assay.log").read_text()


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    folder = tmp_path_factory.mktemp("journey")
    with at_home(folder / "home"):
        yield _travel(folder)


def _travel(folder: Path) -> Journey:
    first, second = folder / "customers.csv", folder / "second.csv"
    steps = {
        "sample": call("sample", "customers", "--rows", 400, "--seed", 3, "--unreadable", 3, "--out", first)
    }
    steps["run"] = call("run", first, "--json")
    run = steps["run"].json["run"]
    steps["review"] = call("review", run, "--json")
    item = {entry["title"].split(" · ")[0]: entry["key"] for entry in steps["review"].json["items"]}
    slip, phone = item["email: not an e-mail address, two dots"], item["phone: wrong form"]
    twice, address = item["date_of_birth: ambiguous date"], item["address: missing"]
    steps |= {
        "ambiguous": call("decide", run, twice, "fix", "--reason", "guess"),
        "preview": call("decide", run, slip, "fix", "--preview", "--json"),
        "early": call("approve", run, "--as", "ben"),
        "fix": call("decide", run, slip, "fix", "--reason", "a slip of the finger", "--json"),
        "waive": call("decide", run, phone, "waive", "--reason", "called them", "--json"),
        "reject": call("decide", run, address, "reject", "--reason", "not one of ours", "--json"),
        "undo": call("undo", run, 3, "--reason", "it was", "--json"),
        "detached": call("mask", run, "income", "redact", "--reason", "not needed", "--detach", "--json"),
        "worker": call("worker", "--until-idle", "--json"),
        "accept": call("decide", run, "accuracy", "accept", "--reason", "known to the branch"),
        "own": call("approve", run),
        "unapproved": call("publish", run),
        "other digest": call("approve", run, "--as", "ben", "--digest", "0" * 64),
        "plan": call("approve", run, "--as", "ben", "--plan-only", "--json"),
        "approve": call("approve", run, "--as", "ben", "--reason", "fine"),
        "publish": call("publish", run, "--reason", "weekly load", "--json"),
        "sample 2": call(
            "sample", "customers", "--rows", 300, "--seed", 8, "--notes", "--out", second, "--json"
        ),
        "run 2": call("run", second, "--no-review", "--json"),
        "again": call("run", second),
        "rollback": call("rollback", 1, "--reason", "the wrong branch", "--json"),
    }
    rollback = steps["rollback"].json["rollback"]
    steps["own rollback"] = call("approve", rollback)
    steps["approve rollback"] = call("approve", rollback, "--as", "ben", "--json")
    return Journey(folder, run, steps, item, rollback)


CODES = {
    "sample": 0, "run": 2, "review": 0, "ambiguous": 3, "preview": 0, "early": 3, "fix": 0, "waive": 0,
    "reject": 0, "undo": 0, "detached": 0, "worker": 0, "accept": 0, "own": 3, "unapproved": 3,
    "other digest": 3, "plan": 0, "approve": 0, "publish": 0, "run 2": 0, "again": 0, "rollback": 2,
    "own rollback": 3, "approve rollback": 0,
}  # fmt: skip


@pytest.mark.parametrize(("step", "code"), CODES.items(), ids=CODES)
def test_exit_codes_of_the_journey(journey: Journey, step: str, code: int) -> None:
    answer = journey.steps[step]
    assert answer.code == code, (answer.out, answer.err)


def test_a_run_counts_every_row_and_tells_its_stages(journey: Journey) -> None:
    answer = journey.steps["run"].json
    assert answer["state"] == "awaiting review"
    assert answer["version"] is None
    assert len(answer["digest"]) == 64
    rows = answer["rows"]
    assert rows["in"] == 403 == rows["kept"] + rows["quarantined"] + rows["unreadable"]
    assert rows["unreadable"] == 3
    assert [(stage["number"], stage["state"]) for stage in answer["stages"]] == [
        (number, "done" if number <= 12 else "waiting") for number in range(1, 18)
    ]
    assert {"name", "seconds", "rows_in", "rows_out", "summary"} <= set(answer["stages"][0])
    assert "12 mask PII" in journey.steps["run"].err, "progress goes to stderr beside --json"


def test_review_lists_items_repairs_and_what_to_type(journey: Journey) -> None:
    answer = journey.steps["review"].json
    breach = next(item for item in answer["items"] if item["key"] == "breach-accuracy")
    assert breach["required"]
    assert breach["state"] == "open"
    mending = [one for item in answer["items"] for one in item["proposals"] if one["repair"] == "single_dots"]
    assert [(one["passes"], one["of"]) for one in mending] == [(1, 1)]
    assert any("accept" in command for command in answer["next"])
    assert answer["next"][-1].endswith("--as ben")
    assert not answer["plan"]["approved"]


def test_a_fix_that_leaves_a_choice_is_not_made(journey: Journey) -> None:
    said = journey.steps["ambiguous"].err
    assert "read_mdy" in said
    assert "read_dmy" in said
    assert "--repair" in said


def test_preview_equals_apply_and_is_not_recorded(journey: Journey) -> None:
    preview, fixed = journey.steps["preview"].json, journey.steps["fix"].json
    assert not preview["recorded"]
    assert preview["mended"] == 1
    assert fixed["rows_before"]["kept"] == preview["before"]["kept"]
    assert fixed["rows"]["kept"] == preview["after"]["kept"] == preview["before"]["kept"] + 1
    assert fixed["decision"] == 1


def test_decisions_move_rows_and_undo_moves_them_back(journey: Journey) -> None:
    fixed, waived, undone = (journey.steps[step].json for step in ("fix", "waive", "undo"))
    assert waived["rows"]["kept"] == fixed["rows"]["kept"] + 1
    assert undone["undoes"] == 3
    assert undone["rows"] == waived["rows"]
    assert journey.steps["detached"].json["state"] == "revising"


def test_the_approver_must_be_another_and_cite_what_they_saw(journey: Journey) -> None:
    assert "cannot approve" in journey.steps["own"].err
    assert "needs the approval" in journey.steps["unapproved"].err
    assert "Look at it again" in journey.steps["other digest"].err
    assert "open breaches" in journey.steps["early"].err
    assert [one["what"] for one in journey.steps["plan"].json["approved"]] == ["masking plan"]
    assert "approved the candidate" in journey.steps["approve"].out


def test_publishing_makes_versions(journey: Journey) -> None:
    published, second = journey.steps["publish"].json, journey.steps["run 2"].json
    assert (published["state"], published["version"]) == ("published", 1)
    assert (second["state"], second["version"]) == ("published", 2)
    assert {stage["state"] for stage in published["stages"]} <= {"done", "skipped"}
    assert f"seen before, in run {second['run']}" in journey.steps["again"].out


def test_a_rollback_gives_the_same_rows_again(journey: Journey) -> None:
    assert journey.steps["rollback"].json["difference"]["columns_removed"] == ["notes"]
    assert journey.steps["approve rollback"].json["version"] == 3
    assert call("diff", "customers", 1, 3, "--json").json["same"]
    first, third = (call("shelf", "customers", number).out for number in (1, 3))
    assert first == third
    assert first.count("\n") == journey.steps["publish"].json["rows"]["kept"] + 1


def test_the_shelf_and_diff_hold_masked_values_only(journey: Journey) -> None:
    raw = (journey.folder / "customers.csv").read_text()
    mail = next(cell for cell in raw.split(",") if "@" in cell and ".." not in cell)
    assert mail not in call("shelf", "customers", 1, "--as", "cleo").out
    assert mail not in call("diff", "customers", 1, 2).out


def test_the_audit_log_is_whole_and_can_be_taken_along(journey: Journey, tmp_path: Path) -> None:
    verdict = call("audit", "verify", "--json", "--as", "dan")
    assert (verdict.code, verdict.json["whole"]) == (0, True)
    out = tmp_path / "audit.jsonl"
    exported = call("audit", "export", out, "--json").json
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert sum("head" not in line for line in lines) == exported["events"] == verdict.json["events"]
    assert [line["seq"] for line in lines[: exported["events"]]] == list(range(1, exported["events"] + 1))


SHAPES = {
    "status": (("status",), {"runs"}),
    "status of one": (("status", "{run}"), {"run", "state", "rows", "stages", "who_next", "exit_code"}),
    "versions": (("versions",), {"datasets"}),
    "audit list": (("audit", "list", "--limit", "3"), {"events"}),
    "findings": (("findings", "{run}"), {"run", "count", "cells"}),
    "quarantine": (("quarantine", "{run}"), {"run", "count", "cells"}),
    "unreadable": (("unreadable", "{run}"), {"run", "lines"}),
    "pii": (("pii", "{run}"), {"run", "plan", "columns", "warnings"}),
    "profile": (("profile", "{run}"), {"run", "rows", "columns"}),
    "report": (("report", "{run}"), {"run", "stages", "findings"}),
    "contract show": (("contract", "show", "divers"), {"dataset", "columns", "rules", "yaml", "number"}),
    "contract diff": (("contract", "diff", "customers", "divers@1"), {"from", "to", "worst", "changes"}),
    "contract backtest": (
        ("contract", "backtest", str(DIVERS)),
        {"dataset", "digest", "trials", "published"},
    ),
    "contract list": (("contract", "list"), {"contracts"}),
    "contract check": (("contract", "check", str(DIVERS)), {"dataset", "columns", "rules", "not_run"}),
    "diff": (("diff", "customers", "0", "1"), {"dataset", "added", "removed", "changed", "same"}),
    "shelf": (("shelf", "customers"), {"dataset", "version", "total", "rows"}),
    "error": (("review", "zzz"), {"error", "exit_code"}),
    "usage": (("run", "--wat"), {"error", "exit_code"}),
}


@pytest.mark.parametrize(("words", "keys"), SHAPES.values(), ids=SHAPES)
def test_json_is_one_document_with_its_keys(journey: Journey, words: tuple[str, ...], keys: set[str]) -> None:
    answer = call(*(word.format(run=journey.run) for word in words), "--json")
    assert keys <= set(answer.json), answer.err
    if "error" in keys:
        assert set(answer.json["error"]) == {"message", "hint", "kind"}
        assert answer.code == answer.json["exit_code"] == 3


def test_every_failing_cell_is_listed(journey: Journey, tmp_path: Path) -> None:
    cells = call("findings", journey.run, "--json").json["cells"]
    assert {"row", "column", "rule", "severity", "observed", "expected"} == set(cells[0])
    lines = [json.loads(line) for line in call("findings", journey.run, "--format", "jsonl").out.splitlines()]
    assert lines == cells
    out = tmp_path / "cells.csv"
    assert call("findings", journey.run, "--out", out, "--json").json["count"] == len(cells)
    assert out.read_text() == call("findings", journey.run).out


@pytest.mark.parametrize("command", ["findings", "quarantine", "unreadable", "profile"])
def test_values_are_hidden_from_who_may_not_see_them(journey: Journey, command: str) -> None:
    shown, hidden = (call(command, journey.run, "--json", "--as", who).out for who in ("ana", "ben"))
    assert shown != hidden
    wrong = next(cell for cell in call("findings", journey.run, "--json").json["cells"] if cell["observed"])
    assert wrong["observed"] not in hidden


def test_the_profile_tells_values_to_stewards_only(journey: Journey) -> None:
    columns = {
        who: call("profile", journey.run, "--json", "--as", who).json["columns"] for who in ("ana", "dan")
    }
    assert all("values" in column for column in columns["ana"])
    assert not any("values" in column for column in columns["dan"])


@pytest.mark.parametrize("form", ["html", "json", "txt"])
def test_reports_are_written(journey: Journey, form: str, tmp_path: Path) -> None:
    out = tmp_path / f"report.{form}"
    assert call("report", journey.run, "--format", form, "--out", out).code == 0
    assert journey.run in out.read_text()


@pytest.mark.parametrize("command", ["review", "status", "pii", "profile", "unreadable", "report"])
def test_text_for_people(journey: Journey, command: str) -> None:
    answer = call(command, journey.run)
    assert answer.code == 0, answer.err
    assert len(answer.out.splitlines()) > 3


DIVER = "first_name,last_name,email,date_of_birth,certification_level,membership_date,status"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8

FILES: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 3, "empty"),
    "header only": (f"{DIVER}\n".encode(), 1, "no row of data"),
    "a picture": (PNG, 3, "PNG"),
    "one column": (b"email\na@example.org\nb@example.org\n", 1, "missing from the file"),
    "nul bytes": (b"first_name,last_name\nAna\x00,Example\n", 1, "missing from the file"),
}


@pytest.mark.parametrize(("content", "code", "said"), FILES.values(), ids=FILES)
def test_bad_files(journey: Journey, tmp_path: Path, content: bytes, code: int, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    answer = call("run", path, "--dataset", "divers", "--json")
    assert answer.code == answer.json["exit_code"] == code
    assert said in answer.out
    assert answer.json["state"] == "rejected"
    assert answer.json["outcome"] == ("input" if code == 3 else "refused")


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no such file": (("run", "/nowhere/x.csv"), "There is no file"),
    "a folder": (("run", "/"), "is a folder"),
    "no such address": (("run", "s3://bucket"), "not an address of the form"),
    "no such dataset": (("run", "{file}", "--dataset", "nope"), "There is no dataset 'nope'"),
    "no dataset fits": (("run", "{file}"), "not plain which dataset"),
    "no such person": (("run", "{file}", "--as", "zoe"), "There is no person 'zoe'"),
    "not permitted": (("run", "{file}", "--dataset", "divers", "--as", "cleo"), "may not submit"),
    "no such contract": (("run", "{file}", "--contract", "/nowhere.yaml"), "cannot be used"),
    "contract with a typo": (("run", "{file}", "--contract", "{typo}"), "line 19"),
    "not its contract": (("run", "{file}", "--contract", str(DIVERS), "--dataset", "x"), "is the contract"),
    "a check of a typo": (("contract", "check", "{typo}"), "line 19"),
    "no file named": (("run",), "Missing argument"),
    "no such command": (("frobnicate",), "No such command"),
    "no subcommand": (("audit",), "Missing command"),
    "no such option": (("status", "--wat"), "No such option"),
    "no such run": (("review", "zzz"), "There is no run 'zzz'"),
    "no such item": (("decide", "{run}", "nope", "waive", "--reason", "x"), "has no item 'nope'"),
    "no such action": (("decide", "{run}", "accuracy", "bless", "--reason", "x"), "no decision"),
    "options of a fix": (("decide", "{run}", "accuracy", "accept", "--repair", "clear"), "belong to fix"),
    "decided too late": (("decide", "{run}", "accuracy", "accept", "--reason", "x"), "is published"),
    "no such day": (("decide", "{run}", "x", "waive", "--until", "soon", "--reason", "x"), "--until"),
    "no such column": (("mask", "{run}", "shoe", "redact", "--reason", "x"), "no column 'shoe'"),
    "no such operator": (("mask", "{run}", "email", "shred", "--reason", "x"), "cannot be masked by"),
    "an operator that does not fit": (("mask", "{run}", "email", "generalise", "--reason", "x"), "cannot be"),
    "no run or rollback": (("approve", "zzz", "--as", "ben"), "nor a rollback"),
    "too short a digest": (("approve", "{run}", "--as", "ben", "--digest", "ab"), "too short"),
    "no such version": (("rollback", "99", "--reason", "x"), "has no version 99"),
    "the current version": (("rollback", "3", "--reason", "x"), "is the current one"),
    "no version yet": (("shelf", "divers"), "has no version yet"),
    "an ended run": (("resume", "{run}"), "Only a run that failed can be resumed"),
    "no such sample": (("sample", "dogs"), "There is no sample"),
    "a sample that is there": (("sample", "customers", "--out", "{file}"), "is there already"),
    "no such folder": (("findings", "{run}", "--out", "/nowhere/x.csv"), "cannot be used"),
    "no such format": (("findings", "{run}", "--format", "xml"), "no format 'xml'"),
    "an address for all": (("serve", "--address", "0.0.0.0"), "Local mode"),
    "not for analysts": (("status", "--as", "cleo"), "may not see runs"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_your_input_gets_a_sentence_and_exit_code_3(
    journey: Journey, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    file, typo = tmp_path / "odd.csv", tmp_path / "typo.yaml"
    file.write_text("shoe,hat\n41,7\n")
    typo.write_text(DIVERS.read_text().replace("logicalType: string", "logicalTyp: string", 1))
    answer = call(*(word.format(run=journey.run, file=file, typo=typo) for word in words))
    assert answer.code == 3
    assert answer.err.splitlines()[0].startswith("error: ")
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_fault_of_ours_is_told_without_its_values(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot convert {SECRET}")

    monkeypatch.setattr("governance.workspace.Workspace.fetch", broken)
    answer = call("run", "x.csv", "--json")
    assert answer.code == answer.json["exit_code"] == 4
    assert answer.json["error"]["kind"] == "RuntimeError"
    assert "Traceback" not in answer.err
    assert "in broken" in journey.log, "the places are in the log"
    for text in (answer.out, answer.err, journey.log):
        assert SECRET not in text


def test_the_log_is_json_and_holds_no_values(journey: Journey) -> None:
    logging.getLogger("assay.worker").warning("run %s waits", journey.run)
    logging.getLogger("chatty").warning("look at %s", SECRET)
    events = [json.loads(line)["event"] for line in journey.log.splitlines()]
    assert f"run {journey.run} waits" in events
    assert any(event.startswith("a message of chatty, withheld") for event in events)
    assert SECRET not in journey.log


def test_a_draft_can_be_run_under(journey: Journey, tmp_path: Path) -> None:
    file, out = tmp_path / "Shoe sales.csv", tmp_path / "draft.yaml"
    file.write_text("shoe,size\n" + "".join(f"S{at:03},{36 + at % 9}\n" for at in range(60)))
    looked = call("contract", "draft", file, "--dry-run", "--out", out, "--json")
    assert (looked.code, looked.json["dataset"], looked.json["number"]) == (0, "shoe_sales", None)
    assert call("contract", "check", out).code == 0
    added = call("contract", "draft", file)
    assert added.code == 0
    assert added.out == out.read_text()
    assert "--dataset shoe_sales" in added.err
    assert "has a contract already" in call("contract", "draft", file).err
    assert call("contract", "show", "shoe_sales").out == added.out
    assert call("contract", "add", out, "--json").json["number"] == 1, "the same bytes are one contract"
    assert call("run", file, "--detach", "--json").json["state"] == "queued"


def test_a_changed_contract_is_tried_on_old_versions(journey: Journey, tmp_path: Path) -> None:
    file = tmp_path / "customers.yaml"
    text = (PROJECT / "contracts" / "customers.yaml").read_text()
    file.write_text(text.replace("maxLength: 50", "maxLength: 4", 1))
    told = call("contract", "backtest", file, "--last", 2)
    assert told.code == 0
    assert re.match(r"Of [\d,]+ rows, [\d,]+ would newly be blocked and 0 newly let through\.\n", told.out)
    assert re.search(r"^  first_name\.length: [\d,]+ blocked, 0 let through$", told.out, re.MULTILINE)
    assert "version 1, customers.csv" in told.out
    assert call("contract", "backtest", DIVERS).code == 0
    assert call("contract", "backtest", file, "--last", 0).code == 3


def test_a_changed_contract_waits_for_another_person(journey: Journey, tmp_path: Path) -> None:
    file = tmp_path / "divers.yaml"
    file.write_bytes(DIVERS.read_bytes() + b"# changed\n")
    added = call("contract", "add", file, "--reason", "a remark", "--json").json
    assert (added["number"], added["in_force"]) == (2, False)
    assert f"contract approve {added['change']}" in call("contract", "add", file).out
    assert added["change"] in call("contract", "list").out
    own = call("contract", "approve", added["change"])
    assert (own.code, "cannot approve it" in own.err) == (3, True)
    other = call("contract", "approve", added["change"], "--as", "ben", "--digest", "0" * 64)
    assert (other.code, "Look at it again" in other.err) == (3, True)
    good = call("contract", "approve", added["change"], "--as", "ben", "--digest", added["digest"][:12])
    assert (good.code, good.out) == (0, "Ben approved contract 2 of divers; it is in force.\n")
    assert call("contract", "diff", "divers@1", "divers").out.startswith("cosmetic    Only comments")
    late = call("contract", "withdraw", added["change"], "--reason", "no")
    assert (late.code, "is approved" in late.err) == (3, True)


def test_one_process_is_the_worker(journey: Journey) -> None:
    from governance.house import open_house

    with open_house(Settings(home=journey.folder / "home")).bench.vault.lock("worker-local") as had:
        assert had
        answer = call("worker", "--until-idle")
    assert answer.code == 3
    assert "Another process is the worker" in answer.err


def test_samples_are_made_whole(journey: Journey) -> None:
    assert (journey.folder / "customers.truth.csv").exists()
    assert len((journey.folder / "customers.csv").read_text().splitlines()) == 404
    assert journey.steps["sample 2"].json["rows"] == 300


@pytest.mark.parametrize(
    ("state", "outcome", "code"),
    [
        (State.PUBLISHED, "", 0),
        (State.SKIPPED, "seen before", 0),
        (State.REJECTED, "refused", 1),
        (State.REJECTED, "rejected", 1),
        (State.AWAITING_REVIEW, "needs review", 2),
        (State.APPROVED, "clear", 2),
        (State.REJECTED, "input", 3),
        (State.FAILED, "", 4),
        (State.RUNNING, "", 4),
    ],
)
def test_exit_code_of_a_state(state: State, outcome: str, code: int) -> None:
    assert driving.exit_code(state, outcome) == code


def test_work_is_taken_over_when_the_other_worker_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[bool] = []
    worker = SimpleNamespace(run_until=lambda _: done.append(True))
    had = iter([None, None, worker])

    @contextmanager
    def working(_house: object) -> Iterator[object]:
        yield next(had)

    monkeypatch.setattr("governance.runner.working", working)
    monkeypatch.setattr(driving, "PAUSE", 0)
    driving.work_until(SimpleNamespace(), lambda: bool(done), subject="Run x")
    assert done == [True]
    assert next(had, None) is None


def test_work_that_stops_half_way_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def working(_house: object) -> Iterator[object]:
        yield SimpleNamespace(run_until=lambda _: None)

    monkeypatch.setattr("governance.runner.working", working)
    with pytest.raises(TransientFault, match="stopped half way"):
        driving.work_until(SimpleNamespace(), lambda: False, subject="Run x")


def _strip(*marks: tuple[int, str, float | None]) -> Any:
    stages = [
        SimpleNamespace(
            number=number, name=f"s{number}", state=state, seconds=seconds, summary="", purpose=""
        )
        for number, state, seconds in marks
    ]
    return SimpleNamespace(stages=stages, dataset="divers", file="a\x1b[31m.csv", state=State.RUNNING)


def test_lines_tell_each_finished_stage_once() -> None:
    stream = io.StringIO()
    lines = progress.Lines(stream, _strip((1, "done", 0.1), (8, "done", 0.2)))
    for marks in (((1, "done", 0.1), (8, "running", None)), ((1, "done", 0.1), (8, "done", 0.3))):
        lines.show(_strip(*marks))
        lines.show(_strip(*marks))
    assert [line.split()[0] for line in stream.getvalue().splitlines()] == ["8"]


def test_the_live_table_has_all_columns_and_no_control_characters() -> None:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=60, record=True)
    console.print(progress._drawn(_strip((1, "done", 0.1), (10, "running", None), (17, "waiting", None))))
    text = console.export_text()
    assert "\x1b" not in text
    assert [line.split()[:3] for line in text.splitlines()[1:]] == [
        ["✓", "1", "s1"],
        ["●", "10", "s10"],
        ["·", "17", "s17"],
    ]


def test_a_display_that_fails_does_not_stop_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    looks = iter([_strip((1, "running", None))])
    with progress.following(lambda: next(looks), to_stderr=False):
        pass
    assert capsys.readouterr().err == ""


@given(st.text())
def test_nothing_said_can_steer_a_terminal(text: str) -> None:
    said = telling.plain(text)
    assert "\x1b" not in said
    assert "\n" not in said
    assert all(sign.isprintable() or not sign.isascii() for sign in said)


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("127.9.9.9", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("example.org", False)],
)  # fmt: skip
def test_loopback(host: str, local: bool) -> None:
    assert services.is_loopback(host) is local


def test_a_port_that_is_taken_says_so(tmp_path: Path) -> None:
    """Before anything is started, and with what to do."""
    with at_home(tmp_path), socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answer = call("serve", "--port", str(port))
    assert answer.code == 3
    said = " ".join(answer.err.split())
    assert f"Port {port} of 127.0.0.1 cannot be opened: address already in use." in said
    assert f"http://127.0.0.1:{port}" in said
    assert "--port" in said


def test_words_for_decisions_are_those_of_the_engine() -> None:
    """What needs more than a word has a command of its own."""
    text = call("decide", "--help").out.replace("\n", "")
    own = {Action.MEND: "mend", Action.SEND_BACK: "send-back"}
    assert all(action.value in text for action in Action if action not in own)
    commands = call("--help").out
    assert all(command in commands for command in own.values())


@pytest.mark.parametrize(("name", "value"), [("PORT", "hunter2"), ("LOG_LEVEL", "loud"), ("PERSON", "zoe")])
def test_wrong_settings_are_your_input(tmp_path: Path, name: str, value: str) -> None:
    with at_home(tmp_path), pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"GOVERNANCE_{name}", value)
        answer = call("status")
    assert answer.code == 3
    assert answer.err.startswith("error: ")
    assert name != "PORT" or ("GOVERNANCE_PORT" in answer.err and value not in answer.err)


def test_a_home_that_cannot_be_used(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with at_home(taken / "home"):
        answer = call("status")
    assert answer.code == 3
    assert "cannot be used" in answer.err


def test_files_of_says_what_the_system_says(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"), failing.files_of(tmp_path):
        tmp_path.write_text("x")


def _python(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'duckdb', 'sqlalchemy', 'pandas', 'pyarrow', 'dbos', 'great_expectations', 'streamlit'}"
    done = _python("-c", f"import sys, governance.cli; print(sorted({heavy} & set(sys.modules)))")
    assert done.stdout.strip() == "[]"


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    script = f"{sys.executable} -m governance sample customers --rows 5 --out {tmp_path}/a.csv --json | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_module_runs() -> None:
    done = _python("-m", "governance", "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "Assay")
