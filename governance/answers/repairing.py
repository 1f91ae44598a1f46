"""Repairs tried on the rows of an item before they are offered: how many would pass, how many would change.

Ready-made repairs of a value, and what follows from the rest of the row. Nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from governance.bench import Bench, name_of
from governance.cleanroom import clean_table
from governance.contract.model import Contract
from governance.engines.duckdb import Engine, literal, quote, scan
from governance.review import following, overlay
from governance.review.choices import Fix
from governance.review.ground import Ground, cells, due_rows, missing_or_odd
from governance.review.repairs import expression, repairs_for
from governance.review.usual import usual_values
from governance.rules import kinds, sql
from governance.rules.kinds import AnyRule
from governance.source import Source, cleaned
from governance.tables import ROW, Frozen

MOST = 20_000
"""Rows a repair is tried on, at most; and good rows that are asked what goes with what."""
FEW = 1_000
"""Values of a column that may decide another's."""
WIDE, DECIDING = 40, 3
"""Columns that are asked whether they decide one, at most; and those of them that are tried."""


class Proposal(Frozen):
    """A repair that could be tried: how many of the rows would pass, and how many would change."""

    fix: Fix
    label: str
    needs_value: bool
    passes: int | None
    of: int
    changes: int | None = None
    """Of a repair that does not reach every row: those that get a value."""
    steps: tuple[str, ...] = ()
    """Of a repair in several steps: each in words."""


@dataclass(frozen=True)
class Trial:
    """The rows of an item, of which there are `rows`, as read and fixed: in the table `trial`.

    `failing` is the file of the table in which `cluster` names them.
    """

    bench: Bench
    engine: Engine
    source: Source
    contract: Contract
    rules: tuple[AnyRule, ...]
    rows: int
    failing: Path
    cluster: str
    today: date

    def proposals(self) -> Iterator[Proposal]:
        """Every repair that mends a row or fills a cell."""
        wanted = (
            f"SELECT {ROW} FROM {scan(self.failing)} WHERE _cluster = {literal(self.cluster)} "
            f"ORDER BY {ROW} LIMIT {MOST}"
        )
        self.engine.run(
            f"CREATE TEMP TABLE trial AS SELECT * FROM {self.source.raw()} WHERE {ROW} IN ({wanted})"
        )
        yield from self._ready_made()
        yield from _Following(self).proposals()

    def _ready_made(self) -> Iterator[Proposal]:
        seen: set[Fix] = set()
        for rule in self.rules:
            for repair in repairs_for(rule, self.contract):
                fix = Fix(column=rule.column, repair=repair.name)
                passes = None if repair.needs_value else self._replaced(fix)
                if fix in seen or passes == 0:
                    continue
                seen.add(fix)
                label = f"{repair.label} ({fix.column})"
                yield Proposal(
                    fix=fix, label=label, needs_value=repair.needs_value, passes=passes, of=self.rows
                )

    def _replaced(self, fix: Fix) -> int:
        changed = sql.render(expression(fix, self.source.columns, self.contract))
        table = f"(SELECT * REPLACE (CAST({changed} AS VARCHAR) AS {quote(fix.column)}) FROM trial)"
        return self.passes(table, fix.columns)

    def passes(self, table: str, changed: Sequence[str]) -> int:
        """How many of a table's rows would break none of the item's rules, nor one about a column that is changed.

        Of rules across rows a row is taken to keep those that the change may have mended.
        """
        own = [rule for rule in self.contract.rules if {*changed} & {*rule.reads} and rule not in self.rules]
        asked = [rule for rule in (*self.rules, *own) if self._of_one_row(rule)]
        bad = [f"coalesce({sql.render(rule.failing(self.today))}, false)" for rule in asked]
        left = [rule for rule in self.rules if not self._of_one_row(rule) and not {*changed} & {*rule.reads}]
        if any(not isinstance(rule, kinds.Unique | kinds.Superseded) for rule in left):
            return 0
        needed = tuple(dict.fromkeys(name for rule in asked for name in rule.reads))
        relation = cleaned(table, needed or self.source.columns[:1], self.contract)
        where = " OR ".join(bad) or "false"
        return int(self.engine.value(f"SELECT count(*) FROM {relation} AS cleaned WHERE NOT ({where})"))

    def _of_one_row(self, rule: AnyRule) -> bool:
        there = {*rule.reads} <= {*self.source.columns}
        return there and rule.of_one_row


