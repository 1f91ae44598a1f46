"""The sections of RESULTS.md that put ours beside what people would pick instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.markdown import budget_met, table
from benchmarks.running import Said

VALIDATING_UNITS, PROFILE_RATIO = 2.5, 1.25
BUDGETED_ROWS = 1_000_000
COLUMNS = (
    *("tool", "s", "units", "budget", "peak, MB"),
    *("failing rows", "reasons", "the same as ours", "delivers"),
)


def validating(found: Sequence[Said], part: Said) -> str:
    """The section on validation. `part` is ours on the rows that slow tools were measured on."""
    ours = found[0]
    rows = [_validation(one, ours, part, budget=_budget(VALIDATING_UNITS, ours) if one is ours else None)
            for one in found]  # fmt: skip
    parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in ours["parts"].items())
    return f"""## Load, twenty rules with all reasons, split: {ours["rows"]:,} rows

Everyone reads the same CSV as text, judges each value as it was read (`benchmarks/validating/contract.yaml`) and writes
kept and failing rows as Parquet. Rows are *the same* when exactly the rows with the same numbers fail. Two of our
twenty rules tell a date that could be two days from one that is no day; elsewhere they are one check, so the others
have eighteen. Ours took: {parts}.

{table(COLUMNS, rows)}{_scaled(found)}"""


def _validation(one: Said, ours: Said, part: Said, *, budget: float | None) -> list[str]:
    if "skipped" in one:
        return [one["title"], *["–"] * 7, one["skipped"]]
    like = ours if one["measured_rows"] == ours["measured_rows"] else part
    same = one["measured_rows"] == like["measured_rows"] and one["fingerprint"] == like["fingerprint"]
    agrees = "" if one is ours else "yes" if same else f"**no**: {like['counts']['failing']:,} by ours"
    reasons = one["counts"].get("reasons")
    return [
        *_timed(one), budget_met(one["ratio"], budget), f"{one['peak_megabytes']:,.0f}",
        f"{one['counts']['failing']:,}", "–" if reasons is None else f"{reasons:,}", agrees, one["delivers"],
    ]  # fmt: skip


def profiling(found: Sequence[Said]) -> str:
    by_hand = next(one for one in found if one["name"] == "profiling.sql_by_hand")
    most = _budget(PROFILE_RATIO, by_hand)
    return f"""## Profile alone: {by_hand["rows"]:,} rows

From the Parquet file that loading has written. The budget of ours, from a million rows on, is {PROFILE_RATIO} ×
the query by hand.

{_compared(found, by_hand, "by hand", budget=most)}{_scaled(found)}"""


def detecting(found: Sequence[Said]) -> str:
    return f"""## Personal data alone: {found[0]["rows"]:,} rows

From the rows that were kept, by a contract that says nothing of what a column is about.

{_compared(found, found[0], "ours")}{_scaled(found)}"""


def _compared(found: Sequence[Said], base: Said, name: str, *, budget: float | None = None) -> str:
    rows = []
    for one in found:
        if "skipped" in one:
            rows.append([one["title"], *["–"] * 5, one["skipped"]])
            continue
        ratio = one["whole_seconds"] / base["whole_seconds"]
        ours = one["name"].endswith(".ours")
        counts = ", ".join(f"{count:,} {what}" for what, count in one["counts"].items())
        rows.append(
            [*_timed(one), f"{ratio:.2f} ×", budget_met(ratio, budget if ours else None, "×"),
             f"{one['peak_megabytes']:,.0f}", f"{one['delivers']} ({counts})"]
        )  # fmt: skip
    return table(["tool", "s", "units", f"against {name}", "budget", "peak, MB", "delivers (found)"], rows)


def _budget(most: float, one: Said) -> float | None:
    """The budget, on as many rows as it is meant for: on fewer the fixed costs are most of the time."""
    return most if one["rows"] >= BUDGETED_ROWS else None


def _timed(one: Said) -> list[str]:
    mark = "" if one["measured_rows"] == one["rows"] else " †"
    return [one["title"] + mark, f"{one['whole_seconds']:,.2f}", f"{one['ratio']:,.1f}"]


def _scaled(found: Iterable[Said]) -> str:
    """What the dagger means; nothing where nothing was scaled."""
    said = [
        f"{one['title']} was measured on the first {one['measured_rows']:,} rows ({one['seconds']:.2f} s) and its time "
        f"multiplied by {one['rows'] / one['measured_rows']:,g}; what it found and its peak are those of the part."
        for one in found
        if "skipped" not in one and one["measured_rows"] != one["rows"]
    ]
    return "".join(f"\n\n† {line}" for line in said)
