"""What a promised equation says about each of its columns: `total = quantity * price` gives price and quantity too.

An equation is a `compare` rule of the contract with the operator `=` whose columns are all numbers. It is solved by
undoing one operation after another, which is possible where the column wanted stands in it once, under +, −, × and ÷
alone. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from governance.errors import ContractError
from governance.rules import conditions, sql
from governance.rules.across import Types
from governance.rules.kinds import AnyRule, Compare

NUMBERS = ("integer", "number")


def equations(rules: Iterable[AnyRule]) -> tuple[Compare, ...]:
    """The rules that are equations between numbers."""
    return tuple(rule for rule in rules if isinstance(rule, Compare) and _is_equation(rule))


def _is_equation(rule: Compare) -> bool:
    types = dict(rule.types)
    return rule.operator == "=" and all(types.get(name) in NUMBERS for name in rule.reads)


def solved(rule: Compare, column: str) -> str:
    """The formula for one column of an equation, over the others, as text; empty where it cannot be solved."""
    right = conditions.parse(rule.other, dict(rule.types))
    if column == rule.column:
        return "" if _places(right, column) else rule.other
    answer = _isolated(sql.column(rule.column), right, column) if _places(right, column) == 1 else None
    return _plain(sql.render(answer), rule.types) if answer is not None else ""


def _plain(text: str, types: Types) -> str:
    """The formula without quotes around names, where it means the same without."""
    bare = text.replace('"', "")
    try:
        same = conditions.parse(bare, dict(types)) == conditions.parse(text, dict(types))
    except ContractError:
        return text
    return bare if same else text


def _places(tree: exp.Expression, column: str) -> int:
    return sum(node.name == column for node in tree.find_all(exp.Column))


def _isolated(left: exp.Expression, right: exp.Expression, column: str) -> exp.Expression | None:
    """`left = right` with the operations around the column undone, the outermost first."""
    while not isinstance(right, exp.Column):
        if isinstance(right, exp.Paren):
            right = right.this
        elif isinstance(right, exp.Neg):
            left, right = exp.Neg(this=_grouped(left)), right.this
        elif isinstance(right, exp.Add | exp.Sub | exp.Mul | exp.Div):
            left, right = _undone(left, right, column)
        else:
            return None
    return left


def _undone(left: exp.Expression, right: exp.Binary, column: str) -> tuple[exp.Expression, exp.Expression]:
    """Both sides after the operation on the right was undone by its opposite."""
    first, second = right.this, right.expression
    is_first = bool(_places(first, column))
    other, rest = (second, first) if is_first else (first, second)
    match right:
        case exp.Add():
            made = _pair(exp.Sub, left, other)
        case exp.Mul():
            made = _pair(exp.Div, left, other)
        case exp.Sub():
            made = _pair(exp.Add, left, other) if is_first else _pair(exp.Sub, other, left)
        case _:
            made = _pair(exp.Mul, left, other) if is_first else _pair(exp.Div, other, left)
    return made, rest


def _pair(kind: type[exp.Binary], left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return kind(this=_grouped(left), expression=_grouped(right))


def _grouped(tree: exp.Expression) -> exp.Expression:
    """In parentheses where it is an operation itself, so that what was one value stays one."""
    return exp.paren(tree.copy()) if isinstance(tree, exp.Binary | exp.Neg) else tree.copy()
