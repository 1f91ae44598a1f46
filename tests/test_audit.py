"""The audit log: what an intruder with the file does to it is found, whoever asks, offline."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from drive import ANA, BEN, DAN, Desk, unlocked
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from storage import audit
from storage.ledger import Ledger
from storage.models import AuditEvent, AuditHead

EVENTS = 12
SIGNED = 9
"""The event whose head is signed; three more follow it."""


@dataclass
class Log:
    """A log of a dozen events, signed after the ninth."""

    home: Path
    ledger: Ledger
    key: Ed25519PrivateKey
    exported: list[dict[str, Any]]

    def verify(self, *, with_export: bool = False) -> audit.Verdict:
        with self.ledger.read() as session:
            return audit.verify(session, self.key.public_key(), self.exported if with_export else ())

    def sign(self) -> AuditHead | None:
        with self.ledger.write() as session:
            return audit.sign_head(session, self.key)

    def tamper(self, *statements: str) -> None:
        with closing(unlocked(self.home)) as raw:
            for statement in statements:
                raw.execute(statement)
            raw.commit()


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return make_log(tmp_path)


def make_log(tmp_path: Path) -> Log:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    log = Log(tmp_path, ledger, Ed25519PrivateKey.generate(), [])
    for number in range(1, EVENTS + 1):
        with ledger.write() as session:
            audit.append(
                session, "ana", "run submitted", run=f"r{number}", data={"file": f"{number}.csv", "Ä": "é"}
            )
        if number == SIGNED:
            head = log.sign()
            assert head
            log.exported = [head.model_dump()]
    return log


def test_an_untouched_log_is_whole(log: Log) -> None:
    verdict = log.verify(with_export=True)
    assert (verdict.whole, verdict.events, verdict.heads, verdict.broken_at) == (True, EVENTS, 2, 0)
    assert f"{EVENTS} events" in verdict.sentence


def test_an_empty_log_is_whole_and_has_no_head(tmp_path: Path) -> None:
    empty = Log(tmp_path, Ledger(f"sqlite:///{tmp_path / 'ledger.db'}"), Ed25519PrivateKey.generate(), [])
    assert empty.sign() is None
    assert empty.verify().whole


EDITS = {
    "actor": "'ben'",
    "action": "'publish approved'",
    "at": "'2020-01-01T00:00:00.000+00:00'",
    "dataset": "'other'",
    "run": "'r99'",
    "subject": "'x'",
    "data": "'{}'",
    "previous": f"'{'0' * 64}'",
    "hash": f"'{'f' * 64}'",
}


@pytest.mark.parametrize("field", EDITS)
def test_an_edit_of_any_field_is_found(log: Log, field: str) -> None:
    log.tamper(f"UPDATE audit SET {field} = {EDITS[field]} WHERE seq = 5")
    verdict = log.verify()
    assert not verdict.whole
    assert verdict.broken_at == 5
    assert "event 5 was edited, removed or moved" in verdict.sentence


def test_every_field_of_an_event_is_under_the_hash() -> None:
    columns = set(AuditEvent.model_fields)
    assert columns == {*audit.FIELDS, "hash"} == {*EDITS, "seq"}


@pytest.mark.parametrize(
    ("statements", "broken_at"),
    [
        (["DELETE FROM audit WHERE seq = 5"], 6),
        (["DELETE FROM audit WHERE seq = 1"], 2),
        (["DELETE FROM audit WHERE seq <= 4"], 5),
        (["DELETE FROM audit WHERE seq = 5", "UPDATE audit SET seq = seq - 1 WHERE seq > 5"], 5),
        (["UPDATE audit SET seq = 99 WHERE seq = 5", "UPDATE audit SET seq = 5 WHERE seq = 6",
          "UPDATE audit SET seq = 6 WHERE seq = 99"], 5),
        (["UPDATE audit SET seq = -seq", "UPDATE audit SET seq = 13 + seq"], 1),
        (["INSERT INTO audit SELECT 13, at, 'ben', action, dataset, run, subject, data, hash, 'x' FROM audit "
          "WHERE seq = 12"], 13),
        (["UPDATE audit SET data = '{\"file\":\"other.csv\"}' WHERE seq = 12"], 12),
    ],
    ids=["one gone", "the first gone", "a beginning gone", "gone and closed up", "two changed places",
         "turned round", "one put in", "the newest edited"],
)  # fmt: skip
def test_deletion_and_reorder_are_found(log: Log, statements: list[str], broken_at: int) -> None:
    log.tamper(*statements)
    assert (log.verify().whole, log.verify().broken_at) == (False, broken_at)


def rewrite(raw: sqlite3.Connection, change: Callable[[dict[str, Any]], None], since: int) -> None:
    """The best forgery without the signing key: edit an event and compute every later hash anew."""
    raw.row_factory = sqlite3.Row
    rows = [dict(row) for row in raw.execute("SELECT * FROM audit ORDER BY seq")]
    previous = audit.GENESIS
    for row in rows:
        if row["seq"] == since:
            change(row)
        row["previous"] = previous
        row["hash"] = previous = audit.digest(AuditEvent(**row))
    raw.execute("DELETE FROM audit")
    names = list(rows[0])
    raw.executemany(
        f"INSERT INTO audit ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})",
        [tuple(row.values()) for row in rows],
    )
    raw.commit()


@pytest.mark.parametrize(("since", "found"), [(2, True), (SIGNED, True), (SIGNED + 1, False)])
def test_a_chain_computed_anew_is_found_up_to_the_signed_head(log: Log, since: int, found: bool) -> None:
    """Behind the last head nothing but the chain itself speaks: that is said in the module, and held here."""
    with closing(unlocked(log.home)) as raw:
        rewrite(raw, lambda row: row.update(actor="mallory"), since)
    verdict = log.verify()
    assert verdict.whole is not found
    if found:
        assert "was signed, but is no longer in the log as it was" in verdict.sentence


@pytest.mark.parametrize(("last", "found"), [(SIGNED - 1, True), (0, True), (SIGNED, False)])
def test_truncation_past_a_signed_head_is_found(log: Log, last: int, found: bool) -> None:
    log.tamper(f"DELETE FROM audit WHERE seq > {last}")
    assert log.verify().whole is not found


def test_truncation_with_the_heads_is_found_by_an_exported_one(log: Log) -> None:
    log.tamper("DELETE FROM audit WHERE seq > 4", "DELETE FROM audit_head")
    assert log.verify().whole, "nothing in the file itself can tell"
    verdict = log.verify(with_export=True)
    assert (verdict.whole, verdict.broken_at) == (False, SIGNED)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_head SET signature = '" + "00" * 64 + "'",
        "UPDATE audit_head SET signature = 'not hex'",
        "UPDATE audit_head SET seq = 4",
        "UPDATE audit_head SET hash = (SELECT hash FROM audit WHERE seq = 4), seq = 4",
        "UPDATE audit_head SET key = '" + "00" * 32 + "'",
    ],
    ids=["another signature", "no signature", "another event", "an earlier event", "another key"],
)
def test_a_forged_head_is_found(log: Log, statement: str) -> None:
    log.tamper(statement)
    verdict = log.verify()
    assert not verdict.whole
    assert "signature does not fit" in verdict.sentence


def test_a_head_signed_by_another_key_does_not_count(log: Log) -> None:
    with log.ledger.write() as session:
        audit.sign_head(session, Ed25519PrivateKey.generate())
    assert not log.verify().whole


def test_a_head_is_signed_once(log: Log) -> None:
    first, again = log.sign(), log.sign()
    assert first and again
    assert first.signature == again.signature
    assert log.verify().heads == 2


@settings(max_examples=40, deadline=None)
@given(seq=st.integers(1, SIGNED), data=st.data())
def test_no_change_of_one_character_goes_unseen(tmp_path_factory: Any, seq: int, data: st.DataObject) -> None:
    """A flipped character anywhere in a signed event is found."""
    log = _shared(tmp_path_factory)
    with closing(unlocked(log.home)) as raw:
        raw.row_factory = sqlite3.Row
        before = dict(raw.execute("SELECT * FROM audit WHERE seq = ?", (seq,)).fetchone())
        field = data.draw(st.sampled_from([name for name in EDITS if before[name]]))
        place = data.draw(st.integers(0, len(before[field]) - 1))
        other = data.draw(st.sampled_from('abcxyz0189-{}"').filter(lambda char: char != before[field][place]))
        after = before[field][:place] + other + before[field][place + 1 :]
        raw.execute(f"UPDATE audit SET {field} = ? WHERE seq = ?", (after, seq))
        raw.commit()
        assert not log.verify().whole
        raw.execute(f"UPDATE audit SET {field} = ? WHERE seq = ?", (before[field], seq))
        raw.commit()
    assert log.verify().whole


_logs: list[Log] = []


def _shared(factory: Any) -> Log:
    if not _logs:
        _logs.append(make_log(factory.mktemp("log")))
    return _logs[0]


@pytest.mark.parametrize("verb", ["UPDATE {} SET seq = 77 WHERE seq = 9", "DELETE FROM {} WHERE seq = 9"])
@pytest.mark.parametrize("table", ["audit", "audit_head"])
def test_triggers_refuse_change_and_removal(log: Log, table: str, verb: str) -> None:
    with (
        closing(sqlite3.connect(log.home / "ledger.db")) as raw,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        raw.execute(verb.format(table))
    assert log.verify(with_export=True).whole


def test_triggers_come_back_when_the_ledger_is_opened(log: Log) -> None:
    unlocked(log.home).close()
    Ledger(str(log.ledger.url))
    with closing(sqlite3.connect(log.home / "ledger.db")) as raw, pytest.raises(sqlite3.IntegrityError):
        raw.execute("DELETE FROM audit")


# several writers


WRITER = """
import sys
from storage import audit
from storage.ledger import Ledger

