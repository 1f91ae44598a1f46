"""The data: generated customers, of which about one row in twenty is wrong, with the truth beside them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from governance.sample import make_sample

SEED = 7


def made(folder: Path, *, rows: int, today: date, seed: int = SEED) -> Path:
    """The file, made if it is not there; its truth has the suffix `.truth.csv`."""
    out = folder / f"customers-{rows}.csv"
    if not out.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = out.with_suffix(".part")
        make_sample(
            "customers", rows=rows, seed=seed, out=part, truth=out.with_suffix(".truth.csv"), today=today
        )
        part.rename(out)
    return out
