"""A whole publish with every receiver set up: what leaves the vault, what it may hold, and what must not stop it.

Everything outside is local: S3 by moto, Slack and PagerDuty by a web server, mail by an SMTP server.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest
from aiosmtpd.controller import Controller
from drive import ANA, BEN, CLEO, Desk, Template
from moto import mock_aws
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import SQLModel, select

from governance import duties
from governance.review.choices import Action, Fix
from governance.states import State
from storage.models import Base, Delivery, Version

BUCKET = "lake"


@dataclass
class Receivers:
    """What came in at the local servers, and the settings that lead there."""

    settings: dict[str, Any]
    posts: list[dict[str, Any]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 taken"

    @property
    def text(self) -> str:
        mails = "\n".join(mail.as_string() for mail in self.mails)
        bodies = "\n".join(str(mail.get_body().get_content()) for mail in self.mails if mail.get_body())
        return f"{json.dumps(self.posts, ensure_ascii=False)}\n{mails}\n{bodies}"


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    with listening() as got:
        yield got


@contextmanager
def listening() -> Iterator[Receivers]:
    """Local servers for as long as it lasts."""
    got = Receivers({})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.posts.append(
                {"at": self.path, **json.loads(self.rfile.read(int(self.headers["Content-Length"])))}
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    mail = Controller(got, hostname="127.0.0.1", port=free_port())
    mail.start()
    address = f"http://127.0.0.1:{server.server_port}"
    got.settings.update(
        slack_webhook=f"{address}/slack", pagerduty_key="routing-key", pagerduty_url=f"{address}/pagerduty",
        smtp_host="127.0.0.1", smtp_port=mail.port, mail_to="dq@example.org",
    )  # fmt: skip
    yield got
    mail.stop()
    server.shutdown()
    server.server_close()
    thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def s3() -> Iterator[Any]:
    with storing() as client:
        yield client


@contextmanager
def storing() -> Iterator[Any]:
    """A store with one bucket for as long as it lasts."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


STORE = {"s3_bucket": BUCKET, "s3_prefix": "dq", "s3_region": "us-east-1"}


def objects(s3: Any) -> dict[str, bytes]:
    found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {one["Key"]: s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read() for one in found}


# personal data of the sample, as written and as cleaned

PERSONAL = ("email", "phone", "date_of_birth", "address")
SSN = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")


@dataclass(frozen=True)
class Secrets:
    """Values of one sample that nobody outside the vault may see: `long` in any text, `by_column` in any cell."""

    long: frozenset[str]
    by_column: dict[str, frozenset[str]]

    def found_in(self, text: str) -> list[str]:
        folded = text.casefold()
        return [value for value in self.long if value.casefold() in folded]


