"""Every kind of rule against an oracle in plain Python, over random tables: exactly the same rows fail.

`tests/rule_oracles.py` says what each kind promises, `tests/rule_tables.py` makes rules and tables. The default run
is the same every time; `make test-all` tries 2,000 tables a kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_oracles import ORACLES, Plan
from rule_tables import MAKERS, OTHER, REFERRED, ROLES, TODAY, Rows, tables

from governance.contract.model import Column, Contract, LogicalType
from governance.engines.duckdb import Engine, open_engine
from governance.rules import kinds
from governance.settings import Settings
from governance.verdict import failing_rows

KINDS = [kind.model_fields["kind"].default for kind in get_args(get_args(kinds.AnyRule)[0])]
QUICK = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
THOROUGH = settings(
    max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


class Judge:
    """The engine's verdict on a table, and where the other dataset of a reference lies."""

    def __init__(self, engine: Engine, other: Path) -> None:
        self.engine, self.other = engine, other
        self.queries: dict[str, str] = {}

    def reasons(self, plans: list[Plan], rows: Rows) -> dict[int, list[str]]:
        """Row → the rules that it breaks, as the production's query gives them."""
        types = {name: kind for plan in plans for name, kind in plan.types.items()}
        columns = tuple(dict.fromkeys(name for plan in plans for name in plan.rule.reads))
        contract = Contract(
            dataset="t",
            digest="",
            columns=tuple(Column(name=name, type=LogicalType(types[name])) for name in columns),
            rules=tuple(self._bound(plan.rule) for plan in plans),
        )
        cells = {name: pa.array([row[name] for row in rows], pa.string()) for name in columns}
        table = pa.table({"_row": pa.array(range(1, len(rows) + 1), pa.int64()), **cells})
        self.engine.register("judged", table)
        said = contract.model_dump_json()
        if said not in self.queries:
            self.queries[said] = failing_rows("judged", columns, contract, TODAY)
        found = self.engine.rows(self.queries[said])
        listed = {row: list(reasons) for row, reasons, _, _ in found}

        assert list(listed) == sorted(listed) and len(listed) == len(found), "one line a row, in row order"
        assert set(listed) <= set(range(1, len(rows) + 1))
        return listed

    def _bound(self, rule: kinds.AnyRule) -> kinds.AnyRule:
        return (
            rule.model_copy(update={"files": (str(self.other),)})
            if isinstance(rule, kinds.Reference)
            else rule
        )


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    home = tmp_path_factory.mktemp("home")
    pq.write_table(
        pa.table({'say "id"': pa.array([*sorted(REFERRED), None, "7"], pa.string())}), home / OTHER
    )
    with open_engine(Settings(home=home, threads=1)) as engine:
        yield Judge(engine, home / OTHER)


def check(judge: Judge, plans: list[Plan], rows: Rows) -> int:
    """Every row has the reasons that the oracles give, in the contract's order; how many rows have any."""
    named = [
        Plan(plan.rule.model_copy(update={"id": f"r{n}"}), plan.types, plan.means, plan.referred, plan.today)
        for n, plan in enumerate(plans)
    ]
    broken = {plan.rule.id: ORACLES[plan.rule.kind](plan, rows) for plan in named}
    expected = {
        row: reasons
        for row in range(1, len(rows) + 1)
        if (reasons := [rule for rule, found in broken.items() if row in found])
    }

    assert judge.reasons(named, rows) == expected
    return len(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_fails_the_rows_that_its_oracle_fails(judge: Judge, kind: str) -> None:
    against_the_oracle(judge, kind, QUICK)


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_tables_of_each_kind(judge: Judge, kind: str) -> None:
    against_the_oracle(judge, kind, THOROUGH)


def against_the_oracle(judge: Judge, kind: str, how: settings) -> None:
    """Also that rows good and bad were seen: an oracle that always says the same would agree with anything."""
    bad = good = 0

    @how
    @given(tables(st.just([kind])))
    def tried(drawn: tuple[list[Plan], Rows]) -> None:
        nonlocal bad, good
        failing = check(judge, *drawn)
        bad, good = bad + failing, good + len(drawn[1]) - failing

    tried()
    assert min(bad, good) >= 5


SOME = st.lists(st.sampled_from(KINDS), min_size=1, max_size=8)


@QUICK
@given(tables(SOME))
def test_a_row_has_the_reasons_of_all_its_rules(judge: Judge, drawn: tuple[list[Plan], Rows]) -> None:
    check(judge, *drawn)


@pytest.mark.exhaustive
@THOROUGH
@given(tables(SOME))
def test_two_thousand_contracts_of_any_rules(judge: Judge, drawn: tuple[list[Plan], Rows]) -> None:
    check(judge, *drawn)


def test_every_kind_has_an_oracle_and_a_table() -> None:
    assert set(ORACLES) == set(MAKERS) == set(KINDS)
    assert set(ROLES.values()) == set(LogicalType)
