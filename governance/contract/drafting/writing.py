"""The draft as YAML that a person likes to read: one suggestion a line, what it rests on behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import yaml

from governance.contract.drafting.personal import classification
from governance.contract.drafting.proposal import Proposal, Said
from governance.privacy.by_name import words_of

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]+(?: [A-Za-z0-9_./-]+)*")

TEXT = "tag:yaml.org,2002:str"
_resolve: Callable[..., str] = yaml.resolver.Resolver().resolve


@dataclass(frozen=True)
class Sheet:
    """All that a draft says. Limits are whole percents; a limit that is None is not written."""

    dataset: str
    file: str
    columns: Sequence[Proposal]
    completeness: int | None
    accuracy: int
    refuse_below: int
    duplicates: int = 1
    """For a table with a key."""
    opening: tuple[str, ...] = ()
    """Lines of comment at the top."""
    freshness: str = ""
    """A column of days or times, to suggest a service level about."""


def write(sheet: Sheet) -> bytes:
    """ODCS v3.1 in UTF-8; the same sheet gives the same bytes."""
    return ("\n".join(_lines(sheet)) + "\n").encode()


def _lines(sheet: Sheet) -> Iterator[str]:
    yield from (comment(line) for line in sheet.opening)
    title = sheet.dataset.replace("_", " ").strip().capitalize()
    yield "apiVersion: v3.1.0"
    yield "kind: DataContract"
    yield f"id: {scalar(sheet.dataset)}"
    yield f"name: {scalar(title)}"
    yield "version: 0.1.0"
    yield "status: draft"
    yield "description:"
    yield f"  purpose: {scalar(f'Drafted from {sheet.file}. Say here what this data is for.')}"
    yield "schema:"
    yield f"  - name: {scalar(sheet.dataset)}"
    yield f"    businessName: {scalar(title)}"
    yield "    logicalType: object"
    yield "    physicalType: table"
    yield "    properties:" if sheet.columns else "    properties: []"
    for column in sheet.columns:
        yield from _column(column)
    yield from _thresholds(sheet)
    yield from _service(sheet)


def _column(column: Proposal) -> Iterator[str]:
    yield from ("      " + comment(remark) for remark in column.remarks)
    yield f"      - name: {scalar(column.name)}"
    for line in _facts(column):
        yield f"        {line}"


def _facts(column: Proposal) -> Iterator[str]:
    if title := business_name(column.name):
        yield f"businessName: {scalar(title)}"
    yield noted(f"logicalType: {column.type.value}", column.support)
    if column.required:
        yield noted("required: true", column.required)
    if column.key:
        yield noted("primaryKey: true", column.key)
        yield "primaryKeyPosition: 1"
        yield "unique: true"
    if rating := classification(column.semantic):
        yield f"classification: {rating}"
    if column.options:
        yield "logicalTypeOptions:"
        yield from (
            noted(f"  {name}: {scalar(said.value)}", said.note) for name, said in column.options.items()
        )
    if column.words:
        yield noted("enum:", column.words_note)
        yield from (f"  - {{ value: {scalar(word)} }}" for word in column.words)
    yield "customProperties:"
    cleaning = Said([way.value for way in column.cleaning])
    for name, said in {"cleaning": cleaning, **column.custom}.items():
        yield noted(f"  - {{ property: {name}, value: {scalar(said.value)} }}", said.note)


def _thresholds(sheet: Sheet) -> Iterator[str]:
    yield "    customProperties:"
    yield "      - property: thresholds"
    yield "        value:"
    doubles = sheet.duplicates if any(column.key for column in sheet.columns) else None
    lines = (
        ("completeness", sheet.completeness, "high"),
        ("accuracy", sheet.accuracy, "high"),
        ("duplicates", doubles, "high"),
        ("accuracy", sheet.refuse_below, "critical"),
    )
    for metric, limit, severity in lines:
        operator = "mustBeLessOrEqualTo" if metric == "duplicates" else "mustBeGreaterOrEqualTo"
        if limit is not None:
            line = f"metric: {metric}, {operator}: {limit}, unit: percent, severity: {severity}"
            yield f"          - {{ {line} }}"
    yield "      - { property: minApprovals, value: 1 }"


def _service(sheet: Sheet) -> Iterator[str]:
    if sheet.freshness:
        yield comment("How old may the newest row be? Uncomment and say so:")
        element = scalar(f"{sheet.dataset}.{sheet.freshness}")
        yield comment("slaProperties:")
        yield comment(f"  - {{ property: freshness, value: 24, unit: h, element: {element} }}")


def business_name(name: str) -> str:
    """`price_per_unit` as people write it; empty where the name is already as people write it."""
    title = " ".join(words_of(name)).capitalize()
    plain = re.fullmatch(r"[A-Za-z]+(?:_[A-Za-z]+)*", name)
    return title if plain and not name.isupper() and title != name else ""


def noted(line: str, note: str) -> str:
    return f"{line}  {comment(note)}" if note else line


def comment(text: str) -> str:
    """One line, whatever a name in it may hold."""
    return "# " + "".join(sign if sign.isprintable() else " " for sign in text)


def scalar(value: object) -> str:
    """A value in YAML's flow style; text is quoted unless it plainly is a word."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(scalar(one) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    text = str(value)
    if PLAIN.fullmatch(text) and _resolve(yaml.ScalarNode, text, (True, False)) == TEXT:
        return text
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"
