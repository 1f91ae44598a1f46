"""A cluster is split into items that hold each of its rows once, and merged back as if nothing had been."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drive import ANA, BEN, CLEO, Desk, Template, customers
from effort import examples
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from published_house import made, page, press, text, to_change, work
from test_cli import at_home, call

from governance.answers.triage import ItemLine
from governance.bench import Bench
from governance.errors import GovernanceError, IllegalMove, InputError, NotPermitted, UnknownName
from governance.journal import Journal
from governance.review.choices import Action, Fix
from governance.review.parts import place
from governance.stages import Stage
from governance.stages.quarantine import Split
from governance.workspace import Workspace

pytestmark = pytest.mark.usefixtures("without_expectations")

own = pytest.fixture(to_change)
STATES = ("active", "inactive", "suspended")
ROWS = 160


def spoilt(folder: Path) -> Path:
    """Customers of whom forty have a bad last name and six a bad e-mail, of every status."""
    file = customers(folder, seed=21, rows=ROWS)
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for at, row in enumerate(rows[20:66]):
        row |= {"last_name": "Doe9"} if at < 40 else {"email": "nobody..here@example.com"}
        row |= {"account_status": STATES[min(at % 6, 2)]}
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, without_expectations: None) -> Template:
    folder = tmp_path_factory.mktemp("parts")
    desk = Desk.at(folder / "home")
    return Template(desk, desk.run(spoilt(folder)))


def largest(desk: Desk, run: str) -> ItemLine:
    return max((one for one in desk.items(run, "cluster") if one.state == "open"), key=lambda one: one.rows)


def line(desk: Desk, run: str, key: str) -> ItemLine:
    return next(one for one in desk.items(run) if one.key == key)


def rows_of(desk: Desk, run: str, key: str) -> list[int]:
    return sorted(row[0] for row in desk.ws.see.item_rows(ANA, run, key, limit=500).rows)


def content(desk: Desk, run: str) -> tuple[list[int], list[tuple[int, tuple[str, ...]]]]:
    """Which rows are kept, and which stay out for what reasons."""
    row = desk.row(run)
    split = Journal(desk.ws.house, run, row.dataset, row.computed).known(Stage.QUARANTINE, Split)
    assert split
    kept, held = pq.read_table(split.kept.path), pq.read_table(split.quarantine.path)
    reasons = [tuple(one) for one in held["_reasons"].to_pylist()]
    return kept["_row"].to_pylist(), list(zip(held["_row"].to_pylist(), reasons, strict=True))


# what the parts are


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        pytest.param(["b", "a", "b", None], ["“b”", "“a”", "missing"], id="values, most rows first"),
        pytest.param(["missing", None], ["“missing”", "missing"], id="a value that says missing"),
        pytest.param(["x"] * 3, ["“x”"], id="one value is one part"),
        pytest.param([None, None], ["missing"], id="nothing at all"),
        pytest.param(
            [f"v{at:02}" for at in range(10)] + ["v00"],
            ["“v00”", *(f"“v{at:02}”" for at in range(1, 8)), "another value"],
            id="the rest is together",
        ),
        pytest.param(
            [str(at) for at in range(100)] + ["many"],
            [
                "0 to below 19",
                "19 to below 39",
                "39 to below 59",
                "59 to below 79",
                "79 to 99",
                "another value",
            ],
            id="ranges of numbers",
        ),
        pytest.param(["1", "2", "2"], ["“2”", "“1”"], id="few numbers are values"),
        pytest.param(
            [f"2024-0{1 + at % 3}-{1 + at % 28:02}" for at in range(60)],
            ["“2024-01”", "“2024-02”", "“2024-03”"],
            id="days by months",
        ),
        pytest.param(
            [f"{2000 + at % 4}-{1 + at % 12:02}-01" for at in range(60)],
            ["“2000”", "“2001”", "“2002”", "“2003”"],
            id="days by years",
        ),
        pytest.param(
            ["inf", "nan", *(str(at) for at in range(40))],
            [
                "0 to below 7",
                "7 to below 15",
                "15 to below 23",
                "23 to below 31",
                "31 to 39",
                "another value",
            ],
            id="no numbers among numbers",
        ),
    ],
)
def test_the_parts_of_a_column(desk: Desk, cells: list[str | None], labels: list[str]) -> None:
    made = parted(desk.ws.house.bench, cells)
    assert [group.label for group in made] == labels
    assert sum(group.rows for group in made) == len(cells)


def parted(bench: Bench, cells: list[str | None], within: tuple[float, float] | None = None) -> tuple:  # type: ignore[type-arg]
    with bench.engine() as engine:
        rows = {"_row": list(range(1, len(cells) + 1)), 'odd "name" 🙂': pa.array(cells, pa.string())}
        engine.register("given", pa.table(rows))
        return place(engine, "given", 'odd "name" 🙂', within=within).groups


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.none() | st.text(max_size=4) | st.floats().map(str) | st.dates().map(str), min_size=1, max_size=60
    ),
    within=st.none() | st.tuples(st.floats(-9, 9), st.floats(-9, 9)).map(lambda two: (min(two), max(two))),
)
def test_each_row_is_in_exactly_one_part(
    desk: Desk, cells: list[str | None], within: tuple[float, float] | None
) -> None:
    with desk.ws.house.bench.engine() as engine:
        engine.register("given", pa.table({"_row": range(len(cells)), "c": pa.array(cells, pa.string())}))
        made = place(engine, "given", "c", within=within)
        assert sum(group.rows for group in made.groups) == len(cells)
        assert len({group.mark for group in made.groups}) == len(made.groups)
        placed = engine.rows("SELECT _row FROM placed WHERE part IS NOT NULL ORDER BY _row")
    assert [row for (row,) in placed] == list(range(len(cells)))


# items


def test_parts_hold_the_rows_of_the_cluster_and_the_ledger_no_value(desk: Desk, run: str) -> None:
    whole = largest(desk, run)
    before = rows_of(desk, run, whole.key)
    shown = desk.ws.parting(ANA, run, whole.key, "account_status")
    parts = desk.ws.split(ANA, run, whole.key, "account_status", reason="they differ", seen=whole.version)
    assert [one.rows for one in shown.groups] == [line(desk, run, key).rows for key in parts]
    assert sorted(row for key in parts for row in rows_of(desk, run, key)) == before
    assert line(desk, run, whole.key).state == "split"
    assert line(desk, run, parts[0]).title == f"account_status: {shown.groups[0].label} · {whole.title}"
    hidden = [one for one in desk.ws.see.triage(BEN, run).items if one.key in parts]
    assert [one.title for one in hidden] == [
        f"{whole.title} · part {1 + parts.index(one.key)} of {len(parts)} by account_status" for one in hidden
    ]
    event = next(one for one in desk.events(run) if one.action == "item split")
    assert json.loads(event.data) == {
        "title": whole.title, "rows": whole.rows, "column": "account_status", "parts": len(parts),
        "counts": [one.rows for one in shown.groups], "reason": "they differ",
    }  # fmt: skip


def test_merging_back_leaves_what_was_there(desk: Desk, run: str) -> None:
    whole, candidate = largest(desk, run), desk.row(run).candidate
    parts = desk.ws.split(ANA, run, whole.key, "account_status")
    assert desk.ws.merge_back(ANA, run, parts[1]) == whole.key
    after = line(desk, run, whole.key)
    assert after.model_copy(update={"version": whole.version}) == whole
    assert not [one for one in desk.items(run) if one.key in parts]
    assert desk.row(run).candidate == candidate
    again = desk.ws.split(ANA, run, whole.key, "account_status")
    assert not {*again} & {*parts}
    assert [one.action for one in desk.events(run)][-3:] == ["item split", "item merged back", "item split"]


def test_each_part_is_decided_by_itself_and_the_rest_stays_open(desk: Desk, run: str) -> None:
    whole = largest(desk, run)
    first, *rest = desk.ws.split(ANA, run, whole.key, "account_status")
    mine, theirs = rows_of(desk, run, first), [rows_of(desk, run, key) for key in rest]
    shown = desk.ws.preview(ANA, run, first, Action.REJECT)
    number = desk.ws.decide(ANA, run, first, Action.REJECT, reason="not ours")
    with pytest.raises(IllegalMove, match="computed again"):
        desk.ws.merge_back(ANA, run, whole.key)
    desk.work()
    assert shown.after.rejected == len(mine)
    assert line(desk, run, first).state == "rejected"
    assert line(desk, run, whole.key).state == "split"
    assert [rows_of(desk, run, key) for key in rest] == theirs
    assert {line(desk, run, key).state for key in rest} == {"open"}
    with pytest.raises(IllegalMove, match="is rejected, by Ana") as refusal:
        desk.ws.merge_back(ANA, run, whole.key)
    assert f"Undo decision {number} first" in refusal.value.hint
    desk.ws.undo(ANA, run, number)
    desk.work()
    assert line(desk, run, first).state == "open"
    desk.ws.merge_back(ANA, run, whole.key)
    assert rows_of(desk, run, whole.key) == sorted([*mine, *(row for one in theirs for row in one)])


def test_what_a_fix_does_not_mend_is_back_in_its_part(desk: Desk, run: str) -> None:
    whole = largest(desk, run)
    first, *_ = desk.ws.split(ANA, run, whole.key, "account_status")
    mine, column = rows_of(desk, run, first), whole.columns[0]
    desk.ws.decide(ANA, run, first, Action.FIX, reason="try", fix=Fix(column=column, expression=column))
    desk.work()
    after = line(desk, run, first)
    assert (after.state, after.rows) == ("open", len(mine))
    assert "still fail after the fix" in after.why
    assert rows_of(desk, run, first) == mine
    assert line(desk, run, whole.key).state == "split", "they did not come to the signature again"


def test_rows_that_come_later_are_left_to_the_cluster(desk: Desk, run: str) -> None:
    """Rows that passed are made to fail as the rows of a split cluster do."""
    whole = next(one for one in desk.items(run, "cluster") if one.columns == ("email",) and one.rows > 5)
    like = desk.ws.see.item_rows(ANA, run, whole.key, limit=1)
    bad = like.rows[0][like.columns.index("email")]
    parts = desk.ws.split(ANA, run, whole.key, "account_status")
    held = {key: rows_of(desk, run, key) for key in parts}
    range_ = desk.ws.set_apart(ANA, run, "income", 30_000, 60_000, reason="on purpose")
    fix = Fix(column="email", expression=f"'{bad}'")
    number = desk.ws.decide(ANA, run, range_, Action.FIX, reason="on purpose", fix=fix)
    desk.work()
    now = line(desk, run, whole.key)
    assert now.state == "open"
    assert "came to this signature after it was split" in now.why
    assert {key: rows_of(desk, run, key) for key in parts} == held
    late = rows_of(desk, run, whole.key)
    assert late
    assert not set(late) & {row for one in held.values() for row in one}
    shown = desk.ws.preview(ANA, run, whole.key, Action.REJECT)
    assert shown.after.rejected == len(late), "they are decided about by themselves"
    desk.ws.undo(ANA, run, number)
    desk.work()
    assert line(desk, run, whole.key).state == "split"
    desk.ws.merge_back(ANA, run, whole.key)
    assert rows_of(desk, run, whole.key) == sorted(row for one in held.values() for row in one)


def test_a_part_teaches_nothing_about_the_signature(desk: Desk, run: str) -> None:
    parts = desk.ws.split(ANA, run, largest(desk, run).key, "account_status")
    desk.ws.decide(ANA, run, parts[0], Action.REJECT, reason="not ours")
    desk.work()
    desk.publish(run)
    assert desk.ws.see.recipes(ANA) == ()


@pytest.mark.parametrize(
    ("who", "column", "within", "kind"),
    [
        pytest.param(BEN, "account_status", None, NotPermitted, id="who may not see values"),
        pytest.param(CLEO, "account_status", None, NotPermitted, id="an analyst"),
        pytest.param(ANA, "wages", None, UnknownName, id="no such column"),
        pytest.param(ANA, "income", (9.0, 1.0), InputError, id="no range"),
        pytest.param(ANA, "income", (1.0, float("nan")), InputError, id="no number"),
        pytest.param(ANA, "income", (-9e9, -8e9), InputError, id="no row in the range"),
    ],
)
def test_refusals(
    desk: Desk, run: str, who: object, column: str, within: tuple[float, float] | None,
    kind: type[GovernanceError],
) -> None:  # fmt: skip
    before, whole = len(desk.events()), largest(desk, run)
    with pytest.raises(kind):
        desk.ws.split(who, run, whole.key, column, within=within)  # type: ignore[arg-type]
    with pytest.raises((NotPermitted, InputError)):
        desk.ws.merge_back(who, run, whole.key)  # type: ignore[arg-type]
    assert len(desk.events()) == before
    assert line(desk, run, whole.key) == whole


def test_what_is_split_or_decided_is_not_split(desk: Desk, run: str) -> None:
    whole = largest(desk, run)
    parts = desk.ws.split(ANA, run, whole.key, "account_status")
    for key in (whole.key, parts[0]):
        with pytest.raises(IllegalMove, match="split already"):
            desk.ws.split(ANA, run, key, "income")
    with pytest.raises(IllegalMove, match="is split"):
        desk.ws.decide(ANA, run, whole.key, Action.REJECT, reason="so")
    desk.ws.decide(ANA, run, parts[0], Action.REJECT, reason="so")
    with pytest.raises(IllegalMove):
        desk.ws.split(ANA, run, largest(desk, run).key, "account_status")
    breach = next(one for one in desk.items(run) if one.kind == "breach")
    with pytest.raises(InputError, match="no cluster"):
        desk.ws.split(ANA, run, breach.key, "account_status")


# any way of splitting, and any decision


@settings(
    max_examples=examples(4, 20), deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_a_split_and_the_same_decisions_come_to_the_same(
    reviewed: Template, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Two copies of a run: in one a cluster is split and each part decided alike, in the other it is decided whole."""
    apart = reviewed.desk.copy(tmp_path_factory.mktemp("apart") / "home")
    together = reviewed.desk.copy(tmp_path_factory.mktemp("together") / "home")
    run = reviewed.run
    wholes = [one for one in apart.items(run, "cluster") if one.state == "open" and one.rows > 1]
    whole = data.draw(st.sampled_from(wholes))
    column = data.draw(st.sampled_from(["account_status", "income", "date_of_birth", "customer_id"]))
    action = data.draw(st.sampled_from([Action.REJECT, Action.FIX, Action.SEND_BACK]))
    fix = Fix(column=whole.columns[0], expression="NULL") if action is Action.FIX else None
    try:
        parts = apart.ws.split(ANA, run, whole.key, column)
    except InputError:
        return
    if data.draw(st.booleans()):
        apart.ws.merge_back(ANA, run, whole.key)
        parts = (whole.key,)
    for key in parts:
        apart.ws.decide(ANA, run, key, action, reason="so", fix=fix)
    together.ws.decide(ANA, run, whole.key, action, reason="so", fix=fix)
    apart.work()
    together.work()
    assert content(apart, run) == content(together, run)
    assert apart.row(run).rows == together.row(run).rows
    measures = [one.ws.see.run(ANA, run).measures for one in (apart, together)]
    assert measures[0] == measures[1]
    if parts == (whole.key,):
        assert apart.row(run).candidate == together.row(run).candidate
    for desk in (apart, together):
        desk.close()


