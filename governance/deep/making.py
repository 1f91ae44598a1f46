"""What the worker does for a deep report: draw the sample, run the child, keep what it wrote."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from governance.engines.duckdb import literal
from governance.errors import GovernanceError, Stale, TerminalFault
from governance.house import House
from governance.journal import WORKER, Journal, describe
from governance.stages import Stage
from governance.stages.quarantine import Split
from governance.tables import ROW, KeptTable
from storage import audit
from storage.models import DeepReport, Run

SAMPLE = 10_000
"""Rows of the sample: those whose row numbers have the smallest hashes, so that it is the same every time."""
PATIENCE = 900
"""Seconds after which the child is ended."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "form-action 'none'; base-uri 'none'"
)
log = logging.getLogger("assay.worker")


def make(house: House, run_id: str, revision: int) -> str:
    """Make the report that was asked for. Returns its state: done, or failed with what went wrong."""
    run = house.run(run_id)
    _note(house, run, revision, state="running")
    started = time.perf_counter()
    try:
        split = Journal(house, run.id, run.dataset, revision).known(Stage.QUARANTINE, Split)
        if split is None or not split.kept.rows:
            raise Stale(f"Run {run.id} has no kept rows.", "A deep report needs at least one.")
        note = _write(house, split.kept, f"{run.dataset} · {run.file}")
    except Exception as error:
        log.exception(
            "deep report of run %s stopped", run.id, exc_info=not isinstance(error, GovernanceError)
        )
        _note(house, run, revision, state="failed", error=describe(error))
        return "failed"
    facts = {"rows": min(split.kept.rows, SAMPLE), "of": split.kept.rows, "note": note}
    _note(house, run, revision, state="done", seconds=time.perf_counter() - started, **facts)
    return "done"


def sample_sql(kept: KeptTable, rows: int = SAMPLE) -> str:
    """The sample of a table, in the table's order, without our own columns."""
    source = f"read_parquet({literal(kept.path)})"
    drawn = f"SELECT {ROW} FROM {source} ORDER BY hash({ROW}), {ROW} LIMIT {rows}"
    return f"SELECT * EXCLUDE ({ROW}) FROM {source} WHERE {ROW} IN ({drawn}) ORDER BY {ROW}"


def _write(house: House, kept: KeptTable, title: str) -> str:
    """The name of the vault's note that holds the report. What a killed worker leaves behind, the next one
    clears with the vault's other partial files."""
    with tempfile.TemporaryDirectory(dir=house.bench.vault.root, prefix=".deep-") as folder:
        sample, out = Path(folder) / "sample.parquet", Path(folder) / "report.html"
        with house.bench.engine() as engine:
            engine.write(sample_sql(kept), sample)
        command = [sys.executable, "-m", "governance.deep.child", str(sample), str(out), title]
        quiet = {"YDATA_PROFILING_NO_ANALYTICS": "1", "MPLBACKEND": "Agg", "MPLCONFIGDIR": folder}
        try:
            done = subprocess.run(
                command,
                env={**house.settings.environment(), **quiet},
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TerminalFault(f"The profiler was not done after {PATIENCE // 60} minutes.") from error
        if done.returncode or not out.exists():
            last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
            raise TerminalFault(
                f"The profiler stopped ({last[:80] or done.returncode}).", "Ask for it again."
            )
        return house.bench.vault.keep_note(sealed(out.read_text(encoding="utf-8")))


def sealed(html: str) -> str:
    """The report with a policy that lets it load nothing and send nothing: values are strangers' words."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    place = re.search(r"<head\b[^>]*>", html) or re.search(r"<html\b[^>]*>", html)
    at = place.end() if place else 0
    return html[:at] + policy + html[at:]


def _note(house: House, run: Run, revision: int, **change: object) -> None:
    """The report's line in the ledger as it is now; its end is an event."""
    with house.ledger.write() as session:
        row = session.get(DeepReport, (run.id, revision))
        if row is None:
            return
        row.sqlmodel_update(change)
        session.add(row)
        if row.state in ("done", "failed"):
            said = {"revision": revision, "rows": row.rows, "error": row.error}
            audit.append(
                session, WORKER, f"deep report {row.state}", dataset=run.dataset, run=run.id, data=said
            )
