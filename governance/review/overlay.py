"""Fixes laid over the read rows: the rows they touch are written out once, changed, and stand in for them."""

from __future__ import annotations

from collections.abc import Sequence

from governance.bench import Bench, name_of
from governance.contract.model import Cleaning, Contract
from governance.engines.duckdb import Engine, quote
from governance.errors import InputError, TerminalFault
from governance.review.choices import Action, Choice, name_of_choices
from governance.review.repairs import expression
from governance.rules import sql
from governance.source import PatchedTable, Source
from governance.tables import ROW


def lay(bench: Bench, source: Source, choices: Sequence[Choice], *, contract: Contract) -> Source:
    """The source with every fix applied, in the order decided. Without fixes: the source itself.

    Raises InputError when a fix is not a repair of this table.
    """
    fixes = [choice for choice in choices if choice.action is Action.FIX and choice.fix]
    if not fixes:
        return source
    changes = [
        (choice, sql.render(expression(choice.fix, source.columns, contract)))
        for choice in fixes
        if choice.fix
    ]
    name = name_of("patched", source.bronze.name, source.names, contract.digest, name_of_choices(fixes))
    touched = " UNION ".join(choice.rows_sql() for choice in fixes)
    with bench.engine() as engine, bench.vault.writing(name) as path:
        engine.run(f"CREATE TEMP TABLE patched AS SELECT * FROM {source.read()} WHERE {ROW} IN ({touched})")
        for choice, changed in changes:
            assert choice.fix
            _apply(engine, choice, choice.fix.column, _written(contract, choice.fix.column, changed))
        rows = engine.write(f"SELECT * FROM patched ORDER BY {ROW}", path)
    patched = PatchedTable(name=name, path=bench.vault.table(name), rows=rows, columns=(ROW, *source.columns))
    return source.model_copy(update={"patched": patched})


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


def _apply(engine: Engine, choice: Choice, column: str, changed: str) -> None:
    try:
        engine.run(f"UPDATE patched SET {quote(column)} = {changed} WHERE {ROW} IN ({choice.rows_sql()})")
    except TerminalFault as error:
        raise InputError(
            f"The fix of {column} cannot be computed on its rows. {error.message}",
            "Use try_cast for values that may not convert, or decide on these rows otherwise.",
        ) from error
