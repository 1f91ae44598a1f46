"""The story: seventeen calls in order, in two acts.

Act 1, `prepare`, is pure: input, contract, masking plan and decisions become a candidate. Act 2, `release`,
has the side effects, after an approval that cites the candidate's digest. A `step` runs each stage; the
worker's remembers what finished, so that a crash goes on after it. Steps 1–7 of a later revision are those of
the first, which the step knows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Protocol, TypeVar

from governance.bench import Bench, name_of
from governance.contract.model import Contract
from governance.findings import Severity
from governance.privacy.plan import Plan
from governance.profiling.private import bring_back, put_away, put_figures_away
from governance.reading.choice import NOTHING, ReadingChoice
from governance.release import ReleaseFacts
from governance.review import overlay
from governance.review.choices import Choice, name_of_choices
from governance.review.parts import Cut
from governance.stages import Outcome, Stage
from governance.stages.clean import Cleaned, clean
from governance.stages.contract import Conformed, conform
from governance.stages.detect import Detected, detect
from governance.stages.expectations import Expected, expect
from governance.stages.idempotency import Recognised, recognise
from governance.stages.load import Loaded, load
from governance.stages.mask import Masked, mask
from governance.stages.metrics import Metered, metrics
from governance.stages.notify import DeliveryLog, Notified, notify
from governance.stages.profile import Profiled, profile
from governance.stages.quarantine import Split, judge_again, split
from governance.stages.report import Reported, report, report_folder
from governance.stages.statistical import Baseline, Statistics, statistical
from governance.stages.threshold import Gate, Judged, judge
from governance.stages.upload import Uploaded, upload, upload_reports
from governance.stages.validate import Validated, validate
from governance.stages.version import Purpose, Versioned, publish, roll_back
from governance.tables import Frozen, KeptTable, MaskedQuarantine, MaskedTable

R = TypeVar("R", bound=Outcome)


class Step(Protocol):
    """Runs one stage, or gives the result it had before a crash."""

    def __call__(self, stage: Stage, kind: type[R], work: Callable[[], R]) -> R: ...


class Order(Frozen):
    """What act 1 works on. `now` is the time of submission in naive UTC: a resumed run sees the same day."""

    run: str
    file: str
    input_digest: str
    contract: Contract
    now: datetime
    force: bool = False
    choices: tuple[Choice, ...] = ()
    cuts: tuple[Cut, ...] = ()
    reading: ReadingChoice = NOTHING

    @property
    def today(self) -> date:
        return self.now.date()


class Memory(Protocol):
    """What the story asks the ledger for."""

    def seen(self, fingerprint: str) -> str: ...
    def approved_plan_digest(self) -> str: ...
    def baseline(self) -> Baseline | None: ...
    def plan(self, detected: Detected) -> Plan: ...


class Prepared(Frozen):
    """How act 1 ended. A candidate is there unless the run was skipped or refused."""

    gate: Gate | None
    same_as: str = ""
    candidate: str = ""


def prepare(bench: Bench, order: Order, memory: Memory, step: Step) -> Prepared:
    """Act 1: input → candidate. Changes nothing outside the vault."""
    contract, today = order.contract, order.today
    promised = tuple(column.name for column in contract.columns)
    loaded = step(
        Stage.LOAD,
        Loaded,
        partial(
            load,
            bench,
            input_digest=order.input_digest,
            file=order.file,
            expected=promised,
            choice=order.reading,
        ),
    )
    known = step(
        Stage.IDEMPOTENCY,
        Recognised,
        lambda: recognise(
            order.input_digest,
            contract.identity,
            memory.approved_plan_digest(),
            reading=order.reading,
            force=order.force,
            look_up=memory.seen,
        ),
    )
    if known.same_as:
        return Prepared(gate=None, same_as=known.same_as)
    bronze = loaded.bronze
    profiled = step(
        Stage.PROFILE, Profiled, lambda: put_away(bench, profile(bench, bronze, contract=contract))
    )
    conformed = step(Stage.CONTRACT, Conformed, partial(conform, bronze, contract))
    source = conformed.source
    validated = step(
        Stage.VALIDATE, Validated, partial(validate, bench, source, contract=contract, today=today)
    )
    figures = step(
        Stage.STATISTICAL,
        Statistics,
        lambda: put_figures_away(
            bench,
            statistical(
                bench,
                bronze,
                contract=contract,
                profiled=bring_back(bench, profiled),
                base=memory.baseline(),
                today=today,
            ),
        ),
    )
    judged = step(
        Stage.THRESHOLD,
        Judged,
        partial(
            judge, bench, conformed, validated, figures,
            contract=contract, unreadable=loaded.unreadable.rows, now=order.now,
        ),
    )  # fmt: skip
    if judged.gate == "refused":
        return Prepared(gate="refused")
    source = overlay.lay(bench, source, order.choices, contract=contract)
    cleaned = step(Stage.CLEAN, Cleaned, partial(clean, bench, source, contract=contract))
    parted = step(
        Stage.QUARANTINE,
        Split,
        lambda: split(
            bench,
            source,
            cleaned.clean,
            judge_again(bench, source, validated, contract=contract, today=today),
            choices=order.choices,
            contract=contract,
            cuts=order.cuts,
        ),
    )
    kept = parted.kept
    step(
        Stage.EXPECTATIONS,
        Expected,
        partial(expect, bench, kept, contract=contract, choices=order.choices, today=today),
    )
    detected = step(Stage.DETECT, Detected, partial(detect, bench, kept, contract=contract))
    masked = step(
        Stage.MASK,
        Masked,
        lambda: mask(bench, kept, parted.quarantine, plan=memory.plan(detected)),
    )
    return Prepared(gate=judged.gate, candidate=candidate_digest(contract, order.choices, kept, masked))


def candidate_digest(contract: Contract, choices: tuple[Choice, ...], kept: KeptTable, masked: Masked) -> str:
    """The name of what would be published: its rows, how they were masked, decided and judged."""
    return name_of(
        "candidate",
        contract.digest,
        masked.plan_digest,
        name_of_choices(choices),
        kept.name,
        masked.masked.digest,
    )


class Parcel(Frozen):
    """What act 2 sends out. Only masked tables leave the vault; `kept` goes to the vault's own history."""

    purpose: Purpose
    expected: int
    masked: MaskedTable
    quarantine: MaskedQuarantine
    kept: KeptTable
    shelf_commit: int | None = None
    vault_commit: int | None = None

    @property
    def is_rollback(self) -> bool:
        return self.shelf_commit is not None


