"""Stage 16: tell who must know. Slack hears everything, e-mail high and critical, PagerDuty critical.

A message is noted in the delivery log before it is sent. So after a crash in between nobody is told twice:
the outcome is `unknown`, except where the receiver recognises a repeat. A dead channel never fails the run.
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from governance.bench import Bench
from governance.findings import Severity
from governance.notifiers import Channel, ChannelOutcome, Message, compose, deliver
from governance.notifiers.email import Email
from governance.notifiers.pagerduty import PagerDuty
from governance.notifiers.slack import Slack
from governance.release import ReleaseFacts
from governance.reporting.samples import Sample, keep
from governance.settings import Settings
from governance.stages import Outcome

WORDS = {
    "sent": "sent",
    "failed": "failed",
    "not_configured": "not configured",
    "not_needed": "not needed",
    "unknown": "unknown",
}


class DeliveryLog(Protocol):
    """What is remembered of deliveries, beyond a crash."""

    def begin(self, channel: str) -> str:
        """`new`, `attempted` or `sent`: what was known before of this event on this channel.

        From now on, unless it was sent, it counts as attempted.
        """

    def finish(self, channel: str, state: str, detail: str) -> None:
        """Note how it ended."""


class Notified(Outcome):
    """What became of the message on each channel."""

    channels: tuple[ChannelOutcome, ...] = ()


def channels(settings: Settings) -> tuple[Channel, ...]:
    """All channels, configured or not, the least urgent first."""
    return (Slack(settings), Email(settings), PagerDuty(settings))


def notify(
    bench: Bench, facts: ReleaseFacts, *, severity: Severity, event: str, record: DeliveryLog
) -> Notified:
    """Send one event to every channel that hears its severity; counts, names and a link, never a value.

    A channel costs ten seconds at most. Only a fault of the delivery log itself is raised.
    """
    message = compose(facts, severity=severity, event=event)
    outcomes = tuple(_tell(channel, message, record) for channel in channels(bench.settings))
    _count(bench, facts.dataset, outcomes)
    told = [f"{outcome.channel}: {WORDS[outcome.state]}" for outcome in outcomes]
    return Notified(summary=", ".join(told).capitalize(), channels=outcomes)


def _tell(channel: Channel, message: Message, record: DeliveryLog) -> ChannelOutcome:
    if message.severity not in channel.severities:
        return ChannelOutcome(channel=channel.name, state="not_needed", detail=f"not for {message.severity}")
    if channel.missing:
        return ChannelOutcome(
            channel=channel.name, state="not_configured", detail=f"set {channel.missing} to use it"
        )
    before = record.begin(channel.name)
    if before == "sent":
        return ChannelOutcome(channel=channel.name, state="sent", detail="already sent")
    if before == "attempted" and not channel.repeatable:
        detail = "interrupted while sending; not sent again, because it may have arrived"
        outcome = ChannelOutcome(channel=channel.name, state="unknown", detail=detail)
    else:
        outcome = deliver(channel, message)
    record.finish(channel.name, outcome.state, outcome.detail)
    return outcome


def _count(bench: Bench, dataset: str, outcomes: tuple[ChannelOutcome, ...]) -> None:
    tally = Counter((outcome.channel, outcome.state) for outcome in outcomes)
    samples = tuple(
        Sample(metric="assay_deliveries", value=count, labels={"channel": channel, "state": state})
        for (channel, state), count in tally.items()
    )
    keep(bench.settings.root, dataset, group="deliveries", samples=samples)
