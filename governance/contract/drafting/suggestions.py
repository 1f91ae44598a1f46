"""A draft as a list of suggestions, each with its support and its counter-examples, to accept, edit or reject.

A rejection is taken out of the draft's text place by place, so that what a person wrote elsewhere stays. It is
known by its key, `column: what`, which holds no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from governance.contract import odcs
from governance.contract.document import plain_tree
from governance.contract.drafting.proposal import Proposal
from governance.contract.drafting.trial import LAST_DAY, Trial
from governance.contract.editing import REMOVE, Edit, edited
from governance.contract.form import columns_of, with_column
from governance.contract.model import Contract, LogicalType
from governance.engines.duckdb import Engine
from governance.errors import ContractError
from governance.source import Source
from governance.tables import BronzeTable, Frozen
from governance.verdict import rule_sql

EXAMPLES = 5
TRIED = 40
"""Suggestions with counter-examples for which examples are looked up."""
BOUNDS = ("minimum", "maximum")


class Suggestion(Frozen):
    """One promise that a draft makes. `failing` of `rows` would break it (none where it judges no row); `note`
    says what it rests on. `examples` are cells that break it: personal data, for those who may see values."""

    key: str
    column: str
    what: str
    words: str
    note: str
    rule: str = ""
    failing: int = 0
    rows: int = 0
    examples: tuple[str | None, ...] = ()

    @property
    def support(self) -> float | None:
        """Share of the rows that keep it, 0–1; None where it judges no row."""
        return 1 - self.failing / self.rows if self.rule and self.rows else None


class Drafted(Frozen):
    """A drafted contract, and what it suggests beyond names. `rejected`: keys that were left out of it."""

    text: str
    suggestions: tuple[Suggestion, ...]
    rejected: tuple[str, ...] = ()


def suggestions_of(
    engine: Engine, bronze: BronzeTable, text: str, proposals: Sequence[Proposal], trial: Trial
) -> tuple[Suggestion, ...]:
    """Each suggestion with the rows of the file that it would fail."""
    contract = odcs.read(text.encode())
    made = [
        one.model_copy(update={"failing": trial.failed.get(one.rule, 0), "rows": bronze.rows})
        for proposal in proposals
        for one in _of(proposal, contract)
    ]
    counter = [one for one in made if one.failing][:TRIED]
    shown = {one.key: _examples(engine, bronze, contract, one.rule, LAST_DAY) for one in counter}
    return tuple(one.model_copy(update={"examples": shown.get(one.key, ())}) for one in made)


def without(text: str, keys: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The text without the suggestions of these keys, and those that were in it."""
    gone = []
    for key in keys:
        column, _, what = key.rpartition(": ")
        changed = _taken_out(text, column, what)
        if changed != text:
            gone.append(key)
            text = changed
    return text, tuple(gone)


def left(suggestions: Sequence[Suggestion], text: str) -> tuple[Suggestion, ...]:
    """Those that the text still holds: bounds go with the type that they are of."""
    rules = {rule.id for rule in odcs.read(text.encode()).rules}
    return tuple(one for one in suggestions if not one.rule or one.rule in rules)


def _of(proposal: Proposal, contract: Contract) -> Iterator[Suggestion]:
    name = proposal.name

    def say(what: str, note: str, rule: str = "", words: str = "") -> Suggestion:
        found = contract.rule(f"{name}.{rule}") if rule else None
        return Suggestion(
            key=f"{name}: {what}", column=name, what=what, note=note,
            words=words or (f"should be {found.words}" if found else what), rule=found.id if found else "",
        )  # fmt: skip

    if proposal.type is not LogicalType.STRING:
        yield say("type", proposal.support, "type")
    if proposal.required:
        yield say("required", proposal.required, "not_null")
    if proposal.key:
        yield say("key", proposal.key, "unique", "is the key: a value that no other row has")
    options = proposal.options
    bounds = [options[name].note for name in BOUNDS if name in options]
    if bounds:
        yield say("range", bounds[0], "date_range" if proposal.type is LogicalType.DATE else "range")
    if "pattern" in options:
        yield say("pattern", options["pattern"].note, "pattern")
    if "format" in options:
        yield say("format", options["format"].note, "email")
    if proposal.words:
        yield say("words", proposal.words_note, "one_of")
    yield from _ours(proposal, say)


