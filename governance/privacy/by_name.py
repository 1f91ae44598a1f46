"""What a column's name says it is about: English words and their usual abbreviations.

A name is a hint, to be borne out by the values: a column called `phone` may hold "home" and "work".
"""

from __future__ import annotations

import re

from governance.privacy.meaning import Semantic

PHRASES: dict[Semantic, str] = {
    Semantic.GIVEN_NAME: "first name|firstname|fname|given name|givenname|forename|christian name|"
    "middle name|nickname|first nm",
    Semantic.FAMILY_NAME: "last name|lastname|lname|surname|family name|familyname|maiden name|second name|"
    "last nm",
    Semantic.FULL_NAME: "full name|fullname|person name|customer name|client name|contact name|patient name|"
    "employee name|diver name|member name|holder name|account holder|cardholder|cardholder name|"
    "emergency contact|next of kin|username|user name|contact person",
    Semantic.EMAIL: "email|e mail|mail address|email address|e mail address|email addr|mail",
    Semantic.PHONE: "phone|phone number|phone no|telephone|tel|mobile|mobile number|cell|cellphone|"
    "cell phone|fax|msisdn|landline|contact number|whatsapp",
    Semantic.DATE_OF_BIRTH: "dob|d o b|date of birth|birth date|birthdate|birthday|birth dt|date birth|born",
    Semantic.ADDRESS: "address|addr|street|street address|home address|postal address|mailing address|"
    "address line|residence|domicile",
    Semantic.SSN: "ssn|social security|social security number|social security no|soc sec|sin number",
    Semantic.NATIONAL_ID: "passport|passport number|driver license|drivers license|driving licence|"
    "driver licence|licence plate|license plate|national id|national insurance|nino|tax id|tin|itin|"
    "id card|personal number",
    Semantic.CARD: "card number|card no|card num|credit card|credit card number|debit card|cc number|cc num|"
    "ccn|cc no|pan",
    Semantic.IBAN: "iban|bank account|account iban|bank account number",
    Semantic.IP: "ip|ip address|ip addr|ipv4|ipv6|client ip|remote addr",
    Semantic.INCOME: "income|salary|salaries|wage|wages|earnings|annual income|compensation|net worth",
    Semantic.SPECIAL: "religion|ethnicity|race|ethnic group|diagnosis|disability|sexual orientation|"
    "political party|trade union|blood type|medical condition|medical conditions|medical notes|allergies",
    Semantic.GENDER: "gender|sex",
    Semantic.AGE: "age",
    Semantic.CITY: "city|town|place of birth|birth place|birthplace",
    Semantic.POSTCODE: "zip|zip code|zipcode|postcode|post code|postal code",
}

MEANINGS = {phrase: semantic for semantic, phrases in PHRASES.items() for phrase in phrases.split("|")}

OTHER_WORDS = """
type flag status verified opt optin is has count length format valid kind consent preference preferred
domain bounced sent source channel provider model brand plan id
"""
ABOUT_ANOTHER = frozenset(OTHER_WORDS.split())
"""Words that turn a name into something about the thing: `email_verified` holds no e-mail address."""

ENDINGS = "id ids identifier uuid guid key npi no number num ref reference"
IDENTIFIERS = frozenset(ENDINGS.split())
"""Last words of columns that name rows."""


def words_of(name: str) -> list[str]:
    """A column name as lower-case words: `EMailAddress`, `e-mail_address` → e, mail, address."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word for word in re.split(r"[\W_\d]+", spaced.lower()) if word]


def semantic_of(name: str) -> Semantic | None:
    """What the name says, by the longest phrase in it; None when it says nothing."""
    words = words_of(name)
    spans = ((i, j) for i in range(len(words)) for j in range(i + 1, min(i + 4, len(words)) + 1))
    found = [span for span in spans if " ".join(words[slice(*span)]) in MEANINGS]
    if not found:
        return Semantic.IDENTIFIER if words and words[-1] in IDENTIFIERS else None
    start, end = max(found, key=lambda span: (span[1] - span[0], span[1]))
    if ABOUT_ANOTHER & {*words[:start], *words[end:]}:
        return Semantic.IDENTIFIER if words[-1] in IDENTIFIERS else None
    return MEANINGS[" ".join(words[start:end])]


def may_be_person(name: str) -> bool:
    """Whether the name is just "name", which people and things have."""
    return words_of(name) in (["name"], ["names"])


def meaning(word: str) -> Semantic | None:
    """A contract's own word for what a column is about, in our words; None when it is none of ours."""
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in ("name", "person"):
        return Semantic.FULL_NAME
    return Semantic(plain) if plain in set(Semantic) else semantic_of(word)
