"""Pools of made-up values. Faker fills them once for a seed; rows are then drawn from them in columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from faker import Faker

LOCALES = ("en_US", "en_IE", "es_ES", "fr_FR", "de_DE", "it_IT", "pt_BR", "sv_SE", "pl_PL")
DRAWS_PER_LOCALE = 500
STREETS = 3_000
TOWNS = 1_500
DOMAINS = ("example.com", "example.org", "example.net")
AREA_CODES = (202, 206, 212, 213, 215, 303, 305, 312, 404, 412, 415, 469, 503, 512, 585, 602, 612, 617, 713)
NAME = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)*")


@dataclass(frozen=True, eq=False)
class Pools:
    """Names and places; `first_slugs` and `last_slugs` are the same names in lower-case ASCII letters."""

    first: pa.Array
    last: pa.Array
    first_slugs: pa.Array
    last_slugs: pa.Array
    streets: pa.Array
    towns: pa.Array


@dataclass(frozen=True, eq=False)
class Batch:
    """What one part of a file is drawn from. `first` is the number of its first row, from 1."""

    pools: Pools
    first: int
    count: int
    today: date
    rng: np.random.Generator


@lru_cache(maxsize=32)
def make_pools(seed: int) -> Pools:
    """The pools of a seed. The same seed gives the same pools, in the same order."""
    first, last = (_names(seed, part) for part in ("first_name", "last_name"))
    fake = Faker("en_US")
    fake.seed_instance(seed)
    return Pools(
        first=pa.array(first),
        last=pa.array(last),
        first_slugs=pa.array([_slug(name) for name in first]),
        last_slugs=pa.array([_slug(name) for name in last]),
        streets=_distinct(fake.street_address, STREETS),
        towns=_distinct(lambda: _town(fake), TOWNS),
    )


def people(batch: Batch) -> dict[str, pa.Array]:
    """`first_name, last_name, email`. No two e-mails are alike: each ends in the number of its row."""
    first = batch.rng.integers(len(batch.pools.first), size=batch.count)
    last = batch.rng.integers(len(batch.pools.last), size=batch.count)
    return {
        "first_name": batch.pools.first.take(pa.array(first)),
        "last_name": batch.pools.last.take(pa.array(last)),
        "email": join(
            batch.pools.first_slugs.take(pa.array(first)),
            pick(batch.rng, (".", "_"), batch.count),
            batch.pools.last_slugs.take(pa.array(last)),
            texts(np.arange(batch.first, batch.first + batch.count)),
            "@",
            pick(batch.rng, DOMAINS, batch.count),
        ),
    }


def phones(rng: np.random.Generator, count: int) -> pa.Array:
    """XXX-555-XXXX: real area codes, the exchange that films use."""
    area = texts(rng.choice(AREA_CODES, size=count))
    return join(area, "-555-", pc.utf8_lpad(texts(rng.integers(10_000, size=count)), 4, "0"))


def days_ago(batch: Batch, low: int, high: int) -> pa.Array:
    """Dates, YYYY-MM-DD, from `high` to `low` days before today, both included."""
    ago = batch.rng.integers(low, high + 1, size=batch.count)
    return pc.cast(pa.array(np.datetime64(batch.today, "D") - ago), pa.string())


def pick(
    rng: np.random.Generator,
    words: Sequence[str | None],
    count: int,
    *,
    weights: Sequence[float] | None = None,
) -> pa.Array:
    """`count` of the words, drawn with their weights (they add up to 1), or evenly."""
    drawn = rng.choice(len(words), size=count, p=weights)
    return pa.array(words, pa.string()).take(pa.array(drawn))


def join(*parts: pa.Array | str) -> pa.Array:
    """Texts put together, row by row; a missing part makes the whole missing."""
    return pc.binary_join_element_wise(*parts, "")


def texts(numbers: Any) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.string())


def _names(seed: int, part: str) -> list[str]:
    return list(dict.fromkeys(filter(_is_plain, _drawn_names(seed, part))))


def _drawn_names(seed: int, part: str) -> Iterable[str]:
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(seed)
        draw: Callable[[], str] = getattr(fake, part)
        yield from (draw() for _ in range(DRAWS_PER_LOCALE))


def _is_plain(name: str) -> bool:
    """Whether a name keeps every promise and its case can be told from its capitals (Weiß cannot)."""
    return (
        2 <= len(name) <= 50
        and NAME.fullmatch(name) is not None
        and unicodedata.is_normalized("NFC", name)
        and name not in {name.upper(), name.lower()}
        and name.upper().lower() == name.lower()
        and len(_slug(name)) >= 2
    )


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ø", "o"))
    return re.sub("[^a-z]", "", plain)


def _town(fake: Faker) -> str:
    state = fake.state_abbr(include_territories=False)
    return f"{fake.city()}, {state} {fake.zipcode_in_state(state)}"


def _distinct(draw: Callable[[], str], count: int) -> pa.Array:
    return pa.array(list(dict.fromkeys(draw() for _ in range(count))))
