"""People's values out of a result and back: the ledger keeps counts, shares and shapes, the vault the values."""

from __future__ import annotations

import json

from governance.bench import Bench
from governance.profiling.model import Numbers, Values
from governance.stages.profile import Profiled
from governance.stages.statistical import Baseline, Statistics


def put_away(bench: Bench, profiled: Profiled) -> Profiled:
    """The profile without values and figures; they are a note in the vault, named by `private`."""
    kept = {
        one.name: {
            "values": one.values and one.values.model_dump(mode="json"),
            "numbers": one.numbers and one.numbers.model_dump(mode="json"),
        }
        for one in profiled.columns
    }
    note = bench.vault.keep_note(json.dumps(kept, sort_keys=True, ensure_ascii=False))
    columns = tuple(one.model_copy(update={"values": None, "numbers": None}) for one in profiled.columns)
    return profiled.model_copy(update={"columns": columns, "private": note})


def bring_back(bench: Bench, profiled: Profiled) -> Profiled:
    """The profile with its values and figures, for those who may see them."""
    if not profiled.private:
        return profiled
    kept = json.loads(bench.vault.note(profiled.private))
    columns = tuple(
        one.model_copy(
            update={
                "values": Values.model_validate(found["values"]) if found["values"] else None,
                "numbers": Numbers.model_validate(found["numbers"]) if found["numbers"] else None,
            }
        )
        for one in profiled.columns
        for found in (kept[one.name],)
    )
    return profiled.model_copy(update={"columns": columns})


def put_figures_away(bench: Bench, statistics: Statistics) -> Statistics:
    """The statistics without fences, extremes, labels and days; whole, they are a note in the vault."""
    note = bench.vault.keep_note(statistics.model_dump_json())
    return statistics.hidden().model_copy(update={"private": note})


def bring_figures_back(bench: Bench, statistics: Statistics) -> Statistics:
    """The statistics whole, for those who may see people's values."""
    if not statistics.private:
        return statistics
    whole = Statistics.model_validate_json(bench.vault.note(statistics.private))
    return whole.model_copy(update={"private": statistics.private})


def bring_measures_back(bench: Bench, base: Baseline) -> Baseline:
    """The baseline with what drift is measured by."""
    if base.columns or not base.private:
        return base
    whole = Statistics.model_validate_json(bench.vault.note(base.private))
    return base.model_copy(update={"columns": whole.measures})
