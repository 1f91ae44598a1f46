"""How a file is read, as the steward may change it before the run: each field says what was found out."""

from __future__ import annotations

import streamlit as st

from governance.plural import many
from governance.reading.choice import NO, ReadingChoice, reading_choice
from governance.reading.preview import Preview
from pages.parts.words import bytes_, escape

FOUND = "Found out"
ENCODINGS = {
    "UTF-8": "utf-8",
    "UTF-16": "utf-16",
    "Windows-1252, Latin-1": "cp1252",
    "Windows-1250 (Central European)": "cp1250",
    "Windows-1251 (Cyrillic)": "cp1251",
    "Windows-1253 (Greek)": "cp1253",
    "Windows-1254 (Turkish)": "cp1254",
    "Shift-JIS": "cp932",
    "EUC-JP": "euc_jp",
    "GB18030 (Chinese)": "gb18030",
    "Big5": "big5",
    "EUC-KR": "cp949",
}
DELIMITERS = ("comma", "semicolon", "tab", "pipe")
QUOTES = {'"': '"', "'": "'", "No quotes": NO}
HEADERS = {"The first line": True, "No header": False}


def choice_form(digest: str) -> ReadingChoice:
    """The fields, and what they say. Raises InputError for what cannot be meant."""
    key = f"submit-read-{digest[:8]}-"
    first, second, third, fourth = st.columns(4)
    encoding = first.selectbox("Encoding", [FOUND, *ENCODINGS], key=f"{key}encoding")
    delimiter = second.selectbox(
        "Delimiter",
        [FOUND, *DELIMITERS],
        key=f"{key}delimiter",
        accept_new_options=True,
        help="Another sign can be typed",
    )
    quote = third.selectbox("Quote", [FOUND, *QUOTES], key=f"{key}quote")
    header = fourth.selectbox("Header", [FOUND, *HEADERS], key=f"{key}header")
    skip = first.number_input("Lines above", 0, 1_000, None, key=f"{key}skip", placeholder=FOUND)
    lines = second.number_input("Header lines", 1, 10, 1, key=f"{key}lines")
    footer = third.number_input("Lines below", 0, 1_000, 0, key=f"{key}footer")
    sheet = fourth.text_input("Sheet, or file in a ZIP", key=f"{key}sheet", placeholder="The first one")
    return reading_choice(
        encoding=ENCODINGS.get(encoding, ""),
        delimiter="" if delimiter in (None, FOUND) else delimiter,
        quote=QUOTES.get(quote, ""),
        header=HEADERS.get(header),
        header_lines=int(lines),
        skip=None if skip is None else int(skip),
        footer=int(footer),
        sheet=sheet.strip(),
    )


def how_read(seen: Preview) -> str:
    """The reading in badges."""
    reading = seen.reading
    about = "" if seen.size <= 1 << 20 else "about "
    facts = [
        reading.words,
        ("header" if reading.header_lines == 1 else f"header of {reading.header_lines} lines")
        if reading.header
        else "no header",
        *([f"{many(reading.footer, 'line')} at the end left out"] if reading.footer else []),
        f"{about}{many(seen.estimated_rows, 'row')}",
        many(len(reading.columns), "column"),
        bytes_(seen.size),
    ]
    return " ".join(f":gray-badge[{escape(fact)}]" for fact in facts)
