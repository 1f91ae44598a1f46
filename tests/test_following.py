"""What follows from the rest of a row: equations solved, keys that decide, and never a value that does not follow."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from drive import ANA, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judged_tables import Columns, Judged, judged, promised
from streamlit.testing.v1 import AppTest
from test_cli import at_home, call

from governance.answers.repairing import Proposal
from governance.bench import Bench, open_bench
from governance.contract.model import Cleaning, Column, Contract, LogicalType
from governance.errors import InputError
from governance.review import following
from governance.review.choices import Action, Choice, Fix
from governance.review.formulas import equations, solved
from governance.rules import kinds
from governance.settings import Settings
from governance.tables import ROW

Text = str | None
PAGES = Path(__file__).resolve().parent.parent / "pages"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home")))


def equation(column: str, other: str, *, operator: str = "=", **types: str) -> kinds.Compare:
    return kinds.Compare(
        id=f"{column}.compare", column=column, operator=operator, other=other, types=tuple(types.items())
    )


# right side → what each column comes to; empty: it cannot be solved
SOLVED: dict[str, dict[str, str]] = {
    "a * b": {"t": "a * b", "a": "t / b", "b": "t / a"},
    "a / b": {"a": "t * b", "b": "a / t"},
    "a + b - c": {"a": "(t + c) - b", "b": "(t + c) - a", "c": "(a + b) - t"},
    "(a - b) * c": {"a": "(t / c) + b", "b": "a - (t / c)", "c": "t / (a - b)"},
    "a * (1 - b / 100)": {"a": "t / (1 - b / 100)", "b": "(1 - (t / a)) * 100"},
    "-a": {"a": "-t"},
    "a + a": {"t": "a + a", "a": ""},
    "a + coalesce(b, 0)": {"a": "t - COALESCE(b, 0)", "b": ""},
    "round(a * b, 2)": {"t": "round(a * b, 2)", "a": ""},
    "t - a": {"t": "", "a": "t - t"},
}


@pytest.mark.parametrize("other", SOLVED)
def test_an_equation_is_solved_for_each_column(other: str) -> None:
    rule = equation("t", other, **dict.fromkeys("tabc", "number"))
    for column, formula in SOLVED[other].items():
        assert solved(rule, column) == formula, column


def test_names_that_need_quotes_keep_them() -> None:
    rule = equation('to "t', '"order" * "é 😀"', **{'to "t': "number", "order": "number", "é 😀": "integer"})
    assert solved(rule, "order") == '"to ""t" / "é 😀"'


@pytest.mark.parametrize(
    ("operator", "types", "is_one"),
    [
        ("=", {"t": "number", "a": "integer"}, True),
        (">=", {"t": "number", "a": "number"}, False),
        ("=", {"t": "number", "a": "string"}, False),
        ("=", {"t": "date", "a": "date"}, False),
    ],
    ids=["numbers", "no equation", "a text", "days"],
)
def test_equations_are_between_numbers(operator: str, types: dict[str, str], is_one: bool) -> None:
    assert bool(equations([equation("t", "a", operator=operator, **types)])) is is_one


# ---- on rows


def sales(*extra: kinds.AnyRule, comma: bool = False) -> Contract:
    """quantity (whole) × price = total, all required."""
    trim = (Cleaning.TRIM, Cleaning.NUMBER_COMMA) if comma else (Cleaning.TRIM,)
    columns = [
        Column(name="item", cleaning=(Cleaning.TRIM,)),
        Column(name="quantity", type=LogicalType.INTEGER, cleaning=(Cleaning.TRIM,), required=True),
        Column(name="price", type=LogicalType.NUMBER, cleaning=trim, required=True),
        Column(name="total", type=LogicalType.NUMBER, cleaning=trim, required=True),
    ]
    rules: list[kinds.AnyRule] = []
    for column in columns[1:]:
        rules.append(kinds.NotNull(id=f"{column.name}.not_null", column=column.name))
        kind = "integer" if column.type is LogicalType.INTEGER else "number"
        rules.append(kinds.HasType(id=f"{column.name}.type", column=column.name, type=kind))
    rules.append(equation("total", "quantity * price", quantity="integer", price="number", total="number"))
    return promised(*columns, rules=[*rules, *extra])


def cells(state: Judged) -> dict[int, dict[str, Text]]:
    names = state.source.columns
    with state.bench.engine() as engine:
        listed = ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names)
        found = engine.rows(f"SELECT {ROW}, {listed} FROM {state.source.raw()}")
    return {row: dict(zip(names, values, strict=True)) for row, *values in found}


def every_way(state: Judged) -> list[Choice]:
    """For each cluster, all steps that the contract suggests, one after another."""
    made = []
    for cluster in state.first.clusters:
        rules = [rule for one in cluster.rules if (rule := state.contract.rule(one))]
        steps = following.candidates(rules, state.source.columns, state.contract)
        if steps:
            fix = Fix(column=steps[0].column, repair=following.FOLLOW, steps=tuple(steps))
            made.append(
                Choice(
                    item=cluster.key,
                    action=Action.FIX,
                    cluster=cluster.key,
                    failing=state.first.failing.path,
                    rules=cluster.rules,
                    fix=fix,
                )
            )
    return made


COMPUTED: dict[str, tuple[tuple[Text, Text, Text], tuple[Text, Text, Text]]] = {
    # quantity, price, total as read → as fixed
    "total": (("2", "1.5", None), ("2", "1.5", "3")),
    "total with a fraction": (("3", "0.1", ""), ("3", "0.1", "0.3")),
    "price": (("4", None, "10"), ("4", "2.5", "10")),
    "quantity": ((None, "2.5", "10"), ("4", "2.5", "10")),
    "quantity that is no whole number": ((None, "4", "10"), (None, "4", "10")),
    "quantity by a price of none": ((None, "0", "10"), (None, "0", "10")),
    "price of none sold for nothing": (("0", None, "0"), ("0", None, "0")),
    "two are missing": ((None, "2", None), (None, "2", None)),
    "an operand that is no number": (("2", "dear", None), ("2", "dear", None)),
    "a total that is no number": (("2", "1.5", "three"), ("2", "1.5", "3")),
    "a huge total": (("2", "1e300", None), ("2", "1e300", "2e+300")),
    "a total beyond numbers": (("999", "1e308", None), ("999", "1e308", None)),
    "a wrong total": (("2", "1.5", "4"), ("2", "1.5", "3")),
    "a good row": (("2", "1.5", "3.00"), ("2", "1.5", "3.00")),
}


@pytest.mark.parametrize("case", COMPUTED)
def test_arithmetic_fills_what_follows_and_nothing_else(bench: Bench, case: str) -> None:
    before, after = COMPUTED[case]
    table: Columns = dict(zip(("quantity", "price", "total"), ([value] for value in before), strict=True))
    state = judged(bench, {"item": ["Tea"], **table}, sales())
    revised = state.revised(*every_way(state))
    assert tuple(cells(revised)[1][name] for name in ("quantity", "price", "total")) == after


def test_a_value_that_the_contract_would_refuse_is_not_proposed(bench: Bench) -> None:
    contract = sales(kinds.Range(id="quantity.range", column="quantity", low=1, high=5))
    table = {"item": ["a", "b"], "quantity": [None, None], "price": ["2", "2"], "total": ["10", "12"]}
    state = judged(bench, table, contract)
    assert [row["quantity"] for row in cells(state.revised(*every_way(state))).values()] == ["5", None]


def test_a_number_is_written_in_the_notation_of_its_column(bench: Bench) -> None:
    state = judged(
        bench, {"item": ["a"], "quantity": ["3"], "price": ["1,5"], "total": [None]}, sales(comma=True)
    )
    revised = state.revised(*every_way(state))
    assert cells(revised)[1]["total"] == "4,5"
    assert revised.kept[1]["total"] == 4.5


NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
values = st.one_of(
    st.none(),
    st.integers(-3, 12).map(str),
    st.decimals(-9, 99, places=2).map(str),
    st.sampled_from(
        ["", " ", "x", "0", "-0", "1e3", "1e308", "7.", ".5", "1e-9", "NaN", "99999999999999999999"]
    ),
)
tables = st.lists(st.tuples(values, values, values), min_size=1, max_size=40)


def read(text: Text) -> float | None:
    return float(text.strip()) if text and NUMBER.fullmatch(text.strip()) else None


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(rows=tables)
def test_the_repair_keeps_good_rows_needs_its_operands_and_makes_the_rule_hold(
    bench: Bench, rows: list[tuple[Text, Text, Text]]
) -> None:
    names = ("quantity", "price", "total")
    table: Columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    state = judged(bench, {"item": [None] * len(rows), **table}, sales())
    failing, before = set(state.reasons), cells(state)
    revised = state.revised(*every_way(state))
    for row, now in cells(revised).items():
        changed = [name for name in names if now[name] != before[row][name]]
        if not changed:
            continue
        assert row in failing
        assert len(changed) == 1, "two unknowns have no solution"
        assert all(read(before[row][name]) is not None for name in names if name not in changed)
        quantity, price, total = (read(now[name]) for name in names)
        assert quantity is not None
        assert price is not None
        assert total is not None
        assert quantity == int(quantity)
        assert abs(total - quantity * price) <= 1e-9 * max(abs(total), abs(quantity * price))
        assert not {"total.compare", *(f"{name}.not_null" for name in changed)} & {
            *revised.reasons.get(row, ())
        }


# ---- keys that decide


def menu(rows: Sequence[tuple[Text, Text]], *, promise: bool = True) -> tuple[Columns, Contract]:
    depends = kinds.Depends(id="price.depends", column="price", on=("item",))
    contract = promised(
        Column(name="item", cleaning=(Cleaning.TRIM,)),
        Column(name="price", type=LogicalType.NUMBER, cleaning=(Cleaning.TRIM,), required=True),
        rules=[kinds.NotNull(id="price.not_null", column="price"), *([depends] if promise else [])],
    )
    return {"item": [row[0] for row in rows], "price": [row[1] for row in rows]}, contract


USUAL = Fix(column="price", repair="usual", on=("item",))


def usual(bench: Bench, rows: Sequence[tuple[Text, Text]], *broken: str, promise: bool = True) -> list[Text]:
    columns, contract = menu(rows, promise=promise)
    state = judged(bench, columns, contract)
    revised = state.revised(state.choice(Action.FIX, *broken, fix=USUAL))
    return [row["price"] for _, row in sorted(cells(revised).items())]


def test_a_promised_key_fills_the_missing_value(bench: Bench) -> None:
    rows = [("Tea", "1.5"), ("Tea", None), (" Tea ", " "), ("Cake", None), (None, None), ("Pie", "2")]
    assert usual(bench, rows, "price.not_null") == ["1.5", "1.5", "1.5", None, None, "2"]


def test_an_odd_value_becomes_the_usual_one(bench: Bench) -> None:
    rows = [("Tea", "1.5"), ("Tea", "1.50"), ("Tea", "15"), ("Cake", "3")]
    assert usual(bench, rows, "price.depends") == ["1.5", "1.50", "1.5", "3"]


def test_where_good_rows_disagree_nothing_follows(bench: Bench) -> None:
    rows = [*[("Tea", "1"), ("Tea", "2")] * 20, ("Tea", None)]
    assert usual(bench, rows, "price.not_null", promise=False)[-1] is None


@pytest.mark.parametrize(
    ("agree", "others", "filled"),
    [(9, 9, False), (20, 20, True), (40, 0, False), (12, 1, False)],
    ids=["too few", "beyond chance", "everything is the same", "nearly everything is the same"],
)
def test_what_the_data_alone_show_must_not_be_chance(
    bench: Bench, agree: int, others: int, filled: bool
) -> None:
    rows = [*[("Tea", "1")] * agree, *[("Cake", "2")] * others, ("Tea", None)]
    assert (usual(bench, rows, "price.not_null", promise=False)[-1] == "1") is filled


def test_hostile_names_work(bench: Bench) -> None:
    key, value = '_k0 "a', "_v"
    contract = promised(
        Column(name=key), Column(name=value), Column(name="usual"), Column(name="_found"), Column(name="found"),
        rules=[kinds.NotNull(id="v.not_null", column=value), kinds.Depends(id="d", column=value, on=(key,))],
    )  # fmt: skip
    columns: Columns = {
        key: ["a", "a"],
        value: ["x'", None],
        "usual": ["", ""],
        "_found": ["", ""],
        "found": ["", ""],
    }
    state = judged(bench, columns, contract)
    fix = Fix(column=value, repair="usual", on=(key,))
    assert cells(state.revised(state.choice(Action.FIX, "v.not_null", fix=fix)))[2][value] == "x'"


@pytest.mark.parametrize(
    "fix",
    [
        Fix(column="price", repair="compute", expression="quantity * nothing"),
        Fix(column="price", repair="compute", expression="(SELECT 1)"),
        Fix(column="price", repair="compute"),
        Fix(column="item", repair="compute", expression="quantity * 2"),
        Fix(column="nothing", repair="usual", on=("item",)),
        Fix(column="price", repair="usual"),
        Fix(column="price", repair="usual", on=("price",)),
        Fix(column="price", repair="follow"),
        Fix(column="price", repair="follow", steps=(Fix(column="price", repair="clear"),)),
    ],
    ids=[
        "unknown column",
        "a query",
        "no formula",
        "no number",
        "nowhere",
        "of what",
        "of itself",
        "no step",
        "other",
    ],
)
def test_what_does_not_follow_from_anything_is_refused(fix: Fix) -> None:
    with pytest.raises(InputError):
        following.check(fix, ("item", "quantity", "price", "total"), sales())


def test_names_of_what_was_decided_before_stay() -> None:
    said = Choice(item="c", action=Action.FIX, fix=Fix(column="a", repair="clear")).identity()
    assert said["fix"] == {"column": "a", "repair": "clear", "value": "", "expression": ""}


# ---- as people meet it

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: bills
version: 1.0.0
status: active
schema:
  - name: bills
    properties:
      - { name: id, logicalType: integer, primaryKey: true }
      - { name: item, required: true, customProperties: [{ property: severity, value: medium }] }
      - name: quantity
        logicalType: integer
        required: true
      - name: price
        logicalType: number
        required: true
        quality: [{ type: custom, engine: assay, implementation: { kind: depends, "on": [item] } }]
      - name: total
        logicalType: number
        required: true
        quality:
          - type: custom
            engine: assay
            implementation: { kind: compare, operator: "=", other: quantity * price }
"""
MENU = {"Tea": 1.5, "Cake": 3.0, "Pie": 4.0}


