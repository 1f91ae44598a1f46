"""The quality checks of a contract: which rules they make, in the standard's words and in ours.

A check of the library about rows, a check `type: sql` that counts rows and wants none, and a check
`type: custom, engine: assay` whose `implementation` is a rule kind with its arguments: all make rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from governance.contract import queries
from governance.errors import ContractError
from governance.findings import Dimension, Severity
from governance.rules import conditions, kinds
from governance.rules.across import Types

ROW_METRICS = ("nullValues", "missingValues", "duplicateValues", "invalidValues")
LIDS = ("mustBe", "mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween")
"""Operators that put a lid on how many rows may break a check."""
OURS, THEIRS = ("assay",), ("greatexpectations", "gx")
RULES: TypeAdapter[kinds.AnyRule] = TypeAdapter(kinds.AnyRule)
SET_BY_US = {"id", "types", "files", "version"}


def engine_of(check: dict[str, Any]) -> str:
    """The engine of a custom check, spelled loosely: great-expectations is greatExpectations."""
    said = str(check.get("engine", "")) if check.get("type") == "custom" else ""
    return re.sub(r"[^a-z]", "", said.lower())


def makes_rule(check: dict[str, Any]) -> bool:
    """Whether a check says of each row that it should not be so."""
    if engine_of(check) in OURS:
        return True
    if check.get("type") == "sql":
        filled = queries.filled(check["query"], table="t", column="c")
        return none_allowed(check) and queries.rows_where(filled) is not None
    if check.get("metric") not in ROW_METRICS or not any(operator in check for operator in LIDS):
        return False
    arguments = check.get("arguments") or {}
    return check["metric"] != "invalidValues" or bool({"validValues", "pattern"} & set(arguments))


def none_allowed(check: dict[str, Any]) -> bool:
    """Whether the check allows no row at all, so that the rule alone says everything."""
    if check.get("mustBeLessThan") == 1:
        return bool(check.get("unit", "rows") == "rows")
    return any(check.get(operator) == 0 for operator in ("mustBe", "mustBeLessOrEqualTo"))


def rules_of(
    check: dict[str, Any], *, column: str, severity: Severity, types: Types, table: str
) -> Iterator[kinds.AnyRule]:
    """The rules of one check. `column` is empty for a check of the whole table; its name is the rule's id."""
    severity = severity_of(check, severity)
    if engine_of(check) in OURS:
        made = [_ours(check, column=column, types=types)]
    elif check.get("type") == "sql":
        made = [_query(check, column=column, types=types, table=table)]
    else:
        made = list(_library(check, column, [name for name, _ in types]))
    said = dimension_of(check)
    for rule in made:
        update: dict[str, Any] = {"severity": severity, "id": check.get("name") or rule.id}
        yield rule.model_copy(update=update | ({"dimension": said} if said else {}))


def promise(rule: kinds.AnyRule) -> str:
    """What a rule promises, whatever it is called and however grave."""
    return rule.model_dump_json(exclude={"id", "severity", "label"})


def severity_of(check: dict[str, Any], default: Severity) -> Severity:
    """A check's severity in our words or the standard's examples (info, warning, error)."""
    said = str(check.get("severity", "")).lower()
    theirs = {"info": Severity.LOW, "warning": Severity.MEDIUM, "error": Severity.HIGH}
    return Severity(said) if said in list(Severity) else theirs.get(said, default)


def dimension_of(check: dict[str, Any]) -> Dimension | None:
    """The check's dimension in our words; the standard's `coverage` is completeness to DAMA."""
    said = check.get("dimension")
    if said is None:
        return None
    return Dimension.COMPLETENESS if said == "coverage" else Dimension(said)


def make(kind: str, column: str, types: Types, **arguments: Any) -> kinds.AnyRule:
    """A rule of a kind. Raises ContractError when it reads a column that the contract does not have."""
    fields = {"kind": kind, "id": f"{column}.{kind}", "column": column, **arguments}
    if kind in ("compare", "if_then", "sql"):
        fields["types"] = types
    rule = RULES.validate_python(fields)
    names = [name for name, _ in types]
    unknown = [name for name in rule.reads if name not in names]
    if unknown:
        raise ContractError(f"There is no column {unknown[0]!r}.", f"Columns: {', '.join(names[:20])}.")
    if isinstance(rule, kinds.Across):
        own = tuple((name, kind) for name, kind in types if name in rule.reads)
        return rule.model_copy(update={"types": own})
    return rule


