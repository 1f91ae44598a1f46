"""Ready-made repairs: what stewards do again and again, each one expression over the value."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from governance.contract.model import Cleaning, Column, Contract
from governance.errors import InputError
from governance.review.choices import Fix
from governance.rules import cleaning, expressions, sql
from governance.rules.kinds import AnyRule, OneOf

NEAR = 2
"""Edits (Levenshtein) within which a word counts as a slip of an allowed one."""


@dataclass(frozen=True)
class Repair:
    """`kinds` are the kinds of rules it can mend; `needs_value` whether the steward gives a word."""

    name: str
    label: str
    kinds: frozenset[str]
    template: str
    needs_value: bool = False


_ALL = frozenset(
    {"pattern", "email", "type", "ambiguous_date", "length", "range", "one_of", "not_null", "date_range"}
)

REPAIRS: tuple[Repair, ...] = (
    Repair("drop_extension", "Drop the extension", frozenset({"pattern"}),
           r"regexp_replace(:v, '(?i)[ ,;]*(?:ext\.?|extension|x|#)[ .:]*[0-9]+ *$', '')"),
    Repair("digits_of_phone", "Keep the digits only", frozenset({"pattern"}),
           "regexp_replace(:v, '[^0-9+]', '', 'g')"),
    Repair("read_mdy", "Read as month/day/year", frozenset({"ambiguous_date", "type"}),
           r"CASE WHEN regexp_matches(:v, '^\d{1,2}[/-]\d{1,2}[/-]\d{4}$') THEN regexp_extract(:v, '(\d{4})$', 1) "
           r"|| '-' || lpad(regexp_extract(:v, '^(\d{1,2})', 1), 2, '0') || '-' || "
           r"lpad(regexp_extract(:v, '[/-](\d{1,2})[/-]', 1), 2, '0') ELSE :v END"),
    Repair("read_dmy", "Read as day/month/year", frozenset({"ambiguous_date", "type"}),
           r"CASE WHEN regexp_matches(:v, '^\d{1,2}[/-]\d{1,2}[/-]\d{4}$') THEN regexp_extract(:v, '(\d{4})$', 1) "
           r"|| '-' || lpad(regexp_extract(:v, '[/-](\d{1,2})[/-]', 1), 2, '0') || '-' || "
           r"lpad(regexp_extract(:v, '^(\d{1,2})', 1), 2, '0') ELSE :v END"),
    Repair("nearest_word", "Take the nearest allowed word", frozenset({"one_of"}), ""),
    Repair("remove_spaces", "Remove the spaces", frozenset({"email"}), "replace(:v, ' ', '')"),
    Repair("single_dots", "Make double dots single", frozenset({"email"}),
           r"regexp_replace(:v, '\.\.+', '.', 'g')"),
    Repair("remove_digits", "Remove the digits", frozenset({"pattern"}),
           "trim(regexp_replace(:v, '[0-9]+', '', 'g'))"),
    Repair("drop_sign", "Drop the minus sign", frozenset({"range", "type"}),
           r"regexp_replace(:v, '^([$€£]? ?)-+', '\1')"),
    Repair("number_only", "Keep the number only", frozenset({"type"}),
           "regexp_replace(:v, '[^0-9.-]', '', 'g')"),
    Repair("clear", "Empty the value", _ALL - {"not_null"}, "NULL"),
    Repair("set", "Set to a value", _ALL, ":word", needs_value=True),
)  # fmt: skip

_BY_NAME = {repair.name: repair for repair in REPAIRS}


def label_of(name: str) -> str:
    """A ready-made repair in words; its name where it is none."""
    return _BY_NAME[name].label if name in _BY_NAME else name.replace("_", " ")


def repairs_for(rule: AnyRule, contract: Contract) -> tuple[Repair, ...]:
    """The repairs that make sense for a rule; emptying only where a value is not required."""
    column = contract.column(rule.column)
    required = column is not None and (column.required or column.primary_key)
    return tuple(
        repair
        for repair in REPAIRS
        if rule.kind in repair.kinds and not (repair.name == "clear" and required)
    )


def expression(fix: Fix, columns: tuple[str, ...], contract: Contract) -> exp.Expression:
    """The SQL expression of a fix over a raw row; InputError when it cannot be one."""
    if fix.column not in columns:
        raise InputError(f"There is no column {fix.column!r}.", f"Columns: {', '.join(columns)}.")
    if fix.expression:
        return expressions.parse(fix.expression, columns)
    repair = _BY_NAME.get(fix.repair)
    if repair is None:
        raise InputError(f"There is no repair {fix.repair!r}.", f"Repairs: {', '.join(sorted(_BY_NAME))}.")
    if repair.needs_value and not fix.value:
        raise InputError(
            f"The repair “{repair.label}” needs a value.", "Give it with --value, or in the field."
        )
    column = contract.column(fix.column) or Column(name=fix.column)
    value = cleaning.trimmed(column)
    if repair.name == "nearest_word":
        return _nearest(fix.column, contract, value)
    values: dict[str, exp.Expression] = {}
    if ":v" in repair.template:
        values["v"] = value
    if ":word" in repair.template:
        values["word"] = sql.text(fix.value)
    comma = Cleaning.NUMBER_COMMA in column.cleaning  # then the comma is part of the number
    return sql.fragment(repair.template.replace(".-]", ".,-]") if comma else repair.template, **values)


def _nearest(column: str, contract: Contract, value: exp.Expression) -> exp.Expression:
    rule = next((r for r in contract.rules if isinstance(r, OneOf) and r.column == column), None)
    words = rule.values if rule else ()
    tree = exp.Case(default=value.copy())
    for edits in range(NEAR + 1):
        for word in words:
            tree = tree.when(_edits_away(value, word, edits), sql.text(word))
    return tree if words else value


def _edits_away(value: exp.Expression, word: str, edits: int) -> exp.Expression:
    return sql.fragment(
        "levenshtein(lower(trim(:v)), lower(:w)) = :n", v=value, w=sql.text(word), n=sql.number(edits)
    )
