"""Which column names the rows, if one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from governance.contract.drafting.evidence import Evidence
from governance.contract.drafting.proposal import Proposal, of
from governance.contract.model import LogicalType
from governance.engines.duckdb import Engine, quote, scan
from governance.privacy.by_name import IDENTIFIERS, words_of
from governance.privacy.meaning import Category
from governance.tables import BronzeTable

NEARLY = 0.99
"""Share of distinct values from which a first column called an identifier is a key with doubles."""
ENOUGH_ROWS = 20
"""Rows from which a first column of distinct values is a key whatever it is called."""
WORDS = IDENTIFIERS | {"code"}


def with_key(
    engine: Engine, bronze: BronzeTable, proposals: Sequence[Proposal], evidence: Sequence[Evidence]
) -> list[Proposal]:
    """The proposals, one of them with the key if a column is complete and distinct and looks like one."""
    ranked = sorted(
        (rank, place)
        for place, (proposal, seen) in enumerate(zip(proposals, evidence, strict=True))
        if (rank := _rank(proposal, seen, first=place == 0)) is not None
    )
    proposals = list(proposals)
    for _, place in ranked[:3]:
        seen = evidence[place]
        distinct = seen.distinct if seen.profile.distinct_exact else _distinct(engine, bronze, seen.name)
        called = _called(seen.name)
        if distinct >= seen.filled or (place == 0 and called and distinct >= NEARLY * seen.filled):
            key = of(distinct, seen.filled, "values are distinct")
            proposals[place] = replace(proposals[place], key=key)
            break
    return proposals


def _rank(proposal: Proposal, seen: Evidence, *, first: bool) -> int | None:
    """0 is the best candidate; None: no candidate. Estimated counts of distinct values may be 5 % off."""
    estimate = NEARLY if seen.profile.distinct_exact else 0.95
    if not proposal.required or seen.distinct < estimate * seen.filled or proposal.words:
        return None
    if proposal.type not in (LogicalType.STRING, LogicalType.INTEGER):
        return None
    if _called(proposal.name):
        return 0 if first else 1
    personal = proposal.semantic.category is not Category.NONE
    return 2 if first and seen.rows >= ENOUGH_ROWS and not personal else None


def _called(name: str) -> bool:
    words = words_of(name)
    return bool(words) and words[-1] in WORDS


def _distinct(engine: Engine, bronze: BronzeTable, name: str) -> int:
    return int(engine.value(f"SELECT count(DISTINCT trim({quote(name)})) FROM {scan(bronze.path)}"))
