"""Rules of every kind with tables that try them: values at the bounds, codes with one changed digit, noise."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple
from unicodedata import category

from hypothesis import strategies as st
from rule_oracles import FORMS, PATTERNS, Means, Plan, in_utc

from governance.rules import kinds
from governance.rules.codes import FORMATS

TODAY = date(2025, 11, 21)
ROLES = {
    "text": "string", "other": "string", "third": "string", "whole": "integer", "number": "number",
    "amount": "number", "day": "date", "until": "date", "time": "timestamp", "truth": "boolean",
}  # fmt: skip
"""The columns that a table may have, with their types; a table of a rule has those that the rule reads."""
NAMES = ('say "hi"', "it's", "a b", "a", "b", "🤿", "select", "_mask0", "k0", "k", "v", "n", "rows", "cleaned", "_low",
         "_odd", "_usual", "spread", "ways", "Größe", ":v", "total", "r")  # fmt: skip
REFERRED = frozenset(("a", "7", "12", "0", "é", "2024-02-29", "o'b"))
"""What the other dataset of a reference has."""
OTHER = "other.parquet"

Cells = Mapping[str, st.SearchStrategy[str | None]]
Get = Callable[[str], Any]


class Tried(NamedTuple):
    """A plan, and how its columns are filled, by role."""

    plan: Plan
    cells: Cells


# cells

ANYTHING = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8)
NOISE = st.one_of(
    st.sampled_from([
        "", " ", "\t\n", "\u00a0", "\u3000\u2009", "\u200b", "\0", "NULL", "nan", "inf", "-Infinity", "1e400", "-1e400", "1e-999", "9" * 30,
        "9" * 400, "٧", "½", "²", "−5", "🤿", "👨\u200d👩\u200d👧", "e\u0301", "محمد", "李雷", "2023-02-29", "3/4/2024", "yeſ", "ſ", "K", "ı", "İ", "ß", "epoch", "0x1F",
        "1_000", "1,5", "1e0001", "infinity", "today", "1" * 18, "1" * 19, "a" * 300, "0000-01-01", "-0", "'; DROP TABLE x; --", '"', "$1", "?", ":v",
    ]),
    ANYTHING,
)  # fmt: skip


def often(values: st.SearchStrategy[str], times: int) -> st.SearchStrategy[str]:
    """As likely as so many others; a strategy given twice would count once."""
    return st.one_of(*(values.map(str) for _ in range(times)))


@cache
def dirty(*right: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    """Mostly what is meant, some of it in white space or with a sign changed, and noise."""
    meant = st.one_of(*right)
    return st.one_of(often(meant, 3), st.builds(changed, meant, st.integers(0, 99), SIGNS), NOISE, st.none())


SIGNS = st.sampled_from([*"019aZſı -+.:/é٧\n\u00a0", ""])


def changed(text: str, place: int, sign: str) -> str:
    """The text with one sign in the place of another."""
    place %= len(text) + 1
    return text[:place] + sign + text[place + 1 :]


@cache
def near(*bounds: float) -> st.SearchStrategy[str]:
    """Numbers around the bounds, written in several ways."""
    around = [shown for bound in bounds for shown in _around(bound)]
    floats = st.floats(allow_nan=False, allow_infinity=False).map(repr)
    return st.one_of(st.sampled_from(around), st.integers(-20, 20).map(str), floats)


def _around(bound: float) -> list[str]:
    small = max(abs(bound), 1) * 1e-12
    values = [bound, bound - 1, bound + 1, bound - small, bound + small, -bound, bound * 10]
    return [
        *(repr(value) for value in values),
        f"{bound:e}",
        f"+{bound!r}".replace("+-", "-"),
        f"00{bound!r}",
    ]


SMALL = st.one_of(
    st.integers(-3, 12).map(str), st.sampled_from(["7", "007", "+7", "7.0", "-0", "0.0", "1e1", "10", "0"])
)
WHOLES = dirty(SMALL, st.integers(-(10**18), 10**18).map(str))
NUMBERS = dirty(
    SMALL, st.floats(-100, 100).map(repr), st.floats(allow_nan=False, allow_infinity=False).map(repr)
)
WORDS = dirty(st.sampled_from(["a", "b", "A", "ab", "é", "e\u0301", "o'b", "7", "07", "2024-02-29"]))
TRUTHS = dirty(st.sampled_from(["true", "False", "yes", "NO", "1", "0", "t", "n"]))
DAYS = dirty(
    st.builds("{:04}-{:02}-{:02}".format, st.sampled_from([1, 1899, 1900, 2000, 2023, 2024, 2025, 9999]),
              st.integers(0, 13), st.integers(0, 32)),
    st.sampled_from(["2024-02-29", "2024-03-01", "1900-02-29", "3/4/2024", "4/4/2024", "12/31/1999", "13-01-2024"]),
    st.integers(-3, 3).map(lambda days: (TODAY + timedelta(days=days)).isoformat()),
)  # fmt: skip
CLOCKS = st.builds(
    "{:02}:{:02}{}".format, st.sampled_from([0, 1, 9, 12, 23, 24]), st.sampled_from([0, 30, 59, 60]),
    st.sampled_from(["", ":00", ":59", ":60", ":00.1", ":00.123456", ":00.1234567", ":5", ":00."]),
)  # fmt: skip
ZONES = st.sampled_from(
    ["", "", "", "Z", "+02", "-05:30", "+15:59", "+16", "-15:60", "+0200", "z", " +02", "+24:00"]
)
TIMES = dirty(
    st.builds("{}{}{}{}".format, st.sampled_from(["2024-02-29", "2023-12-31", "2024-01-01", "0001-01-01", "9999-12-31"]),
              st.sampled_from([" ", "T", "t", "  "]), CLOCKS, ZONES),
    st.builds("{}{}{:02}:{:02}{}{}".format, st.sampled_from(["2024-02-29", "2023-12-31", "2024-01-01"]), st.sampled_from(" T"),
              st.integers(0, 23), st.sampled_from([0, 30, 59]), st.sampled_from(["", ":00", ":59.123456"]), st.sampled_from(["", "Z", "+02", "-05:30"])),
    st.sampled_from(["2024-01-01", "2024-01-01 00:00", "2024-01-01T02:00:00+02", "2023-12-31 23:59:59.999999"]),
)  # fmt: skip
BY_ROLE: Cells = {
    "text": WORDS, "other": WORDS, "third": WORDS, "whole": WHOLES, "number": NUMBERS, "amount": NUMBERS, "day": DAYS,
    "until": DAYS, "time": TIMES, "truth": TRUTHS,
}  # fmt: skip

EMAILS = st.one_of(
    st.builds("{}@{}.{}".format, st.text("aZ09._-+'", min_size=1, max_size=6), st.text("aB3-.", max_size=4),
              st.sampled_from(["de", "c", "co.uk", "1c", "c1", "x-", ""])),
    st.sampled_from(["ana@example.com", "a" * 242 + "@example.org", "a" * 243 + "@example.org", "a@b@c.de", "a b@c.de"]),
)  # fmt: skip
PHONES = st.one_of(
    st.from_regex(r"\A\+?\(?[0-9 ().\-/]{5,18}[0-9]\)?\Z"),
    st.sampled_from(
        ["+1 (212) 555-0147", "1234567", "123456", "1" * 15, "1" * 16, "++4912345678", "(12)3456789)"]
    ),
)
IBANS = st.one_of(
    st.sampled_from(["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947", "de89 3704 0044 0532 0130 00",
                     "FR1420041010050500013M02606", "MT84MALT011000012345MTLCAST001S", "LC55HEMM000100010012001200023015"]),
    st.builds(lambda country, rest: _checked(country, rest), st.sampled_from(["DE", "BE", "NO", "SE", "LI"]),
              st.text("0123456789AZ", min_size=11, max_size=20)),
)  # fmt: skip
LONG = {"DE": 18, "BE": 12, "NO": 11, "SE": 20, "LI": 17}


def _checked(country: str, rest: str) -> str:
    """An account number with right check digits, or with others that are right by the sum alone."""
    rest = rest[: LONG[country]].ljust(LONG[country], "0")
    left = int("".join(str(int(sign, 36)) for sign in f"{rest}{country}00")) % 97
    check = 98 - left
    return f"{country}{check - 97 if check > 96 and rest[-1] == '0' else check:02}{rest}"


def _luhn(body: str) -> str:
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[-1::-2]) + sum(map(int, body[-2::-2]))
    return f"{body}{-doubled % 10}"


CARDS = st.one_of(
    st.text("0123456789", min_size=10, max_size=19).map(_luhn),
    st.sampled_from(
        ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "0" * 16, "4111  1111 1111 1111"]
    ),
)
CODES = st.sampled_from(
    ["DE", "de", "DEU", "XK", "GB", "UK", "GBR", "AX", "ZZ", "EUR", "eur", "USD", "XAU", "DEM", "USN", "ß"]
)
FORM_VALUES = {
    "uuid": st.one_of(st.uuids().map(str), st.uuids().map(lambda one: str(one).upper())),
    "ipv4": st.one_of(st.ip_addresses(v=4).map(str), st.sampled_from(["01.2.3.4", "256.1.1.1", "1.2.3", "1.2.3.4.5", "0.0.0.0"])),
    "ipv6": st.one_of(
        st.ip_addresses(v=6).map(str), st.ip_addresses(v=6).map(lambda one: one.exploded),
        st.lists(st.sampled_from(["0", "12ab", "", "1", "1.2.3.4"]), min_size=3, max_size=9).map(":".join),
        st.sampled_from(["::", "::1", "1::", "::ffff:1.2.3.4", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", ":::"]),
    ),
    "hostname": st.one_of(
        st.lists(st.text("aZ0-", min_size=0, max_size=4), min_size=1, max_size=4).map(".".join),
        st.sampled_from(["localhost", "a" * 63, "a" * 64, "a-b.example"]),
    ),
    "uri": st.one_of(
        st.builds("{}:{}".format, st.sampled_from(["http", "1a", "urn", "a+b.c", ""]), st.text("a/?#%20Fé ", max_size=8)),
        st.sampled_from(["https://example.com/a?b=c#d", "mailto:a@b.de", "http://a/%zz", "http://a/%2", "http:"]),
    ),
}  # fmt: skip
FORMATS_OF_DAYS = ("dd.MM.yyyy", "d/M/yyyy", "yyyyMMdd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "MM/dd/yyyy",
                   "HH:mm", "yyyy-MM", "dd.MM.yyyy 'um' HH'%'mm", "d.M.yyyy", "yyyy")  # fmt: skip


# conditions and values over a row, with their meaning


def known(meaning: Callable[..., Any], *roles: str) -> Callable[[Get], Any]:
    """A meaning of values that are all there; unknown where one is not."""

    def means(get: Get) -> Any:
        values = [get(role) for role in roles]
        try:
            return None if None in values else meaning(*values)
        except ZeroDivisionError:
            return None

    return means


def both(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def either(a: bool | None, b: bool | None) -> bool | None:
    return True if a is True or b is True else None if a is None or b is None else False


CONDITIONS: dict[str, Callable[[Get], bool | None]] = {
    "{text} = 'a'": known(lambda a: a == "a", "text"),
    "{day} IS NOT NULL": lambda get: get("day") is not None,
    "{day} IS NULL OR {until} >= {day}": lambda get: either(
        get("day") is None, known(lambda a, b: b >= a, "day", "until")(get)
    ),
    "{number} > 5 AND {text} <> ''": lambda get: both(
        known(lambda n: n > 5, "number")(get), known(lambda a: a != "", "text")(get)
    ),
    "{whole} IN (1, 2, NULL)": lambda get: True if get("whole") in (1, 2) else None,
    "{number} NOT BETWEEN 0 AND {whole}": lambda get: either(
        known(lambda n: n < 0, "number")(get), known(lambda n, w: n > w, "number", "whole")(get)
    ),
    "NOT {truth}": known(lambda a: not a, "truth"),
    "coalesce({amount}, 0) = 0": lambda get: (get("amount") or 0.0) == 0,
    "length({text}) > 1": known(lambda a: len(a) > 1, "text"),
    "{text} LIKE 'a%'": known(lambda a: a.startswith("a"), "text"),
    "{day} > '2024-02-29'": known(lambda d: d > date(2024, 2, 29), "day"),
    "{time} < '2024-01-01 00:00:00'": known(lambda t: t < datetime(2024, 1, 1), "time"),
    "CASE WHEN {text} IN ('7', 'a', 'b') THEN cast({text} AS INT) > 1 END": lambda get: (
        True if get("text") == "7" else None
    ),
    "{text} = {other}": known(lambda a, b: a == b, "text", "other"),
}
SPACES = "".join(chr(n) for n in range(0x3001) if category(chr(n)) == "Zs")
"""What DuckDB's trim takes away."""
AMOUNTS: dict[str, Callable[[Get], float | None]] = {
    "{whole} * {number}": known(lambda q, p: q * p, "whole", "number"),
    "{number}": known(lambda p: p, "number"),
    "{number} / {whole}": known(lambda p, q: p / q, "number", "whole"),
    "{number} + 0.1": known(lambda p: p + 0.1, "number"),
    "10": lambda get: 10.0,
    "coalesce({number}, 3)": lambda get: 3.0 if get("number") is None else get("number"),
    "greatest({number}, {whole})": lambda get: max(
        (value for value in (get("number"), get("whole")) if value is not None), default=None
    ),
    "abs({number}) - 1": known(lambda p: abs(p) - 1, "number"),
}
ALL_DAYS = {"{until}": known(lambda d: d, "until"), "'2024-02-29'": lambda get: date(2024, 2, 29)}
ALL_TEXTS = {
    "{other}": known(lambda a: a, "other"),
    "trim({other})": known(lambda a: a.strip(SPACES), "other"),
    "{other} || 'b'": known(lambda a: a + "b", "other"),
}
OPERATORS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])


