"""What belongs to one visitor: notices that are seen, an address that is whole, and nothing a page closed coming back."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from pages.parts import session


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that a browser was told of."""
    said: list[str] = []
    send = QueryParams._send_query_param_msg

    def remember(self: QueryParams) -> None:
        send(self)
        said.append("&".join(f"{name}={value}" for name, value in self.to_dict().items()))

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", remember)
    return said


def noticing() -> None:
    import streamlit as st

    from pages.parts.session import notices, notify

    for text in st.session_state.pop("say", []):
        notify(text)
    notices()


def shown(page: AppTest, *say: str) -> list[str]:
    if say:
        page.session_state["say"] = list(say)
    return [one.value for one in page.run().toast]


def test_a_notice_outlives_a_run_that_comes_at_once(clock: Clock) -> None:
    page = AppTest.from_function(noticing)
    assert shown(page) == []
    assert shown(page, "Fixed 1 row.") == ["Fixed 1 row."]
    clock.now += 1
    assert shown(page) == ["Fixed 1 row."], "the revision was computed a second later"
    assert shown(page, "Revision 2 is computed.") == ["Fixed 1 row.  \nRevision 2 is computed."]
    clock.now += session.SHOWN - 1
    assert shown(page) == ["Revision 2 is computed."]
    clock.now += 1
    assert shown(page) == []


def test_a_notice_waits_for_the_page_that_can_show_it(clock: Clock) -> None:
    def nothing_yet() -> None:
        import streamlit as st

        from pages.parts.session import notices, notify

        if st.session_state.pop("say", False):
            notify("The plan is approved.")
        elif st.session_state.get("here"):
            notices()

    page = AppTest.from_function(nothing_yet)
    page.session_state["say"] = True
    assert not page.run().toast
    clock.now += 60
    page.session_state["here"] = True
    assert [one.value for one in page.run().toast] == ["The plan is approved."]


def run_at(script: Callable[[], None], here: dict[str, str], **state: object) -> None:
    """Run a script once at an address, with something in its visitor's session."""
    page = AppTest.from_function(script)
    page.query_params.update(here)
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception


def going() -> None:
    import streamlit as st

    from pages.parts.session import stay

    stay(**st.session_state.get("to", {}))


@pytest.mark.parametrize(
    ("here", "to", "wanted"),
    [
        pytest.param({"run": "a"}, {"do": "fix", "repair": "trim"}, ["run=a&do=fix&repair=trim"], id="two more parts"),
        pytest.param(
            {"run": "a", "do": "fix", "repair": "trim"},
            {"item": "b", "do": "", "repair": ""},
            ["run=a&item=b"],
            id="a part and without two",
        ),
        pytest.param({"run": "a", "do": "fix"}, {"do": "waive"}, ["run=a&do=waive"], id="another value"),
        pytest.param({"run": "a"}, {"run": "a", "do": ""}, [], id="nothing changes"),
    ],
)  # fmt: skip
def test_the_browser_hears_of_an_address_once(
    told: list[str], here: dict[str, str], to: dict[str, str], wanted: list[str]
) -> None:
    run_at(going, here, to=to)
    assert told == wanted, "a step back takes all of it back"


def choosing() -> None:
    import streamlit as st

    from pages.parts.repairs import _how

    st.session_state["how"] = st.session_state["chosen"]
    _how("how")


@pytest.mark.parametrize(
    ("here", "chosen", "wanted"),
    [
        pytest.param({"do": "fix"}, "by-hand", ["do=fix&repair=by-hand"], id="into the grid"),
        pytest.param({"do": "fix", "repair": "by-hand"}, "trim", ["do=fix&repair=trim"], id="out of it"),
        pytest.param({"do": "fix"}, "trim", [], id="between repairs"),
        pytest.param({"item": "b"}, "by-hand", [], id="a browser that is late: the panel is closed"),
    ],
)
def test_the_way_to_the_grid_is_in_the_address_while_a_panel_is_open(
    told: list[str], here: dict[str, str], chosen: str, wanted: list[str]
) -> None:
    run_at(choosing, here, chosen=chosen)
    assert told == wanted


def test_a_fragment_that_ends_puts_the_address_back_in_one_word(clock: Clock, told: list[str]) -> None:
    def ending() -> None:
        import streamlit as st

        from pages.parts.session import rerun_here, stay

        if st.session_state.pop("ends", False):
            stay(item="b", do="", page="2")
            st.query_params.from_dict({"item": "a", "do": "fix"})
            rerun_here()

    run_at(ending, {}, ends=True)
    assert told == ["item=b&page=2", "item=a&do=fix", "item=b&page=2"]
