"""A sample file straight into the vault, for a first visitor. Its truth file is not kept."""

from __future__ import annotations

from datetime import date
from typing import get_args

from governance.bench import Bench
from governance.errors import InputError
from governance.sample import KINDS, Kind, make_sample
from governance.scratch import scratch

USUAL: dict[Kind, int] = {"customers": 3_000, "divers": 1_500}


def keep_sample(bench: Bench, dataset: str, *, rows: int, seed: int, today: date) -> tuple[str, str]:
    """(SHA-256, file name) of a sample of so many rows, 0 for the usual; seed 0 stands for today's."""
    kind = next((kind for kind in KINDS if kind == dataset), None)
    if kind is None:
        raise InputError(
            f"There is no sample of {dataset!r}.", f"There is one of: {', '.join(get_args(Kind))}."
        )
    count = rows or USUAL[kind]
    with scratch(bench.settings) as folder:
        out = folder / "sample.csv"
        make_sample(kind, rows=count, seed=seed or today.toordinal(), out=out,
                    truth=folder / "truth.csv", today=today, unreadable=max(1, count // 1_000))  # fmt: skip
        with out.open("rb") as stream:
            digest, _ = bench.vault.keep_bytes(stream)
    return digest, f"{kind}-{f'seed-{seed}' if seed else today.isoformat()}.csv"
