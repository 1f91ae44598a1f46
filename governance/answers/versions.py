"""Versions: the timeline of a dataset, what lies between two of them, and the shelf itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from governance.answers.runs import Strip, strip_of
from governance.engines.duckdb import literal, quote, scan
from governance.export import write_csv
from governance.house import House
from governance.journal import Journal
from governance.people import Person, Verb, title
from governance.records import newest_version
from governance.rollbacks import find
from governance.stages import Stage
from governance.stages.mask import Masked
from governance.stages.version import clean_table, shelf_table
from governance.states import State
from governance.tables import ROW, Frozen
from storage import snapshots
from storage.models import Rollback, Run, Version

SAMPLE = 50


class VersionLine(Frozen):
    number: int
    kind: str
    current: bool
    published_at: datetime
    requested_by: str
    approved_by: str
    rows: int
    digest: str
    content: str
    run: str
    reason: str
    rolled_back_to: int | None


class RollbackLine(Frozen):
    id: str
    to_number: int
    base_number: int
    digest: str
    state: str
    requested_by: str
    requested_at: datetime
    reason: str
    error: str
    mine: bool
    """This person asked for it."""
    why_not_approve: str
    why_not_withdraw: str


class VersionsView(Frozen):
    dataset: str
    datasets: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    rollbacks: tuple[RollbackLine, ...]
    why_not_roll_back: str


class ChangedCell(Frozen):
    key: str
    column: str
    before: str | None
    after: str | None


class Difference(Frozen):
    """What lies between two versions of the shelf (masked), by the contract's key, or by whole rows without one."""

    before: int | None
    after: int
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    by_column: tuple[tuple[str, int], ...]
    sample: tuple[ChangedCell, ...]
    keyed: bool

    @property
    def same(self) -> bool:
        return not (self.added or self.removed or self.changed or self.columns_added or self.columns_removed)


class ShelfPage(Frozen):
    """Masked rows of a version."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int


@dataclass(frozen=True)
class Asked:
    house: House

    def versions(self, person: Person, dataset: str) -> VersionsView:
        """The timeline, newest first, and the rollbacks that wait or went wrong."""
        person.must(Verb.SEE_MASKED)
        self.house.contract(dataset)
        with self.house.ledger.read() as session:
            rows = session.exec(
                select(Version).where(Version.dataset == dataset).order_by(col(Version.number).desc())
            ).all()
            wishes = session.exec(
                select(Rollback)
                .where(
                    Rollback.dataset == dataset, col(Rollback.state).in_(("waiting", "releasing", "failed"))
                )
                .order_by(col(Rollback.requested_at).desc())
            ).all()
        return VersionsView(
            dataset=dataset,
            datasets=tuple(self.house.datasets()),
            versions=tuple(_line(row, current=at == 0) for at, row in enumerate(rows)),
            rollbacks=tuple(_wish(wish, person, rows[0].number if rows else 0) for wish in wishes),
            why_not_roll_back=person.why_not(Verb.ROLL_BACK),
        )

    def difference(self, person: Person, dataset: str, before: int | None, after: int) -> Difference:
        """What changed on the shelf from one version to another. `before` None: from nothing."""
        person.must(Verb.SEE_MASKED)
        key = self.house.contract_by_digest(self.house.contract(dataset).digest).key
        right = self._files(dataset, after)
        left = self._files(dataset, before) if before is not None else f"(SELECT * FROM {right} WHERE false)"
        return _difference(self.house, left, right, key, before=before, after=after)

    def candidate(self, person: Person, run_id: str) -> Difference | None:
        """What publishing a run's candidate would change on the shelf; None while it has no candidate."""
        person.must(Verb.SEE_RUNS)
        run = self.house.run(run_id)
        masked = Journal(self.house, run.id, run.dataset, max(run.computed, 0)).known(Stage.MASK, Masked)
        if masked is None:
            return None
        with self.house.ledger.read() as session:
            newest = newest_version(session, run.dataset)
        key = self.house.contract_of(run).key
        right = scan(masked.masked.path)
        left = self._files(run.dataset, newest.number) if newest else f"(SELECT * FROM {right} WHERE false)"
        before = newest.number if newest else None
        return _difference(self.house, left, right, key, before=before, after=(before or 0) + 1)

    def waiting(self, person: Person, dataset: str) -> tuple[Strip, ...]:
        """Runs of a dataset whose candidate waits for approval or publishing."""
        person.must(Verb.SEE_RUNS)
        with self.house.ledger.read() as session:
            rows = session.exec(
                select(Run)
                .where(Run.dataset == dataset, col(Run.state).in_((State.AWAITING_REVIEW, State.APPROVED)))
                .order_by(col(Run.submitted_at).desc())
            )
            return tuple(strip_of(session, run) for run in rows)

    def shelf(
        self, person: Person, dataset: str, number: int, *, limit: int = 50, offset: int = 0
    ) -> ShelfPage:
        """A page of a version's masked rows: all that analysts may see."""
        person.must(Verb.SEE_MASKED)
        table = self._files(dataset, number)
        with self.house.bench.engine() as engine:
            columns = tuple(engine.columns(table))
            total = engine.value(f"SELECT count(*) FROM {table}")
            rows = engine.rows(f"SELECT * FROM {table} LIMIT {int(limit)} OFFSET {int(offset)}")
        return ShelfPage(columns=columns, rows=tuple(rows), total=total)

    def shelf_csv(self, person: Person, dataset: str, number: int, out: Path) -> int:
        """All masked rows of a version as CSV that a spreadsheet cannot be tricked with; returns their number."""
        person.must(Verb.SEE_MASKED)
        with self.house.bench.engine() as engine:
            return write_csv(engine, self._files(dataset, number), out)

    def _files(self, dataset: str, number: int) -> str:
        with self.house.ledger.read() as session:
            version = find(session, dataset, number)
        files = snapshots.files(shelf_table(self.house.bench, dataset), version.shelf_commit)
        return f"read_parquet([{', '.join(literal(file) for file in files)}], union_by_name = true)"

    def clean_files(self, dataset: str, number: int) -> list[str]:
        """The vault's own files of a version, for those who hold the vault."""
        with self.house.ledger.read() as session:
            version = find(session, dataset, number)
        return snapshots.files(clean_table(self.house.bench, dataset), version.vault_commit)


