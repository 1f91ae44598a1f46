"""Review: what a run asks people, with the repairs that would mend rows and what to type next."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.cli import mending, shapes, telling
from governance.cli.desk import Desk, open_desk
from governance.cli.options import COMMAND, As, Json, RunId
from governance.plural import many
from governance.states import State

if TYPE_CHECKING:
    from governance.answers.recipes import Offered
    from governance.answers.triage import ItemLine, TriageView

TRIED = 25
"""Items whose repairs are tried in one review; each takes a look at its rows."""


def review(
    run_id: RunId,
    everything: Annotated[bool, typer.Option("--all", help="Try repairs on every open item.")] = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """The items of a run, the repairs that would mend them, and what to type next."""
    desk = open_desk(acting, as_json=as_json)
    view = desk.see.triage(desk.person, run_id)
    opened = [item for item in view.items if item.kind == "cluster" and item.state == "open"]
    tried = {item.key for item in (opened if everything else opened[:TRIED])}
    offers = {one.item: one for one in desk.see.recipe_offers(desk.person, view.strip.run)}
    items = [
        _item_document(desk, view, item, try_repairs=item.key in tried, offer=offers.get(item.key))
        for item in view.items
    ]
    answer = _review_document(desk, view, items)
    if as_json:
        telling.document(answer)
    else:
        _tell(view, answer, untried=len(opened) - len(tried))


def _item_document(
    desk: Desk, view: TriageView, item: ItemLine, *, try_repairs: bool, offer: Offered | None
) -> dict[str, Any]:
    proposals = desk.see.proposals(desk.person, view.strip.run, item.key) if try_repairs else ()
    return {
        **item.model_dump(mode="json", exclude={"rules"}),
        "rules": [{"id": rule, "expected": words} for rule, words in item.rules],
        "proposals": [mending.document(one) for one in proposals],
        "recipe": offer.model_dump(mode="json", exclude={"item"}) if offer else None,
    }


def _review_document(desk: Desk, view: TriageView, items: list[dict[str, Any]]) -> dict[str, Any]:
    run = desk.house.run(view.strip.run)
    whole = desk.see.run(desk.person, run.id)
    return {
        "run": run.id,
        "dataset": run.dataset,
        "file": run.file,
        "state": run.state,
        "outcome": run.outcome,
        "revision": run.revision,
        "digest": run.candidate or None,
        "plan": {"digest": run.plan_digest or None, "approved": whole.plan_approved},
        "rows": {name: view.rows.get(name, 0) for name in (*shapes.ROWS, "waived")},
        "measures": shapes.measures(view.measures_first, view.measures),
        "items": items,
        "decisions": [decision.model_dump(mode="json") for decision in view.decisions],
        "who_next": view.strip.who_next,
        "next": _commands(desk, view, items),
    }


def _commands(desk: Desk, view: TriageView, items: list[dict[str, Any]]) -> list[str]:
    """What to type next: a repair that mends rows, then what approval waits for, then the approval."""
    after = shapes.next_commands(desk, view.strip)
    if view.strip.state != State.AWAITING_REVIEW:
        return after
    decide = f"{COMMAND} decide {view.strip.run}"
    opened = [item for item in items if item["state"] == "open"]
    repairs = ((item["key"], one["repair"]) for item in opened for one in item["proposals"] if one["passes"])
    fixing = [f"{decide} {key} fix --repair {repair} --preview" for key, repair in islice(repairs, 1)]
    breaches = [f'{decide} {item["key"]} accept --reason "…"' for item in opened if item["required"]]
    return [*fixing, *breaches, *after[1:]]


def _tell(view: TriageView, answer: dict[str, Any], *, untried: int) -> None:
    telling.say(f"Run {answer['run']} · {answer['dataset']} · {answer['file']} · {answer['state']}")
    telling.say(shapes.rows_line(view.rows), f"Candidate {answer['digest'] or 'not computed yet'}", "")
    for line in answer["measures"]:
        telling.say(f"  {'met' if line['met'] else 'NOT MET':<8} {line['sentence']}")
    for item in answer["items"]:
        telling.say("", *_item_lines(item))
    for one in answer["decisions"]:
        if one["look_again"]:
            telling.say("", f"Decision {one['id']} ({one['action']}, {one['title']}): {one['look_again']}")
        if one["waiver"]:
            telling.say("", f"Decision {one['id']}: {one['terms']}: another person must approve this waiver.")
    if untried > 0:
        telling.say("", f"The repairs of {untried:,} more items were not tried; --all tries them.")
    telling.say("", f"Next: {answer['who_next']}", *(f"  {command}" for command in answer["next"]))


def _item_lines(item: dict[str, Any]) -> list[str]:
    """An item, what was expected, how it was decided, and the repairs that need no value."""
    rows = f", {many(item['rows'], 'row')}" if item["rows"] else ""
    lines = [f"{item['key']}  [{item['severity']}, {item['state']}{rows}]", f"    {item['title']}"]
    lines += [f"    expected {rule['expected']}" for rule in item["rules"]]
    if item["decided"]:
        lines.append(f"    decided: {item['decided']} (decision {item['decision']})")
    lines += [f"    open again: {item['why']}"] if item["why"] else []
    if offer := item["recipe"]:
        lines.append(f"    recipe {offer['recipe']}: {offer['said']} (`decide … {offer['action']} --recipe`)")
    return lines + [f"    repair {one['words']}" for one in item["proposals"] if not one["needs_value"]]
