"""The masking plan of a dataset: proposed from evidence, approved by people, carried to the next run."""

from __future__ import annotations

import hashlib
import json
from typing import Protocol, Self

from pydantic import model_validator

from governance.contract.model import Contract, LogicalType
from governance.findings import Dimension, Note, Severity
from governance.privacy import choice
from governance.privacy.meaning import Category, Semantic
from governance.privacy.operators import AnyOperator, Keep
from governance.privacy.verdict import ColumnVerdict
from governance.tables import Frozen


class ColumnMask(Frozen):
    """How one column is masked. `semantic` is what it was about when that was chosen: a column that was
    kept knowingly is asked about again only when the evidence says something else."""

    column: str
    operator: AnyOperator
    semantic: Semantic = Semantic.NONE
    reason: str = ""


class Plan(Frozen):
    dataset: str
    columns: tuple[ColumnMask, ...]

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({mask.column for mask in self.columns}) < len(self.columns):
            raise ValueError("a plan names each column once")
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of what the plan does and what it was chosen for; reasons and order do not change it."""
        entries = sorted(
            ([mask.column, mask.semantic, mask.operator.model_dump(mode="json")] for mask in self.columns),
            key=lambda entry: str(entry[0]),
        )
        canonical = json.dumps([self.dataset, entries], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def column(self, name: str) -> ColumnMask | None:
        return next((mask for mask in self.columns if mask.column == name), None)

    def changed(self, mask: ColumnMask) -> Plan:
        """This plan with one column masked otherwise, or a column more."""
        if self.column(mask.column) is None:
            return Plan(dataset=self.dataset, columns=(*self.columns, mask))
        columns = tuple(mask if old.column == mask.column else old for old in self.columns)
        return Plan(dataset=self.dataset, columns=columns)


class Verdicts(Protocol):
    """What stage 11 answers, as far as a plan needs it."""

    @property
    def columns(self) -> tuple[ColumnVerdict, ...]: ...


def propose(contract: Contract, detected: Verdicts, *, approved: Plan | None) -> Plan:
    """What to do with each column: as approved, else as the contract asks, else as the evidence suggests.

    Approved columns that this input lacks stay, so that a file without them needs no new approval.
    """
    before = {mask.column: mask for mask in approved.columns} if approved else {}
    masks = [_mask(contract, verdict, before.get(verdict.column)) for verdict in detected.columns]
    seen = {mask.column for mask in masks}
    absent = [mask for name, mask in before.items() if name not in seen]
    return Plan(dataset=contract.dataset, columns=(*masks, *absent))


def conceals(plan: Plan, detected: Verdicts) -> tuple[Note, ...]:
    """Warnings: columns with personal data that the plan would publish as they are."""
    return tuple(
        _warning(verdict)
        for verdict in detected.columns
        if verdict.personal and (mask := plan.column(verdict.column)) and isinstance(mask.operator, Keep)
    )


def _mask(contract: Contract, verdict: ColumnVerdict, approved: ColumnMask | None) -> ColumnMask:
    if approved and not _new_evidence(approved, verdict):
        return approved
    promised = contract.column(verdict.column)
    wish = promised.masking if promised else ""
    kind = promised.type if promised else LogicalType.STRING
    asked = choice.by_wish(wish, verdict.semantic, kind) if wish else None
    if asked and not (isinstance(asked, Keep) and verdict.semantic is Semantic.FREE_TEXT):
        operator, reason = asked, "The contract asks for it."
    else:
        operator, reason = verdict.proposed, _because(verdict, wish)
    return ColumnMask(column=verdict.column, operator=operator, semantic=verdict.semantic, reason=reason)


def _new_evidence(approved: ColumnMask, verdict: ColumnVerdict) -> bool:
    """A column that was to be kept holds personal data of a kind that the approval did not know of."""
    kept = isinstance(approved.operator, Keep)
    return kept and verdict.personal and approved.semantic is not verdict.semantic


def _because(verdict: ColumnVerdict, wish: str) -> str:
    unknown = f'The contract asks for "{wish}", which does not fit here. ' if wish else ""
    if not verdict.personal:
        return f"{unknown}Nothing personal was found."
    where = ", in a column that the contract does not have" if verdict.unexpected else ""
    return f"{unknown}It holds {verdict.semantic.words}{where}."


def _warning(verdict: ColumnVerdict) -> Note:
    quasi = verdict.category is Category.QUASI
    return Note(
        kind="masking",
        severity=Severity.LOW if quasi else Severity.HIGH,
        dimension=Dimension.PRIVACY,
        column=verdict.column,
        message=f"{verdict.column} holds {verdict.semantic.words} and would be published unmasked.",
        rows=verdict.rows,
    )
