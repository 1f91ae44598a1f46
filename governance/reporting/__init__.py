"""What a release tells people and machines: the report in three forms, and the samples for Prometheus."""

from __future__ import annotations

from governance.release import ReleaseFacts
from governance.reporting import html, text


def render(facts: ReleaseFacts) -> dict[str, str]:
    """The report as `html`, `json` and `txt`, of a release or, before one, of a draft. Pure."""
    return {
        "html": html.render(facts),
        "json": facts.model_dump_json(indent=2) + "\n",
        "txt": text.render(facts),
    }