class _Following:
    """What follows step by step from the rest of the row, tried in the table `tried`."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.engine = trial, trial.engine
        self.written: dict[Fix, str] = {}
        unfixed = trial.source.model_copy(update={"patched": None})
        self.clean = clean = clean_table(trial.bench, trial.engine, unfixed, trial.contract)
        bad = [trial.failing, *([trial.source.patched.path] if trial.source.patched else [])]
        self.ground = Ground(
            table="tried",
            good=overlay.good_rows(clean, *bad),
            columns=trial.source.columns,
            contract=trial.contract,
            broken=tuple(rule.id for rule in trial.rules),
            usual={},
        )

    def proposals(self) -> Iterator[Proposal]:
        """Each step that fills a cell; and all of them at once, where one leaves something to the next."""
        own = following.candidates(self.trial.rules, self.ground.columns, self.trial.contract)
        useful = [one for step in own if (one := self._alone(step))]
        self._fresh()
        chain = self._chain(own)
        if empty := [name for name in missing_or_odd(self.trial.rules) if self._still_due(name)]:
            shown = self._shown_by_data(empty, but=own)
            chain += self._chain([*own, *shown], begun=chain)
            useful += [one for step in shown if step in chain and (one := self._alone(step))]
        yield from useful
        if len(chain) > 1:
            fix = Fix(column=chain[0].column, repair=following.FOLLOW, steps=tuple(chain))
            self._fresh()
            for step in chain:
                self._take(step)
            yield self._proposal(fix)

    def _chain(self, steps: Sequence[Fix], *, begun: Sequence[Fix] = ()) -> list[Fix]:
        """The steps in an order in which each changes rows of `tried`; the first ones are asked first, again and
        again, because what was out of reach may follow from what another step filled in."""
        alone = cells(self.trial.rules)
        waiting = [step for step in steps if step.column in alone and step not in begun]
        chain: list[Fix] = []
        while step := next((one for one in waiting if self._take(one)), None):
            chain.append(step)
            waiting.remove(step)
        return chain

    def _alone(self, step: Fix) -> Proposal | None:
        self._fresh()
        return self._proposal(step) if self._take(step) else None

    def _fresh(self) -> None:
        self.engine.run("CREATE OR REPLACE TEMP TABLE tried AS SELECT * FROM trial")

    def _take(self, step: Fix) -> int:
        """Take a step in `tried`; returns how many rows it changed."""
        if step.on and step not in self.ground.usual:
            self.ground.usual[step] = self._usual(step)
        if step not in self.written:
            self.written[step] = following.values(step, self.ground)
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE found AS {self.written[step]}")
        following.put(self.engine, step, "found", table="tried")
        return int(self.engine.value("SELECT count(*) FROM found"))

    def _usual(self, step: Fix) -> str:
        """A FROM item of what goes with what among the good rows."""
        return self._once(
            "usual values", step.model_dump(mode="json"), query=lambda: usual_values(step, self.ground)
        )

    def _once(self, *what: object, query: Callable[[], str]) -> str:
        """A FROM item of a query over the good rows: the same for every item of a revision, so the first that asks
        computes it and the vault keeps it."""
        trial, patched = self.trial, self.trial.source.patched
        name = name_of(
            "good rows", self.clean.name, trial.failing.stem, patched.name if patched else "",
            trial.contract.identity, *what,
        )  # fmt: skip
        vault = trial.bench.vault
        if not vault.table(name).exists():
            with vault.writing(name) as path:
                self.engine.write(query(), path)
        return scan(vault.table(name))

    def _proposal(self, fix: Fix) -> Proposal:
        other = " OR ".join(
            f"tried.{quote(name)} IS DISTINCT FROM trial.{quote(name)}" for name in fix.columns
        )
        changes = self.engine.value(f"SELECT count(*) FROM tried JOIN trial USING ({ROW}) WHERE {other}")
        return Proposal(
            fix=fix,
            label=following.label(fix),
            needs_value=False,
            passes=self.trial.passes("tried", fix.columns),
            of=self.trial.rows,
            changes=changes,
            steps=tuple(following.label(step) for step in fix.steps),
        )

    def _still_due(self, column: str) -> bool:
        """Whether the column is still wrong in some row of `tried`, and is no key that nothing can decide."""
        if column not in self.ground.columns or column in self.trial.contract.key:
            return False
        return bool(self.engine.value(f"SELECT count(*) FROM ({due_rows(column, self.ground)})"))

    def _shown_by_data(self, columns: Sequence[str], *, but: Sequence[Fix]) -> list[Fix]:
        """For each of these the single columns that decide it, by what a sample of the good rows shows; the widest
        reach first."""
        few = [name for name, count in self._different().items() if 1 < count <= FEW]
        reach: dict[Fix, int] = {}
        for column in (name for name in columns if name in few):
            asked = [name for name in few if name != column][:WIDE]
            steps = [Fix(column=column, repair=following.USUAL, on=(other,)) for other in asked]
            if not steps:
                continue
            found = self._once("reach", column, query=partial(self._reach, steps))
            rows = self.engine.rows(f"SELECT place, reach FROM {found}")
            best = sorted((-sure, place) for place, sure in rows if sure and steps[place] not in but)
            reach |= {steps[place]: -sure for sure, place in best[:DECIDING]}
        return sorted(reach, key=lambda step: -reach[step])

    def _different(self) -> dict[str, int]:
        """How many different values each column has in the sample."""
        counts = ", ".join(
            f"count(DISTINCT {quote(name)}) AS c{n}" for n, name in enumerate(self.ground.columns)
        )
        kept = self._once("different", query=lambda: f"SELECT {counts} FROM {self._sample()}")
        return dict(zip(self.ground.columns, self.engine.row(f"SELECT * FROM {kept}"), strict=True))

    def _reach(self, steps: Sequence[Fix]) -> str:
        """A query `place, reach`: of how many rows of the sample each step would be sure."""
        sample = replace(self.ground, good=self._sample(), usual={})
        return " UNION ALL ".join(
            f"SELECT {place} AS place, coalesce(sum(_n), 0)::BIGINT AS reach FROM ({usual_values(step, sample)})"
            for place, step in enumerate(steps)
        )

    def _sample(self) -> str:
        return self._once("sample", query=lambda: f"SELECT * FROM {self.ground.good} LIMIT {MOST}")
