"""The verdict against an oracle: the customers contract read as a person reads it, in plain Python.

The oracle knows nothing of SQL, sqlglot or regular expressions. Random dirty rows must get exactly the same
reasons from both.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from effort import examples
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from judged_tables import TODAY, bronze, known, rows

from governance.bench import Bench, open_bench
from governance.settings import Settings
from governance.stages.contract import conform
from governance.stages.validate import validate

Row = dict[str, str | None]
DIGITS = frozenset("0123456789")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


# the oracle: the contract's words


def tidy(value: str | None) -> str | None:
    """White space is folded, and what is blank is missing."""
    return " ".join((value or "").split()) or None


def lower(text: str) -> str:
    """Letter by letter, as databases do: İ is one letter, and so is its small form."""
    return "".join(letter.lower()[0] for letter in text)


def are_digits(text: str) -> bool:
    return bool(text) and set(text) <= DIGITS


def whole_number(text: str) -> int | None:
    """A sign, if any, and at most eighteen digits."""
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    return int(text) if are_digits(unsigned) and len(unsigned) <= 18 else None


def without_money(text: str) -> str:
    """1,234.50 for $1,234.50: one sign, one currency, commas between groups of three."""
    sign, rest = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    currency, rest = (rest[0], rest[1:]) if rest[:1] and rest[0] in "$€£" else ("", rest)
    rest = rest[1:] if rest[:1] == " " else rest
    if currency and not sign and rest[:1] and rest[0] in "+-":
        sign, rest = rest[0], rest[1:]
    whole, point, part = rest.partition(".")
    first, *groups = whole.split(",")
    grouped = len(first) <= 3 and all(len(group) == 3 for group in groups)
    readable = all(map(are_digits, (first, *groups))) and (not groups or grouped)
    return (
        f"{sign}{first}{''.join(groups)}{point}{part}"
        if readable and (are_digits(part) or not point)
        else text
    )


def number(text: str) -> float | None:
    """A finite decimal number, with an exponent if need be."""
    if not set(text) <= DIGITS | set("+-.eE"):
        return None
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) != float("inf") else None


def is_name(text: str) -> bool:
    """Letters with their marks, in parts joined by one space, hyphen or apostrophe."""
    for joint in "'’-":
        text = text.replace(joint, " ")
    return all(part and all(unicodedata.category(c)[0] in "LM" for c in part) for part in text.split(" "))


def is_mailbox(text: str) -> bool:
    """local@domain in plain ASCII; the domain has a dot and ends in a word that begins with a letter."""
    local, at, domain = text.rpartition("@")
    atoms, labels = local.split("."), domain.split(".")
    marks = LETTERS | DIGITS | set("!#$%&'*+/=?^_`{|}~-")
    return (
        bool(at)
        and len(text) <= 254
        and all(atom and set(atom) <= marks for atom in atoms)
        and len(labels) > 1
        and all(label and set(label) <= LETTERS | DIGITS | {"-"} for label in labels)
        and not any(label.startswith("-") or label.endswith("-") for label in labels)
        and len(labels[-1]) > 1
        and labels[-1][0] in LETTERS
    )


def is_phone(text: str) -> bool:
    """Ten digits however punctuated, with or without the country code 1; a plus is of a country code."""
    international = text.startswith("+")
    rest = text[1:] if international else text
    digits = "".join(mark for mark in rest if mark in DIGITS)
    if not set(rest) <= DIGITS | set(" ().-/"):
        return False
    return (len(digits) == 11 and digits[0] == "1") or (len(digits) == 10 and not international)


def day(text: str) -> date | str:
    """The day, or the rule that the value breaks: Y-M-D, Y/M/D, Y.M.D; M/D/Y and M-D-Y where only that fits."""
    text = text.removesuffix(" 00:00:00") if len(text) > 10 else text
    parts = text.replace("/", "-").replace(".", "-").split("-")
    if len(parts) != 3 or not all(map(are_digits, parts)):
        return "type"
    lengths = tuple(len(part) for part in parts)
    if lengths[0] == 4 and max(lengths[1:]) <= 2:
        year, month, number_of_day = map(int, parts)
    elif lengths[2] == 4 and max(lengths[:2]) <= 2 and "." not in text:
        month, number_of_day, year = map(int, parts)
        if 1 <= month <= 12 and 1 <= number_of_day <= 12 and month != number_of_day:
            return "ambiguous_date"
    else:
        return "type"
    try:
        return date(year, month, number_of_day)
    except ValueError:
        return "type"


def id_reasons(text: str, holders: Counter[int | str]) -> set[str]:
    found = whole_number(text)
    broken = {"type"} if found is None else set()
    amount = number(text)
    if amount is not None and amount <= 0:
        broken.add("range")
    return broken | ({"unique"} if holders[text if found is None else found] > 1 else set())


def name_reasons(text: str) -> set[str]:
    too_long_or_short = set() if 2 <= len(text) <= 50 else {"length"}
    return too_long_or_short | (set() if is_name(text) else {"pattern"})


def day_reasons(text: str, earliest: date) -> set[str]:
    found = day(text)
    if isinstance(found, str):
        return {found}
    return set() if earliest <= found <= TODAY else {"date_range"}


def income_reasons(text: str) -> set[str]:
    found = number(without_money(text))
    if found is None:
        return {"type"}
    return set() if 0 <= found <= 10_000_000 else {"range"}


def cell_reasons(column: str, text: str, holders: Counter[int | str]) -> set[str]:
    """The rules of one column that a value breaks."""
    match column:
        case "customer_id":
            return id_reasons(text, holders)
        case "first_name" | "last_name":
            return name_reasons(text)
        case "email":
            return set() if is_mailbox(lower(text)) else {"email"}
        case "phone":
            return set() if is_phone(text) else {"pattern"}
        case "date_of_birth":
            return day_reasons(text, date(1900, 1, 1))
        case "created_date":
            return day_reasons(text, date(1990, 1, 1))
        case "address":
            return set() if 10 <= len(text) <= 200 else {"length"}
        case "income":
            return income_reasons(text)
        case _:
            return set() if lower(text) in ("active", "inactive", "suspended") else {"one_of"}


def expected(table: list[Row]) -> dict[int, set[str]]:
    """Row number → reasons, for the rows that break any rule."""
    ids = [text for row in table if (text := tidy(row["customer_id"]))]
    holders = Counter(text if (found := whole_number(text)) is None else found for text in ids)
    verdicts = {}
    for place, row in enumerate(table, start=1):
        reasons = set()
        for column, written in row.items():
            text = tidy(written)
            if text is not None:
                reasons |= {f"{column}.{rule}" for rule in cell_reasons(column, text, holders)}
            elif column != "income":
                reasons.add(f"{column}.not_null")
        if reasons:
            verdicts[place] = reasons
    return verdicts


# dirty rows

BLANKS = st.sampled_from([None, "", " ", "\t", "\u00a0", "\u2003 \n"])
ANYTHING = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\x1c\x1d\x1e\x1f", exclude_categories=("Cn", "Co")),
    max_size=12,
)
NOISE = st.one_of(
    BLANKS,
    ANYTHING,
    st.sampled_from(
        ["🤿", "محمد", "李雷", "nan", "inf", "-Infinity", "1e400", "+5", "007", " 12 ", "NULL", "٧", "½"]
    ),
)


def dirty(right: st.SearchStrategy[str], *near_misses: str) -> st.SearchStrategy[str | None]:
    """Mostly right values, some of them in white space, then near misses and noise."""
    padded = st.builds(lambda a, value, b: a + value + b, SPACES, right, SPACES)
    return st.one_of(right, right, padded, st.sampled_from(near_misses), NOISE)


SPACES = st.sampled_from(["", " ", "\t", "\u00a0\n", "\u2003"])
SMALL = st.integers(0, 45)
IDS = st.one_of(
    SMALL.map(str),
    SMALL.map(str),
    SMALL.map("{:03}".format),
    SMALL.map("{:+}".format),
    st.integers().map(str),
)
NAMES = st.lists(st.text("aéłßžIÅ李м\u0301", min_size=1, max_size=6), min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from(" '’-").map(lambda joint: joint.join(parts))
)
ENDINGS = st.sampled_from(["x.de", ".com", "e.co.uk", "a.b", "a.1c", "a."])
EMAILS = st.builds(
    "{}@{}{}".format, st.text("aZ09._-+'", min_size=1, max_size=6), st.text("aB3-.", max_size=4), ENDINGS
)
PHONES = st.from_regex(r"\A\+?1?[ .(-]?[0-9]{3}[ ).-]{0,2}[0-9]{3}[ .-]?[0-9]{3,5}\Z")
FORMS = st.sampled_from(["{0:04}-{1:02}-{2:02}", "{0}/{1}/{2}", "{0}-{1:02}-{2}", "{0}.{1}.{2}", "{1}/{2}/{0}",
                         "{1:02}-{2:02}-{0}", "{2}/{1}/{0}", "{0:04}-{1:02}-{2:02} 00:00:00", "{2}.{1}.{0}"])  # fmt: skip
DAYS = st.builds(
    lambda form, year, month, number_of_day: form.format(year, month, number_of_day),
    FORMS,
    st.sampled_from([1899, 1900, 1989, 1990, 2000, 2023, 2024, 2025, 2026]),
    st.integers(0, 13),
    st.integers(0, 32),
)
AMOUNTS = st.one_of(
    st.integers(-5, 10_000_005).map(str),
    st.integers(0, 10_000_005).map("{:,}".format),
    st.floats(-1, 1e7, allow_nan=False).map(repr),
    st.builds("{}{}{:,}{}".format, st.sampled_from(["", "-", "+"]), st.sampled_from(["", "$", "€ ", "£-"]),
              st.integers(0, 10_000_005), st.sampled_from(["", ".5", ".", ",5"])),
)  # fmt: skip
STATUSES = st.sampled_from(["active", "Inactive", "SUSPENDED", "Active"])

VALUES: dict[str, st.SearchStrategy[str | None]] = {
    "customer_id": dirty(IDS, "1.0", "1e1", "1,000", "9" * 18, "9" * 19, "--1", "0x1"),
    "first_name": dirty(NAMES, "A", "Ana1", "a" * 50, "a" * 51, "Ana--Lu", "Ana ' Lu", "J. R.", "de la Cruz"),
    "last_name": dirty(NAMES, "O'Brien", "D’Arcy", "-a", "é", "👩"),
    "email": dirty(EMAILS, "ana", "a@b@c.de", "A@B.DE", "á@b.de", "a b@c.de", "a@b..de", "a@-b.de", "a@b.c"),
    "phone": dirty(PHONES, "+4722123456", "212-555-CALL", "212-555-0147 x2", "٢١٢٥٥٥٠١٤٧", "1" * 11, "2" * 11),
    "date_of_birth": dirty(DAYS, "2023-02-29", "2024-02-29", "2/30/2024", "3/4/2024", "2024-02-03 10:00:00"),
    "address": dirty(st.text("a1 ,é", min_size=8, max_size=14), "a" * 9, "a" * 10, "a" * 200, "a" * 201, "🤿" * 10),
    "income": dirty(AMOUNTS, "0", "-0", "10000000", "10000000.01", "1e7", "1e-3", "12,34", "1.234,5", "5 €", "1_000"),
    "account_status": dirty(STATUSES, "closed", "actıve", "ACTİVE", "active."),
    "created_date": dirty(DAYS, TODAY.isoformat(), "2025-11-22", "1989-12-31", "0000-01-01", "0001-01-01"),
}  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return open_bench(Settings(home=tmp_path_factory.mktemp("home")))


CUSTOMERS = known("customers")


def found(bench: Bench, table: list[Row]) -> dict[int, set[str]]:
    columns = {name: [row[name] for row in table] for name in VALUES}
    source = conform(bronze(bench, columns), CUSTOMERS).source
    verdict = validate(bench, source, contract=CUSTOMERS, today=TODAY)
    listed = {row["_row"]: row["_reasons"] for row in rows(verdict.failing)}

    assert all(len(reasons) == len(set(reasons)) for reasons in listed.values())
    assert verdict.rows_out == len(table) - len(listed)
    return {place: set(reasons) for place, reasons in listed.items()}


@pytest.mark.slow
# a failing row says enough by itself: shrinking the other rows would take minutes
@settings(
    max_examples=examples(20, 120),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(table=st.lists(st.fixed_dictionaries(VALUES), min_size=25, max_size=40))
def test_every_row_gets_the_reasons_that_a_reader_of_the_contract_gives(
    bench: Bench, table: list[Row]
) -> None:
    ours, theirs = found(bench, table), expected(table)
    apart = {
        (rule, table[place - 1][rule.partition(".")[0]], rule in theirs.get(place, ()))
        for place in range(1, len(table) + 1)
        for rule in ours.get(place, set()) ^ theirs.get(place, set())
    }

    assert not apart


def test_the_oracle_finds_rows_good_and_bad() -> None:
    """An oracle that always says the same would agree with anything."""
    good: Row = {
        "customer_id": "1", "first_name": "Ana", "last_name": "O'Brien", "email": "ana@example.com",
        "phone": "(212) 555-0147", "date_of_birth": "1990/1/2", "address": "1 Main Street", "income": None,
        "account_status": "Active", "created_date": "12/31/2024",
    }  # fmt: skip
    bad: Row = {**good, "email": "ana", "income": "-1", "created_date": "3/4/2024", "phone": " "}

    assert expected([good, {**bad, "customer_id": "01"}, {**good, "customer_id": None}]) == {
        1: {"customer_id.unique"},
        2: {
            "customer_id.unique",
            "email.email",
            "income.range",
            "created_date.ambiguous_date",
            "phone.not_null",
        },
        3: {"customer_id.not_null"},
    }


def test_the_verdict_does_not_depend_on_who_computes_it_again(bench: Bench, tmp_path: Path) -> None:
    table: list[Row] = [dict.fromkeys(VALUES, "x" if place % 3 else None) for place in range(20)]
    columns = {name: [row[name] for row in table] for name in VALUES}
    other = open_bench(Settings(home=tmp_path))
    verdicts = [
        validate(place, conform(bronze(place, columns), CUSTOMERS).source, contract=CUSTOMERS, today=TODAY)
        for place in (bench, other, bench)
    ]

    assert len({verdict.failing.name for verdict in verdicts}) == 1
    assert len({str(rows(verdict.failing)) for verdict in verdicts}) == 1
    assert verdicts[0] == verdicts[2]
