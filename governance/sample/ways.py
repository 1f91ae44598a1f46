"""The dirt that customers and divers share, column by column.

*Wrong* breaks a promise of the contract. *Mendable* is written otherwise: cleaning gives back the same value.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from governance.sample.dirt import Dirt, capitalised, ending, lower, padded, rewrite, upper, words

ISO = r"^(\d{4})-(\d\d)-(\d\d)$"
ISO_BARE = r"^(\d{4})-0?(\d+)-0?(\d+)$"
DAY_ABOVE_12 = r"-(?:1[3-9]|2\d|3[01])$"
DAY_UP_TO_28 = r"-(?:0[1-9]|1\d|2[0-8])$"
TWO_READINGS = r"-(?:(?:0[13579]|11)-(?:0[2468]|1[02])|(?:0[2468]|1[02])-(?:0[13579]|11))$"
PLAIN_CASE = r"^\p{Lu}\p{Ll}+(?:[ '-]\p{Lu}\p{Ll}+)*$"


def missing(*columns: str, weight: float) -> list[Dirt]:
    return [Dirt("missing", column, words(None), weight=weight) for column in columns]


def name_digits(column: str) -> Dirt:
    return Dirt("name_digits", column, ending("$", "1", "7", "23"))


def name_short(column: str) -> Dirt:
    return Dirt("name_short", column, rewrite("^(.).*$", r"\1"), weight=0.5)


def wrong_email(column: str) -> list[Dirt]:
    return [
        Dirt("email_no_at", column, rewrite("@", "")),
        Dirt("email_space", column, rewrite("@", " @")),
        Dirt("email_space", column, rewrite("^(...)", r"\1 "), weight=0.5),
        Dirt("email_dots", column, rewrite(r"(\.[a-z]+)$", r".\1")),
    ]


def wrong_date(column: str) -> list[Dirt]:
    """Days that no calendar has, and days that could be two (their weight: one date in five fits)."""
    return [
        Dirt("impossible_date", column, ending(r"-\d\d-\d\d$", "-02-30", "-04-31", "-13-05", "-06-00")),
        Dirt("ambiguous_date", column, rewrite(ISO, r"\2/\3/\1"), fits=TWO_READINGS, weight=5),
    ]


def future_birth(column: str) -> Dirt:
    """A century too late: every birthday in a sample is less than a hundred years ago."""
    return Dirt("future_date", column, _a_century_later, fits=DAY_UP_TO_28)


def wrong_status(column: str) -> Dirt:
    return Dirt("unknown_status", column, words("closed", "pending", "frozen", "vip"), weight=2)


def mendable_name(column: str) -> list[Dirt]:
    return [
        Dirt("case", column, upper, fits=PLAIN_CASE),
        Dirt("case", column, lower, fits=PLAIN_CASE),
        Dirt("white_space", column, padded),
        Dirt("white_space", column, rewrite(" ", "  "), fits=r"\S \S"),
    ]


def mendable_email(column: str) -> Dirt:
    return Dirt("case", column, upper, weight=2)


def mendable_date(column: str) -> list[Dirt]:
    return [
        Dirt("date_form", column, rewrite(ISO_BARE, r"\1/\2/\3")),
        Dirt("date_form", column, rewrite(ISO_BARE, r"\2/\3/\1"), fits=DAY_ABOVE_12),
    ]


def mendable_status(column: str) -> list[Dirt]:
    return [
        Dirt("case", column, upper),
        Dirt("case", column, capitalised),
        Dirt("white_space", column, padded),
    ]


def _a_century_later(cells: pa.Array, rng: Generator) -> pa.Array:
    return pc.replace_substring_regex(pc.replace_substring_regex(cells, "^20", "21"), "^19", "20")
