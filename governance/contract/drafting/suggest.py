"""From the evidence on one column to what a draft says of it."""

from __future__ import annotations

from dataclasses import replace

from governance.contract.drafting.codes import code_shape, label, pattern
from governance.contract.drafting.counting import PHONE
from governance.contract.drafting.evidence import Evidence
from governance.contract.drafting.personal import masking
from governance.contract.drafting.proposal import Proposal, Said, of
from governance.contract.drafting.types import TypeOf
from governance.contract.drafting.words import word_list
from governance.contract.model import Cleaning, LogicalType
from governance.plural import many
from governance.privacy.by_name import words_of
from governance.privacy.meaning import PERSON_NAMES, Category, Semantic
from governance.privacy.weigh import Belief

COMPLETE = 0.995
"""Share of the rows with a value from which a value is promised."""
KEPT = 0.9
"""Share of the values that must be good e-mail addresses or phone numbers for that to be promised."""
ALIKE = 0.995
NOT_NEGATIVE = 0.99
ALWAYS_TEXT = frozenset(
    {Semantic.PHONE, Semantic.SSN, Semantic.CARD, Semantic.IBAN, Semantic.NATIONAL_ID, Semantic.POSTCODE}
)
"""Numbers that nobody adds up."""
POSITIVE = frozenset({Semantic.IDENTIFIER, Semantic.INCOME, Semantic.AGE})
BOUNDS = {
    "latitude": (-90, 90),
    "lat": (-90, 90),
    "longitude": (-180, 180),
    "lon": (-180, 180),
    "lng": (-180, 180),
    "percent": (0, 100),
    "percentage": (0, 100),
    "pct": (0, 100),
}
"""Bounds that the last word of a name brings with it, where all values keep to them."""


def suggest(evidence: Evidence, found: TypeOf, belief: Belief) -> Proposal:
    """What the draft says of a column; the key is chosen among all columns, later."""
    semantic = belief.semantic
    kind = LogicalType.STRING if semantic in ALWAYS_TEXT else found.type
    proposal = Proposal(
        name=evidence.name,
        type=kind,
        support=found.support if kind is found.type and found.support else _distinct(evidence),
        required=_required(evidence),
        cleaning=found.cleaning if kind is found.type else (Cleaning.TRIM,),
        custom=_missing(evidence) | (_order(found) if kind is found.type else {}) | _privacy(belief),
        semantic=semantic,
        remarks=_remarks(evidence, found),
    )
    if kind in (LogicalType.INTEGER, LogicalType.NUMBER):
        return _bounded(proposal, evidence)
    if kind is LogicalType.DATE and semantic is Semantic.DATE_OF_BIRTH:
        birth = {"minimum": Said("1900-01-01", "nobody alive was born before")}
        return replace(proposal, options=birth, custom=proposal.custom | {"notFuture": Said(True)})
    return _text(proposal, evidence) if kind is LogicalType.STRING and evidence.filled else proposal


def _distinct(evidence: Evidence) -> str:
    about = "" if evidence.profile.distinct_exact else "about "
    return f"{about}{many(evidence.distinct, 'distinct value')}"


def _required(evidence: Evidence) -> str:
    complete = evidence.rows and evidence.filled >= COMPLETE * evidence.rows
    return of(evidence.filled, evidence.rows, "rows") if complete else ""


def _remarks(evidence: Evidence, found: TypeOf) -> tuple[str, ...]:
    remarks = [found.remark] if found.remark else []
    if evidence.rows and not evidence.filled:
        remarks.append("No row has a value here.")
    elif evidence.filled < COMPLETE * evidence.rows:
        remarks.append(f"Not required: {of(evidence.filled, evidence.rows, 'rows')} have a value.")
    return tuple(remarks)


def _missing(evidence: Evidence) -> dict[str, Said]:
    words = tuple(dict.fromkeys(" ".join(word.split()) for word, _ in evidence.missing))
    cells = sum(count for _, count in evidence.missing)
    return {"missingValues": Said(words, of(cells, evidence.rows, "rows"))} if words else {}


