"""The house keeps its rooms: who may import what, no cycles, and the few things only one file may do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("governance", "storage", "pages")

ONLY = [
    ("streamlit", ("pages/", "app.py")),
    ("duckdb", ("governance/engines/",)),
    ("pyspark", ("governance/engines/",)),
    ("boto3", ("storage/",)),
    ("deltalake", ("storage/",)),
    ("sqlalchemy", ("storage/",)),
    ("python_calamine", ("governance/reading/",)),
    ("dbos", ("governance/runner.py",)),
    ("pydantic_settings", ("governance/settings.py",)),
    ("governance.answers", ("governance/answers/", "governance/workspace.py", "governance/cli/", "pages/")),
]

NEVER = [
    ("storage", "governance"),
    ("storage", "pages"),
    ("governance", "pages"),
    ("governance", "streamlit"),
    ("governance/rules", "governance.stages"),
    ("governance/rules", "governance.review"),
    ("governance/contract", "governance.workspace"),
    ("governance/stages", "governance.workspace"),
    ("governance/stages", "governance.house"),
    ("governance/stages", "storage.ledger"),
    ("governance/stages", "storage.models"),
    ("governance/pipeline.py", "governance.house"),
    ("governance/pipeline.py", "storage"),
    ("pages", "storage"),
    ("pages", "sqlmodel"),
    ("pages", "governance.runner"),
]

HEAVY = ("great_expectations", "presidio_analyzer", "spacy", "data_profiling", "pandas")
"""Imported inside the function that needs them: their import takes seconds."""


@cache
def sources() -> dict[Path, ast.Module]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")] + [ROOT / "app.py"]
    return {path: ast.parse(path.read_text()) for path in files}


def imports(tree: ast.AST, *, top: bool = False) -> Iterator[str]:
    """The modules that a file imports; `top`: only those imported when the file is."""
    for node in tree.body if top and isinstance(tree, ast.Module) else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize(("module", "rooms"), ONLY, ids=[name for name, _ in ONLY])
def test_only_these_rooms_import(module: str, rooms: tuple[str, ...]) -> None:
    for path, tree in sources().items():
        name = str(path.relative_to(ROOT))
        if any(within(found, module) for found in imports(tree)):
            assert name.startswith(rooms), f"{name} imports {module}"


@pytest.mark.parametrize(("room", "module"), NEVER, ids=[f"{a}-{b}" for a, b in NEVER])
def test_this_room_never_imports(room: str, module: str) -> None:
    for path, tree in sources().items():
        name = str(path.relative_to(ROOT))
        if name == room or name.startswith(room + "/"):
            found = [one for one in imports(tree) if within(one, module)]
            assert not found, f"{name} imports {found[0]}"


@pytest.mark.parametrize("module", HEAVY)
def test_heavy_parts_are_imported_where_they_are_used(module: str) -> None:
    for path, tree in sources().items():
        on_a_page = path.is_relative_to(ROOT / "pages")  # Streamlit has imported pandas already
        if not (module == "pandas" and on_a_page):
            assert not any(within(found, module) for found in imports(tree, top=True)), path


def test_only_settings_reads_the_environment() -> None:
    for path, tree in sources().items():
        reads = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
        ]
        if reads:
            name = str(path.relative_to(ROOT))
            assert name in ("governance/settings.py", "app.py", "governance/logs.py"), (
                f"{name} reads the environment"
            )


def test_only_stage_12_makes_masked_tables() -> None:
    for path, tree in sources().items():
        made = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("MaskedTable", "MaskedQuarantine")
        ]
        if made:
            assert path == ROOT / "governance" / "stages" / "mask.py", path


def test_only_one_file_touches_the_session_state() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        if "session_state" in path.read_text():
            assert path == ROOT / "pages" / "parts" / "session.py", path


def test_there_are_no_import_cycles() -> None:
    graph = {_module(path): set(_internal(tree)) for path, tree in sources().items()}
    state: dict[str, int] = {}

    def visit(module: str, trail: tuple[str, ...]) -> None:
        state[module] = 1
        for other in sorted(graph.get(module, ())):
            assert state.get(other) != 1, " → ".join((*trail, module, other))
            if other not in state:
                visit(other, (*trail, module))
        state[module] = 2

    for module in graph:
        if module not in state:
            visit(module, ())


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _internal(tree: ast.Module) -> Iterator[str]:
    """The project's own modules that a file imports when it is imported; a name from a package counts as the
    module of that name, where there is one."""
    known = {_module(path) for path in sources()}
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = named & known
            yield from modules
            if node.module in known and named - known:
                yield node.module


def test_there_is_no_utils() -> None:
    named = {path.stem for path in sources()}
    assert not named & {"utils", "util", "helpers", "common", "misc"}


def test_the_sample_data_of_others_is_not_in_the_project() -> None:
    copied = [path for path in ROOT.rglob("*.csv") if not {".venv", ".venv-bench", "var"} & set(path.parts)]
    assert not copied


SLOW = ("duckdb", "pyarrow", "pandas", "numpy", "sqlglot", "sqlmodel", "streamlit", "dbos", "boto3")


def test_the_command_line_says_what_it_can_do_before_it_loads_anything_large() -> None:
    code = f"import sys, governance.cli; print([name for name in {SLOW!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert said.stdout.strip() == "[]"
