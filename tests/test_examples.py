"""The contracts of contracts/examples on the real files: what they find, exactly, beside counts by other means; and
the café's cells that arithmetic and the menu restore."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from drive import ANA, Desk

from governance.bench import Bench, open_bench
from governance.contract import odcs
from governance.contract.model import Contract
from governance.people import Verb
from governance.review import following, overlay
from governance.review.choices import Action, Choice, Fix
from governance.settings import PROJECT, Settings
from governance.source import Source
from governance.stages.contract import conform
from governance.stages.load import load
from governance.stages.validate import Validated, validate

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
EXAMPLES = PROJECT / "contracts" / "examples"
TODAY = date(2025, 6, 1)
FILES = {
    "cafe_sales": "dirty_cafe_sales.csv",
    "npi": "npi_small.csv",
    "government_contracts": "government_contracts.csv",
    "yellow_taxi": "yellow_tripdata_2019-01.csv",
    "yellow_taxi 2": "yellow_tripdata_2019-02.csv",
}
pytestmark = pytest.mark.skipif(
    not all((REAL / file).exists() for file in FILES.values()), reason="../shared/data/real is not here"
)

# file → rows, rows passing, and the rows that break each rule that is broken at all
FOUND: dict[str, tuple[int, int, dict[str, int]]] = {
    "cafe_sales": (10_000, 7_382, {
        "item.not_null": 969, "quantity.not_null": 479, "price_per_unit.not_null": 533, "total_spent.not_null": 502,
        "transaction_date.not_null": 460,
    }),
    "npi": (18_649, 18_153, {"Entity_Type_Code.not_null": 491, "Last_Name.pattern": 2, "State.one_of": 3}),
    "government_contracts": (6_422, 5_373, {
        "Type of Contract.not_null": 168, "Type of Contract.readable": 337, "Date of Award.of_awarded": 31,
        "Start Date.not_null": 165, "Start Date.date_range": 6, "Start Date.after_award": 187,
        "End Date.not_null": 216, "End Date.date_range": 8, "End Date.after_start": 26,
        "Total value of Contract.range": 70, "Total value of Contract.of_awarded": 27,
        "Agency ID.of_investment": 14,
    }),
    "yellow_taxi": (10_000, 9_927, {
        "dropoff_datetime.after_pickup": 8, "dropoff_datetime.within_hours": 20, "trip_distance.speed": 8,
        "fare_amount.range": 8, "fare_amount.jfk": 2, "extra.range": 3, "mta_tax.one_of": 6,
        "improvement_surcharge.one_of": 7, "total_amount.range": 8, "total_amount.sum": 29,
    }),
    "yellow_taxi 2": (10_000, 9_925, {
        "dropoff_datetime.after_pickup": 10, "dropoff_datetime.within_hours": 20, "trip_distance.speed": 8,
        "fare_amount.range": 15, "extra.range": 7, "mta_tax.one_of": 15, "tolls_amount.range": 1,
        "improvement_surcharge.one_of": 15, "total_amount.range": 15, "total_amount.sum": 24,
        "congestion_surcharge.one_of": 8,
    }),
}  # fmt: skip


@dataclass(frozen=True)
class Act:
    """A file by its contract, up to the verdict."""

    bench: Bench
    contract: Contract
    source: Source
    validated: Validated
    unreadable: int


def promised(dataset: str) -> Contract:
    return odcs.read((EXAMPLES / f"{dataset}.yaml").read_bytes())


def act(bench: Bench, dataset: str, data: bytes) -> Act:
    contract = promised(dataset)
    digest, _ = bench.vault.keep_bytes(io.BytesIO(data))
    loaded = load(bench, input_digest=digest, file=f"{dataset}.csv")
    conformed = conform(loaded.bronze, contract)
    assert not conformed.missing
    assert not conformed.extra
    validated = validate(bench, conformed.source, contract=contract, today=TODAY)
    return Act(bench, contract, conformed.source, validated, loaded.unreadable.rows)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("examples")))


@cache
def table(name: str) -> list[dict[str, str]]:
    with (REAL / FILES[name]).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_example_is_a_contract_that_people_can_read(path: Path) -> None:
    contract = odcs.read(path.read_bytes())
    assert contract.dataset == path.stem
    assert contract.title
    assert all(column.business_name and column.description for column in contract.columns)
    assert all(column.classification and column.masking for column in contract.columns)
    assert {line.metric for line in contract.thresholds} >= {"accuracy", "completeness", "volume_change"}
    assert not contract.allow_no_review
    assert f"`{path.stem}`" in (PROJECT / "docs" / "examples.md").read_text()


def test_a_new_installation_is_not_given_them(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path / "home")
    assert not {path.stem for path in EXAMPLES.glob("*.yaml")} & {*desk.ws.house.datasets()}
    desk.close()


@pytest.mark.parametrize("name", FOUND)
def test_what_the_contract_finds(bench: Bench, name: str) -> None:
    rows, passing, broken = FOUND[name]
    made = act(bench, name.split()[0], (REAL / FILES[name]).read_bytes())
    found = {count.rule: count.rows for count in made.validated.rules if count.rows}
    assert (made.validated.rows_in, made.validated.rows_out, made.unreadable) == (rows, passing, 0)
    assert found == broken


# ---- the same counts by other means


def test_the_cafe_s_missing_cells_are_those_of_plain_python() -> None:
    words = {"", "ERROR", "UNKNOWN"}
    for column in ("item", "quantity", "price_per_unit", "total_spent", "transaction_date"):
        missing = sum(row[column] in words for row in table("cafe_sales"))
        assert missing == FOUND["cafe_sales"][2][f"{column}.not_null"]
    assert sum(value in words for row in table("cafe_sales") for value in row.values()) == 10_082


def luhn(digits: str) -> int:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10


def test_check_digits_of_providers_are_right_and_a_wrong_one_is_found(bench: Bench) -> None:
    rows = table("npi")
    assert not [row["NPI"] for row in rows if luhn("80840" + row["NPI"])]
    made_up = [f"12345678{tens}{last}" for tens in "0123456789" for last in "0123456789"]
    data = "\n".join(["NPI,Entity_Type_Code,Organization_Name,Last_Name,First_Name,State,Taxonomy_Code",
                      *(f"{number},1.0,,DOE,JANE,NY,207Q00000X" for number in made_up)])  # fmt: skip
    wrong = act(bench, "npi", data.encode()).validated.failed("NPI.check_digit")
    assert wrong == sum(luhn("80840" + number) != 0 for number in made_up) == 90


def test_who_has_which_name_in_the_registry() -> None:
    for row in table("npi"):
        person = bool(row["Last_Name"] and row["First_Name"]) and not row["Organization_Name"]
        firm = bool(row["Organization_Name"]) and not row["Last_Name"] and not row["First_Name"]
        assert (person, firm) == (row["Entity_Type_Code"] == "1.0", row["Entity_Type_Code"] == "2.0")


def test_names_of_people_are_to_be_masked() -> None:
    columns = {column.name: column.masking for column in promised("npi").columns}
    assert (columns["Last_Name"], columns["First_Name"]) == ("pseudonym", "pseudonym")
    assert ANA.may(Verb.SEE_VALUES)


def day(text: str) -> date | None:
    return None if text[:4] in ("", "0000", "1900") else date.fromisoformat(text[:10])


def test_dates_and_values_of_government_contracts() -> None:
    rows, counts = table("government_contracts"), FOUND["government_contracts"][2]
    award, start, end = (
        [day(row[name]) for row in rows] for name in ("Date of Award", "Start Date", "End Date")
    )
    assert (
        sum(a is not None and b is not None and b < a for a, b in zip(start, end, strict=True))
        == counts["End Date.after_start"]
    )
    assert (
        sum(a is not None and b is not None and b < a for a, b in zip(award, start, strict=True))
        == counts["Start Date.after_award"]
    )
    assert sum(float(row["Total value of Contract"]) > 20_000 for row in rows) == 70
    assert sum(row["Unique Project Identifier"][:3] != row["Agency ID"] for row in rows) == 14


@pytest.mark.parametrize("name", ["yellow_taxi", "yellow_taxi 2"])
def test_sums_and_times_of_taxi_trips(name: str) -> None:
    counts = FOUND[name][2]
    parts = ("fare_amount", "extra", "mta_tax", "tip_amount", "tolls_amount", "improvement_surcharge")
    wrong = long = 0
    for row in table(name):
        cents = sum(round(100 * float(row[part])) for part in parts)
        more = round(100 * float(row["congestion_surcharge"] or 0))
        wrong += round(100 * float(row["total_amount"])) not in (cents, cents + more)
        taken = datetime.fromisoformat(row["dropoff_datetime"]) - datetime.fromisoformat(
            row["pickup_datetime"]
        )
        long += taken.total_seconds() >= 12 * 3600
    assert (wrong, long) == (counts["total_amount.sum"], counts["dropoff_datetime.within_hours"])


# ---- the café repaired

NUMBERS = ("quantity", "price_per_unit", "total_spent")
MENU = {
    "Cake": 3.0, "Coffee": 2.0, "Cookie": 1.0, "Juice": 3.0, "Salad": 5.0, "Sandwich": 4.0, "Smoothie": 4.0, "Tea": 1.5,
}  # fmt: skip
ONLY = {price: item for item, price in MENU.items() if [*MENU.values()].count(price) == 1}


def known(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the café with None for what is missing, and numbers as numbers."""
    said = {
        name: None if row[name] in (None, "", "ERROR", "UNKNOWN") else row[name]
        for name in ("item", *NUMBERS)
    }
    return {name: float(value) if value and name != "item" else value for name, value in said.items()}


