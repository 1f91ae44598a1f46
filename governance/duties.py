"""What a worker does for each kind of task: prepare or revise a run, release it, carry out a rollback.

`durable` runs one named piece of work and remembers its answer (DBOS in the worker, nothing in a test).
Every end is a move in the table of states, with its event, in one transaction.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from sqlmodel import Session, select

from governance import learning, pipeline, recipes, waivers
from governance.approvals import void
from governance.contract.model import Contract
from governance.cutting import cuts
from governance.decisions import choices, standing
from governance.effect import settle
from governance.errors import GovernanceError, InputError, Stale
from governance.house import House
from governance.journal import WORKER, Journal, describe
from governance.notices import tell
from governance.policy import decide_without_review
from governance.recognition import mark_of, reading_of
from governance.records import Memory, Office
from governance.stages import Outcome, Stage
from governance.stages.idempotency import Recognised
from governance.stages.load import Loaded
from governance.stages.mask import Masked
from governance.stages.profile import Profiled
from governance.stages.quarantine import Split
from governance.stages.statistical import Statistics, baseline_of
from governance.stages.validate import Validated
from governance.stages.version import Purpose, Versioned
from governance.states import State
from governance.transitions import move
from storage import audit
from storage.models import Approval, Rollback, Run, Version

R = TypeVar("R", bound=Outcome)
Durable = Callable[[str, Callable[[], str]], str]
log = logging.getLogger("assay.worker")


def _step(house: House, journal: Journal, durable: Durable) -> pipeline.Step:
    def step(stage: Stage, kind: type[R], work: Callable[[], R]) -> R:
        revision = journal.revision_of(stage)
        if revision != journal.revision and (known := journal.known(stage, kind)):
            return known
        answer = durable(stage.label, lambda: journal.perform(stage, kind, work).model_dump_json())
        return kind.model_validate(house.bench.vault.rebased(json.loads(answer)))

    return step


def prepare(house: House, run_id: str, revision: int, durable: Durable) -> str:
    """Act 1 of one revision. Returns the state the run is in afterwards."""
    run = house.run(run_id)
    contract = house.contract_of(run)
    with house.ledger.write() as session:
        run = session.get_one(Run, run_id)
        if revision < run.revision:
            return run.state  # a later decision asks for a later revision, which is computed instead
        if run.state == State.QUEUED:
            move(session, run, State.RUNNING, by=WORKER)
            if contract.bound:
                run.options = {**run.options, "bound": list(contract.bound)}
            waivers.carry(session, house, run, contract)
            session.flush()
        decided = choices(house, standing(session, run_id, revision))
        parted = cuts(house, session, run_id)
    order = pipeline.Order(
        run=run_id,
        file=run.file,
        input_digest=run.input_digest,
        contract=contract,
        now=run.submitted_at,
        force=bool(run.options.get("force")),
        choices=decided,
        cuts=parted,
        reading=reading_of(run),
    )
    journal = Journal(house, run_id, run.dataset, revision, contract)
    memory = Memory(house, run, contract, revision)
    try:
        prepared = pipeline.prepare(house.bench, order, memory, _step(house, journal, durable))
    except Exception as error:
        return _failed(house, run_id, error)
    state = _prepared(house, run_id, revision, contract, prepared, journal)
    if state == State.AWAITING_REVIEW and run.options.get("no_review"):
        decide_without_review(house, run_id)
    return house.run(run_id).state


def _prepared(
    house: House,
    run_id: str,
    revision: int,
    contract: Contract,
    prepared: pipeline.Prepared,
    journal: Journal,
) -> State:
    """Act 1's end, on record. Asking again after it is on record changes nothing."""
    with house.ledger.write() as session:
        run = session.get_one(Run, run_id)
        if run.state not in (State.RUNNING, State.REVISING):
            return State(run.state)
        state, changes = _ending(session, run, prepared, journal)
        if revision < run.revision:
            return State(run.state)
        if state == State.AWAITING_REVIEW:
            settle(session, run, contract, journal)
            recipes.propose(session, run)
        move(session, run, state, by=WORKER, computed=revision, **changes)
    if revision == 0:
        tell(house, run_id, state)
    return state