@pytest.fixture(scope="session")
def secrets(samples: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    columns: dict[str, set[str]] = {}
    notes: set[str] = set()
    for file in samples:
        for row in csv.DictReader(file.read_text().splitlines()):
            for name, value in row.items():
                if name and value:
                    columns.setdefault(name, set()).add(value)
            notes |= set(SSN.findall(row.get("notes") or ""))
    assert notes, "the sample has notes with an SSN"
    local = {value.split("@")[0] for value in columns["email"] if len(value.split("@")[0]) >= 8}
    long = {value for name in PERSONAL for value in columns[name] if len(value) >= 10}
    masked = (*PERSONAL, "first_name", "last_name", "notes")
    return Secrets(frozenset(long | notes | local), {name: frozenset(columns[name]) for name in masked})


def test_the_secrets_would_be_found(secrets: Secrets, samples: tuple[Path, Path]) -> None:
    """The search is no use if it finds nothing where everything is."""
    assert len(secrets.long) > 800
    text = samples[0].read_text()
    assert len(secrets.found_in(text)) > 400
    assert set(SSN.findall(text)) <= secrets.long


@dataclass
class Release:
    desk: Desk
    run: str
    objects: dict[str, bytes]
    receivers: Receivers
    logged: str


@pytest.fixture(scope="module")
def release(reviewed: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """A run with decisions of every kind, published with everything set up. Only looked at afterwards."""
    home = tmp_path_factory.mktemp("release") / "home"
    with storing() as s3, listening() as receivers, logging_to(io.StringIO()) as log:
        desk = reviewed.desk.copy(home, **STORE, **receivers.settings)
        decide_and_publish(desk, reviewed.run)
        yield Release(desk, reviewed.run, objects(s3), receivers, log.getvalue())
    desk.close()


@contextmanager
def logging_to(stream: io.StringIO) -> Iterator[io.StringIO]:
    """Everything that anyone logs, as plain as it was said."""
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


def decide_and_publish(desk: Desk, run: str) -> None:
    clusters = desk.items(run, "cluster")
    email = next(item for item in clusters if "email" in item.columns and "two dots" in item.title)
    waived, rejected = [item for item in clusters if item.waivable and item is not email][:2]
    desk.ws.decide(
        ANA, run, email.key, Action.FIX, reason="a slip", fix=Fix(column="email", repair="single_dots")
    )
    desk.ws.decide(ANA, run, waived.key, Action.WAIVE, reason="seen")
    desk.ws.decide(ANA, run, rejected.key, Action.REJECT, reason="no")
    desk.work()
    assert desk.publish(run) is State.PUBLISHED


def test_objects_of_all_kinds_are_there_under_timestamped_names(release: Release) -> None:
    (version,) = release.desk.rows_of(Version)
    stamp = f"customers_{version.published_at:%Y%m%dT%H%M%SZ}_v1"
    assert sorted(release.objects) == [
        f"dq/cleaned/customers/{stamp}.csv",
        f"dq/masked/customers/{stamp}.parquet",
        f"dq/quarantine/customers/{stamp}.parquet",
        *(f"dq/reports/customers/{stamp}.{kind}" for kind in ("html", "json", "txt")),
    ]
    tables = {key.split("/")[1]: pq.read_table(io.BytesIO(body)) for key, body in release.objects.items()
              if key.endswith(".parquet")}  # fmt: skip
    cleaned = next(body for key, body in release.objects.items() if "/cleaned/" in key)
    rows = list(csv.reader(io.StringIO(cleaned.decode("utf-8-sig"))))
    assert tables["masked"].num_rows == len(rows) - 1 == version.rows
    assert tables["quarantine"].num_rows == release.desk.row(release.run).rows["quarantined"]


def decoded(body: bytes, key: str) -> str:
    """An object as text: what a column store keeps compressed is read out."""
    if not key.endswith(".parquet"):
        return body.decode("utf-8", "replace")
    table = pq.read_table(io.BytesIO(body))
    return "\n".join(str(value) for column in table.columns for value in column.to_pylist())


def test_no_object_holds_a_value_of_a_masked_column(release: Release, secrets: Secrets) -> None:
    assert len(release.objects) == 6
    for key, body in release.objects.items():
        assert secrets.found_in(decoded(body, key)) == [], key
        assert secrets.found_in(body.decode("utf-8", "replace")) == [], key


@pytest.mark.parametrize("folder", ["masked", "quarantine"])
def test_no_cell_of_a_masked_column_is_what_it_was(release: Release, secrets: Secrets, folder: str) -> None:
    body = next(body for key, body in release.objects.items() if f"/{folder}/" in key)
    table = pq.read_table(io.BytesIO(body))
    for column, values in secrets.by_column.items():
        left = {value for value in table[column].to_pylist() if value is not None} & values
        harmless = {value for value in left if column == "notes" and not secrets.found_in(value)}
        assert left == harmless, column


def test_the_shelf_holds_no_value_of_a_masked_column(
    release: Release, secrets: Secrets, tmp_path: Path
) -> None:
    for path in (release.desk.home / "shelf").rglob("*"):
        if path.is_file():
            assert secrets.found_in(decoded(path.read_bytes(), path.name)) == [], path
    release.desk.ws.see.shelf_csv(CLEO, "customers", 1, tmp_path / "shelf.csv")
    assert secrets.found_in((tmp_path / "shelf.csv").read_text()) == []


def test_reports_are_there_in_three_forms_without_personal_values(release: Release, secrets: Secrets) -> None:
    folder = release.desk.home / "reports" / release.run
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json", "report.txt"]
    sent = {key.rsplit(".", 1)[1]: body for key, body in release.objects.items() if "/reports/" in key}
    for kind, body in sent.items():
        text = (folder / f"report.{kind}").read_bytes()
        assert text == body, "the report in the store is the last one"
        assert secrets.found_in(text.decode()) == [], kind
    report = json.loads(sent["json"])
    assert (report["run"], report["version"], report["approved_by"]) == (release.run, 1, "ben")
    assert [stage["number"] for stage in report["stages"]] == list(range(1, 18))
    assert {line["action"] for line in report["decisions"]} == {"fix", "waive", "reject", "accept"}
    html = sent["html"].decode()
    assert html.lstrip().lower().startswith("<!doctype html")
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//(?!127\.0\.0\.1)", html), (
        "it needs nothing from elsewhere"
    )


def test_metrics_are_written_and_can_be_read(release: Release, secrets: Secrets) -> None:
    text = (release.desk.home / "metrics" / "assay_customers.prom").read_text()
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    rows = release.desk.row(release.run).rows
    for state in ("kept", "quarantined", "unreadable"):
        assert found["assay_rows", ("dataset", "customers"), ("state", state)] == rows[state]
    assert found["assay_version_number", ("dataset", "customers")] == 1
    assert (
        found["assay_pass_ratio", ("dataset", "customers"), ("state", "raw")] == rows["passing"] / rows["in"]
    )
    labels = {name for sample in found for name, _ in sample[1:]}
    assert labels == {"dataset", "stage", "severity", "state", "channel"}
    assert release.run not in text
    assert secrets.found_in(text) == []


def test_everyone_hears_what_is_theirs_and_no_value(release: Release, secrets: Secrets) -> None:
    assert [post["at"] for post in release.receivers.posts] == ["/slack"], "PagerDuty hears critical only"
    (mail,) = release.receivers.mails
    assert "customers: version 1 published" in mail["Subject"]
    assert "customers: version 1 published" in json.dumps(release.receivers.posts)
    assert secrets.found_in(release.receivers.text) == []
    log = {
        (one.channel, one.event): one.state
        for one in release.desk.rows_of(Delivery)
        if one.event == "publish"
    }
    assert log == {("slack", "publish"): "sent", ("email", "publish"): "sent"}


def test_neither_audit_nor_log_holds_a_value(release: Release, secrets: Secrets) -> None:
    audit = "\n".join(event.model_dump_json() for event in release.desk.events())
    assert len(release.desk.events()) > 30
    assert secrets.found_in(audit) == []
    assert secrets.found_in(release.logged) == []
    for path in (release.desk.home / "logs").rglob("*"):
        assert path.is_dir() or secrets.found_in(path.read_text()) == []


def test_no_table_of_the_ledger_holds_a_value(release: Release, secrets: Secrets) -> None:
    """Titles, findings, stage results, decisions with their fixes, plans, versions: row by row, to say where."""
    assert held_in_ledger(release.desk, secrets) == {}


def test_nor_after_a_second_version_and_a_rollback(later: Desk, second: str, secrets: Secrets) -> None:
    later.publish(second)
    later.roll_back(1)
    assert held_in_ledger(later, secrets) == {}


def held_in_ledger(desk: Desk, secrets: Secrets) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    with desk.ws.house.ledger.read() as session:
        for mapper in Base._sa_registry.mappers:  # type: ignore[attr-defined]
            kind: type[SQLModel] = mapper.class_
            for row in session.exec(select(kind)):
                said = json.dumps(row.model_dump(mode="json", exclude={"text"}), ensure_ascii=False)
                if found := secrets.found_in(said):
                    held.setdefault(f"{kind.__name__} {getattr(row, 'name', '')}", []).extend(found)
    return held


def test_the_ledgers_files_hold_no_value_even_where_rows_were(release: Release, secrets: Secrets) -> None:
    """Bytes of the database and its write-ahead log: a value that was deleted would still lie there."""
    release.desk.close()
    files = list(release.desk.home.glob("ledger.db*"))
    assert files
    for path in files:
        assert secrets.found_in(path.read_bytes().decode("utf-8", "replace")) == [], path.name
    raw = sqlite3.connect(release.desk.home / "ledger.db")
    assert raw.execute("SELECT count(*) FROM stage").fetchone()[0] > 17
    raw.close()


def test_item_titles_and_findings_speak_of_shapes(desk: Desk, run: str, secrets: Secrets) -> None:
    view = desk.ws.see.triage(BEN, run)
    said = [line.title for line in view.items] + [note.message for note in desk.ws.see.run(BEN, run).findings]
    assert len(said) > 12
    cells = {value.casefold() for values in secrets.by_column.values() for value in values if len(value) >= 4}
    words = {word.strip(".,:;'\"").casefold() for text in said for word in text.split()}
    assert words & cells <= {"missing", "notes"}


# receivers that fail


@pytest.fixture
def dead() -> dict[str, Any]:
    """Addresses where nobody listens."""
    nobody = f"http://127.0.0.1:{free_port()}"
    return {
        "slack_webhook": f"{nobody}/slack", "smtp_host": "127.0.0.1", "smtp_port": free_port(),
        "mail_to": "dq@example.org", "pagerduty_key": "k", "pagerduty_url": nobody,
    }  # fmt: skip


def test_dead_channels_do_not_fail_the_run_and_it_says_so(
    reviewed: Template, tmp_path: Path, dead: dict[str, Any]
) -> None:
    desk = reviewed.desk.copy(tmp_path / "home", **dead)
    assert desk.publish(reviewed.run) is State.PUBLISHED
    published = {
        one.channel: (one.state, one.detail) for one in desk.rows_of(Delivery) if one.event == "publish"
    }
    assert {channel: state for channel, (state, _) in published.items()} == {
        "slack": "failed",
        "email": "failed",
    }
    assert all(detail for _, detail in published.values())
    notify = next(mark for mark in desk.ws.see.strip(ANA, reviewed.run).stages if mark.number == 16)
    assert (notify.state, notify.summary) == ("done", "Slack: failed, email: failed, pagerduty: not needed")
    assert [event.subject for event in desk.events(reviewed.run) if event.action == "notification failed"] == [
        "slack", "email",
    ]  # fmt: skip
    text = (desk.home / "metrics" / "assay_customers.prom").read_text()
    assert 'channel="slack",dataset="customers",state="failed"' in text
    desk.close()


def test_a_message_goes_out_once_however_often_the_stage_is_begun(
    later: Desk, second: str, receivers: Receivers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after sending: done again, nobody hears it twice."""
    from governance.journal import Journal

    class Killed(BaseException):
        pass

    desk = later.copy(tmp_path / "told", **receivers.settings)
    desk.approve(second)
    desk.ws.publish(BEN, second)
    finish = Journal._finish

    def killed(self: Journal, stage: Any, *rest: Any) -> None:
        if stage.number == 16:
            raise Killed
        finish(self, stage, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_finish", killed)
        with pytest.raises(Killed):
            duties.release(desk.ws.house, second, lambda _name, work: work())
    heard = len(receivers.posts), len(receivers.mails)
    assert heard == (1, 1)
    desk.work()
    assert desk.state(second) is State.PUBLISHED
    assert (len(receivers.posts), len(receivers.mails)) == heard
    desk.close()


def test_a_refused_file_is_critical_news(empty: Desk, receivers: Receivers, tmp_path: Path) -> None:
    desk = empty.copy(tmp_path / "told", **receivers.settings)
    (tmp_path / "bad.csv").write_text("customer_id,email\n1,ana.example@example.org\n")
    run = desk.run(tmp_path / "bad.csv")
    assert (desk.state(run), desk.row(run).outcome) == (State.REJECTED, "refused")
    assert sorted(post["at"] for post in receivers.posts) == ["/pagerduty", "/slack"]
    assert len(receivers.mails) == 1
    assert "ana.example" not in receivers.text
    desk.close()


def test_a_run_that_waits_is_told(
    empty: Desk, receivers: Receivers, samples: tuple[Path, Path], tmp_path: Path
) -> None:
    desk = empty.copy(tmp_path / "told", **receivers.settings)
    run = desk.run(samples[1])
    assert "a run waits for review" in receivers.text
    heard = len(receivers.posts)
    desk.ws.decide(ANA, run, desk.items(run, "cluster")[0].key, Action.REJECT, reason="no")
    desk.work()
    assert len(receivers.posts) == heard, "once a run, not once a revision"
    desk.close()


def test_a_store_that_fails_leaves_the_version_and_a_run_to_resume(
    later: Desk, second: str, s3: Any, tmp_path: Path
) -> None:
    """Stage 15 is not a channel: without it the release is not whole. Nothing of stage 13 is done twice."""
    desk = later.copy(tmp_path / "away", **{**STORE, "s3_bucket": "other"})
    desk.publish(second)
    row = desk.row(second)
    assert row.state == State.FAILED
    assert "GOVERNANCE_S3" in row.error
    assert len(desk.rows_of(Version)) == 2, "the version is there"
    s3.create_bucket(Bucket="other")
    desk.ws.resume(ANA, second)
    desk.work()
    assert desk.state(second) is State.PUBLISHED
    assert len(desk.rows_of(Version)) == 2
    assert len(s3.list_objects_v2(Bucket="other")["Contents"]) == 6
    desk.close()


def test_a_rollback_is_uploaded_and_told_as_one(
    later: Desk, second: str, s3: Any, receivers: Receivers, secrets: Secrets, tmp_path: Path
) -> None:
    desk = later.copy(tmp_path / "back", **STORE, **receivers.settings)
    desk.publish(second)
    receivers.posts.clear()
    wish = desk.roll_back(1)
    third = desk.rows_of(Version)[2]
    keys = [key for key in objects(s3) if key.rsplit(".", 1)[0].endswith("_v3")]
    assert len(keys) == 6
    masked = next(body for key, body in objects(s3).items() if "/masked/" in key and "_v3." in key)
    assert pq.read_table(io.BytesIO(masked)).num_rows == third.rows
    assert "rolled back, as version 3" in json.dumps(receivers.posts)
    for key in keys:
        assert secrets.found_in(decoded(objects(s3)[key], key)) == [], key
    report = json.loads((desk.home / "reports" / wish / "report.json").read_text())
    assert (report["kind"], report["version"], report["rolled_back_to"]) == ("rollback", 3, 1)
    assert (report["requested_by"], report["approved_by"]) == ("ana", "ben")
    desk.close()
