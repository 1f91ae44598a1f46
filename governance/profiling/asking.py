"""Many aggregates of many columns in one scan, in batches, so that a wide table needs no more memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from governance.engines.duckdb import Engine
from governance.profiling.model import Counted

Asked = Mapping[str, str]
Facts = dict[str, Any]
T = TypeVar("T")

BATCH = 25


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The items in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def ask(engine: Engine, relation: str, asked: Sequence[Asked]) -> list[Facts]:
    """One query; `asked` holds for each column its aggregates by name, and so does the answer."""
    flat = [(place, name, sql) for place, column in enumerate(asked) for name, sql in column.items()]
    answers: list[Facts] = [{} for _ in asked]
    if not flat:
        return answers
    row = engine.row(f"SELECT {', '.join(sql for _, _, sql in flat)} FROM {relation}")
    for (place, name, _), value in zip(flat, row, strict=True):
        answers[place][name] = value
    return answers


def most_frequent(text: str, wanted: str) -> str:
    """An aggregate: the ten most frequent texts among the wanted rows; read it with `frequencies`."""
    counts = f"map_entries(histogram({text}) FILTER ({wanted}))"
    return f"list_sort(list_transform({counts}, lambda e: {{'m': -e.value::BIGINT, 'v': e.key}}))[:10]"


def frequencies(found: list[dict[str, Any]] | None) -> tuple[Counted, ...]:
    """Texts with their counts, the most frequent first, then in order."""
    return tuple((one["v"], -one["m"]) for one in found or ())