# page and command line


def test_the_card_splits_and_merges_back(own: Workspace) -> None:
    run = made().unplanned
    item = max(
        (one for one in own.see.triage(ANA, run).items if one.kind == "cluster"), key=lambda one: one.rows
    )
    seen = page("triage", ANA, run=run, item=item.key)
    seen.button(key=f"split-{item.key}").click().run()
    column = next(
        name for name in own.see.item_columns(ANA, run, item.key)
        if len(own.parting(ANA, run, item.key, name).groups) > 1
    )  # fmt: skip
    seen.selectbox(key=f"split-column-{item.key}").select(column).run()
    assert not seen.exception
    assert "each in exactly one part" in text(seen)
    seen.button(key=f"split-go-{item.key}").click().run()
    assert not seen.exception
    whole = next(one for one in own.see.triage(ANA, run).items if one.key == item.key)
    assert whole.state == "split"
    assert seen.query_params["item"] in (whole.parts[0], [whole.parts[0]])
    press(seen, "Merge back")
    assert not seen.exception
    assert next(one for one in own.see.triage(ANA, run).items if one.key == item.key).state == "open"
    own.split(ANA, run, item.key, column)
    own.decide(ANA, run, whole_parts(own, run, item.key)[0], Action.REJECT, reason="so")
    work(own)
    seen = page("triage", ANA, run=run, item=item.key)
    assert seen.button(key=f"merge-{item.key}").disabled
    assert "must be undone first" in text(seen)
    hidden = page("triage", BEN, run=run, item=whole_parts(own, run, item.key)[1])
    assert not hidden.exception
    assert "which Ben may not see" in text(hidden)


def whole_parts(workspace: Workspace, run: str, key: str) -> tuple[str, ...]:
    return next(one.parts for one in workspace.see.triage(ANA, run).items if one.key == key)


def test_the_command_line_splits_and_merges_back(tmp_path: Path) -> None:
    with at_home(tmp_path / "home"):
        run = call("run", spoilt(tmp_path), "--json").json["run"]
        listed = call("review", run, "--json").json["items"]
        key = max((one for one in listed if one["kind"] == "cluster"), key=lambda one: one["rows"])["key"]
        shown = call("split", run, key, "account_status", "--preview", "--json").json
        parts = call("split", run, key, "account_status", "--reason", "they differ", "--json").json["items"]
        assert len(parts) == len(shown["parts"])
        assert "is split" in call("decide", run, key, "reject", "--reason", "so").err
        assert call("merge-back", run, parts[0], "--json").json["item"] == key
        assert call("split", run, key, "income", "--from", "1").code == 3
        assert call("split", run, key, "income", "--from", "0", "--to", "1", "--as", "ben").code == 3
