"""An item and the rows that it is about, for whoever shows them, splits them, edits them or sends them back."""

from __future__ import annotations

from governance.contract.model import Contract
from governance.decisions import choices, find_item, standing
from governance.effect import basis
from governance.house import House
from governance.review import overlay
from governance.source import Source
from storage.models import Item, Run


def item_as_read(house: House, run_id: str, key: str) -> tuple[Run, Item, Contract, Source]:
    """An item with its run, contract and source: no fix is laid over it, but mended lines are rows of it.

    Raises UnknownName for no run or item, Stale while the run has not been judged.
    """
    run = house.run(run_id)
    with house.ledger.read() as session:
        item = find_item(session, run.id, key)
        stands = choices(house, standing(session, run.id))
    source = overlay.with_mended(house.bench, basis(house, run).source, stands)
    return run, item, house.contract_of(run), source


def item_as_it_stands(house: House, run_id: str, key: str) -> tuple[Run, Item, Contract, Source]:
    """The same with the fixes that stand laid over what was read: what a further fix would change."""
    run, item, contract, source = item_as_read(house, run_id, key)
    with house.ledger.read() as session:
        stands = choices(house, standing(session, run.id))
    return run, item, contract, overlay.lay(house.bench, source, stands, contract=contract)
