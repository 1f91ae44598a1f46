"""Stage 9: one table in, two out. Rows in = kept + quarantined (+ unreadable, which stage 1 kept apart).

A row stays out while it has a reason that nobody waived, or when a person rejected it. The two outputs are
cut by one list of row numbers, so that no NULL in a condition can lose a row between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from governance.bench import Bench, name_of
from governance.cleanroom import CleanTable
from governance.contract.model import Column, Contract
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.errors import TerminalFault
from governance.review.choices import Action, Choice, name_of_choices
from governance.review.parts import Cut, relabel
from governance.review.waivers import WaiverUse, covered, uses
from governance.rules import cleaning, sql
from governance.source import Source
from governance.stages import Outcome
from governance.stages.validate import Cluster, Validated, clusters_of, validate
from governance.tables import ROW, FailingTable, Frozen, KeptTable, QuarantineTable

REJECTED = "decision.rejected"
"""The reason of a row that a person rejected, beside the rules it breaks."""
SENT_BACK = "decision.sent_back"
"""The reason of a row that went back to the supplier and did not come again."""
BY_PERSON = f"[{literal(REJECTED)}, {literal(SENT_BACK)}]"


class Counts(Frozen):
    """Where the readable rows of a revision went. `waived` of the kept ones break a rule that was waived."""

    rows: int
    kept: int
    quarantined: int
    waived: int
    rejected: int
    sent_back: int = 0
    mended: int = 0


class Undecided(Frozen):
    """Rows of a cluster that stay out and that no decision is about. `of` have its signature."""

    cluster: str
    rows: int
    of: int


class Parted(Frozen):
    """What `Split` says of clusters, by the parts that people made of some of them."""

    failing: FailingTable
    clusters: tuple[Cluster, ...]
    undecided: tuple[Undecided, ...]
    left: FailingTable | None = None


class Split(Outcome):
    """`judged` is the verdict that the cut was made by: stage 5's, or the one after fixes.

    `undecided` are the clusters with rows that nobody decided about, `left` the table in which they are, where
    decisions are about some rows of a cluster and not about others. `waivers`: how those about rules are used.
    """

    judged: Validated
    kept: KeptTable
    quarantine: QuarantineTable
    counts: Counts
    undecided: tuple[Undecided, ...] | None = None
    left: FailingTable | None = None
    waivers: tuple[WaiverUse, ...] = ()
    parted: Parted | None = None

    def in_parts(self) -> Split:
        """The same, with parts for clusters; itself where nothing is split."""
        if self.parted is None:
            return self
        judged = self.judged.model_copy(
            update={"failing": self.parted.failing, "clusters": self.parted.clusters}
        )
        found = {"judged": judged, "undecided": self.parted.undecided, "left": self.parted.left}
        return self.model_copy(update=found)


def count(engine: Engine, failing: FailingTable, choices: Sequence[Choice], *, source: Source) -> Counts:
    """Where the rows would go, without writing anything: what a preview shows and `split` does."""
    rows = source.rows
    out, rejected, sent = engine.row(
        f"SELECT count(*), count(*) FILTER (list_contains(_reasons, {literal(REJECTED)})), "
        f"count(*) FILTER (list_contains(_reasons, {literal(SENT_BACK)})) FROM ({staying_out(failing, choices, source)})"
    )
    waived = engine.value(
        f"SELECT count(*) FROM {scan(failing.path)} WHERE {ROW} NOT IN "
        f"(SELECT {ROW} FROM ({staying_out(failing, choices, source)}))"
    )
    return Counts(
        rows=rows, kept=rows - out, quarantined=out, waived=waived, rejected=rejected, sent_back=sent,
        mended=source.mended.rows if source.mended else 0,
    )  # fmt: skip


def staying_out(failing: FailingTable, choices: Sequence[Choice], source: Source) -> str:
    """A query `_row, _reasons, _cluster` of the rows that stay out, after waivers and rejections."""
    judged = f"SELECT {ROW}, _reasons, _cluster FROM {scan(failing.path)}"
    if covering := covered(failing, choices):
        judged = (
            f"SELECT {ROW}, list_filter(_reasons, lambda r: NOT list_contains(coalesce(rules, []), r)) AS _reasons, "
            f"_cluster FROM ({judged}) LEFT JOIN (SELECT {ROW}, list(rule) AS rules FROM ({covering}) GROUP BY {ROW}) "
            f"USING ({ROW})"
        )
    query = f"SELECT * FROM ({judged}) WHERE len(_reasons) > 0"
    if each := _by_person(choices, source):
        query = (
            f"SELECT {ROW}, list_concat(coalesce(_reasons, []), _said) AS _reasons, "
            f"coalesce(_cluster, 'rejected') AS _cluster "
            f"FROM ({each}) LEFT JOIN ({judged}) USING ({ROW}) "
            f"UNION ALL SELECT * FROM ({query}) WHERE {ROW} NOT IN (SELECT {ROW} FROM ({each}))"
        )
    return query


def _by_person(choices: Sequence[Choice], source: Source) -> str:
    """A query `_row, _said` of the rows that people keep out: rejected, or sent back and not sent anew. Empty text
    where there are none. A row of a mended line is gone when that was taken back."""
    again = " UNION ALL ".join(choice.rows_sql() for choice in choices if choice.corrected)
    kept_out = [
        f"SELECT {ROW}, {literal(reason)} AS said FROM ({choice.rows_sql()})"
        + (f" WHERE {ROW} NOT IN ({again})" if again and action is Action.SEND_BACK else "")
        for action, reason in ((Action.REJECT, REJECTED), (Action.SEND_BACK, SENT_BACK))
        for choice in choices
        if choice.action is action
    ]
    if not kept_out:
        return ""
    there = f"{ROW} <= {source.bronze.rows}"
    there += f" OR {ROW} IN (SELECT {ROW} FROM {scan(source.mended.path)})" if source.mended else ""
    every = f"SELECT * FROM ({' UNION ALL '.join(kept_out)}) WHERE {there}"
    return f"SELECT {ROW}, list_sort(list(DISTINCT said)) AS _said FROM ({every}) GROUP BY {ROW}"


def judge_again(
    bench: Bench, source: Source, first: Validated, *, contract: Contract, today: date
) -> Validated:
    """The verdict on a revision: stage 5's own while no cell was fixed, else a new one over all rows."""
    return (
        validate(bench, source, contract=contract, today=today) if source.patched or source.mended else first
    )


