"""Divers: clean rows that keep every promise of the contract, and the dirt they get."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from governance.sample import ways
from governance.sample.dirt import Columns, Dirt, Sheet, lower, padded, upper, words
from governance.sample.pools import Batch, days_ago, people, pick

COLUMNS = (
    "first_name",
    "last_name",
    "email",
    "date_of_birth",
    "certification_level",
    "membership_date",
    "status",
)
LEVELS = ("Open Water", "Advanced Open Water", "Rescue Diver", "Divemaster", "Instructor")

WRONG_SHARE = 0.07
MENDABLE_SHARE = 0.16
SUPERSEDED_GROUPS = 0.006
"""Divers who are in the file more than once, as a share of the rows; one in three of them is in it thrice."""
YEAR = 365

MENDABLE = (
    *ways.mendable_name("first_name"),
    *ways.mendable_name("last_name"),
    ways.mendable_email("email"),
    *ways.mendable_date("date_of_birth"),
    Dirt("case", "certification_level", upper),
    Dirt("case", "certification_level", lower),
    Dirt("white_space", "certification_level", padded),
    *ways.mendable_date("membership_date"),
    *ways.mendable_status("status"),
)


def make(batch: Batch) -> Sheet:
    """A dirty batch."""
    sheet = Sheet(_clean(batch), first=batch.first, rng=batch.rng)
    _repeat_divers(sheet)
    sheet.spoil(_wrong(batch.today), verdict="wrong", share=WRONG_SHARE)
    sheet.spoil(MENDABLE, verdict="normalised", share=MENDABLE_SHARE)
    return sheet


def _clean(batch: Batch) -> Columns:
    count, rng = batch.count, batch.rng
    made = {
        **people(batch),
        "date_of_birth": days_ago(batch, 19 * YEAR, 75 * YEAR),
        "certification_level": pick(rng, LEVELS, count, weights=(0.40, 0.30, 0.15, 0.10, 0.05)),
        "membership_date": days_ago(batch, 0, 8 * YEAR),
        "status": pick(rng, ("active", "inactive", "suspended"), count, weights=(0.80, 0.15, 0.05)),
    }
    return {name: made[name] for name in COLUMNS}


def _wrong(today: date) -> tuple[Dirt, ...]:
    return (
        *ways.missing(*COLUMNS, weight=0.4),
        *map(ways.name_short, ("first_name", "last_name")),
        *ways.wrong_email("email"),
        *ways.wrong_date("date_of_birth"),
        ways.future_birth("date_of_birth"),
        Dirt("too_young", "date_of_birth", words(*_days(today, -3_600, -30)), weight=2),
        Dirt("unknown_level", "certification_level", words("Snorkeler", "Open Sea", "Level 3"), weight=2),
        *ways.wrong_date("membership_date"),
        Dirt("future_date", "membership_date", words(*_days(today, 1, 700))),
        ways.wrong_status("status"),
    )


def _days(today: date, low: int, high: int) -> list[str]:
    """Some days between so many days after today, YYYY-MM-DD; before today where negative."""
    return [(today + timedelta(days=after)).isoformat() for after in range(low, high, 13)]


def _repeat_divers(sheet: Sheet) -> None:
    """Put some divers into earlier rows too, with the e-mail as it is or in capitals: their last row wins."""
    groups = min(sheet.rng.binomial(sheet.count, SUPERSEDED_GROUPS), sheet.count // 3)
    chosen = np.sort(sheet.rng.permutation(sheet.count)[: 3 * groups].reshape(groups, 3), axis=1)
    thrice = chosen[: groups // 3]
    earlier = np.concatenate([chosen[:, 1], thrice[:, 0]])
    latest = np.concatenate([chosen[:, 2], thrice[:, 2]])
    source = np.arange(sheet.count)
    source[earlier] = latest
    for name in ("first_name", "last_name", "email", "date_of_birth"):
        sheet.columns[name] = sheet.columns[name].take(pa.array(source))
    address = sheet.columns["email"].take(pa.array(earlier))
    shout = pa.array(sheet.rng.random(len(earlier)) < 0.4)
    written = pc.if_else(shout, pc.utf8_upper(address), address)
    sheet.overwrite("email", earlier, written, verdict="wrong", kind="superseded", right=address)
    sheet.protect(chosen[:, 2])
