"""What each kind of rule promises, in plain Python, for tests to hold the engine against.

Nothing here knows SQL or patterns; of the rules only their fields are read. An oracle gets a rule and rows and
gives the numbers (from 1) of the rows that break it.
"""

from __future__ import annotations

import ipaddress
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import inf, isfinite
from typing import Any

import pycountry

from governance.rules import kinds

Row = Mapping[str, str | None]
Means = Callable[["Typed"], Any]
DIGITS = frozenset("0123456789")
HEX = DIGITS | frozenset("abcdefABCDEF")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
SPACE = frozenset("\t\n\x0b\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(n) for n in range(0x2000, 0x200B)
}
"""Unicode's White_Space."""


@dataclass(frozen=True)
class Plan:
    """A rule, the types of the columns it reads, and what its conditions mean, text by text."""

    rule: kinds.AnyRule
    types: Mapping[str, str]
    means: Mapping[str, Means] = field(default_factory=dict, repr=False)
    referred: frozenset[str] = field(default=frozenset(), repr=False)
    today: date = field(default=date(2025, 11, 21), repr=False)


class Typed:
    """A row whose cells are read by their types: what does not convert is None."""

    def __init__(self, row: Row, types: Mapping[str, str]) -> None:
        self._row, self._types = row, types

    def __getitem__(self, name: str) -> Any:
        text = self._row[name]
        return text if text is None else READ[self._types[name]](text)


# reading a value


def digits(text: str) -> bool:
    return bool(text) and set(text) <= DIGITS


def whole(text: str) -> int | None:
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    return int(text) if digits(unsigned) and len(unsigned) <= 18 else None


def number(text: str) -> float | None:
    """A finite decimal number; an exponent has at most three digits."""
    mantissa, marked, exponent = text.replace("E", "e").partition("e")
    exponent = exponent[1:] if exponent[:1] in ("+", "-") else exponent
    if marked and not (digits(exponent) and len(exponent) <= 3):
        return None
    unsigned = mantissa[1:] if mantissa[:1] in ("+", "-") else mantissa
    before, _, after = unsigned.partition(".")
    if not digits(before + after):
        return None
    found = float(text)
    return found if isfinite(found) else None


def day(text: str) -> date | None:
    parts = text.split("-")
    if [len(part) for part in parts] != [4, 2, 2] or not all(map(digits, parts)):
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def time(text: str) -> datetime | None:
    """A time in UTC: `YYYY-MM-DD[ hh:mm[:ss[.ffffff]][Z|±hh[:mm]]]`."""
    on, at = day(text[:10]), text[10:]
    if on is None or not at:
        return datetime(on.year, on.month, on.day) if on else None
    if at[0] not in "T ":
        return None
    at, zone = _zone(at[1:])
    clock, _, fraction = at.partition(".")
    parts = clock.split(":")
    if zone is None or not all(digits(part) and len(part) == 2 for part in parts) or len(parts) not in (2, 3):
        return None
    if "." in at and not (digits(fraction) and len(fraction) <= 6 and len(parts) == 3):
        return None
    try:
        micro = int((fraction or "0").ljust(6, "0"))
        return datetime(on.year, on.month, on.day, *map(int, parts), microsecond=micro) - zone
    except (ValueError, OverflowError):
        return None


def _zone(at: str) -> tuple[str, timedelta | None]:
    """The clock without its offset from UTC, and the offset, whose hours and minutes are those of a clock."""
    if at.endswith("Z"):
        return at[:-1], timedelta()
    place = max(at.rfind("+"), at.rfind("-"))
    if place < 0:
        return at, timedelta()
    hours, colon, minutes = at[place + 1 :].partition(":")
    if len(hours) != 2 or not digits(hours) or (colon and not (digits(minutes) and len(minutes) == 2)):
        return at, None
    if int(hours) > 23 or int(minutes or 0) > 59:
        return at, None
    away = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return at[:place], away if at[place] == "+" else -away


def truth(text: str) -> bool | None:
    yes, no = ("true", "yes", "y", "t", "1"), ("false", "no", "n", "f", "0")
    if not set(text) <= LETTERS | DIGITS:
        return None
    return True if text.lower() in yes else False if text.lower() in no else None


