"""Fixes laid over the read rows: the rows they touch are written out once, changed, and stand in for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from governance.bench import Bench, name_of
from governance.cleanroom import CleanTable, clean_table
from governance.contract.model import Cleaning, Contract
from governance.engines.duckdb import Engine, quote, scan
from governance.errors import InputError, TerminalFault
from governance.review import by_hand, following
from governance.review.choices import Action, Choice, Fix, name_of_choices
from governance.review.ground import Ground
from governance.review.repairs import expression
from governance.rules import sql
from governance.source import PatchedTable, Source, raw_names
from governance.tables import ROW, MendedTable


def lay(bench: Bench, source: Source, choices: Sequence[Choice], *, contract: Contract) -> Source:
    """The source with every fix applied, in the order decided. Without fixes: the source itself.

    Raises InputError when a fix is not a repair of this table.
    """
    source = with_mended(bench, source, choices)
    fixes = [choice for choice in choices if choice.action is Action.FIX and (choice.fix or choice.corrected)]
    if not fixes:
        return source
    for choice in fixes:
        if choice.fix:
            check(choice.fix, source.columns, contract)
    mended = (source.mended.name,) if source.mended else ()
    name = name_of(
        "patched, and as read",
        source.bronze.name,
        *mended,
        source.names,
        contract.digest,
        name_of_choices(fixes),
    )
    path = bench.vault.table(name)
    fixed = _fixed(source, fixes)
    rows = (
        _known(bench, path)
        if path.exists()
        else _write(bench, source, fixes, name, contract=contract, fixed=fixed)
    )
    patched = PatchedTable(name=name, path=path, rows=rows, columns=(ROW, *source.columns), fixed=fixed)
    return source.model_copy(update={"patched": patched})


def with_mended(bench: Bench, source: Source, choices: Sequence[Choice]) -> Source:
    """The source with the lines that people mended as rows after the file's own."""
    lines = {choice.line.row: choice.line for choice in choices if choice.line}
    if not lines:
        return source
    ordered = [lines[row] for row in sorted(lines)]
    name = name_of("mended", source.bronze.name, [line.model_dump(mode="json") for line in ordered])
    path = bench.vault.table(name)
    if not path.exists():
        cells = zip(*(line.cells for line in ordered), strict=True)
        columns = {ROW: pa.array([line.row for line in ordered], pa.int64())}
        columns |= {
            column: pa.array(values, pa.string())
            for column, values in zip(source.bronze.columns, cells, strict=True)
        }
        with bench.engine() as engine, bench.vault.writing(name) as partial:
            engine.register("mended", pa.table(columns))
            engine.write(f"SELECT * FROM mended ORDER BY {ROW}", partial)
    columns_of = (ROW, *source.bronze.columns)
    table = MendedTable(name=name, path=path, rows=len(ordered), columns=columns_of)
    return source.model_copy(update={"mended": table})


def _fixed(source: Source, fixes: Sequence[Choice]) -> tuple[str, ...]:
    """The columns that fixes are about, in the order of the table: all of them where rows were sent anew."""
    if any(choice.corrected for choice in fixes):
        return source.columns
    about = {name for choice in fixes if choice.fix for name in choice.fix.columns}
    return tuple(name for name in source.columns if name in about)


def _known(bench: Bench, path: Path) -> int:
    """The same fixes were laid before: a preview, or another decision since."""
    with bench.engine() as engine:
        return int(engine.value(f"SELECT count(*) FROM {scan(path)}"))


