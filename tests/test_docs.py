"""An undocumented command, setting or stage fails here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from governance.contract.checks import rules_of
from governance.contract.levels import OPERATORS
from governance.contract.model import Metric
from governance.findings import Severity
from governance.rules import kinds
from governance.settings import Settings
from governance.stages import Stage

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert f"`GOVERNANCE_{name.upper()}`" in (DOCS / "settings.md").read_text()


def commands() -> list[str]:
    import typer.main

    from governance.cli import app

    group = typer.main.get_command(app)
    found = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [f"{name} {sub}" for sub in inner] if inner else [name]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"`{command}" in (DOCS / "cli.md").read_text()


@pytest.mark.parametrize("stage", Stage, ids=lambda stage: stage.label)
def test_every_stage_is_documented(stage: Stage) -> None:
    assert f"| {stage.number} | {stage.label} |" in (DOCS / "stages.md").read_text()


RULES = (DOCS / "rules.md").read_text()
KINDS = [kind.model_fields["kind"].default for kind in get_args(get_args(kinds.AnyRule)[0])]
TYPES = {"integer": ("order_id", "quantity", "customer_id"), "number": ("amount", "price", "total"), "timestamp": ("seen_at",),
         "date": ("ordered_on", "paid_on"), "string": ("email", "phone", "iban", "card", "country", "currency", "status",
                                                       "due", "zip", "city")}  # fmt: skip


def test_every_example_of_a_rule_is_a_rule() -> None:
    examples = yaml.safe_load(re.findall(r"```yaml\n(- .*?)```", RULES, re.DOTALL)[0])
    types = tuple((name, kind) for kind, names in TYPES.items() for name in names)
    checks = [{"type": "custom", "engine": "assay", "implementation": example} for example in examples]
    made = [
        rule
        for check in checks
        for rule in rules_of(check, column="", severity=Severity.HIGH, types=types, table="t")
    ]

    assert [rule.kind for rule in made] == [example["kind"] for example in examples]
    assert {rule.kind for rule in made} == set(KINDS)


@pytest.mark.parametrize("kind", get_args(get_args(kinds.AnyRule)[0]), ids=KINDS)
def test_every_kind_of_rule_is_documented_with_its_arguments(kind: type[kinds.Rule]) -> None:
    name = kind.model_fields["kind"].default
    (row,) = re.findall(rf"^\| `{name}` \|.*$", RULES, re.MULTILINE)
    ours = {"types", "files", "version", "kind", *kinds.Rule.model_fields}
    words = {
        re.sub(r"_(\w)", lambda match: match[1].upper(), field) for field in set(kind.model_fields) - ours
    }
    assert {"columns" if word == "others" else word for word in words} <= set(re.findall(r"`(\w+)`", row))
    assert kind.model_fields["dimension"].default.value in row


def test_the_table_of_tests_names_every_construct_and_tests_that_are_there() -> None:
    table = RULES.partition("## What is tested where")[2]
    named = set(re.findall(r"`(\w+)`", table))
    assert {*KINDS, *get_args(Metric), *OPERATORS} <= named
    for file, test in re.findall(r"`(tests/\w+\.py)::(\w+)`", table):
        assert f"\ndef {test}(" in (ROOT / file).read_text(), f"{file}::{test}"


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
