"""The ways of masking that make sense for a column, for someone to choose from, shown on made-up values."""

from __future__ import annotations

from collections.abc import Iterator

from governance.engines.duckdb import Engine, literal, quote
from governance.privacy.meaning import PERSON_NAMES, Semantic
from governance.privacy.operators import AnyOperator, Generalise, Keep, Partial, Pseudonym, Redact, Scrub
from governance.privacy.stand_ins import stand_ins
from governance.tables import Frozen

DIGITS = (Semantic.PHONE, Semantic.CARD, Semantic.SSN, Semantic.IBAN)
NUMERIC = ("BIGINT", "INTEGER", "HUGEINT", "DECIMAL", "DOUBLE", "FLOAT", "SMALLINT")
Samples = tuple[tuple[str, str], ...]


class Offer(Frozen):
    """One way of masking: its words, and what it makes of made-up values (before, after)."""

    operator: AnyOperator
    words: str
    samples: Samples


class Shop:
    """Makes the offers for columns, and each look at the engine once: two thousand columns cost a dozen."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seen: dict[object, dict[str, Samples]] = {}

    def offers(self, semantic: Semantic, sql_type: str, *first: AnyOperator) -> tuple[Offer, ...]:
        """The operators of `first`, then those that fit the column; each once. Keys must be bound."""
        operators = list(dict.fromkeys((*first, *_fitting(semantic, sql_type))))
        key = (semantic, sql_type, tuple(operators))
        if key not in self.seen:
            self.seen[key] = self._shown(stand_ins(semantic, sql_type), operators)
        return tuple(
            Offer(operator=one, words=_words(one), samples=self.seen[key][one.model_dump_json()])
            for one in operators
        )

    def _shown(self, values: tuple[str, ...], operators: list[AnyOperator]) -> dict[str, Samples]:
        rows = ", ".join(f"({literal(value)})" for value in values)
        masked = ", ".join(
            f"CAST({one.sql('v', 'VARCHAR')} AS VARCHAR) AS {quote(str(at))}"
            for at, one in enumerate(operators)
        )
        found = self.engine.rows(f"SELECT v, {masked} FROM (VALUES {rows}) AS shown(v)")
        return {
            one.model_dump_json(): tuple((str(row[0]), str(row[at + 1])) for row in found)
            for at, one in enumerate(operators)
        }


def _fitting(semantic: Semantic, sql_type: str) -> Iterator[AnyOperator]:
    dated = sql_type == "DATE" or sql_type.startswith("TIMESTAMP") or semantic is Semantic.DATE_OF_BIRTH
    counted = not dated and (sql_type.startswith(NUMERIC) or semantic in (Semantic.INCOME, Semantic.AGE))
    text = sql_type == "VARCHAR" and not dated and not counted
    yield Keep()
    yield Redact()
    yield Pseudonym(fold=semantic is Semantic.EMAIL)
    if semantic in DIGITS:
        yield Partial()
    elif text and semantic not in PERSON_NAMES:
        yield from (Partial(keep=3, side="first", signs="any"), Partial(signs="any"))
    if dated:
        yield from (Generalise(to="year"), Generalise(to="month"), Generalise(to="decade"))
    if counted and semantic is Semantic.AGE:
        yield from (Generalise(to="band", width=5), Generalise(to="band", width=10))
    elif counted and semantic is not Semantic.IDENTIFIER:
        yield from (Generalise(to="band", width=width) for width in (1_000, 10_000, 50_000))
    if text and semantic in (Semantic.FREE_TEXT, Semantic.NONE):
        yield Scrub()


def _words(operator: AnyOperator) -> str:
    said = operator.describe()
    return said[:1].upper() + said[1:]
