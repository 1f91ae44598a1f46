"""What a changed contract changes, in words, and how grave each change is.

Compared is what the engine reads, field by field, so a rule kind that is new here is compared too. A change is
*breaking* (readers of the table notice: a column is gone, has another name or type, the key is another),
*tightening* (rows or files that passed may fail), *loosening* (the opposite) or *cosmetic*. Where nobody can say
in which direction a change goes, it is graded tightening, and `sure` is false.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum

from governance.contract import direction
from governance.contract.direction import Way
from governance.contract.model import Column, Contract, Threshold
from governance.contract.speaking import limit_words, shown
from governance.plural import many
from governance.rules.kinds import AnyRule
from governance.tables import Frozen


class Grade(StrEnum):
    BREAKING = "breaking"
    TIGHTENING = "tightening"
    LOOSENING = "loosening"
    COSMETIC = "cosmetic"


RANK = tuple(Grade)
GRADES = {Way.STRICTER: Grade.TIGHTENING, Way.LOOSER: Grade.LOOSENING, Way.SAME: Grade.COSMETIC,
          Way.UNKNOWN: Grade.TIGHTENING, Way.BROKEN: Grade.BREAKING}  # fmt: skip


class Change(Frozen):
    """One change. `area` is columns, rules, thresholds, privacy, cleaning, approvals or texts; `subject` the
    column, rule or line it is about; `sure` is false where the direction is not known."""

    grade: Grade
    area: str
    subject: str
    words: str
    sure: bool = True


def diff(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Every change from `old` to `new`, the gravest first. Empty for a contract and itself."""
    if old.digest == new.digest:
        return ()
    before, after = _renamed(old, new)
    changes = [
        *_columns(old, new, before),
        *_rules(old, new, before, after),
        *_thresholds(old, new, before),
        *_expectations(old, new),
        *_whole(old, new),
    ]
    if not changes:
        said = "Only comments, formatting or keys that Assay does not read have changed."
        changes = [Change(grade=Grade.COSMETIC, area="texts", subject=new.dataset, words=said)]
    return tuple(sorted(changes, key=lambda change: RANK.index(change.grade)))


def worst(changes: Iterable[Change]) -> Grade | None:
    """The gravest grade among them; None when nothing has changed."""
    return min((change.grade for change in changes), key=RANK.index, default=None)


def summary(changes: Iterable[Change]) -> str:
    """`1 breaking, 3 loosening`; `no change` when there is none."""
    counts = Counter(change.grade for change in changes)
    return ", ".join(f"{counts[grade]:,} {grade}" for grade in Grade if counts[grade]) or "no change"


Names = dict[str, str]


def _renamed(old: Contract, new: Contract) -> tuple[Names, Names]:
    """New name by old name of columns that differ in their name alone, and the reverse."""
    gone = [one for one in old.columns if new.column(one.name) is None]
    come = [one for one in new.columns if old.column(one.name) is None]
    forward: Names = {}
    for column in gone:
        alike = [one for one in come if _promises(one) == _promises(column)]
        if len(alike) == 1 and sum(_promises(one) == _promises(column) for one in gone) == 1:
            forward[column.name] = alike[0].name
    return forward, {later: earlier for earlier, later in forward.items()}


TITLES = {"name", "description", "business_name"}


def _promises(column: Column) -> str:
    return column.model_dump_json(exclude=TITLES)


def _columns(old: Contract, new: Contract, renamed: Names) -> Iterator[Change]:
    come = set(renamed.values())
    for column in old.columns:
        later = new.column(renamed.get(column.name, column.name))
        if later is None:
            yield _change(Way.BROKEN, "columns", column.name, f"The column {column.name} is removed")
            continue
        if later.name != column.name:
            yield _change(
                Way.BROKEN, "columns", column.name, f"The column {column.name} is called {later.name}"
            )
        yield from _column(column, later)
    for column in new.columns:
        if old.column(column.name) is None and column.name not in come:
            rules = sum(rule.column == column.name for rule in new.rules)
            said = f"The column {column.name} is added, with {many(rules, 'rule')}"
            yield _change(Way.STRICTER, "columns", column.name, said)
    if old.key != new.key and [renamed.get(name, name) for name in old.key] != list(new.key):
        said = f"The key was {shown(old.key)} and is {shown(new.key)}"
        yield _change(Way.BROKEN, "columns", old.dataset, said)
    yield from _order(old, new, renamed)


