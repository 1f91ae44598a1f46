"""SQL expressions that people write, in a fix or a contract: parsed, and held to a list of allowed words.

Never `eval`.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from governance.errors import InputError

FUNCTIONS = frozenset((
    "abs", "case", "cast", "ceil", "coalesce", "concat", "concat_ws", "contains", "ends_with",
    "floor", "greatest", "if", "least", "left", "length", "levenshtein", "lower", "lpad", "ltrim",
    "nullif", "regexp_extract", "regexp_matches", "regexp_replace", "repeat", "replace", "reverse",
    "right", "round", "rpad", "rtrim", "split_part", "starts_with", "strftime", "strip_accents",
    "substr", "substring", "trim", "try_cast", "try_strptime", "upper",
))  # fmt: skip

NODES = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Case, exp.If, exp.Cast, exp.TryCast,
    exp.DataType, exp.Binary, exp.Unary, exp.Between, exp.In, exp.Func, exp.DPipe, exp.Interval, exp.Var, exp.Tuple,
    exp.DataTypeParam,
)  # fmt: skip

REFUSED = (
    exp.AggFunc,
    exp.Subquery,
    exp.Select,
    exp.Window,
    exp.Lambda,
    exp.Star,
    exp.Parameter,
    exp.Placeholder,
)

DEEPEST = 25
"""Levels of an expression; the parser runs out of stack before fifty."""


def parse(text: str, columns: tuple[str, ...], *, what: str = "a fix") -> exp.Expression:
    """The expression, or InputError with the word that is not allowed. `what` it is, for the sentences."""
    expression = read(text, what=what)
    check(expression, columns, what=what)
    return expression


def read(text: str, *, what: str = "a fix") -> exp.Expression:
    """One value over one row, parsed and not yet held against the allowed words."""
    written = f"SELECT {text} AS answer"
    try:
        tree = sqlglot.parse_one(written, dialect="duckdb")
        depth = max(node.depth for node in tree.walk())
        said_aside = any(token.comments for token in sqlglot.tokenize(written, dialect="duckdb"))
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise InputError(
            "The expression cannot be read as SQL.", "Write one value, such as trim(phone) or lower(email)."
        ) from error
    if depth > DEEPEST:
        raise InputError(
            "The expression is nested too deeply.", f"At most {DEEPEST} words inside each other."
        )
    if said_aside:
        raise InputError(f"A comment is not allowed in {what}.", "Say why where the reason is asked for.")
    if (
        not isinstance(tree, exp.Select)
        or len(tree.expressions) != 1
        or set(_clauses(tree)) - {"expressions"}
    ):
        raise InputError("The expression must be one value over one row.", "No SELECT, FROM or semicolon.")
    return tree.expressions[0].unalias()


def check(expression: exp.Expression, columns: tuple[str, ...], *, what: str = "a fix") -> None:
    """Refuse every word that is not allowed, and every column that is not there, with InputError."""
    for node in expression.walk():
        _check(node, columns, what)


def _clauses(tree: exp.Select) -> list[str]:
    return [name for name, value in tree.args.items() if value]


def _check(node: exp.Expression, columns: tuple[str, ...], what: str) -> None:
    if isinstance(node, REFUSED) or not isinstance(node, NODES):
        raise InputError(
            f"{node.key.replace('_', ' ')} is not allowed in {what}.",
            "Use values of this row and simple functions.",
        )
    if isinstance(node, exp.Column) and (node.table or node.name not in columns):
        raise InputError(f"There is no column {node.name!r}.", f"Columns: {', '.join(columns)}.")
    if isinstance(node, exp.Anonymous):
        _allowed(what, node.name.lower())
    elif isinstance(node, exp.Func) and not isinstance(node, exp.And | exp.Or | exp.Case | exp.If | exp.Cast):
        _allowed(what, node.sql_name().lower(), *(name.lower() for name in node.sql_names()))


ALIASES = {
    "regexp_like": "regexp_matches",
    "regexp_full_match": "regexp_matches",
    "str_to_time": "try_strptime",
    "pad": "lpad",
    "time_to_str": "strftime",
}


def _allowed(what: str, *names: str) -> None:
    if not any(ALIASES.get(name, name) in FUNCTIONS for name in names):
        raise InputError(
            f"The function {names[0]} is not allowed in {what}.", f"Allowed: {', '.join(sorted(FUNCTIONS))}."
        )
