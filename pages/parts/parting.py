"""On the card of a cluster: its rows split by a column, or by a range dragged in a chart, and merged back.

What is chosen are people's values: it lives in what this person chose, and not in the address.
"""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from governance.answers.triage import ItemLine, TriageView
from governance.errors import GovernanceError
from governance.plural import many
from governance.review.parts import Parting
from governance.states import State
from pages.parts.blocks import guard, refused, verb_button
from pages.parts.charts import choose, figure
from pages.parts.session import forget, keep, me, notify, stay, typed, url, workspace
from pages.parts.status import hue
from pages.parts.words import escape, number

BUSY = "A revision is being computed: try it when that is done, in a moment."
NEEDS_VALUES = "Its parts are told by values, which {who} may not see."


def parting(view: TriageView, item: ItemLine) -> None:
    """Split an open cluster, or merge back what was split."""
    if item.parts or item.part_of:
        _back(view, item)
    elif _can_split(view, item) and url("split") == item.key:
        _split(view, item)


def _why_not(view: TriageView) -> str:
    if not view.sees_values:
        return NEEDS_VALUES.format(who=me().title)
    return view.why_not or (BUSY if view.strip.state == State.REVISING else "")


def _can_split(view: TriageView, item: ItemLine) -> bool:
    """Whether it can be split: it is open, whole, and of several rows."""
    return not (item.parts or item.part_of or view.why_not) and item.state == "open" and item.rows > 1


def split_button(view: TriageView, item: ItemLine) -> None:
    """Opens the fields of a split, and closes them."""
    if not _can_split(view, item):
        return
    opened = url("split") == item.key
    st.button(
        "Do not split" if opened else "Split by …",
        key=f"split-{item.key}",
        icon=":material/call_split:",
        on_click=stay,
        kwargs={"split": "" if opened else item.key},
    )


def _split(view: TriageView, item: ItemLine) -> None:
    with st.container(border=True, key="split"):
        if why_not := _why_not(view):
            st.caption(why_not)
            return
        columns = workspace().see.item_columns(me(), view.strip.run, item.key)
        column = st.selectbox(
            "Column", columns, index=None, key=f"split-column-{item.key}", placeholder="a column", width=320
        )
        if column:
            _parts(view, item, column)


def _parts(view: TriageView, item: ItemLine, column: str) -> None:
    """The parts with their rows, a range to choose where there are numbers, and the verb."""
    run, key = view.strip.run, f"split-range-{item.key}-{column}"
    try:
        made = workspace().parting(me(), run, item.key, column)
        within = _range(made, key) if made.bars else None
        if within:
            made = workspace().parting(me(), run, item.key, column, within=within)
    except GovernanceError as error:
        refused(error)
        return
    rows = [group.rows for group in made.groups]
    st.dataframe(
        {"rows": rows, column: [group.label for group in made.groups]},
        column_config={"rows": st.column_config.NumberColumn(format="localized", width=90)},
        hide_index=True,
        height="content",
        key=f"parts-{item.key}",
        alt=f"The parts of {item.title} by {column}",
    )
    st.caption(f"{many(sum(rows), 'row')}, each in exactly one part. No row changes.")
    why_not = "" if len(rows) > 1 else "All rows are one part: choose another column, or a range."
    if verb_button(f"Split into {many(len(rows), 'part')}", key=f"split-go-{item.key}", why_not=why_not):
        with guard():
            parts = workspace().split(me(), run, item.key, column, within=within, seen=item.version)
            forget(f"split-column-{item.key}", key)
            notify(f"{item.title} is {len(parts)} items now. Merge back undoes it.")
            stay(item=parts[0], split="", do="", repair="", rows="", page="")
            st.rerun()


def _range(made: Parting, key: str) -> tuple[float, float] | None:
    """A range dragged over the picture, or typed; none, and the parts are ranges of equal size."""
    chart = _picture(made)
    dragged = choose(chart, key=f"{key}-chart", alt=f"Rows by {made.column}")
    if dragged and dragged != typed(f"{key}-dragged"):
        keep(f"{key}-dragged", dragged)
        keep(key, dragged)
    known = typed(key, None)
    left, right, _ = st.columns([1, 1, 2])
    stamp = f"{known}"  # a range that was dragged anew shows in the fields
    low = left.number_input("From", value=known[0] if known else None, format="%g", key=f"{key}-low-{stamp}")
    high = right.number_input("To", value=known[1] if known else None, format="%g", key=f"{key}-high-{stamp}")
    st.caption("Drag over the chart or type both ends, for two parts: in the range, and outside it.")
    return None if low is None or high is None else (float(low), float(high))


def _picture(made: Parting) -> go.Figure:
    chart = figure(height=180)
    chart.add_bar(
        x=[(low + high) / 2 for low, high, _ in made.bars],
        width=[(high - low) * 0.94 for low, high, _ in made.bars],
        y=[rows for _, _, rows in made.bars],
        marker={"color": hue("blue")},
        hovertemplate="%{x:,.6g}: %{y:,} rows<extra></extra>",
    )
    chart.update_layout(bargap=0)
    chart.update_yaxes(title_text="rows")
    return chart


def _back(view: TriageView, item: ItemLine) -> None:
    """Which items belong together, and the verb that undoes the split."""
    whole = item.part_of or item.key
    lines = {one.key: one for one in view.items}
    parts = [one for key in lines[whole].parts if (one := lines.get(key))] if whole in lines else []
    name = escape(lines[whole].title) if whole in lines else whole
    with st.expander(
        f"Split into {many(len(parts), 'part')}", icon=":material/call_split:", expanded=bool(item.parts)
    ):
        told = "  \n".join(f"{number(one.rows)} · {escape(one.title)} · {one.state}" for one in parts)
        st.markdown(f"**{name}**  \n{told}" if item.part_of else told)
        if verb_button(
            "Merge back",
            key=f"merge-{item.key}",
            why_not=_why_not(view) or _decided(parts),
            icon=":material/call_merge:",
        ):
            with guard():
                key = workspace().merge_back(me(), view.strip.run, item.key)
                notify("The parts are one item again.")
                stay(item=key, do="", repair="", rows="", page="")
                st.rerun()


def _decided(parts: list[ItemLine]) -> str:
    done = next((one for one in parts if one.decision is not None), None)
    if done is None:
        return ""
    return f"Decision {done.decision} about {done.title} must be undone first."
