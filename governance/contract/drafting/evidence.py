"""What a column holds when its words for "missing" are set aside, counted by the rules themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from sqlglot import exp

from governance.contract.drafting.codes import code_shape, pattern
from governance.contract.drafting.missing import ANY, is_missing
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.privacy.by_name import semantic_of
from governance.privacy.meaning import Semantic
from governance.profiling.asking import Asked, Facts, ask, batches
from governance.profiling.model import ColumnProfile, Counted, Kind
from governance.profiling.reading import stripped, truth
from governance.profiling.scanning import EXACT_ROWS
from governance.rules import cleaning, sql
from governance.rules.kinds import Email
from governance.tables import BronzeTable

FEW = 100
"""Up to so many distinct values they are listed, to find out whether they are a list of words."""
LONGEST_WORD = 60
PHONE = r"\d{3}-\d{3}-\d{4}"
NUMERIC = re.compile(r"[-+]?[$€£]? ?[-+]?[9,.]+(?:[aA][-+]?9+)?")
SLASHED = re.compile(r"9{1,2}[-/]9{1,2}[-/]9{4}")
DATED = re.compile(r"9{1,4}[-/.]9{1,2}[-/.]9{1,4}.*")

ANY_WORD = ", ".join(literal(word) for word in sorted(ANY))
COLUMN = "a column"
V = quote(COLUMN)


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
        values = ", ".join(f"{_value(n, words)} AS v{n}" for n, words in enumerate(missed))
        asked = [_asked(f"v{n}", one, bronze.rows) for n, one in enumerate(some)]
        facts = ask(engine, f"(SELECT {values} FROM {texts})", asked)
        evidence += [_evidence(*one, rows=bronze.rows) for one in zip(some, missed, facts, strict=True)]
    return evidence


def _settled(profile: ColumnProfile) -> bool:
    """Whether the profile says all there is to know: every value converts, and in one way only."""
    slashed = any(SLASHED.match(shape) for shape, _ in profile.shapes)
    return profile.inferred is not Kind.STRING and profile.inferred_share == 1.0 and not slashed


def _words(place: int, profile: ColumnProfile) -> Asked:
    if _settled(profile) or not profile.filled:
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


def _asked(value: str, profile: ColumnProfile, rows: int) -> Asked:
    """What is counted of a column, as far as its shapes let it be anything but words."""
    asked: dict[str, str] = {}
    if profile.distinct <= FEW and not profile.inferred.numeric:
        asked["truth"] = f"count(*) FILTER ({truth(value)})"
        asked["texts"] = f"histogram({value}) FILTER (strlen({value}) <= {LONGEST_WORD})"
    if semantic_of(profile.name) is Semantic.PHONE:
        asked["phone"] = _phone().replace(V, value)
    if _settled(profile) or not profile.filled:
        return asked
    shapes = [shape for shape, _ in profile.shapes]
    distinct = "count(DISTINCT {})" if rows <= EXACT_ROWS else "approx_count_distinct({})"
    asked |= {"filled": f"count({value})", "distinct": distinct.format(value)}
    if any(NUMERIC.fullmatch(shape) for shape in shapes):
        asked |= {name: template.replace(V, value) for name, template in _numbers().items()}
    if any(DATED.fullmatch(shape) for shape in shapes):
        asked |= {name: template.replace(V, value) for name, template in _days().items()}
    if any("@" in shape for shape in shapes):
        asked["email"] = _email().replace(V, value)
    shape = code_shape(profile.shapes)
    if shape:
        asked["code"] = f"count(*) FILTER (regexp_full_match({value}, {literal(pattern(shape))}))"
    return asked


def _known(profile: ColumnProfile) -> Facts:
    """What the profile counted, by the names of what is asked."""
    converts = {kind: round(share * profile.filled) for kind, share in profile.converts.items()}
    facts: Facts = {"filled": profile.filled, "distinct": profile.distinct}
    if not _settled(profile):
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


@cache
def _numbers() -> Asked:
    value = sql.column(COLUMN)
    plain = cleaning.plain_number(value)
    number = sql.render(sql.as_number(plain))
    return {
        "integer": _count(sql.as_integer(value)),
        "number": _count(sql.as_number(value)),
        "written_integer": _count(sql.as_integer(plain)),
        "written_number": f"count({number})",
        "padded": rf"count(*) FILTER (regexp_full_match({V}, '0\d+'))",
        "negative": f"count(*) FILTER ({number} < 0)",
        "low": f"min({number})",
        "high": f"max({number})",
    }


@cache
def _days() -> Asked:
    value = sql.column(COLUMN)
    slash = f"regexp_full_match({V}, {literal(sql.SLASH_DATE)})"
    first, second = (
        f"TRY_CAST(regexp_extract({V}, {literal(sql.SLASH_DATE)}, {place}) AS INT)" for place in (1, 2)
    )
    return {
        "date": _count(sql.as_date(cleaning.day(value))),
        "mdy": _count(sql.as_date(cleaning.day(value, "mdy"))),
        "dmy": _count(sql.as_date(cleaning.day(value, "dmy"))),
        "ambiguous": f"count(*) FILTER ({sql.render(sql.ambiguous_date(value))})",
        "slashed": f"count(*) FILTER ({slash})",
        "first_over": f"count(*) FILTER ({slash} AND {first} > 12)",
        "second_over": f"count(*) FILTER ({slash} AND {second} > 12)",
        "timestamp": _count(sql.as_timestamp(value)),
    }


@cache
def _email() -> str:
    bad = sql.render(Email(id="", column=COLUMN).failing(date.min))
    return f"count(*) FILTER (NOT ({bad}))"


@cache
def _phone() -> str:
    good = sql.render(sql.matches(cleaning.phone(sql.column(COLUMN)), PHONE))
    return f"count(*) FILTER ({good})"


def _count(expression: exp.Expression) -> str:
    return f"count({sql.render(expression)})"


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