def roles_in(*texts: str) -> list[str]:
    return [role for role in ROLES if any(f"{{{role}}}" in text for text in texts)]


class Making:
    """Rules over columns of given names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.types = {names[role]: kind for role, kind in ROLES.items()}

    def written(self, text: str) -> str:
        """A condition with its columns named, in quotes."""
        quoted = {role: '"' + name.replace('"', '""') + '"' for role, name in self.names.items()}
        return text.format(**quoted)

    def meaning(self, means: Callable[[Get], Any]) -> Means:
        return lambda row: means(lambda role: row[self.names[role]])

    def tried(self, kind: type[kinds.Rule], role: str, cells: Cells, **said: Any) -> Tried:
        rule: Any = kind(id="r", column=self.names[role], **said)
        return Tried(Plan(rule=rule, types=self.types, today=TODAY), cells)

    def across(
        self,
        kind: type[kinds.Rule],
        role: str,
        texts: Mapping[str, str],
        meant: Mapping[str, Any],
        **said: Any,
    ) -> Tried:
        """A rule whose fields `texts` are conditions; `meant` says what each means."""
        roles = dict.fromkeys([role, *roles_in(*texts.values())])
        types = tuple((self.names[one], ROLES[one]) for one in roles)
        written = {name: self.written(text) for name, text in texts.items()}
        rule: Any = kind(id="r", column=self.names[role], types=types, **written, **said)
        means = {self.written(text): self.meaning(means) for text, means in meant.items()}
        return Tried(
            Plan(rule=rule, types=self.types, means=means, today=TODAY), {one: BY_ROLE[one] for one in roles}
        )


Maker = Callable[[Any, Making], Tried]
BOUNDS = [-20.0, -1.0, 0.0, 5.0, 7.0, 1.5, -0.05, 0.1, 1e7, 1e22, 1e300, 0.30000000000000004, 1e-7,
          *(random.Random(0).uniform(-1e6, 1e6) for _ in range(9))]  # fmt: skip
BOUND = st.sampled_from(BOUNDS)
NAMINGS = [dict(zip(ROLES, random.Random(seed).sample(NAMES, len(ROLES)), strict=True)) for seed in range(8)]
LISTS = [("a",), ("A", "on 'hold'", ""), ("é", "休止", "7"), ("e\u0301", "\0", '"'), ("a", "b", "c", "ab")]


def _range(draw: Any, make: Making) -> Tried:
    low, high = sorted((draw(BOUND), draw(BOUND)))
    sides = draw(st.sampled_from(["both", "low", "high"]))
    said: dict[str, Any] = {"exclusive_low": draw(st.booleans()), "exclusive_high": draw(st.booleans())}
    said |= {"low": low if sides != "high" else None, "high": high if sides != "low" else None}
    return make.tried(kinds.Range, "text", {"text": dirty(near(low, high))}, **said)


@cache
def _multiples(step: float) -> st.SearchStrategy[str | None]:
    return dirty(st.integers(-(10**6), 10**6).map(lambda n: repr(n * step)), near(step))


def _multiple(draw: Any, make: Making) -> Tried:
    step = draw(st.sampled_from([0.05, 12, 0.1, 1, 2.5, 1e-6, 1e6, 0.3]))
    return make.tried(kinds.Multiple, "text", {"text": _multiples(step)}, step=step)


LENGTHS = dirty(st.text("aé🤿\u0301 \n", max_size=10))


def _length(draw: Any, make: Making) -> Tried:
    low, high = sorted((draw(st.integers(0, 8)), draw(st.integers(0, 8))))
    sides = draw(st.sampled_from(["both", "low", "high"]))
    said = {"low": low if sides != "high" else None, "high": high if sides != "low" else None}
    return make.tried(kinds.Length, "text", {"text": LENGTHS}, **said)


PATTERNED = dirty(
    PHONES, st.text("abcdo'\"%", max_size=4), st.text("Aé\u0301李 '’-", max_size=6), st.sampled_from(["ab", "o'b%", "o'b", "李雷", "Zoë D’Arcy"]),
    st.builds("{:03}-{:03}-{:04}".format, st.integers(0, 999), st.integers(0, 999), st.integers(0, 9999)),
)  # fmt: skip


def _pattern(draw: Any, make: Making) -> Tried:
    if draw(st.booleans()):
        form = draw(st.sampled_from([*FORMS]))
        return make.tried(
            kinds.Pattern, "text", {"text": dirty(FORM_VALUES[form])}, pattern=FORMATS[form][0], label=form
        )
    return make.tried(kinds.Pattern, "text", {"text": PATTERNED}, pattern=draw(st.sampled_from([*PATTERNS])))


ANY_LISTED = st.sampled_from([*dict.fromkeys(word for words in LISTS for word in words)])


def _one_of(draw: Any, make: Making) -> Tried:
    values = draw(st.sampled_from(LISTS))
    return make.tried(kinds.OneOf, "text", {"text": dirty(ANY_LISTED)}, values=values)


CLOSE = st.builds(lambda day, days: (day + timedelta(days=days)).isoformat(), st.sampled_from([date(1900, 1, 1), date(2024, 2, 29), TODAY]),
                  st.integers(-2, 2))  # fmt: skip
AGO = st.builds(
    lambda years, days: (TODAY - timedelta(days=365 * years + days)).isoformat(),
    st.integers(0, 30),
    st.integers(0, 9),
)
NEAR_DAYS = st.one_of(DAYS, dirty(CLOSE, AGO))


def _date_range(draw: Any, make: Making) -> Tried:
    low = draw(st.none() | st.sampled_from([date(1900, 1, 1), date(2024, 2, 29), date(1, 1, 1)]))
    said = {
        "low": low,
        "high": draw(st.none() | st.sampled_from([date(2024, 3, 1), date(9999, 12, 31), date(2025, 11, 21)])),
        "years_ago_at_least": draw(st.none() | st.integers(0, 30)),
        "days_ago_at_most": draw(st.none() | st.integers(0, 700)),
    }
    said["not_future"] = True if not any(one is not None for one in said.values()) else draw(st.booleans())
    return make.tried(kinds.DateRange, "day", {"day": NEAR_DAYS}, **said)


def _time_range(draw: Any, make: Making) -> Tried:
    times = st.sampled_from([datetime(2024, 1, 1), datetime(2024, 2, 29, 12, 30), datetime(2023, 12, 31, 23, 59, 59, 999999),
                             datetime.fromisoformat("2024-01-01T02:00:00+02:00")])  # fmt: skip
    low, high = draw(st.none() | times), draw(times)
    if low and in_utc(low) > in_utc(high):
        low, high = high, low
    return make.tried(kinds.TimeRange, "time", {"time": TIMES}, low=low, high=high)


PARTS = {"yyyy": ["2024", "0001", "0000", "1900", "24"], "MM": ["02", "12", "13", "2", "00"], "dd": ["29", "30", "31", "01", "1"],
         "HH": ["00", "23", "24", "7"], "mm": ["00", "59", "60"], "ss": ["00", "59", "60", "61"], "M": ["2", "02", "12", "0"],
         "d": ["29", "1", "09", "32"]}  # fmt: skip


def _written(form: str, choice: list[int]) -> str:
    """A day in the format, part by part: mostly the first of what each may be."""
    text, rest, at = "", form, 0
    while rest:
        if rest[0] == "'":
            piece, _, rest = rest[1:].partition("'")
            text += piece
            continue
        word = next((word for word in PARTS if rest.startswith(word)), rest[0])
        text += PARTS[word][choice[at % 6] % len(PARTS[word])] if word in PARTS else word
        rest, at = rest[len(word) :], at + 1
    return text


CHOICES = st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4]), min_size=6, max_size=6)
WRITTEN = {form: dirty(CHOICES.map(partial(_written, form))) for form in FORMATS_OF_DAYS}


def _date_format(draw: Any, make: Making) -> Tried:
    form = draw(st.sampled_from(FORMATS_OF_DAYS))
    return make.tried(kinds.DateFormat, "text", {"text": WRITTEN[form]}, format=form)


def _keyed(kind: type[kinds.Rule]) -> Maker:
    def tried(draw: Any, make: Making) -> Tried:
        role = draw(st.sampled_from([*ROLES]))
        return make.tried(kind, role, {role: BY_ROLE[role]})

    return tried


def _several(draw: Any, least: int) -> list[str]:
    return draw(st.lists(st.sampled_from([*ROLES]), min_size=least, max_size=3, unique=True))


def _together(draw: Any, make: Making) -> Tried:
    role, *others = _several(draw, 2)
    return make.tried(
        kinds.UniqueTogether,
        role,
        {one: BY_ROLE[one] for one in (role, *others)},
        others=tuple(make.names[one] for one in others),
    )


def _depends(draw: Any, make: Making) -> Tried:
    role, *on = _several(draw, 2)
    return make.tried(
        kinds.Depends,
        role,
        {one: MOSTLY_FEW[one] for one in (role, *on)},
        on=tuple(make.names[one] for one in on),
    )


FEW: dict[str, list[str | None]] = {
    "string": ["a", "b"], "integer": ["1", "01", "2"], "number": ["1", "1.0", "-0", "0"], "date": ["2024-01-01", "2024-01-02"],
    "timestamp": ["2024-01-01", "2024-01-01T01:00+01"], "boolean": ["yes", "1", "no"],
}  # fmt: skip


MOSTLY_FEW: Cells = {
    role: st.one_of(BY_ROLE[role], st.sampled_from(FEW[kind]), st.sampled_from(FEW[kind]))
    for role, kind in ROLES.items()
}
FAR = st.sampled_from(["100", "-99", "50", "30", "-20", "1000", "1e300", "-1.7e308", "1.7e308", "1e-320"])
SPREAD = st.one_of(often(st.integers(0, 9).map(str), 6), FAR, NUMBERS.map(lambda text: text))


def _outlier(draw: Any, make: Making) -> Tried:
    by = draw(st.sampled_from(["", "", "other", "whole", "truth"]))
    said = {
        "method": draw(st.sampled_from(["iqr", "zscore", "mad"])),
        "factor": draw(st.sampled_from([0.7345, 1.4, 3.0, 1.1234567, 2.0])),
        "least": draw(st.sampled_from([3, 3, 4, 8])),
    }
    cells = {"text": SPREAD} | ({by: MOSTLY_FEW[by]} if by else {})
    return make.tried(kinds.Outlier, "text", cells, by=make.names[by] if by else "", **said)


def _reference(draw: Any, make: Making) -> Tried:
    role = draw(st.sampled_from(["text", "whole", "number", "day"]))
    cells = st.one_of(BY_ROLE[role], st.sampled_from(sorted(REFERRED)))
    tried = make.tried(
        kinds.Reference, role, {role: cells}, dataset="other", target='say "id"', files=(OTHER,), version=1
    )
    plan = Plan(rule=tried.plan.rule, types=make.types, referred=REFERRED, today=TODAY)
    return Tried(plan, tried.cells)


def _compare(draw: Any, make: Making) -> Tried:
    role = draw(st.sampled_from(["amount", "amount", "whole", "day", "text"]))
    values: dict[str, Callable[[Get], Any]] = {
        "amount": AMOUNTS,
        "whole": AMOUNTS,
        "day": ALL_DAYS,
        "text": ALL_TEXTS,
    }[role]  # type: ignore[assignment]
    text = draw(st.sampled_from([*values]))
    tolerance = (
        draw(st.sampled_from([0.0, 0.0, 0.01, 1.0, 1e-5])) if ROLES[role] in ("integer", "number") else 0.0
    )
    return make.across(
        kinds.Compare, role, {"other": text}, values, operator=draw(OPERATORS), tolerance=tolerance
    )


def _if_then(draw: Any, make: Making) -> Tried:
    when = draw(
        st.one_of(st.just(""), st.sampled_from([*CONDITIONS]))
    )  # without one, rows fail far more often
    then = draw(st.sampled_from([*CONDITIONS]))
    return make.across(
        kinds.IfThen, (roles_in(then) or ["text"])[0], {"when": when, "then": then}, CONDITIONS
    )


def _sql(draw: Any, make: Making) -> Tried:
    where = draw(st.sampled_from([*CONDITIONS]))
    return make.across(kinds.Sql, roles_in(where)[0], {"where": where}, CONDITIONS)


def _simple(
    kind: type[kinds.Rule], role: str, cells: st.SearchStrategy[str | None], **said: list[Any]
) -> Maker:
    def tried(draw: Any, make: Making) -> Tried:
        fields = {name: draw(st.sampled_from(values)) for name, values in said.items()}
        return make.tried(kind, role, {role: cells}, **fields)

    return tried


def _type(draw: Any, make: Making) -> Tried:
    role = draw(st.sampled_from(["whole", "number", "day", "time", "truth"]))
    return make.tried(kinds.HasType, role, {role: BY_ROLE[role]}, type=ROLES[role])


SLASHED = dirty(
    st.builds("{}{}{}{}{}".format, st.integers(0, 14), st.sampled_from("//-."), st.sampled_from([0, 1, 2, "03", "12", 13, 31, "007"]),
              st.sampled_from("/-"), st.sampled_from([2024, 2024, "0001", 24])),
)  # fmt: skip
MAKERS: dict[str, Maker] = {
    "not_null": _simple(kinds.NotNull, "text", WORDS),
    "not_blank": _simple(kinds.NotBlank, "text", dirty(st.text(" \t\u00a0\u2009\u200b\x1ca", max_size=4))),
    "type": _type,
    "ambiguous_date": _simple(kinds.UnambiguousDate, "day", SLASHED),
    "range": _range,
    "multiple": _multiple,
    "length": _length,
    "pattern": _pattern,
    "email": _simple(kinds.Email, "text", dirty(EMAILS)),
    "phone": _simple(kinds.Phone, "text", dirty(PHONES)),
    "iban": _simple(kinds.Iban, "text", dirty(IBANS)),
    "card": _simple(kinds.Card, "text", dirty(CARDS)),
    "country": _simple(kinds.Country, "text", dirty(CODES), letters=[2, 3]),
    "currency": _simple(kinds.Currency, "text", dirty(CODES)),
    "one_of": _one_of,
    "date_range": _date_range,
    "time_range": _time_range,
    "date_format": _date_format,
    "unique": _keyed(kinds.Unique),
    "unique_together": _together,
    "superseded": _keyed(kinds.Superseded),
    "depends": _depends,
    "outlier": _outlier,
    "reference": _reference,
    "compare": _compare,
    "if_then": _if_then,
    "sql": _sql,
}  # fmt: skip
Rows = list[dict[str, str | None]]


@st.composite
def tables(draw: Any, chosen: st.SearchStrategy[list[str]]) -> tuple[list[Plan], Rows]:
    """Rules of the chosen kinds over one table of at most a dozen rows, some of them twice."""
    names = draw(st.sampled_from(NAMINGS))
    tried = [MAKERS[kind](draw, Making(names)) for kind in draw(chosen)]
    cells: dict[str, st.SearchStrategy[str | None]] = {}
    for one in tried:
        cells |= {
            role: cells[role] | values if role in cells else values for role, values in one.cells.items()
        }
    row = st.fixed_dictionaries({names[role]: values for role, values in cells.items()})
    found: Rows = draw(st.lists(row, max_size=12))
    again = draw(st.lists(st.sampled_from(found), max_size=12 - len(found))) if found else []
    return [one.plan for one in tried], found + again