def _order(found: TypeOf) -> dict[str, Said]:
    return {"dateOrder": Said(found.date_order, found.order_note)} if found.date_order else {}


def _privacy(belief: Belief) -> dict[str, Said]:
    if belief.semantic is Semantic.NONE:
        return {}
    known = belief.semantic is not Semantic.IDENTIFIER
    note = " ".join(evidence.detail for evidence in belief.evidence) if known else "by its name"
    wish = masking(belief.semantic)
    asked = {"masking": Said(wish)} if wish else {}
    return {"semantic": Said(belief.semantic.value, note), **asked}


def _bounded(proposal: Proposal, evidence: Evidence) -> Proposal:
    """Not below zero, and an upper bound only where the name brings one."""
    comma = Cleaning.NUMBER_COMMA in proposal.cleaning
    low, high = (None, None) if comma else (evidence.low, evidence.high)
    bounds = BOUNDS.get((words_of(evidence.name) or [""])[-1])
    if bounds and low is not None and high is not None and bounds[0] <= low and high <= bounds[1]:
        return replace(proposal, options={"minimum": Said(bounds[0]), "maximum": Said(bounds[1])})
    numbers, negative = evidence.count("written_number"), evidence.count("negative")
    if comma:
        numbers, negative = evidence.count("comma_number"), evidence.count("comma_negative")
    some = negative and (proposal.semantic not in POSITIVE or negative > (1 - NOT_NEGATIVE) * numbers)
    if some:
        said = f"{of(negative, numbers)} are negative: no minimum is suggested."
        return replace(proposal, remarks=(*proposal.remarks, said))
    note = of(numbers - negative, numbers) if numbers else ""
    return replace(proposal, options={"minimum": Said(0, note)}) if numbers else proposal


def _text(proposal: Proposal, evidence: Evidence) -> Proposal:
    semantic = proposal.semantic
    if evidence.share("email") >= KEPT:
        options = {"format": Said("email", of(evidence.count("email"), evidence.filled))}
        return replace(proposal, options=options, cleaning=(Cleaning.TRIM, Cleaning.LOWER))
    if semantic is Semantic.PHONE and evidence.share("phone") >= KEPT:
        options = {"pattern": Said(PHONE, of(evidence.count("phone"), evidence.filled))}
        custom = proposal.custom | {"patternLabel": Said("a number XXX-XXX-XXXX")}
        return replace(proposal, options=options, cleaning=(Cleaning.TRIM, Cleaning.PHONE), custom=custom)
    if semantic in PERSON_NAMES:
        mixed = any("Aa" in shape for shape, _ in evidence.profile.shapes[:1])
        return replace(proposal, cleaning=(Cleaning.TRIM, Cleaning.NAME_CASE)) if mixed else proposal
    if semantic.category in (Category.DIRECT, Category.SENSITIVE):
        return proposal
    if evidence.count("mdy") + evidence.count("dmy"):
        return proposal
    return _listed(proposal, evidence) or _coded(proposal, evidence) or proposal


def _listed(proposal: Proposal, evidence: Evidence) -> Proposal | None:
    found = word_list(evidence.texts, evidence.filled, evidence.rows)
    if found is None:
        return None
    note = of(found.covered, evidence.filled)
    if found.others:
        note += f"; {found.others:,} other {'words are' if found.others > 1 else 'word is'} rare"
    cleaning = (Cleaning.TRIM, found.case) if found.case else (Cleaning.TRIM,)
    return replace(proposal, words=found.words, words_note=note, cleaning=cleaning)


def _coded(proposal: Proposal, evidence: Evidence) -> Proposal | None:
    shape = code_shape(evidence.profile.shapes)
    if not shape or evidence.share("code") < ALIKE:
        return None
    options = {"pattern": Said(pattern(shape), of(evidence.count("code"), evidence.filled))}
    return replace(proposal, options=options, custom=proposal.custom | {"patternLabel": Said(label(shape))})
