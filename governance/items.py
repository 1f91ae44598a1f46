"""Review items: what a revision asks a person to decide about, from what its stages found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance.contract.model import Contract
from governance.findings import Note, Severity
from governance.stages.contract import Conformed
from governance.stages.load import Loaded
from governance.stages.threshold import Judged
from governance.stages.validate import Cluster, Validated
from governance.tables import Frozen


class NewItem(Frozen):
    """An item before it is in the ledger. `required`: approval waits for it."""

    key: str
    kind: str
    severity: Severity
    title: str
    rows: int
    required: bool = False
    details: dict[str, Any] = {}


def breaches(judged: Judged) -> Iterator[NewItem]:
    for line in judged.breaches:
        yield NewItem(
            key=f"breach-{line.key}",
            kind="breach",
            severity=line.severity,
            title=line.sentence,
            rows=0,
            required=True,
            details={"metric": line.metric, "value": line.value, "limit": line.limit},
        )


def clusters(validated: Validated, contract: Contract) -> Iterator[NewItem]:
    for cluster in validated.clusters:
        rules = [rule for rule_id in cluster.rules if (rule := contract.rule(rule_id))]
        yield NewItem(
            key=f"cluster-{cluster.key}",
            kind="cluster",
            severity=min((rule.severity for rule in rules), key=lambda severity: severity.rank),
            title=title_of(cluster, contract),
            rows=cluster.rows,
            details={
                "cluster": cluster.key,
                "rules": list(cluster.rules),
                "columns": sorted({rule.column for rule in rules}),
                "shape": cluster.shape,
                "failing": str(validated.failing.path),
                "waivable": all(rule.waivable for rule in rules),
            },
        )


def title_of(cluster: Cluster, contract: Contract) -> str:
    """A cluster in words: `address: too short`, `phone: wrong form · 9-9-9 a9`."""
    rules = [rule for rule_id in cluster.rules if (rule := contract.rule(rule_id))]
    if len(rules) == 1 and rules[0].tells:
        return f"{rules[0].subject}: {cluster.shape}"
    said = " + ".join(f"{rule.subject}: {rule.wrong}" for rule in rules)
    return said + (f" · {cluster.shape}" if cluster.shape and cluster.shape != "another word" else "")


def others(loaded: Loaded, conformed: Conformed, notes: tuple[Note, ...]) -> Iterator[NewItem]:
    """Unreadable lines, schema differences, outliers and drift: to be seen, and accepted or not."""
    if loaded.unreadable.rows:
        yield NewItem(
            key="unreadable",
            kind="unreadable",
            severity=Severity.HIGH,
            title=f"{loaded.unreadable.rows:,} lines could not be read",
            rows=loaded.unreadable.rows,
        )
    for note in (*conformed.findings, *notes):
        if note.severity is Severity.LOW:
            continue
        yield NewItem(
            key="-".join(part for part in (note.kind, note.rule or "", note.column) if part),
            kind=note.kind,
            severity=note.severity,
            title=note.message,
            rows=note.rows,
        )
