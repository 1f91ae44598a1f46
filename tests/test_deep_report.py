"""The deep report: who may ask, the same sample every time, made by a process of its own that reaches no network."""

from __future__ import annotations

import socket
import sys

import pytest
from drive import ANA, BEN, CLEO, DAN, Desk
from published_house import page, text
from streamlit.testing.v1 import AppTest

from governance.deep import making
from governance.deep.making import SAMPLE, sample_sql, sealed
from governance.errors import NotPermitted, Stale, TerminalFault
from governance.people import Person
from governance.stages import Stage
from governance.stages.quarantine import Split
from pages.parts.deep import framed
from storage.models import AuditEvent, DeepReport

STANDS_IN = "import sys; open(sys.argv[2], 'w').write('<html><head></head>' + open(sys.argv[1], 'rb').read(4).decode())"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that writes at once what it was given: the profiler itself has a test of its own."""
    run = making.subprocess.run

    def instead(command: list[str], **how: object) -> object:
        return run([sys.executable, "-c", STANDS_IN, *command[3:]], **how)  # type: ignore[call-overload]

    monkeypatch.setattr(making.subprocess, "run", instead)


def seen(desk: Desk, run: str, who: Person, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GOVERNANCE_HOME", str(desk.home))
    return page("run", who, run=run, tab="Reports")


@pytest.mark.parametrize("who", [BEN, CLEO, DAN], ids=lambda who: who.name)
def test_only_who_may_see_values_gets_one(desk: Desk, run: str, who: Person) -> None:
    for ask in (desk.ws.ask_deep_report, desk.ws.see.deep_report, desk.ws.see.deep_report_html):
        with pytest.raises(NotPermitted):
            ask(who, run)
    assert not desk.rows_of(DeepReport)


@pytest.mark.usefixtures("quick")
def test_from_asking_to_the_file(desk: Desk, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Stale, match="nobody asked"):
        desk.ws.see.deep_report_html(ANA, run)
    shown = seen(desk, run, ANA, monkeypatch)
    shown.button(key="ask-deep").click().run()
    assert not shown.exception
    assert "waits for a worker" in text(shown)
    assert desk.ws.ask_deep_report(ANA, run).state == "queued", "asked twice, made once"
    assert desk.work() == 1
    found = desk.ws.see.deep_report(ANA, run)
    assert found
    assert (found.state, found.rows, found.error) == ("done", found.of, "")
    assert desk.ws.see.deep_report_html(ANA, run).endswith("PAR1")
    assert "Made of" in text(seen(desk, run, ANA, monkeypatch))
    assert "may not see personal data" in text(seen(desk, run, DAN, monkeypatch))
    said = [event.action for event in desk.rows_of(AuditEvent) if "deep" in event.action]
    assert said == ["deep report asked for", "deep report done"]


def test_a_failure_is_said_and_can_be_tried_again(
    desk: Desk, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = making.subprocess.run
    broken = [sys.executable, "-c", "raise ValueError('a value of a row')"]
    monkeypatch.setattr(making.subprocess, "run", lambda _command, **how: real(broken, **how))
    desk.ws.ask_deep_report(ANA, run)
    desk.work()
    found = desk.ws.see.deep_report(ANA, run)
    assert found
    assert (found.state, found.error) == ("failed", "The profiler stopped (ValueError). Ask for it again.")
    shown = seen(desk, run, ANA, monkeypatch)
    assert "The profiler stopped (ValueError)" in text(shown)
    assert shown.button(key="ask-deep").label == "Try again"
    with pytest.raises(TerminalFault, match="could not be made"):
        desk.ws.see.deep_report_html(ANA, run)
    assert desk.ws.ask_deep_report(ANA, run).state == "queued"


def test_the_sample_is_the_same_every_time(desk: Desk, run: str) -> None:
    from governance.journal import Journal

    split = Journal(desk.ws.house, run, "customers", 0).known(Stage.QUARANTINE, Split)
    assert split
    with desk.ws.house.bench.engine() as engine:
        first, again = (engine.rows(sample_sql(split.kept, 50)) for _ in range(2))
        names = engine.columns(f"({sample_sql(split.kept, 50)})")
    assert first == again
    assert len(first) == 50
    assert not any(name.startswith("_") for name in names)
    assert SAMPLE == 10_000


def test_the_profiler_writes_one_file_without_a_network(
    desk: Desk, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real thing, on two columns."""
    two = lambda kept: f"SELECT income, account_status FROM ({sample_sql(kept, 100)})"  # noqa: E731
    monkeypatch.setattr(making, "sample_sql", two)
    desk.ws.ask_deep_report(ANA, run)
    desk.work()
    found = desk.ws.see.deep_report(ANA, run)
    assert found
    assert found.state == "done", found.error
    report = desk.ws.see.deep_report_html(ANA, run)
    assert "Content-Security-Policy" in report
    assert not any(loads in report for loads in ('src="http', "@import", 'rel="stylesheet" href="http'))
    assert "data_profiling" not in sys.modules


def test_the_child_refuses_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    from governance.deep.child import shut_network

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, getattr(socket.socket, name))
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    shut_network()
    with pytest.raises(OSError, match="no network"):
        socket.create_connection(("127.0.0.1", 9))


def test_a_report_is_sealed_and_framed() -> None:
    report = sealed('<!doctype html><html><head lang="en"><title>x</title></head><body>"</body></html>')
    assert report.index("default-src 'none'") < report.index("<title>")
    minified = sealed("<!doctype html><html lang=en><meta charset=utf-8><title>x</title>")
    assert minified.startswith("<!doctype html><html lang=en><meta http-equiv=")
    frame = framed(report)
    assert 'sandbox="allow-scripts"' in frame
    assert "allow-same-origin" not in frame
    assert "<title>" not in frame
