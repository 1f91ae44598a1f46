"""Work done once: a column that several rules of a query read as a number or a day, a word that many rows have."""

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


def by_word(tree: exp.Expression) -> exp.Expression:
    """The same condition. Where a text must match a pattern, DuckDB looks at each word of a dictionary once.

    It does so for `regexp_extract`, not for `regexp_matches`; which has the last word, because a match may be empty.
    """

    def replace(node: exp.Expression) -> exp.Expression:
        looked = node.this.unnest() if isinstance(node, exp.Not) else None
        if not isinstance(looked, exp.RegexpLike) or looked.args.get("flag"):
            return node
        return sql.fragment(
            "(regexp_extract(:v, :p) = '' AND NOT :m)", v=looked.this, p=looked.expression, m=looked
        )

    return tree.transform(replace)


def _readings(tree: exp.Expression) -> list[exp.Expression]:
    return [node for node in tree.walk() if _is_reading(node)]


def _is_reading(node: exp.Expression) -> bool:
    return bool(node.meta.get("reading"))
