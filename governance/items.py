"""Review items: what a revision asks a person to decide about, from what its stages found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance.contract.model import Contract
from governance.findings import Note, Severity
from governance.plural import many
from governance.review.choices import Action
from governance.review.waivers import WaiverUse
from governance.stages.contract import Conformed
from governance.stages.load import Loaded
from governance.stages.quarantine import Split
from governance.stages.threshold import Judged
from governance.stages.validate import Cluster, Validated
from governance.tables import Frozen
from storage.models import Decision, Item

ABOUT_ROWS = ("cluster", "waiver", "unreadable")
"""Kinds of items whose standing each revision works out anew."""

PARTICIPLE = {
    Action.FIX: "fixed",
    Action.WAIVE: "waived",
    Action.REJECT: "rejected",
    Action.ACCEPT: "accepted",
    Action.MEND: "mended",
    Action.SEND_BACK: "sent back",
}


SPLIT = "split"
"""The state of a cluster whose parts are items of their own."""


class NewItem(Frozen):
    """An item before it is in the ledger. `required`: approval waits for it."""

    key: str
    kind: str
    severity: Severity
    title: str
    rows: int
    required: bool = False
    details: dict[str, Any] = {}


class Standing(Frozen):
    """Where an item is in a revision."""

    rows: int
    state: str
    required: bool
    details: dict[str, Any]


def stand(item: Item, found: NewItem | None, *, split: Split, newest: Decision | None) -> Standing:
    """Where an item about rows is, by the decisions that stand and by what they are about; nothing else counts,
    so that taking a decision back brings the item to where it was.

    `found`: the cluster as this revision judges it. `newest`: the newest decision about the item that stands.
    """
    said = {name: value for name, value in item.details.items() if name != "why"}
    used = next((use for use in split.waivers if use.item == item.key), None)
    if item.kind == "waiver":
        return _waiver(item, said, used, newest)
    if item.kind == "unreadable":
        return _unreadable(item, split.counts.mended, newest)
    if found is None:
        state = PARTICIPLE[Action(newest.action)] if newest else "gone"
        return Standing(rows=0, state=state, required=item.required, details=said)
    part = {"part": item.details["part"]} if "part" in item.details else {}
    said, rows = {**found.details, **part}, found.rows
    left = next((one for one in split.undecided or () if one.cluster == said["cluster"]), None)
    if left is None:
        state = PARTICIPLE[Action(newest.action)] if newest else "covered"
        return Standing(rows=rows, state=state, required=item.required, details=said)
    if left.rows < left.of and split.left:
        said["failing"] = str(split.left.path)
    why = _why(newest, used, left.rows, left.of)
    return Standing(
        rows=left.rows,
        state="open",
        required=item.required,
        details={**said, **({"why": why} if why else {})},
    )


def stand_split(
    item: Item, found: NewItem | None, own: NewItem | None, *, split: Split, newest: Decision | None
) -> Standing:
    """Where a cluster that was split is: its parts are items of their own, and what came to it since is left to it.

    `found` is the whole cluster as this revision judges it, `own` what of it is in no part. Where the whole would be
    is kept, for it to be there when its parts are merged back.
    """
    whole = stand(item, found, split=split, newest=newest)
    left = stand(item, own, split=split.in_parts(), newest=newest)
    bare = _bare(whole.details)
    kept = {
        "parts": item.details["parts"],
        "whole": {"rows": whole.rows, "state": whole.state, "details": bare},
    }
    if own is None or left.state != "open":
        return Standing(rows=whole.rows, state=SPLIT, required=item.required, details={**bare, **kept})
    why = {"why": f"{many(left.rows, 'row')} came to this signature after it was split."}
    details = {**why, **_bare(left.details), **kept}
    return Standing(rows=left.rows, state="open", required=item.required, details=details)


def _bare(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name not in ("parts", "whole")}


def _why(newest: Decision | None, used: WaiverUse | None, rows: int, of: int) -> str:
    """Why an item that somebody decided about is open."""
    if used and used.exceeded:
        return exceeded(used)
    if newest is None:
        return ""
    if newest.action == Action.FIX:
        return f"{many(rows, 'row')} still fail after the fix."
    word = PARTICIPLE[Action(newest.action)]
    why = "it was for single rows, or they came later" if newest.action == Action.WAIVE else "they came later"
    return f"{rows:,} of {many(of, 'row')} are not {word} by the decision that stands: {why}."


def exceeded(used: WaiverUse) -> str:
    """Why a waiver covers nothing."""
    return (
        f"The waiver was for {many(used.budget, 'row')} at most, and {used.rows:,} break its rules now: "
        "it covers none, and they stay out."
    )


def _unreadable(item: Item, mended: int, newest: Decision | None) -> Standing:
    """Lines that nobody mended, of all that could not be read."""
    lines = item.details.get("lines", item.rows)
    left = lines - mended
    accepted = newest is not None and newest.action == Action.ACCEPT
    state = "mended" if not left else "accepted" if accepted else "open"
    return Standing(rows=left, state=state, required=item.required, details={**item.details, "lines": lines})


def _waiver(item: Item, said: dict[str, Any], used: WaiverUse | None, newest: Decision | None) -> Standing:
    """Where a waiver of an earlier run is: it holds, or somebody must look because it does not."""
    if newest and newest.action == Action.ACCEPT:
        return Standing(rows=item.rows, state="accepted", required=True, details=item.details)
    if used and not used.exceeded:
        return Standing(rows=used.rows, state="waived", required=False, details=said)
    if used:
        return Standing(rows=used.rows, state="open", required=True, details={**said, "why": exceeded(used)})
    return Standing(rows=0, state="open", required=True, details={"why": TAKEN_BACK, **item.details})


TAKEN_BACK = "The waiver does not count in this run: the rows that it covered stay out."


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
        return f"{rules[0].subject}: {rules[0].lead}{cluster.shape}"
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
            details={"lines": loaded.unreadable.rows},
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