def _ours(proposal: Proposal, say: object) -> Iterator[Suggestion]:
    custom = proposal.custom
    assert callable(say)
    if "missingValues" in custom:
        listed = ", ".join(map(str, custom["missingValues"].value))  # type: ignore[call-overload]
        yield say("missing", custom["missingValues"].note, "", f"{listed} stand for no value")
    if "dateOrder" in custom:
        yield say("order", custom["dateOrder"].note, "", f"days with slashes are {custom['dateOrder'].value}")
    if "semantic" in custom:
        masked = f", masked by {custom['masking'].value}" if "masking" in custom else ""
        about = str(custom["semantic"].value).replace("_", " ")
        yield say("meaning", custom["semantic"].note, "", f"is about: {about}{masked}")


def _examples(
    engine: Engine, bronze: BronzeTable, contract: Contract, rule_id: str, today: date
) -> tuple[str | None, ...]:
    rule = contract.rule(rule_id)
    if rule is None:
        return ()
    source = Source(bronze=bronze, names={name: name for name in rule.reads})
    query = rule_sql(rule, source.read(), contract, today)
    return tuple(cells[0] for _, *cells in engine.rows(f"SELECT * FROM ({query}) LIMIT {EXAMPLES}"))


FIELDS: dict[str, dict[str, object]] = {
    "required": {"required": False},
    "range": {"minimum": "", "maximum": ""},
    "pattern": {"pattern": ""},
    "words": {"words": ()},
    "missing": {"missing": ()},
    "type": {"type": "string", "minimum": "", "maximum": "", "cleaning": ("trim",)},
    "key": {"unique": False},
}
"""What of the form a suggestion set."""
CUSTOM = {"pattern": ("patternLabel",), "order": ("dateOrder",), "type": ("dateOrder",),
          "meaning": ("semantic", "masking")}  # fmt: skip
KEYS = {"key": ("primaryKey", "primaryKeyPosition"), "meaning": ("classification",)}


def _taken_out(text: str, column: str, what: str) -> str:
    one = next((one for one in columns_of(text) if one.name == column), None)
    if one is None:
        return text
    for name in CUSTOM.get(what, ()):
        text = _without_custom(text, column, name)
    for name in KEYS.get(what, ()):
        text = _without_key(text, column, name)
    if what == "format":
        text = _without_format(text, column)
    return with_column(text, one.model_copy(update=FIELDS.get(what, {})))


def _entry(text: str, column: str) -> tuple[tuple[str | int, ...], dict[str, object]]:
    entries = plain_tree(text.encode())["schema"][0]["properties"]
    place = next((at for at, entry in enumerate(entries) if entry.get("name") == column), None)
    if place is None:
        raise ContractError(f"The contract has no column {column!r}.")
    return ("schema", 0, "properties", place), entries[place]


def _without_custom(text: str, column: str, name: str) -> str:
    path, entry = _entry(text, column)
    listed = entry.get("customProperties") or []
    assert isinstance(listed, list)
    place = next((at for at, one in enumerate(listed) if one.get("property") == name), None)
    if place is None:
        return text
    where = (*path, "customProperties") if len(listed) == 1 else (*path, "customProperties", place)
    return edited(text, [Edit(path=where, value=REMOVE)])


def _without_key(text: str, column: str, name: str) -> str:
    path, entry = _entry(text, column)
    return edited(text, [Edit(path=(*path, name), value=REMOVE)]) if name in entry else text


def _without_format(text: str, column: str) -> str:
    path, entry = _entry(text, column)
    options = entry.get("logicalTypeOptions") or {}
    assert isinstance(options, dict)
    if "format" not in options:
        return text
    where = (*path, "logicalTypeOptions") if len(options) == 1 else (*path, "logicalTypeOptions", "format")
    return edited(text, [Edit(path=where, value=REMOVE)])
