"""RESULTS.md, from what was measured. Every sentence of it is written here: it is never edited by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks import beside, latency, machine
from benchmarks.markdown import budget_met, table
from benchmarks.running import Said

BUSY = 1.0
IMPORT_SECONDS, WARM_SECONDS, PEAK_MEGABYTES = 1.0, 3.0, 2_000
ACT_UNITS = {1_000_000: 12.0, 10_000_000: 10.0}
LINEAR_FROM = 100_000
MISJUDGED = ("false_positives", "false_negatives", "false_quarantined", "missed_rows")


@dataclass(frozen=True)
class Results:
    """Everything of one run. `part` is our validation on the rows that slow tools were measured on."""

    load: float
    imports: tuple[float, float]
    warm: Said
    acts: list[Said]
    part: Said
    validating: list[Said]
    profiling: list[Said]
    detecting: list[Said]
    browsing: list[Said]


def page(found: Results) -> str:
    """The page as Markdown."""
    parts = [_head(found.load), _act_one(found), _stages(found.acts), _truth(found), _linear(found.acts)]
    parts += [
        beside.validating(found.validating, found.part),
        beside.profiling(found.profiling),
        beside.detecting(found.detecting),
        latency.latency(found.browsing),
        _imports(found.imports),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(load: float) -> str:
    said = f"""# Results

Made by `make bench` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load average at the start: {load:.2f}.

- Machine: {machine.described()}; everyone had {machine.CORES} of them.
- Versions: {machine.versions()}.
- Data: generated customers, ten columns (`python -m governance sample customers --seed 7`); about one row in
  twenty is wrong.
- The *unit* is DuckDB's own CSV (all text) → Parquet of the same file in the same run, the least of six counts.
- Everything runs in a process of its own, is run once on a few rows to warm it, and is then measured once. Memory is
  the peak of that process. In everything of ours DuckDB is limited to {machine.MEMORY_LIMIT}."""
    if load <= BUSY:
        return said
    return said + (
        f"\n\n> **Warning.** The machine was busy when this run began (load average {load:.2f}): other work took "
        "cores, so times and ratios are not those of a quiet machine. Run `make bench` again when it is."
    )


def _act_one(found: Results) -> str:
    rows = [
        [f"{one['rows']:,}", f"{one['megabytes']:,.1f}", f"{one['unit']:.2f}", f"{one['seconds']:.2f}",
         f"**{one['ratio']:.1f}**", budget_met(one["ratio"], ACT_UNITS.get(one["rows"])),
         f"{one['peak_megabytes']:,.0f}", budget_met(one["peak_megabytes"], PEAK_MEGABYTES)]
        for one in found.acts
    ]  # fmt: skip
    warm = found.warm
    return f"""## Act 1, everything included

From the file's bytes to a masked candidate that waits for review: all twelve stages in a worker that has finished its
imports. Great Expectations runs on at most 10,000 rows spread over the table, Presidio on at most 300 distinct values
of a column; everything else on every row.

{table(["rows", "CSV, MB", "unit, s", "act 1, s", "units", "budget", "peak, MB", "budget"], rows)}

The second run of a warm worker ({warm["rows"]:,} rows, another seed before): **{warm["seconds"]:.2f} s**, \
{budget_met(warm["seconds"], WARM_SECONDS, "s")}."""


def _stages(acts: Sequence[Said]) -> str:
    largest = max(acts, key=lambda one: one["rows"])
    rows = [
        [f"{number} {name}", f"{seconds:.2f}", f"{seconds / largest['unit']:.2f}"]
        for number, name, seconds in largest["stages"]
    ]
    return f"## Where the time goes, {largest['rows']:,} rows\n\n{table(['stage', 's', 'units'], rows)}"


def _truth(found: Results) -> str:
    names = [
        "rows",
        "wrong cells",
        "wrong rows",
        "false alarms",
        "misses",
        "wrongly quarantined",
        "missed rows",
    ]
    rows = [
        [
            f"{one['rows']:,}",
            *(f"{one['counts'][name]:,}" for name in ("wrong_cells", "wrong_rows", *MISJUDGED)),
        ]
        for one in found.acts
    ]
    astray = sum(one["counts"][name] for one in found.acts for name in MISJUDGED)
    return f"""## Correctness

The verdict of the runs above against the generator's truth file, cell by cell, and their quarantine row by row:
{"**nothing is astray**" if not astray else f"**{astray:,} are astray**"}.

{table(names, rows)}"""


def _linear(acts: Sequence[Said]) -> str:
    rows = [
        [f"{one['rows']:,}", f"{one['seconds']:.2f}", f"{1e6 * one['seconds'] / one['rows']:.2f}"]
        for one in acts
        if one["rows"] >= LINEAR_FROM
    ]
    if len(rows) < 2:
        return ""
    said = f"Linear means that the last column does not rise from {LINEAR_FROM:,} rows on."
    return f"## Growth\n\n{said}\n\n{table(['rows', 'act 1, s', 's a million rows'], rows)}"


def _imports(seconds: tuple[float, float]) -> str:
    ours, bare = seconds
    return f"""## Start of the command line

`python -m governance --help` takes **{ours:.2f} s** ({budget_met(ours, IMPORT_SECONDS, "s")}), the least of three;
a Python that does nothing takes {bare:.2f} s."""
