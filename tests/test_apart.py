"""What sets a cluster's rows apart, and what became of its signature before."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from drive import ANA, BEN, Desk

from governance.answers.history import HIDDEN
from governance.review.choices import Action, Fix

CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: apart
name: apart
version: 1.0.0
status: active
schema:
  - name: apart
    physicalName: apart
    properties:
      - name: code
        logicalType: string
        required: true
      - name: branch
        logicalType: string
      - name: day
        logicalType: string
      - name: income
        logicalType: string
      - name: "we \\"ird 🦀 value"
        logicalType: string
      - name: id
        logicalType: string
"""


def planted(path: Path, *, rows: int = 4_000, bad: int = 300, leaning: bool = True) -> Path:
    """Rows of which `bad` have no code; where they lean, those come from one branch, in one month, and are rich."""
    dice = random.Random(4)
    lines = ['code,branch,day,income,"we ""ird 🦀 value",id']
    for at in range(rows):
        failing = at % (rows // bad) == 0
        odd = failing and leaning and dice.random() < 0.9
        branch = "north" if odd else dice.choice(("south", "east", "west", "north"))
        month = 3 if odd else dice.randint(1, 12)
        income = dice.uniform(900, 1000) if odd else dice.uniform(0, 1000)
        weird = "" if odd else dice.choice("ab")
        code = "" if failing else f"C{at % 7}"
        lines.append(f"{code},{branch},2024-{month:02d}-{dice.randint(1, 28):02d},{income:.2f},{weird},{at}")
    path.write_text("\n".join(lines) + "\n")
    return path


def prepared(desk: Desk, tmp_path: Path, *, leaning: bool) -> tuple[str, str]:
    run = desk.run(planted(tmp_path / "apart.csv", leaning=leaning), "apart", contract=CONTRACT.encode())
    return run, max(desk.items(run, "cluster"), key=lambda one: one.rows).key


def test_planted_differences_are_found_and_nothing_else(empty: Desk, tmp_path: Path) -> None:
    run, item = prepared(empty, tmp_path, leaning=True)
    found = empty.ws.see.apart(ANA, run, item)
    said = {one.column: one for one in found.columns}
    assert set(said) == {"branch", "day", "income", 'we "ird 🦀 value'}
    assert said["branch"].part == "north"
    assert said["branch"].share == pytest.approx(0.92, abs=0.05)
    assert said["branch"].passing == pytest.approx(0.25, abs=0.05)
    assert said["day"].part == "2024-03"
    assert said["income"].part.startswith(("from 8", "from 9"))
    assert said['we "ird 🦀 value'].part == "missing"
    assert [one.distance for one in found.columns] == sorted(
        (o.distance for o in found.columns), reverse=True
    )
    hidden = empty.ws.see.apart(BEN, run, item)
    assert {one.part for one in hidden.columns} == {HIDDEN, "missing"}


def test_chance_is_not_a_difference(empty: Desk, tmp_path: Path) -> None:
    run, item = prepared(empty, tmp_path, leaning=False)
    found = empty.ws.see.apart(ANA, run, item)
    assert found.rows > 200
    assert found.columns == ()


def test_an_answer_is_kept_in_the_vault(empty: Desk, tmp_path: Path) -> None:
    run, item = prepared(empty, tmp_path, leaning=True)
    first = empty.ws.see.apart(ANA, run, item)
    tables = set((empty.home / "vault" / "tables").rglob("*.parquet"))
    assert empty.ws.see.apart(ANA, run, item) == first
    assert set((empty.home / "vault" / "tables").rglob("*.parquet")) == tables


def test_what_has_no_rows_has_nothing_apart(desk: Desk, run: str) -> None:
    for item in desk.items(run):
        if item.kind != "cluster":
            assert desk.ws.see.apart(ANA, run, item.key).columns == ()


def test_a_signature_remembers_what_became_of_it(later: Desk, second: str) -> None:
    """The first run of the home left its clusters alone; the second decides, a third sees both."""
    met = [
        item
        for item in later.items(second, "cluster")
        if later.ws.see.seen_before(ANA, second, item.key).runs
    ]
    assert met
    item = max(met, key=lambda one: one.rows)
    before = later.ws.see.seen_before(ANA, second, item.key)
    assert (before.runs, before.undecided, before.last) == (1, 1, "")
    column = item.columns[0]
    first = later.ws.decide(
        ANA,
        second,
        item.key,
        Action.FIX,
        reason="tidy",
        fix=Fix(column=column, expression=f'trim("{column}")'),
    )
    later.ws.undo(ANA, second, first)
    later.ws.decide(ANA, second, item.key, Action.REJECT, reason="cannot be used")
    later.work()
    file = next(later.home.parent.rglob("customers-2.csv"), None)
    digest = later.row(second).input_digest
    third = later.ws.submit(ANA, "customers", input_digest=digest, file=str(file or "again.csv"), force=True)
    later.work()
    seen = later.ws.see.seen_before(BEN, third, item.key)
    assert (seen.runs, seen.undecided) == (2, 1)
    assert seen.actions == (("rejected", 1),)
    assert seen.last == "rejected by Ana: cannot be used"
    assert seen.last_run == second
