"""The terms of a waiver from words on a command line, and its second person."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from governance.cli.desk import open_desk
from governance.cli.options import As, Json, Reason, RunId
from governance.errors import InputError, UnknownName

if TYPE_CHECKING:
    from governance.review.choices import Action, Terms

W = TypeVar("W", bound=StrEnum)


def terms(action: Action, *, scope: str, code: str, ticket: str, budget: int, rows: str) -> Terms | None:
    """The terms that were given; none where nothing was. Raises InputError for words that mean nothing."""
    from governance.review.choices import Code, Scope, Terms

    if not (scope or code or ticket or budget or rows):
        return None
    if action.value != "waive":
        raise InputError("--scope, --code, --ticket, --budget and --rows belong to waive.", "Leave them out.")
    if budget < 0:
        raise InputError(f"A budget of {budget:,} rows is not possible.", "Give a number of rows.")
    return Terms(
        scope=_word(Scope, scope or ("row" if rows else "cluster"), "scope"),
        code=_word(Code, code or "other", "reason code"),
        ticket=ticket,
        budget=budget,
        rows=_numbers(rows),
    )


def _word(kind: type[W], word: str, what: str) -> W:
    found = [one for one in kind if one.value == word or one.value.replace(" ", "-") == word.lower()]
    if not found:
        raise InputError(f"There is no {what} {word!r}.", f"Choose one of: {', '.join(kind)}.")
    return found[0]


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise InputError(f"{text!r} are no row numbers.", "Write them as 12,15,20.") from error


def approve_waiver(
    run_id: RunId,
    decision: Annotated[int, typer.Argument(metavar="DECISION", help="The waiver's number.")],
    *,
    digest: Annotated[
        str, typer.Option(metavar="D", help="Approve only if this is the waiver's digest, or begins it.")
    ] = "",
    reason: Reason = "",
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Approve a waiver that may cover more rows than the contract lets one person waive."""
    from governance.cli.approving import cite

    desk = open_desk(acting, as_json=as_json)
    view = desk.see.triage(desk.person, run_id)
    found = next((one for one in view.decisions if one.id == decision and one.waiver), None)
    if found is None:
        raise UnknownName(
            f"Decision {decision} of run {view.strip.run} is no waiver that waits for approval.",
            "`review` lists the decisions.",
        )
    cite(digest, found.waiver, "waiver")
    desk.workspace.approve_waiver(desk.person, view.strip.run, decision, digest=found.waiver, reason=reason)
    document = {"run": view.strip.run, "decision": decision, "digest": found.waiver}
    desk.tell(document, f"{desk.person.title} approved the waiver of “{found.title}”: {found.terms}.")
