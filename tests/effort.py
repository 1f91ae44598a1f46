"""How many examples a property is tried on: few where each costs a stage, and many in `make test-all`.

The few are the same ones each time, so that a commit passes or fails for good; the many are new ones each time, and
look for what nobody has seen.
"""

from __future__ import annotations

from hypothesis import settings

THOROUGH, STEADY = "thorough", "steady"
settings.register_profile(THOROUGH)
settings.register_profile(STEADY, derandomize=True, database=None)


def examples(few: int, many: int) -> int:
    """`many` where the exhaustive tests run too (`conftest.py` loads the profile), else `few`."""
    return many if settings.get_current_profile_name() == THOROUGH else few