READ: Mapping[str, Callable[[str], Any]] = {
    "string": str, "integer": number, "number": number, "date": day, "timestamp": time, "boolean": truth,
}  # fmt: skip
"""How a condition reads a column: whole numbers too are plain numbers, so that no product overflows."""


def same(text: str | None, kind: str) -> Any:
    """What two cells must share to hold the same value."""
    read = {**READ, "integer": whole, "date": str}[kind]
    if text is None:
        return None
    found = read(text)
    return ("text", text) if found is None else (kind, found)


# one cell


def is_two_days(text: str) -> bool:
    """Whether text is `a/b/yyyy` and both a month and a day can be either."""
    parts = text.replace("/", "-").split("-")
    if len(parts) != 3 or not all(map(digits, parts)) or len(parts[2]) != 4:
        return False
    a, b = parts[0], parts[1]
    return max(len(a), len(b)) <= 2 and 1 <= int(a) <= 12 and 1 <= int(b) <= 12 and int(a) != int(b)


def has_type(rule: kinds.HasType, text: str) -> bool:
    read = {**READ, "integer": whole}[rule.type]
    return read(text) is None and not (rule.type == "date" and is_two_days(text))


def out_of_range(rule: kinds.Range, text: str) -> bool:
    found = number(text)
    if found is None:
        return False
    low, high = (-inf if rule.low is None else rule.low), (inf if rule.high is None else rule.high)
    return (
        found < low
        or found > high
        or (rule.exclusive_low and found == low)
        or (rule.exclusive_high and found == high)
    )


def no_multiple(rule: kinds.Multiple, text: str) -> bool:
    found = number(text)
    if found is None:
        return False
    times = Fraction(found) / Fraction(rule.step)
    return abs(times - round(times)) > Fraction(1, 10**9) * max(1, abs(times))


def wrong_length(rule: kinds.Length, text: str) -> bool:
    return len(text) < (rule.low or 0) or (rule.high is not None and len(text) > rule.high)


def is_word(text: str) -> bool:
    """Letters with their marks, in parts joined by one space, hyphen or apostrophe."""
    for joint in "'’-":
        text = text.replace(joint, " ")
    return all(part and all(unicodedata.category(c)[0] in "LM" for c in part) for part in text.split(" "))


def is_uuid(text: str) -> bool:
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and set("".join(parts)) <= HEX


