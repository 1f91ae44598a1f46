"""What a column can be about, and how personal that is."""

from __future__ import annotations

from enum import StrEnum


class Semantic(StrEnum):
    """What the values of a column are."""

    EMAIL = "email"
    PHONE = "phone"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    FULL_NAME = "full_name"
    DATE_OF_BIRTH = "date_of_birth"
    ADDRESS = "address"
    SSN = "ssn"
    NATIONAL_ID = "national_id"
    CARD = "card"
    IBAN = "iban"
    IP = "ip"
    INCOME = "income"
    SPECIAL = "special_category"
    GENDER = "gender"
    AGE = "age"
    CITY = "city"
    POSTCODE = "postcode"
    FREE_TEXT = "free_text_pii"
    IDENTIFIER = "identifier"
    NONE = "none"

    @property
    def words(self) -> str:
        """As people say it: "an e-mail address"."""
        return WORDS[self]

    @property
    def category(self) -> Category:
        return next((category for category, members in MEMBERS.items() if self in members), Category.NONE)


class Category(StrEnum):
    """How a value can point at a person (ISO/IEC 20889's terms)."""

    DIRECT = "direct identifier"
    QUASI = "quasi-identifier"
    SENSITIVE = "sensitive"
    NONE = "none"


MEMBERS = {
    Category.QUASI: {
        Semantic.DATE_OF_BIRTH,
        Semantic.GENDER,
        Semantic.AGE,
        Semantic.CITY,
        Semantic.POSTCODE,
    },
    Category.SENSITIVE: {Semantic.INCOME, Semantic.SPECIAL},
    Category.DIRECT: {
        Semantic.EMAIL,
        Semantic.PHONE,
        Semantic.GIVEN_NAME,
        Semantic.FAMILY_NAME,
        Semantic.FULL_NAME,
        Semantic.ADDRESS,
        Semantic.SSN,
        Semantic.NATIONAL_ID,
        Semantic.CARD,
        Semantic.IBAN,
        Semantic.IP,
        Semantic.FREE_TEXT,
    },
}

PERSON_NAMES = frozenset({Semantic.GIVEN_NAME, Semantic.FAMILY_NAME, Semantic.FULL_NAME})

WORDS = {
    Semantic.EMAIL: "an e-mail address",
    Semantic.PHONE: "a phone number",
    Semantic.GIVEN_NAME: "a given name",
    Semantic.FAMILY_NAME: "a family name",
    Semantic.FULL_NAME: "a person's name",
    Semantic.DATE_OF_BIRTH: "a date of birth",
    Semantic.ADDRESS: "a postal address",
    Semantic.SSN: "a social security number",
    Semantic.NATIONAL_ID: "an official personal number",
    Semantic.CARD: "a payment card number",
    Semantic.IBAN: "a bank account number",
    Semantic.IP: "an IP address",
    Semantic.INCOME: "an income",
    Semantic.SPECIAL: "a specially protected fact",
    Semantic.GENDER: "a gender",
    Semantic.AGE: "an age",
    Semantic.CITY: "a place",
    Semantic.POSTCODE: "a postal code",
    Semantic.FREE_TEXT: "text with personal data in it",
    Semantic.IDENTIFIER: "an identifier",
    Semantic.NONE: "nothing personal",
}
