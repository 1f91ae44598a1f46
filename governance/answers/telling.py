"""Events of the audit log as a person would tell them. Names, counts and reasons: never a value of a row."""

from __future__ import annotations

from typing import Any

from governance.people import title
from governance.plural import many
from governance.recipes import blind_said
from governance.review.choices import LASTING
from storage.models import AuditEvent

DECIDED = {
    "fix": "fixed", "waive": "waived", "reject": "rejected", "accept": "accepted", "mend": "mended",
    "send back": "sent back",
}  # fmt: skip

BECAME = {
    "running": "The worker began with run {run} of {dataset}",
    "awaiting review": "Run {run} of {dataset} awaits review",
    "skipped": "Run {run} of {dataset} was skipped: the same input was seen before",
    "failed": "Run {run} of {dataset} stopped with a fault",
    "published": "Run {run} of {dataset} is published",
}
"""Moves of a run that the worker makes."""

MOVED = {
    "revising": "{who} asked for revision {revision} of run {run}",
    "approved": "Run {run} of {dataset} has the approvals it needs, the last by {who}",
    "releasing": "{who} started the release of run {run} of {dataset}",
    "rejected": "{who} rejected run {run} of {dataset}",
    "queued": "{who} put run {run} of {dataset} back into the queue",
    "awaiting review": "{who} sent run {run} of {dataset} back to review",
}
"""Moves of a run that people make."""

SAID = {
    "run submitted": "{who} submitted {file} to {dataset}",
    "decision undone": "{who} took back decision {decision} on {about}",
    "break-glass publish": "{who} published {about} of {dataset} WITHOUT A SECOND PERSON",
    "break-glass signed off": "{who} signed off the publish of {dataset} without a second person",
    "rows set apart": "{who} set {rows} rows apart by a range of {column}",
    "own figures shown": "{who} was shown the figures about their {decisions} decisions",
    "item split": "{who} split “{title}” into {parts} parts by {column}",
    "item merged back": "{who} merged the {parts} parts of “{title}” by {column} back",
    "rows exported": "{who} exported {rows} rows of “{title}” for the supplier",
    "decision kept": "{who} looked again at decision {decision} on {about} and kept it",
    "waiver approved": "{who} approved the waiver of “{title}” ({scope}, at most {budget} rows, until {expires})",
    "waiver carried": "The waiver of “{title}” until {expires} was carried into run {run}",
    "waiver ended": "The waiver of “{title}” ended on {expires}",
    "approvals void": "The approvals of {about} of {dataset} are void",
    "masking plan changed": "{who} changed the masking of {about} to “{operator}”",
    "masking plan approved": "{who} approved the masking {about} of {dataset}",
    "publish approved": "{who} approved {about} of {dataset}",
    "rollback asked for": "{who} asked to roll {dataset} back from version {from} to {to}",
    "rollback approved": "{who} approved the rollback of {dataset} from version {from} to {to}",
    "rollback withdrawn": "{who} withdrew the rollback of {dataset} from version {from} to {to}",
    "rollback done": "The rollback of {dataset} is done",
    "rollback failed": "The rollback of {dataset} failed",
    "version published": "{dataset} {about} was published with {rows} rows, approved by {approver}",
    "version restored": "{dataset} {about} was restored with {rows} rows, approved by {approver}",
    "contract added": "{who} added {about} of {dataset}",
    "contract proposed": "{who} proposed a contract of {dataset}",
    "contract approved": "{who} approved contract {number} of {dataset}",
    "contract withdrawn": "{who} turned down a proposed contract of {dataset}",
    "recipe made": "“{does}” for “{title}” of {dataset} is recipe {recipe}, version {version}: decided by {decider}, "
    "approved by {approver}",
    "recipe retired": "{who} retired {about} (“{does}” for “{title}” of {dataset})",
    "recipe brought back": "{who} brought {about} back (“{does}” for “{title}” of {dataset})",
    "recipe imported": "{who} imported {about} (“{does}” for “{title}” of {dataset})",
    "recipe approved": "{who} approved {about} (“{does}” for “{title}” of {dataset})",
    "recipes exported": "{who} exported {recipes} recipes",
    "suggestion rejected": "{who} rejected the suggestion {about} for {dataset}",
    "suggestion taken back": "{who} lets {about} be suggested again for {dataset}",
    "stage finished": "Stage {stage} {about}: {summary}",
    "stage failed": "Stage {stage} {about} failed: {error}",
    "notification sent": "A message went out by {about}",
    "notification failed": "A message by {about} failed: {detail}",
}


PROPOSAL = {
    "accepted": ", as recipe {recipe} proposed",
    "changed": ", otherwise than recipe {recipe} proposed",
    "declined": ", which recipe {recipe} did not propose",
}


class _Facts(dict[str, Any]):
    """What an event says; what it does not say is left out of the sentence."""

    def __missing__(self, key: str) -> str:
        return ""


def sentence(event: AuditEvent, data: dict[str, Any]) -> str:
    """An event in plain words, with its reason after a colon."""
    who = title(event.actor)
    facts = _Facts({**data, "who": who, "about": event.subject, "dataset": event.dataset, "run": event.run})
    facts["rows"] = f"{data['rows']:,}" if isinstance(data.get("rows"), int) else ""
    facts["approver"] = " and ".join(map(title, str(data.get("approved_by", "")).split(", ")))
    facts["decider"] = title(str(data.get("decided_by", "")))
    told = _decided(event, data, who) or (
        _pattern(event, data) or "{who}: " + event.action + " {about}"
    ).format_map(facts)
    reason = data.get("reason")
    return told.strip() + (f": {reason}" if reason else "")


def _pattern(event: AuditEvent, data: dict[str, Any]) -> str:
    if event.action == "run approved" and data.get("reason") == "break-glass":
        return "Run {run} of {dataset} goes on without the approvals that it needs, by {who}"
    if event.action.startswith("run ") and event.action != "run submitted":
        state = event.action.removeprefix("run ")
        moves = BECAME if event.actor == "worker" else MOVED
        return moves.get(state) or f"Run {{run}} of {{dataset}} is {state}"
    return SAID.get(event.action, "")


def _decided(event: AuditEvent, data: dict[str, Any], who: str) -> str:
    verb = (
        DECIDED.get(event.action.removeprefix("decision ")) if event.action.startswith("decision ") else None
    )
    if verb is None:
        return ""
    rows = data.get("rows")
    of = f"{many(rows, 'row')} of " if rows else ""
    until = f" until {data['expires']}" if data.get("expires") else ""
    terms = ", ".join(str(data[name]) for name in ("code", "ticket") if data.get(name))
    beyond = " and in later runs" if data.get("scope") in LASTING else ""
    told = f"{who} {verb} {of}“{data.get('title', event.subject)}”{beyond}{until}"
    recipe, came = data.get("recipe"), data.get("proposal", "")
    proposal = f", {blind_said(recipe, came)}" if recipe and data.get("blind") else PROPOSAL.get(came, "")
    return told + (f" ({terms})" if terms else "") + proposal.format(recipe=recipe)
