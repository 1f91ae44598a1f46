"""Stage 2: the same bytes, contract, masking plan and logic were seen before: skip, with a link."""

from __future__ import annotations

from collections.abc import Callable

from governance.bench import name_of
from governance.reading.choice import NOTHING, ReadingChoice
from governance.stages import Outcome


class Recognised(Outcome):
    """`same_as` is the earlier run, empty when this input is new or the run was forced."""

    fingerprint: str
    same_as: str = ""


def fingerprint(
    input_digest: str, contract_digest: str, plan_digest: str, reading: ReadingChoice = NOTHING
) -> str:
    """What a run's result depends on: the same file read in another way is another input."""
    said = [reading.said] if reading.said else []
    return name_of("run", input_digest, contract_digest, plan_digest, *said)


def recognise(
    input_digest: str,
    contract_digest: str,
    plan_digest: str,
    *,
    reading: ReadingChoice = NOTHING,
    force: bool,
    look_up: Callable[[str], str],
) -> Recognised:
    """`look_up` gives the earlier run with a fingerprint, or an empty string."""
    mark = fingerprint(input_digest, contract_digest, plan_digest, reading)
    earlier = look_up(mark)
    if earlier and not force:
        return Recognised(summary=f"seen before, in run {earlier}", fingerprint=mark, same_as=earlier)
    said = f"seen before in run {earlier}, run again by force" if earlier else "new input"
    return Recognised(summary=said, fingerprint=mark)