def is_address(text: str, kind: Callable[[str], object]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return "%" not in text  # a scope is no part of an address


def is_host(text: str) -> bool:
    labels = text.split(".")
    return all(
        0 < len(label) <= 63
        and set(label) <= LETTERS | DIGITS | {"-"}
        and not label.startswith("-")
        and not label.endswith("-")
        for label in labels
    )


def is_uri(text: str) -> bool:
    scheme, colon, rest = text.partition(":")
    marks = LETTERS | DIGITS | set("-._~:/?#[]@!$&'()*+,;=%")
    whole_escapes = all(len(part) >= 2 and set(part[:2]) <= HEX for part in rest.split("%")[1:])
    named = scheme[:1] in LETTERS and bool(scheme) and set(scheme) <= LETTERS | DIGITS | set("+.-")
    return bool(named and colon and rest and set(rest) <= marks and whole_escapes)


def is_phone_with_dashes(text: str) -> bool:
    parts = text.split("-")
    return [len(part) for part in parts] == [3, 3, 4] and digits("".join(parts))


PATTERNS: Mapping[str, Callable[[str], bool]] = {
    r"\d{3}-\d{3}-\d{4}": is_phone_with_dashes,
    "ab|cd": lambda text: text in ("ab", "cd"),
    r"[\p{L}\p{M}]+(?:[ '’-][\p{L}\p{M}]+)*": is_word,
    "": lambda text: text == "",
    ".*": lambda text: "\n" not in text,
    "o'b(\"|%)?": lambda text: text in ("o'b", "o'b\"", "o'b%"),
    r".{2,3}": lambda text: 2 <= len(text) <= 3 and "\n" not in text,
}
FORMS: Mapping[str, Callable[[str], bool]] = {
    "uuid": is_uuid,
    "ipv4": lambda text: is_address(text, ipaddress.IPv4Address),
    "ipv6": lambda text: is_address(text, ipaddress.IPv6Address),
    "hostname": is_host,
    "uri": is_uri,
}
"""What the standard's formats of text mean."""


def no_match(rule: kinds.Pattern, text: str) -> bool:
    return not (FORMS[rule.label] if rule.label else PATTERNS[rule.pattern])(text)


def no_mailbox(rule: kinds.Email, text: str) -> bool:
    local, at, domain = text.rpartition("@")
    atoms, labels = local.split("."), domain.split(".")
    marks = LETTERS | DIGITS | set("!#$%&'*+/=?^_`{|}~-")
    return not (
        bool(at)
        and len(text) <= 254
        and all(atom and set(atom) <= marks for atom in atoms)
        and len(labels) > 1
        and all(label and set(label) <= LETTERS | DIGITS | {"-"} for label in labels)
        and not any(label.startswith("-") or label.endswith("-") for label in labels)
        and len(labels[-1]) > 1
        and labels[-1][0] in LETTERS
    )


def no_phone(rule: kinds.Phone, text: str) -> bool:
    rest = text.removeprefix("+").removeprefix("(")
    found = [mark for mark in rest if mark in DIGITS]
    shaped = rest[:1] in DIGITS and (rest.removesuffix(")")[-1:] in DIGITS)
    return not (bool(rest) and set(rest) <= DIGITS | set(" ().-/") and shaped and 7 <= len(found) <= 15)


def no_iban(rule: kinds.Iban, text: str) -> bool:
    plain = text.replace(" ", "")
    if not set(plain) <= LETTERS | DIGITS:
        return True
    plain = plain.upper()
    if not (plain[:2].isalpha() and digits(plain[2:4]) and 2 <= int(plain[2:4]) <= 98):
        return True
    if IBANS.get(plain[:2]) != len(plain):
        return True
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 != 1


IBANS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip


def no_card(rule: kinds.Card, text: str) -> bool:
    if text[:1] not in DIGITS or text[-1:] not in DIGITS or not set(text) <= DIGITS | {" ", "-"} or not text:
        return True
    if any(a in " -" and b in " -" for a, b in pairwise(text)):
        return True
    found = [int(mark) for mark in text if mark in DIGITS]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in found[-2::-2])
    return not (12 <= len(found) <= 19 and any(found) and (doubled + sum(found[-1::-2])) % 10 == 0)


def no_country(rule: kinds.Country, text: str) -> bool:
    key = f"alpha_{rule.letters}"
    found = pycountry.countries.get(**{key: text})
    return found is None or getattr(found, key) != text


def no_currency(rule: kinds.Currency, text: str) -> bool:
    found = pycountry.currencies.get(alpha_3=text)
    return found is None or found.alpha_3 != text


def years_before(today: date, years: int) -> date:
    try:
        return date(today.year - years, today.month, today.day)
    except ValueError:  # born on a leap day
        return date(today.year - years, 2, 28)


def day_out_of_range(rule: kinds.DateRange, text: str, today: date) -> bool:
    found = day(text)
    if found is None:
        return False
    ago = None if rule.years_ago_at_least is None else years_before(today, rule.years_ago_at_least)
    oldest = None if rule.days_ago_at_most is None else today - timedelta(days=rule.days_ago_at_most)
    lows = [bound for bound in (rule.low, oldest) if bound]
    highs = [bound for bound in (rule.high, ago, today if rule.not_future else None) if bound]
    return any(found < bound for bound in lows) or any(found > bound for bound in highs)


def time_out_of_range(rule: kinds.TimeRange, text: str) -> bool:
    found = time(text)
    if found is None:
        return False
    return (rule.low is not None and found < in_utc(rule.low)) or (
        rule.high is not None and found > in_utc(rule.high)
    )


