"""The splits of clusters on record: which stand in a run, and what a part holds."""

from __future__ import annotations

import json
from pathlib import Path

from sqlmodel import Session, col, select

from governance.house import House
from governance.review.parts import Cut
from storage.models import Item


def cuts(house: House, session: Session, run: str) -> tuple[Cut, ...]:
    """The splits of a run that stand, in the order of the items."""
    found = session.exec(select(Item).where(Item.run == run, Item.kind == "cluster").order_by(col(Item.id)))
    return tuple(
        Cut(cluster=details["cluster"], table=Path(details["parts"]["table"]))
        for item in found
        if item.details.get("parts") and (details := house.bench.vault.rebased(item.details))
    )


def label_of(house: House, item: Item) -> str:
    """What an item that is a part holds, `country: “DE”`: a person's value, for who may see it. Empty for others."""
    part = item.details.get("part")
    if not part:
        return ""
    kept = json.loads(house.bench.vault.note(part["note"]))
    return f"{part['column']}: {kept['labels'][item.details['cluster']]}"
