"""Items that are decided blind: a decision that is known is withheld until a person has made one, to see whether both
are alike.

The known answer is what an approved recipe proposes for the item's signature, so the rows are the run's own
(docs/decisions/0010). Which items are blind follows from their names: the same for everybody, and after every restart.
"""

from __future__ import annotations

import hashlib

from sqlmodel import Session

from governance.settings import Settings
from storage.models import RecipeOffer


def is_blind(settings: Settings, run: str, item: str) -> bool:
    """Whether an item, if it has a recipe, is one of the share that is decided without it."""
    drawn = int.from_bytes(hashlib.sha256(f"{run}/{item}".encode()).digest()[:8])
    return drawn < settings.blind_share * 2**64


def withheld(session: Session, settings: Settings, run: str, item: str) -> bool:
    """Whether a known answer is kept back just now: it goes when the item is decided, and an undo brings it back."""
    offer = session.get(RecipeOffer, (run, item))
    return offer is not None and not offer.came and is_blind(settings, run, item)
