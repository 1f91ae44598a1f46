"""Ten thousand failing rows in twenty signatures, cleared without a mouse; and two people on one item."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from desk import LONG, Steward
from playwright.sync_api import Browser, Locator, Page, expect
from running import App

from benchmarks.browsing.parcels import COLUMNS, CONTRACT
from governance.people import person
from governance.review.choices import Action
from governance.settings import Settings
from governance.workspace import Workspace

pytestmark = pytest.mark.browser

ROWS = 20_000
MOST_ACTIONS = 60


def parcels(path: Path) -> Path:
    """Each column is missing in 500 rows and has an extension in 500 others; every row has one fault at most."""
    lines = [",".join(f"code_{n}" for n in range(COLUMNS))]
    for at in range(ROWS):
        cells = [f"{'abcdefghij'[n]}x{at % 1000:03d}" for n in range(COLUMNS)]
        fault = at % 40
        if fault < 2 * COLUMNS:
            cells[fault // 2] = "" if fault % 2 else cells[fault // 2] + " x12"
        lines.append(",".join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path


@dataclass
class Hands:
    """Someone at the keyboard: every key, and every text that is typed, is one action."""

    steward: Steward
    done: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.steward.page

    def key(self, key: str) -> None:
        self.steward.rest()
        self.page.keyboard.press(key)
        self.done.append(key)
        self.steward.rest()

    def reach(self, what: Locator) -> None:
        """Go there by Tab."""
        expect(what).to_be_visible(timeout=LONG)
        for _ in range(80):
            if what.evaluate("one => one === document.activeElement || one.contains(document.activeElement)"):
                return
            self.page.keyboard.press("Tab")
            self.done.append("Tab")
        raise AssertionError("Tab does not get there")

    def type(self, words: str, into: str) -> None:
        expect(self.page.locator(f"{into} input")).to_be_focused(timeout=LONG)
        self.page.keyboard.type(words)
        self.done.append("text")

    def reason(self, words: str) -> None:
        """A reason that was not given before; the cursor is there already."""
        self.type(words, "[class*='st-key-reason-']")
        self.key("Enter")


def house(app: App) -> Workspace:
    return Workspace.open(Settings(home=app.home))


def open_items(ws: Workspace, run: str) -> list[str]:
    return [item.key for item in ws.see.triage(person("ana"), run).items if item.state == "open"]


def search(hands: Hands, words: str) -> None:
    """S, the words in place of those before, Enter."""
    hands.key("s")
    hands.page.keyboard.press("Control+A")
    hands.type(words, ".st-key-triage-search")
    hands.key("Enter")


def submitted(hands: Hands, path: Path) -> str:
    """Submit a file by its path: Tab to the field, Enter, then the keys that the buttons name."""
    hands.steward.rest()
    hands.reach(hands.page.get_by_role("radio", name="Upload"))
    hands.key("ArrowRight")
    hands.key("Space")
    hands.reach(hands.page.get_by_role("textbox", name=re.compile("^Path on this machine")))
    hands.page.keyboard.type(str(path))
    hands.key("Enter")
    expect(hands.steward.button(re.compile("^Start"))).to_be_enabled(timeout=LONG)
    hands.key("Tab")  # out of the field, so that keys do what they say
    hands.key("Tab")
    hands.key("a")
    hands.page.wait_for_url(re.compile("run="), timeout=LONG)
    expect(hands.steward.button("Review")).to_be_enabled(timeout=LONG)
    run = hands.steward.run()
    hands.key("n")
    hands.page.wait_for_url(re.compile("/triage"), timeout=LONG)
    return run


def test_ten_thousand_rows_are_cleared_by_keyboard(app: App, page: Page, tmp_path: Path) -> None:
    ws, ana = house(app), person("ana")
    ws.add_contract(ana, CONTRACT.encode())
    hands = Hands(Steward(page, app.url))
    page.goto(f"{app.url}/submit")
    run = submitted(hands, parcels(tmp_path / "parcels.csv"))
    view = ws.see.triage(ana, run)
    assert view.failing == 10_000
    assert sum(item.kind == "cluster" for item in view.items) == 20
    hands.done.clear()

    hands.key("Enter")  # the breach is first: its reason
    hands.reason("told to the supplier")
    hands.key("a")
    search(hands, "wrong form")
    hands.key("j")
    for at in range(10):
        hands.key("f")
        if at == 0:
            hands.reason("slipped in at the counter")
        hands.key("a")
    search(hands, "missing")
    hands.key("Shift+A")
    hands.type("cannot be used", ".st-key-all-reason")
    hands.key("Enter")
    hands.key("a")
    assert open_items(ws, run) == []

    hands.key("n")
    page.wait_for_url(re.compile("/privacy"), timeout=LONG)
    hands.key("p")
    hands.steward.see(re.compile("Masking plan"))
    hands.key("a")
    hands.key("n")
    page.wait_for_url(re.compile("/release"), timeout=LONG)
    expect(hands.steward.button(re.compile("Approve candidate"))).to_be_enabled(timeout=LONG)
    hands.key("a")
    expect(hands.steward.button("Publish version 1")).to_be_enabled(timeout=LONG)
    hands.key("a")
    hands.steward.see(re.compile("Version 1 is published"))
    assert len(hands.done) <= MOST_ACTIONS, hands.done
    (version,) = ws.see.versions(person("dan"), "parcels").versions
    assert version.rows == 15_000


def test_the_second_of_two_is_told_and_loses_nothing(
    app: App, page: Page, browser: Browser, tmp_path: Path
) -> None:
    ws, ana = house(app), person("ana")
    ws.add_contract(ana, CONTRACT.encode())
    digest = ws.keep_upload(ana, parcels(tmp_path / "parcels.csv").read_bytes())
    run = ws.submit(
        ana, "parcels", input_digest=digest, file="parcels.csv", force=True
    )  # the first journey's file
    first = Steward(page, app.url)
    page.goto(f"{app.url}/triage?run={run}")
    first.see("Rows that fail, by signature")
    item = next(one for one in ws.see.triage(ana, run).items if one.kind == "cluster")
    where = f"{app.url}/triage?run={run}&item={item.key}&do=reject"
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        second = Steward(context.new_page(), app.url)
        second.page.goto(where)
        second.be("Ben")
        page.goto(where)
        second.write("Reason", "not what was ordered")
        first.write("Reason", "cannot be used")
        first.press(re.compile(r"^Reject [\d,]+ row"))
        second.press(re.compile(r"^Reject [\d,]+ row"))
        second.see(re.compile("Someone decided about this since you opened it"))
        second.see(re.compile("Ana.* rejected it"))
        expect(second.page.get_by_label("Reason", exact=True).first).to_have_value("not what was ordered")
    finally:
        context.close()
    (decision,) = ws.see.triage(ana, run).decisions
    assert (decision.person, decision.action, decision.reason) == ("Ana", Action.REJECT, "cannot be used")