def deduced(row: dict[str, Any]) -> dict[str, Any]:
    """All that two numbers, the menu and the only item of a price give, again and again."""
    row = dict(row)
    for _ in range(4):
        if row["price_per_unit"] is None and row["item"]:
            row["price_per_unit"] = MENU[row["item"]]
        if row["item"] is None:
            row["item"] = ONLY.get(row["price_per_unit"])
        quantity, price, total = (row[name] for name in NUMBERS)
        if total is None and quantity and price:
            row["total_spent"] = quantity * price
        if price is None and quantity and total:
            row["price_per_unit"] = total / quantity
        if quantity is None and price and total:
            row["quantity"] = total / price
    return row


@dataclass(frozen=True)
class Repaired:
    desk: Desk
    run: str
    kept_first: int
    rounds: int
    now: list[dict[str, Any]]


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repaired]:
    """A steward who takes the best proposal of every cluster, until nothing is proposed any more."""
    desk = Desk.at(tmp_path_factory.mktemp("cafe") / "home")
    desk.ws.add_contract(ANA, (EXAMPLES / "cafe_sales.yaml").read_bytes())
    run = desk.run(REAL / FILES["cafe_sales"], "cafe_sales")
    kept, rounds = desk.row(run).rows["kept"], 0
    while takes(desk, run):
        desk.work()
        rounds += 1
    yield Repaired(desk, run, kept, rounds, rows_now(desk, run))
    desk.close()