def split(
    bench: Bench,
    source: Source,
    clean: CleanTable,
    judged: Validated,
    *,
    choices: Sequence[Choice],
    contract: Contract,
    cuts: Sequence[Cut] = (),
) -> Split:
    """Write the kept rows, typed by the contract, and the quarantined ones as they were read and fixed.

    `cuts`: the clusters that people split; they change nothing of either table.
    Raises TerminalFault when a row would be lost or doubled: a fault of ours, never of the data.
    """
    failing = judged.failing
    key = (clean.name, failing.name, name_of_choices(choices), contract.identity)
    kept, quarantine = name_of("kept", *key), name_of("quarantine", *key)
    columns = ", ".join(_typed(contract.column(name) or Column(name=name)) for name in source.columns)
    width = len(source.columns) + 1
    with bench.engine() as engine:
        engine.run(f"CREATE TEMP TABLE out AS {staying_out(failing, choices, source)}")
        counts = count(engine, failing, choices, source=source)
        undecided, left = _undecided(bench, engine, judged, choices, name=name_of("undecided", *key))
        parted = _parted(bench, engine, judged, choices, cuts, key=key)
        used = uses(engine, failing, choices)
        with bench.vault.writing(kept) as path:
            stays = clean.in_order(engine, contract, without="out")
            kept_rows = engine.write(f"SELECT {ROW}, {columns} FROM ({stays})", path, width=width)
        with bench.vault.writing(quarantine) as path:
            listed = ", ".join(quote(name) for name in source.columns)
            out_rows = engine.write(
                f"SELECT {ROW}, _reasons, _cluster, {listed} FROM {source.raw()} JOIN out USING ({ROW}) ORDER BY {ROW}",
                path,
                width=width + 2,
            )
    if kept_rows + out_rows != clean.rows or kept_rows != counts.kept:
        raise TerminalFault(
            f"{clean.rows:,} rows went in, but {kept_rows:,} + {out_rows:,} came out.",
            "Nothing was published. Please report this with the run's number.",
        )
    return Split(
        summary=_summary(counts),
        rows_in=clean.rows,
        rows_out=kept_rows,
        judged=judged,
        kept=KeptTable(
            name=kept,
            path=bench.vault.table(kept),
            rows=kept_rows,
            columns=(ROW, *source.columns),
        ),
        quarantine=QuarantineTable(
            name=quarantine,
            path=bench.vault.table(quarantine),
            rows=out_rows,
            columns=(ROW, "_reasons", "_cluster", *source.columns),
        ),
        counts=counts,
        undecided=undecided,
        left=left,
        waivers=used,
        parted=parted,
    )


