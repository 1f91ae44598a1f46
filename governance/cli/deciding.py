"""Decisions: fix, waive, reject or accept an item, mask a column otherwise, take a decision back.

Each is recorded first and then computed; what is printed is what came of it.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.cli import driving, mending, shapes, telling, waiving
from governance.cli.desk import Desk, open_desk
from governance.cli.options import COMMAND, As, Detach, Json, Reason, RunId
from governance.errors import InputError, Stale, TerminalFault, UnknownName
from governance.states import State

if TYPE_CHECKING:
    from governance.answers.triage import ItemLine, TriageView
    from governance.effect import Effect
    from governance.review.choices import Action, Fix

ItemKey = Annotated[str, typer.Argument(metavar="ITEM", help="An item's key as `review` shows it.")]


def decide(
    run_id: RunId,
    key: ItemKey,
    action: Annotated[str, typer.Argument(metavar="fix|waive|reject|accept", help="What to do about it.")],
    *,
    reason: Reason = "",
    repair: Annotated[str, typer.Option(metavar="NAME", help="fix: a ready-made repair.")] = "",
    expression: Annotated[str, typer.Option(metavar="SQL", help="fix: an expression over the row.")] = "",
    column: Annotated[str, typer.Option(metavar="C", help="fix: the column to repair.")] = "",
    value: Annotated[str, typer.Option(metavar="V", help="fix: the value for the repair `set`.")] = "",
    cells: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="fix: single cells, as row,column,value.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="waive: the last day.")
    ] = None,
    scope: Annotated[
        str, typer.Option(metavar="row|cluster|rule|dataset", help="waive: how far it goes.")
    ] = "",
    code: Annotated[str, typer.Option(metavar="CODE", help="waive: the reason in a word; see below.")] = "",
    ticket: Annotated[str, typer.Option(metavar="LINK", help="waive: a ticket.")] = "",
    budget: Annotated[int, typer.Option(metavar="N", help="waive: so many rows at most.")] = 0,
    rows: Annotated[str, typer.Option(metavar="N,N…", help="waive: the rows, for --scope row.")] = "",
    recipe: Annotated[bool, typer.Option("--recipe", help="Do what the item's recipe proposes.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Show the effect and record nothing.")] = False,
    detach: Detach = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Decide about one item, and compute the run again."""
    desk = open_desk(acting, as_json=as_json)
    view = desk.see.triage(desk.person, run_id)
    item, chosen = find_item(view, key), _action(action)
    offer = _offer(desk, view, item) if recipe else 0
    given = {"repair": repair, "expression": expression, "column": column, "value": value}
    if offer and (cells or any(given.values())):
        raise InputError("A recipe says itself what is done.", "Leave --repair and the like out.")
    fix = None if offer else _fix(desk, view, item, chosen, cells, **given)
    terms = waiving.terms(chosen, scope=scope, code=code, ticket=ticket, budget=budget, rows=rows)
    expires = until.date() if until else None
    if preview:
        effect = desk.workspace.preview(
            desk.person, view.strip.run, item.key, chosen, fix=fix, terms=terms, expires=expires, recipe=offer
        )
        _tell_effect(desk, item, effect)
        return
    number = desk.workspace.decide(
        desk.person,
        view.strip.run,
        item.key,
        chosen,
        reason=reason,
        fix=fix,
        expires=expires,
        terms=terms,
        recipe=offer,
        seen=item.version,
    )
    said = {"decision": number, "item": item.key, "action": chosen.value, "fix": fix and mending.told(fix)}
    said |= {"recipe": offer} if offer else {}
    _settle(desk, view, said, detach=detach)


