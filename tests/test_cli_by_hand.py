"""The command line's newer verbs, end to end in one home, and its refusals: a sentence, what to do, exit code 3."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from drive import customers, today
from test_cli import Answer, at_home, call
from test_waivers import FEW

from governance import waivers

BROKEN = "10000\n"
SECRET = "8a1-secret"
WHOLE = '90001,Mara,Lind,mara.lind@example.com,555-123-4567,1980-02-03,"1 Long Road, Town",52000,active,2024-05-06'


class Way(NamedTuple):
    """A run, and what each step answered."""

    run: str
    steps: dict[str, Answer]


def spoilt(folder: Path) -> Path:
    """Customers with six last names that hold a digit, four bad e-mails, and a line that cannot be read."""
    file = customers(folder, seed=21, rows=120)
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for place, row in enumerate(rows[20:30]):
        row |= {"last_name": "Doe9"} if place < 6 else {"email": "nobody..here@example.com"}
    write(file, rows)
    with file.open("a") as text:
        text.write(BROKEN)
    return file


def write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def items(run: str) -> list[dict[str, Any]]:
    return list(call("review", run, "--json").json["items"])


def open_item(run: str, start: str) -> str:
    found = [one for one in items(run) if one["title"].startswith(start) and one["state"] == "open"]
    return str(max(found, key=lambda one: one["rows"])["key"])


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    folder = tmp_path_factory.mktemp("by-hand")
    with at_home(folder / "home"):
        yield travel(folder)


def travel(folder: Path) -> Way:
    """A contract that lets one person waive one row; then every verb once, and a publish in an emergency."""
    contract, back, again = folder / "few.yaml", folder / "back.csv", folder / "again.csv"
    contract.write_bytes(FEW)
    change = call("contract", "add", contract, "--reason", "few", "--json").json["change"]
    steps = {"contract": call("contract", "approve", change, "--as", "ben")}
    run = call("run", spoilt(folder), "--json").json["run"]
    steps["set apart"] = call("set-apart", run, "income", 1, 60_000, "--reason", "look", "--json")
    line = str(call("unreadable", run, "--json").json["lines"][0]["line"])
    steps["mend preview"] = call("mend", run, line, WHOLE, "--preview", "--json")
    steps["mend"] = call("mend", run, line, WHOLE, "--reason", "torn", "--json")

    mails = open_item(run, "email: not an e-mail address, two dots")
    steps["send back"] = call("send-back", run, mails, back, "--reason", "no mails", "--json")
    steps["send back again"] = call("send-back", run, mails, back, "--reason", "no mails")
    with back.open(newline="", encoding="utf-8") as text:
        rows = [{**row, "email": "some.body@example.com"} for row in csv.DictReader(text)]
    write(again, rows)
    steps["corrected preview"] = call("corrected", run, mails, again, "--preview", "--json")
    steps["corrected"] = call("corrected", run, mails, again, "--reason", "they did", "--json")
    steps["corrected nothing"] = call("corrected", run, mails, folder / "nowhere.csv")

    names = open_item(run, "last_name")
    cells, odd, torn = (folder / name for name in ("cells.csv", "odd.csv", "torn.csv"))
    cells.write_text("row,column,value\n21,last_name,Doe\n22,address,\n", encoding="utf-8")
    odd.write_text("line,name\n21,Doe\n", encoding="utf-8")
    torn.write_text(f"row,column,value\n21,last_name,Doe\n{SECRET},last_name,Doe\n", encoding="utf-8")
    wide = folder / "wide.csv"
    wide.write_text("row,column,value\n21,last_name,Doe,Roe\n", encoding="utf-8")
    steps["wide cells"] = call("decide", run, names, "fix", "--cells", wide)
    steps["cells preview"] = call("decide", run, names, "fix", "--cells", cells, "--preview", "--json")
    steps["cells nowhere"] = call("decide", run, names, "fix", "--cells", folder / "nowhere.csv")
    steps["cells of another kind"] = call("decide", run, names, "fix", "--cells", odd)
    steps["torn cells"] = call("decide", run, names, "fix", "--cells", torn)
    steps["cells and a repair"] = call("decide", run, names, "fix", "--cells", cells, "--repair", "clear")
    steps["cells to waive"] = call("decide", run, names, "waive", "--cells", cells, "--reason", "so")
    steps["cells unseen"] = call(
        "decide", run, names, "fix", "--cells", cells, "--reason", "so", "--as", "ben"
    )
    steps["cells"] = call("decide", run, names, "fix", "--cells", cells, "--reason", "called them", "--json")
    waived = call("decide", run, names, "waive", "--reason", "called them", "--json").json["decision"]
    steps["own waiver"] = call("approve-waiver", run, waived)
    steps["stale waiver"] = call("approve-waiver", run, waived, "--digest", "0" * 64, "--as", "ben")
    for one in items(run):
        if one["required"] and one["state"] == "open":
            call("decide", run, one["key"], "accept", "--reason", "known")
    call("approve", run, "--plan-only", "--as", "ben")
    steps["before the waiver"] = call("approve", run, "--as", "ben")
    steps["approve waiver"] = call("approve-waiver", run, waived, "--as", "ben", "--json")
    steps["no such waiver"] = call("approve-waiver", run, waived, "--as", "ben")
    steps["self-approval"] = call("approve", run)
    steps["stale digest"] = call("approve", run, "--digest", "0" * 64, "--as", "ben")
    steps["analyst"] = call("review", run, "--as", "cleo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waivers, "today", lambda: today() + timedelta(days=365))
        steps["expired waiver"] = call("approve", run, "--as", "ben")
    call("worker", "--until-idle")
    call("decide", run, names, "reject", "--reason", "nobody knows them")
    for one in items(run):
        if one["required"] and one["state"] == "open":
            call("decide", run, one["key"], "accept", "--reason", "known")
    steps["keep nothing"] = call("keep", run, waived, "--reason", "still right")
    steps["no admin"] = call("break-glass", run, "--reason", "wages are due", "--as", "ben")
    steps["no reason"] = call("break-glass", run, "--reason", " ", "--as", "ida")
    steps["break glass"] = call("break-glass", run, "--reason", "wages are due", "--as", "ida", "--json")
    steps["own sign-off"] = call("sign-off", run, "--reason", "mine", "--as", "ida")
    steps["sign off"] = call("sign-off", run, "--reason", "they were", "--as", "ben", "--json")
    return Way(run, steps)


DONE: dict[str, set[str]] = {
    "cells preview": {"before", "after", "touched", "sample", "recorded"},
    "cells": {"decision", "fix", "rows", "state"},
    "set apart": {"run", "item"},
    "mend preview": {"row", "fails"},
    "mend": {"decision", "line", "rows", "state"},
    "send back": {"decision", "item", "rows", "file"},
    "corrected preview": {"matched", "changed", "missing", "unknown", "doubled", "recorded"},
    "corrected": {"decision", "matched", "rows"},
    "approve waiver": {"decision", "digest"},
    "break glass": {"run", "state", "version"},
    "sign off": {"signed_off_by"},
}


@pytest.mark.parametrize(("step", "keys"), DONE.items(), ids=DONE)
def test_what_is_done_is_one_document(way: Way, step: str, keys: set[str]) -> None:
    answer = way.steps[step]
    assert answer.code == answer.json["exit_code"] == 0, answer.err
    assert keys <= set(answer.json)


REFUSED = {
    "cells nowhere": ("no file", "row,column,value"),
    "cells of another kind": ("no file of cells", "row,column,value"),
    "wide cells": ("near line 2", "row's number"),
    "torn cells": ("near line 3", "row's number"),
    "cells and a repair": ("--cells", "leave"),
    "cells to waive": ("belong to fix", "leave"),
    "cells unseen": ("approver", "personal data"),
    "self-approval": ("ana", "another person"),
    "own waiver": ("waive", "another person"),
    "stale digest": ("Look at it again", ""),
    "stale waiver": ("Look at it again", ""),
    "expired waiver": ("ended on", "look at the new revision"),
    "before the waiver": ("need another person's approval", "decision"),
    "no such waiver": ("no waiver that waits for approval", "review"),
    "analyst": ("may not", ""),
    "keep nothing": ("needs no other look", "lists the decisions"),
    "no admin": ("may not publish without a second person", ""),
    "no reason": ("reason", ""),
    "own sign-off": ("may not approve", "Ask someone with that role"),
    "send back again": ("is there already", "--force"),
    "corrected nothing": ("There is no file", "Name the corrected file"),
}


@pytest.mark.parametrize(("step", "said"), REFUSED.items(), ids=REFUSED)
def test_a_refusal_says_why_and_what_to_do(way: Way, step: str, said: tuple[str, str]) -> None:
    answer = way.steps[step]
    first, *rest = answer.err.splitlines()
    assert answer.code == 3, (answer.out, answer.err)
    assert first.startswith("error: ")
    assert rest, "what to do stands under it"
    assert "Traceback" not in answer.err
    for words in said:
        assert words.lower() in answer.err.lower(), answer.err


def test_what_came_of_it(way: Way) -> None:
    mended, sent, back = (way.steps[step].json for step in ("mend", "send back", "corrected"))
    assert mended["rows"]["unreadable"] == 0
    assert sent["rows"]["quarantined"] >= 4
    assert (back["matched"], back["missing"], back["unknown"]) == (back["changed"], 0, 0)
    assert back["rows"]["kept"] > sent["rows"]["kept"]
    assert way.steps["cells preview"].json["touched"] == 2
    edited = way.steps["cells"].json
    assert edited["fix"] == {"repair": "by_hand", "columns": ["last_name", "address"], "cells": 2}
    assert SECRET not in way.steps["torn cells"].err
    assert way.steps["break glass"].json["state"] == "published"
    told = call("audit", "list", "--limit", "300", "--json", "--as", "dan").json["events"]
    assert any("WITHOUT A SECOND PERSON" in str(one) for one in told)
    assert call("audit", "verify", "--json", "--as", "dan").json["whole"]
