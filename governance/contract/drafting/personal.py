"""Which columns look personal, by the same judgement as stage 11, and how they would be masked."""

from __future__ import annotations

from collections.abc import Mapping

from governance.contract.model import LogicalType
from governance.engines.duckdb import Engine, quote, scan_rows
from governance.privacy import by_name, choice
from governance.privacy.by_value import SAMPLE_CELLS, SAMPLE_ROWS, look
from governance.privacy.meaning import Category, Semantic
from governance.privacy.operators import AnyOperator, Generalise, Keep, Partial
from governance.privacy.weigh import Belief, believe
from governance.tables import ROW, BronzeTable

SQL_TYPES = {
    LogicalType.STRING: "VARCHAR",
    LogicalType.INTEGER: "BIGINT",
    LogicalType.NUMBER: "DOUBLE",
    LogicalType.BOOLEAN: "BOOLEAN",
    LogicalType.DATE: "DATE",
    LogicalType.TIMESTAMP: "TIMESTAMP",
}
NOTHING = Belief(Semantic.NONE, 0.0)
MOST_UNNAMED = 200
"""Text columns looked at although their names say nothing, at most."""


def beliefs(engine: Engine, bronze: BronzeTable, types: Mapping[str, LogicalType]) -> dict[str, Belief]:
    """What each column is about, as far as its name, or the values of a text column, say so."""
    named = [name for name in types if by_name.semantic_of(name) is not None]
    unnamed = [name for name, kind in types.items() if kind is LogicalType.STRING and name not in named]
    asked = {*named, *unnamed[:MOST_UNNAMED]}
    found = dict.fromkeys(types, NOTHING)
    if not asked or not bronze.rows:
        return found
    looked = {name: SQL_TYPES[kind] for name, kind in types.items() if name in asked}
    looks = look(engine, _sample(engine, bronze, list(looked)), looked)
    return found | {name: believe(name, None, seen) for name, seen in looks.items()}


def _sample(engine: Engine, bronze: BronzeTable, names: list[str]) -> str:
    rows = max(2_000, min(SAMPLE_ROWS, SAMPLE_CELLS // len(names)))
    step = max(1, bronze.rows // rows)
    columns = ", ".join(quote(name) for name in (ROW, *names))
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT {columns} FROM {scan_rows(bronze.path)} "
        f"WHERE hash({ROW}) % {step} = 0"
    )
    return "sampled"


def masking(semantic: Semantic) -> str:
    """The words of the contract for how such a column is masked; empty where it may be shown."""
    return _words(choice.by_semantic(semantic))


def classification(semantic: Semantic) -> str:
    """Restricted for what points at a person, confidential for what is sensitive, else nobody's to say."""
    if semantic.category is Category.DIRECT or semantic is Semantic.DATE_OF_BIRTH:
        return "restricted"
    return "confidential" if semantic.category is Category.SENSITIVE else ""


def _words(operator: AnyOperator) -> str:
    if isinstance(operator, Keep):
        return ""
    if isinstance(operator, Generalise) and operator.to == "band":
        return f"generalise {operator.width}"
    if isinstance(operator, Partial) and operator.side == "first":
        return f"partial first {operator.keep}"
    return operator.kind