def _ours(check: dict[str, Any], *, column: str, types: Types) -> kinds.AnyRule:
    said = check["implementation"]
    if not isinstance(said, dict) or "kind" not in said:
        raise ContractError(
            "A check of the engine assay needs a kind.", "Write `implementation: { kind: … }`."
        )
    arguments = {_snake(str(key)): value for key, value in said.items() if key is not True}
    if True in said:
        arguments["on"] = said[True]  # so YAML reads a bare `on`
    refused = SET_BY_US & set(arguments)
    if refused:
        raise ContractError(f"{refused.pop()!r} is not for a contract to set.", "Remove it.")
    kind = str(arguments.pop("kind"))
    columns = arguments.pop("columns", None)
    if columns:
        column, arguments["others"] = columns[0], tuple(columns[1:])
    column = str(arguments.pop("column", column) or _first(kind, arguments, types))
    return make(kind, column, types, **arguments)


def _first(kind: str, arguments: dict[str, Any], types: Types) -> str:
    """The column that a rule of the whole table is shown at: the first that its condition reads."""
    text = arguments.get("then") or arguments.get("where")
    if text:
        return next(iter(conditions.columns(str(text), dict(types))), types[0][0])
    raise ContractError(f"The rule {kind} needs a column.", "Name one, or put the check under its property.")


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match.group().lower(), key)


def _query(check: dict[str, Any], *, column: str, types: Types, table: str) -> kinds.AnyRule:
    query = queries.filled(check["query"], table=table, column=column)
    queries.checked(query, table=table)
    where = queries.rows_where(query)
    assert where is not None  # makes_rule asked the same
    return make("sql", column or _first("sql", {"where": where}, types), types, where=where)


def _library(check: dict[str, Any], column: str, names: list[str]) -> Iterator[kinds.AnyRule]:
    arguments = check.get("arguments") or {}
    if not column:
        together = arguments.get("properties") or []
        if check["metric"] != "duplicateValues" or len(together) < 2:
            raise ContractError(
                f"The check {check['metric']} of a table needs properties.",
                "Write `arguments: { properties: [a, b] }`, or put it under a property.",
            )
        for name in together:
            if name not in names:
                raise ContractError(f"There is no column {name!r}.", f"Columns: {', '.join(names[:20])}.")
        yield together_rule(together)
        return
    if check["metric"] in ("nullValues", "missingValues"):
        yield kinds.NotNull(id=f"{column}.not_null", column=column)
    elif check["metric"] == "duplicateValues":
        yield kinds.Unique(id=f"{column}.unique", column=column)
    if "validValues" in arguments:
        values = words(column, arguments["validValues"])
        yield kinds.OneOf(id=f"{column}.one_of", column=column, values=values)
    if "pattern" in arguments:
        yield pattern(column, arguments["pattern"], "", Severity.HIGH)


def together_rule(names: list[str], severity: Severity = Severity.HIGH) -> kinds.UniqueTogether:
    return kinds.UniqueTogether(
        id=f"{'+'.join(names)}.unique_together", column=names[0], others=tuple(names[1:]), severity=severity
    )


def words(name: str, values: list[Any]) -> tuple[str, ...]:
    """Allowed values as text. Raises ContractError for what YAML did not read as a word."""
    for value in values:
        if value is None or isinstance(value, bool):
            raise ContractError(
                f"YAML reads an allowed value of {name!r} as {str(value).lower()}, not as a word.",
                "Put quotes around words such as yes, no, on, off, true and null.",
            )
    return tuple(dict.fromkeys(str(value) for value in values))


def pattern(name: str, written: str, label: str, severity: Severity) -> kinds.Pattern:
    """A pattern rule; an anchor at either end is what every pattern has anyway."""
    whole = written.removeprefix("^")
    ends = len(whole) - len(whole.rstrip("$")) == 1 and not whole.endswith(r"\$")
    whole = whole[:-1] if ends else whole
    return kinds.Pattern(id=f"{name}.pattern", column=name, severity=severity, pattern=whole, label=label)