class Office(Protocol):
    """What act 2 asks the ledger for: the facts as they stand, and the log of what was sent."""

    def facts(self) -> ReleaseFacts: ...
    def deliveries(self, event: str) -> DeliveryLog: ...


def release(bench: Bench, parcel: Parcel, office: Office, step: Step) -> Versioned:
    """Act 2: candidate → version, and everyone who must know. Each effect happens once."""
    versioned = step(Stage.VERSION, Versioned, partial(commit, bench, parcel))
    step(Stage.METRICS, Metered, lambda: metrics(bench, office.facts()))
    step(Stage.UPLOAD, Uploaded, lambda: send(bench, parcel, office.facts()))
    step(
        Stage.NOTIFY,
        Notified,
        lambda: notify(
            bench,
            office.facts(),
            severity=Severity(office.facts().worst_severity or Severity.LOW),
            event=office.facts().kind,
            record=office.deliveries(office.facts().kind),
        ),
    )
    step(Stage.REPORT, Reported, lambda: conclude(bench, office.facts()))
    return versioned


def commit(bench: Bench, parcel: Parcel) -> Versioned:
    if parcel.shelf_commit is None or parcel.vault_commit is None:
        return publish(bench, parcel.masked, parcel.kept, purpose=parcel.purpose, expected=parcel.expected)
    return roll_back(
        bench,
        purpose=parcel.purpose,
        expected=parcel.expected,
        shelf_commit=parcel.shelf_commit,
        vault_commit=parcel.vault_commit,
        rows=parcel.masked.rows,
    )


def send(bench: Bench, parcel: Parcel, facts: ReleaseFacts) -> Uploaded:
    """Upload the masked tables; the report follows when stage 17 has written it."""
    return upload(bench, parcel.masked, parcel.quarantine, facts=facts)


def conclude(bench: Bench, facts: ReleaseFacts) -> Reported:
    """Write the final report, and put it beside the data where S3 is configured."""
    done = report(bench, facts)
    if bench.settings.s3_bucket:
        upload_reports(bench, tuple(sorted(report_folder(bench, facts).glob("report.*"))), facts=facts)
    return done
