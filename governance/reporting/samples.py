"""Samples for Prometheus: each dataset's newest ones, kept beside the textfile that node_exporter reads.

Names start with `assay_`, units are base units (seconds, bytes, shares 0–1), and the only labels are
dataset, stage, severity, state and channel: no run, file or person is ever a label, because each would be
a new time series.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest, write_to_textfile
from pydantic import Field

from governance.export import safe_name
from governance.tables import Frozen

FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "assay_rows": ("Rows of the last release, by what became of them.", ("state",)),
    "assay_pass_ratio": ("Share of rows that pass (0-1): raw, and with waived failures passing.", ("state",)),
    "assay_findings": ("Findings of the last release.", ("severity",)),
    "assay_stage_duration_seconds": ("Wall time of each stage of the last release.", ("stage",)),
    "assay_input_size_bytes": ("Size of the last released input file.", ()),
    "assay_version_number": ("Number of the current version.", ()),
    "assay_published_timestamp_seconds": ("When the current version was published, as Unix time.", ()),
    "assay_deliveries": ("Notifications of the last release, by channel and outcome.", ("channel", "state")),
}
"""Metric: what HELP says, and its labels beside `dataset`."""


class Sample(Frozen):
    """One value of one metric. `labels` holds the labels beside `dataset`."""

    metric: str
    value: float
    labels: dict[str, str] = Field(default_factory=dict)


class Samples(Frozen):
    """What is kept of one dataset: each group is replaced as a whole."""

    dataset: str
    groups: dict[str, tuple[Sample, ...]] = Field(default_factory=dict)


def keep(home: Path, dataset: str, *, group: str, samples: tuple[Sample, ...]) -> Path:
    """Replace one group of a dataset's samples, rewrite its textfile, and return the textfile's path.

    Keeping the same samples twice leaves the same file. Both files are replaced atomically.
    """
    folder = home / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / f"assay_{safe_name(dataset)}.json"
    old = _load(store).groups if store.exists() else {}
    kept = Samples(dataset=dataset, groups={**old, group: samples})
    partial = store.with_name(f".{uuid.uuid4().hex}")
    partial.write_text(kept.model_dump_json(indent=1), encoding="utf-8")
    os.replace(partial, store)
    textfile = store.with_suffix(".prom")
    write_to_textfile(str(textfile), _registry([kept]))
    return textfile


def exposition(home: Path) -> bytes:
    """The samples of all datasets in Prometheus' text format, one HELP and TYPE a metric: for `/metrics`."""
    return generate_latest(
        _registry([_load(path) for path in sorted((home / "metrics").glob("assay_*.json"))])
    )


def _load(path: Path) -> Samples:
    return Samples.model_validate_json(path.read_text(encoding="utf-8"))


def _registry(all_samples: list[Samples]) -> CollectorRegistry:
    """A registry of our own: the process-wide one would add figures of this process."""
    registry = CollectorRegistry()
    gauges = {
        name: Gauge(name, text, ("dataset", *labels), registry=registry)
        for name, (text, labels) in FAMILIES.items()
    }
    for kept in all_samples:
        for sample in (sample for group in kept.groups.values() for sample in group):
            gauges[sample.metric].labels(dataset=kept.dataset, **sample.labels).set(sample.value)
    return registry
