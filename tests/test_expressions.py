"""Expressions that a steward writes: a list of allowed words, everything else refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.engines.duckdb import Engine, open_engine
from governance.errors import InputError, TerminalFault
from governance.rules import sql
from governance.rules.expressions import FUNCTIONS, parse
from governance.settings import Settings

ROW = {
    "email": "Ana@Example.com",
    "phone": "212-555-0147 x2",
    "income": "-5.5",
    "First Name": "Zoë",
    "nothing": None,
}
COLUMNS = tuple(ROW)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(Settings(home=tmp_path_factory.mktemp("home"))) as engine:
        engine.register(
            "row", pa.table({name: pa.array([value], pa.string()) for name, value in ROW.items()})
        )
        yield engine


# what DuckDB answers to the text as it stands is what a steward means by it
ALLOWED: dict[str, object] = {
    "email": "Ana@Example.com",
    '"First Name"': "Zoë",
    "NULL": None,
    "'it''s'": "it's",
    "'--'": "--",
    "'/* no comment */'": "/* no comment */",
    "';'": ";",
    "42": "42",
    "true": "true",
    "lower(email)": "ana@example.com",
    "upper(trim(email))": "ANA@EXAMPLE.COM",
    "email || '.uk'": "Ana@Example.com.uk",
    "concat(email, nothing, '!')": "Ana@Example.com!",
    "concat_ws('-', 'a', nothing, 'b')": "a-b",
    "coalesce(nothing, email)": "Ana@Example.com",
    "ifnull(nothing, 'x')": "x",
    "nullif(email, email)": None,
    "if(contains(email, '@'), 'yes', 'no')": "yes",
    "CASE WHEN income LIKE '-%' THEN ltrim(income, '-') ELSE income END": "5.5",
    "CASE email WHEN 'x' THEN 1 ELSE 2 END": "2",
    "nothing IS NULL AND NOT (email IS NULL)": "true",
    "email IN ('a', 'b') OR email NOT IN ('c')": "true",
    "length(email) BETWEEN 3 AND 20": "true",
    "email ILIKE 'ana%'": "true",
    "email ~ '.*@.*'": "true",
    "regexp_matches(phone, '[0-9]{3}')": "true",
    "regexp_replace(phone, '[^0-9]', '', 'g')": "21255501472",
    "regexp_replace(phone, ' x[0-9]+$', '')": "212-555-0147",
    "regexp_extract(phone, '([0-9]+)-([0-9]+)', 2)": "555",
    "regexp_extract(phone, '[0-9]+')": "212",
    "replace(phone, '-', '--')": "212--555--0147 x2",
    "substr(phone, 1, 3) || substring(phone, 5, 3)": "212555",
    "left(phone, 3) || right(phone, 2)": "212x2",
    "split_part(phone, ' ', 1)": "212-555-0147",
    "reverse('abc') || repeat('x', 3)": "cbaxxx",
    "lpad('7', 3, '0') || rpad('7', 3, '.')": "0077..",
    "ltrim('  a ') || rtrim(' b  ')": "a  b",
    "trim('xxaxx', 'x')": "a",
    "starts_with(email, 'Ana') AND ends_with(email, 'com')": "true",
    'strip_accents("First Name")': "Zoe",
    "levenshtein('abc', 'abd')": "1",
    "greatest(1, 3, 2) + least(1, 3, 2)": "4",
    "abs(try_cast(income AS DOUBLE))": "5.5",
    "round(5.567, 1)": "5.6",
    "ceil(5.1) - floor(5.9)": "1",
    "CAST('7' AS INTEGER) * 2 % 5": "4",
    "'7'::INT + 1": "8",
    "-(1 + 2)": "-3",
    "try_cast(email AS INTEGER)": None,
    "strftime(try_strptime('31.12.1999', '%d.%m.%Y'), '%Y-%m-%d')": "1999-12-31",
    "try_strptime(email, '%d.%m.%Y')": None,
    "CAST(DATE '2024-02-28' + INTERVAL 1 DAY AS DATE)": "2024-02-29",
}


@pytest.mark.parametrize("text", ALLOWED)
def test_an_allowed_expression_means_what_duckdb_makes_of_it(engine: Engine, text: str) -> None:
    answer = engine.value(f"SELECT CAST({sql.render(parse(text, COLUMNS))} AS VARCHAR) FROM row")

    assert answer == engine.value(f"SELECT CAST(({text}) AS VARCHAR) FROM row")
    assert answer == ALLOWED[text]


def test_every_allowed_function_is_in_the_table() -> None:
    said = " ".join(ALLOWED).lower()

    assert [name for name in FUNCTIONS if f"{name}(" not in said and f"{name} " not in said] == []


# what is refused → the word that the refusal names
REFUSED: dict[str, str] = {
    "": "",
    "   ": "",
    "SELECT 1": "",
    "(SELECT 1)": "subquery",
    "(FROM read_csv('/etc/passwd'))": "subquery",
    "lower((SELECT email))": "subquery",
    "email IN (SELECT 1)": "subquery",
    "EXISTS (SELECT 1)": "exists",
    "email UNION SELECT 1": "one value",
    "email FROM row": "one value",
    "email FROM read_csv('/etc/passwd')": "one value",
    "email WHERE true": "",
    "email ORDER BY 1": "",
    "email LIMIT 1": "",
    "DISTINCT email": "one value",
    "email, phone": "one value",
    "email AS other": "",
    "read_csv('/etc/passwd')": "read_csv",
    "read_text('/etc/passwd')": "read_text",
    "read_parquet('x')": "read_parquet",
    "glob('/*')": "glob",
    "COPY row TO '/tmp/x'": "",
    "ATTACH '/tmp/x'": "",
    "INSTALL httpfs": "",
    "SET x = 1": "",
    "PRAGMA version": "",
    "CREATE TABLE x (y INT)": "",
    "DROP TABLE row": "",
    "email;": "",
    "email; DROP TABLE row": "",
    "1; SELECT 2": "",
    "email -- a comment": "comment",
    "email /* a comment */": "comment",
    "/* first */ email": "comment",
    "lower(email /* inside */)": "comment",
    "--": "",
    "max(income)": "max",
    "count(*)": "count",
    "string_agg(email, ',')": "",
    "first(email)": "first",
    "list(email)": "",
    "row_number() OVER ()": "window",
    "lag(email) OVER (ORDER BY email)": "window",
    "sum(1) OVER ()": "window",
    "list_transform([1], x -> x)": "",
    "list_filter([1], lambda x: true)": "",
    "*": "star",
    "COLUMNS('e.*')": "columns",
    "row.*": "",
    "row.email": "email",
    "rowid": "rowid",
    "nope": "nope",
    "Email": "Email",
    "lower(nope)": "nope",
    "getenv('HOME')": "getenv",
    "trim(getenv('HOME'))": "getenv",
    "upper(coalesce(nothing, getenv('HOME')))": "getenv",
    "CASE WHEN true THEN getenv('HOME') END": "getenv",
    "email || getenv('HOME')": "getenv",
    "email IN (getenv('HOME'))": "getenv",
    "main.getenv('HOME')": "getenv",
    "email.getenv()": "getenv",
    "\"getenv\"('HOME')": "getenv",
    "current_setting('home_directory')": "current_setting",
    "getvariable('x')": "getvariable",
    "query('SELECT 1')": "query",
    "query_table('row')": "query_table",
    "now()": "now",
    "today()": "",
    "CURRENT_DATE": "current_date",
    "CURRENT_USER": "current_user",
    "random()": "rand",
    "uuid()": "uuid",
    "nextval('x')": "nextval",
    "unnest([1, 2])": "",
    "generate_series(1, 1000000000)": "generate_series",
    "range(10)": "",
    "email -> email": "json",
    "email ->> '$.a'": "json",
    "json_extract(email, phone)": "json",
    "list_contains(email, phone)": "",
    "list_position(email, phone)": "",
    "email COLLATE nocase": "collate",
    "corr(income, income)": "corr",
    "[1, 2]": "",
    "{'a': 1}": "",
    "email[1]": "bracket",
    "?": "placeholder",
    "$1": "",
    "$email": "",
    ":email": "",
    "lower('": "",
    "lower(email": "",
    ")": "",
    "email email": "",
    "\0": "",
    "lower(" * 23 + "email" + ")" * 23: "deep",
    "(" * 40 + "email" + ")" * 40: "",
    "lower(" * 5_000 + "email" + ")" * 5_000: "",
    "NOT " * 5_000 + "true": "",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40])
def test_anything_else_is_refused_with_the_word(text: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text, COLUMNS)
    assert REFUSED[text] in raised.value.message
    assert raised.value.hint


def test_a_chain_of_ordinary_length_is_not_too_deep() -> None:
    assert parse(" || ".join(["email"] * 15), COLUMNS)


OPENING = (
    "lower(",
    "(",
    "'",
    '"',
    "/*",
    "CASE WHEN ",
    "getenv(",
    "max(",
    "[",
    "SELECT ",
    "FROM ",
    "read_csv('x')",
)
CLOSING = (
    ")",
    "*/",
    " THEN ",
    " END",
    " OVER ()",
    "]",
    " AS x",
    ",",
    ";",
    "--",
    "||",
    "->",
    "*",
    "$",
    "\\",
    "\0",
)
PIECES = st.sampled_from(["email", "1", "🤿", *OPENING, *CLOSING])


def widths(engine: Engine, rendered: str) -> list[int] | list[str]:
    """How many values each row of the answer has."""
    try:
        return [len(row) for row in engine.rows(f"SELECT {rendered} FROM row")]
    except TerminalFault as fault:
        if re.search("Binder|Conversion|Invalid Input", fault.message):
            return ["wrong type"]
        raise


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_whatever_is_typed_is_one_value_of_the_row_or_an_input_error(engine: Engine, text: str) -> None:
    try:
        rendered = sql.render(parse(text, COLUMNS))
    except InputError:
        return
    assert widths(engine, rendered) in ([1], ["wrong type"])