def bills() -> str:
    lines = ["id,item,quantity,price,total"]
    for number in range(1, 121):
        item = list(MENU)[number % 3]
        quantity = number % 5 + 1
        lines.append(f"{number},{item},{quantity},{MENU[item]:g},{quantity * MENU[item]:g}")
    return "\n".join(
        [*lines, "121,Tea,2,1.5,", "122,Tea,,1.5,3", "123,Cake,2,,", "124,Pie,,,8", "125,,3,4,12", "126,,,,"]
    )


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Desk, str]:
    desk = Desk.at(tmp_path / "home")
    desk.ws.add_contract(ANA, CONTRACT.encode())
    file = tmp_path / "bills.csv"
    file.write_text(bills())
    return desk, desk.run(file, "bills")


def offered(desk: Desk, run: str, title: str) -> dict[str, Proposal]:
    item = next(one for one in desk.items(run, "cluster") if one.title == title)
    return {one.label: one for one in desk.ws.see.proposals(ANA, run, item.key) if not one.needs_value}


def test_what_is_offered(desk: tuple[Desk, str]) -> None:
    at, run = desk
    found = {
        item.title: [(one.label, one.passes, one.changes) for one in offered(at, run, item.title).values()]
        for item in at.items(run, "cluster")
    }
    by_item = "price as usual for its item"
    assert found == {
        "total: missing": [("total = quantity * price", 1, 1)],
        "quantity: missing": [("quantity = total / price", 1, 1)],
        "price: missing + total: missing": [
            ("Fill in what follows (price, total)", 1, 1),
            (by_item, 0, 1),
        ],
        "quantity: missing + price: missing": [
            ("Fill in what follows (price, quantity)", 1, 1),
            (by_item, 0, 1),
        ],
        "item: missing": [("item as usual for its price", 1, 1)],
        "item: missing + quantity: missing + price: missing + total: missing": [],
    }


