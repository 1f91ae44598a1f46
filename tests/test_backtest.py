"""A changed contract on old inputs: equal to an independent count, with fixes, on samples, and without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from drive import ANA, Desk, Template

from governance.backtest import BackTest, Trial, rows_of
from governance.engines.duckdb import scan
from governance.errors import ContractError, InputError
from governance.review.choices import Action, Fix
from governance.settings import PROJECT

CUSTOMERS = (PROJECT / "contracts" / "customers.yaml").read_bytes()
HOSTILE = """\
apiVersion: v3.1.0
kind: DataContract
id: t
version: 1.0.0
status: active
schema:
  - name: t
    properties:
      - name: n
        logicalType: integer
        logicalTypeOptions: { maximum: MAX }
      - name: 'a "b" 🤿'
"""


def changed(old: str, new: str) -> bytes:
    assert old in CUSTOMERS.decode()
    return CUSTOMERS.decode().replace(old, new, 1).encode()


def tried(desk: Desk, text: bytes, **options: int) -> Trial:
    (trial,) = desk.ws.back_test(ANA, "customers", text, **options).trials
    return trial


def tables(desk: Desk) -> set[Path]:
    return {path for path in desk.home.rglob("*") if path.is_file() and "ledger" not in path.name}


def test_the_same_contract_moves_nothing(desk: Desk) -> None:
    trial = tried(desk, CUSTOMERS + b"\n# a remark\n")
    assert (trial.newly_blocked, trial.newly_let, trial.shifts) == (0, 0, ())
    assert trial.blocked_before == trial.blocked_after > 0


def test_a_tighter_rule_blocks_the_rows_that_an_independent_count_finds(desk: Desk) -> None:
    trial = tried(
        desk, changed("minLength: 2\n          maxLength: 50", "minLength: 2\n          maxLength: 5")
    )
    (shift,) = trial.shifts
    kept = desk.ws.house.bench
    with kept.engine() as engine:
        clean = next(
            path for path in (desk.home / "vault" / "tables").rglob("*.parquet") if _is_kept(engine, path)
        )
        longer = engine.value(f"SELECT count(*) FROM {scan(clean)} WHERE length(first_name) > 5")
    assert (shift.rule, shift.blocks, shift.lets) == ("first_name.length", longer, 0)
    assert (trial.newly_blocked, trial.newly_let) == (longer, 0)
    assert longer > 0


def _is_kept(engine: object, path: Path) -> bool:
    columns = engine.columns(scan(path))  # type: ignore[attr-defined]
    return columns.get("customer_id") == "BIGINT" and "_row" in columns


def test_a_removed_rule_lets_through_what_broke_it_alone(desk: Desk, run: str) -> None:
    item = next(item for item in desk.items(run, "cluster") if item.rules[0][0] == "email.email")
    alone = sum(
        item.rows
        for item in desk.items(run, "cluster")
        if [rule for rule, _ in item.rules] == ["email.email"]
    )
    trial = tried(desk, changed("format: email", "maxLength: 400"))
    (shift,) = trial.shifts
    assert (shift.rule, shift.lets, shift.blocks) == ("email.email", alone, 0)
    assert (trial.newly_let, trial.newly_blocked, trial.blocked_before - trial.blocked_after) == (
        alone,
        0,
        alone,
    )
    assert item.rows <= alone


def test_people_s_fixes_are_laid_over_the_rows(desk: Desk, run: str) -> None:
    slip = next(item for item in desk.items(run, "cluster") if item.rules[0][0] == "email.email")
    desk.ws.decide(
        ANA, run, slip.key, Action.FIX, reason="r", fix=Fix(column="email", repair="set", value="a@b.example")
    )
    desk.work()
    before = tried(desk, CUSTOMERS + b"# x\n")
    assert before.fixes == 1
    assert before.blocked_before == desk.row(run).rows["quarantined"]
    assert before.newly_blocked == before.newly_let == 0


def test_nothing_stays_behind(desk: Desk) -> None:
    before = tables(desk), len(desk.events())
    tried(desk, changed("maxLength: 50", "maxLength: 5"))
    assert (tables(desk), len(desk.events())) == before


def test_a_sample_is_said(desk: Desk) -> None:
    trial = tried(desk, changed("maxLength: 50", "maxLength: 5"), most=60)
    assert 40 <= trial.rows <= 60 < trial.of
    found = desk.ws.back_test(ANA, "customers", CUSTOMERS + b"# x\n", most=60)
    assert found.sampled
    assert not found.published
    assert rows_of(desk.ws.house, "customers") >= trial.of


def test_the_inputs_of_versions_come_first(later: Desk, published: Template) -> None:
    found: BackTest = later.ws.back_test(ANA, "customers", changed("maxLength: 50", "maxLength: 5"))
    assert [trial.version for trial in found.trials] == [1]
    assert found.published
    assert found.trials[0].run != published.run
    later.ws.reject_run(ANA, published.run, reason="no")
    assert later.ws.back_test(ANA, "customers", CUSTOMERS + b"# x\n").trials[0].newly_blocked == 0


def test_a_renamed_and_a_missing_column(desk: Desk) -> None:
    gone = tried(desk, changed("- name: customer_id", "- name: client"))
    assert gone.refused == "The column client is required but missing from the file."
    assert gone.blocked_after == gone.rows
    loosely = tried(desk, changed("- name: first_name", "- name: First Name"))
    assert (loosely.newly_blocked, loosely.newly_let, loosely.refused) == (0, 0, "")


def test_hostile_names(empty: Desk, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('n,"a ""b"" 🤿"\n' + "".join(f"{n},x\n" for n in range(20)))
    empty.ws.add_contract(ANA, HOSTILE.replace("MAX", "100").encode())
    empty.run(tmp_path / "t.csv", "t")
    (trial,) = empty.ws.back_test(ANA, "t", HOSTILE.replace("MAX", "9").encode()).trials
    assert (trial.newly_blocked, trial.shifts[0].rule) == (10, "n.range")
    (sampled,) = empty.ws.back_test(ANA, "t", HOSTILE.replace("MAX", "9").encode(), most=10).trials
    assert (sampled.rows, sampled.newly_blocked) == (10, 5)


REFUSED = {
    "another dataset": ((PROJECT / "contracts" / "divers.yaml").read_bytes(), 5, InputError, "of divers"),
    "no version": (CUSTOMERS, 0, InputError, "0 versions"),
    "too many": (CUSTOMERS, 51, InputError, "1 to 50"),
    "a mistake": (CUSTOMERS.replace(b"integer", b"intger", 1), 5, ContractError, "line"),
}


@pytest.mark.parametrize(("text", "last", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_tried(desk: Desk, text: bytes, last: int, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        desk.ws.back_test(ANA, "customers", text, last=last)


def test_a_dataset_without_runs(empty: Desk) -> None:
    assert empty.ws.back_test(ANA, "customers", CUSTOMERS).trials == ()
