"""What of a contract is usually changed, as a form: read from its YAML, and written back place by place."""

from __future__ import annotations

from typing import Any

from governance.contract.document import plain_tree
from governance.contract.editing import REMOVE, Edit, edited
from governance.errors import ContractError
from governance.tables import Frozen

Path = tuple[str | int, ...]
TABLE: Path = ("schema", 0)
NUMERIC = ("integer", "number")


class ColumnForm(Frozen):
    """One column. Bounds are text as they stand in the file; empty: none."""

    name: str
    type: str = "string"
    required: bool = False
    unique: bool = False
    minimum: str = ""
    maximum: str = ""
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    words: tuple[str, ...] = ()
    cleaning: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    severity: str = ""


class TableForm(Frozen):
    """What is said of the whole table. Shares in percent; none: no such line."""

    accuracy: float | None = None
    refuse_below: float | None = None
    completeness: float | None = None
    duplicates: float | None = None
    min_approvals: int = 1
    allow_no_review: bool = True


LEAST, MOST = "mustBeGreaterOrEqualTo", "mustBeLessOrEqualTo"
LIMIT = {"completeness": LEAST, "accuracy": LEAST, "duplicates": MOST}
LINES = {
    "accuracy": ("accuracy", False),
    "refuse_below": ("accuracy", True),
    "completeness": ("completeness", False),
    "duplicates": ("duplicates", False),
}
"""Field of the form → metric of the threshold, and whether it is the critical one."""


def columns_of(text: str) -> tuple[ColumnForm, ...]:
    """Every column of a contract's YAML. Raises ContractError when it is no YAML of a contract."""
    tree = plain_tree(text.encode())
    try:
        return tuple(_column(entry) for entry in _at(tree, TABLE).get("properties") or ())
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise _unreadable() from error


def table_of(text: str) -> TableForm:
    """What the contract says of its table. Raises ContractError when it is no YAML of a contract."""
    tree = plain_tree(text.encode())
    try:
        found = {field: _percent(tree, *line) for field, line in LINES.items()}
        return TableForm(
            **found,
            min_approvals=_custom(tree, _owner(tree, "minApprovals"), "minApprovals") or 1,
            allow_no_review=_custom(tree, _owner(tree, "allowNoReview"), "allowNoReview") is not False,
        )
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise _unreadable() from error


def with_column(text: str, wanted: ColumnForm) -> str:
    """The text with one column as the form says it; only places that differ are written."""
    names = [one.name for one in columns_of(text)]
    if wanted.name not in names:
        raise ContractError(f"The contract has no column {wanted.name!r}.", "Add it in the YAML.")
    place = names.index(wanted.name)
    path: Path = (*TABLE, "properties", place)
    before = columns_of(text)[place]
    if wanted.type != before.type:
        text = _set(text, (*path, "logicalType"), wanted.type)
    for field, key in (("required", "required"), ("unique", "unique")):
        if getattr(wanted, field) != getattr(before, field):
            text = _set(text, (*path, key), getattr(wanted, field) or REMOVE)
    for field, key in OPTIONS.items():
        said = getattr(wanted, field)
        if said != getattr(before, field):
            text = _option(text, path, key, _bound(said, wanted.type) if said not in ("", None) else REMOVE)
    if wanted.words != before.words:
        text = _enum(text, path, before.words, wanted.words)
    for field, key in CUSTOM.items():
        said = getattr(wanted, field)
        if said != getattr(before, field):
            text = _set_custom(text, path, key, (list(said) if isinstance(said, tuple) else said) or REMOVE)
    return text


OPTIONS = {"minimum": "minimum", "maximum": "maximum", "min_length": "minLength", "max_length": "maxLength",
           "pattern": "pattern"}  # fmt: skip
CUSTOM = {"cleaning": "cleaning", "missing": "missingValues", "severity": "severity"}


def with_table(text: str, wanted: TableForm) -> str:
    """The text with the table's lines and approvals as the form says them."""
    before = table_of(text)
    for field, line in LINES.items():
        if getattr(wanted, field) != getattr(before, field):
            text = _threshold(text, *line, getattr(wanted, field))
    for field, key in (("min_approvals", "minApprovals"), ("allow_no_review", "allowNoReview")):
        if getattr(wanted, field) != getattr(before, field):
            owner = _owner(plain_tree(text.encode()), key)
            text = _set_custom(text, owner, key, getattr(wanted, field))
    return text


