"""What must not type-check: handing a stage a table that may not go there."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

from governance.settings import PROJECT

SNIPPET = """
from governance.bench import Bench
from governance.release import ReleaseFacts
from governance.stages.upload import upload
from governance.tables import {kept}, MaskedQuarantine, MaskedTable, {held}

def send(bench: Bench, table: {kept}, held: {held}, facts: ReleaseFacts) -> None:
    upload(bench, table, held, facts=facts)
"""


@pytest.mark.parametrize(
    ("kept", "held", "errors"),
    [
        pytest.param("MaskedTable", "MaskedQuarantine", 0, id="masked"),
        pytest.param("KeptTable", "MaskedQuarantine", 1, id="unmasked rows"),
        pytest.param("MaskedTable", "QuarantineTable", 1, id="unmasked quarantine"),
        pytest.param("BronzeTable", "QuarantineTable", 2, id="neither masked"),
    ],
)
def test_uploading_the_unmasked_table_does_not_type_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str, held: str, errors: int
) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text(SNIPPET.format(kept=kept, held=held))
    monkeypatch.chdir(PROJECT)
    said, trouble, _ = api.run(
        ["--config-file", "pyproject.toml", "--follow-imports", "silent", str(snippet)]
    )
    assert not trouble
    assert said.count("Argument ") == errors, said
    assert said.count("error:") == errors, said
