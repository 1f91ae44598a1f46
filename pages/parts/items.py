"""The list on the left of triage: what to decide, worst first, and what has been decided."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from zlib import crc32

import streamlit as st

from governance.answers.triage import ItemLine
from pages.parts.keys import focus, leave, letter
from pages.parts.session import forget, keep, stay, typed, url
from pages.parts.status import severity_markdown, status
from pages.parts.words import escape

CARDS = 30
"""Cards for failing rows at most: more signatures than that, and the smallest share the last one."""
OTHERS = "others"
"""The key of that card."""
SEARCHING = "searching"
"""Since when the cursor is in the search, and which item was open then."""
FEW = 6
"""Items up to which a list needs no search."""

GROUPS: tuple[tuple[str, Callable[[ItemLine], bool]], ...] = (
    ("Breaches · must be decided", lambda item: item.state == "open" and item.kind == "breach"),
    ("Rows that fail, by signature", lambda item: item.state == "open" and item.kind == "cluster"),
    ("To be seen", lambda item: item.state == "open" and item.kind not in ("breach", "cluster")),
    ("Decided", lambda item: item.state != "open"),
)

STYLE = """<style>
.st-key-items button {padding:2px 8px; min-height:30px; font-weight:400;}
.st-key-items button > div, .st-key-items button > div > span {
  flex:1 1 auto; min-width:0; justify-content:flex-start;}
.st-key-items button [data-testid="stMarkdownContainer"] {flex:1 1 auto; width:100%;}
.st-key-items button p {display:flex; gap:7px; font-size:14px; text-align:left;}
.st-key-items button p > span:nth-child(2) {
  flex:1 1 auto; overflow:hidden; text-overflow:ellipsis; white-space:nowrap;}
.st-key-items button p > span:nth-child(3) {font-variant-numeric:tabular-nums;}
</style>"""

FOLLOW = """<script>/* {at} */
(() => {{
  const list = document.querySelector('.st-key-items');
  const open = list && list.querySelector('button[kind="secondary"]');
  if (!open) return;
  const box = list.getBoundingClientRect(), line = open.getBoundingClientRect();
  if (line.top < box.top || line.bottom > box.bottom)
    list.scrollTop += line.top - box.top - box.height / 2;
}})();
</script>"""
"""Keeps the open line in sight when keys move it. It holds no word of the data, only a position."""


def item_list(items: Sequence[ItemLine], chosen: str, *, keys: bool) -> tuple[list[ItemLine], list[ItemLine]]:
    """Draw the list; returns it in the order drawn, which is the order of next and previous, and all items that
    the filter finds, gathered or not."""
    st.html(STYLE)
    found = _filtered(items, keys=keys)
    done = sum(item.state != "open" for item in items)
    st.progress(done / max(len(items), 1), text=f":small[done **{done:,} of {len(items):,}**]")
    shown = found if url("all") else gathered(found, chosen)
    ordered: list[ItemLine] = []
    with st.container(height=620, border=False, key="items", gap=None):
        for title, belongs in GROUPS:
            group = [item for item in shown if belongs(item)]
            if group and ordered:
                st.space("small")
            if group:
                _group(title, group, chosen)
            ordered += group
        if not ordered:
            st.caption("No item is like that. Search for something else.")
    at = next((at for at, item in enumerate(ordered) if item.key == chosen), 0)
    st.html(FOLLOW.format(at=at), unsafe_allow_javascript=True)
    return ordered, list(found)


def gathered(items: Sequence[ItemLine], chosen: str = "") -> list[ItemLine]:
    """The items with at most `CARDS` open clusters: the smallest are one card, unless one of them is open."""
    clusters = sorted(
        (item for item in items if item.kind == "cluster" and item.state == "open"), key=lambda one: -one.rows
    )
    small = clusters[CARDS - 1 :]
    keys = {item.key for item in small}
    if len(clusters) <= CARDS or chosen in keys:
        return list(items)
    return [item for item in items if item.key not in keys] + [others(small)]


def others(small: Sequence[ItemLine]) -> ItemLine:
    """One card for many small signatures, as severe as the worst of them."""
    rank = ("critical", "high", "medium", "low")
    return ItemLine(
        key=OTHERS,
        kind="cluster",
        severity=min((item.severity for item in small), key=rank.index),
        title=f"Other signatures · {len(small):,}",
        rows=sum(item.rows for item in small),
        required=False,
        state="open",
        version=0,
        waivable=False,
    )


def _filtered(items: Sequence[ItemLine], *, keys: bool) -> Sequence[ItemLine]:
    """The items whose title holds what is searched, of one column; where the list is long enough to need that."""
    columns = sorted({column for item in items for column in item.columns})
    if len(items) <= FEW:
        return items
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        text = st.text_input(
            "Search the list",
            key="triage-search",
            placeholder="Search",
            label_visibility="collapsed",
            width="stretch",
            on_change=forget,
            args=(SEARCHING,),
        )
        st.button("Search", key="search", shortcut=letter("S", on=keys), on_click=_search)
        since, item = typed(SEARCHING, ("", ""))
        if since and item == url("item"):
            focus("triage-search", since)
        elif keys and text:
            leave("triage-search", f"{crc32(text.encode()):x}")
    column = None
    if len(columns) > 1:
        column = st.selectbox(
            "Column",
            columns,
            index=None,
            placeholder="All columns",
            key="triage-column",
            label_visibility="collapsed",
        )
    return [
        item
        for item in items
        if text.strip().casefold() in item.title.casefold() and (column is None or column in item.columns)
    ]


def _search() -> None:
    """The cursor goes into the search and stays there, even if the page is drawn again, until something is searched
    or another item is opened."""
    keep(SEARCHING, (f"{time.monotonic():.3f}", url("item")))


def _group(title: str, group: Sequence[ItemLine], chosen: str) -> None:
    st.caption(f"{title} · {len(group):,}" if len(group) > 1 else title)
    for item in group:
        st.button(
            label(item),
            key=f"item-{item.key}",
            type="secondary" if item.key == chosen else "tertiary",
            width="stretch",
            wrap=False,
            on_click=stay,
            kwargs={"item": item.key, "do": "", "repair": "", "rows": "", "page": ""},
        )


def label(item: ItemLine) -> str:
    """`● phone: wrong form · 9-9-9 a9 412` as three spans; a decided one with what became of it."""
    name = escape(item.title)
    count = f" :small[:gray[{item.rows:,}]]" if item.rows else ""
    if item.state == "open":
        return f"{severity_markdown(item.severity, word=False)} :small[{name}]{count}"
    shown = status(item.state)
    return f":{shown.colour}[{shown.icon}] :small[:gray[{name}]]{count}"


def next_open(ordered: Sequence[ItemLine], current: str) -> str:
    """The key of the next open item after this one, around the end; empty when none is left."""
    keys = [item.key for item in ordered]
    at = keys.index(current) if current in keys else -1
    rest = [*ordered[at + 1 :], *ordered[: max(at, 0)]]
    return next((item.key for item in rest if item.state == "open" and item.key != current), "")


def neighbour(ordered: Sequence[ItemLine], current: str, step: int) -> str:
    """The key of the item one further down or up; stays at the ends."""
    keys = [item.key for item in ordered]
    if not keys:
        return current
    at = keys.index(current) + step if current in keys else 0
    return keys[min(max(at, 0), len(keys) - 1)]
