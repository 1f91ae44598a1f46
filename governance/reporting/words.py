"""How figures, moments and states read in every report."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from governance.findings import Note
from governance.release import ReleaseFacts

NONE = "–"
GOOD, WARN, BAD, IDLE = "good", "warn", "bad", "idle"
TONES = {
    "published": GOOD,
    "done": GOOD,
    "ok": GOOD,
    "approved": GOOD,
    "clear": GOOD,
    "finished": GOOD,
    "succeeded": GOOD,
    "awaiting_review": WARN,
    "needs_review": WARN,
    "running": WARN,
    "releasing": WARN,
    "failed": BAD,
    "rejected": BAD,
    "refused": BAD,
    "critical": BAD,
    "high": BAD,
    "medium": WARN,
}
PARTS = (("kept", GOOD), ("quarantined", WARN), ("unreadable", BAD))


@dataclass(frozen=True)
class Part:
    """One part of the rows that came in; `share` is 0–1."""

    name: str
    tone: str
    rows: int
    share: float


def count(value: int | None) -> str:
    return NONE if value is None else f"{value:,}"


def percent(value: float | None) -> str:
    """A share as a percentage. Nearly all is never shown as all, nor hardly any as none."""
    if value is None:
        return NONE
    if 0 < value < 0.0005:
        return "< 0.1 %"
    return "> 99.9 %" if 0.9995 <= value < 1 else f"{value * 100:.1f} %"


def seconds(value: float) -> str:
    if value < 0.0005:
        return "0 ms"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def size(value: int | None) -> str:
    """Bytes in decimal units (1 kB = 1,000 bytes)."""
    if value is None:
        return NONE
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if value >= factor:
            return f"{value / factor:.1f} {unit}"
    return f"{value:,} bytes"


def when(iso: str) -> str:
    """An ISO moment in UTC, to the minute; what is no moment is shown as it is."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return shown(iso) or NONE
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def tone(state: str) -> str:
    """Which of four tones a state or severity is drawn in."""
    return TONES.get(state.lower(), IDLE)


def word(state: str) -> str:
    """A state as a word: `AWAITING_REVIEW` reads Awaiting review."""
    return shown(state).replace("_", " ").capitalize()


def shown(text: str) -> str:
    """A name with its invisible and direction-changing characters made visible; line breaks become spaces."""
    spaced = " ".join(text.split()) if any(c in text for c in "\r\n\t") else text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\u200d" else c
        for c in spaced
    )


def parts(facts: ReleaseFacts) -> tuple[Part, ...]:
    """Where each row that came in went."""
    total = sum(facts.rows.get(name, 0) for name, _ in PARTS)
    return tuple(
        Part(name, colour, facts.rows.get(name, 0), facts.rows.get(name, 0) / total if total else 0.0)
        for name, colour in PARTS
    )


def heading(facts: ReleaseFacts) -> str:
    """What this report is about, in one line."""
    if facts.version is None:
        return f"{shown(facts.dataset)} · draft"
    return f"{shown(facts.dataset)} · version {facts.version:,}"


def standing(facts: ReleaseFacts) -> str:
    """The state to show. The report is written while the run is still releasing, but what is published is."""
    return "PUBLISHED" if facts.published_at and facts.state.upper() == "RELEASING" else facts.state


def opening(facts: ReleaseFacts) -> str:
    """One sentence: what happened, to whose wish and with whose yes."""
    if not facts.published_at:
        return f"Draft of {shown(facts.requested_by)}'s run. Nothing has been published."
    what = "Published"
    if facts.kind == "rollback":
        back_to = "" if facts.rolled_back_to is None else f" to version {facts.rolled_back_to:,}"
        what = f"Rolled back{back_to}"
    asked, approved = shown(facts.requested_by), shown(facts.approved_by) or "nobody"
    return f"{what} on {when(facts.published_at)}; asked for by {asked}, approved by {approved}."


def sorted_findings(facts: ReleaseFacts) -> list[Note]:
    """The worst first, then those that touch the most rows."""
    return sorted(facts.findings, key=lambda note: (note.severity.rank, -note.rows, note.column, note.rule))
