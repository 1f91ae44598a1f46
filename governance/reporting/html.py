"""The report for a browser: one file, nothing fetched from elsewhere, light and dark, fit to print."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from governance.release import ReleaseFacts
from governance.reporting import words

TEMPLATES = Path(__file__).parent / "templates"
MOST = 500
"""Findings and quarantine reasons that the page shows, at most; the JSON beside it has them all."""


def render(facts: ReleaseFacts) -> str:
    """The whole page. Every name is escaped, and a policy in the page forbids scripts and requests."""
    return _template().render(
        facts=facts,
        parts=words.parts(facts),
        segments=_segments(words.parts(facts)),
        findings=words.sorted_findings(facts)[:MOST],
        quarantine=facts.quarantine[:MOST],
        heading=words.heading(facts),
        opening=words.opening(facts),
        state=words.standing(facts),
        most=MOST,
        css=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    )


def _segments(parts: tuple[words.Part, ...]) -> list[dict[str, Any]]:
    """The bar's pieces in thousandths of its width; what exists is never too thin to see."""
    widths = [max(part.share * 1000, 4.0) if part.rows else 0.0 for part in parts]
    scale = 1000 / sum(widths) if any(widths) else 0
    segments, x = [], 0.0
    for part, width in zip(parts, widths, strict=True):
        if width:
            segments.append({"x": round(x, 2), "width": round(width * scale, 2), "tone": part.tone})
        x += width * scale
    return segments


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(words, name)
        for name in ("count", "percent", "seconds", "size", "when", "tone", "word", "shown")
    }
    return environment.get_template("report.html.j2")
