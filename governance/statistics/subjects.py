"""Which columns stage 6 looks at, and as what."""

from __future__ import annotations

import re

from governance.contract.model import Contract, LogicalType
from governance.profiling.model import ColumnProfile, Kind

NUMERIC = (LogicalType.INTEGER, LogicalType.NUMBER)
DATED = (LogicalType.DATE, LogicalType.TIMESTAMP)
IDENTIFYING = re.compile(
    r"(?i:(?:^|[\W_])(?:id|ids|key|uuid|guid|code|zip|postcode|ssn|type|kind|class|category|status|flag)$)"
    r"|[a-z]I[dD]$"
)
SURELY_MANY = 100


def is_numeric(profile: ColumnProfile, contract: Contract) -> bool:
    """A column of quantities: by the contract, or by its values where the contract has no such column."""
    promised = contract.column(profile.name)
    numeric = promised.type in NUMERIC if promised else profile.inferred.numeric
    return numeric and profile.numbers is not None and not _identifies(profile, contract)


def is_dated(profile: ColumnProfile, contract: Contract) -> bool:
    promised = contract.column(profile.name)
    if promised:
        return promised.type in DATED
    return profile.inferred in (Kind.DATE, Kind.TIMESTAMP)


def _identifies(profile: ColumnProfile, contract: Contract) -> bool:
    """A number that names something: a key, by its name, or whole numbers that hardly ever repeat."""
    promised = contract.column(profile.name)
    if (promised and promised.primary_key) or IDENTIFYING.search(profile.name):
        return True
    if promised and promised.semantic != "identifier":
        return False
    whole = profile.converts.get(Kind.INTEGER, 0.0) >= 0.98
    return whole and profile.filled >= SURELY_MANY and profile.distinct >= 0.98 * profile.filled
