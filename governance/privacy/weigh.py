"""From evidence to a verdict on one column. Rooms that gather evidence do not judge; this one only judges.

A name that the values bear out is nearly sure; values alone are sure where a checksum stands behind them; a
name alone is believed (a column `ssn` with odd values is still one), unless the values speak against it.
"""

from __future__ import annotations

from dataclasses import dataclass

from governance.contract.model import Column
from governance.privacy import by_name, choice
from governance.privacy.by_value import Look
from governance.privacy.in_text import Hits
from governance.privacy.meaning import PERSON_NAMES, Category, Semantic
from governance.privacy.verdict import ColumnVerdict, Evidence

ENOUGH = 0.5
"""Share of distinct values that must match for a pattern to name a column."""
CHECKED = 0.9
"""Share that must pass a checksum: by chance one number in ten is a card."""
NAMES = 0.35
"""Share of values read as person names: of real names the model knows half or more."""
CALLED_NAME = 0.2
"""The same where the column is called just "name"."""
TEXTS = 0.1
"""Share of texts that name somebody."""

BEARS_OUT: dict[Semantic, tuple[str, ...]] = {
    Semantic.EMAIL: ("email",),
    Semantic.PHONE: ("phone_loose", "phone_written"),
    Semantic.SSN: ("ssn_loose",),
    Semantic.CARD: ("card",),
    Semantic.IBAN: ("iban",),
    Semantic.IP: ("ip",),
    Semantic.DATE_OF_BIRTH: ("date",),
    Semantic.INCOME: ("number",),
    Semantic.AGE: ("number",),
    Semantic.ADDRESS: ("address", "letters"),
    Semantic.GIVEN_NAME: ("name",),
    Semantic.FAMILY_NAME: ("name",),
    Semantic.FULL_NAME: ("name",),
}
"""Shares of which the largest says whether the values are what the column's name says."""

SHAPED: dict[Semantic, str] = {
    Semantic.EMAIL: "email",
    Semantic.SSN: "ssn_written",
    Semantic.CARD: "card",
    Semantic.IBAN: "iban",
    Semantic.PHONE: "phone_written",
    Semantic.IP: "ip",
    Semantic.ADDRESS: "address",
}
"""What values can be known by without a name, in the order they are tried."""

CONFIDENTIAL = frozenset(
    ["pii", "personal", "restricted", "sensitive", "secret", "confidential", "highly_confidential", "special"]
)


@dataclass(frozen=True)
class Belief:
    semantic: Semantic
    confidence: float
    evidence: tuple[Evidence, ...] = ()


def believe(column: str, promised: Column | None, look: Look) -> Belief:
    """What the contract, the name and the sample say, in that order of weight."""
    said = by_name.meaning(promised.semantic) if promised and promised.semantic else None
    named = by_name.semantic_of(column)
    if said not in (None, Semantic.NONE, Semantic.IDENTIFIER):
        evidence = Evidence(source="contract", detail=f"The contract says that it holds {said.words}.")
        return Belief(said, 1.0, (evidence, *_borne_out(said, look)))
    shaped = _by_shape(look)
    if named not in (None, Semantic.IDENTIFIER):
        belief = _by_name(named, look)
        return shaped if belief.semantic is Semantic.NONE and shaped else belief
    if shaped:
        return shaped
    if said or named or (promised and promised.primary_key):
        evidence = Evidence(source="contract" if said else "name", detail="The column names its rows.")
        return Belief(said or Semantic.IDENTIFIER, 0.8, (evidence,))
    return Belief(Semantic.NONE, 0.8)