def _write(
    bench: Bench,
    source: Source,
    fixes: Sequence[Choice],
    name: str,
    *,
    contract: Contract,
    fixed: tuple[str, ...],
) -> int:
    touched = " UNION ".join(choice.rows_sql() for choice in fixes)
    names = zip(source.columns, raw_names(source.columns), strict=True)
    raws = ", ".join(f"{quote(name)} AS {raw}" for name, raw in names if name in fixed)
    with bench.engine() as engine, bench.vault.writing(name) as path:
        engine.run(
            f"CREATE TEMP TABLE patched AS SELECT *, {raws} FROM {source.read()} WHERE {ROW} IN ({touched})"
        )
        for choice in fixes:
            _apply(bench, engine, source, choice, contract=contract)
        return engine.write(f"SELECT * FROM patched ORDER BY {ROW}", path, width=2 * len(source.columns) + 1)


def _written(contract: Contract, name: str, changed: str) -> str:
    """What a fix computes, as text in the notation of its column: cleaning reads it as it reads the file."""
    column = contract.column(name)
    if column is None or Cleaning.NUMBER_COMMA not in column.cleaning:
        return f"CAST({changed} AS VARCHAR)"
    computed = f"regexp_matches(typeof({changed}), '^(?:DOUBLE|FLOAT|DECIMAL)')"
    return (
        f"CASE WHEN {computed} THEN replace(CAST({changed} AS VARCHAR), '.', ',') "
        f"ELSE CAST({changed} AS VARCHAR) END"
    )


def check(fix: Fix, columns: tuple[str, ...], contract: Contract) -> None:
    """Refuse with InputError what is no repair of this table."""
    if fix.repair == by_hand.BY_HAND or fix.cells:
        by_hand.check(fix, columns)
    elif following.follows(fix):
        following.check(fix, columns, contract)
    else:
        expression(fix, columns, contract)


def good_rows(clean: CleanTable, *bad: Path) -> str:
    """A FROM item: the rows as cleaned before any fix, without those that tables of rows at fault or fixed name."""
    out = " UNION ALL ".join(f"SELECT {ROW} FROM {scan(path)}" for path in bad)
    return f"(SELECT * FROM {clean.scan()} WHERE {ROW} NOT IN ({out}))"


def _apply(bench: Bench, engine: Engine, source: Source, choice: Choice, *, contract: Contract) -> None:
    if choice.corrected:
        _replace(engine, source, choice)
        return
    assert choice.fix
    if choice.fix.cells:
        by_hand.put(engine, choice.fix, table="patched")
        return
    column = choice.fix.column
    try:
        if following.follows(choice.fix):
            _follow(bench, engine, source, choice, contract=contract)
            return
        changed = _written(contract, column, sql.render(expression(choice.fix, source.columns, contract)))
        engine.run(f"UPDATE patched SET {quote(column)} = {changed} WHERE {ROW} IN ({choice.rows_sql()})")
    except TerminalFault as error:
        raise InputError(
            f"The fix of {column} cannot be computed on its rows. {error.message}",
            "Use try_cast for values that may not convert, or decide on these rows otherwise.",
        ) from error


def _replace(engine: Engine, source: Source, choice: Choice) -> None:
    """Rows that the supplier sent anew, in place of those that were read."""
    assert choice.corrected
    cells = ", ".join(f"{quote(name)} = anew.{quote(name)}" for name in source.columns)
    engine.run(
        f"UPDATE patched SET {cells} FROM {scan(choice.corrected)} AS anew WHERE patched.{ROW} = anew.{ROW}"
    )


def _follow(bench: Bench, engine: Engine, source: Source, choice: Choice, *, contract: Contract) -> None:
    """One step after the other, each on what the ones before left. A row fixed before is no example of good."""
    assert choice.fix
    assert choice.failing
    clean = clean_table(bench, engine, source.model_copy(update={"patched": None}), contract)
    ground = Ground(
        table=f"(SELECT * FROM patched WHERE {ROW} IN ({choice.rows_sql()}))",
        good=f"(SELECT * FROM {good_rows(clean, choice.failing)} WHERE {ROW} NOT IN (SELECT {ROW} FROM patched))",
        columns=source.columns,
        contract=contract,
        broken=choice.rules,
    )
    for step in following.steps(choice.fix):
        following.take(engine, step, ground, table="patched")
