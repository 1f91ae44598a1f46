"""Which operator fits: by what a column is about, or by what the contract asks for."""

from __future__ import annotations

import re

from governance.contract.model import LogicalType
from governance.privacy.meaning import Semantic
from governance.privacy.operators import AnyOperator, Generalise, Keep, Partial, Pseudonym, Redact, Scrub

BAND = 10_000
"""Width of an income's band, in the column's own unit."""

BY_SEMANTIC: dict[Semantic, AnyOperator] = {
    Semantic.EMAIL: Pseudonym(fold=True),
    Semantic.GIVEN_NAME: Pseudonym(),
    Semantic.FAMILY_NAME: Pseudonym(),
    Semantic.FULL_NAME: Pseudonym(),
    Semantic.PHONE: Partial(),
    Semantic.CARD: Partial(),
    Semantic.POSTCODE: Partial(keep=3, side="first", signs="any"),
    Semantic.DATE_OF_BIRTH: Generalise(to="year"),
    Semantic.INCOME: Generalise(to="band", width=BAND),
    Semantic.AGE: Generalise(to="band", width=10),
    Semantic.ADDRESS: Redact(),
    Semantic.SSN: Redact(),
    Semantic.NATIONAL_ID: Redact(),
    Semantic.IBAN: Redact(),
    Semantic.IP: Redact(),
    Semantic.SPECIAL: Redact(),
    Semantic.FREE_TEXT: Scrub(),
}

WISHES = {
    "keep": "keep", "none": "keep", "redact": "redact", "redacted": "redact", "suppress": "redact",
    "partial": "partial", "mask": "partial", "generalise": "generalise", "generalize": "generalise",
    "pseudonym": "pseudonym", "pseudonymise": "pseudonym", "pseudonymize": "pseudonym", "hash": "pseudonym",
    "hmac": "pseudonym", "scrub": "scrub",
}  # fmt: skip
DATES = {LogicalType.DATE, LogicalType.TIMESTAMP}
NUMBERS = {LogicalType.INTEGER, LogicalType.NUMBER}


def by_semantic(semantic: Semantic) -> AnyOperator:
    return BY_SEMANTIC.get(semantic, Keep())


def by_wish(wish: str, semantic: Semantic, kind: LogicalType) -> AnyOperator | None:
    """What a contract's `masking` asks for: a word, and perhaps what it takes: `partial first 2`,
    `generalise month`, `generalise 5000`. None if it is not one of our words or cannot be done."""
    words = re.findall(r"[a-z]+|\d+", wish.lower())
    name = WISHES.get(words[0]) if words else None
    if name is None:
        return None
    numbers = [int(word) for word in words if word.isdigit()]
    try:
        return _made(name, words, numbers, semantic, kind)
    except ValueError:
        return None


def _made(
    name: str, words: list[str], numbers: list[int], semantic: Semantic, kind: LogicalType
) -> AnyOperator:
    match name:
        case "keep":
            return Keep()
        case "partial":
            return _partial(words, numbers, semantic)
        case "generalise":
            return _generalise(words, numbers, semantic, kind)
        case "pseudonym":
            return Pseudonym(fold=semantic is Semantic.EMAIL)
        case "scrub":
            return Scrub()
    return Redact()


def _partial(words: list[str], numbers: list[int], semantic: Semantic) -> Partial:
    digits = semantic in (Semantic.PHONE, Semantic.CARD, Semantic.SSN)
    return Partial(
        keep=numbers[0] if numbers else 4,
        side="first" if "first" in words else "last",
        signs="digits" if digits else "any",
    )


def _generalise(words: list[str], numbers: list[int], semantic: Semantic, kind: LogicalType) -> AnyOperator:
    if len(numbers) > 1:
        return Generalise(to="band", edges=tuple(numbers))
    if numbers or kind in NUMBERS or semantic is Semantic.INCOME:
        return Generalise(to="band", width=numbers[0] if numbers else BAND)
    if kind in DATES or semantic is Semantic.DATE_OF_BIRTH:
        return Generalise(to="month" if "month" in words else "decade" if "decade" in words else "year")
    return Redact()