def _order(old: Contract, new: Contract, renamed: Names) -> Iterator[Change]:
    names = [one.name for one in new.columns]
    kept = [name for one in old.columns if (name := renamed.get(one.name, one.name)) in names]
    if kept != [name for name in names if name in kept]:
        yield _change(Way.SAME, "columns", old.dataset, "The columns come in another order")


AREAS = {
    "cleaning": "cleaning",
    "missing_values": "cleaning",
    "date_order": "cleaning",
    "classification": "privacy",
    "semantic": "privacy",
    "masking": "privacy",
    "description": "texts",
    "business_name": "texts",
}


def _column(old: Column, new: Column) -> Iterator[Change]:
    for field in Column.model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if before != after and field not in ("name", "primary_key"):
            way = direction.of_column(field, before, after)
            area = AREAS.get(field, "columns")
            words = f"{new.name}: {field.replace('_', ' ')}"
            said = words if area == "texts" else f"{words} was {shown(before)} and is {shown(after)}"
            yield _change(way, area, new.name, f"{said} is changed" if area == "texts" else said)


def _rules(old: Contract, new: Contract, renamed: Names, back: Names) -> Iterator[Change]:
    """Rules by id; those of columns that came or went are told with them, and so are those of a changed type."""
    gone = {one.name for one in old.columns if new.column(renamed.get(one.name, one.name)) is None}
    come = {one.name for one in new.columns if old.column(back.get(one.name, one.name)) is None}
    before = {_id(rule, renamed): rule for rule in old.rules if rule.column not in gone}
    after = {rule.id: rule for rule in new.rules if rule.column not in come}
    told = _told(old, new, renamed)
    pairs, removed, added = _paired(before, after, renamed)
    for earlier, later in pairs:
        yield from _rule(earlier, later, renamed)
    for rule in removed:
        if (renamed.get(rule.column, rule.column), rule.kind) not in told:
            yield _change(Way.LOOSER, "rules", rule.id, f"The rule {rule.id} is removed: {_says(rule)}")
    for rule in added:
        if (rule.column, rule.kind) not in told:
            yield _change(Way.STRICTER, "rules", rule.id, f"The rule {rule.id} is added: {_says(rule)}")


def _says(rule: AnyRule) -> str:
    return f"{rule.column} should be {rule.words}" if rule.column else rule.words


def _id(rule: AnyRule, renamed: Names) -> str:
    """The id that a rule would have under its column's new name."""
    later = renamed.get(rule.column)
    own = f"{rule.column}."
    return f"{later}.{rule.id.removeprefix(own)}" if later and rule.id.startswith(own) else rule.id


def _told(old: Contract, new: Contract, renamed: Names) -> set[tuple[str, str]]:
    """(column, kind of rule) that the change of the column itself tells already."""
    told: set[tuple[str, str]] = set()
    for column in old.columns:
        later = new.column(renamed.get(column.name, column.name))
        if later is None:
            continue
        if later.required != column.required:
            told.add((later.name, "not_null"))
        if later.type != column.type:
            told |= {(later.name, "type"), (later.name, "ambiguous_date")}
        if later.date_order != column.date_order:
            told.add((later.name, "ambiguous_date"))
    return told


Pairs = tuple[list[tuple[AnyRule, AnyRule]], list[AnyRule], list[AnyRule]]


def _paired(before: dict[str, AnyRule], after: dict[str, AnyRule], renamed: Names) -> Pairs:
    """Rules of one id and kind, then those of another id that promise the same; and what is left over."""
    pairs = [
        (rule, after[name])
        for name, rule in before.items()
        if name in after and after[name].kind == rule.kind and type(after[name]) is type(rule)
    ]
    paired = {later.id for _, later in pairs}
    removed = [rule for name, rule in before.items() if name not in paired]
    added = [rule for name, rule in after.items() if name not in paired]
    for rule in list(removed):
        same = next((one for one in added if _promise(one) == _promise(rule, renamed)), None)
        if same is not None:
            pairs.append((rule, same))
            removed.remove(rule)
            added.remove(same)
    return pairs, removed, added