def undo(
    run_id: RunId,
    decision: Annotated[int, typer.Argument(metavar="DECISION", help="A decision's number.")],
    *,
    reason: Reason,
    detach: Detach = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Take one decision back; later ones stay."""
    desk = open_desk(acting, as_json=as_json)
    view = desk.see.triage(desk.person, run_id)
    number = desk.workspace.undo(desk.person, view.strip.run, decision, reason=reason)
    _settle(desk, view, {"decision": number, "undoes": decision, "action": "undo"}, detach=detach)


def keep(
    run_id: RunId,
    decision: Annotated[int, typer.Argument(metavar="DECISION", help="A decision's number.")],
    *,
    reason: Reason,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Keep a decision that needs another look, because one that it depended on was taken back."""
    desk = open_desk(acting, as_json=as_json)
    run = desk.house.run(run_id).id
    number = desk.workspace.confirm(desk.person, run, decision, reason=reason)
    document = {"run": run, "decision": number, "keeps": decision}
    desk.tell(document, f"Decision {decision} of run {run} is kept.")


def mask(
    run_id: RunId,
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="The column to mask otherwise.")],
    operator: Annotated[
        str,
        typer.Argument(
            metavar="keep|redact|partial|generalise|pseudonym|scrub",
            help="How; 'partial first 2', 'generalise month' and the like are understood.",
        ),
    ],
    *,
    reason: Reason,
    detach: Detach = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Mask one column of a run otherwise. The plan needs approval again."""
    from governance.privacy.plan import ColumnMask

    desk = open_desk(acting, as_json=as_json)
    view = desk.see.privacy(desk.person, run_id)
    if view is None:
        raise Stale(f"Run {run_id} has no masking plan yet.", "Wait until stage 12 is done.")
    line = next((one for one in view.columns if one.verdict.column == column), None)
    if line is None:
        known = ", ".join(one.verdict.column for one in view.columns)
        raise UnknownName(f"There is no column {column!r}.", f"Columns: {known}.")
    made = mending.operator(desk, view.strip.dataset, line.verdict, operator)
    wish = ColumnMask(column=column, operator=made, semantic=line.verdict.semantic, reason=reason)
    before = desk.see.triage(desk.person, view.strip.run)
    digest = desk.workspace.change_plan(desk.person, view.strip.run, wish)
    said = {
        "action": "mask",
        "column": column,
        "operator": made.kind,
        "does": made.describe(),
        "plan": digest,
    }
    _settle(desk, before, said, detach=detach)


def find_item(view: TriageView, key: str) -> ItemLine:
    """An item by its key, by the part after `cluster-` or `breach-`, or by a beginning only one has."""
    for wanted in (key, f"cluster-{key}", f"breach-{key}"):
        found = [item for item in view.items if item.key == wanted]
        found = found or [item for item in view.items if item.key.startswith(wanted)]
        if len(found) == 1 and key:
            return found[0]
    raise UnknownName(
        f"Run {view.strip.run} has no item {key!r}.", f"`{COMMAND} review {view.strip.run}` lists them."
    )


def _offer(desk: Desk, view: TriageView, item: ItemLine) -> int:
    """The recipe that is proposed for the item. Raises UnknownName."""
    offers = desk.see.recipe_offers(desk.person, view.strip.run)
    found = next((one.recipe for one in offers if one.item == item.key), 0)
    if not found:
        raise UnknownName(
            f"No recipe is proposed for {item.key}.", f"`{COMMAND} review {view.strip.run}` lists them."
        )
    return found


def _action(word: str) -> Action:
    from governance.review.choices import Action

    try:
        return Action(word)
    except ValueError as error:
        raise InputError(f"{word!r} is no decision.", f"Choose one of: {', '.join(Action)}.") from error


def _fix(
    desk: Desk, view: TriageView, item: ItemLine, action: Action, cells: Path | None, **given: str
) -> Fix | None:
    if cells and any(given.values()):
        raise InputError("--cells says itself what is written.", "Leave --repair and the like out.")
    if action.value == "fix":
        return mending.cells(cells) if cells else mending.fix(desk, view.strip.run, item, **given)
    if cells or any(given.values()):
        raise InputError(
            "--repair, --expression, --column, --value and --cells belong to fix.", "Leave them out."
        )
    return None


def _settle(desk: Desk, before: TriageView, said: dict[str, Any], *, detach: bool) -> None:
    """Have the new revision computed, and say what came of the decision."""
    run_id = before.strip.run
    state = before.strip.state if detach else driving.drive(desk, run_id)
    if state == State.FAILED:
        raise TerminalFault(
            f"Run {run_id} failed: {desk.house.run(run_id).error}", f"`{COMMAND} resume {run_id}`"
        )
    after = desk.see.triage(desk.person, run_id)
    answer: dict[str, Any] = {
        "run": run_id,
        **said,
        "state": after.strip.state.value,
        "revision": after.strip.revision,
        "digest": desk.house.run(run_id).candidate or None,
        "rows_before": before.rows,
        "rows": after.rows,
        "measures": shapes.measures(before.measures, after.measures),
        "exit_code": 0,
    }
    if desk.as_json:
        telling.document(answer)
        return
    named = said.get("item") or said.get("column") or f"decision {said.get('undoes')}"
    recorded = f"decision {said['decision']} recorded" if "decision" in said else f"it {said['does']}"
    telling.say(f"{said['action']} {named}: {recorded}; run {run_id} is {after.strip.state.value}.")
    telling.say(f"before: {shapes.rows_line(before.rows)}", f"now:    {shapes.rows_line(after.rows)}")
    telling.say(*shapes.flips(answer["measures"]))
    telling.say(f"Next: {after.strip.who_next}")


def _tell_effect(desk: Desk, item: ItemLine, effect: Effect) -> None:
    document: dict[str, Any] = {
        "item": item.key,
        "before": effect.before.model_dump(),
        "after": effect.after.model_dump(),
        "touched": effect.touched,
        "mended": effect.mended,
        "measures": shapes.measures(effect.measures_before, effect.measures_after),
        "sample": [change.model_dump() for change in effect.sample],
        "recorded": False,
        "exit_code": 0,
    }
    if desk.as_json:
        telling.document(document)
        return
    telling.say(f"{item.title}: {effect.touched:,} rows touched, {effect.mended:,} of them pass then.")
    for name in ("kept", "quarantined", "waived", "rejected"):
        telling.say(f"  {name:<12} {getattr(effect.before, name):,} → {getattr(effect.after, name):,}")
    telling.say(*shapes.flips(document["measures"]))
    if effect.sample:
        cells = ((c.row, c.column, c.before, c.after, "yes" if c.passes else "no") for c in effect.sample)
        telling.table(("row", "column", "before", "after", "passes"), cells)
    telling.say("Nothing is recorded: this was a preview.")