def in_utc(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when


WORDS = {
    "yyyy": (4, 4),
    "MM": (2, 2),
    "M": (1, 2),
    "dd": (2, 2),
    "d": (1, 2),
    "HH": (2, 2),
    "mm": (2, 2),
    "ss": (2, 2),
}
PLACES = {"y": "year", "M": "month", "d": "day", "H": "hour", "m": "minute", "s": "second"}


def not_written_so(rule: kinds.DateFormat, text: str) -> bool:
    """Reads the format letter by letter; text in quotes stands for itself."""
    found, rest, form = {"year": 2000, "month": 1, "day": 1}, text, rule.format
    while form:
        if form[0] == "'":
            piece, _, form = form[1:].partition("'")
            if not rest.startswith(piece):
                return True
            rest = rest[len(piece) :]
            continue
        word = next((word for word in WORDS if form.startswith(word)), None)
        if word is None:
            if rest[:1] != form[0]:
                return True
            rest, form = rest[1:], form[1:]
            continue
        least, most = WORDS[word]
        taken = next((n for n in range(most, least - 1, -1) if len(rest) >= n and digits(rest[:n])), 0)
        if not taken:
            return True
        found[PLACES[word[0]]], rest, form = int(rest[:taken]), rest[taken:], form[len(word) :]
    try:
        datetime(**found)  # type: ignore[arg-type]
    except ValueError:
        return True
    return bool(rest)


CELLS: Mapping[str, Callable[[Any, str], bool]] = {
    "not_null": lambda rule, text: False,
    "not_blank": lambda rule, text: set(text) <= SPACE,
    "type": has_type,
    "ambiguous_date": lambda rule, text: is_two_days(text),
    "range": out_of_range,
    "multiple": no_multiple,
    "length": wrong_length,
    "pattern": no_match,
    "email": no_mailbox,
    "phone": no_phone,
    "iban": no_iban,
    "card": no_card,
    "country": no_country,
    "currency": no_currency,
    "one_of": lambda rule, text: text not in rule.values,
    "time_range": time_out_of_range,
    "date_format": not_written_so,
}


def cell(plan: Plan, rows: Sequence[Row]) -> set[int]:
    rule: Any = plan.rule
    found = set()
    for place, row in enumerate(rows, start=1):
        text = row[rule.column]
        if text is None:
            broken = rule.kind == "not_null"
        elif rule.kind == "date_range":
            broken = day_out_of_range(rule, text, plan.today)
        else:
            broken = CELLS[rule.kind](rule, text)
        found |= {place} if broken else set()
    return found


# among rows


def _keys(plan: Plan, names: Sequence[str], rows: Sequence[Row]) -> dict[int, tuple[Any, ...]]:
    """Row → its values in the columns, for the rows that have all of them."""
    keys = {
        place: tuple(same(row[name], plan.types[name]) for name in names)
        for place, row in enumerate(rows, start=1)
    }
    return {place: key for place, key in keys.items() if None not in key}


def repeated(plan: Plan, rows: Sequence[Row]) -> set[int]:
    rule: Any = plan.rule
    keys = _keys(plan, (rule.column, *getattr(rule, "others", ())), rows)
    held = Counter(keys.values())
    return {place for place, key in keys.items() if held[key] > 1}


def superseded(plan: Plan, rows: Sequence[Row]) -> set[int]:
    keys = _keys(plan, (plan.rule.column,), rows)
    last = {key: place for place, key in keys.items()}
    return {place for place, key in keys.items() if place < last[key]}


def depends(plan: Plan, rows: Sequence[Row]) -> set[int]:
    rule: Any = plan.rule
    groups = defaultdict(list)
    for place, (value, *on) in _keys(plan, (rule.column, *rule.on), rows).items():
        groups[tuple(on)].append((place, value))
    found = set()
    for members in groups.values():
        held = Counter(value for _, value in members)
        usual = next((value for value, count in held.items() if 2 * count > len(members)), None)
        if len(held) > 1:
            found |= {place for place, value in members if value != usual}
    return found


def outliers(plan: Plan, rows: Sequence[Row]) -> set[int]:
    rule: Any = plan.rule
    groups = defaultdict(list)
    for place, row in enumerate(rows, start=1):
        group = same(row[rule.by], plan.types[rule.by]) if rule.by else "all"
        text = row[rule.column]
        found = None if text is None else number(text)
        if group is not None and found is not None:
            groups[group].append((place, Fraction(found)))
    return {
        place
        for members in groups.values()
        if len(members) >= rule.least
        for place, value in members
        if _outside(rule, value, sorted(value for _, value in members))
    }


def _outside(rule: Any, value: Fraction, values: list[Fraction]) -> bool:
    """In fractions: nothing is rounded but a square root, to sixty digits."""
    if rule.method == "iqr":
        low, high = _quantile(values, Fraction(1, 4)), _quantile(values, Fraction(3, 4))
        held, reach = _held(high - low), high - low
    elif rule.method == "mad":
        low = high = _quantile(values, Fraction(1, 2))
        mad = _quantile(sorted(abs(one - low) for one in values), Fraction(1, 2))
        held, reach = _held(mad), mad / Fraction("0.6745")
    else:
        low = high = sum(values, Fraction()) / len(values)
        variance = sum((one - low) ** 2 for one in values) / (len(values) - 1)
        held, reach = _held(variance), _root(variance)
    reach *= Fraction(rule.factor)
    reach += max(abs(low), abs(high), reach) / 10**12
    return held and not low - reach <= value <= high + reach


def _root(square: Fraction) -> Fraction:
    with localcontext(prec=60):
        return Fraction((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


def _held(spread: Fraction) -> bool:
    """Whether a floating-point number can hold the spread with all its digits; without one there are no fences."""
    try:
        return float(spread) >= sys.float_info.min
    except OverflowError:
        return False


def _quantile(values: list[Fraction], share: Fraction) -> Fraction:
    """Between the two nearest values, as they lie (Hyndman and Fan's seventh definition)."""
    at = share * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (at - low) * (values[high] - values[low])


def not_found(plan: Plan, rows: Sequence[Row]) -> set[int]:
    kind = plan.types[plan.rule.column]
    there = {same(text, kind) for text in plan.referred}
    return {place for place, (key,) in _keys(plan, (plan.rule.column,), rows).items() if key not in there}


# across columns


def compare(plan: Plan, rows: Sequence[Row]) -> set[int]:
    return {place for place, row in enumerate(rows, start=1) if _apart(plan, Typed(row, plan.types))}


def _apart(plan: Plan, row: Typed) -> bool:
    rule: Any = plan.rule
    left, right = row[rule.column], plan.means[rule.other](row)
    if left is None or right is None:
        return False
    if plan.types[rule.column] not in ("integer", "number"):
        holds = {"=": left == right, "<>": left != right, "<": left < right, "<=": left <= right, ">": left > right,
                 ">=": left >= right}  # fmt: skip
        return not holds[rule.operator]
    if not isfinite(right):
        return False
    slack = rule.tolerance + 1e-9 * max(abs(left), abs(right))
    return {
        "=": abs(left - right) > slack, "<>": abs(left - right) <= slack, "<=": left - right > slack,
        ">=": right - left > slack, "<": left - right >= -slack, ">": right - left >= -slack,
    }[rule.operator]  # fmt: skip


def if_then(plan: Plan, rows: Sequence[Row]) -> set[int]:
    rule: Any = plan.rule
    typed = [(place, Typed(row, plan.types)) for place, row in enumerate(rows, start=1)]
    return {
        place
        for place, row in typed
        if (not rule.when or plan.means[rule.when](row) is True) and plan.means[rule.then](row) is False
    }


def condition(plan: Plan, rows: Sequence[Row]) -> set[int]:
    rule: Any = plan.rule
    typed = [(place, Typed(row, plan.types)) for place, row in enumerate(rows, start=1)]
    return {place for place, row in typed if plan.means[rule.where](row) is True}


ORACLES: Mapping[str, Callable[[Plan, Sequence[Row]], set[int]]] = {
    **dict.fromkeys((*CELLS, "date_range"), cell),
    "unique": repeated,
    "unique_together": repeated,
    "superseded": superseded,
    "depends": depends,
    "outlier": outliers,
    "reference": not_found,
    "compare": compare,
    "if_then": if_then,
    "sql": condition,
}
