"""Approvals and what follows them: the masking plan, the candidate, a rollback; and publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.cli import driving, runs, shapes, telling
from governance.cli.desk import Desk, open_desk
from governance.cli.options import COMMAND, As, Detach, Json, Reason, RunId
from governance.errors import InputError, Stale, TerminalFault, UnknownName
from governance.states import State

if TYPE_CHECKING:
    from governance.answers.versions import RollbackLine

SHORTEST = 8
"""Digits of a digest that must be given to cite it."""


def approve(
    subject: Annotated[str, typer.Argument(metavar="RUN|ROLLBACK", help="A run's id, or a rollback's.")],
    *,
    reason: Reason = "",
    digest: Annotated[
        str, typer.Option(metavar="D", help="Approve only if this is the candidate's digest, or begins it.")
    ] = "",
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Approve the masking plan, and not yet the candidate.")
    ] = False,
    detach: Detach = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Approve a run's masking plan and candidate, or a rollback. Who submitted or decided cannot."""
    desk = open_desk(acting, as_json=as_json)
    rollback = None if desk.is_run(subject) else find_rollback(desk, subject)
    if rollback is not None:
        cite(digest, rollback[1].digest, "rollback")
        _approve_rollback(desk, *rollback, reason=reason, detach=detach)
        return
    name = desk.house.run(subject).id
    approved = _approve_run(desk, name, reason=reason, digest=digest, plan_only=plan_only)
    strip = desk.see.strip(desk.person, name)
    code = 2 if strip.state == State.AWAITING_REVIEW and not plan_only else 0
    if as_json:
        telling.document({**shapes.run_document(desk, strip), "approved": approved, "exit_code": code})
    else:
        telling.say(*(f"{desk.person.title} approved the {one['what']} {one['digest']}." for one in approved))
        telling.say(f"Run {name} is {strip.state.value}. Next: {strip.who_next}")
        telling.say(*(f"  {command}" for command in shapes.next_commands(desk, strip)))
    if code:
        raise typer.Exit(code)


def publish(
    run_id: RunId, reason: Reason = "", detach: Detach = False, acting: As = "", as_json: Json = False
) -> None:
    """Publish an approved run: stages 13 to 17."""
    desk = open_desk(acting, as_json=as_json)
    name = desk.house.run(run_id).id
    desk.workspace.publish(desk.person, name, reason=reason)
    if not detach:
        driving.drive(desk, name)
    runs.show(desk, name, detached=detach)


def find_rollback(desk: Desk, rollback_id: str) -> tuple[str, RollbackLine]:
    """(dataset, request) of a rollback that waits, runs or failed. Raises UnknownName."""
    for dataset in desk.house.datasets():
        for line in desk.see.versions(desk.person, dataset).rollbacks:
            if line.id == rollback_id:
                return dataset, line
    raise UnknownName(
        f"There is no run {rollback_id!r}, nor a rollback that waits.",
        "`status` lists runs, `versions` rollbacks.",
    )


def _approve_run(desk: Desk, name: str, *, reason: str, digest: str, plan_only: bool) -> list[dict[str, str]]:
    """What was approved. The digests are those of one look, so that nothing unseen is approved."""
    view = desk.see.run(desk.person, name)
    cite(digest, view.candidate, "candidate")
    approved = []
    if view.plan_digest and not view.plan_approved:
        desk.workspace.approve_plan(desk.person, name, digest=view.plan_digest, reason=reason)
        approved.append({"what": "masking plan", "digest": view.plan_digest})
    if not plan_only:
        desk.workspace.approve(desk.person, name, digest=view.candidate, reason=reason)
        approved.append({"what": "candidate", "digest": view.candidate})
    return approved


def cite(given: str, actual: str, what: str) -> None:
    """Refuse when the digest that a person gave is not the one that would be approved."""
    if given and len(given) < SHORTEST:
        raise InputError(f"{given} is too short to cite a digest.", f"Give {SHORTEST} digits or more.")
    if given and not actual.startswith(given.lower()):
        raise Stale(
            f"The {what} is {actual[:SHORTEST] or 'not there yet'}, not {given}.", "Look at it again."
        )


def _approve_rollback(desk: Desk, dataset: str, line: RollbackLine, *, reason: str, detach: bool) -> None:
    desk.workspace.approve_rollback(desk.person, line.id, digest=line.digest, reason=reason)
    if not detach:
        _carry_out(desk, dataset, line)
    view = desk.see.versions(desk.person, dataset)
    newest = view.versions[0]
    answer: dict[str, Any] = {
        "rollback": line.id,
        "dataset": dataset,
        "to": line.to_number,
        "state": "releasing" if detach else "done",
        "version": None if detach else newest.number,
        "digest": line.digest,
        "exit_code": 0,
    }
    if desk.as_json:
        telling.document(answer)
    elif detach:
        telling.say(f"{desk.person.title} approved rollback {line.id}; a worker carries it out.")
    else:
        telling.say(f"{desk.person.title} approved rollback {line.id}.")
        telling.say(f"Version {newest.number} of {dataset} is version {line.to_number} again.")
        telling.say(f"  {COMMAND} diff {dataset} {line.to_number} {newest.number}")


def _carry_out(desk: Desk, dataset: str, line: RollbackLine) -> None:
    """Have the rollback worked on. Raises TerminalFault when it fails."""

    def request() -> RollbackLine | None:
        listed = desk.see.versions(desk.person, dataset).rollbacks
        return next((one for one in listed if one.id == line.id), None)

    def done() -> bool:
        current = request()
        return current is None or current.state == "failed"

    driving.work_until(desk.house, done, subject=f"Rollback {line.id}")
    failed = request()
    if failed is not None:
        raise TerminalFault(
            f"Rollback {line.id} failed: {failed.error}", "The version that was current still is."
        )
