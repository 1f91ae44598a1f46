"""What a column holds when its words for "missing" are set aside, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from governance.contract.drafting.counting import DATED, NUMERIC, V, asked, at, further, settled
from governance.contract.drafting.missing import ANY, is_missing
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.privacy.by_name import semantic_of
from governance.profiling.asking import Asked, Facts, ask, batches
from governance.profiling.model import ColumnProfile, Counted, Kind
from governance.profiling.reading import stripped
from governance.tables import BronzeTable

ANY_WORD = ", ".join(literal(word) for word in sorted(ANY))


@dataclass(frozen=True)
class Evidence:
    """One column. `counts` are of the `filled` values: not blank, and none of the words for "missing"."""

    profile: ColumnProfile
    rows: int
    filled: int
    distinct: int
    missing: tuple[Counted, ...] = ()
    """The words for "missing" as they are written, with how often."""
    counts: Mapping[str, int] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    texts: Mapping[str, int] = field(default_factory=dict)
    """All values with their counts, where there are few."""

    @property
    def name(self) -> str:
        return self.profile.name

    def count(self, what: str) -> int:
        return self.counts.get(what, 0)

    def share(self, what: str) -> float:
        return self.count(what) / self.filled if self.filled else 0.0


def gather(engine: Engine, bronze: BronzeTable, profiles: Sequence[ColumnProfile]) -> list[Evidence]:
    """Two scans of the file: which words for "missing" there are, and what the rest converts to."""
    evidence: list[Evidence] = []
    for some in batches(profiles):
        names = ", ".join(f"{stripped(quote(one.name))} AS s{n}" for n, one in enumerate(some))
        texts = f"(SELECT {names} FROM {scan(bronze.path)})"
        found = ask(engine, texts, [_words(n, one) for n, one in enumerate(some)])
        missed = [_missed(one, facts.get("words") or {}) for one, facts in zip(some, found, strict=True)]
        values = ", ".join(f"{_value(n, words)} AS {at(n, V)}" for n, words in enumerate(missed))
        read = ", ".join(at(n, f"{V}{further(one)}") for n, one in enumerate(some))
        relation = f"(SELECT {read} FROM (SELECT {values} FROM {texts}))"
        facts = ask(engine, relation, [asked(n, one, bronze.rows) for n, one in enumerate(some)])
        evidence += [_evidence(*one, rows=bronze.rows) for one in zip(some, missed, facts, strict=True)]
    return evidence


def _words(place: int, profile: ColumnProfile) -> Asked:
    if settled(profile) or not profile.filled:
        return {}
    value = f"s{place}"
    return {"words": f"histogram({value}) FILTER (strlen({value}) <= 20 AND lower({value}) IN ({ANY_WORD}))"}


def _missed(profile: ColumnProfile, found: Mapping[str, int]) -> tuple[Counted, ...]:
    """The words that stand for nothing in this column, the most frequent first."""
    semantic, typed = semantic_of(profile.name), _typed(profile, sum(found.values()))
    longest = profile.lengths.max if profile.lengths else 0
    words = [
        (word, count)
        for word, count in found.items()
        if is_missing(word, semantic=semantic, longest=longest, typed=typed)
    ]
    return tuple(sorted(words, key=lambda counted: (-counted[1], counted[0])))


def _typed(profile: ColumnProfile, words: int) -> bool:
    """Whether what is left without the words is nearly all numbers, dates or truth values, as far as the
    sampled shapes say."""
    rest = 0.9 * (profile.filled - words)
    values = [count for shape, count in profile.shapes if NUMERIC.fullmatch(shape) or DATED.fullmatch(shape)]
    valued = sum(values) * (profile.count + profile.nulls) / max(profile.shapes_sample, 1)
    return rest > 0 and max(valued, profile.converts.get(Kind.BOOLEAN, 0.0) * profile.filled) >= rest


def _value(place: int, words: Sequence[Counted]) -> str:
    value = f"nullif(s{place}, '')"
    if not words:
        return value
    listed = ", ".join(literal(word) for word, _ in words)
    return f"CASE WHEN s{place} NOT IN ({listed}) THEN {value} END"


def _known(profile: ColumnProfile) -> Facts:
    """What the profile counted, by the names of what is asked."""
    converts = {kind: round(share * profile.filled) for kind, share in profile.converts.items()}
    facts: Facts = {"filled": profile.filled, "distinct": profile.distinct}
    if not settled(profile):
        return facts
    for kind in (Kind.INTEGER, Kind.NUMBER):
        facts |= {kind.value: converts.get(kind, 0), f"written_{kind}": converts.get(kind, 0)}
    facts |= {kind.value: converts.get(kind, 0) for kind in (Kind.DATE, Kind.TIMESTAMP)}
    if profile.numbers:
        facts |= {
            "low": profile.numbers.min,
            "high": profile.numbers.max,
            "negative": profile.numbers.negatives,
        }
    return facts


def _evidence(profile: ColumnProfile, words: tuple[Counted, ...], facts: Facts, *, rows: int) -> Evidence:
    facts = _known(profile) | facts
    other = ("filled", "distinct", "texts", "low", "high")
    texts: Counter[str] = Counter()
    for text, count in (facts.get("texts") or {}).items():
        texts[" ".join(text.split())] += count
    return Evidence(
        profile=profile,
        rows=rows,
        filled=facts["filled"],
        distinct=min(facts["distinct"], facts["filled"]),
        missing=words,
        counts={name: count for name, count in facts.items() if name not in other},
        low=facts.get("low"),
        high=facts.get("high"),
        texts=dict(texts),
    )
