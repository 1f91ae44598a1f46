"""The seventeen stages of a run while it is worked on: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from governance.cli.telling import plain

if TYPE_CHECKING:
    from governance.answers.runs import StageMark, Strip

LOOK = 0.2
"""Seconds between two looks at the ledger."""

ENDED = ("done", "skipped", "failed")
MARKS = {"done": ("✓", "green"), "skipped": ("–", "yellow"), "failed": ("✗", "red"), "running": ("●", "cyan")}
log = logging.getLogger("assay.cli")


class Display(Protocol):
    def show(self, strip: Strip) -> None: ...

    def close(self) -> None: ...


@contextmanager
def following(look: Callable[[], Strip], *, to_stderr: bool) -> Iterator[None]:
    """Show what `look` sees while the block runs. A display that fails never stops the work."""
    stream = sys.stderr if to_stderr else sys.stdout
    display: Display = Drawn(stream) if stream.isatty() else Lines(stream, look())
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(look, display, stop), name="progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
        display.close()


def _watch(look: Callable[[], Strip], display: Display, stop: threading.Event) -> None:
    """The last look is taken after the work has stopped, so that no stage is missed."""
    last = False
    while not last:
        last = stop.wait(LOOK)
        try:
            display.show(look())
        except Exception:
            log.exception("progress could not be shown")


class Lines:
    """One line when a stage finishes: none for what had finished before, one for each in a new revision."""

    def __init__(self, stream: TextIO, before: Strip) -> None:
        self.stream = stream
        self.told = {(mark.number, mark.seconds) for mark in before.stages if mark.state in ENDED}

    def show(self, strip: Strip) -> None:
        for mark in strip.stages:
            if mark.state in ENDED and (mark.number, mark.seconds) not in self.told:
                self.told.add((mark.number, mark.seconds))
                self.stream.write(f"{mark.number:>2} {mark.name:<12} {_seconds(mark):>8}  {_words(mark)}\n")
        self.stream.flush()

    def close(self) -> None:
        pass


class Drawn:
    """A table that is drawn again while it changes, and stays when the work is done."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live

        self.live = Live(console=Console(file=stream), refresh_per_second=8, transient=False)
        self.live.start()

    def show(self, strip: Strip) -> None:
        self.live.update(_drawn(strip))

    def close(self) -> None:
        self.live.stop()


def _drawn(strip: Strip) -> Any:
    from rich.table import Table
    from rich.text import Text

    title = Text(plain(f"{strip.dataset} · {strip.file} · {strip.state}"), style="bold")
    drawn = Table(box=None, pad_edge=False, title=title, title_justify="left", show_header=False)
    drawn.add_column(width=1)
    drawn.add_column(width=2, justify="right")
    drawn.add_column(width=12)
    drawn.add_column(width=9, justify="right")
    drawn.add_column()  # the only one that gives way on a narrow terminal
    for mark in strip.stages:
        sign, colour = MARKS.get(mark.state, ("·", "dim"))
        style = "" if mark.state in ENDED else "dim"
        words = Text(_words(mark), style=style, no_wrap=True, overflow="ellipsis")
        drawn.add_row(Text(sign, style=colour), str(mark.number), Text(mark.name), _seconds(mark), words)
    return drawn


def _seconds(mark: StageMark) -> str:
    return f"{mark.seconds:,.2f} s" if mark.seconds is not None else ""


def _words(mark: StageMark) -> str:
    said = plain(mark.summary or (mark.purpose if mark.state not in ENDED else ""))
    return f"failed: {said}" if mark.state == "failed" else said
