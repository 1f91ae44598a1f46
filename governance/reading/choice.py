"""What a person says about how a file is written. What they leave out is found out from the file."""

from __future__ import annotations

import codecs
from typing import Annotated

from pydantic import Field

from governance.errors import InputError
from governance.tables import Frozen

NO_QUOTE = "\x1e"
"""Stands for 'no quotes': a control sign that no table has, because every grammar needs one."""
NO = "none"
DELIMITER_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
MOST_LINES = 1_000
NO_TEXT = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7")
"""Codecs of Python that no file is written in."""
Lines = Annotated[int, Field(ge=0, le=MOST_LINES)]


class ReadingChoice(Frozen):
    """An override of how a file is read; empty fields are found out. `quote` is one sign, or `none`.

    `skip` and `footer` count physical lines before the header and after the last row that are not part of the
    table; `header_lines` lines make up the names. `sheet` names a sheet of a workbook, or a file in a ZIP.
    """

    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    header: bool | None = None
    header_lines: Annotated[int, Field(ge=1, le=10)] = 1
    skip: Lines | None = None
    footer: Lines = 0
    sheet: str = ""

    @property
    def said(self) -> dict[str, object]:
        """Only what was said, for the ledger: the same choice is the same dictionary."""
        return self.model_dump(exclude_defaults=True)

    @property
    def words(self) -> str:
        """The choice in a few words, for people: `encoding cp1252, skip 2`."""
        names = {one: sign for sign, one in DELIMITER_WORDS.items() if sign != "\\t"}
        told = {name: names.get(str(value), value) for name, value in self.said.items()}
        return ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in told.items())

    @property
    def quote_sign(self) -> str:
        return NO_QUOTE if self.quote == NO else self.quote


NOTHING = ReadingChoice()
"""Nothing was said: all is found out."""


def reading_choice(
    *,
    encoding: str = "",
    delimiter: str = "",
    quote: str = "",
    header: bool | None = None,
    header_lines: int = 1,
    skip: int | None = None,
    footer: int = 0,
    sheet: str = "",
) -> ReadingChoice:
    """A choice from what a person typed. Raises InputError for what no file can be read with."""
    delimiter = DELIMITER_WORDS.get(delimiter.lower(), delimiter)
    quote = NO if quote.lower() in (NO, "no", "off") else quote
    _one_sign("delimiter", delimiter)
    _one_sign("quote", "" if quote == NO else quote)
    if delimiter and delimiter == quote:
        raise InputError("Delimiter and quote are the same sign.", "Choose two different ones.")
    for what, lines in (("skip", skip or 0), ("footer", footer)):
        if not 0 <= lines <= MOST_LINES:
            raise InputError(
                f"{lines:,} lines to {what} is not possible.", f"Say a number up to {MOST_LINES:,}."
            )
    if not 1 <= header_lines <= 10:
        raise InputError(f"A header of {header_lines:,} lines is not possible.", "Say a number from 1 to 10.")
    if header_lines > 1 and header is False:
        raise InputError("No header, and one of several lines, cannot both be.", "Say one of the two.")
    return ReadingChoice(
        encoding=codec(encoding) if encoding else "", delimiter=delimiter, quote=quote,
        header=True if header_lines > 1 else header, header_lines=header_lines, skip=skip, footer=footer,
        sheet=sheet,
    )  # fmt: skip


def codec(name: str) -> str:
    """Python's name of an encoding of text. Raises InputError for one it does not have."""
    try:
        found = codecs.lookup(name.strip()).name
        if found in NO_TEXT:
            raise LookupError
        "a,\n".encode(found)
    except (LookupError, UnicodeError, ValueError, TypeError) as error:
        raise InputError(
            f"There is no encoding {name!r}.",
            "Say for example utf-8, windows-1252, latin-1, utf-16, shift-jis, euc-jp, gb18030 or big5.",
        ) from error
    if found in ("iso8859-1", "ascii"):
        return "cp1252" if found == "iso8859-1" else "utf-8"
    return {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(found, found)


def _one_sign(what: str, sign: str) -> None:
    if sign and (len(sign) != 1 or not sign.isascii() or sign in "\r\n\0"):
        raise InputError(
            f"The {what} {sign!r} cannot be used.", f"A {what} is one plain sign, such as , or ;."
        )


def _plain(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
