"""The audit log: append-only, each event chained to the one before by SHA-256 over canonical JSON.

`verify` finds an edit, a deletion, a reorder, and a truncation past the last signed head, offline.
What it cannot prove, said plainly: someone who holds the signing key and the database can cut the log
back behind the last head that was exported, and sign again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection, text
from sqlmodel import Session, col, select

from storage.models import AuditEvent, AuditHead

GENESIS = "0" * 64
FIELDS = ("seq", "at", "actor", "action", "dataset", "run", "subject", "data", "previous")


@dataclass(frozen=True)
class Verdict:
    """Whether the log is whole. `broken_at` is the first event that does not fit, 0 when all fit."""

    whole: bool
    events: int
    heads: int
    broken_at: int
    sentence: str


def digest(event: AuditEvent) -> str:
    """SHA-256 over the event's fields as canonical JSON (sorted keys, no spaces, UTF-8)."""
    fields = {name: getattr(event, name) for name in FIELDS}
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def append(
    session: Session,
    actor: str,
    action: str,
    *,
    dataset: str = "",
    run: str = "",
    subject: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add one event inside the caller's transaction. `data` must not hold personal data."""
    last = session.exec(select(AuditEvent).order_by(col(AuditEvent.seq).desc()).limit(1)).first()
    event = AuditEvent(
        seq=last.seq + 1 if last else 1,
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        actor=actor,
        action=action,
        dataset=dataset,
        run=run,
        subject=subject,
        data=json.dumps(data or {}, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        previous=last.hash if last else GENESIS,
        hash="",
    )
    event.hash = digest(event)
    session.add(event)
    session.flush()
    return event


def protect(connection: Connection) -> None:
    """Let the database itself refuse to change or remove an event."""
    for table in ("audit", "audit_head"):
        for verb in ("UPDATE", "DELETE"):
            if connection.dialect.name == "sqlite":
                connection.execute(
                    text(
                        f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
                    )
                )


def sign_head(session: Session, key: Ed25519PrivateKey) -> AuditHead | None:
    """Sign the newest event and keep the signature beside it; None while the log is empty."""
    last = session.exec(select(AuditEvent).order_by(col(AuditEvent.seq).desc()).limit(1)).first()
    if last is None:
        return None
    existing = session.get(AuditHead, last.seq)
    if existing:
        return existing
    head = AuditHead(
        seq=last.seq,
        hash=last.hash,
        signature=key.sign(_statement(last.seq, last.hash)).hex(),
        key=public_hex(key.public_key()),
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    session.add(head)
    session.flush()
    return head


def verify(
    session: Session, public_key: Ed25519PublicKey, exported: Iterable[dict[str, Any]] = ()
) -> Verdict:
    """Walk the whole chain, then hold it against the signed heads here and those exported elsewhere."""
    previous, count = GENESIS, 0
    hashes: dict[int, str] = {}
    for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).yield_per(1000):
        count += 1
        if event.seq != count or event.previous != previous or event.hash != digest(event):
            return _broken(count, event.seq, "was edited, removed or moved")
        previous = event.hash
        hashes[event.seq] = event.hash
    heads = [head.model_dump() for head in session.exec(select(AuditHead))] + list(exported)
    for head in heads:
        if not _signed(head, public_key):
            return _broken(count, int(head["seq"]), "has a signed head whose signature does not fit")
        if hashes.get(int(head["seq"])) != head["hash"]:
            return _broken(count, int(head["seq"]), "was signed, but is no longer in the log as it was")
    sentence = f"The log is whole: {count:,} events follow one another, {len(heads):,} signed heads fit."
    return Verdict(True, count, len(heads), 0, sentence)


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The installation's key, made at first use and readable by its owner only."""
    if path.exists():
        key = load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        return key
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def public_hex(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _statement(seq: int, event_hash: str) -> bytes:
    return f"assay audit head {seq} {event_hash}".encode()


def _signed(head: dict[str, Any], public_key: Ed25519PublicKey) -> bool:
    try:
        public_key.verify(bytes.fromhex(head["signature"]), _statement(int(head["seq"]), head["hash"]))
    except (InvalidSignature, ValueError):
        return False
    return bool(head["key"] == public_hex(public_key))


def _broken(events: int, seq: int, what: str) -> Verdict:
    return Verdict(False, events, 0, seq, f"The log is broken: event {seq:,} {what}.")