def takes(desk: Desk, run: str) -> int:
    chosen = []
    for item in desk.items(run, "cluster"):
        if item.state != "open":
            continue
        proposals = [one for one in desk.ws.see.proposals(ANA, run, item.key) if one.changes]
        if proposals:
            chosen.append((item.key, max(proposals, key=lambda one: (one.passes or 0, one.changes or 0)).fix))
    for key, fix in chosen:
        desk.ws.decide(ANA, run, key, Action.FIX, reason="follows from the rest of the row", fix=fix)
    return len(chosen)


def rows_now(desk: Desk, run: str) -> list[dict[str, Any]]:
    from governance.decisions import choices, standing
    from governance.effect import basis

    house, row = desk.ws.house, desk.row(run)
    with house.ledger.read() as session:
        stands = choices(house, standing(session, run))
    source = overlay.lay(house.bench, basis(house, row).source, stands, contract=house.contract_of(row))
    return read(house.bench, source)


def read(bench: Bench, source: Source) -> list[dict[str, Any]]:
    names = ("item", *NUMBERS)
    with bench.engine() as engine:
        found = engine.rows(f"SELECT {', '.join(names)} FROM {source.raw()} ORDER BY _row")
    return [known(dict(zip(names, row, strict=True))) for row in found]


def test_total_is_quantity_times_price_wherever_all_are_told() -> None:
    complete = [row for row in map(known, table("cafe_sales")) if None not in row.values()]
    assert len(complete) == 7_732
    assert all(row["quantity"] * row["price_per_unit"] == row["total_spent"] for row in complete)
    assert all(MENU[row["item"]] == row["price_per_unit"] for row in complete)


