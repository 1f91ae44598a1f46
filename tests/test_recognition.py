"""The same file is recognised by what its result depends on, whoever asks: the stage or the row of the run."""

from __future__ import annotations

import pytest

from governance.reading.choice import ReadingChoice
from governance.recognition import mark_of, reading_of
from governance.stages.idempotency import recognise
from storage.models import Run

SAID = ReadingChoice(delimiter=";")
OPTIONS = {
    "nothing said": {},
    "read otherwise": {"reading": SAID.said},
    "compared with another dataset": {"bound": ["customers@3"]},
    "both": {"reading": SAID.said, "bound": ["customers@3"]},
}


def run(options: dict[str, object]) -> Run:
    return Run(
        id="r", dataset="d", file="f", source="s", input_digest="i", contract_digest="c", state="queued",
        submitted_by="ana", options=options,
    )  # fmt: skip


@pytest.mark.parametrize("case", OPTIONS)
def test_the_row_of_a_run_gives_the_mark_that_the_stage_gave(case: str) -> None:
    made = run(OPTIONS[case])
    contract = ":".join(("c", *OPTIONS[case].get("bound", ())))  # type: ignore[misc]
    stage = recognise("i", contract, "p", reading=reading_of(made), force=False, look_up=lambda mark: "")

    assert mark_of(made, "p") == stage.fingerprint


def test_each_of_them_makes_another_mark() -> None:
    assert len({mark_of(run(options), plan) for options in OPTIONS.values() for plan in ("p", "q")}) == 8
