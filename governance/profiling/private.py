"""People's values out of a profile and back: the ledger keeps the profile, the vault its values."""

from __future__ import annotations

import json

from governance.bench import Bench
from governance.profiling.model import Values
from governance.stages.profile import Profiled


def put_away(bench: Bench, profiled: Profiled) -> Profiled:
    """The profile without values; they are a note in the vault, named by `private`."""
    values = {one.name: one.values.model_dump(mode="json") for one in profiled.columns if one.values}
    note = bench.vault.keep_note(json.dumps(values, sort_keys=True, ensure_ascii=False))
    columns = tuple(one.model_copy(update={"values": None}) for one in profiled.columns)
    return profiled.model_copy(update={"columns": columns, "private": note})


def bring_back(bench: Bench, profiled: Profiled) -> Profiled:
    """The profile with its values, for those who may see them."""
    if not profiled.private:
        return profiled
    values = json.loads(bench.vault.note(profiled.private))
    columns = tuple(
        one.model_copy(update={"values": Values.model_validate(values[one.name])})
        if one.name in values
        else one
        for one in profiled.columns
    )
    return profiled.model_copy(update={"columns": columns})
