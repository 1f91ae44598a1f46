"""The shell, the inbox and the submit page, against a real installation."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from published_house import ANA, BEN, made, page, text

from governance.people import Person, Verb, person
from governance.plural import many
from governance.settings import PROJECT, Settings
from governance.workspace import Workspace
from pages.parts import bars, words
from pages.parts.status import DARK, LIGHT, MARKS, STATES, either, severity_mark, state_markdown, status

CLEO, DAN = person("cleo"), person("dan")
NOW = datetime(2026, 3, 12, 12, 0)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with versions, and runs that wait; for reading only."""
    monkeypatch.setenv("GOVERNANCE_HOME", str(made().home))


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workspace:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path))
    return Workspace.open(Settings(home=tmp_path))


# words


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        pytest.param(words.number(1204), "1,204", id="thousands"),
        pytest.param(words.number(None), "–", id="nothing"),
        pytest.param(words.share(1204, 29366), "1,204 · 4.1 %", id="share"),
        pytest.param(words.share(0, 0), "0", id="share of nothing"),
        pytest.param(words.percent(0.9999), "99.9 %", id="nearly all is not all"),
        pytest.param(words.percent(0.0001), "< 0.1 %", id="hardly any is not none"),
        pytest.param(words.percent(1), "100.0 %", id="all"),
        pytest.param(many(1, "row"), "1 row", id="one"),
        pytest.param(many(2, "breach", "breaches"), "2 breaches", id="plural"),
        pytest.param(words.seconds(0.042), "0.04 s", id="short"),
        pytest.param(words.seconds(192.4), "3 min 12 s", id="minutes"),
        pytest.param(words.short("0123456789ab"), "01234567", id="digest"),
        pytest.param(words.bytes_(1_400_000), "1.4 MB", id="megabytes"),
        pytest.param(words.bytes_(12), "12 bytes", id="bytes"),
        pytest.param(words.ago(NOW - timedelta(minutes=12), now=NOW), "12 min ago", id="minutes ago"),
        pytest.param(words.ago(NOW - timedelta(days=1, hours=2), now=NOW), "1 day ago", id="a day ago"),
        pytest.param(words.ago(NOW - timedelta(days=90), now=NOW), "12 Dec 2025", id="long ago"),
        pytest.param(words.ago(NOW + timedelta(days=3), now=NOW), "in 3 days", id="ahead"),
        pytest.param(words.at(NOW), "12 Mar 2026, 12:00:00 UTC", id="absolute"),
        pytest.param(words.escape("a_b*|<i>"), r"a\_b\*\|\<i\>", id="markdown from a file"),
        pytest.param(words.prose("Use `a_b` of a_b."), r"Use `a_b` of a\_b\.", id="code in a sentence"),
    ],
)
def test_words(shown: str, wanted: str) -> None:
    assert shown == wanted


def test_every_state_of_a_run_has_a_look() -> None:
    from governance.states import State

    assert {state.value for state in State} <= STATES.keys()
    assert status("never heard of").word == "never heard of"
    assert state_markdown("published") == ":green-badge[:material/flag: published]"
    assert len(set(MARKS.values())) == 4
    assert severity_mark("critical") == "● critical"


def drawn(monkeypatch: pytest.MonkeyPatch, draw: Callable[[], None]) -> str:
    """The HTML that was put on the page, without its style."""
    bodies: list[str] = []
    monkeypatch.setattr(bars.st, "html", bodies.append)
    draw()
    (body,) = bodies
    return body.removeprefix(bars.STYLE)


def test_rows_bar_leaves_empty_parts_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"in": 10, "kept": 9, "quarantined": 1, "unreadable": 0}
    bar = drawn(monkeypatch, lambda: bars.rows_bar(rows, said='9 "kept"'))
    assert re.findall(r"flex:(\d+)", bar) == ["9", "1"]
    assert 'title="quarantined: 1 · 10.0 %"' in bar
    assert 'aria-label="9 &quot;kept&quot;"' in bar
    assert re.findall(r"</i>([^<]*)</div>", bar) == ["9 kept", ""], (
        "what has no room for its words has a title"
    )
    assert "9 kept" not in drawn(monkeypatch, lambda: bars.rows_bar(rows, said="", labels=False))


