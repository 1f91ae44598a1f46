"""An item and the rows that it is about, for whoever shows them, splits them, edits them or sends them back."""

from __future__ import annotations

from governance.contract.model import Contract
from governance.decisions import choices, find_item, standing
from governance.effect import basis
from governance.house import House
from governance.review import overlay
from governance.review.choices import Choice
from governance.source import Source
from storage.models import Item, Run


def item_as_read(house: House, run_id: str, key: str) -> tuple[Run, Item, Contract, Source]:
    """An item with its run, contract and source: no fix is laid over it, but mended lines are rows of it.

    Raises UnknownName for no run or item, Stale while the run has not been judged.
    """
    run, item, stands = _item(house, run_id, key)
    source = overlay.with_mended(house.bench, basis(house, run).source, stands)
    return run, item, house.contract_of(run), source


def item_as_it_stands(house: House, run_id: str, key: str) -> tuple[Run, Item, Contract, Source]:
    """The same with the fixes that stand laid over what was read: what a further fix would change."""
    run, item, stands = _item(house, run_id, key)
    contract = house.contract_of(run)
    return run, item, contract, overlay.lay(house.bench, basis(house, run).source, stands, contract=contract)


def _item(house: House, run_id: str, key: str) -> tuple[Run, Item, tuple[Choice, ...]]:
    """The item, its run, and what stands in it."""
    run = house.run(run_id)
    with house.ledger.read() as session:
        return run, find_item(session, run.id, key), choices(house, standing(session, run.id))
