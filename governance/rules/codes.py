"""Kinds of rules about codes that a standard defines: phone, IBAN, card, country, currency, network names."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import ClassVar, Literal

from sqlglot import exp

from governance.rules import sql
from governance.rules.rule import Rule

IBAN_LENGTHS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 "
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
"""Country and length of its account numbers (SWIFT's IBAN registry, ISO 13616-2)."""


class Phone(Rule):
    """A telephone number: 7 to 15 digits, however punctuated, a plus only in front (ITU-T E.164)."""

    kind: Literal["phone"] = "phone"
    wrong: ClassVar[str] = "not a phone number"

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment("NOT :m", m=sql.matches(self.value, r"\+?\(?[0-9](?:[ ().\-/]*[0-9]){6,14}\)?"))

    @property
    def words(self) -> str:
        return "a phone number of 7 to 15 digits"


class Iban(Rule):
    """An international bank account number: its country's length, and check digits by ISO 7064 MOD 97-10."""

    kind: Literal["iban"] = "iban"
    wrong: ClassVar[str] = "not an IBAN"
    tells: ClassVar[bool] = True

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment("NOT (:form AND :sum = 1)", form=self._form, sum=self._remainder)

    @property
    def _bare(self) -> exp.Expression:
        return sql.fragment("replace(:v, ' ', '')", v=self.value)

    @property
    def _plain(self) -> exp.Expression:
        """In capitals, which a dotless ı would have too: the form looks at the letters as written."""
        return sql.fragment("upper(:b)", b=self._bare)

    @property
    def _form(self) -> exp.Expression:
        lengths = [sql.text(length) for length in IBAN_LENGTHS.split()]
        known = exp.In(
            this=sql.fragment("left(:p, 2) || CAST(length(:p) AS VARCHAR)", p=self._plain),
            expressions=lengths,
        )
        check = "0[2-9]|[1-8][0-9]|9[0-8]"  # 00, 01 and 99 are never computed
        form = sql.matches(self._bare, rf"[A-Za-z]{{2}}(?:{check})[A-Za-z0-9]+")
        return sql.fragment("(:form AND :known)", form=form, known=known)

    @property
    def _remainder(self) -> exp.Expression:
        """Digit after digit, a letter counting 10 to 35; the country and check digits come last."""
        turned = sql.fragment("substr(:p, 5) || left(:p, 4)", p=self._plain)
        return sql.fragment(
            "CASE WHEN :form THEN list_reduce(list_prepend(0, list_transform(string_split(:t, ''), lambda sign: "
            "CASE WHEN sign >= 'A' THEN ascii(sign) - 55 ELSE try_cast(sign AS INT) END)), "
            "lambda sum, one: (sum * (CASE WHEN one > 9 THEN 100 ELSE 10 END) + one) % 97) END",
            form=self._form,
            t=turned,
        )

    def shape(self) -> exp.Expression:
        return sql.fragment("CASE WHEN :form THEN 'bad check digits' ELSE 'wrong form' END", form=self._form)

    @property
    def words(self) -> str:
        return "an IBAN with right check digits"


class Card(Rule):
    """A payment card number: 12 to 19 digits, the last of them by Luhn (ISO/IEC 7812-1, annex B)."""

    kind: Literal["card"] = "card"
    wrong: ClassVar[str] = "not a card number"
    tells: ClassVar[bool] = True

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment("NOT (:form AND :sum % 10 = 0)", form=self._form, sum=self._sum)

    @property
    def _form(self) -> exp.Expression:
        digits = sql.matches(self.value, r"[0-9](?:[ -]?[0-9]){11,18}")
        return sql.fragment("(:m AND regexp_matches(:v, '[1-9]'))", m=digits, v=self.value)

    @property
    def _sum(self) -> exp.Expression:
        """Every second digit from the right is doubled, and 9 taken off what passes 9: its place in a word."""
        return sql.fragment(
            "list_sum(list_transform(string_split(reverse(regexp_replace(:v, '[ -]', '', 'g')), ''), "
            "lambda sign, place: CASE WHEN place % 2 = 0 THEN instr('0516273849', sign) - 1 "
            "ELSE try_cast(sign AS INT) END))",
            v=self.value,
        )

    def shape(self) -> exp.Expression:
        return sql.fragment("CASE WHEN :form THEN 'bad check digit' ELSE 'wrong form' END", form=self._form)

    @property
    def words(self) -> str:
        return "a card number with a right check digit"


@cache
def countries(letters: int) -> tuple[str, ...]:
    """The country codes of ISO 3166-1 with two or three letters, sorted."""
    import pycountry  # reads its files at first use

    return tuple(sorted(getattr(one, f"alpha_{letters}") for one in pycountry.countries))


@cache
def currencies() -> tuple[str, ...]:
    """The currency codes of ISO 4217, sorted."""
    import pycountry

    return tuple(sorted(one.alpha_3 for one in pycountry.currencies))


class Country(Rule):
    """A country code of ISO 3166-1: two capital letters, or three."""

    kind: Literal["country"] = "country"
    wrong: ClassVar[str] = "not a country code"
    letters: Literal[2, 3] = 2

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment("NOT :m", m=sql.among(self.value, countries(self.letters)))

    @property
    def words(self) -> str:
        return f"a country code of {self.letters} letters (ISO 3166-1)"


class Currency(Rule):
    """A currency code of ISO 4217: three capital letters."""

    kind: Literal["currency"] = "currency"
    wrong: ClassVar[str] = "not a currency code"

    def failing(self, today: date) -> exp.Expression:
        return sql.fragment("NOT :m", m=sql.among(self.value, currencies()))

    @property
    def words(self) -> str:
        return "a currency code (ISO 4217)"


_HEX = "[0-9a-fA-F]"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
_H16 = f"{_HEX}{{1,4}}"
_LAST = f"(?:{_H16}:{_H16}|{_IPV4})"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
FORMATS = {
    "uuid": (f"{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}", "a UUID"),
    "ipv4": (_IPV4, "an IPv4 address"),
    "ipv6": (
        "|".join(
            [f"(?:{_H16}:){{6}}{_LAST}", f"::(?:{_H16}:){{5}}{_LAST}"]
            + [f"(?:(?:{_H16}:){{0,{n}}}{_H16})?::(?:{_H16}:){{{4 - n}}}{_LAST}" for n in range(5)]
            + [f"(?:(?:{_H16}:){{0,5}}{_H16})?::{_H16}", f"(?:(?:{_H16}:){{0,6}}{_H16})?::"]
        ),
        "an IPv6 address",
    ),
    "hostname": (rf"{_LABEL}(?:\.{_LABEL})*", "a host name"),
    "uri": (rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%{_HEX}{{2}})+", "a URI"),
}
"""String formats of ODCS as RE2 patterns, with their words (RFC 9562, 791, 4291, 1123, 3986)."""