def _ending(
    session: Session, run: Run, prepared: pipeline.Prepared, journal: Journal
) -> tuple[State, dict[str, Any]]:
    loaded = journal.known(Stage.LOAD, Loaded)
    rows = dict(run.rows)
    if loaded:
        rows = {"in": (loaded.rows_out or 0) + loaded.unreadable.rows, "kept": 0, "quarantined": 0,
                **rows, "unreadable": loaded.unreadable.rows}  # fmt: skip
    if prepared.same_as:
        earlier = session.get(Run, prepared.same_as)
        rows = earlier.rows if earlier else rows
        return State.SKIPPED, {"same_as": prepared.same_as, "outcome": "seen before", "rows": rows}
    if prepared.gate == "refused":
        validated = journal.known(Stage.VALIDATE, Validated)
        rows["passing"] = validated.rows_out or 0 if validated else 0
        rows["quarantined"] = rows["in"] - rows["unreadable"]
        return State.REJECTED, {"outcome": "refused", "rows": rows}
    masked = journal.known(Stage.MASK, Masked)
    split = journal.known(Stage.QUARANTINE, Split)
    recognised = journal.known(Stage.IDEMPOTENCY, Recognised)
    assert masked and split and recognised
    rows["unreadable"] -= split.counts.mended
    rows |= {"in": split.counts.rows + rows["unreadable"], "kept": split.counts.kept,
             "quarantined": split.counts.quarantined, "waived": split.counts.waived,
             "passing": split.judged.rows_out or 0}  # fmt: skip
    return State.AWAITING_REVIEW, {
        "candidate": prepared.candidate,
        "outcome": prepared.gate or "",
        "plan_digest": masked.plan_digest,
        "fingerprint": run.fingerprint or recognised.fingerprint,
        "rows": rows,
    }


def _failed(house: House, run_id: str, error: Exception) -> str:
    """Input nobody can read ends the run; a fault of ours leaves it to be resumed."""
    log.exception(
        "run %s stopped: %s", run_id, type(error).__name__, exc_info=not isinstance(error, GovernanceError)
    )
    with house.ledger.write() as session:
        run = session.get_one(Run, run_id)
        if isinstance(error, InputError) and run.state == State.RUNNING:
            move(session, run, State.REJECTED, by=WORKER, outcome="input", error=str(error))
        elif isinstance(error, Stale) and run.state == State.RELEASING:
            void(session, run, WORKER, why=str(error))
        elif run.state != State.FAILED:
            move(session, run, State.FAILED, by=WORKER, error=describe(error))
    state = house.run(run_id).state
    tell(house, run_id, State(state))
    return state


def release(house: House, run_id: str, durable: Durable) -> str:
    """Act 2 of an approved run. Returns the state the run is in afterwards."""
    run = house.run(run_id)
    if run.state != State.RELEASING:
        return run.state
    journal = Journal(house, run_id, run.dataset, run.computed)
    split, masked = journal.known(Stage.QUARANTINE, Split), journal.known(Stage.MASK, Masked)
    assert split and masked
    number, expected = run.options["version"], run.options["expected"]
    parcel = pipeline.Parcel(
        purpose=Purpose(
            key=f"run:{run_id}:{number}",
            dataset=run.dataset,
            version=number,
            digest=run.candidate,
            requested_by=run.submitted_by,
            approved_by=_approver(house, run_id, run.candidate),
        ),
        expected=expected,
        masked=masked.masked,
        quarantine=masked.quarantine,
        kept=split.kept,
    )
    office = Office(house, run_id, run_id, number)
    step = _step(house, journal, durable)

    def remember(stage: Stage, kind: type[R], work: Callable[[], R]) -> R:
        result = step(stage, kind, work)
        if isinstance(result, Versioned):
            _record(house, parcel, result, run, kind="publish", reason=str(run.options.get("reason", "")))
        return result

    try:
        pipeline.release(house.bench, parcel, office, remember)
    except Exception as error:
        return _failed(house, run_id, error)
    with house.ledger.write() as session:
        run = session.get_one(Run, run_id)
        if run.state == State.RELEASING:
            mark = mark_of(run, run.plan_digest)
            move(session, run, State.PUBLISHED, by=WORKER, fingerprint=mark, error="")
            learning.learn(session, house, run)
            audit.sign_head(session, house.signing_key)
    return State.PUBLISHED


