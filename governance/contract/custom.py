"""What is ours in a contract: the names and values of Assay's `customProperties` (docs/contracts.md).

The standard lets anybody add properties, so unknown names are kept; but one that is nearly ours is taken for
a slip of the pen, because silently not running a promise would look like keeping it.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, get_args

from governance.contract.document import Document, odd_value
from governance.contract.model import Cleaning, Metric
from governance.errors import ContractError
from governance.findings import Severity

SEVERITIES = [severity.value for severity in Severity]
METRICS = [name for name in get_args(Metric) if name not in ("failing", "sql")]
TEXT = {"type": "string"}

TWO = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
THRESHOLD = {
    "type": "object",
    "required": ["metric"],
    "additionalProperties": False,
    "properties": {
        "metric": {"enum": METRICS},
        **{f"mustBe{side}": {"type": "number"} for side in ("", "GreaterThan", "GreaterOrEqualTo")},
        **{f"mustBe{side}": {"type": "number"} for side in ("LessThan", "LessOrEqualTo")},
        "mustNotBe": {"type": "number"},
        **{f"{word}Between": TWO for word in ("mustBe", "mustNotBe")},
        "unit": TEXT,
        "severity": {"enum": SEVERITIES},
        "column": TEXT,
    },
}

COLUMN: dict[str, dict[str, Any]] = {
    "cleaning": {"type": "array", "items": {"enum": [way.value for way in Cleaning]}},
    "dateOrder": {"enum": ["mdy", "dmy"]},
    "masking": TEXT,
    "missingValues": {"type": "array", "items": {"type": ["string", "number"]}},
    "notFuture": {"type": "boolean"},
    "onDuplicate": {"enum": ["keepLatest"]},
    "patternLabel": TEXT,
    "semantic": TEXT,
    "severity": {"enum": SEVERITIES},
    "daysAgoAtMost": {"type": "integer", "minimum": 0, "maximum": 366_000},
    "yearsAgoAtLeast": {"type": "integer", "minimum": 0, "maximum": 1000},
}
"""Under a property of the schema; the values as JSON schemas."""

TABLE: dict[str, dict[str, Any]] = {
    "allowNoReview": {"type": "boolean"},
    "minApprovals": {"type": "integer", "minimum": 1},
    "thresholds": {"type": "array", "items": THRESHOLD},
    "waiverApprovalRows": {"type": "integer", "minimum": 0},
}
"""Under the schema's table, or at the top of the contract."""

HINTS = {
    "missingValues": "Words such as null, no and yes need quotes.",
    "cleaning": f"Write a list: [trim, …], of: {', '.join(Cleaning)}.",
}


def properties(entry: dict[str, Any]) -> dict[str, Any]:
    """A customProperties list as a dictionary."""
    return {item["property"]: item["value"] for item in entry.get("customProperties") or []}


def check(document: Document, entry: dict[str, Any], path: tuple[str | int, ...], *, of_table: bool) -> None:
    """Refuse a value of ours that cannot be meant, a name that is nearly ours, and one in the wrong place."""
    here, elsewhere = (TABLE, COLUMN) if of_table else (COLUMN, TABLE)
    seen: set[str] = set()
    for place, item in enumerate(entry.get("customProperties") or []):
        name = item["property"]
        with document.at(*path, "customProperties", place):
            _check_name(name, here, elsewhere, known_vendor="vendor" in item)
            if name in here and name in seen:
                raise ContractError(f"The custom property {name} is there twice.", "Remove one of them.")
            wrong = odd_value(here[name], item["value"]) if name in here else ""
            if wrong:
                said = f"The custom property {name} is not usable: {wrong}."
                raise ContractError(said, HINTS.get(name, ""))
        seen.add(name)


def _check_name(name: str, here: dict[str, Any], elsewhere: dict[str, Any], *, known_vendor: bool) -> None:
    if name in here or known_vendor:
        return
    if name in elsewhere:
        owner = "the table" if elsewhere is TABLE else "a column"
        raise ContractError(f"The custom property {name} belongs to {owner}.", "Move it there.")
    near = get_close_matches(name.replace("_", "").lower(), [ours.lower() for ours in here], n=1, cutoff=0.85)
    if near:
        meant = next(ours for ours in here if ours.lower() == near[0])
        raise ContractError(
            f"The custom property {name!r} is not known.",
            f"If you mean {meant}, write it so; else name its vendor.",
        )
