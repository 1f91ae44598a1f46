"""PagerDuty, by the Events API v2: hears of critical.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
A repeat with the same deduplication key is one incident, so this channel may be tried again after a crash.
"""

from __future__ import annotations

from typing import Any

from governance.findings import Severity
from governance.notifiers import Message
from governance.notifiers.http import post
from governance.settings import Settings

SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}


class PagerDuty:
    name = "pagerduty"
    severities = frozenset({Severity.CRITICAL})
    repeatable = True

    def __init__(self, settings: Settings) -> None:
        self.key = settings.pagerduty_key.get_secret_value()
        self.url = settings.pagerduty_url
        self.missing = "" if self.key else "GOVERNANCE_PAGERDUTY_KEY"

    def send(self, message: Message) -> str:
        body = payload(message, routing_key=self.key)
        return post(self.url, body, receiver="PagerDuty", hint="check GOVERNANCE_PAGERDUTY_KEY")


def payload(message: Message, *, routing_key: str) -> dict[str, Any]:
    links = [{"href": message.link, "text": "Open in Assay"}] if message.link else []
    return {
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": message.key[:255],
        "client": "Assay",
        "links": links,
        "payload": {
            "summary": message.title[:1024],
            "source": "assay",
            "severity": SEVERITIES[message.severity],
            "component": message.dataset,
            "class": message.event,
            "custom_details": dict(message.facts),
        },
    }
