"""Show a few signs at one end, and stars for the rest."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from governance.privacy.operators.operator import Operator, as_text

SEPARATORS = r"[ +().\-/]*"

LONGEST = 32
"""Stars for one value, at most: the length of an odd value is nobody's business."""


class Partial(Operator):
    """`signs` says what the value is made of. With "digits" (phones, cards) only digits are ever shown, and
    what is not digits and separators, ending (or starting) with that many digits, is hidden whole; with "any"
    the end of any text is shown. A value of which less than half would be hidden is hidden whole."""

    kind: Literal["partial"] = "partial"
    keep: int = Field(4, ge=1, le=10)
    side: Literal["first", "last"] = "last"
    signs: Literal["digits", "any"] = "digits"

    def sql(self, column: str, sql_type: str) -> str:
        text = as_text(column, sql_type)
        stars = f"repeat('*', least(length({text}), {LONGEST}))"
        rest = f"repeat('*', least(length({text}) - {self.keep}, {LONGEST}))"
        parts = (rest, f"right({text}, {self.keep})")
        if self.side == "first":
            parts = (f"left({text}, {self.keep})", rest)
        shown = f"WHEN {self._fits(text)} THEN {' || '.join(parts)}"
        return f"CASE WHEN {text} IS NULL THEN NULL {shown} ELSE {stars} END"

    def _fits(self, text: str) -> str:
        """Whether the end may be shown: at least as much as is shown stays hidden."""
        if self.signs == "any":
            return f"length({text}) >= {2 * self.keep}"
        hidden, shown = f"(?:[0-9]{SEPARATORS}){{{self.keep},}}", f"[0-9]{{{self.keep}}}"
        if self.side == "last":
            return rf"regexp_matches({text}, '\A{SEPARATORS}{hidden}{shown}\z')"
        return rf"regexp_matches({text}, '\A{shown}{SEPARATORS}{hidden}\z')"

    def describe(self) -> str:
        what = ("digit" if self.signs == "digits" else "sign") + ("s" if self.keep > 1 else "")
        count = f" {self.keep}" if self.keep > 1 else ""
        return f"hidden but for the {self.side}{count} {what}"
