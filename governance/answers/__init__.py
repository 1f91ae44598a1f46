"""What people may ask: one typed answer a page, with what this person may do and, where not, why not.

Answers read the ledger and prepared results; only those that are asked for rows open a table.
"""

from __future__ import annotations

from governance.answers import cells, inbox, ledgers, privacy, runs, triage, versions
from governance.house import House


class Answers:
    """The reading side of the workspace. Each method is one question."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.inbox = inbox.Asked(house).inbox
        asked = runs.Asked(house)
        self.runs, self.run, self.strip, self.stage = asked.runs, asked.run, asked.strip, asked.stage
        self.datasets, self.report = asked.datasets, asked.report
        at_triage = triage.Asked(house)
        self.triage, self.proposals, self.item_rows = at_triage.triage, at_triage.proposals, at_triage.item_rows
        self.privacy = privacy.Asked(house).privacy
        of_versions = versions.Asked(house)
        self.versions, self.difference, self.shelf = of_versions.versions, of_versions.difference, of_versions.shelf
        self.candidate, self.candidates = of_versions.candidate, of_versions.waiting
        in_cells = cells.Asked(house)
        self.failing_cells, self.quarantine, self.unreadable = (
            in_cells.failing_cells,
            in_cells.quarantine,
            in_cells.unreadable,
        )
        self.events, self.event_count = ledgers.Asked(house).events, ledgers.Asked(house).event_count
