"""Cleaning: normalise how a value is written, never what it says, and fill nothing in.

Each way is a text-to-text expression; what it does not understand it leaves as it is, for the rules.
"""

from __future__ import annotations

from sqlglot import exp

from governance.contract.model import Cleaning, Column
from governance.rules import sql

SPACES = f"[ {sql.ODD_SPACE}]+"
ODD = rf"\A | \z|  |[{sql.ODD_SPACE}]"
"""White space that trimming takes off or folds."""
CASES = {Cleaning.LOWER, Cleaning.UPPER, Cleaning.NAME_CASE}
"""Ways that can turn a value into one of the contract's words for 'missing'."""


def normalised(column: Column) -> exp.Expression:
    """The column's value, already `trimmed`, as cleaning leaves it."""
    value = sql.column(column.name)
    for way in column.cleaning:
        if way is Cleaning.NAME_CASE:
            value = name_case(value)
        elif way is Cleaning.LOWER:
            value = sql.fragment("lower(:v)", v=value)
        elif way is Cleaning.UPPER:
            value = sql.fragment("upper(:v)", v=value)
        elif way is Cleaning.PHONE:
            value = phone(value)
        elif way is Cleaning.DATE:
            value = day(value, column.date_order)
        elif way is Cleaning.NUMBER:
            value = plain_number(value)
        elif way is Cleaning.NUMBER_COMMA:
            value = comma_number(value)
    return present(column, value) if CASES & {*column.cleaning} else value


def trimmed(column: Column) -> exp.Expression:
    """White space folded; blanks and the contract's words for 'missing' become NULL."""
    value = sql.column(column.name)
    if Cleaning.TRIM in column.cleaning:
        value = sql.fragment(
            "nullif(CASE WHEN regexp_matches(:v, :odd) THEN trim(regexp_replace(:v, :spaces, ' ', 'g')) "
            "ELSE :v END, '')",
            v=value,
            odd=sql.text(ODD),
            spaces=sql.text(SPACES),
        )
    return present(column, value)


def present(column: Column, value: exp.Expression) -> exp.Expression:
    """NULL for the contract's words for 'missing'."""
    if not column.missing_values:
        return value
    words = exp.In(this=value, expressions=[sql.text(word) for word in column.missing_values])
    return sql.fragment("CASE WHEN NOT :m THEN :v END", m=words, v=value)


ALREADY = {
    Cleaning.DATE: rf"\A{sql.ISO_DATE}\z",
    Cleaning.PHONE: r"\A\d{3}-\d{3}-\d{4}\z",
    Cleaning.NUMBER: r"\A-?\d+(?:\.\d+)?\z",
    Cleaning.LOWER: r"\A[a-z0-9@._+-]+\z",
    Cleaning.NAME_CASE: r"\A[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ](?: ?[A-Za-zÀ-ɏ'’-])*\z",
    Cleaning.UPPER: r"\A[A-Z0-9@._+-]+\z",
}
"""Texts that each way leaves as they are, and trimming too; none is empty. A name that begins with a capital and a
small letter is in mixed case, whatever letters follow."""


def already(column: Column) -> exp.Expression | None:
    """Whether the value is as cleaning leaves it, where one look can tell: most values are, and need no more."""
    pattern, value = _pattern(column), sql.column(column.name)
    if pattern is None:
        return None
    return _but_missing(column, sql.fragment("coalesce(regexp_matches(:v, :p), false)", v=value, p=pattern))


def untouched(column: Column) -> exp.Expression | None:
    """Whether cleaning leaves the raw value as it is, by one look, never null; None where no look can tell.

    `regexp_extract`, because DuckDB then looks at each word of a dictionary once, whatever rows have it."""
    pattern, value = _pattern(column), sql.column(column.name)
    if pattern is None:
        look = _no_space(column)
    else:
        look = _but_missing(column, sql.fragment("regexp_extract(:v, :p) <> ''", v=value, p=pattern))
    return sql.fragment("(:v IS NULL OR :l)", v=value, l=look) if look else None


def _pattern(column: Column) -> exp.Expression | None:
    """What `ALREADY` says of a column that is cleaned in one way, and trimmed."""
    ways = [way for way in column.cleaning if way is not Cleaning.TRIM]
    if Cleaning.TRIM not in column.cleaning or len(ways) != 1 or ways[0] not in ALREADY:
        return None
    return sql.text(ALREADY[ways[0]])


def _but_missing(column: Column, clean: exp.Expression) -> exp.Expression:
    if not column.missing_values:
        return clean
    return sql.fragment(
        "(:c AND NOT :m)", c=clean, m=sql.among(sql.column(column.name), column.missing_values)
    )


def _no_space(column: Column) -> exp.Expression | None:
    """The look of a column that is trimmed only, or whose words for 'missing' alone become NULL."""
    value = sql.column(column.name)
    looks = []
    if Cleaning.TRIM in column.cleaning:
        looks.append(sql.fragment("NOT regexp_matches(:v, :odd) AND :v <> ''", v=value, odd=sql.text(ODD)))
    if column.missing_values:
        looks.append(sql.fragment("NOT :m", m=sql.among(value, column.missing_values)))
    return exp.and_(*looks) if looks and not {*column.cleaning} - {Cleaning.TRIM} else None


