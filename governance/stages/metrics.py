"""Stage 14: figures of the release for Prometheus, as a textfile and for `/metrics`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from governance.bench import Bench
from governance.findings import Severity
from governance.release import ReleaseFacts
from governance.reporting.samples import Sample, exposition, keep
from governance.stages import Outcome

__all__ = ["Metered", "exposition", "metrics"]


class Metered(Outcome):
    """How many samples went into which textfile."""

    samples: int
    textfile: Path


def metrics(bench: Bench, facts: ReleaseFacts) -> Metered:
    """Write `<home>/metrics/assay_<dataset>.prom` anew; doing it twice leaves the same file."""
    samples = tuple(_samples(facts))
    textfile = keep(bench.settings.root, facts.dataset, group="release", samples=samples)
    return Metered(
        summary=f"{len(samples):,} samples for Prometheus", samples=len(samples), textfile=textfile
    )


def _samples(facts: ReleaseFacts) -> Iterator[Sample]:
    for state in ("kept", "quarantined", "unreadable"):
        yield Sample(metric="assay_rows", value=facts.rows.get(state, 0), labels={"state": state})
    for state, rate in (("raw", facts.pass_rate_raw), ("waived", facts.pass_rate_waived)):
        if rate is not None:
            yield Sample(metric="assay_pass_ratio", value=rate, labels={"state": state})
    found = Counter(note.severity for note in facts.findings)
    for severity in Severity:
        yield Sample(metric="assay_findings", value=found[severity], labels={"severity": severity.value})
    for stage in facts.stages:
        labels = {"stage": stage.name}
        yield Sample(metric="assay_stage_duration_seconds", value=stage.seconds, labels=labels)
    yield from _about_version(facts)


def _about_version(facts: ReleaseFacts) -> Iterator[Sample]:
    if facts.input_bytes is not None:
        yield Sample(metric="assay_input_size_bytes", value=facts.input_bytes)
    if facts.version is not None:
        yield Sample(metric="assay_version_number", value=facts.version)
    if facts.moment:
        yield Sample(metric="assay_published_timestamp_seconds", value=facts.moment.timestamp())
