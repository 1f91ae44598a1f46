"""Stage 15: masked data, masked quarantine and reports to the object store, when one is configured.

Nothing unmasked ever leaves: the tables are of the types that only stage 12 makes, and `cleaned/` carries
masked data as well (the cleaned rows as CSV, for who cannot read Parquet).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from governance.bench import Bench
from governance.engines.duckdb import scan
from governance.errors import TerminalFault, TransientFault
from governance.export import safe_name, write_csv
from governance.release import ReleaseFacts
from governance.scratch import scratch
from governance.stages import Outcome
from governance.tables import Frozen, MaskedQuarantine, MaskedTable
from storage.objects import ObjectError, ObjectStore, is_transient

CONTENT_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}


class UploadedObject(Frozen):
    """One object as it is in the store."""

    url: str
    bytes: int


class Uploaded(Outcome):
    """What is in the store now; `skipped` when there is no store."""

    skipped: bool = False
    objects: tuple[UploadedObject, ...] = ()


def upload(
    bench: Bench,
    masked: MaskedTable,
    quarantine: MaskedQuarantine,
    *,
    facts: ReleaseFacts,
    reports: tuple[Path, ...] = (),
) -> Uploaded:
    """Have everything that may leave in the bucket, under names with dataset, time and version.

    The names come from the facts, not from the clock, and equal content is not sent twice: a stage that is
    resumed sends only what is missing. Raises TransientFault or TerminalFault.
    """
    if not bench.settings.s3_bucket:
        return Uploaded(summary="S3 is not configured: nothing uploaded", skipped=True, rows_in=masked.rows)
    with scratch(bench.settings) as folder:
        csv = folder / "cleaned.csv"
        with bench.engine() as engine:
            write_csv(engine, scan(masked.path), csv)
        files = {"masked": masked.path, "cleaned": csv, "quarantine": quarantine.path}
        objects = tuple(_send(bench, [*files.items(), *(("reports", path) for path in reports)], facts))
    return Uploaded(
        summary=f"{len(objects):,} objects in s3://{bench.settings.s3_bucket}",
        rows_in=masked.rows,
        rows_out=masked.rows,
        objects=objects,
    )


def upload_reports(bench: Bench, reports: tuple[Path, ...], *, facts: ReleaseFacts) -> Uploaded:
    """Replace the reports that stage 15 sent, once the last stage has written them whole."""
    if not bench.settings.s3_bucket:
        return Uploaded(summary="S3 is not configured: nothing uploaded", skipped=True)
    objects = tuple(_send(bench, [("reports", path) for path in reports], facts))
    return Uploaded(summary=f"{len(objects):,} reports in s3://{bench.settings.s3_bucket}", objects=objects)


def object_key(folder: str, facts: ReleaseFacts, suffix: str) -> str:
    """`folder/<dataset>/<dataset>_<YYYYmmddTHHMMSSZ>_v<N><suffix>`, the same for the same release."""
    if facts.moment is None or facts.version is None:
        raise TerminalFault("Only what has been published is uploaded.", "The version has no time or number.")
    dataset = safe_name(facts.dataset)
    return f"{folder}/{dataset}/{dataset}_{facts.moment:%Y%m%dT%H%M%SZ}_v{facts.version}{suffix}"


def _send(bench: Bench, files: list[tuple[str, Path]], facts: ReleaseFacts) -> Iterator[UploadedObject]:
    chosen = bench.settings
    try:
        store = ObjectStore(
            chosen.s3_bucket, prefix=chosen.s3_prefix, endpoint=chosen.s3_endpoint, region=chosen.s3_region
        )
        for folder, path in files:
            key = object_key(folder, facts, path.suffix)
            kind = CONTENT_TYPES.get(path.suffix, "application/octet-stream")
            yield UploadedObject(url=store.put(path, key, content_type=kind), bytes=path.stat().st_size)
    except ObjectError as error:
        fault = TransientFault if is_transient(error) else TerminalFault
        raise fault(
            str(error), "Mend the GOVERNANCE_S3_… settings or the store, then resume the run."
        ) from error