def name_case(value: exp.Expression) -> exp.Expression:
    """ANNE-MARIE and anne-marie become Anne-Marie; a name in mixed case (McDonald, de Souza) is kept."""
    return sql.fragment(
        "CASE WHEN :v <> upper(:v) AND :v <> lower(:v) THEN :v ELSE "
        "array_to_string(list_transform(regexp_extract_all(lower(:v), :part), "
        "lambda part: upper(part[1]) || part[2:]), '') END",
        v=value,
        part=sql.text(r"[^ .'’-]+[ .'’-]*|[ .'’-]+"),
    )


def phone(value: exp.Expression) -> exp.Expression:
    """Ten digits however punctuated, with or without +1, as XXX-XXX-XXXX (North American numbering)."""
    digits = sql.fragment("regexp_replace(:v, '[^0-9]', '', 'g')", v=value)
    ten = sql.fragment("right(:d, 10)", d=digits)
    return sql.fragment(
        "CASE WHEN length(:v) = 12 AND regexp_matches(:v, :normal) THEN :v "
        "WHEN regexp_matches(:v, :loose) AND ((length(:d) = 10 AND :v NOT LIKE '+%') "
        "OR (length(:d) = 11 AND :d LIKE '1%')) "
        "THEN substr(:t, 1, 3) || '-' || substr(:t, 4, 3) || '-' || substr(:t, 7, 4) ELSE :v END",
        v=value,
        d=digits,
        t=ten,
        normal=sql.text(r"\A\d{3}-\d{3}-\d{4}\z"),
        loose=sql.text(r"\A\+?[0-9 ().\-/]+\z"),
    )


def day(value: exp.Expression, order: str = "") -> exp.Expression:
    """Y/M/D and M/D/Y as YYYY-MM-DD. A date that could be two days is left as it is, for a person, unless the
    contract states the `order` of the column: `mdy` or `dmy`."""
    month, number = ("2", "1") if order == "dmy" else ("1", "2")
    readable = sql.fragment("true") if order else sql.fragment("NOT :odd", odd=sql.ambiguous_date(value))
    return sql.fragment(
        "CASE WHEN length(:v) = 10 AND regexp_matches(:v, :iso) THEN :v "
        "WHEN regexp_matches(:v, :ymd) THEN regexp_extract(:v, :ymd, 1) "
        "|| '-' || lpad(regexp_extract(:v, :ymd, 2), 2, '0') || '-' || lpad(regexp_extract(:v, :ymd, 3), 2, '0') "
        f"WHEN regexp_matches(:v, :slash) AND :readable AND TRY_CAST(regexp_extract(:v, :slash, {month}) AS INT) "
        f"<= 12 THEN regexp_extract(:v, :slash, 3) || '-' || lpad(regexp_extract(:v, :slash, {month}), 2, '0') "
        f"|| '-' || lpad(regexp_extract(:v, :slash, {number}), 2, '0') ELSE :v END",
        v=value,
        readable=readable,
        iso=sql.text(rf"\A{sql.ISO_DATE}\z"),
        ymd=sql.text(r"\A(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00:00(?:\.0+)?)?\z"),
        slash=sql.text(rf"\A{sql.SLASH_DATE}\z"),
    )


def plain_number(value: exp.Expression) -> exp.Expression:
    """$1,234.50 as 1234.50: a leading currency sign and commas between groups of three digits go."""
    return sql.fragment(
        "CASE WHEN regexp_matches(:v, :grouped) THEN regexp_replace(:v, '[$,€£ ]', '', 'g') ELSE :v END",
        v=value,
        grouped=sql.text(r"\A(?:[+-]?[$€£]? ?|[$€£] ?[+-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\z"),
    )


def comma_number(value: exp.Expression) -> exp.Expression:
    """1.234,50 € as 1234.50, where the comma is the decimal sign: a currency sign before or behind goes, and so do
    points, spaces or apostrophes between groups of three digits."""
    return sql.fragment(
        "CASE WHEN regexp_matches(:v, :grouped) "
        "THEN replace(regexp_replace(:v, :signs, '', 'g'), ',', '.') ELSE :v END",
        v=value,
        signs=sql.text("[$€£ .'’]"),
        grouped=sql.text(
            r"\A(?:[+-]?[$€£]? ?|[$€£] ?[+-])(?:\d{1,3}(?:[. '’]\d{3})+|\d+)(?:,\d+)?(?: ?[$€£])?\z"
        ),
    )


def typed(column: Column, value: exp.Expression) -> exp.Expression:
    """A clean value that passed its type rule, in the column's own type, for the published table."""
    kind = {"integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}.get(column.type.value)
    if column.type.value == "boolean":
        return sql.as_boolean(value)
    if column.type.value == "timestamp":
        return sql.as_timestamp(value)
    return sql.fragment(f"try_cast(:v AS {kind})", v=value) if kind else value


def same(column: Column, value: exp.Expression) -> exp.Expression:
    """One text for all ways to write one clean value: 7, +7 and 007 are the same whole number, -0 is 0."""
    plain = {
        "integer": sql.as_integer,
        "number": sql.as_number,
        "timestamp": sql.as_timestamp,
        "boolean": sql.as_boolean,
    }.get(column.type.value)
    if plain is None:
        return value
    read = plain(value)
    if column.type.value == "number":
        read = sql.fragment("CASE WHEN :n = 0 THEN 0.0 ELSE :n END", n=read)
    written = sql.fragment("coalesce(CAST(:p AS VARCHAR), :v)", p=read, v=value)
    if column.type.value != "integer":
        return written
    return sql.fragment(
        "CASE WHEN :v < '1' THEN :w ELSE :v END", v=value, w=written
    )  # 0, + and - come before 1