def test_colours_are_named_for_both_themes(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = drawn(monkeypatch, lambda: bars.rows_bar({"kept": 1}, said=""))
    assert f"--mark:light-dark({LIGHT['green']},{DARK['green']})" in bar


def test_trend_marks_what_is_below_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    points = made_inbox(ANA).quality[0].points
    red, blue = either("red"), either("blue")
    below = drawn(monkeypatch, lambda: bars.trend(points, 1.0, said="customers"))
    assert (below.count(red), below.count(blue)) == (len(points), 0)
    assert "promised 100.0 %" in below
    above = drawn(monkeypatch, lambda: bars.trend(points, 0.0, said="customers"))
    assert (above.count(red), above.count(blue)) == (0, len(points))
    assert "promised" not in drawn(monkeypatch, lambda: bars.trend(points, said="customers"))
    places = [float(one) for one in re.findall(r"(?:left|bottom|width):([\d.]+)%", below)]
    assert all(0 <= one <= 100 for one in places)


def made_inbox(who: Person):  # type: ignore[no-untyped-def]
    return Workspace.open(Settings(home=made().home)).see.inbox(who)


# the inbox


def test_first_visitor_runs_a_sample(fresh: Workspace) -> None:
    test = page("inbox", ANA)
    said = text(test)
    assert "Customers" in said
    assert "Divers" in said
    test.button(key="sample-divers").click().run()
    run = fresh.see.runs(ANA)[0]
    assert (run.dataset, run.state) == ("divers", "queued")
    assert test.session_state["going"] == ("submit", {"run": run.run})
    assert not test.exception


def test_first_visitor_who_may_not_submit_reads_why(fresh: Workspace) -> None:
    test = page("inbox", DAN)
    assert test.button(key="sample-customers").disabled
    assert DAN.why_not(Verb.SUBMIT) in text(test)


@pytest.mark.parametrize("who", [ANA, BEN, DAN], ids=lambda one: one.role)
@pytest.mark.usefixtures("house")
def test_inbox_of_each_role(who: Person) -> None:
    test = page("inbox", who)
    inbox = made_inbox(who)
    mine = sum(line.mine for line in inbox.waiting)
    said = text(test)
    assert f"Waiting for you :gray[{mine}]" in said
    assert f"Running :gray[{len(inbox.running)}]" in said
    for line in inbox.waiting:
        assert line.why_not in said
    assert not test.exception


@pytest.mark.usefixtures("house")
def test_inbox_opens_the_page_that_waits() -> None:
    test = page("inbox", BEN)
    line = next(line for line in made_inbox(BEN).waiting if line.run == made().waiting)
    test.button(key=f"open-{line.run}").click().run()
    assert test.session_state["going"] == (line.page, {"run": line.run})


@pytest.mark.usefixtures("house")
def test_inbox_sends_nobody_to_a_page_that_is_closed_to_them() -> None:
    assert {line.page for line in made_inbox(DAN).waiting} <= {"run", "versions"}


@pytest.mark.usefixtures("house")
def test_inbox_of_one_dataset() -> None:
    test = page("inbox", ANA, dataset="divers")
    said = text(test)
    assert "divers:" in said
    assert "customers:" not in said


@pytest.mark.usefixtures("house")
def test_analyst_is_led_to_the_versions() -> None:
    test = page("inbox", CLEO)
    assert CLEO.why_not(Verb.SEE_RUNS) in text(test)
    test.button(key="no-permission-button").click().run()
    assert test.session_state["going"] == ("versions", {})


# submit


def keep(workspace: Workspace, content: bytes) -> str:
    return workspace.keep_upload(ANA, content)


def test_submit_without_a_file_says_what_will_appear(fresh: Workspace) -> None:
    assert "No file yet" in text(page("submit", ANA))


def test_submit_shows_how_a_file_is_read_and_starts(fresh: Workspace) -> None:
    digest, file = fresh.keep_sample(ANA, "customers", rows=50, seed=7)
    test = page("submit", ANA, input=digest, file=file)
    said = text(test)
    assert "UTF-8, comma" in said
    assert "10 of the 10 columns that customers promises" in said
    assert test.dataframe[0].value.shape == (20, 10)
    test.button(key="submit-start").click().run()
    run = fresh.see.runs(ANA)[0]
    assert (run.dataset, run.file) == ("customers", "customers-seed-7.csv")
    assert run.run in test.query_params["run"]
    assert "Leaving the page is safe" in text(test)
    assert not test.exception


def test_who_may_not_see_values_sees_columns_only(fresh: Workspace) -> None:
    digest = keep(fresh, b"a;b\nsecret;2\nsecret;3\n")
    test = page("submit", BEN, input=digest, file="x.csv")
    assert not test.dataframe
    assert BEN.why_not(Verb.SEE_VALUES) in text(test)
    assert "secret" not in text(test)


def test_strange_columns_lead_to_a_draft(fresh: Workspace) -> None:
    digest = keep(fresh, b"depot;pieces\nA;2\nB;3\n")
    test = page("submit", ANA, input=digest, file="stock 2026.csv")
    assert "No contract fits these columns" in text(test)
    assert test.text_input(key=f"submit-name-{digest[:8]}").value == "stock_2026"


def test_a_draft_is_read_added_and_chosen(fresh: Workspace) -> None:
    digest = keep(fresh, b"depot;pieces\nA;2\nB;3\n")
    test = page("submit", ANA, input=digest, file="stock.csv")
    test.button(key="submit-draft-it").click().run()
    assert "depot" in test.text_area[0].value
    test.button(key="accept-pieces: type").click().run()
    test.button(key="reject-depot: required").click().run()
    assert not test.exception
    assert "reject-depot: required" not in {one.key for one in test.button}
    next(one for one in test.button if one.label == "Add this contract").click().run()
    column = fresh.house.contract_by_digest(fresh.house.contract("stock").digest).column("depot")
    assert column is not None
    assert not column.required, "the rejected suggestion is out of the contract"
    assert test.selectbox(key="submit-dataset").value == "stock"
    test.button(key="submit-start").click().run()
    assert fresh.see.runs(ANA)[0].dataset == "stock"
    assert not test.exception


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"\x00\x01\xff\x89PNG" * 400, "binary", id="binary"),
        pytest.param(b"\n\n \n", "only blank lines", id="blank"),
        pytest.param(b"", "empty", id="empty"),
    ],
)
def test_a_file_that_is_no_table_says_so(fresh: Workspace, content: bytes, sentence: str) -> None:
    test = page("submit", ANA, input=keep(fresh, content), file="x.csv")
    assert sentence in text(test)
    assert not test.exception


