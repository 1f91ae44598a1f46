"""Personal data inside text, looked for in every row: one cell in a million counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from governance.engines.duckdb import Engine, literal, quote, scan
from governance.privacy import checksums
from governance.privacy.meaning import Semantic
from governance.privacy.patterns import ANY_FIND, FINDS

AT_ONCE = 50
"""Columns looked through in one query."""
CANDIDATES = 2_000
LONGEST = 100_000
CHECKSUMS = {Semantic.CARD: checksums.luhn, Semantic.IBAN: checksums.iban}

Hits = dict[Semantic, int]


def find_in_text(engine: Engine, path: Path, columns: Sequence[str]) -> dict[str, Hits]:
    """Cells by kind of personal data, for the text columns that have any. A cell may count for several."""
    found: dict[str, Hits] = {}
    for start in range(0, len(columns), AT_ONCE):
        some = columns[start : start + AT_ONCE]
        counts = engine.row(f"SELECT {', '.join(_count(c, ANY_FIND) for c in some)} FROM {scan(path)}")
        for column, count in zip(some, counts, strict=True):
            hits = _kinds(engine, path, column) if count else {}
            if hits:
                found[column] = hits
    return found


def _kinds(engine: Engine, path: Path, column: str) -> Hits:
    counts = engine.row(f"SELECT {', '.join(_count(column, p) for p in FINDS.values())} FROM {scan(path)}")
    hits = {kind: int(count) for kind, count in zip(FINDS, counts, strict=True) if count}
    return {kind: count for kind, count in hits.items() if _credible(engine, path, column, kind)}


def _credible(engine: Engine, path: Path, column: str, kind: Semantic) -> bool:
    """Whether half of what looks like a card or an IBAN passes its checksum: by chance 1 in 10 does."""
    if kind not in CHECKSUMS:
        return True
    pattern = literal(FINDS[kind])
    some = f"WHERE regexp_matches({quote(column)}, {pattern}) LIMIT {CANDIDATES}"
    cells = engine.rows(
        f"SELECT DISTINCT unnest(regexp_extract_all(left(v, {LONGEST}), {pattern})) "
        f"FROM (SELECT {quote(column)} AS v FROM {scan(path)} {some})"
    )
    passed = sum(CHECKSUMS[kind](_bare(cell[0])) for cell in cells)
    return 2 * passed >= len(cells) > 0


def _bare(candidate: str) -> str:
    """Without the sign before and behind, which the pattern takes in."""
    return "".join(sign for sign in candidate if sign.isalnum())


def _count(column: str, pattern: str) -> str:
    return f"count_if(regexp_matches({quote(column)}, {literal(pattern)}))"
