"""The audit log: verify the chain, list events, export all of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from governance.cli import telling
from governance.cli.desk import open_desk
from governance.cli.failing import files_of
from governance.cli.options import As, Dataset, Json
from governance.people import Verb
from governance.plural import many

audit = typer.Typer(help="The audit log: verify, list, export.")


@audit.command()
def verify(acting: As = "", as_json: Json = False) -> None:
    """Walk the whole chain and every signed head. Exit code 0: whole, 1: broken."""
    desk = open_desk(acting, as_json=as_json)
    verdict = desk.workspace.verify_audit(desk.person)
    code = 0 if verdict.whole else 1
    if as_json:
        told = {"whole": verdict.whole, "events": verdict.events, "heads": verdict.heads}
        broken = verdict.broken_at or None
        telling.document({**told, "broken_at": broken, "sentence": verdict.sentence, "exit_code": code})
    else:
        telling.say(verdict.sentence)
    if code:
        raise typer.Exit(code)


@audit.command("list")
def list_events(
    *,
    dataset: Dataset = "",
    run_id: Annotated[str, typer.Option("--run", metavar="RUN", help="Events of one run.")] = "",
    actor: Annotated[str, typer.Option(metavar="NAME", help="Events of one person, or of `worker`.")] = "",
    people_only: Annotated[bool, typer.Option("--people", help="Leave the worker's own events out.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="This many, the newest first.")] = 50,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """What happened, in sentences, the newest first."""
    desk = open_desk(acting, as_json=as_json)
    name = desk.house.run(run_id).id if run_id else ""
    events = desk.see.events(
        desk.person, actor=actor, dataset=dataset, run=name, people_only=people_only, limit=limit
    )
    if as_json:
        telling.document({"events": [event.model_dump(mode="json") for event in events]})
    else:
        lines = (
            (one.seq, f"{one.at:%Y-%m-%d %H:%M:%S}", one.dataset, one.run, one.sentence) for one in events
        )
        telling.table(("event", "at (UTC)", "dataset", "run", "what"), lines)


@audit.command()
def export(
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="Where the events go.")],
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Write every event as it is chained, then every signed head: enough to verify it elsewhere."""
    from sqlmodel import col, select

    from storage.models import AuditEvent, AuditHead

    desk = open_desk(acting, as_json=as_json)
    desk.person.must(Verb.AUDIT)
    events = heads = 0
    with files_of(out), out.open("w", encoding="utf-8") as stream, desk.house.ledger.read() as session:
        for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).yield_per(1000):
            events += 1
            stream.write(json.dumps(event.model_dump(), ensure_ascii=False) + "\n")
        for head in session.exec(select(AuditHead).order_by(col(AuditHead.seq))):
            heads += 1
            stream.write(json.dumps({"head": head.model_dump()}, ensure_ascii=False) + "\n")
    if as_json:
        telling.document({"out": str(out), "events": events, "heads": heads})
    else:
        telling.aside(f"{many(events, 'event')} and {many(heads, 'signed head')} to {out}.")
