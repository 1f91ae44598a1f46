"""ODCS v3.1 (Open Data Contract Standard, Bitol/LF AI & Data) to the engine's contract.

The bytes are kept as they are by the ledger; this room only reads them. What is ours sits under
`customProperties`. A mistake is a ContractError that names the line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from governance.contract import custom
from governance.contract.checks import makes_rule, promise, rules_of
from governance.contract.document import Document, parse
from governance.contract.expectations import expectations
from governance.contract.kept import not_run
from governance.contract.levels import thresholds
from governance.contract.model import Cleaning, Column, Contract, LogicalType
from governance.contract.rules import column_rules, table_rules
from governance.errors import ContractError
from governance.findings import Severity
from governance.rules.across import Types
from governance.rules.kinds import AnyRule
from governance.tables import RESERVED


@lru_cache(maxsize=64)
def read(text: bytes) -> Contract:
    """A contract from the bytes of its YAML; the same bytes are read once, for each column takes milliseconds. Raises
    ContractError with the line and what to do."""
    document = parse(text)
    tree, table = document.tree, _table(document)
    with document.at("schema", 0, "name"):
        dataset = _dataset(table["name"])
    custom.check(document, tree, (), of_table=True)
    custom.check(document, table, ("schema", 0), of_table=True)
    columns, rules = _columns(document, table)
    ours = {**custom.properties(tree), **custom.properties(table)}
    return Contract(
        dataset=dataset,
        title=tree.get("name") or table.get("businessName") or dataset,
        description=(table.get("description") or "").strip(),
        version=str(tree["version"]),
        digest=hashlib.sha256(text).hexdigest(),
        columns=columns,
        rules=rules,
        thresholds=thresholds(document, table, columns, rules),
        expectations=tuple(expectations(document, table)),
        not_run=tuple(not_run(table, tree)),
        min_approvals=ours.get("minApprovals", 1),
        allow_no_review=ours.get("allowNoReview", True),
        waiver_approval_rows=ours.get("waiverApprovalRows", 1_000),
    )


def _table(document: Document) -> dict[str, Any]:
    tables: list[dict[str, Any]] = document.tree.get("schema") or []
    if len(tables) != 1:
        with document.at("schema", *([1] if tables else [])):
            number = f"{len(tables)} tables" if tables else "no table"
            raise ContractError(f"The contract describes {number}.", "Assay governs one table a contract.")
    return tables[0]


def _dataset(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name):
        raise ContractError(
            f"{name!r} cannot be the name of a dataset.",
            "Use letters, digits and underscores, a letter first.",
        )
    return name


def _columns(document: Document, table: dict[str, Any]) -> tuple[tuple[Column, ...], tuple[AnyRule, ...]]:
    entries: list[dict[str, Any]] = table.get("properties") or []
    composite = sum(bool(entry.get("primaryKey")) for entry in entries) > 1
    types = tuple((entry["name"], entry.get("logicalType", "string")) for entry in entries)
    columns: list[Column] = []
    rules: list[AnyRule] = []
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        path = ("schema", 0, "properties", place)
        custom.check(document, entry, path, of_table=False)
        with document.at(*path):
            columns.append(_column(entry, seen))
            rules += column_rules(entry, types=types, table=table["name"], alone=not composite)
        rules += _checked(document, entry, path, types, table["name"])
    with document.at("schema", 0):
        rules += table_rules(table, types)
    rules += _checked(document, table, ("schema", 0), types, table["name"])
    return tuple(columns), _told_apart(rules)


def _checked(
    document: Document, owner: dict[str, Any], path: tuple[str | int, ...], types: Types, table: str
) -> Iterator[AnyRule]:
    """The rules that the quality checks of a property, or of the table, make; each knows its line."""
    of_table = len(path) == 2
    severity = Severity.HIGH
    if not of_table:
        default = "critical" if owner.get("primaryKey") else "high"
        severity = Severity(custom.properties(owner).get("severity", default))
    for place, check in enumerate(owner.get("quality") or ()):
        with document.at(*path, "quality", place):
            if makes_rule(check):
                column = "" if of_table else owner["name"]
                yield from rules_of(check, column=column, severity=severity, types=types, table=table)


def _column(entry: dict[str, Any], seen: set[str]) -> Column:
    name, kind, ours = entry["name"], entry.get("logicalType", "string"), custom.properties(entry)
    if not name or name.casefold() in RESERVED:
        raise ContractError(f"{name!r} cannot be the name of a column.", "Give it another name.")
    if name.casefold() in seen:
        raise ContractError(f"The contract names the column {name!r} twice.", "Remove one of them.")
    seen.add(name.casefold())
    if kind not in list(LogicalType):
        raise ContractError(
            f"The column {name!r} has the logical type {kind!r}, which a flat table cannot hold.",
            f"Use one of: {', '.join(LogicalType)}.",
        )
    cleaning = tuple(Cleaning(way) for way in ours.get("cleaning", ("trim",)))
    if ours.get("dateOrder") and (kind != "date" or Cleaning.DATE not in cleaning):
        raise ContractError(
            f"The column {name!r} has a dateOrder but nothing that reads it.",
            "Give it `logicalType: date` and `cleaning: [trim, date]`.",
        )
    if {Cleaning.NUMBER, Cleaning.NUMBER_COMMA} <= {*cleaning}:
        raise ContractError(
            f"The column {name!r} has both `number` and `number_comma`: 1,234 would be two numbers.",
            "Say which decimal sign it has: a point (`number`) or a comma (`number_comma`).",
        )
    return Column(
        name=name,
        type=LogicalType(kind),
        required=bool(entry.get("required", False)),
        primary_key=bool(entry.get("primaryKey", False)),
        description=(entry.get("description") or "").strip(),
        business_name=entry.get("businessName") or "",
        cleaning=cleaning,
        date_order=ours.get("dateOrder", ""),
        missing_values=_missing(entry, ours),
        classification=entry.get("classification") or "",
        semantic=ours.get("semantic", ""),
        masking=ours.get("masking", ""),
    )


def _missing(entry: dict[str, Any], ours: dict[str, Any]) -> tuple[str, ...]:
    """Our words for "missing" and those of the standard's check, each once."""
    words = list(ours.get("missingValues", ()))
    for check in entry.get("quality") or ():
        if check.get("metric") == "missingValues":
            listed = (check.get("arguments") or {}).get("missingValues") or ()
            words += [word for word in listed if word is not None and word != ""]
    return tuple(dict.fromkeys(str(word) for word in words))


def _told_apart(rules: Iterable[AnyRule]) -> tuple[AnyRule, ...]:
    """Each promise once, at its worst severity, and each rule with an id of its own."""
    kept: dict[str, AnyRule] = {}
    for rule in rules:
        same = promise(rule)
        said = kept.get(same)
        if said is None:
            kept[same] = rule
        elif rule.severity.rank < said.severity.rank:
            kept[same] = said.model_copy(update={"severity": rule.severity})
    taken: set[str] = set()
    return tuple(_free(rule, taken) for rule in kept.values())


def _free(rule: AnyRule, taken: set[str]) -> AnyRule:
    name, number = rule.id, 2
    while name in taken:
        name, number = f"{rule.id}_{number}", number + 1
    taken.add(name)
    return rule if name == rule.id else rule.model_copy(update={"id": name})
