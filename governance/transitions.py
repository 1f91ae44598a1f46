"""Moves of a run and tasks for the worker, each with its event in the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, select

from governance.states import State, check
from storage import audit
from storage.models import Run, Task, now


def move(session: Session, run: Run, state: State, *, by: str, reason: str = "", **changes: Any) -> None:
    """Change a run's state, if the table allows it. A person's reason goes into the event."""
    check(run.id, run.state, state)
    before, run.state, run.changed_at = run.state, state.value, now()
    for name, value in changes.items():
        setattr(run, name, value)
    session.add(run)
    said = {"from": before, "to": state.value, "revision": run.revision}
    if reason:
        said["reason"] = reason
    audit.append(session, by, f"run {state.value}", dataset=run.dataset, run=run.id, data=said)


def queue(session: Session, kind: str, subject: str, detail: str = "") -> Task:
    """Ask a worker for something. A second try of the same thing is a task of its own."""
    base = ":".join(part for part in (kind, subject, detail) if part)
    tries = len(session.exec(select(Task).where(Task.subject == subject, Task.kind == kind)).all())
    task = Task(id=f"{base}:{tries + 1}", kind=kind, subject=subject)
    session.add(task)
    return task