def test_what_goes_with_what_is_worked_out_once_a_revision(desk: tuple[Desk, str]) -> None:
    at, run = desk
    tables = at.ws.house.bench.vault.root / "tables"

    def asked() -> tuple[list[dict[str, Proposal]], int]:
        found = [offered(at, run, item.title) for item in at.items(run, "cluster")]
        return found, sum(1 for _ in tables.rglob("*.parquet"))

    assert asked() == asked()


def test_preview_apply_and_undo(desk: tuple[Desk, str]) -> None:
    at, run = desk
    first = at.row(run)
    title = "price: missing + total: missing"
    item = next(one for one in at.items(run, "cluster") if one.title == title)
    one = offered(at, run, title)["Fill in what follows (price, total)"]
    shown = at.ws.preview(ANA, run, item.key, Action.FIX, fix=one.fix)
    assert [(cell.column, cell.before, cell.after, cell.passes) for cell in shown.sample] == [
        ("price", None, "3", True),
        ("total", None, "6", True),
    ]
    number = at.ws.decide(ANA, run, item.key, Action.FIX, reason="the menu says so", fix=one.fix)
    at.work()
    assert at.row(run).rows["kept"] == shown.after.kept == 121
    event = next(event for event in at.events(run) if event.action == "decision fix")
    said = json.loads(event.data)
    assert (said["column"], said["repair"]) == ("price", "follow")
    at.ws.undo(ANA, run, number)
    at.work()
    assert (at.row(run).rows, at.row(run).candidate) == (first.rows, first.candidate)