def test_what_the_proposals_restore(repaired: Repaired) -> None:
    before = [known(row) for row in table("cafe_sales")]
    missing = {name: sum(row[name] is None for row in before) for name in ("item", *NUMBERS)}
    left = {name: sum(row[name] is None for row in repaired.now) for name in ("item", *NUMBERS)}
    assert missing == {"item": 969, "quantity": 479, "price_per_unit": 533, "total_spent": 502}
    assert left == LEFT
    rows = repaired.desk.row(repaired.run).rows
    assert (repaired.kept_first, rows["kept"], rows["quarantined"]) == (7_382, 9_065, 935)


LEFT = {"item": 479, "quantity": 21, "price_per_unit": 4, "total_spent": 23}


def test_what_was_told_is_as_it_was_and_what_is_restored_is_right(repaired: Repaired) -> None:
    beyond = 0
    for old, new in zip(map(known, table("cafe_sales")), repaired.now, strict=True):
        truth = deduced(old)
        for name, value in new.items():
            if old[name] is not None:
                assert value == old[name]
            elif value is not None and truth[name] is None:
                beyond += 1
            else:
                assert value == truth[name], "exactly what follows"
        quantity, price, total = (new[name] for name in NUMBERS)
        if None not in (quantity, price, total):
            assert quantity * price == total
        if new["item"] and price:
            assert MENU[new["item"]] == price
    assert beyond == 5, "cells of two rows: a total of 25 is five of the dearest, by the good rows"


def test_cells_that_were_hidden_come_back_as_they_were(bench: Bench) -> None:
    """Truth that the repairs never saw: cells of complete rows taken out, two in a tenth of the rows."""
    chance, rows = random.Random(3), [dict(row) for row in table("cafe_sales")]
    hidden: dict[tuple[int, str], Any] = {}
    for place, row in enumerate(rows):
        if None in known(row).values() or chance.random() > 0.25:
            continue
        for name in chance.sample(("item", *NUMBERS), 2 if chance.random() < 0.1 else 1):
            hidden[place, name] = known(row)[name]
            row[name] = "ERROR"
    written = io.StringIO()
    out = csv.DictWriter(written, [*rows[0]])
    out.writeheader()
    out.writerows(rows)
    made = act(bench, "cafe_sales", written.getvalue().encode())
    after = read(bench, overlay.lay(bench, made.source, [*ways(made)], contract=made.contract))
    restored = {at: after[at[0]][at[1]] for at in hidden if after[at[0]][at[1]] is not None}
    assert all(value == hidden[at] for at, value in restored.items())
    assert (len(hidden), len(restored)) == (2_156, 1_811)


def ways(made: Act) -> Iterator[Choice]:
    """Every step that the contract suggests, for every cluster."""
    for cluster in made.validated.clusters:
        rules = [rule for one in cluster.rules if (rule := made.contract.rule(one))]
        steps = following.candidates(rules, made.source.columns, made.contract)
        if steps:
            fix = Fix(column=steps[0].column, repair=following.FOLLOW, steps=(*steps, *steps))
            yield Choice(item=cluster.key, action=Action.FIX, cluster=cluster.key, rules=cluster.rules, fix=fix,
                         failing=made.validated.failing.path)  # fmt: skip