def _parted(
    bench: Bench,
    engine: Engine,
    judged: Validated,
    choices: Sequence[Choice],
    cuts: Sequence[Cut],
    *,
    key: tuple[str, ...],
) -> Parted | None:
    """What is left to decide of each part, of the rows that the table `out` keeps out."""
    if not cuts:
        return None
    failing = relabel(bench, engine, judged.failing, cuts)
    clusters = clusters_of(engine, scan(failing.path))
    within = judged.model_copy(update={"failing": failing, "clusters": clusters})
    name = name_of("undecided in parts", *key, failing.name)
    undecided, left = _undecided(bench, engine, within, choices, name=name)
    return Parted(failing=failing, clusters=clusters, undecided=undecided, left=left)


def _undecided(
    bench: Bench, engine: Engine, judged: Validated, choices: Sequence[Choice], *, name: str
) -> tuple[tuple[Undecided, ...], FailingTable | None]:
    """What of each cluster is left to decide, from the table `out`; and those rows by themselves, where a
    decision is about a part of a cluster only."""
    if all(choice.action in (Action.FIX, Action.MEND) for choice in choices):
        return tuple(Undecided(cluster=one.key, rows=one.rows, of=one.rows) for one in judged.clusters), None
    rows = f"SELECT {ROW} FROM out WHERE NOT list_has_any(_reasons, {BY_PERSON})"
    counts: dict[str, int] = dict(
        engine.rows(
            f"SELECT _cluster, count(*) FROM {scan(judged.failing.path)} WHERE {ROW} IN ({rows}) GROUP BY 1"
        )
    )
    found = tuple(
        Undecided(cluster=one.key, rows=counts[one.key], of=one.rows)
        for one in judged.clusters
        if one.key in counts
    )
    if all(one.rows == one.of for one in found):
        return found, None
    with bench.vault.writing(name) as path:
        left = engine.write(f"SELECT * FROM {scan(judged.failing.path)} WHERE {ROW} IN ({rows})", path)
    table = judged.failing.model_copy(
        update={"name": name, "path": bench.vault.table(name), "rows": left, "digest": ""}
    )
    return found, table


def _typed(column: Column) -> str:
    value = sql.render(cleaning.typed(column, sql.column(column.name)))
    return f"{value} AS {quote(column.name)}"


def _summary(counts: Counts) -> str:
    said = f"{counts.kept:,} kept, {counts.quarantined:,} quarantined"
    return said + (f", {counts.waived:,} of the kept waived" if counts.waived else "")
