"""Put an alias in place of a value: the same value has the same alias, and nobody without the key can tell
which value it was, not even by trying them all.

HMAC-SHA-256 (RFC 2104, FIPS 198-1) cut to 128 bits, computed by the engine; a plain or a salted hash of an
e-mail address would be found by hashing a list of addresses.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from governance.privacy.keys import variables
from governance.privacy.operators.operator import Operator, as_text

HEX_DIGITS = 32


class Pseudonym(Operator):
    """`key_id` names the key in the vault and starts each alias. `fold` takes spaces and upper case off
    first, so that one e-mail address written in two ways is one alias. The keys must be bound to the engine
    (`governance.privacy.keys.bind`)."""

    kind: Literal["pseudonym"] = "pseudonym"
    key_id: str = Field("p1", pattern=r"\A[a-z][a-z0-9]{0,7}\z")
    fold: bool = False

    def sql(self, column: str, sql_type: str) -> str:
        inner, outer = (f"getvariable('{name}')" for name in variables(self.key_id))
        text = as_text(column, sql_type)
        value = f"encode(lower({_trimmed(text)}))" if self.fold else f"encode({text})"
        mac = f"sha256({outer} || unhex(sha256({inner} || {value})))"
        return f"'{self.key_id}_' || left({mac}, {HEX_DIGITS})"

    def describe(self) -> str:
        return f"replaced by an alias made with key {self.key_id}"


def _trimmed(text: str) -> str:
    """The text without spaces around it, Unicode's too, as SQL. `trim` alone reads every sign, which most texts, plain
    and without a space at either end, are spared."""
    plain = f"strlen({text}) = length({text}) AND NOT starts_with({text}, ' ') AND NOT ends_with({text}, ' ')"
    return f"CASE WHEN {plain} THEN {text} ELSE trim({text}) END"
