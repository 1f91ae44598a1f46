"""The pseudonym keys: made once, kept in the vault, given to the engine as variables, never as SQL text."""

from __future__ import annotations

import contextlib
import os
import secrets
import uuid
from collections.abc import Iterable
from pathlib import Path

from governance.engines.duckdb import Engine
from governance.errors import TerminalFault
from storage.vault import Vault

BYTES = 32
BLOCK = 64
"""SHA-256 works on blocks of 64 bytes (RFC 2104 pads the key to one)."""


def key_of(vault: Vault, key_id: str) -> bytes:
    """The key of that id: 32 random bytes in a file that only its owner can read, made at first use."""
    path = vault.key(f"pseudonym-{key_id}")
    if not path.exists():
        _create(path)
    key = path.read_bytes()
    if len(key) != BYTES:
        raise TerminalFault(
            f"The pseudonym key {key_id} in the vault is damaged.",
            "Bring back the file from a backup: with another key the pseudonyms would all change.",
        )
    return key


def _create(path: Path) -> None:
    partial = path.with_name(f".{uuid.uuid4().hex}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(secrets.token_bytes(BYTES))
        out.flush()
        os.fsync(out.fileno())
    with contextlib.suppress(FileExistsError):  # another process was first: its key is the key
        os.link(partial, path)
    partial.unlink()


def bind(engine: Engine, vault: Vault, key_ids: Iterable[str]) -> None:
    """Give the engine the padded keys that `Pseudonym.sql` reads."""
    for key_id in sorted(set(key_ids)):
        key = key_of(vault, key_id).ljust(BLOCK, b"\0")
        inner, outer = variables(key_id)
        engine.run(f"SET VARIABLE {inner} = ?", [bytes(byte ^ 0x36 for byte in key)])
        engine.run(f"SET VARIABLE {outer} = ?", [bytes(byte ^ 0x5C for byte in key)])


def variables(key_id: str) -> tuple[str, str]:
    """Names of the engine's variables that hold the inner and the outer padded key."""
    return f"pseudonym_inner_{key_id}", f"pseudonym_outer_{key_id}"
