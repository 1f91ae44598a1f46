"""Stage 16: who hears what, what is in it, and what happens when nobody answers. All receivers are local."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.controller import Controller
from release_facts import facts

from governance import notifiers
from governance.bench import open_bench
from governance.findings import Severity
from governance.notifiers import Message, compose, one_line, slack
from governance.notifiers.email import letter
from governance.settings import Settings
from governance.stages.notify import Notified, notify


@dataclass
class Receiver:
    """A web server that keeps what it gets and answers what it is told to."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    silent: bool = False


@pytest.fixture
def web() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if receiver.silent:
                time.sleep(0.6)
                return
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Mailbox:
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        reply = self.replies.pop(0) if self.replies else "250 taken"
        if reply.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return reply


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        box = Mailbox(free.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@dataclass
class Log:
    """A delivery log in memory."""

    before: dict[str, Literal["new", "attempted", "sent"]] = field(default_factory=dict)
    began: list[str] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)

    def begin(self, channel: str) -> Literal["new", "attempted", "sent"]:
        self.began.append(channel)
        return self.before.get(channel, "new")

    def finish(self, channel: str, state: str, detail: str) -> None:
        assert detail
        self.ended[channel] = state


@pytest.fixture
def chosen(tmp_path: Path, web: Receiver, mail: Mailbox) -> dict[str, Any]:
    return {
        "home": tmp_path,
        "slack_webhook": web.url,
        "smtp_host": "127.0.0.1",
        "smtp_port": mail.port,
        "mail_to": "dq@example.org, ana@example.org",
        "pagerduty_key": "routing-key",
        "pagerduty_url": web.url,
    }


def run(
    chosen: dict[str, Any], log: Log | None = None, *, severity: str = "critical", **change: Any
) -> Notified:
    return notify(
        open_bench(Settings(**chosen)),
        facts(**change),
        severity=Severity(severity),
        event="publish",
        record=log or Log(),
    )


def states(done: Notified) -> dict[str, str]:
    return {outcome.channel: outcome.state for outcome in done.channels}


@pytest.mark.parametrize(
    ("severity", "heard"),
    [
        ("low", {"slack"}),
        ("medium", {"slack"}),
        ("high", {"slack", "email"}),
        ("critical", {"slack", "email", "pagerduty"}),
    ],
)
def test_severity_decides_who_hears(
    chosen: dict[str, Any], web: Receiver, mail: Mailbox, severity: str, heard: set[str]
) -> None:
    log = Log()
    done = run(chosen, log, severity=severity)
    assert {name for name, state in states(done).items() if state == "sent"} == heard
    assert {name for name, state in states(done).items() if state == "not_needed"} == set(
        states(done)
    ) - heard
    assert log.ended == dict.fromkeys(heard, "sent")
    assert len(mail.mails) == ("email" in heard)
    assert len(web.got) == len(heard - {"email"})
    assert Notified.model_validate_json(done.model_dump_json()) == done


def test_nothing_configured_is_no_error(tmp_path: Path) -> None:
    log = Log()
    done = run({"home": tmp_path}, log)
    assert set(states(done).values()) == {"not_configured"}
    assert log.began == []
    assert done.channels[1].detail == "set GOVERNANCE_SMTP_HOST and GOVERNANCE_MAIL_TO to use it"
    assert done.summary == "Slack: not configured, email: not configured, pagerduty: not configured"


@pytest.mark.parametrize(
    ("channel", "before", "state", "posts"),
    [
        ("slack", "sent", "sent", 1),
        ("slack", "attempted", "unknown", 1),
        ("email", "attempted", "unknown", 2),
        ("pagerduty", "attempted", "sent", 2),
        ("pagerduty", "sent", "sent", 1),
    ],
)
def test_a_crash_never_tells_twice(
    chosen: dict[str, Any],
    web: Receiver,
    mail: Mailbox,
    channel: str,
    before: Literal["attempted", "sent"],
    state: str,
    posts: int,
) -> None:
    done = run(chosen, Log(before={channel: before}))
    assert states(done)[channel] == state
    assert len(web.got) == posts
    assert len(mail.mails) == (channel != "email")


@pytest.mark.parametrize(
    ("answers", "state", "posts"),
    [
        pytest.param([503, 429], "sent", 3, id="survived"),
        pytest.param([500, 500, 500], "failed", 3, id="given up"),
        pytest.param([404], "failed", 1, id="wrong address"),
        pytest.param([302], "failed", 1, id="never follows elsewhere"),
    ],
)
def test_a_refusal_is_repeated_only_where_it_may_help(
    chosen: dict[str, Any], web: Receiver, answers: list[int], state: str, posts: int
) -> None:
    web.answers = answers
    done = run(chosen, severity="low")
    assert (states(done)["slack"], len(web.got)) == (state, posts)