url, name, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
ledger = Ledger(url)
for number in range(times):
    with ledger.write() as session:
        audit.append(session, name, "said", data={"n": number})
"""


def _by_threads(url: str, times: int) -> None:
    def append(name: str) -> None:
        ledger = Ledger(url)
        for number in range(times):
            with ledger.write() as session:
                audit.append(session, name, "said", data={"n": number})

    threads = [threading.Thread(target=append, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _by_processes(url: str, times: int) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", WRITER, url]
    writers = [subprocess.Popen([*command, name, str(times)], cwd=root) for name in ("one", "two")]
    assert [writer.wait() for writer in writers] == [0, 0]


@pytest.mark.parametrize("together", [_by_threads, _by_processes])
def test_the_chain_stays_whole_with_two_writers(tmp_path: Path, together: Callable[[str, int], None]) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger = Ledger(url)
    together(url, 25)
    with ledger.read() as session:
        events = session.exec(select(AuditEvent).order_by(AuditEvent.seq)).all()
        verdict = audit.verify(session, Ed25519PrivateKey.generate().public_key())
    assert verdict.whole
    assert [event.seq for event in events] == list(range(1, 51))
    for name in ("one", "two"):
        assert [json.loads(event.data)["n"] for event in events if event.actor == name] == list(range(25))


# the house's own log


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.pem"
    first = audit.signing_key(path)
    assert audit.public_hex(first.public_key()) == audit.public_hex(audit.signing_key(path).public_key())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_publish_signs_the_log_as_it_stands(later: Desk) -> None:
    heads = later.rows_of(AuditHead)
    published = next(event for event in later.events() if event.action == "run published")
    assert [head.seq for head in heads] == [published.seq]
    verdict = later.ws.verify_audit(ANA)
    assert (verdict.whole, verdict.heads) == (True, 1)


def test_a_rollback_signs_too(later: Desk, second: str) -> None:
    later.publish(second)
    later.roll_back(1)
    assert len(later.rows_of(AuditHead)) == 3
    assert later.ws.verify_audit(DAN).heads == 3


def test_the_house_finds_what_was_done_to_its_log(later: Desk) -> None:
    later.close()
    with closing(unlocked(later.home)) as raw:
        raw.execute("UPDATE audit SET actor = 'ana' WHERE action = 'publish approved'")
        raw.commit()
    verdict = later.ws.verify_audit(DAN)
    assert not verdict.whole
    approved = next(event for event in later.events() if event.action == "publish approved")
    assert verdict.broken_at == approved.seq


def test_the_log_can_be_verified_from_its_export_alone(later: Desk) -> None:
    """Lines and heads as downloaded, without the ledger or a line of ours: SHA-256 and Ed25519."""
    import hashlib

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    lines = [json.loads(line) for line in later.ws.see.event_lines(DAN)]
    previous = "0" * 64
    for line in lines:
        said = {name: value for name, value in line.items() if name != "hash"}
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert (line["previous"], line["hash"]) == (previous, hashlib.sha256(canonical).hexdigest())
        previous = line["hash"]
    (head,) = later.ws.see.heads(BEN)
    assert lines[head.seq - 1]["hash"] == head.hash
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key))
    key.verify(bytes.fromhex(head.signature), f"assay audit head {head.seq} {head.hash}".encode())


def test_every_move_of_a_run_has_its_event(later: Desk, run: str) -> None:
    moves = [
        (json.loads(event.data)["from"], json.loads(event.data)["to"])
        for event in later.events(run)
        if event.action.startswith("run ") and event.action != "run submitted"
    ]
    assert moves == [
        ("queued", "running"),
        ("running", "awaiting review"),
        ("awaiting review", "approved"),
        ("approved", "releasing"),
        ("releasing", "published"),
    ]


def test_a_published_run_reads_as_a_story(later: Desk, run: str) -> None:
    said = [(event.actor, event.action) for event in later.events(run)]
    people = [entry for entry in said if entry[0] != "worker"]
    assert people == [
        ("ana", "run submitted"),
        ("ana", "decision accept"),
        ("ben", "masking plan approved"),
        ("ben", "publish approved"),
        ("ben", "run approved"),
        ("ben", "run releasing"),
    ]
    stages = [
        json.loads(event.data)["stage"] for event in later.events(run) if event.action == "stage finished"
    ]
    assert stages == list(range(1, 18))
    assert ("worker", "version published") in said