def _line(row: Version, *, current: bool) -> VersionLine:
    return VersionLine(
        number=row.number,
        kind=row.kind,
        current=current,
        published_at=row.published_at,
        requested_by=title(row.requested_by),
        approved_by=title(row.approved_by),
        rows=row.rows,
        digest=row.digest,
        content=row.content,
        run=row.run,
        reason=row.reason,
        rolled_back_to=row.rolled_back_to,
    )


def _wish(wish: Rollback, person: Person, current: int) -> RollbackLine:
    why_not = person.why_not(Verb.APPROVE)
    if not why_not and person.name == wish.requested_by:
        why_not = f"{person.title} asked for this rollback, so another person must approve it."
    if wish.state == "waiting" and wish.base_number != current:
        why_not = f"Version {current} was published since this was asked for: withdraw it and ask again."
    return RollbackLine(
        id=wish.id,
        to_number=wish.to_number,
        base_number=wish.base_number,
        digest=wish.digest,
        state=wish.state,
        requested_by=title(wish.requested_by),
        requested_at=wish.requested_at,
        reason=wish.reason,
        error=wish.error,
        mine=person.name == wish.requested_by,
        why_not_approve=why_not,
        why_not_withdraw=person.why_not(Verb.ROLL_BACK),
    )


def _difference(
    house: House, left: str, right: str, key: tuple[str, ...], *, before: int | None, after: int
) -> Difference:
    with house.bench.engine() as engine:
        engine.run(f"CREATE TEMP VIEW l AS SELECT * FROM {left}")
        engine.run(f"CREATE TEMP VIEW r AS SELECT * FROM {right}")
        old, new = engine.columns("l"), engine.columns("r")
        shared = [name for name in new if name in old and name != ROW]
        rows = engine.row("SELECT (SELECT count(*) FROM l), (SELECT count(*) FROM r)")
        keyed = bool(key) and all(name in shared for name in key) and _unique(engine, key)
        values = [name for name in shared if name not in key]
        counts = _by_key(engine, key, values) if keyed else _by_row(engine, shared)
        cells = _sample(engine, key, values) if keyed else ()
    return Difference(
        before=before,
        after=after,
        rows_before=rows[0],
        rows_after=rows[1],
        added=counts[0],
        removed=counts[1],
        changed=counts[2],
        columns_added=tuple(name for name in new if name not in old) if before is not None else (),
        columns_removed=tuple(name for name in old if name not in new),
        by_column=tuple((name, count) for name, count in zip(values, counts[3:], strict=False) if count),
        sample=cells,
        keyed=keyed,
    )


def _unique(engine: Any, key: tuple[str, ...]) -> bool:
    names = ", ".join(map(quote, key))
    return all(
        engine.value(f"SELECT count(*) = count(DISTINCT ({names},)) FROM {side}") for side in ("l", "r")
    )


def _join(key: tuple[str, ...]) -> str:
    on = " AND ".join(f"l.{quote(name)} IS NOT DISTINCT FROM r.{quote(name)}" for name in key)
    return f"(SELECT true AS here, * FROM l) AS l FULL JOIN (SELECT true AS here, * FROM r) AS r ON {on}"


def _by_key(engine: Any, key: tuple[str, ...], values: list[str]) -> tuple[int, ...]:
    differs = [_differs(name) for name in values]
    either = " OR ".join(differs) or "false"
    each = "".join(f", count(*) FILTER (l.here AND r.here AND {one})" for one in differs)
    found = engine.row(
        f"SELECT count(*) FILTER (l.here IS NULL), count(*) FILTER (r.here IS NULL), "
        f"count(*) FILTER (l.here AND r.here AND ({either})){each} FROM {_join(key)}"
    )
    return tuple(found)


def _differs(name: str) -> str:
    return f"(CAST(l.{quote(name)} AS VARCHAR) IS DISTINCT FROM CAST(r.{quote(name)} AS VARCHAR))"


def _by_row(engine: Any, shared: list[str]) -> tuple[int, ...]:
    """Without a key a changed row is one removed and one added."""
    names = ", ".join(f"CAST({quote(name)} AS VARCHAR)" for name in shared) or "1"
    added = engine.value(f"SELECT count(*) FROM (SELECT {names} FROM r EXCEPT ALL SELECT {names} FROM l)")
    removed = engine.value(f"SELECT count(*) FROM (SELECT {names} FROM l EXCEPT ALL SELECT {names} FROM r)")
    return added, removed, 0


def _sample(engine: Any, key: tuple[str, ...], values: list[str]) -> tuple[ChangedCell, ...]:
    cells: list[ChangedCell] = []
    named = " || ' · ' || ".join(f"CAST(r.{quote(name)} AS VARCHAR)" for name in key)
    for name in values:
        rows = engine.rows(
            f"SELECT {named}, CAST(l.{quote(name)} AS VARCHAR), CAST(r.{quote(name)} AS VARCHAR) FROM {_join(key)} "
            f"WHERE l.here AND r.here AND {_differs(name)} ORDER BY 1 LIMIT {max(1, SAMPLE // max(1, len(values)))}"
        )
        cells += [ChangedCell(key=k, column=name, before=b, after=a) for k, b, a in rows]
    return tuple(cells)
