"""What a command works at: the workspace, opened once, and the person who acts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from governance import people
from governance.cli import telling
from governance.cli.failing import files_of
from governance.errors import InputError, UnknownName
from governance.settings import Settings, settings

if TYPE_CHECKING:
    from governance.answers import Answers
    from governance.house import House
    from governance.workspace import Workspace


@dataclass
class Desk:
    """One command's way to the workspace. Opening it takes seconds, so it is opened when first needed."""

    settings: Settings
    person: people.Person
    as_json: bool

    @cached_property
    def workspace(self) -> Workspace:
        from governance.workspace import Workspace  # takes seconds to import

        with files_of(self.settings.root):
            return Workspace.open(self.settings)

    @property
    def see(self) -> Answers:
        return self.workspace.see

    @property
    def house(self) -> House:
        return self.workspace.house

    def tell(self, document: dict[str, Any], words: str) -> None:
        """What was done: the document for a program, with the exit code 0, or the words for a person."""
        if self.as_json:
            telling.document({**document, "exit_code": 0})
        else:
            telling.say(words)

    def dataset(self, name: str) -> str:
        """The dataset that is meant: the named one, or the only one that has versions."""
        if name:
            self.house.contract(name)
            return name
        published = self.published()
        if len(published) == 1:
            return published[0]
        known = ", ".join(published or self.house.datasets()) or "none yet"
        raise InputError("Which dataset?", f"Name it with --dataset. Known: {known}.")

    def fetch(self, source: str, *, query: str = "") -> tuple[str, str]:
        """(input digest, file name) of a path, a pattern, an `s3://` address or a table of a database."""
        return self.workspace.fetch(self.person, source, query=query)

    def published(self) -> list[str]:
        """The datasets that have a version."""
        return [name for name in self.house.datasets() if self.see.versions(self.person, name).versions]

    def is_run(self, name: str) -> bool:
        try:
            return bool(self.house.run(name))
        except UnknownName:
            return False


def open_desk(acting: str = "", *, as_json: bool = False) -> Desk:
    """Say who acts and where the log goes. Raises UnknownName for a person nobody knows."""
    from governance import logs

    chosen = settings()
    person = people.person(acting or chosen.person)
    with files_of(chosen.root):
        logs.configure(chosen)
    return Desk(chosen, person, as_json)
