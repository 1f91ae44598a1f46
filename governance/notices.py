"""Messages before a release: a run waits for review, was refused, or stopped. After it, stage 16 tells."""

from __future__ import annotations

import logging

from governance.findings import Severity
from governance.house import House
from governance.records import Office
from governance.stages.notify import notify
from governance.states import State

log = logging.getLogger("assay.worker")

EVENTS = {
    State.AWAITING_REVIEW: ("review", None),
    State.REJECTED: ("refused", Severity.CRITICAL),
    State.FAILED: ("failed", Severity.HIGH),
}


def tell(house: House, run_id: str, state: State) -> None:
    """Tell who must know, once an event. A dead channel stops nothing."""
    if state not in EVENTS:
        return
    event, severity = EVENTS[state]
    office = Office(house, run_id, run_id, 0)
    try:
        facts = office.facts()
        worst = severity or facts.worst_severity or Severity.LOW
        notify(house.bench, facts, severity=worst, event=event, record=office.deliveries(event))
    except Exception as error:  # a message must never stop a run
        log.error("run %s: no message could be sent (%s)", run_id, type(error).__name__)
