"""A contract's foreign keys bound to the versions of other datasets that a run compares with."""

from __future__ import annotations

from collections.abc import Callable

from governance.contract.model import Contract
from governance.rules.kinds import Reference

At = Callable[[str], tuple[int, tuple[str, ...]] | None]
"""Dataset → its version's number and Parquet files; None while nothing of it is published."""


def bind(contract: Contract, at: At) -> Contract:
    """The contract with the files that its references read; one without references as it is."""
    names = {rule.dataset for rule in contract.rules if isinstance(rule, Reference)}
    found = {name: version for name in sorted(names) if (version := at(name))}
    if not found:
        return contract
    rules = tuple(
        rule.model_copy(update={"version": found[rule.dataset][0], "files": found[rule.dataset][1]})
        if isinstance(rule, Reference) and rule.dataset in found
        else rule
        for rule in contract.rules
    )
    bound = tuple(f"{name}@{number}" for name, (number, _) in found.items())
    return contract.model_copy(update={"rules": rules, "bound": bound})
