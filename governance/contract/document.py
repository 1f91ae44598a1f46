"""The YAML of a contract: read, held against the standard's schema, and asked for lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

import jsonschema
import yaml
from pydantic import ValidationError

from governance.errors import ContractError

Path = Sequence[str | int]


@dataclass(frozen=True)
class Document:
    """A contract's tree, and the text it was read from."""

    tree: dict[str, Any]
    text: bytes

    @cached_property
    def _nodes(self) -> yaml.Node | None:
        return yaml.compose(self.text, Loader=_Loader)

    def line(self, path: Path) -> int:
        """The 1-based line of a path, or of the last part of it that is there."""
        node, line = self._nodes, 1
        for part in path:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
        return line

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Whatever is wrong in here is a ContractError that names the line of the path."""
        try:
            yield
        except ContractError as error:
            if " line " in error.message:
                raise
            said = error.message.rstrip(".")
            raise ContractError(f"{said} (line {self.line(path)}).", error.hint) from error
        except ValidationError as error:
            first = error.errors()[0]
            where = " → ".join(str(part) for part in first["loc"])
            raise ContractError(
                f"The contract's {where} at line {self.line(path)} is not usable: {first['msg']}."
            ) from error
        except (ValueError, TypeError, OverflowError) as error:
            raise ContractError(f"The contract is not usable at line {self.line(path)}: {error}.") from error


def parse(text: bytes) -> Document:
    """A contract's YAML that follows ODCS. Raises ContractError with the line and what to do."""
    document = Document(_tree(text), text)
    _follow_the_standard(document)
    return document


def plain_tree(text: bytes) -> dict[str, Any]:
    """The tree of any YAML mapping, whether or not it follows the standard. Raises ContractError with the line."""
    return _tree(text)


def odd_value(schema: dict[str, Any], value: Any) -> str:
    """Why a value does not fit a JSON schema, in a few words; empty if it fits."""
    error = jsonschema.exceptions.best_match(jsonschema.Draft201909Validator(schema).iter_errors(value))
    return _shorten(error.message) if error else ""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses a key that is there twice: of two, plain YAML silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen and key.value != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _tree(text: bytes) -> dict[str, Any]:
    try:
        tree = yaml.load(text, Loader=_Loader)  # noqa: S506  (a SafeLoader)
    except yaml.reader.ReaderError as error:
        raise ContractError("The contract is not UTF-8 text.", "Save it as UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ContractError(
            f"The contract is not valid YAML{where}: {getattr(error, 'problem', 'it cannot be read')}.",
            "Check the indentation and the quotes there.",
        ) from error
    except (RecursionError, ValueError) as error:
        hint = "Check its brackets and dates."
        raise ContractError("The contract is not YAML that can be read.", hint) from error
    if not isinstance(tree, dict):
        raise ContractError("The contract is not a YAML mapping.", "Begin with `apiVersion: v3.1.0`.")
    return tree


@cache
def _validator() -> jsonschema.Draft201909Validator:
    schema = resources.files("open_data_contract_standard").joinpath("schema.json").read_text()
    return jsonschema.Draft201909Validator(json.loads(schema))


def _follow_the_standard(document: Document) -> None:
    try:
        plain = json.loads(json.dumps(document.tree, default=str))  # dates are text to the standard's schema
    except (TypeError, ValueError, RecursionError) as error:
        raise ContractError("The contract has keys or values that are not text, numbers or lists.") from error
    _say_text(plain)
    errors = sorted(_validator().iter_errors(plain), key=lambda error: -len(error.absolute_path))
    if not errors:
        return
    path = list(errors[0].absolute_path)
    where = ".".join(str(part) for part in path) or "the top"
    line = document.line(_odd_key(errors[0].message, path))
    raise ContractError(
        f"The contract does not follow ODCS at line {line} ({where}): {_shorten(errors[0].message)}",
        "Compare with docs/contracts.md or the standard, https://bitol.io.",
    )


def _say_text(tree: Any) -> None:
    """A property without a logical type is text. The standard's schema takes it for everything at once."""
    tables = tree.get("schema")
    for table in tables if isinstance(tables, list) else ():
        entries = table.get("properties") if isinstance(table, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                entry.setdefault("logicalType", "string")


def _odd_key(message: str, path: list[Any]) -> list[Any]:
    """The path down to the key that is not known, when the message names one."""
    named = re.search(r"\('([^']+)'(?:, '[^']+')* w(?:as|ere) unexpected\)", message)
    return [*path, named.group(1)] if named else path


def _shorten(message: str) -> str:
    return message if len(message) <= 200 else message[:197] + "…"
