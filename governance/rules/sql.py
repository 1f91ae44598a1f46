"""The vocabulary of rules and cleaning: sqlglot expressions in which every dialect trap is mended once.

Values are text. A word here never raises on a bad value: what does not convert is NULL.
Patterns are RE2: anchored with `\\A(?:…)\\z`, because `$` means something else in Java.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp

from governance.errors import ContractError

DIALECT = "duckdb"

INTEGER = r"[+-]?\d{1,18}"
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?"
ISO_DATE = r"\d{4}-\d{2}-\d{2}"
SLASH_DATE = r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})"
_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
TIMESTAMP = (
    rf"{ISO_DATE}(?:[ T]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:\.\d{{1,6}})?)?(?:Z|[+-]{_HOUR}(?::{_SIXTY})?)?)?"
)
"""The hours and minutes of RFC 3339: DuckDB by itself reads 24:00 and an offset of +99 as well."""
ODD_SPACE = r"\t\n\x{0B}\f\r\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"
"""Unicode's white space, without the plain space."""
BOOLEAN = "[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[YyNnTtFf10]"
"""Letter by letter: to `(?i:s)` a long ſ is an s, too."""


@cache
def _template(text: str) -> exp.Expression:
    return sqlglot.parse_one(text, dialect=DIALECT)


def fragment(text: str, **values: exp.Expression) -> exp.Expression:
    """A SQL template with `:name` placeholders filled in by expressions."""
    return exp.replace_placeholders(_template(text).copy(), **values)


def _reading(tree: exp.Expression) -> exp.Expression:
    """Marked as a value read in one way, so that rules which read it alike can share the work."""
    tree.meta["reading"] = True
    return tree


def column(name: str) -> exp.Expression:
    return exp.column(name, quoted=True)


def text(value: str) -> exp.Expression:
    return exp.Literal.string(value)


def number(value: float) -> exp.Expression:
    return sqlglot.parse_one(repr(int(value) if float(value).is_integer() else value), dialect=DIALECT)


def quoted(name: str) -> str:
    """An identifier, safe inside SQL."""
    return exp.to_identifier(name, quoted=True).sql(DIALECT)


def among(value: exp.Expression, words: Iterable[str]) -> exp.Expression:
    """Whether the value is one of the words."""
    return exp.In(this=value, expressions=[text(word) for word in words])


def timestamp(value: datetime) -> exp.Expression:
    """A TIMESTAMP literal in UTC; a naive time is UTC."""
    utc = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return fragment("CAST(:v AS TIMESTAMP)", v=text(utc.isoformat(sep=" ")))


def matches(value: exp.Expression, pattern: str) -> exp.Expression:
    """Whether the whole value matches an RE2 pattern."""
    return fragment("regexp_matches(:v, :p)", v=value, p=text(rf"\A(?:{pattern})\z"))


def as_integer(value: exp.Expression) -> exp.Expression:
    """The value as BIGINT, or NULL. A bare cast would round 1.5 to 2."""
    return _reading(
        fragment(
            "CASE WHEN regexp_matches(:v, :p) THEN try_cast(:v AS BIGINT) END",
            v=value,
            p=text(rf"\A(?:{INTEGER})\z"),
        )
    )


def as_number(value: exp.Expression) -> exp.Expression:
    """The value as a finite DOUBLE, or NULL. A bare cast would take 'nan' and 'inf'."""
    return _reading(
        fragment(
            "CASE WHEN regexp_matches(:v, :p) AND isfinite(try_cast(:v AS DOUBLE)) "
            "THEN try_cast(:v AS DOUBLE) END",
            v=value,
            p=text(rf"\A(?:{NUMBER})\z"),
        )
    )


