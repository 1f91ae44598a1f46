"""Publishing without a second person in an emergency, and signing that off afterwards."""

from __future__ import annotations

from governance.cli import driving, runs
from governance.cli.desk import open_desk
from governance.cli.options import As, Detach, Json, Reason, RunId


def break_glass(
    run_id: RunId, *, reason: Reason, detach: Detach = False, acting: As = "", as_json: Json = False
) -> None:
    """Publish without another person's approval: as an admin, in an emergency; it must be signed off afterwards."""
    desk = open_desk(acting, as_json=as_json)
    run = desk.house.run(run_id)
    desk.workspace.break_glass(desk.person, run.id, digest=run.candidate, reason=reason)
    if not detach:
        driving.drive(desk, run.id)
    runs.show(desk, run.id, detached=detach)


def sign_off(run_id: RunId, *, reason: Reason, acting: As = "", as_json: Json = False) -> None:
    """Say afterwards, as another person, that a publish without a second person was right."""
    desk = open_desk(acting, as_json=as_json)
    run = desk.house.run(run_id).id
    desk.workspace.sign_off(desk.person, run, reason=reason)
    document = {"run": run, "signed_off_by": desk.person.name}
    desk.tell(document, f"{desk.person.title} signed off the publish of run {run}.")
