"""The verdict of a run against the generator's truth: false alarms and misses, by cell and by quarantined row."""

from __future__ import annotations

from pathlib import Path

from governance.contract.model import Contract
from governance.engines.duckdb import Engine, literal, scan
from governance.house import House
from governance.journal import Journal
from governance.stages import Stage
from governance.stages.quarantine import Split
from governance.tables import ROW


def misjudged(house: House, run_id: str, truth: Path) -> dict[str, int]:
    """Wrong cells and rows by the truth, and how many the run called wrong that are right, and the other way round.

    `false_positives` and `false_negatives` are cells; `false_quarantined` and `missed_rows` rows of stage 9.
    """
    run = house.run(run_id)
    split = Journal(house, run.id, run.dataset, 0).known(Stage.QUARANTINE, Split)
    assert split, "the run has no quarantine"
    contract = house.contract_by_digest(house.contract(run.dataset).digest)
    with house.bench.engine() as engine:
        _tables(engine, split, contract, truth)
        return {
            "wrong_cells": engine.value("SELECT count(*) FROM wrong"),
            "wrong_rows": engine.value(f"SELECT count(DISTINCT {ROW}) FROM wrong"),
            "false_positives": _only(engine, "found", "wrong"),
            "false_negatives": _only(engine, "wrong", "found"),
            "false_quarantined": _only(engine, "quarantined", f"(SELECT {ROW} FROM wrong)"),
            "missed_rows": _only(engine, f"(SELECT {ROW} FROM wrong)", "quarantined"),
        }


def _tables(engine: Engine, split: Split, contract: Contract, truth: Path) -> None:
    """`wrong` and `found` cells, and `quarantined` rows."""
    columns = ", ".join(f"({literal(rule.id)}, {literal(rule.column)})" for rule in contract.rules)
    engine.run(
        f'CREATE TEMP TABLE wrong AS SELECT CAST("row" AS BIGINT) AS {ROW}, "column" '
        f"FROM read_csv({literal(truth)}, all_varchar = true) WHERE verdict = 'wrong' AND \"row\" IS NOT NULL"
    )
    engine.run(
        f'CREATE TEMP TABLE found AS SELECT DISTINCT {ROW}, rules."column" '
        f"FROM (SELECT {ROW}, unnest(_reasons) AS reason FROM {scan(split.judged.failing.path)}) "
        f'LEFT JOIN (VALUES {columns}) AS rules(id, "column") ON reason = rules.id'
    )
    engine.run(f"CREATE TEMP TABLE quarantined AS SELECT {ROW} FROM {scan(split.quarantine.path)}")


def _only(engine: Engine, ours: str, theirs: str) -> int:
    """How many of the first relation are not in the second."""
    return int(engine.value(f"SELECT count(*) FROM (SELECT * FROM {ours} EXCEPT SELECT * FROM {theirs})"))
