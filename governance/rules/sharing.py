"""Work that several rules of one query share: a column read as a number or a day is read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlglot import exp

from governance.rules import sql


def shared(trees: Sequence[exp.Expression], prefix: str) -> tuple[list[exp.Expression], dict[str, str]]:
    """The expressions with every reading that they share replaced by a column, and those columns' SQL by name.

    DuckDB shares equal expressions by itself, but not inside a CASE, where they may not be computed at all.
    """
    counted = Counter(sql.render(node) for tree in trees for node in _readings(tree))
    names = {text: f"{prefix}{n}" for n, text in enumerate(t for t, count in counted.items() if count > 1)}

    def replace(node: exp.Expression) -> exp.Expression:
        name = names.get(sql.render(node)) if _is_reading(node) else None
        return sql.column(name) if name else node

    return [tree.transform(replace) for tree in trees], {name: text for text, name in names.items()}


def _readings(tree: exp.Expression) -> list[exp.Expression]:
    return [node for node in tree.walk() if _is_reading(node)]


def _is_reading(node: exp.Expression) -> bool:
    return bool(node.meta.get("reading"))
