"""Stage 6, statistical: outliers, dates out of range, drift against the last version, and what charts show.

Quartiles, means and deviations are the profile's; here values are counted against them. Charts are drawn
by pages from these figures and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from governance.bench import Bench
from governance.contract.model import Contract
from governance.findings import Note
from governance.profiling.asking import batches
from governance.profiling.model import ColumnProfile
from governance.stages import Outcome
from governance.stages.profile import Profiled
from governance.statistics.dates import date_note
from governance.statistics.drift import drift_note, named, rows_note
from governance.statistics.measuring import Measured, Subject, measure
from governance.statistics.model import Baseline, DateRange, Drift, Level, Measure, Outliers, Pictures
from governance.statistics.outliers import outlier_filter, outlier_note
from governance.statistics.picturing import pictures
from governance.statistics.rows import Rows
from governance.statistics.subjects import is_dated, is_numeric
from governance.tables import BronzeTable

__all__ = ["Baseline", "Statistics", "baseline_of", "outlier_filter", "statistical"]


class Statistics(Outcome):
    """Figures of each column that has any, and `measures`: what the next version will be held against.

    Put away, it has no people's values, and `private` names the vault's note that has it whole.
    """

    rows: int
    rows_before: int | None
    outliers: tuple[Outliers, ...]
    dates: tuple[DateRange, ...]
    drift: tuple[Drift, ...]
    than: str = ""
    measures: tuple[Measure, ...]
    pictures: Pictures = Pictures()
    private: str = ""

    def hidden(self) -> Statistics:
        """What everybody may see: counts, shares and shapes."""
        parts = {
            name: tuple(one.hidden() for one in some)
            for name, some in (("outliers", self.outliers), ("dates", self.dates), ("drift", self.drift))
        }
        return self.model_copy(update={**parts, "measures": (), "pictures": self.pictures.hidden()})


def statistical(
    bench: Bench,
    bronze: BronzeTable,
    *,
    contract: Contract,
    profiled: Profiled,
    base: Baseline | None,
    today: date | None = None,
) -> Statistics:
    """Measure a bronze table. Columns that the baseline does not have are not compared.

    `today` is the day of the run (UTC), so that a resumed run counts the same days as in the future.
    """
    day = today or datetime.now(UTC).date()
    subjects = [_subject(profile, contract, base) for profile in profiled.columns]
    rows = Rows(path=bronze.path, rows=bronze.rows)
    found: list[Measured] = []
    with bench.engine() as engine:
        for some in batches(subjects):
            found += measure(engine, rows, some, today=day, than=named(base))
        shown = pictures(engine, rows, subjects, found)
    return _statistics(found, shown, base, bronze.rows)


def baseline_of(profiled: Profiled, statistics: Statistics, *, version: str = "") -> Baseline:
    """What to keep of a version that is being published, for the drift of the next one."""
    return Baseline(
        version=version, rows=profiled.rows, columns=statistics.measures, private=statistics.private
    )


def _subject(profile: ColumnProfile, contract: Contract, base: Baseline | None) -> Subject:
    return Subject(
        profile=profile,
        numeric=is_numeric(profile, contract),
        dated=is_dated(profile, contract),
        before=base.column(profile.name) if base else None,
    )


def _statistics(found: list[Measured], shown: Pictures, base: Baseline | None, rows: int) -> Statistics:
    outliers = tuple(one.outliers for one in found if one.outliers)
    dates = tuple(one.dates for one in found if one.dates)
    drift = tuple(one.drift for one in found if one.drift)
    notes: Iterable[Note | None] = (
        *(outlier_note(one) for one in outliers),
        *(date_note(one) for one in dates),
        *(drift_note(one) for one in drift),
        rows_note(base, rows) if base else None,
    )
    return Statistics(
        summary=_summary(outliers, drift, than=named(base) if base else ""),
        rows_in=rows,
        rows_out=rows,
        findings=tuple(note for note in notes if note),
        rows=rows,
        rows_before=base.rows if base else None,
        outliers=outliers,
        dates=dates,
        drift=drift,
        than=named(base) if base else "",
        measures=tuple(one.measure for one in found),
        pictures=shown,
    )


def _summary(outliers: tuple[Outliers, ...], drift: tuple[Drift, ...], *, than: str) -> str:
    outside = sum(one.outside for one in outliers)
    columns = "1 numeric column" if len(outliers) == 1 else f"{len(outliers):,} numeric columns"
    said = f"{outside:,} values outside the fences of {columns}"
    if not than:
        return f"{said}; no earlier version to compare with"
    moved = sum(one.level is not Level.STABLE for one in drift)
    return f"{said}; {moved:,} of {len(drift):,} columns moved against {than}"
