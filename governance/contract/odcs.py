"""ODCS v3.1 (Open Data Contract Standard, Bitol/LF AI & Data) to the engine's contract.

The bytes are kept as they are by the ledger; this room only reads them. What is ours sits under
`customProperties`. A mistake is a ContractError that names the line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
import yaml
from pydantic import ValidationError

from governance.contract.model import Column, Contract, LogicalType, Threshold
from governance.contract.rules import column_rules
from governance.errors import ContractError
from governance.findings import Severity


def read(text: bytes) -> Contract:
    """A contract from the bytes of its YAML. Raises ContractError with the line and what to do."""
    document = _document(text)
    _validate(document, text)
    tables = document.get("schema") or []
    if len(tables) != 1:
        raise ContractError(f"The contract describes {len(tables)} tables.", "Assay governs one table a contract.")
    table = tables[0]
    custom = custom_properties(table)
    try:
        columns = tuple(_column(entry) for entry in table.get("properties") or [])
        rules = tuple(rule for entry in table.get("properties") or [] for rule in column_rules(entry))
        return Contract(
            dataset=_dataset(table["name"]),
            title=document.get("name") or table.get("businessName") or table["name"],
            description=(table.get("description") or "").strip(),
            version=str(document["version"]),
            digest=hashlib.sha256(text).hexdigest(),
            columns=_distinct(columns),
            rules=rules,
            thresholds=tuple(_thresholds(custom, document)),
            not_run=tuple(_not_run(table)),
            min_approvals=int(custom.get("minApprovals", 1)),
            allow_no_review=bool(custom.get("allowNoReview", True)),
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = " → ".join(str(part) for part in first["loc"])
        raise ContractError(f"The contract's {where} is not usable: {first['msg']}.") from error


def custom_properties(entry: dict[str, Any]) -> dict[str, Any]:
    """The customProperties list as a dictionary."""
    return {item["property"]: item["value"] for item in entry.get("customProperties") or []}


def _document(text: bytes) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ContractError(
            f"The contract is not valid YAML{where}: {getattr(error, 'problem', 'it cannot be read')}.",
            "Check the indentation and the quotes there.",
        ) from error
    except UnicodeDecodeError as error:
        raise ContractError("The contract is not UTF-8 text.", "Save it as UTF-8.") from error
    if not isinstance(document, dict):
        raise ContractError("The contract is not a YAML mapping.", "Begin with `apiVersion: v3.1.0`.")
    return document


@cache
def _validator() -> jsonschema.Draft201909Validator:
    schema = resources.files("open_data_contract_standard").joinpath("schema.json").read_text()
    return jsonschema.Draft201909Validator(json.loads(schema))


def _validate(document: dict[str, Any], text: bytes) -> None:
    errors = sorted(_validator().iter_errors(_plain(document)), key=lambda error: -len(error.absolute_path))
    if not errors:
        return
    error = errors[0]
    path = list(error.absolute_path)
    where = ".".join(str(part) for part in path) or "the top"
    line = _line(text, _odd_key(error, path))
    raise ContractError(
        f"The contract does not follow ODCS at line {line} ({where}): {_shorten(error.message)}",
        "Compare with docs/contracts.md or the standard, https://bitol.io.",
    )


def _odd_key(error: jsonschema.ValidationError, path: list[Any]) -> list[Any]:
    """The path down to the key that is not known, when the message names one."""
    named = re.search(r"\('([^']+)' was unexpected\)|'([^']+)' were? unexpected", error.message)
    return [*path, named.group(1) or named.group(2)] if named else path


def _plain(document: Any) -> Any:
    """YAML reads dates as dates, the standard's schema wants text."""
    return json.loads(json.dumps(document, default=str))


def _shorten(message: str) -> str:
    return message if len(message) <= 200 else message[:197] + "…"


def _line(text: bytes, path: list[Any]) -> int:
    """The 1-based line of a path in the YAML."""
    node = yaml.compose(text.decode(), Loader=yaml.SafeLoader)
    line = 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _dataset(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name):
        raise ContractError(
            f"{name!r} cannot be the name of a dataset.", "Use letters, digits and underscores, a letter first."
        )
    return name


def _distinct(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    seen: set[str] = set()
    for column in columns:
        if column.name.casefold() in seen:
            raise ContractError(f"The contract names the column {column.name!r} twice.", "Remove one of them.")
        seen.add(column.name.casefold())
    return columns


def _column(entry: dict[str, Any]) -> Column:
    custom = custom_properties(entry)
    kind = entry.get("logicalType", "string")
    if kind not in list(LogicalType):
        raise ContractError(
            f"The column {entry['name']!r} has the logical type {kind!r}, which a flat table cannot hold.",
            f"Use one of: {', '.join(LogicalType)}.",
        )
    return Column(
        name=entry["name"],
        type=LogicalType(kind),
        required=bool(entry.get("required", False)),
        primary_key=bool(entry.get("primaryKey", False)),
        description=(entry.get("description") or "").strip(),
        business_name=entry.get("businessName") or "",
        cleaning=tuple(custom.get("cleaning", ("trim",))),
        missing_values=tuple(str(value) for value in custom.get("missingValues", ())),
        classification=entry.get("classification") or "",
        semantic=custom.get("semantic", ""),
        masking=custom.get("masking", ""),
    )


def _thresholds(custom: dict[str, Any], document: dict[str, Any]) -> Iterator[Threshold]:
    for entry in custom.get("thresholds", ()):
        limits = [value for key, value in entry.items() if key.startswith("mustBe")]
        if len(limits) != 1:
            raise ContractError(
                f"The threshold {entry.get('metric')!r} needs one limit.",
                "Write mustBeGreaterOrEqualTo or mustBeLessOrEqualTo, once.",
            )
        scale = 100 if entry.get("unit") == "percent" else 1
        yield Threshold(
            metric=entry.get("metric"),
            limit=float(limits[0]) / scale,
            severity=Severity(entry.get("severity", "high")),
            column=entry.get("column", ""),
        )
    for sla in document.get("slaProperties") or ():
        if sla["property"] in ("freshness", "fr", "latency") and sla.get("element"):
            hours = {"h": 1, "hour": 1, "hours": 1, "d": 24, "day": 24, "days": 24}.get(sla.get("unit", "h"), 1)
            yield Threshold(
                metric="freshness",
                limit=float(sla["value"]) * hours,
                severity=Severity.MEDIUM,
                column=str(sla["element"]).split(".")[-1],
            )


def _not_run(table: dict[str, Any]) -> Iterator[str]:
    checks = [(table["name"], check) for check in table.get("quality") or ()]
    for entry in table.get("properties") or ():
        checks += [(entry["name"], check) for check in entry.get("quality") or ()]
    for owner, check in checks:
        if check.get("type", "library") in ("text", "sql", "custom"):
            yield f"{owner}: {check.get('name') or check.get('description') or check['type']} ({check['type']})"