@pytest.mark.parametrize("digest", ["0" * 64, "../../ledger.db"], ids=["unknown", "a path"])
def test_an_address_made_up_shows_nothing(fresh: Workspace, digest: str) -> None:
    test = page("submit", ANA, input=digest, file="x.csv")
    assert "The vault does not have that file" in text(test)


def test_submit_is_closed_to_the_auditor(fresh: Workspace) -> None:
    assert DAN.why_not(Verb.SUBMIT) in text(page("submit", DAN))


@pytest.mark.usefixtures("house")
def test_a_run_that_stands_shows_what_to_do_next() -> None:
    test = page("submit", ANA, run=made().unplanned)
    test.button(key="next").click().run()
    assert test.session_state["going"][1] == {"run": made().unplanned}


def test_a_path_is_fetched(fresh: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "week.csv"
    file.write_text("a,b\n1,2\n3,4\n")
    test = page("submit", ANA)
    test.session_state["submit-way"] = "Path or S3"
    test.run()
    test.text_input(key="submit-source").set_value(str(file))
    next(one for one in test.button if one.label == "Look at it").click().run()
    assert "week.csv" in test.query_params["file"]


# the shell


@pytest.mark.parametrize("who", [ANA, BEN, CLEO, DAN], ids=lambda one: one.role)
@pytest.mark.usefixtures("house")
def test_the_shell_says_who_looks_and_what_they_may(monkeypatch: pytest.MonkeyPatch, who: Person) -> None:
    monkeypatch.setattr("pages.parts.worker.start_worker", lambda: None)
    test = page("desk", who)
    assert test.selectbox(key="persona").value == who.name
    assert any(one.value.startswith("May ") for one in test.sidebar.caption)
    assert not test.exception


@pytest.mark.usefixtures("house")
def test_changing_persona_forgets_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.worker.start_worker", lambda: None)
    test = page("desk", ANA)
    test.session_state["typed:draft"] = "half a sentence"
    test.selectbox(key="persona").set_value("ben").run()
    assert test.session_state["person"] == "ben"
    assert "typed:draft" not in test.session_state


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.0.2.2", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_loopback_only(address: str, local: bool) -> None:
    from app import is_loopback

    assert is_loopback(address) is local


def _server(home: Path, *options: str, **more: str) -> tuple[subprocess.Popen[str], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options]
    environment = {**os.environ, "GOVERNANCE_HOME": str(home), **more}
    server = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return server, f"http://127.0.0.1:{port}"


def _answer(url: str, seconds: float = 60) -> httpx.Response:
    until = time.monotonic() + seconds
    while True:
        try:
            return httpx.get(url, timeout=5)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


@pytest.mark.slow
def test_the_server_serves_metrics_and_its_worker_ends_with_it(tmp_path: Path) -> None:
    server, url = _server(tmp_path)
    try:
        assert _answer(f"{url}/healthz").json() == {"status": "ok", "worker": True}
        metrics = _answer(f"{url}/metrics")
        assert metrics.headers["content-type"].startswith("text/plain")
        assert "assay_rows" in metrics.text
        assert _answer(f"{url}/app/static/inter-latin.woff2").status_code == 200
        assert "Streamlit" in _answer(f"{url}/submit").text
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
    vault = Workspace.open(Settings(home=tmp_path)).house.bench.vault
    with vault.lock("worker-local", wait=False) as free:
        assert free


@pytest.mark.slow
def test_the_server_refuses_other_addresses(tmp_path: Path) -> None:
    server, _ = _server(tmp_path, "--server.address", "0.0.0.0")
    said, _ = server.communicate(timeout=90)
    assert server.returncode == 1
    assert "does not listen on 0.0.0.0" in said
    assert "Traceback" not in said
