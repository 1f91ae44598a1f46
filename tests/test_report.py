"""Stage 17: the report says everything, in three forms, and no name in it can do anything."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from release_facts import AT, digest, facts

from governance.bench import open_bench
from governance.findings import Note, Severity
from governance.release import ReleaseFacts
from governance.reporting import words
from governance.settings import Settings
from governance.stages.report import Reported, render, report

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}\x1b[31m\u202e.csv"


class Page(HTMLParser):
    """What a browser would make of it: tags, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render(facts())["html"])


@pytest.mark.parametrize("form", ["html", "txt"])
@pytest.mark.parametrize(
    "what",
    [
        "customers · version 3", "customers.csv", "30,004", "28,796", "1,204", "Customers, version 1.2.0",
        "96.0 %", "98.1 %", "load", "412 ms", "1 min 01 s", "28,796 of 30,000 rows pass", "No address",
        "same numbers", "431", "HMAC-SHA-256", "asked for by ana, approved by ben", "2026-03-01 09:30 UTC",
        digest("input"), digest("contract"), digest("plan"), digest("candidate"), digest("head"),
        "weekly load",
    ],
)  # fmt: skip
def test_it_is_all_there(page: Page, form: str, what: str) -> None:
    assert what in (page.text if form == "html" else render(facts())["txt"])


def test_json_is_the_facts_in_full() -> None:
    assert ReleaseFacts.model_validate_json(render(facts())["json"]) == facts()


def test_it_needs_nothing_from_elsewhere(page: Page) -> None:
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
    assert "url(" not in render(facts())["html"]
    assert "default-src 'none'" in render(facts())["html"]


@pytest.mark.parametrize(
    "field", ["file", "dataset", "reason", "requested_by", "contract_title", "state", "run"]
)
def test_a_hostile_name_is_only_text(page: Page, field: str) -> None:
    forms = render(facts(**{field: HOSTILE}))
    found = Page(forms["html"])
    assert sorted(found.tags) == sorted(page.tags)
    assert {name for name, _ in found.attributes} == {name for name, _ in page.attributes}
    assert "\x1b" not in forms["txt"] + forms["html"]
    assert "\u202e" not in forms["txt"] + forms["html"]
    assert json.loads(forms["json"])[field] == HOSTILE


def test_hostile_columns_and_rules_are_only_text(page: Page) -> None:
    note = Note(kind="rule", severity=Severity.LOW, message=HOSTILE, column=HOSTILE, rule=HOSTILE)
    found = Page(render(facts(findings=(note,)))["html"])
    assert "script" not in found.tags
    assert "img" not in found.tags
    assert found.text.count("<script>alert(1)</script>") == 3


@pytest.mark.parametrize("url", ["javascript:alert(1)//", "data:text/html,x"])
def test_only_web_addresses_become_links(url: str) -> None:
    assert "a" not in Page(render(facts(app_url=url))["html"]).tags


@profile(max_examples=40, deadline=None)
@given(name=st.text(max_size=30), rows=st.tuples(*[st.integers(0, 10**9)] * 3))
def test_any_names_and_counts_can_be_drawn(name: str, rows: tuple[int, int, int]) -> None:
    counts = dict(zip(("kept", "quarantined", "unreadable"), rows, strict=True)) | {"in": sum(rows)}
    forms = render(facts(file=name, dataset=name, rows=counts))
    widths = [
        float(width)
        for width in re.findall(r'<rect class="\w+" x="[\d.]+" y="0" width="([\d.]+)"', forms["html"])
    ]
    assert sum(widths) == pytest.approx(1000, abs=0.1)
    assert len(widths) == max(1, sum(1 for count in rows if count)), "what exists is seen"


def test_a_draft_says_so() -> None:
    draft = facts(version=None, published_at="", approved_by="", approvals=(), state="AWAITING_REVIEW")
    for form in ("html", "txt"):
        text = render(draft)[form]
        assert "customers · draft" in text
        assert "Nothing has been published" in text
        assert "Awaiting review" in text


def test_a_report_written_while_releasing_says_published(page: Page) -> None:
    forms = render(facts(state="RELEASING"))
    assert "Releasing" not in forms["html"] + forms["txt"]
    assert "Published" in forms["txt"]


def test_an_empty_report_can_be_drawn() -> None:
    bare = facts(
        version=None, published_at="", rows={}, stages=(), findings=(), decisions=(), quarantine=(),
        masking=(), approvals=(), audit_head={}, pass_rate_raw=None, pass_rate_waived=None,
        worst_severity=None, input_bytes=None,
    )  # fmt: skip
    assert "Nothing was found." in render(bare)["html"]
    assert "None" not in Page(render(bare)["html"]).text + render(bare)["txt"]


def test_a_rollback_has_a_folder_of_its_own(tmp_path: Path) -> None:
    back = facts(kind="rollback", rollback="rb1", rolled_back_to=1)
    done = report(open_bench(Settings(home=tmp_path)), back)
    assert {file.path.parent for file in done.files} == {tmp_path / "reports" / "rb1"}
    assert "Rolled back to version 1" in done.files[2].path.read_text()


def test_it_is_written_whole_and_the_same_again(tmp_path: Path) -> None:
    bench = open_bench(Settings(home=tmp_path))
    done = report(bench, facts())
    assert sorted(path.name for path in (tmp_path / "reports" / "r1").iterdir()) == [
        "report.html", "report.json", "report.txt",
    ]  # fmt: skip
    assert report(bench, facts()) == done
    assert Reported.model_validate_json(done.model_dump_json()) == done


def test_a_hostile_run_stays_in_its_folder(tmp_path: Path) -> None:
    done = report(open_bench(Settings(home=tmp_path)), facts(run="../../x"))
    assert done.files[0].path.parent.parent == tmp_path / "reports"


def test_the_worst_come_first_and_many_are_cut() -> None:
    notes = [Note(kind="schema", severity=Severity.LOW, message=f"n{i}") for i in range(600)]
    worst = Note(kind="rule", severity=Severity.CRITICAL, message="the worst")
    found = Page(render(facts(findings=(*notes, worst)))["html"]).text
    assert found.index("the worst") < found.index("n0")
    assert "The first 500 of 601" in found


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (0.99999, "> 99.9 %"),
        (0.00001, "< 0.1 %"),
        (0.5, "50.0 %"),
    ],
)
def test_nearly_all_is_not_all(value: float | None, shown: str) -> None:
    assert words.percent(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0 ms"), (0.0421, "42 ms"), (7.44, "7.4 s"), (59.96, "60.0 s"), (125.4, "2 min 05 s")],
)
def test_seconds_read_well(value: float, shown: str) -> None:
    assert words.seconds(value) == shown


@pytest.mark.parametrize(
    ("iso", "shown"),
    [(AT, "2026-03-01 09:30 UTC"), ("2026-03-01T09:30:00", "2026-03-01 09:30 UTC"),
     ("2026-03-01T10:30:00+01:00", "2026-03-01 09:30 UTC"), ("", "–"), ("soon", "soon")],
)  # fmt: skip
def test_moments_are_in_utc(iso: str, shown: str) -> None:
    assert words.when(iso) == shown
