"""People's values out of a result and back: the ledger keeps profile and statistics, the vault their values."""

from __future__ import annotations

import json

from governance.bench import Bench
from governance.profiling.model import Values
from governance.stages.profile import Profiled
from governance.stages.statistical import Statistics

HIDDEN = "•••"


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


def put_days_away(bench: Bench, statistics: Statistics) -> Statistics:
    """The statistics without first and last days, which are somebody's; None stays None."""
    days = {one.column: [one.min, one.max] for one in statistics.dates}
    note = bench.vault.keep_note(json.dumps(days, sort_keys=True, ensure_ascii=False))
    dates = tuple(
        one.model_copy(update={"min": one.min and HIDDEN, "max": one.max and HIDDEN})
        for one in statistics.dates
    )
    return statistics.model_copy(update={"dates": dates, "private": note})


def bring_days_back(bench: Bench, statistics: Statistics) -> Statistics:
    """The statistics with first and last days, for those who may see them."""
    if not statistics.private:
        return statistics
    days = json.loads(bench.vault.note(statistics.private))
    dates = tuple(
        one.model_copy(update=dict(zip(("min", "max"), days[one.column], strict=True)))
        for one in statistics.dates
    )
    return statistics.model_copy(update={"dates": dates})
