"""The submit page: a file read otherwise before the run, with its first lines as they then are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from published_house import ANA, page, text
from sqlmodel import select
from workbooks import workbook

from governance.settings import Settings
from governance.workspace import Workspace
from storage.models import AuditEvent


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workspace:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path))
    return Workspace.open(Settings(home=tmp_path))


def opened(fresh: Workspace, content: bytes) -> tuple[Any, str]:
    """(the page with that file, the beginning of its fields' keys)."""
    digest = fresh.keep_upload(ANA, content)
    return page("submit", ANA, input=digest, file="file.csv"), f"submit-read-{digest[:8]}-"


def shown(test: Any) -> list[list[str]]:
    """The first lines with the names above them."""
    frame = test.dataframe[0].value
    return [list(frame.columns), *frame.fillna("").to_numpy().tolist()]


def test_a_change_is_seen_at_once(fresh: Workspace) -> None:
    test, key = opened(fresh, "Report\nid;naïve\n007;Ana\nSum;\n".encode("cp1252"))
    test.selectbox(key=f"{key}delimiter").select("semicolon").run()
    test.number_input(key=f"{key}skip").set_value(1).run()
    assert shown(test) == [["id", "naïve"], ["007", "Ana"], ["Sum", ""]]
    test.number_input(key=f"{key}footer").set_value(1).run()
    assert shown(test) == [["id", "naïve"], ["007", "Ana"]]
    test.selectbox(key=f"{key}header").select("No header").run()
    assert shown(test)[0] == ["column_1", "column_2"]
    assert "As you say: delimiter semicolon, header no, skip 1, footer 1" in text(test)
    assert not test.exception


def test_a_sheet_is_chosen(fresh: Workspace) -> None:
    test, key = opened(fresh, workbook({"May": [["a"], ["1"]], "June": [["b"], ["x"]]}))
    assert shown(test) == [["a"], ["1"]]
    assert "The sheet May is read; the workbook has 1 more: June." in text(test)
    test.text_input(key=f"{key}sheet").set_value("June").run()
    assert shown(test) == [["b"], ["x"]]


def test_what_cannot_be_meant_is_said_and_can_be_mended(fresh: Workspace) -> None:
    test, key = opened(fresh, b"a,b\n1,2\n")
    test.number_input(key=f"{key}skip").set_value(99).run()
    assert "no line after the first 99" in text(test)
    assert not test.exception
    test.number_input(key=f"{key}skip").set_value(0).run()
    assert shown(test) == [["a", "b"], ["1", "2"]]


def test_the_choice_goes_with_the_run_and_into_the_audit(fresh: Workspace) -> None:
    digest, file = fresh.keep_sample(ANA, "customers", rows=50, seed=7)
    test = page("submit", ANA, input=digest, file=file)
    test.number_input(key=f"submit-read-{digest[:8]}-footer").set_value(2).run()
    test.button(key="submit-start").click().run()
    assert not test.exception
    run = fresh.house.run(fresh.see.runs(ANA)[0].run)
    assert run.options["reading"] == {"footer": 2}
    with fresh.house.ledger.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.run == run.id)).first()
    assert event is not None
    assert (event.actor, event.action) == ("ana", "run submitted")
    assert json.loads(event.data)["reading"] == {"footer": 2}
