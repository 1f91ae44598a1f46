"""A running app, as the journeys' tests name it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class App:
    """Its address and its home."""

    url: str
    home: Path
