"""Slack, by an incoming webhook: hears of everything.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

from typing import Any

from governance.findings import Severity
from governance.notifiers import Message, one_line
from governance.notifiers.http import post
from governance.settings import Settings

MARKS = {
    Severity.CRITICAL: ":red_circle:",
    Severity.HIGH: ":large_orange_circle:",
    Severity.MEDIUM: ":large_yellow_circle:",
    Severity.LOW: ":large_blue_circle:",
}


class Slack:
    name = "slack"
    severities = frozenset(Severity)
    repeatable = False

    def __init__(self, settings: Settings) -> None:
        self.webhook = settings.slack_webhook.get_secret_value()
        self.missing = "" if self.webhook else "GOVERNANCE_SLACK_WEBHOOK"

    def send(self, message: Message) -> str:
        return post(self.webhook, payload(message), receiver="Slack", hint="check GOVERNANCE_SLACK_WEBHOOK")


def payload(message: Message) -> dict[str, Any]:
    """Names go into `plain_text`, or escaped: a file called `<!channel>` calls nobody."""
    fields = [_plain(f"{name}: {value}") for name, value in message.facts][:10]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(one_line(message.title, 150))},
        {"type": "section", "fields": fields},
    ]
    if message.link:
        blocks.append(
            {"type": "section", "text": {"type": "mrkdwn", "text": f"<{message.link}|Open in Assay>"}}
        )
    return {"text": f"{MARKS[message.severity]} {escape(message.title)}", "blocks": blocks}


def escape(text: str) -> str:
    """Slack's three control characters, as its formatting guide says."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
