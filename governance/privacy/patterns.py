"""RE2 patterns of personal data, said once for SQL: whole values, finds inside text, and what to scrub.

`FINDS` is strict about what stands beside a match, so that order numbers are not phone numbers. `SCRUBS` is
generous: everything that `FINDS` finds goes, and any other run of six digits with it.
"""

from __future__ import annotations

from governance.privacy.meaning import Semantic

EMAIL = r"[^\s@<>(),;:\"']+@[^\s@<>(),;:\"']+\.[^\s@<>(),;:\"'.0-9]{2,}"
PHONE = (
    r"(?:\+?1[ .\-]?)?\([0-9]{3}\) ?[0-9]{3}[ .\-][0-9]{4}"
    r"|(?:\+?1[ .\-])?[0-9]{3}[ .\-][0-9]{3}[ .\-][0-9]{4}"
    r"|\+[0-9]{1,3}(?:[ .\-]?\(?[0-9]{1,4}\)?){2,5}"
)
SSN = r"[0-9]{3}-[0-9]{2}-[0-9]{4}"
SPACED_SSN = r"[0-9]{3} [0-9]{2} [0-9]{4}"
CARD = r"[3-6][0-9]{3}(?:[0-9]{9,15}|[ \-][0-9]{4}[ \-][0-9]{4}[ \-][0-9]{1,7}|[ \-][0-9]{6}[ \-][0-9]{5})"
IBAN = r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"
OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
IP = rf"(?:{OCTET}\.){{3}}{OCTET}|(?:[0-9A-Fa-f]{{1,4}}:){{3,7}}:?[0-9A-Fa-f]{{1,4}}"

WHOLE: dict[str, str] = {
    "email": EMAIL,
    "phone_written": PHONE,
    "phone_loose": r"\+?[0-9](?:[ .\-()/]{0,2}[0-9]){6,14}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?",
    "ssn_written": SSN,
    "ssn_loose": r"[0-9]{3}[ \-]?[0-9]{2}[ \-]?[0-9]{4}",
    "card": CARD,
    "iban": IBAN,
    "ip": IP,
    "date": r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}(?:[ T].*)?|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}",
    "number": r"[$€£]? ?[+\-]?[0-9][0-9,]*(?:\.[0-9]+)?",
    "name": r"[\p{L}\p{M}][\p{L}\p{M}' .’\-]*",
    "address": r"(?i:.*[0-9].*\b(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|"
    r"place|pl|square|terrace|highway|hwy|suite|apt|box)\b.*)",
}
"""Patterns that a whole value can match, by the name of the share they give."""

_BEFORE, _AFTER = r"(?:^|[^0-9A-Za-z.\-+])", r"(?:$|[^0-9A-Za-z\-])"


def _apart(pattern: str) -> str:
    return rf"{_BEFORE}(?:{pattern}){_AFTER}"


FINDS: dict[Semantic, str] = {
    Semantic.EMAIL: EMAIL,
    Semantic.SSN: rf"{_apart(f'{SSN}|{SPACED_SSN}')}"
    r"|(?i:ssn|social security|soc\.? sec)[^0-9]{0,25}[0-9]{3}[ .\-]?[0-9]{2}[ .\-]?[0-9]{4}",
    Semantic.PHONE: rf"{_apart(PHONE)}"
    r"|(?i:phone|tel|call|mobile|cell|fax|whatsapp|reach)[^0-9]{0,15}"
    r"\(?[0-9]{3}\)?[ .\-]?[0-9]{3}[ .\-]?[0-9]{4}",
    Semantic.CARD: _apart(CARD),
    Semantic.IBAN: _apart(IBAN),
}
"""What is looked for inside text, in every row. Cards and IBANs also have to pass their checksum."""

ANY_FIND = "|".join(f"(?:{pattern})" for pattern in FINDS.values())

SHIELD: tuple[tuple[str, str], ...] = (
    (r"[^\s@]+@[^\s@]+", "[email]"),
    (rf"\b{SSN}\b|\b{SPACED_SSN}\b", "[ssn]"),
    (
        r"(?:\+?1[ .\-]?)?(?:\([0-9]{3}\) ?|\b[0-9]{3}[ .\-])[0-9]{3}[ .\-][0-9]{4}\b"
        r"|\+[0-9](?:[ .\-()/]{0,3}[0-9]){7,}",
        "[phone]",
    ),
    (rf"\b(?:{IBAN})\b", "[iban]"),
    (rf"\b(?:{CARD})\b", "[card]"),
)
"""What is taken out even of a column that is kept, in rows that broke a rule: values slip between columns."""

SCRUBS: tuple[tuple[str, str], ...] = (
    (r"[^\s@]*@[^\s@]+", "[email]"),
    (r"(?i)\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", "[iban]"),
    (rf"\b(?:{IP})\b", "[ip]"),
    *SHIELD[1:3],
    (r"\b[0-9](?:[ \-]?[0-9]){12,}", "[card]"),
    (r"\+?[0-9](?:[ .,\-()/_]{0,3}[0-9]){5,}", "[number]"),
)
"""Replacements for free text, in this order: the longer and the better known first."""
