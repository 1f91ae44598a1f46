"""Stage 3, profile: describe each column, in three looks at the file however many columns it has.

A sample says what a column seems to be. A column of a large file whose values repeat is then read once, value by
value; of the others one scan counts and converts, and one draws histograms between the bounds found. All of it in
DuckDB, in batches of columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from governance.bench import Bench
from governance.contract.model import Contract, LogicalType
from governance.engines.duckdb import Engine, scan
from governance.findings import Dimension, Note, Severity
from governance.plural import many
from governance.profiling.asking import Facts, ask, batches
from governance.profiling.counting import Counting, EachRow, EachValue
from governance.profiling.describing import describe
from governance.profiling.model import ColumnProfile, Kind
from governance.profiling.sampling import first_looks
from governance.profiling.scanning import EXACT_ROWS, Subject, first_scan, relation, second_scan, values_of
from governance.stages import Outcome
from governance.tables import BronzeTable

WORDS = {
    Kind.INTEGER: "whole numbers",
    Kind.NUMBER: "numbers",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "dates",
    Kind.TIMESTAMP: "times",
    Kind.STRING: "text",
    Kind.EMPTY: "empty",
}


class Profiled(Outcome):
    """What each column holds. `ColumnProfile.values` is personal data; the rest is not."""

    private: str = ""
    """Name of the vault's note that holds the columns' values, once they are put away."""
    rows: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        return next((column for column in self.columns if column.name == name), None)


def profile(bench: Bench, bronze: BronzeTable, *, contract: Contract | None = None) -> Profiled:
    """Describe every column of a bronze table. A contract only adds what to try: a column it calls a number
    is counted as one even where few values are. Up to 200,000 rows all but shapes and repeats is exact."""
    columns: list[ColumnProfile] = []
    with bench.engine() as engine:
        for names in batches(bronze.columns):
            columns += _profile_batch(engine, bronze, names, contract)
    return Profiled(
        summary=_summary(columns, bronze.rows),
        rows_in=bronze.rows,
        rows_out=bronze.rows,
        findings=tuple(_empty(column) for column in columns if bronze.rows and not column.filled),
        rows=bronze.rows,
        columns=tuple(columns),
    )


def _profile_batch(
    engine: Engine, bronze: BronzeTable, names: Sequence[str], contract: Contract | None
) -> list[ColumnProfile]:
    exact = bronze.rows <= EXACT_ROWS
    sampled, looks = first_looks(engine, bronze.path, names, rows=bronze.rows)
    subjects = [
        Subject(
            name, place, look, look.plausible | _promised(name, contract), not exact and look.few(bronze.rows)
        )
        for place, (name, look) in enumerate(zip(names, looks, strict=True))
    ]
    facts = _row_by_row(engine, bronze, [one for one in subjects if not one.few], EachRow(exact))
    facts |= {one.name: _value_by_value(engine, bronze, one) for one in subjects if one.few}
    return [
        describe(one, facts[one.name], rows=bronze.rows, exact=exact or one.few, sampled=sampled)
        for one in subjects
    ]


def _row_by_row(
    engine: Engine, bronze: BronzeTable, subjects: Sequence[Subject], counting: Counting
) -> dict[str, Facts]:
    """Two scans over the columns of a batch."""
    source = relation(scan(bronze.path), subjects)
    facts = ask(engine, source, [first_scan(one, counting) for one in subjects])
    asked = [second_scan(one, found, counting) for one, found in zip(subjects, facts, strict=True)]
    more = ask(engine, source, asked)
    return {one.name: found | later for one, found, later in zip(subjects, facts, more, strict=True)}


def _value_by_value(engine: Engine, bronze: BronzeTable, one: Subject) -> Facts:
    """One scan that counts a column's values; the rest is asked of the values."""
    engine.run(f"CREATE OR REPLACE TEMP TABLE counted AS {values_of(scan(bronze.path), one)}")
    counting = EachValue("counted")
    (facts,) = ask(engine, "counted", [first_scan(one, counting)])
    (more,) = ask(engine, "counted", [second_scan(one, facts, counting)])
    engine.run("DROP TABLE counted")
    return facts | more


def _promised(name: str, contract: Contract | None) -> frozenset[Kind]:
    """What the contract says the column is; INTEGER here means that numbers are asked for."""
    column = contract.column(name) if contract else None
    if column is None or column.type is LogicalType.STRING:
        return frozenset()
    kind = Kind(column.type.value)
    return frozenset({Kind.NUMBER, Kind.INTEGER}) if kind.numeric else frozenset({kind})


def _summary(columns: Sequence[ColumnProfile], rows: int) -> str:
    kinds = [column.inferred for column in columns]
    counts = ", ".join(f"{kinds.count(kind):,} {words}" for kind, words in WORDS.items() if kind in kinds)
    return f"{many(len(columns), 'column')} of {rows:,} rows" + (f": {counts}" if counts else "")


def _empty(column: ColumnProfile) -> Note:
    return Note(
        kind="profile",
        severity=Severity.LOW,
        dimension=Dimension.COMPLETENESS,
        column=column.name,
        rows=column.nulls + column.blanks,
        message=f"Column “{column.name}” holds no value in any row.",
    )
