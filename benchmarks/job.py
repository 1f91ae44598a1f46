"""What a measurement gets, and what it answers with.

A module's `run` does the work under the clock and returns a function that counts what was found, after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np


class NotHere(Exception):
    """What is measured with is not on this machine; the sentence that says so."""


@dataclass(frozen=True)
class Job:
    """One file to work on. `home` is an empty folder of this run alone; `today` the day the file was made for."""

    data: Path
    home: Path
    rows: int
    today: date


@dataclass(frozen=True)
class Answer:
    """What was found. `parts` are seconds of parts of the work; one called `all` stands for the whole."""

    counts: dict[str, int]
    fingerprint: str = ""
    parts: dict[str, float] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


Done = Callable[[], Answer]


def failing(rows: Iterable[int], *, reasons: int | None, parts: dict[str, float] | None = None) -> Answer:
    """The answer of a validation: numbers of the failing rows, from 1. Two answers with one fingerprint name the
    same rows (SHA-256 of the sorted numbers)."""
    numbers = np.unique(np.fromiter(rows, dtype="<i8"))
    counts = {"failing": len(numbers)} | ({} if reasons is None else {"reasons": reasons})
    return Answer(counts, hashlib.sha256(numbers.tobytes()).hexdigest()[:12], parts or {})
