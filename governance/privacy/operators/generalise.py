"""Say less exactly: a date as its year, a number as its band."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from governance.privacy.operators.operator import UNREADABLE, Operator, as_text

EXACT = 9_000_000_000_000_000
"""Whole numbers up to here are exact in a DOUBLE; bands beyond would be made up."""


class Generalise(Operator):
    """`to` a year, month or decade of a date, or the `band` of a number: bands of one `width`, or between
    ascending `edges`. What is no date or number becomes "[unreadable]"."""

    kind: Literal["generalise"] = "generalise"
    to: Literal["year", "month", "decade", "band"]
    width: int = Field(0, ge=0, le=1_000_000_000)
    edges: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.to != "band" and (self.width or self.edges):
            raise ValueError("a width and edges are for bands of numbers only")
        if self.to == "band" and bool(self.width) == bool(self.edges):
            raise ValueError("a band has either a width or edges")
        if self.width == 1:
            raise ValueError("a band of width 1 hides nothing: take 2 or more")
        if any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError("the edges of bands ascend")
        if any(abs(edge) > EXACT for edge in self.edges):
            raise ValueError("an edge is too large to be exact")
        return self

    def sql(self, column: str, sql_type: str) -> str:
        known, label = self._band(column, sql_type) if self.to == "band" else self._date(column, sql_type)
        return self.labelled(column, known, label)

    def labelled(self, column: str, known: str, label: str) -> str:
        """The label where the value is known, as SQL."""
        return f"CASE WHEN {column} IS NULL THEN NULL WHEN {known} THEN {label} ELSE '{UNREADABLE}' END"

    def known(self, number: str) -> str:
        """Whether a DOUBLE has a band, as SQL."""
        return f"abs({number}) <= {EXACT}"

    def band(self, number: str) -> str:
        """The number of its band of one width, as SQL."""
        return f"CAST(floor({number} / {self.width}) AS BIGINT)"

    def _date(self, column: str, sql_type: str) -> tuple[str, str]:
        dated = sql_type == "DATE" or sql_type.startswith("TIMESTAMP")
        day = f"try_cast({column if dated else as_text(column, sql_type)} AS DATE)"
        label = {
            "year": f"strftime({day}, '%Y')",
            "month": f"strftime({day}, '%Y-%m')",
            "decade": f"left(strftime({day}, '%Y'), 3) || '0s'",
        }[self.to]
        return f"year({day}) BETWEEN 1000 AND 9999", label

    def _band(self, column: str, sql_type: str) -> tuple[str, str]:
        number = column if sql_type == "DOUBLE" else f"try_cast({as_text(column, sql_type)} AS DOUBLE)"
        if self.edges:
            return self.known(number), self._between(number)
        low = f"({self.band(number)} * {self.width})"
        return self.known(number), f"format('{{:,}}–{{:,}}', {low}, {low} + {self.width - 1})"

    def _between(self, number: str) -> str:
        below = f"WHEN {number} < {self.edges[0]} THEN 'under {self.edges[0]:,}'"
        middle = (f"WHEN {number} < {high} THEN '{low:,}–{high - 1:,}'" for low, high in pairwise(self.edges))
        return f"CASE {below} {' '.join(middle)} ELSE '{self.edges[-1]:,} or more' END"

    def describe(self) -> str:
        if self.edges:
            return f"shown as a band between {', '.join(f'{edge:,}' for edge in self.edges)}"
        if self.to == "band":
            return f"shown as a band of {self.width:,}"
        return f"shown as its {self.to} only"
