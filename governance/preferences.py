"""What a person chose for their own screen: which key does what, and whether single keys do anything (WCAG 2.1.4)."""

from __future__ import annotations

from sqlmodel import Session, select

from governance.errors import InputError
from governance.people import Person
from governance.tables import Frozen
from storage import audit
from storage.models import Preference

KEYS: dict[str, str] = {
    "J": "Next item",
    "K": "Previous item",
    "Enter": "Open all rows of the item, and close them",
    "F": "Fix the rows",
    "E": "Edit cells by hand",
    "W": "Waive the rule for these rows",
    "X": "Reject the rows",
    "T": "Take what the recipe proposes",
    "A": "Accept, apply, approve: what the page is about",
    "Shift+A": "Decide about all items in the filter",
    "U": "Undo your last decision",
    "S": "Search the list",
    "N": "Next page of the run",
    "P": "Next person (local mode)",
    "H": "This help",
}
"""Each key as it is at first, and what it does; the key is also the action's name."""
TAKEN = "CR"
"""Letters that the browser's frame keeps for itself."""


class Keyboard(Frozen):
    """One person's keys: `on` says whether single keys do anything, `keys` maps the first keys to the chosen."""

    on: bool = True
    keys: dict[str, str] = {}

    def key(self, action: str) -> str:
        return self.keys.get(action, action)


def keyboard(session: Session, person: str) -> Keyboard:
    found = session.exec(select(Preference).where(Preference.person == person, Preference.name == "keyboard"))
    row = found.first()
    return Keyboard.model_validate(row.value) if row else Keyboard()


def checked(wanted: Keyboard) -> Keyboard:
    """The same, in one spelling, without what is as at first. Raises InputError for a key that cannot be."""
    keys = {name: _spelled(name, key) for name, key in wanted.keys.items()}
    whole = {name: keys.get(name, name) for name in KEYS}
    for name, key in whole.items():
        twin = next((other for other, its in whole.items() if other < name and its == key), None)
        if twin:
            raise InputError(
                f"{key} cannot do two things: {KEYS[twin].lower()}, and {KEYS[name].lower()}.",
                "Give one of them another key.",
            )
    return Keyboard(on=wanted.on, keys={name: key for name, key in keys.items() if key != name})


def keep(session: Session, person: Person, wanted: Keyboard) -> None:
    """Keep a person's keys, with the event that says so."""
    query = select(Preference).where(Preference.person == person.name, Preference.name == "keyboard")
    row = session.exec(query).first() or Preference(person=person.name, name="keyboard")
    row.value = wanted.model_dump(mode="json")
    session.add(row)
    audit.append(session, person.name, "keyboard changed", data=row.value)


def _spelled(name: str, key: str) -> str:
    """`shift + a` as `Shift+A`."""
    if name not in KEYS:
        raise InputError(f"No key does {name!r}.", f"Known: {', '.join(KEYS)}.")
    parts = [part.strip().capitalize() for part in key.split("+")]
    *shift, last = parts
    single = (len(last) == 1 and last.isascii() and last.isalnum()) or last == "Enter"
    if not single or shift not in ([], ["Shift"]):
        raise InputError(
            f"{key!r} is no key that can be chosen.", "Choose a letter or digit, alone or with Shift."
        )
    if last in TAKEN:
        raise InputError(f"{last} is taken by the browser's frame.", "Choose another letter.")
    return "+".join(parts)