def test_the_command_line_takes_them_by_name(desk: tuple[Desk, str]) -> None:
    at, run = desk
    items = {one.title: one.key for one in at.items(run, "cluster")}
    at.close()
    with at_home(at.home):
        key = items["quantity: missing + price: missing"]
        listed = call("decide", run, key, "fix", "--reason", "r", "--as", "ana", "--detach")
        assert listed.code != 0
        assert "follow (Fill in what follows (price, quantity)): 1 of 1 row would pass" in listed.err
        done = call(
            "decide",
            run,
            key,
            "fix",
            "--repair",
            "follow",
            "--reason",
            "menu",
            "--as",
            "ana",
            "--detach",
            "--json",
        )
        assert done.json["fix"]["steps"][1]["expression"] == "total / price"
        shown = call(
            "decide", run, items["total: missing"], "fix", "--repair", "compute", "--expression", "price * quantity",
            "--preview", "--as", "ana", "--json",
        )  # fmt: skip
        assert [(one["after"], one["passes"]) for one in shown.json["sample"]] == [("3", True)]


def test_the_panel_shows_before_and_after(desk: tuple[Desk, str], monkeypatch: pytest.MonkeyPatch) -> None:
    at, run = desk
    item = next(one for one in at.items(run, "cluster") if one.title == "price: missing + total: missing")
    monkeypatch.setenv("GOVERNANCE_HOME", str(at.home))
    from published_house import page

    fix = next(iter(offered(at, run, item.title).values())).fix
    seen: AppTest = page("triage", ANA, run=run, item=item.key, do="fix", repair=f"{fix.column}/{fix.repair}")
    assert not seen.exception
    assert any(
        button.label.startswith("Fill in what follows (price, total) · 1 of 1") for button in seen.button
    )
    how = seen.selectbox(key=f"how-{item.key}-{fix.column}/{fix.repair}")
    assert str(how.options[how.index or 0]).startswith("Fill in what follows")
    steps = "\n".join(str(one.value) for one in seen.markdown)
    assert "1. price as usual for its item\n1. total = quantity \\* price" in steps