def verdict(
    column: str, promised: Column | None, belief: Belief, *, hits: Hits, rows: int, filled: int
) -> ColumnVerdict:
    """The last word on a column: its belief, what was found in its text, and how the contract rates it.

    `rows` is the table's, `filled` the column's cells that are not NULL."""
    if hits:
        found = tuple(_hit(kind, count, rows) for kind, count in hits.items())
        belief = Belief(Semantic.FREE_TEXT, 0.9, (*belief.evidence, *found))
    category = belief.semantic.category
    rating = (promised.classification if promised else "").strip()
    if rating.lower().replace(" ", "_") in CONFIDENTIAL:
        said = Evidence(source="contract", detail=f"The contract classifies the column as {rating}.")
        belief = Belief(belief.semantic, max(belief.confidence, 0.9), (*belief.evidence, said))
        if belief.semantic is Semantic.NONE:
            belief, category = Belief(Semantic.SPECIAL, 0.7, belief.evidence), Category.SENSITIVE
    return ColumnVerdict(
        column=column,
        semantic=belief.semantic,
        category=category,
        confidence=round(belief.confidence, 2),
        evidence=belief.evidence,
        unexpected=promised is None,
        proposed=choice.by_semantic(belief.semantic),
        classification=rating,
        rows=max(hits.values()) if hits else (filled if category is not Category.NONE else 0),
    )


def reads_like_names(look: Look) -> bool:
    """Whether a language model has something to say on the column: words, not codes, not a few categories."""
    return (
        look.is_text
        and not look.repeats
        and look.distinct > 0
        and look.share("letters") >= 0.8
        and (look.share("coded") < 0.2 or look.shares["words"] >= 4)
    )


def by_reading(column: str, share: float, look: Look) -> Belief:
    """What the share of names read by Presidio says of a column that nothing else spoke for."""
    long = look.shares["words"] >= 4
    needed = TEXTS if long else CALLED_NAME if by_name.may_be_person(column) else NAMES
    what = "texts name a person" if long else "values read as a person's name"
    detail = f"{share:.0%} of the sampled {what}."
    evidence = Evidence(source="presidio", detail=detail, share=round(share, 4))
    if share < needed:
        return Belief(Semantic.NONE, 0.9 - share, (evidence,))
    return Belief(Semantic.FREE_TEXT if long else Semantic.FULL_NAME, min(0.9, 0.4 + share / 2), (evidence,))


def _by_name(semantic: Semantic, look: Look) -> Belief:
    said = Evidence(source="name", detail=f"The column's name says {semantic.words}.")
    seen = _borne_out(semantic, look)
    share = seen[0].share if seen else ENOUGH
    if look.sql_type == "BOOLEAN" or (share < 0.1 and (look.repeats or not (look.is_text or _numeric(look)))):
        against = Evidence(source="pattern", detail="The values speak against the name.", share=0.0)
        return Belief(Semantic.NONE, 0.7, (said, *seen, against))
    if semantic in PERSON_NAMES and not look.is_text:
        return Belief(Semantic.NONE, 0.7, (said, *seen))
    confidence = 0.6 if not look.distinct or not seen else 0.4 + 0.55 * share
    return Belief(semantic, confidence, (said, *seen))


def _by_shape(look: Look) -> Belief | None:
    for semantic, name in SHAPED.items():
        share = look.share(name)
        checksum = semantic in (Semantic.CARD, Semantic.IBAN)
        if share >= (CHECKED if checksum else ENOUGH):
            return Belief(semantic, (0.95 if checksum else 0.9) * share, (_matches(semantic, share, look),))
    return None


def _borne_out(semantic: Semantic, look: Look) -> tuple[Evidence, ...]:
    if semantic not in BEARS_OUT or not look.distinct:
        return ()
    share = max(look.share(name) for name in BEARS_OUT[semantic])
    return (_matches(semantic, share, look),)


def _matches(semantic: Semantic, share: float, look: Look) -> Evidence:
    checksum = semantic in (Semantic.CARD, Semantic.IBAN)
    manner = "pass the check digits of" if checksum else "look like"
    return Evidence(
        source="checksum" if checksum else "pattern",
        detail=f"{share:.0%} of {look.distinct:,} distinct values {manner} {semantic.words}.",
        share=round(share, 4),
    )


def _hit(kind: Semantic, count: int, rows: int) -> Evidence:
    cells = "1 cell holds" if count == 1 else f"{count:,} cells hold"
    return Evidence(
        source="checksum" if kind in (Semantic.CARD, Semantic.IBAN) else "pattern",
        detail=f"{cells} {kind.words} among {rows:,} rows.",
        share=round(count / max(rows, 1), 8),
    )


def _numeric(look: Look) -> bool:
    return look.sql_type.startswith(("BIGINT", "INTEGER", "HUGEINT", "DECIMAL", "DOUBLE", "FLOAT"))
