"""Stage 13: one Delta commit to the shelf (masked) and one to the vault (clean). Done again, it does nothing."""

from __future__ import annotations

from typing import Any

from governance.bench import Bench
from governance.errors import Stale
from governance.stages import Outcome
from governance.tables import Frozen, KeptTable, MaskedTable
from storage import snapshots


class Purpose(Frozen):
    """What a commit is for: written into its metadata. `key` is made once (`run:…:3` or `rollback:…`)."""

    key: str
    dataset: str
    version: int
    digest: str
    requested_by: str
    approved_by: str


class Versioned(Outcome):
    number: int
    shelf_commit: int
    vault_commit: int


def publish(
    bench: Bench, masked: MaskedTable, kept: KeptTable, *, purpose: Purpose, expected: int
) -> Versioned:
    """Commit to vault and shelf. `expected` is the version the approver saw as current (0: none).

    Raises Stale when another version was published meanwhile.
    """
    with bench.vault.lock(f"publish-{purpose.dataset}"):
        _check_base(bench, purpose, expected)
        said = purpose.model_dump()
        vault = snapshots.write(clean_table(bench, purpose.dataset), kept.path, said)
        shelf = snapshots.write(shelf_table(bench, purpose.dataset), masked.path, said)
    return Versioned(
        summary=f"version {purpose.version}: {masked.rows:,} rows",
        rows_in=masked.rows,
        rows_out=masked.rows,
        number=purpose.version,
        shelf_commit=shelf,
        vault_commit=vault,
    )


def roll_back(
    bench: Bench, *, purpose: Purpose, expected: int, shelf_commit: int, vault_commit: int, rows: int
) -> Versioned:
    """Make the rows of an earlier pair of commits current again, as a new version."""
    with bench.vault.lock(f"publish-{purpose.dataset}"):
        _check_base(bench, purpose, expected)
        said = purpose.model_dump()
        vault = snapshots.restore(clean_table(bench, purpose.dataset), vault_commit, said)
        shelf = snapshots.restore(shelf_table(bench, purpose.dataset), shelf_commit, said)
    return Versioned(
        summary=f"version {purpose.version}: {rows:,} rows, restored",
        rows_in=rows,
        rows_out=rows,
        number=purpose.version,
        shelf_commit=shelf,
        vault_commit=vault,
    )


def shelf_table(bench: Bench, dataset: str) -> Any:
    return bench.shelf / dataset


def clean_table(bench: Bench, dataset: str) -> Any:
    return bench.vault.root / "clean" / dataset


def _check_base(bench: Bench, purpose: Purpose, expected: int) -> None:
    """Overwrites do not conflict in Delta, so the base is checked here, under the dataset's lock."""
    ours = snapshots.commits(shelf_table(bench, purpose.dataset))
    current = max((c.purpose["version"] for c in ours if c.purpose["key"] != purpose.key), default=0)
    if current != expected:
        raise Stale(
            f"Version {current} of {purpose.dataset} was published since this was approved.",
            "Look at what would change now, and approve again.",
        )