def _column(entry: dict[str, Any]) -> ColumnForm:
    options = entry.get("logicalTypeOptions") or {}
    ours = {one["property"]: one["value"] for one in entry.get("customProperties") or ()}
    return ColumnForm(
        name=str(entry["name"]),
        type=entry.get("logicalType", "string"),
        required=bool(entry.get("required")),
        unique=bool(entry.get("unique")),
        minimum=_text(options.get("minimum")),
        maximum=_text(options.get("maximum")),
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        pattern=_text(options.get("pattern")),
        words=tuple(_text(one["value"]) for one in entry.get("enum") or ()),
        cleaning=tuple(ours.get("cleaning") or ()),
        missing=tuple(_text(one) for one in ours.get("missingValues") or ()),
        severity=_text(ours.get("severity")),
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _bound(said: Any, kind: str) -> Any:
    """A bound as YAML should hold it: a number where the column holds numbers."""
    if not isinstance(said, str) or kind not in NUMERIC:
        return said
    try:
        return int(said)
    except ValueError:
        try:
            return float(said)
        except ValueError:
            raise ContractError(f"{said!r} is no number.", "Write it with a point: 12.5") from None


def _set(text: str, path: Path, value: Any) -> str:
    """Set a key, or remove it; a mapping that is left empty goes with it."""
    if value is REMOVE:
        tree = plain_tree(text.encode())
        parent = _at(tree, path[:-1])
        if path[-1] not in parent:
            return text
        if len(parent) == 1:
            path = path[:-1]
    return edited(text, [Edit(path=path, value=value)])


def _option(text: str, path: Path, key: str, value: Any) -> str:
    entry = _at(plain_tree(text.encode()), path)
    options: Path = (*path, "logicalTypeOptions")
    if entry.get("logicalTypeOptions"):
        return _set(text, (*options, key), value)
    return text if value is REMOVE else edited(text, [Edit(path=options, value={key: value})])


def _enum(text: str, path: Path, before: tuple[str, ...], words: tuple[str, ...]) -> str:
    """Words taken out and added one by one, so that comments beside the others stay."""
    kept = [word for word in before if word in words]
    if not kept or list(words[: len(kept)]) != kept:
        value = [{"value": word} for word in words]
        return _set(text, (*path, "enum"), value or REMOVE)
    gone = [place for place, word in enumerate(before) if word not in words]
    edits = [Edit(path=(*path, "enum", place), value=REMOVE) for place in reversed(gone)]
    edits += [
        Edit(path=(*path, "enum", len(kept) + at), value={"value": word})
        for at, word in enumerate(words[len(kept) :])
    ]
    return edited(text, edits)


def _owner(tree: dict[str, Any], name: str) -> Path:
    """Where a custom property of ours stands: at the top, or with the table."""
    return () if _place(tree, (), name) is not None else TABLE


def _place(tree: dict[str, Any], owner: Path, name: str) -> int | None:
    entries = _at(tree, owner).get("customProperties") or ()
    return next((at for at, one in enumerate(entries) if one.get("property") == name), None)


def _custom(tree: dict[str, Any], owner: Path, name: str) -> Any:
    place = _place(tree, owner, name)
    return None if place is None else _at(tree, owner)["customProperties"][place]["value"]


def _set_custom(text: str, owner: Path, name: str, value: Any) -> str:
    tree = plain_tree(text.encode())
    place, listed = _place(tree, owner, name), _at(tree, owner).get("customProperties")
    where: Path = (*owner, "customProperties")
    if place is not None:
        if value is REMOVE:
            path = where if len(listed) == 1 else (*where, place)
            return edited(text, [Edit(path=path, value=REMOVE)])
        return edited(text, [Edit(path=(*where, place, "value"), value=value)])
    if value is REMOVE:
        return text
    entry = {"property": name, "value": value}
    if listed:
        return edited(text, [Edit(path=(*where, len(listed)), value=entry)])
    return edited(text, [Edit(path=where, value=[entry])])


def _line(tree: dict[str, Any], metric: str, *, critical: bool) -> tuple[Path, int, dict[str, Any]] | None:
    """(path of the thresholds, place, line) of the table's own line of a metric."""
    owner = _owner(tree, "thresholds")
    place = _place(tree, owner, "thresholds")
    if place is None:
        return None
    path: Path = (*owner, "customProperties", place, "value")
    for at, line in enumerate(_at(tree, path)):
        own = line.get("metric") == metric and not line.get("column") and LIMIT[metric] in line
        if own and (line.get("severity") == "critical") == critical:
            return path, at, line
    return None


def _percent(tree: dict[str, Any], metric: str, critical: bool) -> float | None:
    found = _line(tree, metric, critical=critical)
    if found is None:
        return None
    limit = float(found[2][LIMIT[metric]])
    return limit if found[2].get("unit") == "percent" else round(100 * limit, 10)


def _threshold(text: str, metric: str, critical: bool, percent: float | None) -> str:
    tree = plain_tree(text.encode())
    found = _line(tree, metric, critical=critical)
    if found is not None:
        path, place, line = found
        if percent is None:
            alone = len(_at(tree, path)) == 1
            return (
                _set_custom(text, path[:-3], "thresholds", REMOVE)
                if alone
                else edited(text, [Edit(path=(*path, place), value=REMOVE)])
            )
        value = percent if line.get("unit") == "percent" else percent / 100
        return edited(text, [Edit(path=(*path, place, LIMIT[metric]), value=value)])
    if percent is None:
        return text
    entry = {"metric": metric, LIMIT[metric]: percent, "unit": "percent",
             "severity": "critical" if critical else "high"}  # fmt: skip
    owner = _owner(tree, "thresholds")
    listed = _place(tree, owner, "thresholds")
    if listed is None:
        return _set_custom(text, owner, "thresholds", [entry])
    lines: Path = (*owner, "customProperties", listed, "value")
    return edited(text, [Edit(path=(*lines, len(_at(tree, lines))), value=entry)])


def _at(tree: Any, path: Path) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _unreadable() -> ContractError:
    return ContractError("The form cannot read this contract.", "Mend the YAML first.")
