"""What can be asked of a column, in the words of the rules, so that a count is what stage 5 would find.

The SQL is written once for a column called `COLUMN`; `at` makes it about the column at a place of a batch.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from sqlglot import exp

from governance.contract.drafting.codes import code_shape, pattern
from governance.engines.duckdb import literal, quote
from governance.privacy.by_name import semantic_of
from governance.privacy.meaning import Semantic
from governance.profiling.asking import Asked
from governance.profiling.model import ColumnProfile, Kind
from governance.profiling.reading import truth
from governance.profiling.scanning import EXACT_ROWS
from governance.rules import cleaning, sql
from governance.rules.kinds import Email

FEW = 100
"""Up to so many distinct values they are listed, to find out whether they are a list of words."""
LONGEST_WORD = 60
PHONE = r"\d{3}-\d{3}-\d{4}"
NUMERIC = re.compile(r"[-+]?[$€£]? ?[-+]?[9,.]+(?:[aA][-+]?9+)?|[-+]?[$€£]? ?[-+]?9[9,. '’]*(?: ?[$€£])?")
SLASHED = re.compile(r"9{1,2}[-/]9{1,2}[-/]9{4}")
DATED = re.compile(r"9{1,4}[-/.]9{1,2}[-/.]9{1,4}.*")

COLUMN = "a column"
V = quote(COLUMN)


def at(place: int, template: str) -> str:
    """SQL about a column, made for the column at a place of the batch."""
    return template.replace(V[:-1], f'"v{place}')


def settled(profile: ColumnProfile) -> bool:
    """Whether the profile says all there is to know: every value converts, and in one way only."""
    slashed = any(SLASHED.fullmatch(shape) for shape, _ in profile.shapes)
    return profile.inferred is not Kind.STRING and profile.inferred_share == 1.0 and not slashed


def _holds(profile: ColumnProfile, shape: re.Pattern[str]) -> bool:
    return not settled(profile) and any(shape.fullmatch(found) for found, _ in profile.shapes)


def further(profile: ColumnProfile) -> str:
    """The value read as a number and as a day, each once, as further columns."""
    read = _read_number() if _holds(profile, NUMERIC) else ""
    if _holds(profile, DATED):
        read += _read_day("")
    if _holds(profile, SLASHED):
        read += _read_day("mdy") + _read_day("dmy")
    return read


@cache
def _read_number() -> str:
    plain = cleaning.plain_number(sql.column(COLUMN))
    whole, number = sql.render(sql.as_integer(plain)), sql.render(sql.as_number(plain))
    comma = cleaning.comma_number(sql.column(COLUMN))
    comma_whole, comma_number = sql.render(sql.as_integer(comma)), sql.render(sql.as_number(comma))
    return (
        f', {whole} AS "{COLUMN} whole", {number} AS "{COLUMN} number"'
        f', {comma_whole} AS "{COLUMN} comma whole", {comma_number} AS "{COLUMN} comma number"'
    )


@cache
def _read_day(order: str) -> str:
    return f', {sql.render(cleaning.day(sql.column(COLUMN), order))} AS "{COLUMN} day{order}"'


def asked(place: int, profile: ColumnProfile, rows: int) -> Asked:
    """What is counted of a column, as far as its shapes let it be anything but words."""
    wanted: dict[str, str] = {}
    if profile.distinct <= FEW and not profile.inferred.numeric:
        wanted["truth"] = f"count(*) FILTER ({truth(V)})"
        wanted["texts"] = f"histogram({V}) FILTER (strlen({V}) <= {LONGEST_WORD})"
    if semantic_of(profile.name) is Semantic.PHONE:
        wanted["phone"] = _phone()
    if profile.filled and not settled(profile):
        wanted |= _counts(profile, rows)
    return {name: at(place, template) for name, template in wanted.items()}


def _counts(profile: ColumnProfile, rows: int) -> Asked:
    distinct = "count(DISTINCT {})" if rows <= EXACT_ROWS else "approx_count_distinct({})"
    wanted = {"filled": f"count({V})", "distinct": distinct.format(V)}
    if _holds(profile, NUMERIC):
        wanted |= _numbers()
    if _holds(profile, DATED):
        wanted |= _days()
    if _holds(profile, SLASHED):
        wanted |= _slashes()
    if any("@" in shape for shape, _ in profile.shapes):
        wanted["email"] = _email()
    shape = code_shape(profile.shapes)
    if shape:
        wanted["code"] = f"count(*) FILTER (regexp_full_match({V}, {literal(pattern(shape))}))"
    return wanted


@cache
def _numbers() -> Asked:
    value, number = sql.column(COLUMN), quote(f"{COLUMN} number")
    comma = quote(f"{COLUMN} comma number")
    return {
        "integer": _count(sql.as_integer(value)),
        "number": _count(sql.as_number(value)),
        "written_integer": f"count({quote(f'{COLUMN} whole')})",
        "written_number": f"count({number})",
        "comma_integer": f"count({quote(f'{COLUMN} comma whole')})",
        "comma_number": f"count({comma})",
        "comma_evident": f"count({comma}) FILTER ({number} IS NULL)",
        "comma_negative": f"count(*) FILTER ({comma} < 0)",
        "padded": rf"count(*) FILTER (regexp_full_match({V}, '0\d+'))",
        "negative": f"count(*) FILTER ({number} < 0)",
        "low": f"min({number})",
        "high": f"max({number})",
    }


@cache
def _days() -> Asked:
    return {
        "date": _count(sql.as_date(sql.column(f"{COLUMN} day"))),
        "timestamp": _count(sql.as_timestamp(sql.column(COLUMN))),
    }


@cache
def _slashes() -> Asked:
    value = sql.column(COLUMN)
    slash = f"regexp_full_match({V}, {literal(sql.SLASH_DATE)})"
    first, second = (
        f"TRY_CAST(regexp_extract({V}, {literal(sql.SLASH_DATE)}, {place}) AS INT)" for place in (1, 2)
    )
    return {
        "mdy": _count(sql.as_date(sql.column(f"{COLUMN} daymdy"))),
        "dmy": _count(sql.as_date(sql.column(f"{COLUMN} daydmy"))),
        "ambiguous": f"count(*) FILTER ({sql.render(sql.ambiguous_date(value))})",
        "slashed": f"count(*) FILTER ({slash})",
        "first_over": f"count(*) FILTER ({slash} AND {first} > 12)",
        "second_over": f"count(*) FILTER ({slash} AND {second} > 12)",
    }


@cache
def _email() -> str:
    bad = sql.render(Email(id="", column=COLUMN).failing(date.min))
    return f"count(*) FILTER (NOT ({bad}))"


@cache
def _phone() -> str:
    good = sql.render(sql.matches(cleaning.phone(sql.column(COLUMN)), PHONE))
    return f"count(*) FILTER ({good})"


def _count(expression: exp.Expression) -> str:
    return f"count({sql.render(expression)})"