def _promise(rule: AnyRule, renamed: Names | None = None) -> str:
    later = (renamed or {}).get(rule.column, rule.column)
    return rule.model_copy(update={"column": later}).model_dump_json(exclude={"id", "severity", "label"})


def _rule(old: AnyRule, new: AnyRule, renamed: Names) -> Iterator[Change]:
    if _id(old, renamed) != new.id:
        yield _change(Way.SAME, "rules", new.id, f"The rule {old.id} is called {new.id}")
    for field in type(new).model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if before == after or field in ("id", "kind") or (field == "column" and renamed.get(before) == after):
            continue
        if field == "type" and new.kind == "type":
            continue  # the column's own change says it
        way = direction.of_rule(field, before, after)
        said = f"{new.id}: {field.replace('_', ' ')} was {shown(before)} and is {shown(after)}"
        yield _change(way, "rules", new.id, said)


def _thresholds(old: Contract, new: Contract, renamed: Names) -> Iterator[Change]:
    before = {_key(line, renamed): line for line in old.thresholds}
    after = {line.key: line for line in new.thresholds}
    for key, line in before.items():
        later = after.get(key)
        if later is None:
            said = f"The threshold {line.key} is removed: {limit_words(line)}"
            yield _change(Way.LOOSER, "thresholds", key, said)
            continue
        for field in Threshold.model_fields:
            earlier, value = getattr(line, field), getattr(later, field)
            if earlier != value and field not in ("metric", "column"):
                side = line.side if line.side == later.side else ""
                way = direction.of_threshold(field, side, earlier, value)
                said = f"{limit_words(line)}; now {limit_words(later)}" if field == "limit" else (
                    f"{field.replace('_', ' ')} was {shown(earlier)} and is {shown(value)}")  # fmt: skip
                yield _change(way, "thresholds", key, f"{key}: {said}")
    for key, line in after.items():
        if key not in before:
            said = f"The threshold {key} is added: {limit_words(line)}"
            yield _change(Way.STRICTER, "thresholds", key, said)


def _key(line: Threshold, renamed: Names) -> str:
    return line.model_copy(update={"column": renamed.get(line.column, line.column)}).key


def _expectations(old: Contract, new: Contract) -> Iterator[Change]:
    """Checks for Great Expectations: what they ask is theirs to know."""
    before, after = ({one.id: one for one in each.expectations} for each in (old, new))
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) == after.get(name):
            continue
        said = "removed" if name not in after else "added" if name not in before else "changed"
        way = {"removed": Way.LOOSER, "added": Way.STRICTER}.get(said, Way.UNKNOWN)
        yield _change(way, "rules", name, f"The expectation {name} is {said}")


LISTED = {"digest", "columns", "rules", "thresholds", "expectations", "bound"}
OF_ALL = {
    "min_approvals": "approvals",
    "allow_no_review": "approvals",
    "waiver_approval_rows": "approvals",
}
TEXTS = {"title", "description", "version", "not_run"}


def _whole(old: Contract, new: Contract) -> Iterator[Change]:
    """What is said of the contract as a whole: approvals, texts, and any field that is new here."""
    if old.dataset != new.dataset:
        yield _change(Way.BROKEN, "columns", old.dataset, f"The dataset is called {new.dataset}")
    for field in Contract.model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if before == after or field in LISTED or field == "dataset":
            continue
        if field in ("description", "not_run"):
            what = "description" if field == "description" else "list of promises that are kept but not run"
            yield _change(Way.SAME, "texts", new.dataset, f"The {what} is changed")
            continue
        way = Way.SAME if field in TEXTS else direction.of_contract(field, before, after)
        said = f"The {field.replace('_', ' ')} was {shown(before)} and is {shown(after)}"
        yield _change(way, OF_ALL.get(field, "texts" if field in TEXTS else "rules"), new.dataset, said)


def _change(way: Way, area: str, subject: str, words: str) -> Change:
    doubt = "; whether more or fewer rows fail is not known" if way is Way.UNKNOWN else ""
    return Change(
        grade=GRADES[way], area=area, subject=subject, words=f"{words}{doubt}.", sure=way is not Way.UNKNOWN
    )