def roll_back(house: House, rollback_id: str, durable: Durable) -> str:
    """Carry out an approved rollback: restore, record, tell. Returns its state afterwards."""
    with house.ledger.read() as session:
        wish = session.get_one(Rollback, rollback_id)
        target = _version(session, wish.dataset, wish.to_number)
        approval = session.exec(select(Approval).where(Approval.subject == rollback_id)).first()
    if wish.state != "releasing" or target is None:
        return wish.state
    run = house.run(target.run)
    number = wish.base_number + 1
    parcel = pipeline.Parcel(
        purpose=Purpose(
            key=f"rollback:{rollback_id}",
            dataset=wish.dataset,
            version=number,
            digest=target.digest,
            requested_by=wish.requested_by,
            approved_by=approval.person if approval else "",
        ),
        expected=wish.base_number,
        shelf_commit=target.shelf_commit,
        vault_commit=target.vault_commit,
        **{
            name: house.bench.vault.rebased(target.details[name]) for name in ("masked", "quarantine", "kept")
        },
    )
    journal = Journal(house, rollback_id, wish.dataset, 0)
    step = _step(house, journal, durable)

    def remember(stage: Stage, kind: type[R], work: Callable[[], R]) -> R:
        result = step(stage, kind, work)
        if isinstance(result, Versioned):
            _record(house, parcel, result, run, kind="rollback", reason=wish.reason, back_to=target)
        return result

    state, fault = "done", ""
    try:
        pipeline.release(house.bench, parcel, Office(house, run.id, rollback_id, number), remember)
    except Exception as error:
        log.exception("rollback %s stopped: %s", rollback_id, type(error).__name__)
        state, fault = "failed", describe(error)
    with house.ledger.write() as session:
        wish = session.get_one(Rollback, rollback_id)
        wish.state, wish.error = state, fault
        session.add(wish)
        audit.append(session, WORKER, f"rollback {state}", dataset=wish.dataset, subject=rollback_id)
        audit.sign_head(session, house.signing_key)
    return state


def _record(
    house: House,
    parcel: pipeline.Parcel,
    result: Versioned,
    run: Run,
    *,
    kind: str,
    reason: str,
    back_to: Version | None = None,
) -> None:
    """The version in the ledger: once a commit, however often the step is asked."""
    with house.ledger.write() as session:
        if _version(session, run.dataset, result.number):
            return
        base = back_to.details.get("baseline") if back_to else _baseline(house, run)
        session.add(
            Version(
                dataset=run.dataset,
                number=result.number,
                kind=kind,
                run=run.id,
                digest=parcel.purpose.digest,
                content=parcel.masked.digest,
                shelf_commit=result.shelf_commit,
                vault_commit=result.vault_commit,
                rows=parcel.masked.rows,
                requested_by=parcel.purpose.requested_by,
                approved_by=parcel.purpose.approved_by,
                reason=reason,
                rolled_back_to=back_to.number if back_to else None,
                details={
                    "masked": parcel.masked.model_dump(mode="json"),
                    "quarantine": parcel.quarantine.model_dump(mode="json"),
                    "kept": parcel.kept.model_dump(mode="json"),
                    "baseline": base,
                },
            )
        )
        audit.append(
            session,
            WORKER,
            f"version {'restored' if back_to else 'published'}",
            dataset=run.dataset,
            run=run.id,
            subject=f"version {result.number}",
            data={"digest": parcel.purpose.digest, "content": parcel.masked.digest, "rows": parcel.masked.rows,
                  "shelf_commit": result.shelf_commit, "approved_by": parcel.purpose.approved_by},
        )  # fmt: skip


def _baseline(house: House, run: Run) -> dict[str, Any] | None:
    """The aggregates that the next run is compared with."""
    first = Journal(house, run.id, run.dataset, 0)
    profiled, statistics = first.known(Stage.PROFILE, Profiled), first.known(Stage.STATISTICAL, Statistics)
    return baseline_of(profiled, statistics).model_dump(mode="json") if profiled and statistics else None


def _version(session: Session, dataset: str, number: int) -> Version | None:
    return session.exec(select(Version).where(Version.dataset == dataset, Version.number == number)).first()


def _approver(house: House, subject: str, digest: str) -> str:
    with house.ledger.read() as session:
        found = session.exec(
            select(Approval.person).where(
                Approval.subject == subject, Approval.digest == digest, Approval.kind == "publish"
            )
        )
        return ", ".join(dict.fromkeys(found))
