"""The rows a revision starts from: what was read, with the cells that people's fixes changed, under the
contract's column names, and the same rows cleaned. SQL only; nothing is computed here."""

from __future__ import annotations

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
    """A FROM item: `_row` and each column as cleaning leaves it, from a FROM item of raw rows."""
    promised = {name: contract.column(name) or Column(name=name) for name in columns}
    trimmed = _select({name: sql.render(cleaning.trimmed(column)) for name, column in promised.items()})
    normal = _select({name: sql.render(cleaning.normalised(column)) for name, column in promised.items()})
    return f"(SELECT {ROW}, {normal} FROM (SELECT {ROW}, {trimmed} FROM {source}))"


def _select(expressions: dict[str, str]) -> str:
    return ", ".join(f"{expression} AS {quote(name)}" for name, expression in expressions.items())