def test_silence_is_unknown_and_not_repeated_unless_harmless(
    chosen: dict[str, Any], web: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("governance.notifiers.http.PATIENCE", 0.2)
    web.silent = True
    done = run(chosen | {"smtp_host": ""})
    assert states(done)["slack"] == "unknown"
    assert states(done)["pagerduty"] == "unknown"
    assert len(web.got) == 1 + 3


def test_a_dead_channel_never_fails_the_run_and_shows_no_secret(chosen: dict[str, Any]) -> None:
    dead = {
        "slack_webhook": "http://127.0.0.1:9/T000/secret",
        "smtp_port": 9,
        "pagerduty_url": "nonsense://secret",
    }
    started = time.monotonic()
    done = run(chosen | dead)
    assert set(states(done).values()) == {"failed"}
    assert "secret" not in done.model_dump_json()
    assert time.monotonic() - started < 10


def test_even_a_bug_in_a_channel_is_only_a_failed_delivery(
    chosen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack, "payload", lambda _: 1 / 0)
    done = run(chosen, severity="low")
    assert done.channels[0].detail == "ZeroDivisionError while sending"


@pytest.mark.parametrize(
    ("replies", "state", "mails"),
    [
        pytest.param(["451 later"], "sent", 1, id="greylisted"),
        pytest.param(["554 no"], "failed", 0, id="refused"),
    ],
)
def test_mail_replies(
    chosen: dict[str, Any], mail: Mailbox, replies: list[str], state: str, mails: int
) -> None:
    mail.replies = replies
    done = run(chosen, severity="high")
    assert (states(done)["email"], len(mail.mails)) == (state, mails)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"smtp_starttls": True}, "does not offer STARTTLS"),
        ({"smtp_user": "u", "smtp_password": "p"}, "does not offer STARTTLS or a login"),
    ],
)
def test_mail_that_cannot_be_secured_is_not_sent(
    chosen: dict[str, Any], mail: Mailbox, change: dict[str, Any], detail: str
) -> None:
    done = run(chosen | change, severity="high")
    assert detail in done.channels[1].detail
    assert mail.mails == []


def test_what_a_message_says(chosen: dict[str, Any], web: Receiver, mail: Mailbox) -> None:
    run(chosen)
    (sent,) = mail.mails
    assert sent["Subject"] == "[critical] customers: version 3 published"
    assert sent["To"] == "dq@example.org, ana@example.org"
    assert "Quarantined:    1,204" in sent.get_content()
    chat, page = web.got
    assert chat["blocks"][0]["text"]["text"] == "customers: version 3 published"
    assert page["dedup_key"] == "assay-r1-publish"
    assert page["payload"]["severity"] == "critical"
    assert page["payload"]["custom_details"]["Kept"] == "28,796"
    assert page["links"][0]["href"] == "http://127.0.0.1:8501/run?run=r1"


def test_reasons_findings_and_people_stay_out(chosen: dict[str, Any], web: Receiver, mail: Mailbox) -> None:
    run(chosen, reason="secret-reason", requested_by="secret-person")
    told = json.dumps(web.got) + mail.mails[0].as_string()
    assert "secret" not in told
    assert "drifted" not in told


HOSTILE = "<!channel>\r\nBcc: all@example.org\u202egnp.csv" + "x" * 300


def hostile() -> Message:
    return compose(facts(file=HOSTILE, dataset=HOSTILE), severity=Severity.HIGH, event="publish")


def test_a_hostile_name_calls_nobody_in_slack() -> None:
    body = slack.payload(hostile())
    assert "<!channel>" not in body["text"]
    assert all(one["type"] == "plain_text" for one in body["blocks"][1]["fields"])
    assert len(body["blocks"][0]["text"]["text"]) <= 150


def test_a_hostile_name_adds_no_header_to_a_mail() -> None:
    mail = letter(hostile(), sender="assay@localhost", receivers=["a@example.org"])
    assert mail["Bcc"] is None
    assert "\n" not in str(mail["Subject"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("customers.csv", "customers.csv"),
        ("a\r\nb", "a��b"),
        ("a\u202eb", "a�b"),
        ("año 😀", "año 😀"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_the_budget_is_short() -> None:
    assert notifiers.BUDGET + 2 * notifiers.PATIENCE < 10
