"""Stage 12: the plan carried out. The only place that makes tables which may leave the vault."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from governance.bench import Bench, name_of
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.findings import Dimension, Note, Severity
from governance.privacy import keys, names
from governance.privacy.aliases import bind_aliases
from governance.privacy.bands import bind_bands
from governance.privacy.meaning import PERSON_NAMES, Semantic
from governance.privacy.operators import AnyOperator, Generalise, Keep, Pseudonym, Redact, Scrub
from governance.privacy.operators.operator import as_text
from governance.privacy.operators.scrub import shielded
from governance.privacy.plan import Plan
from governance.privacy.stand_ins import stand_ins
from governance.stages import Outcome
from governance.tables import ROW, KeptTable, MaskedQuarantine, MaskedTable, QuarantineTable
from storage.vault import content_digest

BOOKKEEPING = (ROW, "_reasons", "_cluster")
"""The quarantine's own columns, which hold no values of the input."""


class Masked(Outcome):
    masked: MaskedTable
    quarantine: MaskedQuarantine
    plan_digest: str
    columns_masked: int


@dataclass(frozen=True)
class Reading:
    """What is known of one free-text column: variables with its names, or that it has too many texts."""

    variables: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Job:
    """A plan ready to be carried out: keys bound, names found."""

    plan: Plan
    readings: dict[str, Reading]
    aliases: dict[str, str] = field(default_factory=dict)
    """Columns whose pseudonyms are looked up, with the SQL that does it."""
    bands: dict[str, str] = field(default_factory=dict)
    """Columns of numbers whose bands are looked up, where they are numbers, with the SQL that does it."""

    def operator(self, column: str) -> AnyOperator:
        """What the plan says; what it does not know is redacted, never waved through."""
        mask = self.plan.column(column)
        return mask.operator if mask else Redact()

    def column(self, column: str, types: dict[str, str]) -> str:
        """The masked value of one column, as SQL."""
        operator, name = self.operator(column), quote(column)
        if column in self.aliases:
            return self.aliases[column]
        if column in self.bands and types[column] == "DOUBLE":
            return self.bands[column]
        if not isinstance(operator, Scrub):
            return operator.sql(name, types[column])
        reading = self.readings[column]
        if reading.whole:
            return names.redacted(name)
        return names.without_names(operator.sql(name, types[column]), reading.variables, self._own(types))

    def quarantined(self, column: str, types: dict[str, str]) -> str:
        """The same for a row that broke a rule: a kept column may hold what slipped from its neighbour."""
        if isinstance(self.operator(column), Keep) and types[column] == "VARCHAR":
            return shielded(quote(column))
        return self.column(column, types)

    def _own(self, types: dict[str, str]) -> list[str]:
        """The row's own columns of person names, as SQL texts."""
        return [
            as_text(quote(mask.column), types[mask.column])
            for mask in self.plan.columns
            if mask.semantic in PERSON_NAMES and mask.column in types
        ]


def mask(bench: Bench, kept: KeptTable, quarantine: QuarantineTable, *, plan: Plan) -> Masked:
    """Both tables with every column masked by the plan; order and number of rows stay, NULL stays NULL."""
    with bench.engine() as engine:
        types = {name: kind for name, kind in engine.columns(scan(kept.path)).items() if name != ROW}
        dirty = {n: t for n, t in engine.columns(scan(quarantine.path)).items() if n not in BOOKKEEPING}
        job = _prepare(engine, bench, plan, [(kept.path, types), (quarantine.path, dirty)])
        clean_sql = [f"{job.column(name, types)} AS {quote(name)}" for name in types]
        dirty_sql = [f"{job.quarantined(name, dirty)} AS {quote(name)}" for name in dirty]
        parts = (kept.name, quarantine.name, plan.digest)
        masked = _write(engine, bench, name_of("mask", *parts), clean_sql, kept.path)
        aside = _write(
            engine, bench, name_of("mask-quarantine", *parts), [*BOOKKEEPING, *dirty_sql], quarantine.path
        )
    count = sum(not isinstance(job.operator(name), Keep) for name in types)
    return Masked(
        summary=f"{count:,} of {len(types):,} columns masked in {kept.rows:,} rows"
        f" and {quarantine.rows:,} quarantined rows",
        rows_in=kept.rows,
        rows_out=masked[2],
        findings=_findings(job, types, kept.rows),
        masked=MaskedTable(
            name=masked[0], path=masked[1], rows=masked[2], columns=tuple(types), digest=masked[3]
        ),
        quarantine=MaskedQuarantine(
            name=aside[0], path=aside[1], rows=aside[2], columns=(*BOOKKEEPING, *dirty), digest=aside[3]
        ),
        plan_digest=plan.digest,
        columns_masked=count,
    )


