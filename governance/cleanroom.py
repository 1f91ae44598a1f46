"""The cleaned rows of a revision as a table: computed once, by whichever stage asks first."""

from __future__ import annotations

from governance.bench import Bench, name_of
from governance.contract.model import Contract
from governance.engines.duckdb import Engine, scan
from governance.source import Source, cleaned
from governance.tables import ROW, CleanTable


def clean_table(bench: Bench, engine: Engine, source: Source, contract: Contract) -> CleanTable:
    """Every row of the revision, cleaned, in row order.

    After fixes only the touched rows are cleaned anew: cleaning looks at one row at a time.
    """
    name = name_of("clean", source.identity, contract.digest)
    path = bench.vault.table(name)
    if not path.exists():
        with bench.vault.writing(name) as partial:
            engine.write(_query(bench, engine, source, contract), partial)
    return CleanTable(name=name, path=path, rows=source.rows, columns=(ROW, *source.columns))


def _query(bench: Bench, engine: Engine, source: Source, contract: Contract) -> str:
    if source.patched is None and source.mended:
        return _with_mended(bench, engine, source, contract)
    if source.patched is None:
        return f"SELECT * FROM {cleaned(source.read(), source.columns, contract, changed=True)}"
    before = clean_table(bench, engine, source.model_copy(update={"patched": None}), contract)
    touched = scan(source.patched.path)
    return (
        f"SELECT * FROM {scan(before.path)} WHERE {ROW} NOT IN (SELECT {ROW} FROM {touched}) "
        f"UNION ALL BY NAME SELECT * FROM {cleaned(touched, source.columns, contract)} ORDER BY {ROW}"
    )


def _with_mended(bench: Bench, engine: Engine, source: Source, contract: Contract) -> str:
    """Mended lines come after the file's rows, and only they are cleaned anew."""
    before = clean_table(bench, engine, source.model_copy(update={"mended": None}), contract)
    late = f"(SELECT * FROM {source.read()} WHERE {ROW} > {source.bronze.rows})"
    after = cleaned(late, source.columns, contract, changed=True)
    return f"SELECT * FROM {scan(before.path)} UNION ALL BY NAME SELECT * FROM {after} ORDER BY {ROW}"
