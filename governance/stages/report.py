"""Stage 17: what happened, in one file that needs nothing else, with JSON and text beside it."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

from governance.bench import Bench
from governance.export import safe_name
from governance.release import ReleaseFacts
from governance.reporting import render
from governance.stages import Outcome
from governance.tables import Frozen

__all__ = ["ReportFile", "Reported", "render", "report", "report_folder"]


class ReportFile(Frozen):
    """One written file; `digest` is the SHA-256 of its bytes."""

    kind: str
    path: Path
    bytes: int
    digest: str


class Reported(Outcome):
    """Where the report is."""

    files: tuple[ReportFile, ...]


def report(bench: Bench, facts: ReleaseFacts) -> Reported:
    """Write `report.html`, `.json` and `.txt` under `<home>/reports/<run or rollback>/`, each atomically.

    The same facts give the same bytes, so writing twice is harmless.
    """
    folder = report_folder(bench, facts)
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(_write(folder / f"report.{kind}", text) for kind, text in render(facts).items())
    return Reported(summary=f"Report written in {len(files)} forms", files=files)


def report_folder(bench: Bench, facts: ReleaseFacts) -> Path:
    """Where the report of a run or a rollback is, or will be."""
    return bench.reports / safe_name(facts.subject)


def _write(path: Path, text: str) -> ReportFile:
    data = text.encode("utf-8", "replace")
    partial = path.with_name(f".{uuid.uuid4().hex}")
    partial.write_bytes(data)
    os.replace(partial, path)
    digest = hashlib.sha256(data).hexdigest()
    return ReportFile(kind=path.suffix[1:], path=path, bytes=len(data), digest=digest)
