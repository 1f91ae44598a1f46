"""The latency of the review workbench in RESULTS.md: what was measured in a browser, beside the same on a small run."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.markdown import budget_met, table
from benchmarks.running import Said

BUDGETED_ROWS = 1_000_000
"""Rows of the run that the budgets are meant for."""
WIRE = 250
"""Kilobytes of a page, at most."""

PAGES = ("triage", "run", "privacy", "release", "inbox")
ACTIONS: dict[str, tuple[str, int | None]] = {
    **{f"{page}_followed": (f"{page}, by its link, whole", 1_000) for page in PAGES},
    "painted": ("triage, by its address: list and card can be read", 1_000),
    **{page: (f"{page}, by its address, whole", 1_000) for page in PAGES},
    "card": ("J, until the next card's heading stands", 300),
    "card_whole": ("J, until all of the card stands, nobody having opened it before", None),
    "rows": ("a card opened: all its rows", 1_000),
    "search": ("a search in all its rows", 1_000),
    "preview": ("F, until the effect of the proposed fix stands", 2_000),
    "preview_typed": ("an expression typed, until its effect stands", 2_000),
    "apply": ("A, until the fix is applied and the next item open", 5_000),
    "revision": ("A, until a worker has computed the new revision", None),
    "card_after": ("J in that revision, until the next card's heading stands", 300),
    "card_after_whole": ("J in that revision, until all of the card stands", None),
}
"""What is measured, in words, and its budget in milliseconds."""


def latency(found: Sequence[Said]) -> str:
    """The section; of a machine without a browser, that it was not measured."""
    head = "## A steward in the browser"
    if skipped := next((one["skipped"] for one in found if "skipped" in one), ""):
        return f"{head}\n\n{skipped[0].upper()}{skipped[1:]}."
    small, large = found[0], found[-1]
    columns = [f"{one['rows']:,} rows" for one in (small, large)]
    times = table(["action", *(f"{one}, ms" for one in columns), "ratio", "budget, ms"], _rows(small, large))
    wire = table(["page", *(f"{one}, KB" for one in columns), "budget, KB"], _wire(small, large))
    sizes = " and ".join(f"{one['rows']:,} rows ({one['counts']['failing']:,} fail)" for one in found)
    return f"""{head}

Headless Chromium {large["chromium"]} and the app, its worker beside it, on the same two cores: runs of
{sizes}, in twenty signatures of which the
largest holds half of the failing rows. Each run was prepared before, by a worker that needed {large["seconds"]:.1f} s
for the larger. A time goes from the key or the click, or from the start of the navigation, to the frame in which what was
expected had been drawn; a page or a card is *whole* when its script has ended and nothing in it changes any more.
*By its link* is the way from page to page within the app; *by its address* the browser loads everything anew, of which
an empty page of the same framework needs about half a second here. Everything
was first done once on another small run. Pages were then opened three times after a first time, and six cards opened
that nobody had opened before: the medians. The rest was done once, as it is done once in life: the first look at a
preview. Budgets are those of a million rows.

{times}

Over the wire, in kilobytes: heads and bodies of answers as they were sent, and every frame of the WebSocket in both
directions. Files that the browser has cached (scripts, styles and fonts, whose names change with what they hold) cost
nothing when warm.

{wire}"""


def _rows(small: Said, large: Said) -> list[list[str]]:
    return [
        [words, f"{small['actions'][name]:,.0f}", f"**{large['actions'][name]:,.0f}**",
         f"{large['actions'][name] / small['actions'][name]:.1f} ×",
         budget_met(large["actions"][name], _meant(most, large))]
        for name, (words, most) in ACTIONS.items()
    ]  # fmt: skip


def _wire(small: Said, large: Said) -> list[list[str]]:
    return [
        [page, f"{small['bytes'][page] / 1e3:,.0f}", f"**{count / 1e3:,.0f}**", budget_met(count / 1e3, WIRE)]
        for page, count in large["bytes"].items()
    ]


def _meant(most: int | None, said: Said) -> int | None:
    return most if said["rows"] >= BUDGETED_ROWS else None
