"""Checks that a contract hands to Great Expectations: `type: custom, engine: greatExpectations`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from governance.contract.checks import THEIRS, engine_of, severity_of
from governance.contract.document import Document
from governance.contract.levels import checks_of
from governance.contract.model import Expectation
from governance.errors import ContractError
from governance.findings import Severity


def expectations(document: Document, table: dict[str, Any]) -> Iterator[Expectation]:
    """All of them, with the line in the error where one cannot be read."""
    for path, column, check in checks_of(table):
        if engine_of(check) in THEIRS:
            with document.at(*path, "implementation"):
                yield _expectation(check, column)


def _expectation(check: dict[str, Any], column: str) -> Expectation:
    said = check["implementation"]
    try:
        said = yaml.safe_load(said) if isinstance(said, str) else said
    except yaml.YAMLError as error:
        raise ContractError(
            "The check for Great Expectations is not YAML.", "Check its brackets and quotes."
        ) from error
    name = said.get("type") or said.get("expectation_type") if isinstance(said, dict) else None
    if not isinstance(name, str):
        raise ContractError(
            "The check for Great Expectations has no type.",
            "Write `implementation: { type: expect_column_values_to_not_be_null, kwargs: { column: … } }`.",
        )
    arguments = dict(said.get("kwargs") or {})
    if column and "_table_" not in name and "column" not in arguments:
        arguments["column"] = column
    kind = class_of(name)
    return Expectation(
        id=str(check.get("name") or f"{column or 'table'}.{name}"),
        type=kind,
        arguments=arguments,
        column=str(arguments.get("column", column)),
        severity=severity_of(check, Severity.HIGH),
    )


def class_of(name: str) -> str:
    """`ExpectColumnValuesToNotBeNull` for `expect_column_values_to_not_be_null`."""
    if not re.fullmatch(r"[Ee]xpect\w+", name):
        raise ContractError(f"{name!r} is not the name of an expectation.", "It begins with `expect_`.")
    return name if name[0] == "E" else "".join(part.capitalize() for part in name.split("_"))
