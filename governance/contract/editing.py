"""Changing places of a contract's YAML, and nothing else: comments, order, quotes and unknown keys stay.

A change is spliced into the text at the marks that PyYAML's parser gives. The edited text is read again and must
hold exactly the tree that was asked for; where a splice cannot do that (anchors, merge keys, odd flow style)
ruamel.yaml writes the file from its round-trip tree, which keeps comments and keys but may respace it, and the
same is checked again.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Sequence
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from governance.contract.document import plain_tree
from governance.contract.drafting.writing import scalar
from governance.errors import ContractError
from governance.tables import Frozen

REMOVE = object()
"""As a value: take the place away."""


class Edit(Frozen):
    """One place and its new value. A path's last part may be a key that is not there yet, or the length of a
    list, to add to it. `value` is plain data, or REMOVE."""

    path: tuple[str | int, ...]
    value: Any


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text with every edit made, in order. Raises ContractError when it cannot be done without loss."""
    for edit in edits:
        text = _one(text, edit)
    return text


def _one(text: str, edit: Edit) -> str:
    where = " → ".join(str(part) for part in edit.path)
    try:
        wanted = _applied(plain_tree(text.encode()), edit)
    except (LookupError, TypeError) as error:
        raise ContractError(f"There is no place {where} in this file.", "Change it in the YAML.") from error
    for way in (_spliced, _round_trip):
        try:
            changed = way(text, edit)
            if plain_tree(changed.encode()) == wanted:
                return changed
        except (ContractError, yaml.YAMLError, YAMLError, LookupError, TypeError, ValueError):
            continue
    raise ContractError(f"The form cannot change {where} in this file.", "Change it in the YAML.")


def _applied(tree: Any, edit: Edit) -> Any:
    """The tree with the edit, as plain data."""
    tree = copy.deepcopy(tree)
    _put(tree, edit)
    return tree


def _put(tree: Any, edit: Edit) -> None:
    *way, last = edit.path
    for part in way:
        tree = tree[part]
    if edit.value is REMOVE:
        del tree[last]
    elif isinstance(tree, list) and last == len(tree):
        tree.append(edit.value)
    else:
        tree[last] = edit.value


def flow(value: Any) -> str:
    """Plain data on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{scalar(key)}: {flow(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return scalar(value)


def _spliced(text: str, edit: Edit) -> str:
    parent: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    *way, last = edit.path
    for part in way:
        parent = _child(parent, part)[1]
    if isinstance(parent, yaml.MappingNode):
        return _in_mapping(text, parent, str(last), edit.value)
    if isinstance(parent, yaml.SequenceNode) and isinstance(last, int):
        return _in_sequence(text, parent, last, edit.value)
    raise LookupError(last)


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node]:
    """(where it begins, what it is) of a key or an entry."""
    if isinstance(node, yaml.MappingNode):
        return next((key, value) for key, value in node.value if key.value == str(part))
    if not isinstance(node, yaml.SequenceNode) or not isinstance(part, int):
        raise LookupError(part)
    return node.value[part], node.value[part]


def _in_mapping(text: str, parent: yaml.MappingNode, name: str, value: Any) -> str:
    found = next(((key, node) for key, node in parent.value if key.value == name), None)
    if found is None:
        return _key_added(text, parent, f"{scalar(name)}: {flow(value)}")
    key, node = found
    if value is not REMOVE:
        return _replaced(text, key, node, flow(value))
    if parent.flow_style:
        return _without(text, parent.value, found, _bare)
    return _line_removed(text, key.start_mark, node)


def _in_sequence(text: str, parent: yaml.SequenceNode, place: int, value: Any) -> str:
    if place == len(parent.value):
        return _entry_added(text, parent, flow(value))
    node = parent.value[place]
    if value is not REMOVE:
        return text[: node.start_mark.index] + flow(value) + text[_end(node) :]
    if parent.flow_style:
        return _without(text, [(one, one) for one in parent.value], (node, node), _bare)
    dash = text.rindex("-", 0, node.start_mark.index)
    return _cut(text, text.rfind("\n", 0, dash) + 1, _end(node))


def _end(node: yaml.Node) -> int:
    """Where a node's text ends; a block's own mark lies behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _replaced(text: str, key: yaml.Node, node: yaml.Node, said: str) -> str:
    """A value in place of another. A block, whose text begins on a line of its own, moves up behind its key."""
    begin = node.start_mark.index
    if node.start_mark.line != key.end_mark.line:
        begin = text.index(":", key.end_mark.index) + 1
        said = " " + said
    if begin == _end(node) and text[begin - 1 : begin] == ":":
        said = " " + said
    return text[:begin] + said + text[_end(node) :]


def _key_added(text: str, parent: yaml.MappingNode, said: str) -> str:
    if parent.flow_style:
        return _into_flow(text, parent, said, spaced=True)
    if not parent.value:
        raise LookupError(said)
    indent = parent.value[0][0].start_mark.column
    return _line_after(text, _end(parent), " " * indent + said)


def _entry_added(text: str, parent: yaml.SequenceNode, said: str) -> str:
    if parent.flow_style:
        return _into_flow(text, parent, said, spaced=False)
    return _line_after(text, _end(parent), " " * parent.start_mark.column + "- " + said)


def _into_flow(text: str, parent: yaml.CollectionNode, said: str, *, spaced: bool) -> str:
    if not parent.value:
        inside = f" {said} " if spaced else said
        return text[: parent.start_mark.index + 1] + inside + text[parent.end_mark.index - 1 :]
    last = parent.value[-1]
    end = _end(last[1] if isinstance(last, tuple) else last)
    return text[:end] + ", " + said + text[end:]


def _line_after(text: str, end: int, line: str) -> str:
    """A line of its own behind the one in which something ends, and its comment."""
    stop = text.find("\n", end)
    if stop < 0:
        return f"{text}\n{line}\n"
    if text[stop - 1] == "\r":
        return f"{text[:stop]}\n{line}\r{text[stop:]}"
    return f"{text[:stop]}\n{line}{text[stop:]}"


def _line_removed(text: str, begin: yaml.Mark, node: yaml.Node) -> str:
    start = text.rfind("\n", 0, begin.index) + 1
    if text[start : begin.index].strip():
        raise LookupError("another thing begins on this line")
    return _cut(text, start, _end(node))


def _cut(text: str, start: int, end: int) -> str:
    stop = text.find("\n", end)
    return text[:start] + (text[stop + 1 :] if stop >= 0 else "")


Pair = tuple[yaml.Node, yaml.Node]


def _bare(pair: Pair) -> tuple[int, int]:
    return int(pair[0].start_mark.index), _end(pair[1])


def _without(text: str, entries: Sequence[Pair], gone: Pair, span: Any) -> str:
    """A flow collection without one entry, and without the comma beside it."""
    place = next(at for at, entry in enumerate(entries) if entry[0] is gone[0])
    start, end = span(gone)
    if place + 1 < len(entries):
        end = span(entries[place + 1])[0]
    elif place:
        start = span(entries[place - 1])[1]
    return text[:start] + text[end:]


def _round_trip(text: str, edit: Edit) -> str:
    writer = YAML()
    writer.preserve_quotes = True
    writer.width = 1_000_000
    writer.indent(mapping=2, sequence=4, offset=2)
    tree = writer.load(text)
    _put(tree, edit)
    out = io.StringIO()
    writer.dump(tree, out)
    return out.getvalue()
