"""The cleaned rows of a revision, computed once, by whichever stage asks first.

Most rows are clean as they were read, so only the others are written; whoever reads all of them lays these over
what was read.
"""

from __future__ import annotations

from pathlib import Path

from governance.bench import Bench, name_of
from governance.contract.model import Contract
from governance.engines.duckdb import Engine, quote, scan
from governance.rules import cleaning, sql
from governance.source import Source, cleaned, raw_names, replaced
from governance.tables import CHANGED, ROW, Table

MANY = 2_000_000
"""Rows from which on it costs less to clean some of them again than to sort all."""


class CleanTable(Table):
    """`_row` and every column, normalised, still text, of the rows that cleaning changed or fixes touched, in row
    order, and their cells as they were read (`raw_names`). `rows` are all rows of the revision; the others are clean
    as they were read."""

    source: Source | None = None
    """Where the others are; none in a table that an earlier build wrote, which holds them all."""
    changed: int = 0
    """How many rows are written here."""

    def files(self) -> tuple[Path, ...]:
        """What `scan` reads."""
        source = self.source
        read = [source.bronze, *([source.mended] if source.mended else [])] if source else []
        return (self.path, *(table.path for table in read))

    def scan(self) -> str:
        """A FROM item: `_row` and every column of every row."""
        if self.source is None:
            return scan(self.path)
        if not self.changed:
            return self.source.read()
        return replaced(self.source.read(), scan(self.path), self.source.columns)

    def in_order(self, engine: Engine, contract: Contract, *, without: str) -> str:
        """A query `_row` and every column of every row, in row order, but for the rows of `without`, a table of the
        engine.

        What stands in place of others is out of order, and sorting many rows takes disk. So where the rows are many
        and as the file has them, they are read in its order, and those that cleaning changed are cleaned once more:
        which these are, and which are left out, is looked up in a bit a row.
        """
        out, source = f"SELECT {ROW} FROM {without}", self.source
        if source is None or source.patched or source.mended or self.rows < MANY:
            return f"SELECT * FROM {self.scan()} WHERE {ROW} NOT IN ({out}) ORDER BY {ROW}"
        clean = f"NOT {self._bits(engine, 'changed', f'SELECT {ROW} FROM {scan(self.path)}')}"
        rows = f"(SELECT * FROM {source.read()} WHERE NOT {self._bits(engine, 'left_out', out)})"
        return f"SELECT * FROM {cleaned(rows, source.columns, contract, clean=clean)}"

    def _bits(self, engine: Engine, name: str, rows: str) -> str:
        """A condition that tells by its number alone whether a row is one of these."""
        engine.run(f"SET VARIABLE {name} = (SELECT bitstring_agg({ROW}, 1, {self.rows}) FROM ({rows}))")
        return f"coalesce(get_bit(getvariable('{name}'), CAST({ROW} - 1 AS INT)) = 1, false)"


def clean_table(bench: Bench, engine: Engine, source: Source, contract: Contract) -> CleanTable:
    """Every row of the revision, cleaned.

    After fixes only the touched rows are cleaned anew: cleaning looks at one row at a time.
    """
    name = name_of("cleaner", source.identity, contract.digest)
    path = bench.vault.table(name)
    if path.exists():
        changed = int(engine.value(f"SELECT count(*) FROM {scan(path)}"))
    else:
        query = _query(bench, engine, source, contract)
        with (
            bench.vault.writing(name) as partial,
            bench.engine(alone=True) as own,
            own.filters_where_written(),
        ):
            changed = own.write(query, partial, width=2 * len(source.columns) + 1)
    columns = (ROW, *source.columns)
    return CleanTable(name=name, path=path, rows=source.rows, columns=columns, source=source, changed=changed)


def _query(bench: Bench, engine: Engine, source: Source, contract: Contract) -> str:
    if source.patched is None and source.mended is None:
        return _changed(source.read(), source, contract)
    if source.patched is None:
        return _with_mended(bench, engine, source, contract)
    before = clean_table(bench, engine, source.model_copy(update={"patched": None}), contract)
    rows = f"SELECT {ROW} FROM {scan(source.patched.path)}"
    return (
        f"SELECT * FROM {scan(before.path)} WHERE {ROW} NOT IN ({rows}) "
        f"UNION ALL BY NAME SELECT * FROM {_fixed(source, before, contract)} ORDER BY {ROW}"
    )


def _fixed(source: Source, before: CleanTable, contract: Contract) -> str:
    """A FROM item: the rows that fixes touched, and their cells as they were read.

    Cleaning looks at one cell at a time, so only columns that a fix is about are cleaned anew; the others stay what they
    were `before`.
    """
    assert source.patched
    fixed = source.patched.fixed
    others = [name for name in source.columns if name not in fixed]
    raws = dict(zip(source.columns, raw_names(source.columns), strict=True))
    listed = [f"touched.{name}" for name in (ROW, *map(quote, fixed), *(raws[name] for name in fixed))]
    for name in others:
        cell, raw = quote(name), raws[name]
        was = f"CASE WHEN before.{ROW} IS NULL THEN touched.{cell} ELSE before"
        listed += [f"{was}.{cell} END AS {cell}", f"{was}.{raw} END AS {raw}"]
    rows = (
        f"(SELECT {', '.join(listed)} FROM {scan(source.patched.path)} AS touched "
        f"LEFT JOIN {scan(before.path)} AS before ON touched.{ROW} = before.{ROW})"
    )
    return cleaned(rows, fixed, contract, carried=[*others, *raws.values()])


def _with_mended(bench: Bench, engine: Engine, source: Source, contract: Contract) -> str:
    """Mended lines come after the file's rows, and only they are cleaned anew."""
    before = clean_table(bench, engine, source.model_copy(update={"mended": None}), contract)
    late = f"(SELECT * FROM {source.read()} WHERE {ROW} > {source.bronze.rows})"
    after = _changed(late, source, contract)
    return f"SELECT * FROM {scan(before.path)} UNION ALL BY NAME SELECT * FROM ({after}) ORDER BY {ROW}"


def _changed(rows: str, source: Source, contract: Contract) -> str:
    """A query of those of the raw rows that cleaning changes, as it leaves them.

    Most rows are clean; where one look at each cell can tell, cleaning is spelled out for the others only.
    """
    promised = [contract.column(name) for name in source.columns]
    touching = [column for column in promised if column and column.is_cleaned]
    looks = [cleaning.untouched(column) for column in touching]
    if not touching:
        rows = f"(SELECT * FROM {rows} LIMIT 0)"
    elif all(looks):
        told = " AND ".join(sql.render(look) for look in looks if look)
        rows = f"(SELECT * FROM {rows} WHERE NOT ({told}))"
    after = cleaned(rows, source.columns, contract, changed=True)
    return f"SELECT * EXCLUDE ({CHANGED}) FROM {after} WHERE {CHANGED}"
