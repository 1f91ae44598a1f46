"""How many examples a property is tried on: few where each costs a stage, and many in `make test-all`."""

from __future__ import annotations

from hypothesis import settings

THOROUGH = "thorough"
settings.register_profile(THOROUGH)


def examples(few: int, many: int) -> int:
    """`many` where the exhaustive tests run too (`conftest.py` loads the profile), else `few`."""
    return many if settings.get_current_profile_name() == THOROUGH else few
