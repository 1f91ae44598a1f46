"""The rows a revision starts from: what was read, with the cells that people's fixes changed, under the
contract's column names, and the same rows cleaned. SQL only; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from governance.contract.model import Column, Contract
from governance.engines.duckdb import quote, scan, scan_rows
from governance.rules import cleaning, sql
from governance.tables import CHANGED, ROW, BronzeTable, Frozen, MendedTable, Table


class PatchedTable(Table):
    """`_row` and every column as text, for the rows that fixes touched: they stand in for the read ones. Beside them
    the cells of the columns that fixes are about, `fixed`, as they were read (`raw_names`)."""

    fixed: tuple[str, ...] = ()


class Source(Frozen):
    """`names` maps each column of the revision to the file's column, or to none where it is missing."""

    bronze: BronzeTable
    names: dict[str, str | None]
    patched: PatchedTable | None = None
    mended: MendedTable | None = None

    @property
    def rows(self) -> int:
        """Rows of the revision: those that were read, and lines that people mended."""
        return self.bronze.rows + (self.mended.rows if self.mended else 0)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.names)

    @property
    def identity(self) -> list[object]:
        """What the rows depend on, without where this installation keeps its files."""
        mended = [self.mended.name] if self.mended else []
        return [self.bronze.name, self.names, self.patched.name if self.patched else "", *mended]

    def raw(self, only: Sequence[int] | None = None) -> str:
        """A FROM item: `_row` and each column as text, as read and fixed, under the contract's names; with `only`,
        these few rows."""
        if self.patched is None:
            return self.read(only)
        patched = scan(self.patched.path)
        if only is not None:
            patched = f"(SELECT * FROM {patched} WHERE {ROW} IN ({_numbers(only)}))"
        return f"(SELECT * FROM {replaced(self.read(only), patched, self.columns)} ORDER BY {ROW})"

    def read(self, only: Sequence[int] | None = None) -> str:
        """A FROM item: the same, as read, without any fix; with `only`, these few rows."""
        listed = ", ".join(
            f"{quote(theirs) if theirs is not None else 'CAST(NULL AS VARCHAR)'} AS {quote(ours)}"
            for ours, theirs in self.names.items()
        )
        return f"(SELECT {ROW}, {listed} FROM {self.file(only)})"

    def file(self, only: Sequence[int] | None = None) -> str:
        """A FROM item: `_row` and the file's own columns, as read."""
        if self.mended is None:
            return scan_rows(self.bronze.path, only)
        mended = scan(self.mended.path) + ("" if only is None else f" WHERE {ROW} IN ({_numbers(only)})")
        return f"(SELECT * FROM {scan_rows(self.bronze.path, only)} UNION ALL BY NAME SELECT * FROM {mended})"


def _numbers(rows: Sequence[int]) -> str:
    return ", ".join(str(int(row)) for row in rows) or "NULL"


def replaced(rows: str, others: str, columns: Sequence[str]) -> str:
    """A FROM item: `_row` and these columns of all rows, those of `others` in place of the ones with their numbers, in
    no order."""
    listed = ", ".join((ROW, *map(quote, columns)))
    return (
        f"(SELECT {listed} FROM {rows} WHERE {ROW} NOT IN (SELECT {ROW} FROM {others}) "
        f"UNION ALL SELECT {listed} FROM {others})"
    )


def cleaned(
    source: str,
    columns: tuple[str, ...],
    contract: Contract,
    *,
    changed: bool = False,
    clean: str = "",
    carried: Sequence[str] = (),
) -> str:
    """A FROM item: `_row` and each column as cleaning leaves it, from a FROM item of raw rows.

    A value that one look shows to be clean is taken as it is, which spares it all other looks. With `changed` there is
    a column of that name too, whether cleaning changed any cell of the row, and the cells as they were, under the names
    of `raw_names`. `clean`: a condition that is true on rows of which it is known that cleaning leaves them as they are.
    `carried`: other columns of the source, taken along as they are.
    """
    promised = [contract.column(name) or Column(name=name) for name in columns]
    asked, flags = _flags(promised, clean, taken=(*columns, *carried))
    raws = raw_names(columns) if changed else []
    asked += [f"{quote(name)} AS {raw}" for raw, name in zip(raws, columns, strict=False)]
    beside = [*raws, *map(quote, carried)]
    along = "".join(f", {name}" for name in (*flags.values(), *beside))
    read = (ROW, *map(quote, columns), *map(quote, carried), *asked)
    looked = f"(SELECT {', '.join(read)} FROM {source})" if asked else source
    trimmed = f"(SELECT {ROW}, {_select(promised, cleaning.trimmed, flags)}{along} FROM {looked})"
    normal = f"(SELECT {ROW}, {_select(promised, cleaning.normalised, flags)}{along} FROM {trimmed})"
    listed = ", ".join((ROW, *map(quote, columns), *beside))
    if not changed:
        return f"(SELECT {listed} FROM {normal})" if flags else normal
    differs = " OR ".join(
        f"{raw} IS DISTINCT FROM {quote(one.name)}"
        for raw, one in zip(raws, promised, strict=True)
        if one.is_cleaned
    )
    return f"(SELECT {listed}, {differs or 'false'} AS {CHANGED} FROM {normal})"


def _flags(columns: list[Column], clean: str, *, taken: Sequence[str]) -> tuple[list[str], dict[int, str]]:
    """What is asked of the raw cells, as SQL, and which answer says of which column that its cell is clean. No answer is
    called as a column that is there, one of `taken`."""
    flag = unused("_clean", taken)
    looks = {n: sql.render(look) for n, one in enumerate(columns) if (look := cleaning.already(one))}
    if clean:
        every = {n: looks.get(n, "false") for n, one in enumerate(columns) if one.is_cleaned}
        looks = {n: f"CASE WHEN {clean} THEN true ELSE {look} END" for n, look in every.items()}
    return [f"{look} AS {flag}{n}" for n, look in looks.items()], {n: f"{flag}{n}" for n in looks}


def raw_names(columns: tuple[str, ...]) -> list[str]:
    """What the columns are called as they were before cleaning, beside the cleaned ones."""
    return [f"{unused('_raw', columns)}{n}" for n, _ in enumerate(columns)]


def unused(prefix: str, columns: Sequence[str]) -> str:
    """A prefix that no column's name starts with: the file may call a column `_mask0`."""
    while any(name.casefold().startswith(prefix) for name in columns):
        prefix += "_"
    return prefix


def _select(columns: list[Column], clean: Callable[[Column], exp.Expression], flags: dict[int, str]) -> str:
    listed = []
    for place, column in enumerate(columns):
        name, text = quote(column.name), sql.render(clean(column))
        flag = flags.get(place)
        listed.append(
            f"CASE WHEN {flag} THEN {name} ELSE {text} END AS {name}" if flag else f"{text} AS {name}"
        )
    return ", ".join(listed)
