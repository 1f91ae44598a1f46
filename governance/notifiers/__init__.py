"""Ways to tell people: the message that all channels send, and how one delivery is tried.

A message holds counts, names and a link, never a value of a row. A channel says plainly whether a failed
try surely did not arrive (`NotDelivered`) or may have (`Unanswered`), because only the former is repeated.
"""

from __future__ import annotations

import unicodedata
from typing import Literal, Protocol

from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from governance.findings import Severity
from governance.release import ReleaseFacts
from governance.tables import Frozen

PATIENCE = 2.0
"""Seconds that a channel waits for each of connecting, sending and an answer."""

BUDGET = 5.0
"""Seconds after which no further try begins; with `PATIENCE`, a dead channel costs ten at most."""

DeliveryState = Literal["sent", "failed", "not_configured", "not_needed", "unknown"]
EVENTS = {
    "publish": "version {version} published",
    "rollback": "rolled back, as version {version}",
    "review": "a run waits for review",
    "refused": "a run was refused",
    "failed": "a run failed",
}


class Message(Frozen):
    """What there is to tell. `key` names the event, so that a receiver can tell a repeat."""

    event: str
    severity: Severity
    title: str
    facts: tuple[tuple[str, str], ...]
    link: str
    dataset: str
    key: str


class ChannelOutcome(Frozen):
    """What became of one message on one channel. `unknown`: it may have arrived, so it is not repeated."""

    channel: str
    state: DeliveryState
    detail: str = ""


class NotDelivered(Exception):
    """It surely did not arrive; `again` when another try may help."""

    def __init__(self, detail: str, *, again: bool) -> None:
        super().__init__(detail)
        self.again = again


class Unanswered(Exception):
    """It was sent, but whether it arrived nobody said."""


class Channel(Protocol):
    """One way to tell. `repeatable`: the receiver recognises a repeat by the message's key."""

    name: str
    severities: frozenset[Severity]
    repeatable: bool
    missing: str
    """Which setting is missing, or empty."""

    def send(self, message: Message) -> str:
        """Send it once and say what came back. Raises NotDelivered or Unanswered."""


def compose(facts: ReleaseFacts, *, severity: Severity, event: str) -> Message:
    """The message about one event of one release."""
    what = EVENTS.get(event, event.replace("_", " ")).format(version=facts.version)
    counts = {name: f"{facts.rows.get(name, 0):,}" for name in ("in", "kept", "quarantined", "unreadable")}
    passing = "" if facts.pass_rate_raw is None else f"{facts.pass_rate_raw:.1%}"
    lines = {
        "Dataset": one_line(facts.dataset),
        "File": one_line(facts.file),
        "Severity": severity.value,
        "Rows in": counts["in"],
        "Kept": counts["kept"],
        "Quarantined": counts["quarantined"],
        "Unreadable": counts["unreadable"],
        "Rows that pass": passing,
        "Findings": f"{len(facts.findings):,}",
    }
    return Message(
        event=event,
        severity=severity,
        title=f"{one_line(facts.dataset)}: {what}",
        facts=tuple((name, value) for name, value in lines.items() if value),
        link=facts.link,
        dataset=one_line(facts.dataset),
        key=f"assay-{facts.subject}-{event}",
    )


def deliver(channel: Channel, message: Message) -> ChannelOutcome:
    """Send a message, trying again within the budget where that is safe. Never raises."""
    again = Retrying(
        retry=retry_if_exception(lambda error: _worth_repeating(error, channel)),
        stop=stop_after_attempt(3) | stop_before_delay(BUDGET),
        wait=wait_exponential_jitter(initial=0.2, max=1, jitter=0.2),
        reraise=True,
    )
    try:
        return ChannelOutcome(channel=channel.name, state="sent", detail=again(channel.send, message))
    except Unanswered as silence:
        return ChannelOutcome(channel=channel.name, state="unknown", detail=str(silence))
    except NotDelivered as failure:
        return ChannelOutcome(channel=channel.name, state="failed", detail=str(failure))
    except Exception as error:  # whatever a channel does, the release is done and stays done
        return ChannelOutcome(
            channel=channel.name, state="failed", detail=f"{type(error).__name__} while sending"
        )


def one_line(text: str, limit: int = 200) -> str:
    """A name as it may stand in a subject or a chat: no control or direction characters, not too long."""
    shown = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in HIDDEN else c for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _worth_repeating(error: BaseException, channel: Channel) -> bool:
    if isinstance(error, Unanswered):
        return channel.repeatable
    return isinstance(error, NotDelivered) and error.again
