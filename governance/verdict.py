"""The verdict: one query that gives each row all its reasons, and the signature that groups like with like.

Rules become bits of one number a row, so that a million good rows cost a number each; only failing rows
get a list of reasons. A signature is the sorted set of (rule, shape of the value); rows that share it are a
cluster, named by the first eight hex digits of its MD5 (a name, not a safeguard).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from sqlglot import exp

from governance.contract.model import Column, Contract
from governance.engines.duckdb import Engine, literal, quote
from governance.rules import cleaning, sql
from governance.rules.kinds import AnyRule
from governance.rules.sharing import by_word, shared
from governance.source import cleaned, unused
from governance.tables import FAILING, ROW

WORD = 60
"""Rules a mask holds: a BIGINT keeps 63 bits without its sign."""
BATCH = 240
"""Rules that one query judges."""


def failing_rows(clean: str, columns: tuple[str, ...], contract: Contract, today: date) -> str:
    """A query `_row, _reasons VARCHAR[], _cluster, _shape`, one line a failing row, in row order.

    `clean` is a FROM item of cleaned rows; `today` the day of the run.
    """
    rules = judged_by(contract, columns)
    return _signed(_judged(clean, rules, contract, today)) if rules else _NONE


def write_failing(
    engine: Engine,
    clean: str,
    columns: tuple[str, ...],
    contract: Contract,
    *,
    today: date,
    path: Path,
    beside: str = "",
) -> int:
    """Write `failing_rows` as Parquet; returns their number. Thousands of rules are judged in batches, because
    a query of that width does not fit into memory. `beside`: a query of failing rows whose verdict is known."""
    rules = judged_by(contract, columns)
    if len(rules) <= BATCH:
        query = failing_rows(clean, columns, contract, today)
        return engine.write(_beside(query, beside), path, width=len(FAILING))
    engine.run(f"CREATE TEMP TABLE parts (part INT, {ROW} BIGINT, _reasons VARCHAR[], _shape VARCHAR)")
    for part, at in enumerate(range(0, len(rules), BATCH)):
        found = _judged(clean, rules[at : at + BATCH], contract, today)
        engine.run(f"INSERT INTO parts SELECT {part}, * FROM ({found})")
    joined = (
        f"SELECT {ROW}, flatten(list(_reasons ORDER BY part)) AS _reasons, max(_shape) AS _shape "
        f"FROM parts GROUP BY {ROW}"
    )
    return engine.write(_beside(_signed(joined), beside), path, width=len(FAILING))


def _beside(judged: str, known: str) -> str:
    return f"SELECT * FROM ({judged}) UNION ALL BY NAME {known} ORDER BY {ROW}" if known else judged


def of_one_row(contract: Contract, columns: tuple[str, ...]) -> bool:
    """Whether each row is judged by itself: what becomes of one changes the verdict of no other."""
    return all(rule.of_one_row for rule in judged_by(contract, columns))


def judged_by(contract: Contract, columns: tuple[str, ...]) -> list[AnyRule]:
    """The rules whose columns are all there."""
    return [rule for rule in contract.rules if set(rule.reads) <= set(columns)]


def _judged(clean: str, rules: Sequence[AnyRule], contract: Contract, today: date) -> str:
    """A query `_row, _reasons, _shape` of the rows that break any of the rules; reads their columns only.

    The bad rows are found first and set apart, so that their reasons are spelled out for them alone.
    """
    columns = tuple(dict.fromkeys(name for rule in rules for name in rule.reads))
    words = [rules[at : at + WORD] for at in range(0, len(rules), WORD)]
    masks = [f"{unused('_mask', columns)}{n}" for n in range(len(words))]
    failing = [rule.failing(today) for rule in rules]
    own, helped = _own_columns(failing, unused("_help", columns))
    bits = [f"{_mask(own[n * WORD : (n + 1) * WORD])} AS {mask}" for n, mask in enumerate(masks)]
    everything = ", ".join(masks)
    return (
        f"WITH bad AS MATERIALIZED ({_bad(clean, columns, failing, helped, _joins(rules, contract, lambda _: clean))}), "
        f"masked AS MATERIALIZED (SELECT {ROW}, {everything}, {_shape(words, masks)} AS _shape "
        f"FROM (SELECT *, {', '.join(bits)} FROM bad)) "
        f"SELECT {ROW}, _reasons, _shape FROM masked JOIN (SELECT *, {_reasons(words, masks)} AS _reasons "
        f"FROM (SELECT DISTINCT {everything} FROM masked)) USING ({everything})"
    )


def _bad(
    clean: str, columns: Sequence[str], failing: Sequence[exp.Expression], helped: dict[str, str], joins: str
) -> str:
    """A query of the rows that break any rule, with what the rules need to be told apart."""
    conditions, readings = shared(failing, unused("_read", columns))
    listed = ", ".join([ROW, *map(quote, columns)])
    needed = f"(SELECT {listed} FROM {clean})"
    if readings:
        read = ", ".join(f"{text} AS {quote(name)}" for name, text in readings.items())
        needed = f"(SELECT *, {read} FROM {needed})"
    kept = [f"cleaned.{name}" for name in (ROW, *map(quote, columns))]
    kept += [f"{text} AS {name}" for name, text in helped.items()]
    where = " OR ".join(f"({_told(by_word(condition))})" for condition in conditions)
    return f"SELECT {', '.join(kept)} FROM {needed} AS cleaned {joins} WHERE {where}"


def _told(condition: exp.Expression) -> str:
    """A condition over `cleaned`: a helper relation may have a column that is called as one of the file's."""
    told = condition.copy()
    for node in told.find_all(exp.Column):
        if not node.table:
            node.set("table", exp.to_identifier("cleaned"))
    return sql.render(told)


