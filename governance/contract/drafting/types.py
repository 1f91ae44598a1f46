"""What type a column is drafted with: the one that nearly all of its values convert to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from governance.contract.drafting.evidence import Evidence
from governance.contract.drafting.proposal import of
from governance.contract.model import Cleaning, LogicalType

ENOUGH = 0.95
"""Share of the values that must convert; the others are for people to look at."""
TOO_AMBIGUOUS = 0.2
"""Above this share of days that can be read in two ways, a column is no date until someone says the order."""
TOO_LONG = re.compile(r"[-+]?9{19,}")
"""The shape of what no BIGINT holds, and a DOUBLE not to the last digit."""
GROUPED = re.compile(r"[-+]?9{1,3}(?:\.9{3})+")
MANY_PADDED = 0.001
EVIDENT = 0.1
AT_LEAST = 3
"""An order is evident when so many days (and this share) read in one way only, and none in the other."""


@dataclass(frozen=True)
class TypeOf:
    type: LogicalType
    support: str = ""
    """How many values convert; empty for text, which anything is."""
    cleaning: tuple[Cleaning, ...] = (Cleaning.TRIM,)
    date_order: str = ""
    order_note: str = ""
    remark: str = ""


def type_of(evidence: Evidence) -> TypeOf:
    """The column's type with its support; text when in doubt."""
    if not evidence.filled:
        return TypeOf(LogicalType.STRING, "no value to learn from")
    return _boolean(evidence) or _number(evidence) or _date(evidence) or TypeOf(LogicalType.STRING)


def _boolean(evidence: Evidence) -> TypeOf | None:
    """Both answers, or whole words: a column of nothing but "F" may be anything."""
    answers = {text.lower() for text in evidence.texts}
    both = answers & {"true", "yes", "y", "t"} and answers & {"false", "no", "n", "f"}
    if evidence.share("truth") < ENOUGH or not (both or answers & {"true", "false", "yes", "no"}):
        return None
    return TypeOf(LogicalType.BOOLEAN, of(evidence.count("truth"), evidence.filled))


def _number(evidence: Evidence) -> TypeOf | None:
    if evidence.share("padded") >= MANY_PADDED:
        remark = f"{of(evidence.count('padded'), evidence.filled)} have leading zeros: a code, not a number."
        return TypeOf(LogicalType.STRING, remark=remark)
    if any(TOO_LONG.fullmatch(shape) for shape, _ in evidence.profile.shapes):
        return TypeOf(
            LogicalType.STRING, remark="Some values have more than 18 digits: a code, not a number."
        )
    for kind, plain in ((LogicalType.INTEGER, "integer"), (LogicalType.NUMBER, "number")):
        written = f"written_{plain}"
        if evidence.share(written) >= ENOUGH:
            signs = evidence.count(written) > evidence.count(plain)
            cleaning = (Cleaning.TRIM, Cleaning.NUMBER) if signs else (Cleaning.TRIM,)
            return TypeOf(
                kind, of(evidence.count(written), evidence.filled), cleaning, remark=_grouped(evidence)
            )
    return _comma(evidence)


def _comma(evidence: Evidence) -> TypeOf | None:
    """A column of numbers with a decimal comma: nearly all read so, and enough of them in no other way."""
    evident = evidence.count("comma_evident")
    if evidence.share("comma_number") < ENOUGH or evident < max(AT_LEAST, EVIDENT * evidence.filled):
        return None
    whole = evidence.share("comma_integer") >= ENOUGH
    kind, count = (LogicalType.INTEGER, "comma_integer") if whole else (LogicalType.NUMBER, "comma_number")
    remark = f"{of(evident, evidence.filled)} are numbers with a decimal comma only (number_comma)."
    cleaning = (Cleaning.TRIM, Cleaning.NUMBER_COMMA)
    return TypeOf(kind, of(evidence.count(count), evidence.filled), cleaning, remark=remark)


def _grouped(evidence: Evidence) -> str:
    """A question, where every point could as well be one between thousands."""
    dotted = [shape for shape, _ in evidence.profile.shapes if "." in shape]
    if not dotted or not all(GROUPED.fullmatch(shape) for shape in dotted):
        return ""
    return "Every point has three digits behind it: if it parts thousands, clean with number_comma."


def _date(evidence: Evidence) -> TypeOf | None:
    cleaning = (Cleaning.TRIM, Cleaning.DATE)
    order, note = _order(evidence)
    if order and evidence.share(order) >= ENOUGH:
        support = of(evidence.count(order), evidence.filled)
        return TypeOf(LogicalType.DATE, support, cleaning, order, note)
    days, ambiguous = evidence.share("date"), evidence.share("ambiguous")
    if days + ambiguous >= ENOUGH and ambiguous <= TOO_AMBIGUOUS:
        support = of(evidence.count("date"), evidence.filled)
        open_ = evidence.count("ambiguous")
        remark = f"{of(open_, evidence.filled)} can be read as two days: dateOrder would settle them."
        return TypeOf(LogicalType.DATE, support, cleaning, remark=remark if open_ else "")
    if max(evidence.share("mdy"), evidence.share("dmy")) >= ENOUGH:
        remark = "These read as days, month or day first: say which (dateOrder) and make it a date."
        return TypeOf(LogicalType.STRING, remark=remark)
    if evidence.share("timestamp") >= ENOUGH:
        return TypeOf(LogicalType.TIMESTAMP, of(evidence.count("timestamp"), evidence.filled))
    return None


def _order(evidence: Evidence) -> tuple[str, str]:
    """`mdy` or `dmy` where most days are written with slashes and many cannot be read the other way."""
    slashed = evidence.count("slashed")
    first, second = evidence.count("first_over"), evidence.count("second_over")
    if (
        2 * slashed < evidence.filled
        or (first and second)
        or first + second < max(AT_LEAST, EVIDENT * slashed)
    ):
        return "", ""
    place = "second" if second else "first"
    note = f"{of(first + second, slashed, 'days')} have more than 12 in the {place} place, none in the other"
    return "mdy" if second else "dmy", note
