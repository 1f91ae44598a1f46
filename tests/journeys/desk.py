"""A steward's hands: clicks and words by role and label, never by CSS class."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, WebSocket, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LONG = 90_000
CALM = 3
"""Looks, one after the other, at which the page must be at rest."""
IDLE = """() => new Promise(done => requestIdleCallback(
    () => requestAnimationFrame(() => setTimeout(done, 50)), { timeout: 2000 }))"""
"""The browser has drawn what came, has nothing else to do, and has had a moment to ask for more."""


@dataclass
class Traffic:
    """What a page and its script have said to each other, from which it is known whether the script runs or is
    about to: it was asked for and has not begun, it has begun and not ended, or it ended to run once more."""

    asked: bool = False
    running: bool = False
    messages: int = 0

    def watch(self, page: Page) -> None:
        page.on("domcontentloaded", lambda _: self._loads())
        page.on("websocket", self._opened)

    def _loads(self) -> None:
        self.asked = True

    def _opened(self, socket: WebSocket) -> None:
        if "/_stcore/stream" in socket.url:
            self.asked = True
            socket.on("framesent", self._sent)
            socket.on("framereceived", self._received)

    def _sent(self, data: str | bytes) -> None:
        if isinstance(data, bytes) and BackMsg.FromString(data).HasField("rerun_script"):
            self.asked = True

    def _received(self, data: str | bytes) -> None:
        self.messages += 1
        message = ForwardMsg.FromString(data) if isinstance(data, bytes) else ForwardMsg()
        if message.HasField("new_session"):
            self.asked, self.running = False, True
        elif message.HasField("script_finished"):
            self.running = False
            self.asked |= message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


@dataclass(frozen=True)
class Steward:
    """Someone at the browser, who is there before the page is."""

    page: Page
    url: str
    traffic: Traffic = field(default_factory=Traffic)

    def __post_init__(self) -> None:
        assert self.page.url == "about:blank", "who comes later has not heard what the page's script said"
        self.traffic.watch(self.page)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name).first

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button once it can be pressed and the page has come to rest."""
        self.rest()
        button = self.button(name)
        expect(button).to_be_enabled(timeout=LONG)
        button.click()
        self.rest()

    def rest(self) -> None:
        """Wait until the page's script has come to rest: a verb runs it twice, with a moment between."""
        calm, deadline, heard = 0, time.monotonic() + LONG / 1000, -1
        while calm < CALM:
            assert time.monotonic() < deadline, f"the page does not come to rest: {self.traffic}"
            self.page.evaluate(IDLE)
            talking = self.traffic.asked or self.traffic.running or self.traffic.messages != heard
            calm, heard = 0 if talking else calm + 1, self.traffic.messages

    def be(self, name: str) -> None:
        """Become another persona."""
        self.page.get_by_role("combobox", name="Who you are").click()
        self.page.get_by_role("option", name=re.compile(rf"^{name} ·")).click()
        expect(self.page.get_by_role("combobox", name="Who you are")).to_have_value(re.compile(name))
        self.rest()

    def write(self, label: str, words: str) -> None:
        """Fill a field and leave it, which is when Streamlit takes it. A field that offers what was written
        before is a combobox, where Enter takes what is typed."""
        field = self._field(label, exact=True)
        if not field.count():
            field = self._field(label, exact=False)
        expect(field).to_be_visible(timeout=LONG)
        offers = field.get_attribute("role") == "combobox"
        field.fill(words)
        field.press("Enter" if offers else "Tab")
        self.rest()

    def _field(self, label: str, *, exact: bool) -> Locator:
        """A field by its label: "Reason" is not "Reason code" where both are there."""
        text, offer = (
            self.page.get_by_role(role, name=label, exact=exact) for role in ("textbox", "combobox")
        )
        return text.or_(offer).first

    def go(self, page: str) -> None:
        """To another page of the same run, by the strip's own link."""
        self.page.get_by_role("link", name=page, exact=True).last.click()
        self.page.wait_for_url(re.compile(f"/{page.lower()}"))
        self.rest()

    def see(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=LONG)

    def run(self) -> str:
        """The run that the address names."""
        found = re.search(r"run=([0-9a-f]+)", self.page.url)
        assert found, self.page.url
        return found.group(1)

    def open_item(self, title: str) -> None:
        self.rest()
        self.button(re.compile(rf"{re.escape(title)}[\s\d,]*$")).click()
        expect(self.page.get_by_role("heading", name=title)).to_be_visible(timeout=LONG)
        self.rest()

    def decide(self, title: str, verb: str, reason: str) -> None:
        """Open an item, choose a verb, see what it would do, give the reason and apply."""
        self.open_item(title)
        self.press(re.compile(rf"\b{verb}\b"))
        self.see("What this would do")
        self.write("Reason", reason)
        self.press(re.compile(rf"^(Apply {verb.lower()}|{verb} [\d,]+ row)"))

    def download(self, name: str | re.Pattern[str], to: Path) -> str:
        """Press a download and read what came."""
        self.rest()
        with self.page.expect_download(timeout=LONG) as waiting:
            self.button(name).click()
        path = to / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path.read_text()
