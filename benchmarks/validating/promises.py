"""What the rules of `contract.yaml` say, for the tools that cannot read it."""

from __future__ import annotations

INTEGER = r"[+-]?[0-9]{1,18}"
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
EMAIL = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
PHONE = r"[0-9]{3}-[0-9]{3}-[0-9]{4}"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
LENGTHS = {"first_name": (2, 50), "last_name": (2, 50), "address": (10, 200)}
MOST_INCOME = 10_000_000
STATUSES = ("active", "inactive", "suspended")
OLDEST = {"date_of_birth": "1900-01-01", "created_date": "1990-01-01"}
COLUMNS = (
    *("customer_id", "first_name", "last_name", "email", "phone"),
    *("date_of_birth", "address", "income", "account_status", "created_date"),
)
REQUIRED = ("customer_id", "phone", "date_of_birth")


def whole(pattern: str, *, end: str = "$") -> str:
    """The pattern for the whole value. `$` is the end of the text in RE2 and in Rust; Python's `re` needs `\\Z`."""
    return rf"^(?:{pattern}){end}"