def _own_columns(
    failing: Sequence[exp.Expression], prefix: str
) -> tuple[list[exp.Expression], dict[str, str]]:
    """The conditions over plain columns, and the SQL of those that stand for a helper relation's."""
    names: dict[str, str] = {}

    def rename(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Column) or not node.table:
            return node
        if node.table == "cleaned":
            return exp.column(node.name, quoted=True)
        return exp.column(names.setdefault(sql.render(node), f"{prefix}{len(names)}"))

    renamed = [tree.transform(rename) for tree in failing]
    return renamed, {name: text for text, name in names.items()}


def _signed(judged: str) -> str:
    """The judged rows with their signature: rules, and the shape where there is one reason only."""
    return (
        f"SELECT {ROW}, _reasons, substr(md5(array_to_string(_reasons, '|') || '#' || _shape), 1, 8) AS _cluster, "
        f"_shape FROM (SELECT {ROW}, _reasons, CASE WHEN len(_reasons) = 1 THEN _shape ELSE '' END AS _shape "
        f"FROM ({judged})) ORDER BY {ROW}"
    )


def signature_of(rules: Sequence[str], shape: str) -> str:
    """The signature of rows that break these rules, in the contract's order: what `_signed` computes."""
    said = f"{'|'.join(rules)}#{shape if len(rules) == 1 else ''}"
    return hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()[:8]


_NONE = f"SELECT CAST(0 AS BIGINT) AS {ROW}, CAST([] AS VARCHAR[]) AS _reasons, '' AS _cluster, '' AS _shape WHERE false"


def rule_sql(rule: AnyRule, source: str, contract: Contract, today: date) -> str:
    """The evidence: a query over the rows as read that finds those which break one rule; runs as printed."""

    def relation(columns: tuple[str, ...]) -> str:
        listed = ", ".join(map(quote, columns))
        return cleaned(f"(SELECT {ROW}, {listed} FROM {source})", columns, contract)

    listed = ", ".join(f"cleaned.{quote(name)}" for name in rule.reads)
    return (
        f"SELECT cleaned.{ROW}, {listed} FROM {relation(rule.reads)} AS cleaned "
        f"{_joins([rule], contract, relation)} WHERE {_told(rule.failing(today))} ORDER BY 1"
    )


def _mask(failing: Sequence[exp.Expression]) -> str:
    bits = (f"CASE WHEN {sql.render(bad)} THEN {1 << n} ELSE 0 END" for n, bad in enumerate(failing))
    return "CAST(" + " + ".join(bits) + " AS BIGINT)"


def _reasons(words: Sequence[Sequence[AnyRule]], masks: Sequence[str]) -> str:
    """The ids of the rules whose bit is set. Masks are few where rows are many, so each is spelled out once."""
    entries = (
        f"CASE WHEN ({mask} & {1 << bit}) <> 0 THEN {literal(rule.id)} END"
        for mask, word in zip(masks, words, strict=True)
        for bit, rule in enumerate(word)
    )
    return f"list_filter([{', '.join(entries)}], lambda said: said IS NOT NULL)"


def _shape(words: Sequence[Sequence[AnyRule]], masks: Sequence[str]) -> str:
    """The shape of the value where one rule alone is broken."""
    arms = []
    for mask, word in zip(masks, words, strict=True):
        alone = "".join(f" AND {other} = 0" for other in masks if other != mask)
        arms += [
            f"WHEN {mask} = {1 << bit}{alone} THEN coalesce({sql.render(rule.shape())}, '')"
            for bit, rule in enumerate(word)
        ]
    return f"CASE {' '.join(arms)} ELSE '' END"


def _joins(rules: Sequence[AnyRule], contract: Contract, clean: Callable[[tuple[str, ...]], str]) -> str:
    """Each helper relation that the rules read, once. `clean` gives a FROM item of cleaned rows with columns."""

    def key(column: str, table: str) -> str:
        return _key(column, contract, table)

    helpers = {made.alias: (made, rule.reads) for rule in rules if (made := rule.helper(key))}
    return " ".join(
        f"LEFT JOIN ({made.query(clean(reads))}) AS {quote(alias)} ON {made.on}"
        for alias, (made, reads) in helpers.items()
    )


def _key(name: str, contract: Contract, table: str) -> str:
    """What two cells of a column must share to hold the same value."""
    column = contract.column(name) or Column(name=name)
    return sql.render(cleaning.same(column, exp.column(name, table=table, quoted=True)))
