"""Stage 8: normalise, and record each changed cell with what it was, what it is and the rule of cleaning.

Nothing is filled in: a missing value stays missing. A fix that a person decided is recorded the same way.
"""

from __future__ import annotations

from governance.bench import Bench, name_of
from governance.cleanroom import CleanTable, clean_table
from governance.contract.model import Cleaning, Column, Contract
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.rules import cleaning
from governance.source import Source, raw_names
from governance.stages import Outcome
from governance.tables import CHANGES, ROW, ChangesTable, Frozen


class ColumnChanges(Frozen):
    """How many cells of a column were changed by one rule of cleaning (or by a fix)."""

    column: str
    rule: str
    cells: int


class Cleaned(Outcome):
    clean: CleanTable
    changes: ChangesTable
    by_column: tuple[ColumnChanges, ...]


def clean(bench: Bench, source: Source, *, contract: Contract) -> Cleaned:
    """Every row of the revision, cleaned, and the list of changed cells."""
    changes = name_of("changes", source.identity, contract.digest)
    with bench.engine() as engine:
        table = clean_table(bench, engine, source, contract)
        with bench.vault.writing(changes) as path:
            cells = engine.write(_changed_cells(source, scan(table.path), contract), path, width=len(CHANGES))
        counts = _counts(engine, scan(bench.vault.table(changes)))
    columns = {count.column for count in counts}
    return Cleaned(
        summary=f"{cells:,} cells normalised in {len(columns)} columns" if cells else "nothing to normalise",
        rows_in=table.rows,
        rows_out=table.rows,
        clean=table,
        changes=ChangesTable(
            name=changes,
            path=bench.vault.table(changes),
            rows=cells,
            columns=CHANGES,
        ),
        by_column=counts,
    )


def _changed_cells(source: Source, cleaner: str, contract: Contract) -> str:
    """The cells of `cleaner`, whose rows cleaning changed or fixes touched, that are not what was read."""
    fixed = scan(source.patched.path) if source.patched else None
    cells, decided = [], []
    for at, (name, before) in enumerate(zip(source.names, raw_names(source.columns), strict=True)):
        column, after = contract.column(name) or Column(name=name), quote(name)
        if not (fixed or (source.names[name] is not None and column.is_cleaned)):
            continue
        rule = _rule_sql(column, before, after)
        if fixed:
            decided.append(f"{after} AS f{at}")
            rule = (
                f"CASE WHEN _fixed IS NOT NULL AND f{at} IS DISTINCT FROM {before} THEN 'fix' ELSE {rule} END"
            )
        cells.append(
            f"CASE WHEN {before} IS DISTINCT FROM {after} THEN "
            f"{{'column': {literal(name)}, 'before': {before}, 'after': {after}, 'rule': {rule}}} END"
        )
    if not cells:
        return f"SELECT CAST(0 AS BIGINT) AS {ROW}, '' AS \"column\", '' AS before, '' AS after, '' AS rule WHERE false"
    laid = cleaner
    if fixed:
        fixes = f"(SELECT {ROW} AS _fixed, {', '.join(decided)} FROM {fixed})"
        laid = f"(SELECT * FROM {cleaner} LEFT JOIN {fixes} ON {ROW} = _fixed)"
    return (
        f'SELECT {ROW}, cell.column AS "column", cell.before AS before, cell.after AS after, cell.rule AS rule FROM ('
        f"SELECT {ROW}, unnest(list_filter([{', '.join(cells)}], lambda c: c IS NOT NULL)) AS cell FROM "
        f'{laid}) ORDER BY {ROW}, "column"'
    )


def _rule_sql(column: Column, before: str, after: str) -> str:
    """Which rule of cleaning changed this cell, by what became of it."""
    own = [way.value for way in column.cleaning if way is not Cleaning.TRIM]
    solid = (
        f"lower(regexp_replace({value}, {literal(cleaning.SPACES)}, '', 'g'))" for value in (before, after)
    )
    folded = " = ".join(solid)
    case = next((way for way in own if way in ("name_case", "lower", "upper")), None)
    spaces = f"trim(regexp_replace({before}, {literal(cleaning.SPACES)}, ' ', 'g')) = {after}"
    arms = [f"WHEN {after} IS NULL THEN 'missing'", f"WHEN {spaces} THEN 'trim'"]
    if case:
        arms.append(f"WHEN {folded} THEN {literal(case)}")
    return f"CASE {' '.join(arms)} ELSE {literal(own[-1] if own else 'trim')} END"


def _counts(engine: Engine, changes: str) -> tuple[ColumnChanges, ...]:
    query = f'SELECT "column", rule, count(*) FROM {changes} GROUP BY 1, 2 ORDER BY 1, 2'
    return tuple(ColumnChanges(column=c, rule=r, cells=n) for c, r, n in engine.rows(query))
