"""The journal: runs a stage once, and writes its result, findings, items and event in one transaction.

What is finished is never done again: a step that the ledger knows returns what it said then. Stages 1–7 of a
later revision are those of the first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session, Text, cast, col, delete, select

from governance.contract.model import Contract
from governance.decisions import KEPT, standing
from governance.errors import GovernanceError
from governance.findings import Note
from governance.house import House
from governance.items import ABOUT_ROWS, NewItem, Standing, breaches, clusters, others, stand, stand_split
from governance.stages import Outcome, Stage
from governance.stages.contract import Conformed
from governance.stages.load import Loaded
from governance.stages.quarantine import Split
from governance.stages.statistical import Statistics
from governance.stages.threshold import Judged
from governance.stages.validate import Validated
from storage import audit
from storage.models import Decision, Finding, Item, Run, StageResult, now
from storage.vault import Vault

R = TypeVar("R", bound=Outcome)

FIRST = Stage.THRESHOLD.number
"""The last stage that every revision shares with the first."""

WORKER = "worker"
FINISHED = ("done", "skipped")
ANSWERS = 24
"""Answers of stages that are kept as they were read: a page asks for the same five at each key. Those of a table of
thousands of columns take megabytes each."""


@dataclass(frozen=True)
class Journal:
    """The journal of one revision of one run (or of a rollback, which has a run-like id)."""

    house: House
    run: str
    dataset: str
    revision: int
    contract: Contract | None = None

    def perform(self, stage: Stage, kind: type[R], work: Callable[[], R]) -> R:
        """The stage's result: the one on record, or a new one that is on record when this returns."""
        known = self.known(stage, kind)
        if known is not None:
            return known
        self._begin(stage)
        started = time.perf_counter()
        try:
            result = work()
        except Exception as error:
            self._fail(stage, error, time.perf_counter() - started)
            raise
        self._finish(stage, result, time.perf_counter() - started)
        return result

    def known(self, stage: Stage, kind: type[R]) -> R | None:
        """The finished result of a stage, or None."""
        with self.house.ledger.read() as session:
            return self._known(session, stage, kind)

    def _known(self, session: Session, stage: Stage, kind: type[R]) -> R | None:
        query = select(cast(StageResult.result, Text)).where(
            *self._of(stage), col(StageResult.state).in_(FINISHED)
        )
        written = session.exec(query).first()
        return None if written is None else _answer(kind, written, self.house.bench.vault)  # type: ignore[return-value]

    def revision_of(self, stage: Stage) -> int:
        return 0 if stage.number <= FIRST else self.revision

    def _row(self, session: Session, stage: Stage) -> StageResult | None:
        return session.exec(select(StageResult).where(*self._of(stage))).first()

    def _of(self, stage: Stage) -> tuple[Any, ...]:
        return (
            StageResult.run == self.run,
            StageResult.revision == self.revision_of(stage),
            StageResult.number == stage.number,
        )

    def _begin(self, stage: Stage) -> None:
        with self.house.ledger.write() as session:
            row = self._row(session, stage) or StageResult(
                run=self.run,
                revision=self.revision_of(stage),
                number=stage.number,
                name=stage.label,
                state="",
            )
            row.state, row.started_at, row.seconds, row.summary = "running", now(), None, ""
            session.add(row)

    def _fail(self, stage: Stage, error: Exception, seconds: float) -> None:
        with self.house.ledger.write() as session:
            row = self._row(session, stage)
            assert row
            row.state, row.seconds, row.summary = "failed", seconds, describe(error)
            session.add(row)
            self._event(session, "stage failed", stage, {"error": describe(error)})

    def _finish(self, stage: Stage, result: Outcome, seconds: float) -> None:
        with self.house.ledger.write() as session:
            row = self._row(session, stage)
            assert row
            row.state = "skipped" if getattr(result, "skipped", False) else "done"
            row.seconds, row.summary = seconds, result.summary
            row.rows_in, row.rows_out = result.rows_in, result.rows_out
            row.result = result.model_dump(mode="json")
            session.add(row)
            self._findings(session, stage, result.findings)
            self._items(session, stage, result)
            self._event(session, "stage finished", stage, {"summary": result.summary})

    def _event(self, session: Session, action: str, stage: Stage, data: dict[str, Any]) -> None:
        audit.append(
            session,
            WORKER,
            action,
            dataset=self.dataset,
            run=self.run,
            subject=stage.label,
            data={"stage": stage.number, "revision": self.revision_of(stage), **data},
        )

    def _findings(self, session: Session, stage: Stage, notes: Iterable[Note]) -> None:
        revision = self.revision_of(stage)
        session.exec(
            delete(Finding).where(
                col(Finding.run) == self.run,
                col(Finding.revision) == revision,
                col(Finding.stage) == stage.label,
            )
        )
        for note in notes:
            session.add(
                Finding(run=self.run, revision=revision, stage=stage.label, **note.model_dump(mode="json"))
            )

    def _items(self, session: Session, stage: Stage, result: Outcome) -> None:
        if isinstance(result, Judged):
            open_items(session, self.run, [*breaches(result), *self._first_items(session)])
        elif isinstance(result, Split) and self.contract:
            stands = standing(session, self.run)
            found = list(clusters(result.judged, self.contract))
            within = list(clusters(result.in_parts().judged, self.contract))
            refresh(session, self.run, self.revision, found, split=result, stands=stands, within=within)
            run = session.get(Run, self.run)
            if run:
                unreadable = self._stored(session, Stage.LOAD, Loaded).unreadable.rows
                run.rows = {**run.rows, **rows_of(result, unreadable)}
                session.add(run)

    def _first_items(self, session: Session) -> list[NewItem]:
        loaded = self._stored(session, Stage.LOAD, Loaded)
        conformed = self._stored(session, Stage.CONTRACT, Conformed)
        validated = self._stored(session, Stage.VALIDATE, Validated)
        statistics = self._stored(session, Stage.STATISTICAL, Statistics)
        assert self.contract
        return [*clusters(validated, self.contract), *others(loaded, conformed, statistics.findings)]

    def _stored(self, session: Session, stage: Stage, kind: type[R]) -> R:
        known = self._known(session, stage, kind)
        assert known
        return known


