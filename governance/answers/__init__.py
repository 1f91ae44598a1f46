"""What people may ask: one typed answer a page, with what this person may do and, where not, why not.

Answers read the ledger and prepared results; only those that are asked for rows open a table.
"""

from __future__ import annotations

from functools import partial

from governance import breaking_glass, preferences, reviewers, talk
from governance.answers import (
    cells,
    contracts,
    files,
    history,
    inbox,
    itemrows,
    ledgers,
    privacy,
    promises,
    recipes,
    runs,
    spread,
    triage,
    versions,
)
from governance.deep import asking
from governance.house import House
from governance.people import Person


class Answers:
    """The reading side of the workspace. Each method is one question."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.inbox = inbox.Asked(house).inbox
        asked = runs.Asked(house)
        self.runs, self.run, self.strip, self.stage = asked.runs, asked.run, asked.strip, asked.stage
        self.datasets, self.report = asked.datasets, asked.report
        at_triage = triage.Asked(house)
        self.triage, self.proposals = at_triage.triage, at_triage.proposals
        rows = itemrows.Asked(house)
        self.item_rows, self.item_columns = rows.item_rows, rows.item_columns
        self.neighbours, self.item_file = rows.neighbours, rows.item_file
        of_signature = history.Asked(house)
        self.seen_before, self.apart = of_signature.seen_before, of_signature.apart
        self.happened = of_signature.happened
        kept = recipes.Asked(house)
        self.recipes, self.recipe_offers = kept.recipes, kept.recipe_offers
        self.reviewing, self.hurried = partial(reviewers.reviewing, house), partial(reviewers.hurried, house)
        said = talk.Asked(house)
        self.talk, self.mine = said.talk, said.mine
        self.privacy = privacy.Asked(house).privacy
        of_versions = versions.Asked(house)
        self.versions, self.difference, self.shelf = (
            of_versions.versions,
            of_versions.difference,
            of_versions.shelf,
        )
        self.shelf_csv = of_versions.shelf_csv
        self.candidate, self.candidates = of_versions.candidate, of_versions.waiting
        in_cells = cells.Asked(house)
        self.failing_cells, self.quarantine, self.unreadable = (
            in_cells.failing_cells,
            in_cells.quarantine,
            in_cells.unreadable,
        )
        deep = asking.Asked(house)
        self.deep_report, self.deep_report_html = deep.deep_report, deep.deep_report_html
        self.rows_between = spread.Asked(house).rows_between
        self.unsigned = partial(breaking_glass.unsigned, house)
        log = ledgers.Asked(house)
        on_paper = contracts.Asked(house)
        self.contracts, self.contract_text = on_paper.contracts, on_paper.contract_text
        self.contract_change, self.contract_between = on_paper.contract_change, on_paper.contract_between
        at_trial = promises.Asked(house)
        self.contract_check, self.try_rules = at_trial.contract_check, at_trial.try_rules
        before = files.Asked(house)
        self.preview_file, self.guess_dataset = before.preview, before.guesses
        self.events, self.event_count, self.event = log.events, log.event_count, log.event
        self.event_choices, self.event_lines, self.heads = log.event_choices, log.event_lines, log.heads

    def keyboard(self, person: Person) -> preferences.Keyboard:
        """Which key does what for someone; everyone may have keys."""
        with self.house.ledger.read() as session:
            return preferences.keyboard(session, person.name)
