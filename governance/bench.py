"""Where a stage works: the settings, the vault, and an engine when it asks for one."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance import LOGIC
from governance.engines.duckdb import Engine, open_engine
from governance.settings import Settings
from storage.vault import Vault


@dataclass(frozen=True)
class Bench:
    settings: Settings
    vault: Vault

    def engine(self, *, alone: bool = False) -> AbstractContextManager[Engine]:
        return open_engine(self.settings, alone=alone)

    @property
    def shelf(self) -> Path:
        return self.settings.root / "shelf"

    @property
    def reports(self) -> Path:
        return self.settings.root / "reports"


def open_bench(settings: Settings) -> Bench:
    return Bench(settings, Vault(settings.root / "vault"))


def name_of(*parts: Any) -> str:
    """The name of something computed from these parts by this version of the logic (SHA-256, hex)."""
    canonical = json.dumps([LOGIC, *parts], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
