"""What the same file is recognised by: all that a run's result depends on, from the run's own row."""

from __future__ import annotations

from governance.reading.choice import ReadingChoice
from governance.stages.idempotency import fingerprint
from storage.models import Run


def reading_of(run: Run) -> ReadingChoice:
    """What the person who submitted it said about how the file is written."""
    return ReadingChoice.model_validate(run.options.get("reading", {}))


def mark_of(run: Run, plan_digest: str) -> str:
    """The run's fingerprint under a masking plan, with the versions of other datasets it was compared with."""
    contract = ":".join((run.contract_digest, *run.options.get("bound", ())))
    return fingerprint(run.input_digest, contract, plan_digest, reading_of(run))
