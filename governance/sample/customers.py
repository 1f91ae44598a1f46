"""Customers: clean rows that keep every promise of the contract, and the dirt they get."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from governance.sample import ways
from governance.sample.dirt import Columns, Dirt, Sheet, ending, padded, rewrite, words
from governance.sample.pools import Batch, days_ago, join, people, phones, pick, texts

COLUMNS = (
    *("customer_id", "first_name", "last_name", "email", "phone"),
    *("date_of_birth", "address", "income", "account_status", "created_date"),
)

WRONG_SHARE = 0.05
MENDABLE_SHARE = 0.16
DUPLICATE_PAIRS = 0.001
"""Pairs of rows with one customer_id, as a share of the rows."""
MISSING_INCOME = 0.03
FIRST_ID = 100_000
LARGEST_INCOME = 10_000_000
YEAR = 365
DIGITS = r"^(\d{3})-(\d{3})-(\d{4})$"

WRONG = (
    *ways.missing(*(name for name in COLUMNS if name != "income"), weight=0.4),
    Dirt("id_negative", "customer_id", rewrite("^", "-")),
    Dirt("id_text", "customer_id", rewrite("^", "C-")),
    *map(ways.name_digits, ("first_name", "last_name")),
    *map(ways.name_short, ("first_name", "last_name")),
    *ways.wrong_email("email"),
    Dirt("phone_letters", "phone", ending(r"\d{4}$", "CALL", "DIVE", "HELP")),
    Dirt("phone_short", "phone", ending(r"\d{3}$", "")),
    Dirt("phone_extension", "phone", ending("$", " x204", " ext. 12", " ext 7")),
    *ways.wrong_date("date_of_birth"),
    ways.future_birth("date_of_birth"),
    Dirt("address_short", "address", words("Main St", "Apt 4", "PO Box 7")),
    Dirt("income_negative", "income", rewrite("^", "-"), fits="^[1-9]"),
    Dirt("income_above", "income", words("10000001", "25000000", "99999999")),
    Dirt("income_text", "income", words("fifty thousand", "approx. 50k", "see file")),
    ways.wrong_status("account_status"),
    *ways.wrong_date("created_date"),
)

MENDABLE = (
    *ways.mendable_name("first_name"),
    *ways.mendable_name("last_name"),
    ways.mendable_email("email"),
    Dirt("phone_form", "phone", rewrite(DIGITS, r"(\1) \2-\3")),
    Dirt("phone_form", "phone", rewrite(DIGITS, r"\1.\2.\3")),
    Dirt("phone_form", "phone", rewrite(DIGITS, r"\1\2\3")),
    Dirt("phone_form", "phone", rewrite(DIGITS, r"+1 \1 \2 \3")),
    *ways.mendable_date("date_of_birth"),
    *ways.mendable_date("created_date"),
    Dirt("white_space", "address", padded),
    Dirt("white_space", "address", rewrite(", ", ",  ")),
    *ways.mendable_status("account_status"),
)


def make(batch: Batch) -> Sheet:
    """A dirty batch. The file's first batch has one clean row that was created today."""
    sheet = Sheet(_clean(batch), first=batch.first, rng=batch.rng)
    if batch.first == 1:
        _open_today(sheet, batch)
    _repeat_ids(sheet)
    sheet.spoil(WRONG, verdict="wrong", share=WRONG_SHARE)
    sheet.spoil(MENDABLE, verdict="normalised", share=MENDABLE_SHARE)
    return sheet


def _clean(batch: Batch) -> Columns:
    made = {
        "customer_id": texts(FIRST_ID + np.arange(batch.first, batch.first + batch.count)),
        **people(batch),
        "phone": phones(batch.rng, batch.count),
        "date_of_birth": days_ago(batch, 25 * YEAR, 90 * YEAR),
        "address": _addresses(batch),
        "income": _incomes(batch),
        "account_status": pick(
            batch.rng, ("active", "inactive", "suspended"), batch.count, weights=(0.80, 0.15, 0.05)
        ),
        "created_date": days_ago(batch, 0, 5 * YEAR),
    }
    return {name: made[name] for name in COLUMNS}


def _addresses(batch: Batch) -> pa.Array:
    streets, towns = batch.pools.streets, batch.pools.towns
    street = batch.rng.integers(len(streets), size=batch.count)
    town = batch.rng.integers(len(towns), size=batch.count)
    return join(streets.take(pa.array(street)), ", ", towns.take(pa.array(town)))


def _incomes(batch: Batch) -> pa.Array:
    """Whole dollars, log-normal around 54,000; a few are missing, and that is no fault."""
    drawn = np.exp(batch.rng.normal(np.log(54_000), 0.5, size=batch.count)).astype(np.int64)
    known = batch.rng.random(batch.count) >= MISSING_INCOME
    return pc.if_else(pa.array(known), texts(np.clip(drawn, 1, LARGEST_INCOME)), pa.scalar(None, pa.string()))


def _open_today(sheet: Sheet, batch: Batch) -> None:
    """Make the newest account one that is surely valid, so that the file is as fresh as it says."""
    row = int(batch.rng.integers(batch.count))
    created = sheet.columns["created_date"].to_pylist()
    created[row] = batch.today.isoformat()
    sheet.columns["created_date"] = pa.array(created, pa.string())
    sheet.protect(row)


def _repeat_ids(sheet: Sheet) -> None:
    """Give some rows the customer_id of another: which of the two is right, nobody can tell."""
    free = sheet.free_rows()
    pairs = min(sheet.rng.binomial(sheet.count, DUPLICATE_PAIRS), len(free) // 2)
    owners, copies = sheet.rng.permutation(free)[: 2 * pairs].reshape(2, pairs)
    rows = np.concatenate([owners, copies])
    ids = sheet.columns["customer_id"]
    written = ids.take(pa.array(np.concatenate([owners, owners])))
    right = ids.take(pa.array(rows))
    sheet.overwrite("customer_id", rows, written, verdict="wrong", kind="duplicate", right=right)
