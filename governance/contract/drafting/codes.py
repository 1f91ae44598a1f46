"""Codes: columns whose values are all written alike, `TXN_1234567` or `005-03-01`."""

from __future__ import annotations

import re

from governance.profiling.model import Counted

CODE = re.compile(r"(?=.*9)[9A_./:-]+")
PARTS = re.compile(r"9+|A|[_./:-]+")
LONGEST = 39
"""A longer shape was cut by the profile."""


def code_shape(shapes: tuple[Counted, ...]) -> str:
    """The most frequent shape if it is one of a code, with a digit in it; empty otherwise."""
    found = [shape for shape, _ in shapes[:2] if CODE.fullmatch(shape) and len(shape) <= LONGEST]
    return found[0] if found else ""


def pattern(shape: str) -> str:
    """An RE2 pattern for a code's shape: so many digits, capitals, and the signs between them."""
    return "".join(_pattern(part) for part in PARTS.findall(shape))


def label(shape: str) -> str:
    """The shape in words: `written like A_9999999 (9: a digit, A: capitals)`."""
    signs = "9: a digit, A: capitals" if "A" in shape else "9: a digit"
    return f"written like {shape} ({signs})"


def _pattern(part: str) -> str:
    if part == "A":
        return "[A-Z]+"
    if part[0] == "9":
        return rf"\d{{{len(part)}}}"
    return re.escape(part).replace(r"\-", "-")