def as_date(value: exp.Expression) -> exp.Expression:
    """The value as DATE when it is a real day written YYYY-MM-DD, or NULL."""
    return _reading(
        fragment(
            "CASE WHEN length(:v) = 10 AND regexp_matches(:v, :p) AND :v > '0001' THEN try_cast(:v AS DATE) END",
            v=value,
            p=text(rf"\A(?:{ISO_DATE})\z"),
        )
    )


def as_timestamp(value: exp.Expression) -> exp.Expression:
    """The value as TIMESTAMP in UTC, or NULL. A bare cast would take 'infinity' and 'epoch', drop an offset and
    cut off nanoseconds; with its offset the first and the last day may lie in a year that no reader knows."""
    utc = fragment("CAST(try_cast(:v AS TIMESTAMPTZ) AS TIMESTAMP)", v=value)
    return _reading(
        fragment(
            "CASE WHEN regexp_matches(:v, :p) AND :v > '0001' AND "
            "(:v BETWEEN '0001-01-02' AND '9999-12-31' OR year(:utc) BETWEEN 1 AND 9999) THEN :utc END",
            v=value,
            utc=utc,
            p=text(rf"\A(?:{TIMESTAMP})\z"),
        )
    )


def as_boolean(value: exp.Expression) -> exp.Expression:
    return _reading(
        fragment(
            "CASE WHEN regexp_matches(:v, :p) THEN lower(:v) IN ('true', 'yes', 'y', 't', '1') END",
            v=value,
            p=text(rf"\A(?:{BOOLEAN})\z"),
        )
    )


def date(value: str) -> exp.Expression:
    """A DATE literal from YYYY-MM-DD."""
    return fragment("CAST(:v AS DATE)", v=text(value))


def ambiguous_date(value: exp.Expression) -> exp.Expression:
    """Whether a value reads as two different days: as month/day/year and as day/month/year."""
    return fragment(
        "(regexp_matches(:v, :p) "
        "AND TRY_CAST(regexp_extract(:v, :p, 1) AS INT) BETWEEN 1 AND 12 "
        "AND TRY_CAST(regexp_extract(:v, :p, 2) AS INT) BETWEEN 1 AND 12 "
        "AND TRY_CAST(regexp_extract(:v, :p, 1) AS INT) <> TRY_CAST(regexp_extract(:v, :p, 2) AS INT))",
        v=value,
        p=text(rf"\A{SLASH_DATE}\z"),
    )


def shape(value: exp.Expression) -> exp.Expression:
    """A value's coarse shape: letters as `a`, digits as `9`, a run as one, at most 16 characters."""
    return fragment(
        "substr(regexp_replace(regexp_replace(regexp_replace(trim(:v), '[\\p{L}\\p{M}]+', 'a', 'g'), "
        "'[0-9]+', '9', 'g'), '(a ?)+', 'a', 'g'), 1, 16)",
        v=value,
    )


def render(expression: exp.Expression) -> str:
    """The SQL of an expression, as it is run and as it is shown."""
    return expression.sql(DIALECT)


def check_pattern(pattern: str) -> None:
    """Refuse what RE2 cannot run, when a contract is loaded and not when a row meets it."""
    for trap, name in (
        ("(?=", "look-ahead"),
        ("(?!", "look-ahead"),
        ("(?<=", "look-behind"),
        ("(?<!", "look-behind"),
    ):
        if trap in pattern:
            raise ContractError(
                f"The pattern {pattern!r} uses {name} ({trap}), which RE2 does not have.",
                "Write it without, or split it into two rules.",
            )
    _must_run(pattern)


def _must_run(pattern: str) -> None:
    """Arrow's RE2 is the one that DuckDB has: what it cannot compile would fail in the middle of a run."""
    try:
        for written in (pattern, rf"\A(?:{pattern})\z"):
            pc.match_substring_regex(pa.array([""]), written)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise ContractError(
            f"RE2 cannot run the pattern {pattern!r}: {reason}.",
            "Patterns are RE2: https://github.com/google/re2/wiki/Syntax.",
        ) from error
