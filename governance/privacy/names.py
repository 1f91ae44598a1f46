"""Person names inside a table's free text: read from its distinct texts, taken out by the engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from governance.engines.duckdb import Engine, literal, quote, scan
from governance.privacy.operators.redact import REDACTED
from governance.privacy.operators.scrub import LONGEST, Scrub

TEXTS = 2_000
"""Distinct texts (numbers and addresses taken out) that are read; a column with more is redacted whole."""
NAME = "[name]"
SEVERAL = r"\[name\](?: \[name\])+"
"""A given and a family name are one person."""
AT_ONCE = 1_000
"""Names in one pattern."""
SHORTEST = 3
"""Signs of a name that is taken out because the row's own name columns say it."""
PUNCTUATION = re.compile(r"[!-/:-@\[-^`{-~]")
"""What RE2 lets be escaped: ASCII signs only."""
OUR_WORDS = frozenset(["name", "email", "ssn", "phone", "card", "iban", "ip", "number", "redacted"])


def distinct_texts(engine: Engine, sources: Sequence[tuple[Path, str]], column: str) -> list[str] | None:
    """The column's texts in all tables (path and type of the column there), scrubbed of patterns, in order;
    None if there are more than `TEXTS`."""
    each = (
        f"SELECT {Scrub().sql(quote(column), sql_type)} AS t FROM {scan(path)}" for path, sql_type in sources
    )
    found = engine.rows(
        f"SELECT DISTINCT t FROM ({' UNION ALL '.join(each)}) WHERE t <> '' LIMIT {TEXTS + 1}"
    )
    return None if len(found) > TEXTS else sorted(str(row[0])[: LONGEST + 1] for row in found)


def bind_names(engine: Engine, texts: Sequence[str], prefix: str) -> list[str]:
    """Find the names in the texts and give the engine patterns of them; returns the variables' names."""
    from governance.privacy.by_presidio import names_in

    patterns = name_patterns(names_in(texts))
    variables = [f"{prefix}_{number}" for number in range(len(patterns))]
    for variable, pattern in zip(variables, patterns, strict=True):
        engine.run(f"SET VARIABLE {variable} = ?", [pattern])
    return variables


def name_patterns(names: Iterable[str]) -> list[str]:
    """RE2 alternations that match any of the names as a word of its own, longest first."""
    usable = {name for name in names if _usable(name)}
    ordered = sorted(usable, key=lambda name: (-len(name), name))
    return ["|".join(map(_word, ordered[i : i + AT_ONCE])) for i in range(0, len(ordered), AT_ONCE)]


def without_names(text: str, variables: Sequence[str], own: Sequence[str]) -> str:
    """SQL: a scrubbed text without the names found, and without those of the row's own name columns (`own`,
    as SQL texts). A name column may hold anything, so it is compared plainly, not as a pattern."""
    for name in own:
        for written in (name, f"lower({name})", f"upper({name})"):
            usable = f"CASE WHEN length({name}) >= {SHORTEST} THEN {written} ELSE '' END"
            text = f"replace({text}, coalesce({usable}, ''), '{NAME}')"
    for variable in variables:
        text = f"regexp_replace({text}, getvariable('{variable}'), '{NAME}', 'g')"
    return f"regexp_replace({text}, {literal(SEVERAL)}, '{NAME}', 'g')"


def redacted(column: str) -> str:
    """SQL for a cell of a column with too many texts to read."""
    return f"CASE WHEN {column} IS NOT NULL THEN '{REDACTED}' END"


def _usable(name: str) -> bool:
    return len(name) > 1 and name[0].isalpha() and name.lower() not in OUR_WORDS and not set(name) & set("[]")


def _word(name: str) -> str:
    """`\\b` in RE2 knows ASCII only: beside another letter it would never match."""
    before = r"\b" if re.match(r"\w", name[0], re.ASCII) else ""
    after = r"\b" if re.match(r"\w", name[-1], re.ASCII) else ""
    return before + PUNCTUATION.sub(r"\\\g<0>", name) + after
