"""The rows a revision starts from: what was read, with the cells that people's fixes changed, under the
contract's column names, and the same rows cleaned. SQL only; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from governance.contract.model import Column, Contract
from governance.engines.duckdb import quote, scan, scan_rows
from governance.rules import cleaning, sql
from governance.tables import ROW, BronzeTable, Frozen, Table


class PatchedTable(Table):
    """`_row` and every column as text, for the rows that fixes touched: they stand in for the read ones."""


class Source(Frozen):
    """`names` maps each column of the revision to the file's column, or to none where it is missing."""

    bronze: BronzeTable
    names: dict[str, str | None]
    patched: PatchedTable | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.names)

    @property
    def identity(self) -> list[object]:
        """What the rows depend on, without where this installation keeps its files."""
        return [self.bronze.name, self.names, self.patched.name if self.patched else ""]

    def raw(self) -> str:
        """A FROM item: `_row` and each column as text, as read and fixed, under the contract's names."""
        if self.patched is None:
            return self.read()
        touched = scan(self.patched.path)
        return (
            f"(SELECT * FROM {self.read()} WHERE {ROW} NOT IN (SELECT {ROW} FROM {touched}) "
            f"UNION ALL BY NAME SELECT * FROM {touched} ORDER BY {ROW})"
        )

    def read(self) -> str:
        """A FROM item: the same, as read, without any fix."""
        listed = ", ".join(
            f"{quote(theirs) if theirs is not None else 'CAST(NULL AS VARCHAR)'} AS {quote(ours)}"
            for ours, theirs in self.names.items()
        )
        return f"(SELECT {ROW}, {listed} FROM {scan_rows(self.bronze.path)})"


def cleaned(source: str, columns: tuple[str, ...], contract: Contract) -> str:
    """A FROM item: `_row` and each column as cleaning leaves it, from a FROM item of raw rows.

    A value that one look shows to be clean is taken as it is, which spares it all other looks.
    """
    promised = [contract.column(name) or Column(name=name) for name in columns]
    prefix = "_clean"
    while any(name.casefold().startswith(prefix) for name in columns):
        prefix += "_"
    looks = {n: look for n, one in enumerate(promised) if (look := cleaning.already(one)) is not None}
    flags = {n: f"{prefix}{n}" for n in looks}
    trimmed = _select(promised, cleaning.trimmed, flags)
    normal = _select(promised, cleaning.normalised, flags)
    seen = "".join(f", {flag}" for flag in flags.values())
    asked = "".join(f", {sql.render(look)} AS {flags[n]}" for n, look in looks.items())
    looked = f"(SELECT *{asked} FROM {source})" if asked else source
    return f"(SELECT {ROW}, {normal} FROM (SELECT {ROW}, {trimmed}{seen} FROM {looked}))"


def _select(columns: list[Column], clean: Callable[[Column], exp.Expression], flags: dict[int, str]) -> str:
    listed = []
    for place, column in enumerate(columns):
        name, text = quote(column.name), sql.render(clean(column))
        flag = flags.get(place)
        listed.append(
            f"CASE WHEN {flag} THEN {name} ELSE {text} END AS {name}" if flag else f"{text} AS {name}"
        )
    return ", ".join(listed)
