"""Asking for a deep report, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from governance.errors import Stale, TerminalFault
from governance.house import House
from governance.people import Person, Verb
from governance.tables import Frozen
from governance.transitions import queue
from storage import audit
from storage.models import DeepReport, now


class Deep(Frozen):
    """A deep report as it stands: queued, running, done or failed; made of `rows` of `of` kept rows."""

    run: str
    revision: int
    state: str
    rows: int = 0
    of: int = 0
    seconds: float | None = None
    error: str = ""

    @property
    def working(self) -> bool:
        return self.state in ("queued", "running")


def ask(house: House, person: Person, run_id: str) -> Deep:
    """Queue a report of the revision as it stands, unless there is one or it is under way."""
    person.must(Verb.SEE_VALUES)
    run = house.run(run_id)
    if run.computed < 0 or not run.candidate:
        raise Stale(f"Run {run.id} has no kept rows yet.", f"It is {run.state}: wait until stage 9 is done.")
    with house.ledger.write() as session:
        row = session.get(DeepReport, (run.id, run.computed))
        if row is None or row.state == "failed":
            row = row or DeepReport(run=run.id, revision=run.computed)
            row.state, row.error, row.asked_by, row.asked_at = "queued", "", person.name, now()
            session.add(row)
            said = {"revision": run.computed}
            audit.append(
                session, person.name, "deep report asked for", dataset=run.dataset, run=run.id, data=said
            )
            queue(session, "deep", run.id, str(run.computed))
    return _deep(row)


def _deep(row: DeepReport) -> Deep:
    return Deep.model_validate(row.model_dump(include=set(Deep.model_fields)))


@dataclass(frozen=True)
class Asked:
    house: House

    def deep_report(self, person: Person, run_id: str) -> Deep | None:
        """The report of the revision as it stands; None while nobody asked for it."""
        person.must(Verb.SEE_VALUES)
        row = self._row(run_id)
        return _deep(row) if row else None

    def deep_report_html(self, person: Person, run_id: str) -> str:
        """The finished report, as one HTML file. Raises Stale while there is none."""
        person.must(Verb.SEE_VALUES)
        row = self._row(run_id)
        if row is not None and row.state == "failed":
            raise TerminalFault(
                f"The deep report of run {run_id} could not be made: {row.error}", "Ask again."
            )
        if row is None or row.state != "done":
            said = f"it is {row.state}" if row else "nobody asked for it"
            raise Stale(f"There is no deep report of run {run_id} yet: {said}.", "Ask for it, and wait.")
        return self.house.bench.vault.note(row.note)

    def _row(self, run_id: str) -> DeepReport | None:
        run = self.house.run(run_id)
        with self.house.ledger.read() as session:
            return session.get(DeepReport, (run.id, max(run.computed, 0)))