@lru_cache(maxsize=ANSWERS)
def _answer(kind: type[Outcome], written: str, vault: Vault) -> Outcome:
    """A stage's answer from its text in the ledger; what was read before is not read again."""
    return kind.model_validate(vault.rebased(json.loads(written)))


def rows_of(split: Split, unreadable: int) -> dict[str, int]:
    """Where the rows of a revision went; `passing` are the rows that break no rule at all, `unreadable` the lines
    that were, of which some may have been mended."""
    counts = split.counts
    unreadable -= counts.mended
    return {
        "in": counts.rows + unreadable,
        "kept": counts.kept,
        "quarantined": counts.quarantined,
        "unreadable": unreadable,
        "waived": counts.waived,
        "passing": split.judged.rows_out or 0,
    }


def open_items(session: Session, run: str, items: Iterable[NewItem]) -> None:
    """Put the items of a first revision into the ledger, once a key."""
    known = set(session.exec(select(Item.key).where(Item.run == run)))
    for item in items:
        if item.key not in known:
            known.add(item.key)
            session.add(Item(run=run, revision=0, **item.model_dump(mode="json")))


def refresh(
    session: Session,
    run: str,
    revision: int,
    found: list[NewItem],
    *,
    split: Split,
    stands: list[Decision],
    within: Iterable[NewItem] = (),
) -> None:
    """Bring the items about rows to where a revision is: what still fails under a new signature is a new item,
    what is gone has no rows, and rows that no decision is about open their item again. What somebody decided
    while the revision was computed is for the next one. `within`: the clusters by the parts that people made."""
    parts = {item.key: item for item in within}
    by_key = {item.key: item for item in found}
    newest = {decision.item: decision for decision in stands if decision.action != KEPT}
    for item in session.exec(select(Item).where(Item.run == run, col(Item.kind).in_(ABOUT_ROWS))):
        seen, decided = by_key.pop(item.key, None), newest.get(item.key)
        if decided and decided.revision > revision:
            continue
        new = _standing(item, seen, parts.get(item.key), split=split, newest=decided)
        if (item.rows, item.state, item.required, _placeless(item.details)) != (
            new.rows, new.state, new.required, _placeless(new.details),
        ):  # fmt: skip
            item.rows, item.state, item.required, item.details = (
                new.rows,
                new.state,
                new.required,
                new.details,
            )
            item.version += 1
        item.revision = revision
        session.add(item)
    for late in by_key.values():
        item = Item(run=run, revision=revision, **late.model_dump(mode="json"))
        new = stand(item, late, split=split, newest=None)
        item.rows, item.state, item.details = new.rows, new.state, new.details
        session.add(item)


def _standing(
    item: Item, found: NewItem | None, within: NewItem | None, *, split: Split, newest: Decision | None
) -> Standing:
    if item.details.get("parts"):
        return stand_split(item, found, within, split=split, newest=newest)
    if item.details.get("part"):
        return stand(item, within, split=split.in_parts(), newest=newest)
    return stand(item, found, split=split, newest=newest)


def _placeless(details: dict[str, Any]) -> dict[str, Any]:
    """Details by their tables' names: in a home that was moved nothing has changed."""
    return {
        name: _placeless(said)
        if isinstance(said, dict)
        else Path(str(said)).stem
        if name in ("failing", "table")
        else said
        for name, said in details.items()
    }


def describe(error: Exception) -> str:
    """An error for the ledger: our own in full, others by their kind only (a message may hold a value)."""
    return (
        str(error)
        if isinstance(error, GovernanceError)
        else f"{type(error).__name__} in the engine; see logs/"
    )
