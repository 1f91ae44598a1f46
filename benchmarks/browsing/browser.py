"""Chromium with a stop-watch of its own: it starts with a key or a navigation and stops in the frame after what was
expected stands in the page. Nothing is polled: a MutationObserver sees each change of the page."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.job import NotHere

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
ARGUMENTS_QUIET = ("--disable-background-networking", "--disable-component-update")
LONG = 180_000
"""Milliseconds after which what was expected is said not to come."""

CALM = 700
"""Milliseconds without a change of the page after which it has come to rest. They are not part of any time: what
counts is the frame that showed the last change."""

STOPWATCH = """(() => {
  let started = 0, waits = [];
  for (const kind of ['keydown', 'pointerdown'])
    addEventListener(kind, event => { started = event.timeStamp; }, true);
  const running = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'running';
  const stands = wanted => [...document.querySelectorAll(wanted.selector)].some(one =>
    !one.closest('[data-stale="true"]') && one.getClientRects().length
    && one.textContent.includes(wanted.text) && (!wanted.but || one.textContent !== wanted.but));
  const drawn = then => requestAnimationFrame(() => setTimeout(() => then(performance.now() - started)));
  const until = wanted => new Promise(done => {
    let ran = false, changes = 0;
    const end = at => { observer.disconnect(); done(at); };
    const look = () => {
      const change = ++changes;
      ran ||= running();
      if (!stands(wanted)) return;
      if (!wanted.rest) { observer.disconnect(); drawn(done); return; }
      if (ran && !running())
        drawn(at => setTimeout(() => { if (change === changes) end(at); }, CALM));
    };
    const observer = new MutationObserver(look);
    observer.observe(document, {subtree: true, childList: true, characterData: true, attributes: true,
      attributeFilter: ['data-stale', 'data-test-script-state', 'disabled']});
    look();
  });
  window.stopwatch = {
    arm: wanted => { waits = wanted.map(until); },
    read: () => Promise.all(waits),
  };
})();""".replace("CALM", str(CALM))


@dataclass(frozen=True)
class Wanted:
    """What must stand in the page: an element that is no remnant of the script's last run and holds a text.

    `but`: its text is not this one. `rest`: and the script has run to its end, and the page changes no more.
    """

    selector: str
    text: str = ""
    but: str = ""
    rest: bool = False

    def said(self) -> dict[str, Any]:
        return {"selector": self.selector, "text": self.text, "but": self.but, "rest": self.rest}


@dataclass
class Wire:
    """Bytes between browser and server since `fresh`: bodies and heads of answers as they were sent, and the frames
    of the WebSocket in both directions. What comes from the browser's cache costs nothing."""

    got: int = 0
    cached: set[str] = field(default_factory=set)

    def watch(self, session: CDPSession) -> None:
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda said: self._add(int(said["encodedDataLength"])))
        session.on("Network.webSocketFrameReceived", self._frame)
        session.on("Network.webSocketFrameSent", self._frame)

    def fresh(self) -> None:
        self.got = 0

    def _add(self, count: int) -> None:
        self.got += count

    def _frame(self, said: Any) -> None:
        frame = said["response"]
        text = frame["payloadData"]
        self._add(len(base64.b64decode(text)) if frame["opcode"] == 2 else len(text.encode()))


@dataclass(frozen=True)
class Browser:
    """One window of 1440 × 900. Times are milliseconds."""

    page: Page
    wire: Wire
    version: str

    def load(self, url: str, *wanted: Wanted) -> tuple[list[float], int]:
        """Milliseconds from the navigation until each stands, and bytes over the wire."""
        self.wire.fresh()
        self.page.goto(url, wait_until="commit")
        self._arm(wanted)
        return self._read(), self.wire.got

    def press(self, key: str, *wanted: Wanted) -> list[float]:
        """Milliseconds from the key until each stands."""
        self._arm(wanted)
        self.page.keyboard.press(key)
        return self._read()

    def follow(self, link: str, *wanted: Wanted) -> list[float]:
        """Milliseconds from the click on a link until each stands."""
        self._arm(wanted)
        self.page.locator(link).first.click()
        return self._read()

    def _arm(self, wanted: Sequence[Wanted]) -> None:
        self.page.evaluate("wanted => stopwatch.arm(wanted)", [one.said() for one in wanted])

    def _read(self) -> list[float]:
        found: list[float] = self.page.evaluate(
            "most => Promise.race([stopwatch.read(), new Promise((_, no) => setTimeout("
            "() => no(new Error('it does not come')), most))])",
            LONG,
        )
        return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser whose cache is empty. Raises NotHere on a machine without Chromium."""
    from playwright.sync_api import sync_playwright  # optional: only `make bench` installs it

    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise NotHere("Chromium is not installed here: the latency of the pages was not measured")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *ARGUMENTS_QUIET])
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        context.add_init_script(STOPWATCH)
        page, wire = context.new_page(), Wire()
        page.set_default_timeout(LONG)
        wire.watch(context.new_cdp_session(page))
        try:
            yield Browser(page, wire, chromium.version)
        finally:
            chromium.close()