def samples(
    bench: Bench, kept: KeptTable, plan: Plan, column: str, n: int = 3
) -> tuple[tuple[str, str], ...]:
    """Before and after for one column, on values that are made up, at most three."""
    found = plan.column(column)
    operator: AnyOperator = found.operator if found else Redact()
    with bench.engine() as engine:
        sql_type = engine.columns(scan(kept.path)).get(column, "VARCHAR")
        if isinstance(operator, Pseudonym):
            keys.bind(engine, bench.vault, [operator.key_id])
        values = stand_ins(found.semantic if found else Semantic.NONE, sql_type)[:n]
        rows = ", ".join(f"({literal(value)})" for value in values)
        answer = engine.rows(f"SELECT v, {operator.sql('v', 'VARCHAR')} FROM (VALUES {rows}) AS shown(v)")
    return tuple((str(before), str(after)) for before, after in answer)


def _prepare(engine: Engine, bench: Bench, plan: Plan, sources: list[tuple[Path, dict[str, str]]]) -> Job:
    job = Job(plan, {})
    operators = [mask.operator for mask in plan.columns]
    keys.bind(engine, bench.vault, [op.key_id for op in operators if isinstance(op, Pseudonym)])
    columns = dict.fromkeys(name for _, types in sources for name in types)
    for number, column in enumerate(columns):
        operator = job.operator(column)
        tables = [(path, types[column]) for path, types in sources if column in types]
        if isinstance(operator, Pseudonym):
            alias = bind_aliases(engine, tables, column, operator, name=f"aliases_{number}")
            job.aliases.update({column: alias} if alias else {})
        if isinstance(operator, Generalise):
            numbers = [path for path, sql_type in tables if sql_type == "DOUBLE"]
            band = bind_bands(engine, numbers, column, operator, name=f"bands_{number}")
            job.bands.update({column: band} if band else {})
        if isinstance(operator, Scrub):
            texts = names.distinct_texts(engine, tables, column)
            found = names.bind_names(engine, texts, f"names_{number}") if texts else []
            job.readings[column] = Reading(tuple(found), whole=texts is None)
    return job


def _write(
    engine: Engine, bench: Bench, name: str, columns: list[str], source: Path
) -> tuple[str, Path, int, str]:
    with bench.vault.writing(name) as path:
        rows = engine.write(f"SELECT {', '.join(columns)} FROM {scan(source)}", path, width=len(columns))
    final = bench.vault.table(name)
    return name, final, rows, content_digest(final)


def _findings(job: Job, types: dict[str, str], rows: int) -> tuple[Note, ...]:
    unplanned = [name for name in types if job.plan.column(name) is None]
    whole = [name for name, reading in job.readings.items() if reading.whole]
    return (
        *(_note(n, Severity.MEDIUM, "is not in the masking plan: it is redacted", rows) for n in unplanned),
        *(
            _note(n, Severity.LOW, f"has more than {names.TEXTS:,} texts: its cells are redacted whole", rows)
            for n in whole
        ),
    )


def _note(column: str, severity: Severity, what: str, rows: int) -> Note:
    return Note(
        kind="masking",
        severity=severity,
        dimension=Dimension.PRIVACY,
        column=column,
        message=f"{column} {what}.",
        rows=rows,
    )
