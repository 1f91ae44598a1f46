"""All kinds of rules, and the type that tells them apart by `kind`. Each kind is a class in a file beside this."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from governance.rules.across import Across, Compare, IfThen, Sql
from governance.rules.among import Depends, Outlier, Reference, Superseded, Unique, UniqueTogether
from governance.rules.cell import (
    Email,
    HasType,
    Length,
    Multiple,
    NotBlank,
    NotNull,
    OneOf,
    Pattern,
    Range,
)
from governance.rules.codes import Card, Country, Currency, Iban, Phone
from governance.rules.days import DateFormat, DateRange, TimeRange, UnambiguousDate
from governance.rules.rule import Rule

AnyRule = Annotated[
    NotNull
    | NotBlank
    | HasType
    | UnambiguousDate
    | Range
    | Multiple
    | Length
    | Pattern
    | Email
    | Phone
    | Iban
    | Card
    | Country
    | Currency
    | OneOf
    | DateRange
    | TimeRange
    | DateFormat
    | Unique
    | UniqueTogether
    | Superseded
    | Depends
    | Outlier
    | Reference
    | Compare
    | IfThen
    | Sql,
    Field(discriminator="kind"),
]

__all__ = [
    "Across", "AnyRule", "Card", "Compare", "Country", "Currency", "DateFormat", "DateRange", "Depends", "Email",
    "HasType", "Iban", "IfThen", "Length", "Multiple", "NotBlank", "NotNull", "OneOf", "Outlier", "Pattern", "Phone",
    "Range", "Reference", "Rule", "Sql", "Superseded", "TimeRange", "UnambiguousDate", "Unique", "UniqueTogether",
]  # fmt: skip
