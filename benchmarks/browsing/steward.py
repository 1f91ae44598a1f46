"""A steward's day on one run: its pages, its cards, all rows of one, a fix seen and applied.

The run is prepared by a worker before the app starts. Everything is first done once on a small run of the same app,
so that modules, the browser's cache and the engine are warm; the run that is measured is one that nobody looked at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.act_one import ANA
from benchmarks.browsing import parcels
from benchmarks.browsing.browser import Browser, Wanted, browsing
from benchmarks.browsing.serving import serving
from benchmarks.job import Answer, Done, Job
from benchmarks.machine import environment
from governance import runner
from governance.settings import Settings
from governance.workspace import Workspace

TITLE = "a steward in the browser"
DELIVERS = "milliseconds"
WARMS_ITSELF = True
WARM_RUN = 2_000
CARDS, LOADS = 6, 3
HEADING = "[class*='st-key-card'] h4"
ITEM = "[class*='st-key-items'] button"
MENU = "[data-testid='stSidebarNav'] a[href$='/']"
PAGES = ("run", "privacy", "release", "inbox")


@dataclass
class Taken:
    """Milliseconds of each action, in the order they were taken, and bytes of each page."""

    times: dict[str, list[float]] = field(default_factory=dict)
    wire: dict[str, int] = field(default_factory=dict)

    def add(self, **times: float) -> None:
        for name, time_taken in times.items():
            self.times.setdefault(name, []).append(time_taken)


def run(job: Job) -> Done:
    """Everything of one size, and before it a small run to warm the app."""
    workspace = Workspace.open(Settings(home=job.home))
    with browsing():
        pass  # a machine without a browser is found out before anything is prepared; a worker runs beside no event loop
    seconds, warm, measured = _prepared(workspace, job)
    there = {**environment(), "GOVERNANCE_PERSON": ANA.name}
    with browsing() as browser, serving(job.home, job.home / "app.log", environment=there) as url:
        for one in (warm, measured):
            taken = Desk(browser, url, workspace, one).day()
    told: dict[str, Any] = {
        "chromium": browser.version,
        "actions": {name: round(median(times), 1) for name, times in taken.times.items()},
        "each": {name: [round(one, 1) for one in times] for name, times in taken.times.items()},
        "bytes": taken.wire,
    }
    failing = workspace.see.triage(ANA, measured).failing
    return lambda: Answer({"rows": job.rows, "failing": failing}, parts={"all": seconds}, more=told)


def _prepared(workspace: Workspace, job: Job) -> tuple[float, str, str]:
    """Seconds that a worker needed for the run, the run that warms, and that run."""
    workspace.add_contract(ANA, parcels.CONTRACT.encode())
    with runner.working(workspace.house) as worker:
        assert worker
        runs = []
        for data in (parcels.made(job.home / "files", rows=WARM_RUN), job.data):
            started = time.perf_counter()
            digest, file = workspace.fetch(ANA, str(data))
            runs.append(workspace.submit(ANA, "parcels", input_digest=digest, file=file))
            while worker.run_one():
                pass
            seconds = time.perf_counter() - started
    return seconds, runs[0], runs[1]


@dataclass
class Desk:
    """One run at the browser."""

    browser: Browser
    url: str
    workspace: Workspace
    run: str
    taken: Taken = field(default_factory=Taken)

    def day(self) -> Taken:
        """Everything, once: the run has one more revision afterwards."""
        self._pages()
        self.browser.load(self._at("run", run=self.run), Wanted("h1", rest=True))
        self._links()
        self._cards("card", "card_whole")
        self._rows()
        self._fix()
        self._cards("card_after", "card_after_whole")
        return self.taken

    def _at(self, page: str, **query: str) -> str:
        return f"{self.url}/{page}?" + "&".join(f"{name}={value}" for name, value in query.items())

    def _pages(self) -> None:
        """Each page once to warm it, then as often as counts."""
        for _ in range(1 + LOADS):
            standing = (Wanted(ITEM), Wanted(HEADING), Wanted(HEADING, rest=True))
            (line, card, rest), got = self.browser.load(self._at("triage", run=self.run), *standing)
            self._page("triage", rest, got, painted=max(line, card))
        for page in PAGES:
            for _ in range(1 + LOADS):
                (rest,), got = self.browser.load(self._at(page, run=self.run), Wanted("h1", rest=True))
                self._page(page, rest, got)

    def _links(self) -> None:
        """The same pages from one to the next, as a steward goes: once around to warm them, then as often as counts."""
        for round_ in range(1 + LOADS):
            for page in ("triage", "privacy", "release", "inbox", "run"):
                link = MENU if page == "inbox" else f"a[href='{page}?run={self.run}']"
                (rest,) = self.browser.follow(link, Wanted("h1", rest=True))
                if round_:
                    self.taken.add(**{f"{page}_followed": rest})

    def _page(self, page: str, rest: float, got: int, **more: float) -> None:
        """The first look is the one that warms."""
        if page not in self.taken.wire:
            self.taken.wire[page] = 0
            return
        self.taken.wire[page] = max(got, self.taken.wire[page])
        self.taken.add(**{page: rest}, **more)

    def _cards(self, card: str, whole: str) -> None:
        """From the first item down, to cards that nobody has opened; the largest is the second."""
        self.browser.load(self._at("triage", run=self.run), Wanted(HEADING, rest=True))
        for _ in range(CARDS):
            heading, rest = self.browser.press("j", *self._other_card())
            self.taken.add(**{card: heading, whole: rest})

    def _other_card(self) -> Iterator[Wanted]:
        """Another heading than the one that stands, and that with everything below it."""
        before = self.browser.page.locator(HEADING).first.text_content() or ""
        yield Wanted(HEADING, but=before)
        yield Wanted(HEADING, but=before, rest=True)

    def _rows(self) -> None:
        """All rows of the largest card, and a search in them."""
        self._open_largest()
        grid = "[class*='st-key-all-rows'] [data-testid='stDataFrame'] canvas"
        (rows,) = self.browser.press("Enter", Wanted(grid, rest=True))
        self.browser.page.get_by_role("textbox", name="Search in all columns").first.fill("x12")
        (search,) = self.browser.press("Enter", Wanted(grid, rest=True))
        self.taken.add(rows=rows, search=search)

    def _open_largest(self, **more: str) -> None:
        items = self.workspace.see.triage(ANA, self.run).items
        largest = max((item for item in items if item.kind == "cluster"), key=lambda item: item.rows)
        assert largest.title.startswith(parcels.LARGEST), largest.title
        self.browser.load(
            self._at("triage", run=self.run, item=largest.key, **more), Wanted(HEADING, rest=True)
        )

    def _fix(self) -> None:
        """The ready-made repair's effect, that of an expression, and the repair applied."""
        page, preview = self.browser.page, "[class*='st-key-preview']"
        self._open_largest()
        (shown,) = self.browser.press("f", Wanted(preview, rest=True))
        ready = page.url
        self._open_largest(do="fix", repair="expression")
        page.get_by_role("textbox", name="New value of code_0").first.fill("substr(code_0, 1, 5)")
        (typed,) = self.browser.press("Enter", Wanted(preview, rest=True))
        self.browser.load(ready, Wanted(preview, rest=True))
        verb = "[class*='st-key-apply'] button:enabled"
        if not page.locator(verb).count():  # the first time; then the usual reason stands there
            page.locator("[class*='st-key-reason-'] input").first.fill("slipped in at the counter")
            self.browser.press("Enter", Wanted(verb, rest=True))
        other, _ = self._other_card()
        applied, computed = self.browser.press("a", other, Wanted("[data-testid='stToast']", "is computed"))
        self.taken.add(preview=shown, preview_typed=typed, apply=applied, revision=computed)
