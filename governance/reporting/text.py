"""The report for a terminal: plain text, at most about 100 columns wide, no escape sequences."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from governance.release import DecisionLine, ReleaseFacts
from governance.reporting.words import (
    count,
    heading,
    opening,
    parts,
    percent,
    seconds,
    shown,
    size,
    sorted_findings,
    standing,
    when,
    word,
)

WIDTH = 100
CELL = 48
BAR = 40
SIGNS = {"kept": "#", "quarantined": "+", "unreadable": "!"}


def render(facts: ReleaseFacts) -> str:
    """The whole report. Names from files cannot move the cursor or colour the terminal."""
    title = heading(facts)
    lines = [title, "=" * _width(title), *textwrap.wrap(opening(facts), WIDTH)]
    if facts.break_glass:
        lines += textwrap.wrap(f"{'!! ' if facts.unsigned else ''}{shown(facts.break_glass)}", WIDTH)
    if facts.reason:
        lines += textwrap.wrap(f"Reason: {shown(facts.reason)}", WIDTH)
    for name, body in _sections(facts):
        found = list(body)
        if found:
            lines += ["", name, "-" * len(name), *found]
    return "\n".join(lines) + "\n"


def _sections(facts: ReleaseFacts) -> Iterator[tuple[str, Iterable[str]]]:
    yield "Rows", _rows(facts)
    yield "What came in", _pairs(_came_in(facts))
    yield (
        "Stages",
        _table(
            ("#", "stage", "state", "time", "rows in", "rows out", "summary"),
            [
                (
                    str(s.number),
                    s.name,
                    word(s.state),
                    seconds(s.seconds),
                    count(s.rows_in),
                    count(s.rows_out),
                    s.summary,
                )
                for s in facts.stages
            ],
            right={0, 3, 4, 5},
        ),
    )
    yield (
        "Findings",
        _table(
            ("severity", "rows", "column", "rule", "finding"),
            [(word(n.severity), count(n.rows), n.column, n.rule, n.message) for n in sorted_findings(facts)],
            right={1},
        ),
    )
    yield from _what_people_did(facts)
    yield "Digests", _pairs(_digests(facts))


def _what_people_did(facts: ReleaseFacts) -> Iterator[tuple[str, Iterable[str]]]:
    yield (
        "Decisions",
        _table(
            ("item", "action", "rows", "person", "when", "reason"),
            [
                (d.title or d.item, d.action, count(d.rows), d.person, when(d.at), _reason(d))
                for d in facts.decisions
            ],
            right={2},
        ),
    )
    yield (
        "Quarantine by reason",
        _table(
            ("rule", "column", "severity", "rows"),
            [(q.reason_rule, q.column, word(q.severity), count(q.rows)) for q in facts.quarantine],
            right={3},
        ),
    )
    yield (
        "Masking",
        _table(
            ("column", "operator", "holds", "what it does"),
            [(m.column, m.operator, m.semantic, m.description) for m in facts.masking],
        ),
    )
    yield (
        "Approvals",
        _table(
            ("for", "person", "when", "digest", "reason"),
            [(a.kind, a.person, when(a.at), a.digest[:12], a.reason) for a in facts.approvals],
        ),
    )


def _reason(line: DecisionLine) -> str:
    return f"{line.reason} ({line.terms})" if line.terms else line.reason


def _rows(facts: ReleaseFacts) -> Iterator[str]:
    bar = "".join(SIGNS[part.name] * _cells(part.share) for part in parts(facts))
    if bar:
        yield f"[{bar}]"
    for part in parts(facts):
        yield f"{SIGNS[part.name]} {part.name:<12} {count(part.rows):>14}  {percent(part.share):>8}"
    yield f"  {'in':<12} {count(facts.rows.get('in', 0)):>14}"
    if facts.pass_rate_raw is not None:
        waived = "" if facts.pass_rate_waived is None else f", {percent(facts.pass_rate_waived)} with waivers"
        yield f"Rows that pass every rule: {percent(facts.pass_rate_raw)}{waived}"


def _cells(share: float) -> int:
    return max(1, round(share * BAR)) if share else 0


def _came_in(facts: ReleaseFacts) -> dict[str, str]:
    worst = word(facts.worst_severity) if facts.worst_severity else "none"
    return {
        "file": facts.file,
        "size": size(facts.input_bytes) if facts.input_bytes is not None else "",
        "contract": f"{facts.contract_title or facts.dataset}, version {facts.contract_version}",
        "run": facts.run,
        "rollback": facts.rollback,
        "state": word(standing(facts)),
        "worst finding": worst,
        "page": facts.link,
    }


def _digests(facts: ReleaseFacts) -> dict[str, str]:
    named = {
        "input": facts.input_digest,
        "contract": facts.contract_digest,
        "masking plan": facts.plan_digest,
        "candidate": facts.candidate,
    }
    return named | {f"audit {name}": str(value) for name, value in facts.audit_head.items()}


def _pairs(pairs: dict[str, str]) -> list[str]:
    given = {name: shown(value) for name, value in pairs.items() if value}
    width = max((len(name) for name in given), default=0) + 2
    return [f"{name:<{width}}{value}" for name, value in given.items()]


def _table(head: Sequence[str], rows: list[tuple[str, ...]], right: set[int] | None = None) -> list[str]:
    """Aligned columns; the last one is not cut."""
    if not rows:
        return []
    cells = [head, *([*(_cut(shown(cell)) for cell in row[:-1]), shown(row[-1])] for row in rows)]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(head))]
    aligned = [
        [_pad(cell, widths[i], left=i not in (right or set())) for i, cell in enumerate(row)] for row in cells
    ]
    return ["  ".join(row).rstrip() for row in aligned]


def _cut(text: str) -> str:
    return text if len(text) <= CELL else text[: CELL - 1] + "…"


def _pad(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def _width(text: str) -> int:
    """Columns on a terminal: wide East Asian characters and emoji take two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
