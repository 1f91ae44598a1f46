"""Made-up values to show a masking policy on: nobody's data, and nothing that a real file would hold."""

from __future__ import annotations

from governance.privacy.meaning import Semantic

STAND_INS: dict[Semantic, tuple[str, ...]] = {
    Semantic.EMAIL: ("ana.example@example.com", "Ben@Example.org", "c.sample@example.net"),
    Semantic.PHONE: ("202-555-0143", "202-555-0178", "202-555-0119"),
    Semantic.GIVEN_NAME: ("Ana", "Ben", "Cleo"),
    Semantic.FAMILY_NAME: ("Example", "Sample", "Stand-In"),
    Semantic.FULL_NAME: ("Ana Example", "Ben Sample", "Cleo Stand-In"),
    Semantic.DATE_OF_BIRTH: ("1987-03-14", "1990-11-02", "2001-06-30"),
    Semantic.ADDRESS: ("1 Example Street, Sampletown", "22 Placeholder Road, Mockford", "3 Test Lane, Dummy"),
    Semantic.SSN: ("000-12-3456", "000-98-7654", "000-55-0000"),
    Semantic.NATIONAL_ID: ("X0000001", "X0000002", "X0000003"),
    Semantic.CARD: ("4111 1111 1111 1111", "5555 5555 5555 4444", "3782 822463 10005"),
    Semantic.IBAN: ("GB82 WEST 1234 5698 7654 32", "DE89 3704 0044 0532 0130 00", "FR14 2004 1010 0505"),
    Semantic.IP: ("192.0.2.1", "198.51.100.7", "203.0.113.99"),
    Semantic.INCOME: ("52300", "87999.50", "140000"),
    Semantic.AGE: ("17", "34", "68"),
    Semantic.POSTCODE: ("12345", "90210", "10001"),
    Semantic.CITY: ("Sampletown", "Mockford", "Dummy Bay"),
    Semantic.FREE_TEXT: (
        "Call back on 202-555-0143",
        "Wrote from ana.example@example.com",
        "SSN 000-12-3456 on file",
    ),
}
DATES = ("2024-01-15", "2023-07-04", "2022-12-31")
NUMBERS = ("1250", "48000", "310")
TEXTS = ("first value", "second value", "third value")


def stand_ins(semantic: Semantic, sql_type: str) -> tuple[str, ...]:
    """Values as a column of that meaning could hold, else of that type."""
    if semantic in STAND_INS:
        return STAND_INS[semantic]
    if sql_type == "DATE" or sql_type.startswith("TIMESTAMP"):
        return DATES
    return TEXTS if sql_type in ("VARCHAR", "BOOLEAN") else NUMBERS
